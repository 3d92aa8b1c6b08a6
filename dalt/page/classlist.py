"""The page's list of classes: examples, new classes, other keys."""

from __future__ import annotations

from collections.abc import Mapping

from dalt.core.records import BadSettings
from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import (
    ClassAdded,
    ClassRefused,
    Examples,
    KeyChanged,
    KeyRefused,
)
from dalt.page.protocol.from_page import AddClass, AskExamples, ChangeKey
from dalt.page.thumbnail import small
from dalt.page.wire import Message

EXAMPLES = 6


class ClassDesk(Part):
    """The part of the page that shows a class, adds one and changes keys.

    A request that the project refuses is answered where it was made.
    """

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"examples": self._examples, "add_class": self._add, "change_key": self._change}

    def setup(self) -> Message:
        """The keys, and what the project allows."""
        session = self._desk.session
        return {
            "keys": session.keys,
            "new_classes": session.may_add_classes,
            "remap_keys": session.may_remap_keys,
        }

    def _examples(self, content: AskExamples) -> None:
        name, buffers = content["class"], list[bytes]()
        session = self._desk.session
        shown = [small(session, sample, buffers) for sample, _ in session.examples(name, EXAMPLES)]
        self._desk.say(Examples({"type": "examples", "class": name, "examples": shown}), buffers)

    def _add(self, content: AddClass) -> None:
        try:
            made = self._desk.session.add_class(content["name"])
        except BadSettings as error:
            self._desk.say(ClassRefused(type="class_refused", message=str(error)))
            return
        # The setup with the new class must come before the answer.
        self._desk.renew()
        self._desk.say(ClassAdded(type="class_added", name=made.name))

    def _change(self, content: ChangeKey) -> None:
        action, class_name = content.get("action", ""), content.get("class", "")
        try:
            self._desk.session.change_key(content["key"], action=action, class_name=class_name)
        except BadSettings as error:
            self._desk.say(KeyRefused(type="key_refused", message=str(error)))
            return
        self._desk.renew()
        said = KeyChanged({"type": "key_changed", "class": class_name, "action": action})
        self._desk.say(said)

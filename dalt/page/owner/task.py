"""Guideline and classes on the owner's page, to be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dalt.core.records import ChangedMeanwhile, ClassSpec
from dalt.core.settings.classes import class_spec
from dalt.page.owner.replies import replied
from dalt.page.owner.section import Handler, Section
from dalt.page.protocol.owner_editing import (
    DropClass,
    EditClass,
    EditGuideline,
    NewClass,
    OrderClasses,
)


class TaskSection(Section):
    """Changes the guideline and the classes; the page's setup shows them."""

    name = "task"

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {
            "edit_guideline": self._guideline,
            "edit_class": self._class,
            "new_class": self._new,
            "drop_class": self._drop,
            "order_classes": self._order,
        }

    def _guideline(self, content: EditGuideline) -> None:
        project = self._desk.project
        self._make(
            content["key"], lambda: project.set_guideline(content["text"], was=content["was"])
        )

    def _class(self, content: EditClass) -> None:
        project, changes = self._desk.project, content["changes"]
        was = class_spec({what: said for what, said in content["was"].items() if said is not None})
        self._make(
            content["key"], lambda: project.change_class(content["name"], was=was, **changes)
        )

    def _new(self, content: NewClass) -> None:
        spec = class_spec({**content["changes"], "name": content["name"]})
        self._make(content["key"], lambda: self._desk.project.add_class(spec))

    def _drop(self, content: DropClass) -> None:
        self._make(content["key"], lambda: self._desk.project.remove_class(content["name"]))

    def _order(self, content: OrderClasses) -> None:
        def order() -> tuple[ClassSpec, ...]:
            present = [spec.name for spec in self._desk.project.classes]
            if present != content["was"]:
                raise ChangedMeanwhile("Somebody else has changed the classes meanwhile.")
            return self._desk.project.order_classes(content["names"])

        self._make(content["key"], order)

    def _make(self, key: str, change: Callable[[], object]) -> None:
        def made() -> None:
            change()
            self._desk.renew()  # before the reply: the form closes on what is there now

        if replied(self._desk.say, key, made):
            self._desk.changed()

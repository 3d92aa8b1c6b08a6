"""Undo and redo at the page: what is taken back comes on screen again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dalt.pages.part import Desk, Handler
from dalt.pages.wire import Message
from dalt.records import Assignment, Label, VerifyPage


class UndoingPart:
    """Answers ``undo`` and ``redo``; sent again with the same key they do nothing more.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""
        return {"undo": self._undo, "redo": self._redo}

    def setup(self) -> Message:
        """Tell the page nothing at the start."""
        return {}

    def _undo(self, content: Mapping[str, Any]) -> None:
        desk, key = self._desk, str(content["key"])
        reopened: list[Assignment] = []
        if key not in desk.replies:
            reopened = desk.session.undo(key)
            ids = [assignment.sample.id for assignment in reopened]
            if ids and content.get("sample_ids") == ids:  # the page that the browser expects
                page = VerifyPage(str(content["label"]), tuple(reopened))
                desk.held.put_page_first(str(content["page_id"]), page)
            else:
                desk.held.put_first(reopened)
            desk.replies.remember("undone", key=key, sample_ids=ids)
        # The browser has painted what it expects to be reopened.
        expected = content.get("sample_ids") or [content.get("sample_id")]
        as_expected = content.get("sample_ids") in (None, desk.replies[key]["sample_ids"])
        unseen = [a for a in reopened if not as_expected or a.sample.id not in expected]
        wire = desk.wire()
        samples = wire.assignments(unseen)
        desk.say(**desk.replies[key], buffers=wire.buffers, samples=samples)
        desk.poke()

    def _redo(self, content: Mapping[str, Any]) -> None:
        desk, key = self._desk, str(content["key"])
        events: Sequence[Label] = ()
        if key not in desk.replies:
            events = desk.session.redo(key)
            ids = [event.sample_id for event in events]
            desk.held.forget(ids)
            desk.replies.acknowledged += sum(event.kind == "label" for event in events)
            desk.replies.remember("redone", key=key, sample_ids=ids)
        desk.say(**desk.replies[key])
        desk.tell(events)
        desk.refill()
        desk.poke()

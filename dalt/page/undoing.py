"""Undo and redo on the page: taken-back answers come on screen again.

The page sends the newest event that it knows of (``up_to``), the same at every resend.  So a
message that had nothing to do, and whose reply was lost, never changes later answers.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import cast

from dalt.core.records import Label, Undone, VerifyPage
from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import PageSaid, Redone, SampleSaid, UndoneSaid
from dalt.page.protocol.from_page import Redo, Undo
from dalt.page.wire import Message, Wire


class UndoingPart(Part):
    """Answers ``undo`` and ``redo``; resent with the same key they do nothing more."""

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"undo": self._undo, "redo": self._redo}

    def _undo(self, content: Undo) -> None:
        desk, key = self._desk, content["key"]
        if not desk.replies.sent_before(key, "undo"):
            undone = desk.session.take_back(key, up_to=content.get("up_to"))
            ids = [assignment.sample.id for assignment in undone.assignments]
            page_id = self._hold(undone, ids, content)
            news = {"newest": desk.session.newest_event} if ids else {}
            desk.replies.remember(
                "undone", key=key, said="undo", sample_ids=ids, page_id=page_id, **news
            )
        reply, wire = desk.replies[key], desk.wire()
        # Also for a resend: the browser may not have received the first reply.
        page, samples = self._unseen(reply, content, wire)
        desk.say(cast(UndoneSaid, {**reply, "samples": samples, "reopened": page}), wire.buffers)
        desk.poke()

    def _hold(self, undone: Undone, ids: list[str], content: Undo) -> str | None:
        """Hold what is open again; the id of the page, if it is one."""
        held, page = self._desk.held, undone.page
        held.forget(ids)
        if ids and content.get("sample_ids") == ids:  # the page that the browser expects
            corrections = {} if page is None else page.corrections
            page = VerifyPage(content["label"], undone.assignments, corrections)
            page_id = str(content["page_id"])
        elif page is not None:
            page_id = uuid.uuid4().hex
        else:
            held.put_first(undone.assignments)
            return None
        held.put_page_first(page_id, page)
        return page_id

    def _unseen(
        self, reply: Message, content: Undo, wire: Wire
    ) -> tuple[PageSaid | None, list[SampleSaid]]:
        """Of what is open again, what the browser has not painted by itself."""
        held, page_id = self._desk.held, reply["page_id"]
        if page_id is not None:
            if page_id == content.get("page_id") or page_id not in held.pages:
                return None, []
            return wire.page(page_id, held.pages[page_id]), []
        expected = content.get("sample_ids") is None and content.get("sample_id")
        unseen = [id for id in reply["sample_ids"] if id != expected and id in held.samples]
        return None, wire.assignments([held.samples[id] for id in unseen])

    def _redo(self, content: Redo) -> None:
        desk, key = self._desk, content["key"]
        events: Sequence[Label] = ()
        if not desk.replies.sent_before(key, "redo"):
            events = desk.session.redo(key, up_to=content.get("up_to"))
            ids = [event.sample_id for event in events]
            desk.held.forget(ids)
            desk.replies.acknowledged += sum(event.kind == "label" for event in events)
            paged = any(event.batch is not None for event in events)
            news = {"newest": events[-1].event_id} if events else {}
            desk.replies.remember(
                "redone", key=key, said="redo", sample_ids=ids, paged=paged, **news
            )
        desk.say(cast(Redone, desk.replies[key]))
        desk.tell(events)
        desk.refill()
        desk.poke()

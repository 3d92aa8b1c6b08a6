"""Adjudication on the page, for a project's owner: list, decide, take back."""

from __future__ import annotations

from collections.abc import Mapping

from dalt.core.records import DaltError, Dispute, Suggestion
from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import AnswerSaid, DisputeEntry, Disputes, Noted, Unadjudicated
from dalt.page.protocol.from_page import Adjudicate, AskDisputes, UndoAdjudicate
from dalt.page.wire import Message, plain

AHEAD = 3
"""Disputed samples that the page holds, including the one on screen."""


class Adjudication(Part):
    """The part of an owner's page that decides disputed samples.

    Every message names its sample; a resent decision or undo with the same key does nothing
    more.
    """

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages; empty unless the annotator is the owner."""
        if not self._desk.owner:
            return {}
        return {
            "disputes": self._disputes,
            "adjudicate": self._adjudicate,
            "undo_adjudicate": self._undo,
        }

    def setup(self) -> Message:
        """Whether the page may decide, and whether it only decides."""
        return {"owner": self._desk.owner is not None, "adjudicates": self._desk.owner == "only"}

    def _disputes(self, content: AskDisputes) -> None:
        """Send what should be decided next, but for what the page holds or has put off."""
        decided = set(content.get("decided") or ())
        put_off = decided | set(content.get("leave_out") or ())
        try:
            found = self._desk.session.disputed_ids()
        except DaltError as error:
            self._desk.say(Disputes(type="disputes", entries=[], n=0, trouble=str(error)))
            return
        entries, buffers = self.entries([id for id in found if id not in put_off][:AHEAD])
        left = sum(id not in decided for id in found)
        self._desk.say(Disputes(type="disputes", entries=entries, n=left, trouble=None), buffers)

    def entries(self, sample_ids: list[str]) -> tuple[list[DisputeEntry], list[bytes]]:
        """Samples to decide with what was said of them, and their buffers."""
        wire, details = self._desk.wire(), self._desk.session.details(sample_ids)
        entries: list[DisputeEntry] = []
        for sample_id in sample_ids:
            found = self._desk.session.dispute(sample_id)
            if found is not None:
                sample = wire.sample(found.sample, _as_suggestion(found))
                if sample_id in details:
                    sample["details"] = details[sample_id]
                entries.append(DisputeEntry(sample=sample, answers=_answers(found)))
        return entries, wire.buffers

    def _adjudicate(self, content: Adjudicate) -> None:
        key = content["key"]
        event = self._desk.session.adjudicate(content["sample_id"], content["label"], key=key)
        self._desk.say(Noted(type="noted", key=key, newest=event.event_id))

    def _undo(self, content: UndoAdjudicate) -> None:
        key = content["key"]
        undone = self._desk.session.undo_adjudication(key, up_to=content.get("up_to"))
        ids = [] if undone is None else [undone.sample_id]
        entries, buffers = self.entries(ids)
        newest = self._desk.session.newest_event
        self._desk.say(Noted(type="noted", key=key, newest=newest))
        self._desk.say(Unadjudicated(type="unadjudicated", entries=entries), buffers)


def _answers(found: Dispute) -> list[AnswerSaid]:
    return [AnswerSaid(annotator=each.annotator, label=plain(each.label)) for each in found.answers]


def _as_suggestion(found: Dispute) -> Suggestion:
    """Probabilities of the consensus, the likeliest class first."""
    ranked = sorted(found.consensus.probabilities.items(), key=lambda each: -each[1])
    return Suggestion(tuple(name for name, _ in ranked), tuple(share for _, share in ranked))

"""The annotator's last answers: listed with thumbnails, opened again on request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dalt.core.records import Label, Sample
from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import HistoryEntry, HistorySaid, NotOpened
from dalt.page.protocol.from_page import AskHistory, Keep, OpenSkipped, Reopen
from dalt.page.thumbnail import small
from dalt.page.wire import plain

MOST = 1_000


class History(Part):
    """The part of the page that lists answers, and opens them again."""

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {
            "history": self._list,
            "reopen": self._reopen,
            "open_skipped": self._open_skipped,
            "keep": self._keep,
        }

    def _list(self, content: AskHistory) -> None:
        """The newest answers; what the page has a thumbnail of comes without one."""
        limit = max(1, min(MOST, content.get("limit", 1)))
        known = set(content.get("known", ()))
        buffers: list[bytes] = []
        recent = self._desk.session.recent(limit + 1)
        notes = self._desk.session.notes([sample.id for sample, _ in recent])
        flagged = {sample_id for sample_id, note in notes.items() if note.flagged}
        entries = [
            self._entry(sample, event, sample.id in flagged, known, buffers)
            for sample, event in recent
        ]
        more = len(entries) > limit and limit < MOST
        self._desk.say(HistorySaid(type="history", entries=entries[:limit], more=more), buffers)

    def _entry(
        self, sample: Sample, event: Label, flagged: bool, known: set[str], buffers: list[bytes]
    ) -> HistoryEntry:
        entry = HistoryEntry(
            event_id=event.event_id,
            sample_id=sample.id,
            label=plain(event.label),
            mode=event.mode,
            flagged=flagged,
        )
        if sample.id not in known:
            entry["small"] = small(self._desk.session, sample, buffers)
        return entry

    def _reopen(self, content: Reopen) -> None:
        self._open([content["sample_id"]])

    def _open_skipped(self, _content: OpenSkipped) -> None:
        """Ask once more for what was skipped, some at a time."""
        self._open(self._desk.session.skipped())

    def _open(self, sample_ids: Sequence[str]) -> None:
        opened = self._desk.session.reopen(sample_ids)
        if opened:
            self._desk.open(opened)
        else:
            self._desk.say(NotOpened(type="not_opened"))

    def _keep(self, content: Keep) -> None:
        sample_id = content["sample_id"]
        self._desk.held.samples.pop(sample_id, None)
        self._desk.session.keep(sample_id)

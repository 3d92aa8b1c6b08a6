"""Samples that annotators disagree on, listed and decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dalt.page.adjudication import Adjudication
from dalt.page.held_samples import Held, Replies
from dalt.page.owner.section import Handler, OwnerDesk, Section
from dalt.page.owner.thumbnails import Thumbnails
from dalt.page.part import Desk
from dalt.page.protocol.owner_figures import (
    DisputedEntry,
    OwnerDisputed,
    OwnerOpen,
    OwnerOpened,
    SaidOf,
)
from dalt.page.wire import Wire, plain

if TYPE_CHECKING:
    from dalt.core.records import Dispute

MOST = 24
"""Samples listed at once."""


class DisputedSection(Section):
    """The least certain samples with who said what; deciding is that of `Adjudication`.

    Parameters
    ----------
    desk : OwnerDesk
    """

    name = "disputed"

    def __init__(self, desk: OwnerDesk) -> None:
        super().__init__(desk)
        self._thumbnails = Thumbnails(desk.session)
        self._adjudication = Adjudication(_decides(desk))

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {**self._adjudication.handlers(), "owner_open": self._open}

    def begin(self) -> None:
        """A page was opened."""
        self._thumbnails.forget()

    def refresh(self) -> None:
        """Send the list."""
        figures = self._desk.figures
        found, n = figures.disputes(MOST)
        buffers: list[bytes] = []
        said = OwnerDisputed(
            type="owner_disputed",
            comparable=figures.comparable,
            entries=[self._entry(each, buffers) for each in found],
            n=n,
        )
        self._desk.say(said, buffers)

    def _entry(self, each: Dispute, buffers: list[bytes]) -> DisputedEntry:
        said: dict[str, SaidOf] = {}
        for event in each.answers:
            answer = said.setdefault(
                repr(event.label), SaidOf(label=plain(event.label), annotators=[])
            )
            answer["annotators"].append(event.annotator)
        entry = DisputedEntry(
            sample_id=each.sample.id,
            label=plain(each.consensus.label),
            probability=each.consensus.probability,
            said=sorted(said.values(), key=lambda one: -len(one["annotators"])),
        )
        picture = self._thumbnails.of(each.sample, buffers)
        if picture is not None:
            entry["small"] = picture
        return entry

    def _open(self, content: OwnerOpen) -> None:
        """Send one sample to decide, disputed or not."""
        entries, buffers = self._adjudication.entries([content["sample_id"]])
        entry = entries[0] if entries else None
        self._desk.say(OwnerOpened(type="owner_opened", entry=entry), buffers)


def _decides(desk: OwnerDesk) -> Desk:
    """The desk of a labeling page that only decides: it holds and leases nothing."""
    session = desk.session

    def nothing(*_: object) -> None:
        pass

    return Desk(
        session=session,
        held=Held(),
        replies=Replies(),
        say=desk.say,
        tell=nothing,
        wire=lambda: Wire(session, session.classes),
        open=nothing,
        refill=nothing,
        poke=desk.changed,
        renew=nothing,
        owner="only",
    )

"""What each annotator did."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from dalt.page.owner.section import Section
from dalt.page.protocol.from_kernel import EstimateSaid
from dalt.page.protocol.owner_figures import OwnerPeople, PersonSaid

if TYPE_CHECKING:
    from dalt.core.records import Estimate
    from dalt.labeling.quality.board import Member


class PeopleSection(Section):
    """How much, how quickly and how well each annotator labels."""

    name = "people"

    def refresh(self) -> None:
        """Send a row for each."""
        people = [_row(each) for each in self._desk.figures.people()]
        self._desk.say(OwnerPeople(type="owner_people", people=people))


def _row(each: Member) -> PersonSaid:
    return PersonSaid(
        annotator=each.annotator,
        labels=each.labels,
        skips=each.skips,
        seconds=estimate(each.seconds),
        agreement=estimate(each.agreement),
        gold=estimate(each.gold),
        last_seen=each.last_seen.isoformat(),
    )


def estimate(found: Estimate | None) -> EstimateSaid | None:
    """An estimate as JSON has it."""
    return None if found is None else cast(EstimateSaid, asdict(found))

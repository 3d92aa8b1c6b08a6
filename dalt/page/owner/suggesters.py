"""Sources of suggestions beside the model, and how good they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from dalt.page.owner.section import Section
from dalt.page.protocol.owner_figures import OwnerSuggesters, SuggesterSaid

if TYPE_CHECKING:
    from dalt.labeling.quality.sources import SourceStanding


class SuggestersSection(Section):
    """Each source with its share of right suggestions; nobody adds one here."""

    name = "suggesters"

    def refresh(self) -> None:
        """Send all of them."""
        found = self._desk.figures.suggesters()
        self._desk.say(
            OwnerSuggesters(type="owner_suggesters", suggesters=[_said(each) for each in found])
        )

    def pulse(self) -> object:
        """Differs after a vote, and when a source comes, goes or is in trouble."""
        return self._desk.figures.suggesters_mark()


def _said(source: SourceStanding) -> SuggesterSaid:
    said: dict[str, Any] = {
        "name": source.name,
        "live": source.kind == "live",
        "state": source.state,
        "votes": source.n_votes,
        "right": None if source.right is None else asdict(source.right),
        "by_class": [(name, asdict(share)) for name, share in source.by_class],
        "weight": source.weight,
        "trouble": source.trouble,
    }
    return cast(SuggesterSaid, said)

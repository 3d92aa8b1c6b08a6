"""Regions that a person marks: the likely class of each."""

from __future__ import annotations

from collections.abc import Mapping

from dalt.core.records import Region
from dalt.core.settings.settings import SHAPES
from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import RankedRegion
from dalt.page.protocol.from_page import RankRegion
from dalt.page.wire import Message

CATCH_UP_SECONDS = 1.0
"""How long the first sample waits for the model to learn the existing marks."""


class MarkingPart(Part):
    """The part of the page that ranks the classes of a drawn region."""

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"rank_region": self._rank}

    def setup(self) -> Message:
        """The task for a sample: to choose its classes, or to mark regions or spans in it."""
        session = self._desk.session
        if SHAPES.get(session.task, "span") != "span":
            # A model that has learned only a few pictures should not make the first proposals.
            session.catch_up(CATCH_UP_SECONDS)
        return {"task": session.task}

    def _rank(self, content: RankRegion) -> None:
        session = self._desk.session
        region = Region.from_json(content["region"])
        sample = session.sample(content["sample_id"])
        ranked = self._desk.wire().ranked(session.suggest_region(sample, region))
        self._desk.say(RankedRegion(type="ranked_region", ask=content["ask"], **ranked))

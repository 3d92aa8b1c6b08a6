"""Regions that a person marks: the likely class of each, and the canvas that shows them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from dalt.core.records import Region
from dalt.core.settings.settings import SHAPES
from dalt.page.annotators import Annotator, View, colours_of
from dalt.page.part import Desk, Handler, Part
from dalt.page.protocol.from_kernel import RankedRegion, RegionsDrawn
from dalt.page.protocol.from_page import DrawRegions, RankRegion
from dalt.page.wire import Message

CATCH_UP_SECONDS = 1.0
_log = logging.getLogger(__name__)


class MarkingPart(Part):
    """The part of the page that ranks the classes of a drawn region, and draws regions.

    Where pictures are marked it holds one annotator for all of them.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        shape = SHAPES.get(desk.session.task, "span")
        self._annotator = None if shape == "span" else Annotator(shape)

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"rank_region": self._rank, "draw_regions": self._draw}

    def setup(self) -> Message:
        """The shape that is marked, if any, and the model of the canvas."""
        canvas = None
        if self._annotator is not None:
            canvas = self._annotator.canvas.model_id
            # A model that has learned only a few pictures should not make the first proposals.
            self._desk.session.catch_up(CATCH_UP_SECONDS)
        return {"task": self._desk.session.task, "canvas": canvas}

    def close(self) -> None:
        """Close the annotator."""
        if self._annotator is not None:
            self._annotator.close()

    def _rank(self, content: RankRegion) -> None:
        session = self._desk.session
        region = Region.from_json(content["region"])
        sample = session.sample(content["sample_id"])
        ranked = self._desk.wire().ranked(session.suggest_region(sample, region))
        self._desk.say(RankedRegion(type="ranked_region", ask=content["ask"], **ranked))

    def _draw(self, content: DrawRegions) -> None:
        """Show on the canvas what the page says; its key tells the page what is shown."""
        if self._annotator is None:
            return
        try:
            view = View(content["size"], content["frame"], content["margin"], content["ratio"])
            colours = colours_of(self._desk.session.classes)
            self._annotator.show(content["regions"], view, colours)
        except Exception:
            # No answer depends on it: the page itself draws what the canvas does not.
            _log.exception("The annotator's canvas could not be drawn")
            return
        self._desk.say(RegionsDrawn(type="regions_drawn", key=content["key"]))

"""Regions that a person draws: what each is likely to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dalt.pages.part import Handler, Part
from dalt.pages.wire import Message
from dalt.records import Region


class MarkingPart(Part):
    """The part of the page that ranks the classes of a drawn region."""

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""
        return {"rank_region": self._rank}

    def setup(self) -> Message:
        """What is marked, if anything is."""
        return {"task": self._desk.session.task}

    def _rank(self, content: Mapping[str, Any]) -> None:
        session = self._desk.session
        region = Region.from_json({"label": "", **content["region"]})
        sample = session.sample(str(content["sample_id"]))
        ranked = self._desk.wire().ranked(session.suggest_region(sample, region))
        self._desk.say("ranked_region", ask=content["ask"], **ranked)

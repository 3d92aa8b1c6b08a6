"""How far the project is, how well the model does, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dalt.pages.part import Handler, Part


class ProgressPart(Part):
    """The part of the page that tells of progress, when it is asked."""

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""
        return {"progress": self._progress}

    def _progress(self, _content: Mapping[str, Any]) -> None:
        self._desk.say("progress", **asdict(self._desk.session.progress()))

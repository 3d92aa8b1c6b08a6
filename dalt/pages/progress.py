"""How far the project is, how well the model does, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dalt.pages.part import Desk, Handler
from dalt.pages.wire import Message


class ProgressPart:
    """The part of the page that tells of progress, when it is asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""
        return {"progress": self._progress}

    def setup(self) -> Message:
        """Nothing is told before it is asked for."""
        return {}

    def _progress(self, _content: Mapping[str, Any]) -> None:
        self._desk.say("progress", **asdict(self._desk.session.progress()))

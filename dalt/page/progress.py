"""How far the project is, how well the model does, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import ProgressSaid
from dalt.page.protocol.from_page import AskProgress


class ProgressPart(Part):
    """The part of the page that tells of progress, when it is asked."""

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""
        return {"progress": self._progress}

    def _progress(self, _content: AskProgress) -> None:
        said = {"type": "progress", **asdict(self._desk.session.progress())}
        self._desk.say(cast(ProgressSaid, said))

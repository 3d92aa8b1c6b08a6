"""Progress on the page: how far the project is, the model's accuracy, and the time left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import ProgressSaid
from dalt.page.protocol.from_page import AskProgress


class ProgressPart(Part):
    """The part of the page that sends progress on request."""

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"progress": self._progress}

    def _progress(self, _content: AskProgress) -> None:
        said = {"type": "progress", **asdict(self._desk.session.progress())}
        self._desk.say(cast(ProgressSaid, said))

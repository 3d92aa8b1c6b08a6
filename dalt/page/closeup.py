"""The full content of a sample that the page shows reduced, for a closer look."""

from __future__ import annotations

from collections.abc import Mapping

from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import Full
from dalt.page.protocol.from_page import AskFull


class Closer(Part):
    """Answers ``full`` with the full picture or text of a reduced display."""

    def handlers(self) -> Mapping[str, Handler]:
        """It handles one type of message."""
        return {"full": self._full}

    def _full(self, content: AskFull) -> None:
        sample_id = content["sample_id"]
        shown = self._desk.session.display(self._desk.session.sample(sample_id), full=True)
        buffers = [shown.data] if shown.data else []
        said = Full(type="full", sample_id=sample_id, mime=shown.mime, text=shown.text)
        self._desk.say(said, buffers)

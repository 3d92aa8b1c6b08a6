"""The whole of a sample that the page shows reduced, when somebody looks closer."""

from __future__ import annotations

from collections.abc import Mapping

from dalt.pages.part import Handler, Part


class Closer(Part):
    """Answers ``full`` with the picture or text that `Display.reduced` was said of."""

    def handlers(self) -> Mapping[str, Handler]:
        """It handles one type of message."""
        return {"full": self._full}

    def _full(self, content: Mapping[str, object]) -> None:
        sample_id = str(content["sample_id"])
        shown = self._desk.session.display(self._desk.session.sample(sample_id), full=True)
        buffers = [shown.data] if shown.data else []
        self._desk.say("full", buffers, sample_id=sample_id, mime=shown.mime, text=shown.text)

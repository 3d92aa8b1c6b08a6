"""What the annotator flags and comments on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dalt.pages.part import Handler, Part
from dalt.records import BadInput


class Notes(Part):
    """The part of the page that records notes; `Wire` tells them with their samples."""

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""
        return {"note": self._note}

    def _note(self, content: Mapping[str, Any]) -> None:
        key = str(content["key"])
        try:
            self._desk.session.note(
                str(content["sample_id"]),
                flagged=bool(content["flagged"]),
                comment=str(content["comment"]),
                key=key,
            )
        except BadInput as error:
            self._desk.say("refused", key=key, message=str(error))  # it stays too long
        else:
            self._desk.say("noted", key=key)

"""The annotator's flags and comments."""

from __future__ import annotations

from collections.abc import Mapping

from dalt.core.records import BadInput
from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import Noted, Refused
from dalt.page.protocol.from_page import Flag


class Notes(Part):
    """The part of the page that records notes; `Wire` sends them with their samples."""

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"note": self._note}

    def _note(self, content: Flag) -> None:
        key = content["key"]
        try:
            self._desk.session.note(
                content["sample_id"],
                flagged=content["flagged"],
                comment=content["comment"],
                key=key,
            )
        except BadInput as error:
            # It stays too long.
            self._desk.say(Refused(type="refused", key=key, message=str(error)))
        else:
            self._desk.say(Noted(type="noted", key=key))

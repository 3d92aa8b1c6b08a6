"""Whether people log in, so they can log out: on a shared computer the next person needs that."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dalt.page.part import Handler, Part
from dalt.page.wire import Message

LOGIN = "DALT_LOGIN"
"""Environment variable: "1" if people log in before they see the page."""


class PersonPart(Part):
    """Tells the page that the annotator has logged in."""

    def handlers(self) -> Mapping[str, Handler]:
        """None: the server handles logging out."""
        return {}

    def setup(self) -> Message:
        """Content for the page's setup."""
        return {"login": self.logs_in()}

    @staticmethod
    def logs_in() -> bool:
        """Whether people log in before they see the page."""
        return os.environ.get(LOGIN) == "1"

"""Whether there is a login to leave: on a shared computer the next person's labels need it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dalt.page.part import Handler, Part
from dalt.page.wire import Message

LOGIN = "DALT_LOGIN"
"""Environment variable: "1" where people log in before they see the page."""


class PersonPart(Part):
    """Tells the page that whoever labels has logged in."""

    def handlers(self) -> Mapping[str, Handler]:
        """None: the way out is the server's."""
        return {}

    def setup(self) -> Message:
        """What the page is told at first."""
        return {"login": os.environ.get(LOGIN) == "1"}

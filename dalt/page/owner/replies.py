"""Replies to what an owner changes: made, or why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dalt.core.records import ChangedMeanwhile, DaltError
from dalt.page.protocol.owner_editing import Edited, EditRefused

if TYPE_CHECKING:
    from dalt.page.owner.section import Say


def replied(say: Say, key: str, change: Callable[[], str | None]) -> bool:
    """Make a change, and say at its form how it went.

    Parameters
    ----------
    say : callable
    key : str
        Of the message that asks for it.
    change : callable
        What it returns is a password that the form shows once.

    Returns
    -------
    bool
        Whether it was made.
    """
    try:
        password = change()
    except DaltError as error:
        changed = isinstance(error, ChangedMeanwhile)
        say(EditRefused(type="edit_refused", key=key, message=str(error), changed=changed))
        return False
    said = Edited(type="edited", key=key)
    if password is not None:
        said["password"] = password
    say(said)
    return True

"""What is said to have been on a screen, and when: only what can be true is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from numbers import Real
from typing import Any

from dalt.core.arguments import is_text
from dalt.core.errors import BadInput, shown
from dalt.core.suggestions import Suggestion
from dalt.core.timing import EARLIEST

SLACK = 1e-6
"""By how much a probability may be over 1: it may come from half precision."""
AHEAD = timedelta(days=1)
"""How far the clock of another machine may be ahead."""
MOST_SNAPSHOT = 2**31 - 1


def check_suggestion(suggestion: Suggestion) -> None:
    """Refuse what no model suggests.

    Parameters
    ----------
    suggestion : Suggestion

    Raises
    ------
    BadInput
        If a class is no text, if the classes do not have one probability from 0 to 1 each, or if
        the snapshot is no number of one.

    Examples
    --------
    >>> check_suggestion(Suggestion(("cat",), (float("nan"),), snapshot=1))
    Traceback (most recent call last):
    dalt.core.errors.BadInput: The probabilities of a suggestion are numbers from 0 to 1, not nan.
    """
    if not all(map(is_text, suggestion.classes)):
        raise BadInput("The classes of a suggestion are names.")
    if len(suggestion.classes) != len(suggestion.probabilities):
        raise BadInput(
            f"A suggestion has a probability for each class: {len(suggestion.classes)} classes, "
            f"{len(suggestion.probabilities)} probabilities."
        )
    for each in suggestion.probabilities:
        if not _is_share(each):
            raise BadInput(
                f"The probabilities of a suggestion are numbers from 0 to 1, not {shown(each)}."
            )
    snapshot: Any = suggestion.snapshot
    if snapshot is None:
        return
    if isinstance(snapshot, bool) or not isinstance(snapshot, int):
        raise BadInput(f"The snapshot of a suggestion is its number, not {shown(snapshot)}.")
    if not 0 <= snapshot <= MOST_SNAPSHOT:
        raise BadInput(f"There is no snapshot {shown(snapshot)}.")


def check_moment(moment: datetime | None, now: datetime) -> None:
    """Refuse a moment at which nothing can have been on a screen.

    Parameters
    ----------
    moment : datetime or None
    now : datetime
        In UTC.

    Raises
    ------
    BadInput
        If it has no time zone, lies before any screen, or more than a day ahead.

    Examples
    --------
    >>> check_moment(datetime(1969, 7, 20, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
    Traceback (most recent call last):
    dalt.core.errors.BadInput: shown_at is 1969-07-20T00:00:00+00:00, when nothing can have been \
on a screen: set the clock, or leave it out.
    """
    if moment is None:
        return
    if moment.tzinfo is None:
        raise BadInput("shown_at needs a time zone, for example datetime.now(timezone.utc).")
    try:
        possible = EARLIEST <= moment.astimezone(UTC) <= now + AHEAD
    except (OverflowError, ValueError):  # at an end of the calendar, in another zone
        possible = False
    if not possible:
        raise BadInput(
            f"shown_at is {moment.isoformat()}, when nothing can have been on a screen: set the "
            "clock, or leave it out."
        )


def _is_share(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    share: Any = value  # of numpy, too; a whole number above all floats can be compared
    return bool(0 <= share <= 1 + SLACK)

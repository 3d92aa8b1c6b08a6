"""Values of labels as files of text hold them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

TIMES = frozenset(("created_at", "shown_at"))
"""Columns of exports that hold times; rows of the store have them as text."""


def plain_value(value: Any) -> Any:
    """Reduce a value to what JSON knows: times to ISO 8601 UTC, missing to None.

    Examples
    --------
    >>> plain_value({"at": datetime(2026, 1, 2), "n": (1, float("nan"))})
    {'at': '2026-01-02T00:00:00+00:00', 'n': [1, None]}
    """
    if type(value) is float:
        return value if value - value == 0 else None  # JSON knows no nan or infinity
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, datetime):
        return (time_of(value) or value).isoformat()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain_value(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(part) for part in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return plain_value(value.tolist())
    if isinstance(value, float):
        return plain_value(float(value))
    return value


def time_of(value: Any) -> datetime | None:
    """The time of a cell of one of `TIMES`, in UTC; None if it holds none.

    A time without a zone is in UTC, as everywhere in DALT.

    Examples
    --------
    >>> time_of("2026-01-02T09:30:00+09:00").isoformat()
    '2026-01-02T00:30:00+00:00'
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime) or type(value).__name__ == "NaTType":
        return None
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError):  # at an end of the calendar, in another zone
        return None

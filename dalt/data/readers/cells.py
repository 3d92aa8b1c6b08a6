"""Cells of frames as plain values: what JSON holds, and nothing that it cannot give back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePath
from typing import Any
from uuid import UUID

from dalt.core.errors import is_unicode

Cell = bool | int | float | str | None

_WRITTEN = (UUID, PurePath, IPv4Address, IPv6Address)
"""Types of cells that are written as text."""
_OF_PANDAS = frozenset(("Interval", "Period"))
"""The same by name: this must not need pandas."""
_MOST_DIGITS = 4_000
MOST_BITS = 14_000
"""Of a whole number: Python writes and reads up to 4,300 digits."""


def plain_cell(value: Any) -> Cell:
    """Return the plain value of a cell.

    Parameters
    ----------
    value : object
        Numbers become int or float, also Decimals; dates, times and durations ISO 8601; UUIDs,
        paths, addresses, periods and intervals their usual text; members of an Enum their value.

    Raises
    ------
    ValueError
        With what is wrong, as the second half of a sentence.

    Examples
    --------
    >>> plain_cell(Decimal("0.10")), plain_cell(2.0), plain_cell(timedelta(hours=1))
    (0.1, 2, 'P0DT1H0M0S')
    """
    if is_missing(value):
        return None
    if type(value).__module__ == "numpy":
        value = _of_numpy(value)
    if isinstance(value, Enum):
        return plain_cell(value.value)
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal | Fraction):
        value = _of_exact(value)
    if isinstance(value, float):
        if value - value != 0:
            raise ValueError("is infinite")
        # pandas turns a column of whole numbers into floats as soon as one is
        # missing; that must not make all its rows new.
        return int(value) if value.is_integer() and abs(value) < 2**53 else float(value)
    if isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise ValueError("is a whole number of too many digits")
        return int(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, _WRITTEN) or type(value).__name__ in _OF_PANDAS:
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"holds {a_kind_of(value)}")
    if not is_unicode(value):
        raise ValueError("is not valid Unicode (half of a surrogate pair)")
    return str(value)


def as_text(value: Any) -> Any:
    """A cell of a column of text as text; what is missing stays.

    Examples
    --------
    >>> as_text(7), as_text(7.0), as_text("007"), as_text(True), as_text(None)
    ('7', '7', '007', 'True', None)
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    try:
        plain = plain_cell(value)
    except ValueError:
        return value  # refused by its row, as what it is
    return None if plain is None else str(plain)


def is_missing(value: Any) -> bool:
    """Whether a cell or an entry is None, NaN, NA or NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    # By the type's name, too: this must not need pandas, nor fail on arrays.
    if isinstance(value, float):
        return value != value
    if isinstance(value, Decimal):
        return value.is_nan()
    return type(value).__name__ in ("datetime64", "timedelta64") and bool(value != value)


def a_kind_of(value: object) -> str:
    """A value's type with its article.

    Examples
    --------
    >>> a_kind_of(7), a_kind_of([])
    ('an int', 'a list')
    """
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _of_numpy(value: Any) -> Any:
    if type(value).__name__ in ("datetime64", "timedelta64"):
        # numpy gives nanoseconds as a number, which would be no time any more.
        made = value.astype(f"{type(value).__name__}[us]").item()
        if isinstance(made, int):
            raise ValueError("is a time that no calendar has")
        return made
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def _of_exact(value: Decimal | Fraction) -> int | float | str:
    """An exact number as one that JSON has; as text where that would lose digits."""
    if isinstance(value, Decimal) and not value.is_finite():
        return float(value)
    if isinstance(value, Decimal) and value.adjusted() > _MOST_DIGITS:
        return str(value)  # "1E+9999": its digits would be zeros
    if value == int(value):
        return int(value)
    try:
        near = float(value)
    except OverflowError:
        raise ValueError("is a fraction beyond all floats") from None
    exact = isinstance(value, Fraction) or Decimal(repr(near)) == value
    return near if exact else str(value)


def _duration(value: timedelta) -> str:
    """As pandas writes its Timedelta, so that both are the same row."""
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    return f"P{value.days}DT{hours}H{minutes}M{seconds}{parts}S"

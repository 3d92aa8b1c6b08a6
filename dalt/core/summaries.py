"""Results of long work as a sentence, for notebook cells and terminals."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

FEW = 3
"""How many ids, and how many reasons, are shown."""


def counted(n: int, what: str = "sample") -> str:
    """Write a count.

    Examples
    --------
    >>> counted(1), counted(1_797)
    ('1 sample', '1,797 samples')
    """
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def percent(share: float) -> str:
    """Write an upper limit of a share, rounded up in the second decimal place.

    Examples
    --------
    >>> percent(0.05), percent(0.049712), percent(0.999)
    ('5%', '4.98%', '99.9%')
    """
    return f"{math.ceil(round(share * 10_000, 6)) / 100:g}%"


def took(seconds: float) -> str:
    """Write a duration; nothing if it was not measured."""
    if seconds < 0.05:
        return ""
    return f", in {seconds:.1f} s" if seconds < 9.95 else f", in {seconds:,.0f} s"


def as_html(sentence: str, details: Sequence[str] = ()) -> str:
    """Show a sentence in a cell, and a list under it; text is never markup."""
    items = "".join(f"<li>{html.escape(each)}</li>" for each in details)
    below = f'<ul style="margin: 4px 0 0 0;">{items}</ul>' if items else ""
    return f"<div>{html.escape(sentence)}{below}</div>"


def as_text(sentence: str, details: Sequence[str] = ()) -> str:
    """The same for a terminal."""
    return "\n".join([sentence, *(f"- {each}" for each in details)])


def of_added(
    *,
    new: int,
    known: int,
    shared: int,
    twice: int,
    left_out: int,
    what: str,
    restored: int = 0,
    relocated: int = 0,
) -> str:
    """Summarise what happened to added raw data, without a full stop.

    Examples
    --------
    >>> of_added(new=1, known=1, shared=0, twice=1, left_out=1, what="file")
    '1 sample is new, 1 known already, 1 given twice, 1 left out'
    >>> of_added(new=2, known=0, shared=1, twice=0, left_out=0, what="file")
    '2 samples are new, 1 file has the content of another'
    """
    parts = [f"{counted(new)} {'is' if new == 1 else 'are'} new"]
    parts += [f"{restored:,} back after their removal"] if restored else []
    parts += [f"{relocated:,} found at a new place"] if relocated else []
    parts += [f"{known:,} known already"] if known > 0 else []
    parts += [shared_content(shared, what)] if shared else []
    parts += [f"{twice:,} given twice"] if twice > 0 else []
    parts += [f"{left_out:,} left out"] if left_out > 0 else []
    return ", ".join(parts)


def shared_content(n: int, what: str) -> str:
    """Say how many files, texts or rows have the content of another.

    Examples
    --------
    >>> shared_content(1, "file"), shared_content(1_200, "row")
    ('1 file has the content of another', '1,200 rows have the content of others')
    """
    has = "has the content of another" if n == 1 else "have the content of others"
    return f"{counted(n, what)} {has}"


def reasons(each: Sequence[Any], all: str = ".rejected") -> list[str]:
    """The first samples that were left out, and why, and where all of them are."""
    more = len(each) - FEW
    return [*map(str, each[:FEW]), *([f"and {more:,} more: {all}"] if more > 0 else [])]


def first_of(each: Sequence[Any], total: int | None = None) -> str:
    """The first of a list in a sentence, and how many more there are.

    Parameters
    ----------
    each : sequence
        Some of them; as many as are shown suffice.
    total : int, optional
        How many there are in all; by default these.

    Examples
    --------
    >>> first_of(["a", "b"]), first_of(["a", "b", "c"], 1_004)
    ('a; b', 'a; b; c; and 1,001 more')
    """
    more = (len(each) if total is None else total) - FEW
    return "; ".join([*map(str, each[:FEW]), *([f"and {more:,} more"] if more > 0 else [])])


class Embeddings(np.memmap[Any, Any]):
    """Embeddings in use: a memory-mapped array that a cell shows as a sentence.

    Attributes
    ----------
    summary : str
        What was done; empty for arrays computed from them.
    """

    summary: str

    def __array_finalize__(self, obj: Any) -> None:
        """Make views and results arrays without a summary."""
        super().__array_finalize__(obj)
        self.summary = ""

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Return results as a memory map would: plain arrays and numbers."""
        return self.view(np.memmap).__array_wrap__(array, context, return_scalar)

    def __getitem__(self, index: Any) -> Any:
        """Return rows and values as a memory map would."""
        return self.view(np.memmap)[index]

    def __repr__(self) -> str:
        """Say what was done, and give the shape."""
        if not self.summary:
            return repr(self.view(np.memmap))
        return f"{self.summary}\nmemmap of shape {self.shape}, {self.dtype}"

    def _repr_html_(self) -> str | None:
        """For a cell of a notebook; None shows them as an array."""
        return as_html(self.summary) if self.summary else None

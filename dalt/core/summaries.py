"""Results of long work as a sentence, for notebook cells and terminals."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
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
    ids: Sequence[Any],
    rejected: Sequence[Any],
    new: int,
    seconds: float,
    more: Mapping[str, int] | None = None,
) -> str:
    """Summarise what happened to added raw data.

    Examples
    --------
    >>> of_added(["a", "b", "b"], ["c.png: empty file"], 1, 0.25)
    '1 sample is new, 1 known already, 1 given twice, 1 left out, in 0.2 s.'
    """
    found = [each for each in ids if each is not None]
    distinct = len(set(found))
    parts = [f"{counted(new)} {'is' if new == 1 else 'are'} new"]
    for n, what in (
        (distinct - new - sum((more or {}).values()), "known already"),
        (len(found) - distinct, "given twice"),
        (len(rejected), "left out"),
        *((n, what) for what, n in (more or {}).items()),
    ):
        if n > 0:
            parts.append(f"{n:,} {what}")
    return f"{', '.join(parts)}{took(seconds)}."


def reasons(rejected: Sequence[Any], listed_in: str = "rejected") -> list[str]:
    """The first rejected samples, and why."""
    more = len(rejected) - FEW
    return [*map(str, rejected[:FEW]), *([f"and {more:,} more: .{listed_in}"] if more > 0 else [])]


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

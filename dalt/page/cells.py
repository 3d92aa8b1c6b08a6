"""Texts and answers in the HTML that a notebook keeps: escaped, and cut where they are long."""

from __future__ import annotations

import html
from collections import Counter

from dalt.core.records import LabelValue, Region

NOTHING = "–"
"""Stands where there is no value."""


def escaped(text: str, most: int, end: bool = False) -> str:
    r"""A text as HTML on one line, of at most so many characters; its `end` if that says more.

    Examples
    --------
    >>> escaped("<b>\n" + 9 * "x", 8), escaped("photos/cats/1.png", 8, end=True)
    ('&lt;b&gt; xxx…', '…s/1.png')
    """
    text = " ".join(text.split())
    if len(text) > most:
        text = f"…{text[1 - most :]}" if end else f"{text[: most - 1]}…"
    return html.escape(text)


def in_words(label: LabelValue | None) -> str:
    """An answer in a few words.

    Examples
    --------
    >>> in_words("cat"), in_words(("cat", "dog")), in_words(()), in_words(None)
    ('cat', 'cat, dog', 'nothing', 'skipped')
    """
    if label is None:
        return "skipped"
    if isinstance(label, str):
        return label
    counts = Counter(each.label if isinstance(each, Region) else each for each in label)
    return ", ".join(name if n == 1 else f"{n} × {name}" for name, n in counts.items()) or "nothing"

"""The marked characters of spans, which browsers copy with other spaces and ends of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

_GAPS = re.compile(r"(\s|\\n|\\r|\\t|\u200b|\ufeff)+")


def with_marked_text(spans: Sequence[Any], text: str | None) -> list[Any]:
    r"""Spans with the characters that stand in the text, where only gaps between words differ.

    A browser may give a new line as a space, as two signs ``\n``, or not at all.

    Parameters
    ----------
    spans : sequence
        Mappings as in `Imported.label`.
    text : str, optional
        The whole text, if it is known.

    Examples
    --------
    >>> span = {"start": 0, "end": 9, "text": "New\\nYork"}
    >>> with_marked_text([span], "New  York is big")[0]["text"]
    'New  York'
    """
    if not text:
        return list(spans)
    return [_with_text(each, text) if each.get("text") else each for each in spans]


def _with_text(span: Any, text: str) -> Any:
    start, end = span["start"], span["end"]
    for begin, stop in ((start, end), _from_utf_16(text, start, end)):
        marked = text[begin:stop]
        if _plain(marked) == _plain(span["text"]):
            return {**span, "text": marked}
    return span


def _from_utf_16(text: str, start: int, end: int) -> tuple[int, int]:
    """Offsets in code points of offsets in UTF-16; nothing where they are none."""
    if text.isascii():
        return start, end
    units = accumulate((2 if ord(each) > 0xFFFF else 1 for each in text), initial=0)
    place = {unit: number for number, unit in enumerate(units)}
    return place.get(start, 0), place.get(end, 0)


def _plain(text: str) -> str:
    return _GAPS.sub("", text)

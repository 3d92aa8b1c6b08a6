"""Offsets of spans: programs count code points, UTF-16 units, or bytes of UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput

_COUNTS: tuple[Callable[[str], int], ...] = (
    lambda each: 1,
    lambda each: 2 if ord(each) > 0xFFFF else 1,
    lambda each: len(each.encode("utf-8", "surrogatepass")),
)
"""How many units a character has: code points, UTF-16, UTF-8."""


def settled(spans: Sequence[Any], text: str) -> list[Any]:
    """Spans in code points, by the characters that the file says they mark.

    Parameters
    ----------
    spans : sequence
        Mappings with ``start`` and ``end``, and ``text`` where the file has it; others stay.
    text : str
        The whole text.

    Raises
    ------
    BadInput
        If the marked characters are nowhere where the offsets say, however one counts.

    Examples
    --------
    >>> [found] = settled([{"start": 3, "end": 6, "text": "cat"}], "\U0001f600 cat")
    >>> found["start"], found["end"]
    (2, 5)
    """
    known = [each for each in spans if _has_text(each)]
    if not known or all(text[each["start"] : each["end"]] == each["text"] for each in known):
        return list(spans)
    for count in _COUNTS[1:]:
        place = _places(text, count)
        if all(_marks(each, text, place) for each in known):
            return [_moved(each, place) for each in spans]
    wrong = next(each for each in known if text[each["start"] : each["end"]] != each["text"])
    said = shown(text[wrong["start"] : wrong["end"]])
    raise BadInput(
        f"The span {wrong['start']}–{wrong['end']} marks {shown(wrong['text'])}, but the sample "
        f"has {said} there, however characters are counted."
    )


def _has_text(span: Any) -> bool:
    return (
        isinstance(span, Mapping)
        and isinstance(span.get("text"), str)
        and all(isinstance(span.get(name), int) and span[name] >= 0 for name in ("start", "end"))
    )


def _places(text: str, count: Callable[[str], int]) -> dict[int, int]:
    """From offsets in other units to those in code points."""
    units = accumulate(map(count, text), initial=0)
    return {offset: number for number, offset in enumerate(units)}


def _marks(span: Mapping[str, Any], text: str, place: Mapping[int, int]) -> bool:
    start, end = place.get(span["start"]), place.get(span["end"])
    return start is not None and end is not None and text[start:end] == span["text"]


def _moved(span: Any, place: Mapping[int, int]) -> Any:
    if not isinstance(span, Mapping) or "start" not in span or "end" not in span:
        return span
    start, end = place.get(span["start"]), place.get(span["end"])
    if start is None or end is None:
        raise BadInput(f"The span {span['start']}–{span['end']} begins or ends inside a character.")
    return {**span, "start": start, "end": end}

"""Spans of a text as tags of its tokens: IOB1, IOB2, IOE, BIOES, BILOU, BMEWO, plain, brackets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

Style = Literal["before", "after", "plain", "brackets"]
"""Where the position in a span stands: ``B-PER``, ``PER-B``, nowhere (``PER``), ``(PER*``."""
TaggedSpan = tuple[int, int, str]
"""The first token, the one after the last, and the class."""

OUTSIDE = ("O", "_", "-", "")
_BEFORE = re.compile(r"([BIESLUMW])[-_](.+)", re.DOTALL)
_AFTER = re.compile(r"(.+)[-_]([BIESLUMW])", re.DOTALL)
_BRACKETS = re.compile(r"(\(([^()*]+))?\*?\)?")
_BEGINS = frozenset("BSUW")
_ENDS = frozenset("ELSUW")
_JOINERS = "\u200c\u200d"
"""Zero-width characters inside words of Persian and of Indian scripts."""


def style_of(tags: Collection[str]) -> Style | None:
    """Tell how tags are written, from all that occur; None if these are no tags.

    Examples
    --------
    >>> style_of({"O", "B-PER", "I-PER"}), style_of({"O", "PER-B"}), style_of({"*", "(GPE)"})
    ('before', 'after', 'brackets')
    >>> style_of({"O", "PER"}), style_of({"NN", "VBZ"}) is None
    ('plain', True)
    """
    said = [tag for tag in tags if tag not in OUTSIDE]
    if said and all("*" in tag or "(" in tag for tag in said):
        return "brackets" if all(_BRACKETS.fullmatch(tag) for tag in said) else None
    if all(_BEFORE.fullmatch(tag) for tag in said):
        return "before"
    if all(_AFTER.fullmatch(tag) for tag in said):
        return "after"
    return "plain" if "O" in tags else None


def spans_of(tags: Sequence[str], style: Style) -> list[TaggedSpan]:
    """The spans that tags mean.

    A span ends where a token is outside, has another class, begins a span, or follows the last
    token of one: this holds in every scheme, so the scheme need not be known.

    Examples
    --------
    >>> spans_of(["B-PER", "I-PER", "O", "I-ORG", "B-ORG"], "before")
    [(0, 2, 'PER'), (3, 4, 'ORG'), (4, 5, 'ORG')]
    >>> spans_of(["(PER*", "*)", "*", "(GPE)"], "brackets")
    [(0, 2, 'PER'), (3, 4, 'GPE')]
    """
    if style == "brackets":
        return list(_bracketed(tags))
    found: list[TaggedSpan] = []
    begin, name, ended = 0, "", False
    for number, tag in enumerate([*tags, "O"]):
        position, now = _parts(tag, style)
        begins = bool(now) and (now != name or ended or position in _BEGINS)
        if name and (begins or not now):
            found.append((begin, number, name))
        if begins:
            begin = number
        name, ended = now, position in _ENDS
    return found


def classes_of(tags: Iterable[str], style: Style) -> set[str]:
    """The classes that tags name."""
    if style == "brackets":
        return {found[2] for tag in tags if (found := _BRACKETS.fullmatch(tag)) and found[2]}
    return {name for tag in tags if (name := _parts(tag, style)[1])}


def _parts(tag: str, style: Style) -> tuple[str, str]:
    """Position and class of a tag; both empty outside."""
    if tag in OUTSIDE:
        return "", ""
    if style == "before" and (found := _BEFORE.fullmatch(tag)):
        return found[1], found[2]
    if style == "after" and (found := _AFTER.fullmatch(tag)):
        return found[2], found[1]
    return "I", tag


def _bracketed(tags: Sequence[str]) -> Iterator[TaggedSpan]:
    open_: tuple[int, str] | None = None
    for number, tag in enumerate(tags):
        found = _BRACKETS.fullmatch(tag)
        if found and found[2]:
            open_ = (number, found[2])
        if tag.endswith(")") and open_:
            yield open_[0], number + 1, open_[1]
            open_ = None


# --- text to tokens ---------------------------------------------------------------------


def tokens_of(text: str, edges: Collection[int] = ()) -> list[tuple[int, int]]:
    """Split a text: runs of letters, digits and their marks, and every other character by itself.

    Parameters
    ----------
    text : str
    edges : collection of int
        Offsets at which spans begin or end, so that tokens do not cross them.

    Returns
    -------
    list of (int, int)
        Begin and end of each token; white space is in none.

    Examples
    --------
    >>> text = "Kim's 3.5%"
    >>> [text[begin:end] for begin, end in tokens_of(text)]
    ['Kim', "'", 's', '3', '.', '5', '%']
    """
    cuts = frozenset(edges)
    found: list[tuple[int, int]] = []
    for word, run in groupby(range(len(text)), key=lambda i: _in_word(text[i])):
        for place in run:
            if text[place].isspace():
                continue
            joined = word and found and found[-1][1] == place and place not in cuts
            if joined and _in_word(text[place - 1]):
                found[-1] = (found[-1][0], place + 1)
            else:
                found.append((place, place + 1))
    return found


def _in_word(character: str) -> bool:
    return (
        character.isalnum()
        or character == "_"
        or character in _JOINERS
        or unicodedata.category(character).startswith("M")
    )


def tags_of(
    tokens: Sequence[tuple[int, int]], spans: Iterable[tuple[int, int, str]]
) -> list[str] | None:
    """Tags of tokens in IOB2; None if spans overlap or hold no token.

    Examples
    --------
    >>> tags_of([(0, 3), (4, 7), (8, 9)], [(0, 7, "PER")])
    ['B-PER', 'I-PER', 'O']
    """
    tags = ["O"] * len(tokens)
    for start, end, name in spans:
        inside = [i for i, (begin, stop) in enumerate(tokens) if begin >= start and stop <= end]
        if not inside or any(tags[i] != "O" for i in inside):
            return None
        tags[inside[0]] = f"B-{name}"
        for i in inside[1:]:
            tags[i] = f"I-{name}"
    return tags


def joined(
    tokens: Sequence[str], spans: Iterable[TaggedSpan]
) -> tuple[str, list[dict[str, object]]]:
    """The tokens with a space between each two, and spans in that text.

    Examples
    --------
    >>> joined(["EU", "rejects"], [(0, 1, "ORG")])
    ('EU rejects', [{'shape': 'span', 'label': 'ORG', 'start': 0, 'end': 2, 'text': 'EU'}])
    """
    places, offset = [], 0
    for token in tokens:
        places.append((offset, offset + len(token)))
        offset += len(token) + 1
    text = " ".join(tokens)
    return text, [region_of(text, places, span) for span in spans]


def region_of(text: str, places: Sequence[tuple[int, int]], span: TaggedSpan) -> dict[str, object]:
    """A span of tokens as a region of the text that they stand in."""
    first, after, name = span
    start, end = places[first][0], places[after - 1][1]
    return {"shape": "span", "label": name, "start": start, "end": end, "text": text[start:end]}

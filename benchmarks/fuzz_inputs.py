"""What the fuzzers feed: hostile values, and files and documents with something wrong in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

Draw = Any
"""What `hypothesis.strategies.composite` hands to a function."""
NASTY_TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "half \udfff", "\n", "a\nb", "\r\n", "\t", "\x1b[31m",
    "\u2028", "\u202e", "\ufeff", "\u200b", "x" * 501, "x" * 10_000, "é" * 300, "한국어", "🏳️‍🌈",
    "../../nowhere/x", "nowhere/", "~nobody", "C:\\x", "file:///nowhere", "http://[::1", "s3://",
    "data:,", "%00", "=1+1", "NaN", "nan", "inf", "-1", "1e999", "null", "None", "true", "[]",
    "{}", "[" * 500, '{"a":' * 200, "'", '"', "<script>", "&lt;", "]]>", "${x}", "%s", "{0}", "-",
    "--help", "*", "?", "(", "\\",
)  # fmt: skip
NASTY_NUMBERS = (
    0, -0.0, 1, -1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**400, 1e308, -1e308, 5e-324,
    float("inf"), float("-inf"), float("nan"), 0.1,
)  # fmt: skip
_ODD: tuple[Any, ...] = (
    b"", b"\xff\xfe", object(), set(), frozenset([1]), range(3), Decimal("NaN"), 1j, pd.NA,
    pd.NaT, Path("nowhere"), Path("x" * 5_000), datetime(1, 1, 1),
    datetime(9999, 12, 31, tzinfo=UTC), np.zeros(0), np.array(5), np.zeros((2, 2), complex),
    np.array(["a", None], object), np.float16("nan"), np.datetime64("NaT"), pd.DataFrame(),
    pd.DataFrame({"a": [1], "label": [None]}), pd.Series([{}, []]), lambda *_: 1 / 0,
)  # fmt: skip
SPLICES = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x80\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\n",
    b'"',
    b"<",
    b"{",
    b"]",
)

texts = st.one_of(
    st.sampled_from(NASTY_TEXTS),
    st.text(st.characters(exclude_categories=()), max_size=20),  # halves of characters, too
    st.text("ab,;=\"'[]{}\\/\n\t:0", max_size=12),
)
_TOO_LONG = st.builds(lambda: -(10**5_000))  # Python refuses to write it, also for hypothesis
numbers = st.one_of(st.sampled_from(NASTY_NUMBERS), st.integers(), st.floats(), _TOO_LONG)
plain = st.one_of(st.none(), st.booleans(), numbers, texts)
json_values = st.recursive(
    plain,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)
values = st.one_of(json_values, st.sampled_from(_ODD), st.tuples(json_values, json_values))
"""Anything that somebody can hand to a function."""


@st.composite
def damaged(draw: Draw, whole: bytes) -> bytes:
    """The bytes of a valid file after one to four accidents."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 24))
        how = draw(st.sampled_from(("flip", "cut", "splice", "drop", "repeat", "text")))
        if how == "flip" and at < len(data):
            data[at] ^= draw(st.integers(1, 255))
        elif how == "cut":
            del data[at:]
        elif how == "splice":
            data[at:at] = draw(st.sampled_from(SPLICES))
        elif how == "drop":
            del data[at : at + length]
        elif how == "repeat":
            data[at:at] = data[at : at + length] * draw(st.integers(1, 40))
        else:
            data[at : at + length] = draw(texts).encode("utf-8", "surrogatepass")
    return bytes(data)


@st.composite
def changed(draw: Draw, document: Any) -> Any:
    """A document of JSON with one to three of its values replaced, dropped or added."""
    whole = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        holder, places = whole, _places(whole)
        if not places:
            return draw(json_values)
        while places:
            place = draw(st.sampled_from(places))
            deeper = _places(holder[place])
            if not deeper or draw(st.integers(0, 3)) == 0:
                break
            holder, places = holder[place], deeper
        how = draw(st.sampled_from(("replace", "replace", "replace", "drop", "twice")))
        if how == "replace":
            holder[place] = draw(json_values)
        elif how == "drop":
            del holder[place]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[place]))
        else:
            holder[draw(texts)] = copy.deepcopy(holder[place])
    return whole


def _places(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


@st.composite
def damaged_file(draw: Draw, whole: bytes) -> bytes:
    """A file with something wrong, as bytes or, where it or its lines are JSON, as documents."""
    if draw(st.booleans()):
        return draw(damaged(whole))
    try:
        return json.dumps(draw(changed(json.loads(whole)))).encode()
    except ValueError:
        pass
    lines = whole.split(b"\n")
    at = draw(st.integers(0, len(lines) - 1))
    try:
        lines[at] = json.dumps(draw(changed(json.loads(lines[at])))).encode()
    except ValueError:
        cells = lines[at].split(b",")
        cell = draw(st.integers(0, len(cells) - 1))
        cells[cell] = draw(texts).encode("utf-8", "surrogatepass")
        lines[at] = b",".join(cells)
    return b"\n".join(lines)


def file_tree(folder: Path) -> dict[str, bytes]:
    """The files of a folder, or a single file, by their names below it."""
    if folder.is_file():
        return {folder.name: folder.read_bytes()}
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write_tree(tree: Mapping[str, bytes], folder: Path) -> Path:
    """Write files into a new folder, which is returned."""
    for name, data in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def harmless(value: Any) -> Any:
    """The value, unless it names a place outside of the folder that the target works in."""
    if isinstance(value, str | Path) and str(value).startswith(("/", "~", "..", ".")):
        return "nowhere"
    return [harmless(each) for each in value] if isinstance(value, list) else value

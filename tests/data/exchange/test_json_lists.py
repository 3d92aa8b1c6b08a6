"""JSON lists read element by element."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dalt.core.records import BadInput
from dalt.data.exchange.json_lists import elements, first_element


@pytest.mark.parametrize("part", [1, 3, 65536])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "value", [[], [{"a": "]},"}, [1, [2]], 'x\\"y', 12.5, -3e10, None, True], [123456789] * 3]
)
def test_all_elements_come_in_parts_of_any_size(
    tmp_path: Path, value: Any, indent: int | None, part: int
) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(value, indent=indent), "utf-8-sig")
    assert list(elements(path, part)) == value


def test_lines_and_single_objects_are_their_own_elements(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text('{"a": 1}\n{"b": [2]}\n')
    assert list(elements(path)) == [{"a": 1}, {"b": [2]}]
    assert first_element(path) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "why", "before"),
    [
        ('[{"a": 1}', "it ends within its list, after element 1", 1),
        ('[{"a": 1}, {"b', "element 2 is broken", 1),
        ('[{"a": 1} {"b": 2}]', "a comma is missing after element 1", 1),
        ('[{"a": 1}] x', "it goes on after its end", 1),
        ("[1,]", "element 2 is broken", 1),
        ("[nope]", "element 1 is broken", 0),
    ],
)
def test_what_is_broken_says_where(tmp_path: Path, text: str, why: str, before: int) -> None:
    path = tmp_path / "in.json"
    path.write_text(text)
    count = 0
    with pytest.raises(BadInput, match=rf"in\.json' is not valid JSON \({why}\)\."):
        for _ in elements(path):
            count += 1
    assert count == before


def test_what_is_not_there_or_not_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        list(elements(tmp_path / "in.json"))
    (tmp_path / "in.json").write_bytes(b'["\xff"]')
    with pytest.raises(BadInput, match="is not in UTF-8"):
        list(elements(tmp_path / "in.json"))
    assert first_element(tmp_path / "in.json") is None

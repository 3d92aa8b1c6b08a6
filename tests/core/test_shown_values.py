"""Values of users in sentences, whatever the values are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dalt.core.errors import KeyUsed, shown


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def nested() -> list[Any]:
    made: list[Any] = []
    for _ in range(100_000):
        made = [made]
    return made


SAID: dict[str, tuple[Callable[[], object], str]] = {
    "that has no words": (lambda: [Mute()], "a list"),
    "nested": (nested, "a list that is nested too deeply"),
    "huge": (lambda: -(10**5_000), "a number that is too large"),
    "half a character": (lambda: "\ud800", r"'\ud800'"),
    "long": (lambda: "x" * 10_000, "'" + "x" * 58 + "…'"),
}


@pytest.mark.parametrize("kind", SAID)
def test_a_value_is_shown_in_a_few_characters(kind: str) -> None:
    make, said = SAID[kind]
    assert shown(make()) == said


def test_a_key_is_shown_in_a_few_characters() -> None:
    assert len(str(KeyUsed("k" * 10_000))) < 250

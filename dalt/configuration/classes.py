"""The classes of a task as people write them: checked, with keys and colours for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dalt.records import BadSettings, ClassSpec

ClassLike = str | Mapping[str, Any] | ClassSpec
RESERVED_KEYS = {"s": "skip", "u": "undo", "v": "verify mode", "?": "help"}
_KEYS = "1234567890" + "abcdefghijklmnopqrstuvwxyz"
_COLOURS = (  # Okabe and Ito (2008): told apart by people with any kind of colour vision
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#d55e00",
    "#56b4e9",
    "#f0e442",
    "#6b6b6b",
)


def class_spec(value: ClassLike) -> ClassSpec:
    """The record of a class; lists become tuples."""
    if isinstance(value, ClassSpec):
        return value
    if isinstance(value, str):
        return ClassSpec(value)
    if not isinstance(value, Mapping):
        raise BadSettings(f"A class is a name or a table with a name, not {value!r}.")
    unknown = set(value) - {"name", "key", "colour", "description", "formerly"}
    if unknown or "name" not in value:
        raise BadSettings(
            "A class has a name, and may have a key, colour, description and former names "
            f"(formerly); got {dict(value)!r}."
        )
    former = value.get("formerly", ())
    if not isinstance(former, list | tuple) or not all(isinstance(name, str) for name in former):
        raise BadSettings(f"formerly is a list of names, not {former!r}.")
    for what in ("key", "colour", "description"):
        if not isinstance(value.get(what, ""), str):
            raise BadSettings(f"The {what} of a class is text, not {value[what]!r}.")
    return ClassSpec(**{**value, "formerly": tuple(former)})


def with_defaults(specs: list[ClassSpec]) -> tuple[ClassSpec, ...]:
    """Give each class that lacks them a key (while some are left) and a colour."""
    taken = {spec.key for spec in specs} | set(RESERVED_KEYS)
    free = iter([key for key in _KEYS if key not in taken])
    return tuple(
        replace(
            spec,
            key=spec.key or next(free, ""),
            colour=spec.colour or _COLOURS[index % len(_COLOURS)],
        )
        for index, spec in enumerate(specs)
    )


def check_classes(specs: Sequence[ClassSpec]) -> None:
    """Refuse classes that make no sense beside each other."""
    names = [spec.name for spec in specs]
    if not names:
        raise BadSettings("A project needs classes: classes=['cat', 'dog'].")
    for name in names:
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            raise BadSettings(f"A class name is text without blanks around it, not {name!r}.")
    _refuse_twice(names, "The class")
    former = [old for spec in specs for old in spec.formerly]
    _refuse_twice([*names, *former], "The present or former name")
    keys = [spec.key for spec in specs if spec.key]
    for key in keys:
        if len(key) != 1 or key in RESERVED_KEYS:
            use = f"; it is for {RESERVED_KEYS[key]}" if key in RESERVED_KEYS else ""
            raise BadSettings(f"A class key is one character, not {key!r}{use}.")
    _refuse_twice(keys, "The key")


def _refuse_twice(values: list[str], what: str) -> None:
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        raise BadSettings(f"{what} {min(twice)!r} is given twice.")

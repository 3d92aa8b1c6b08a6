"""The classes of a task as people write them: checks, keys and colours."""

from __future__ import annotations

import colorsys
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from dalt.core.arguments import is_iterable
from dalt.core.errors import is_unicode, shown
from dalt.core.records import BadSettings, ClassSpec
from dalt.core.settings.keys import reserved

ClassLike = str | Mapping[str, Any] | ClassSpec
Classes = Iterable[ClassLike] | Mapping[str, str | Mapping[str, Any]]
LONGEST_NAME = 500
_ALWAYS = ("name", "key", "colour", "description")
_BREAKING = frozenset({"Cc", "Zl", "Zp"})
"""Kinds of characters that break a line, ring a bell or move a cursor."""
_INVISIBLE = frozenset({"Cf", "Zs"})
"""Kinds that show nothing by themselves, such as the joiners between parts of a letter."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing: the fillers of Hangul, and Braille without a dot."""
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of what stands behind them, also of what belongs to something else."""
_HEX = re.compile("#(?:[0-9a-fA-F]{3}){1,2}")
_KEYS = "1234567890" + "abcdefghijklmnopqrstuvwxyz"
# Near those of Okabe and Ito (2008) and two more, moved apart until the two most similar ones
# are as far from each other as ten can be, for people with any kind of colour vision.
_COLOURS = (
    "#0072b2",
    "#e6b857",
    "#00a76b",
    "#f07cb0",
    "#fa5b03",
    "#7cc8fc",
    "#d4f11a",
    "#7b5c3d",
    "#a85ff8",
    "#55329d",
)


def class_specs(classes: object) -> list[ClassSpec]:
    """Make records of the classes that a user gives.

    Parameters
    ----------
    classes : iterable of str, ClassSpec or mapping; or mapping
        A single mapping maps names to keys, or to tables with a class's other fields.

    Raises
    ------
    BadSettings
        If it is something else.

    Examples
    --------
    >>> [(spec.name, spec.key) for spec in class_specs({"cat": "c", "dog": {"key": "d"}})]
    [('cat', 'c'), ('dog', 'd')]
    """
    if isinstance(classes, str):
        raise BadSettings(f"classes is a list of names, not one text: [{shown(classes)}, …].")
    if isinstance(classes, Mapping):
        return [_named_spec(name, rest) for name, rest in classes.items()]
    if not is_iterable(classes) or hasattr(classes, "columns"):
        raise BadSettings(f"classes is a list of names, as ['cat', 'dog'], not {shown(classes)}.")
    return [class_spec(value) for value in classes]


def _named_spec(name: object, rest: object) -> ClassSpec:
    """Make a class of a mapping's entry: a name, and a key or a table."""
    if isinstance(rest, str) and len(rest) <= 1:
        rest = {"key": rest}
    if not isinstance(name, str) or not isinstance(rest, Mapping) or "name" in rest:
        raise BadSettings(
            "A dict of classes maps names to keys of one character, {'cat': 'c'}, or to tables, "
            f"{{'cat': {{'key': 'c', 'description': '…'}}}}, not from {shown(name)} to "
            f"{shown(rest)}; names alone are a list."
        )
    return class_spec({"name": name, **rest})


def class_spec(value: object) -> ClassSpec:
    """Make the record of a class; lists become tuples."""
    if isinstance(value, ClassSpec):
        return value
    if isinstance(value, str):
        return ClassSpec(value)
    if not isinstance(value, Mapping):
        quoted = f"; put it in quotes: '{shown(value)}'" if isinstance(value, int | float) else ""
        raise BadSettings(f"A class is a name or a table with a name, not {shown(value)}{quoted}.")
    unknown = set(value) - {each.name for each in fields(ClassSpec)}
    if unknown or "name" not in value:
        raise BadSettings(
            "A class has a name, and may have a key, colour, description, group and former "
            f"names (formerly); got {shown(dict(value))}."
        )
    former = value.get("formerly", ())
    if not isinstance(former, list | tuple) or not all(isinstance(name, str) for name in former):
        raise BadSettings(f"formerly is a list of names, not {shown(former)}.")
    for what in ("key", "colour", "description", "group"):
        if not isinstance(value.get(what, ""), str):
            raise BadSettings(f"The {what} of a class is text, not {shown(value[what])}.")
    return ClassSpec(**{**value, "formerly": tuple(former)})


def entry_of(spec: ClassSpec) -> dict[str, Any]:
    """The fields of a class in a new entry of the file; group and former names only if it has them.

    Examples
    --------
    >>> entry_of(ClassSpec("cat", key="c", colour="#0072b2"))
    {'name': 'cat', 'key': 'c', 'colour': '#0072b2', 'description': ''}
    """
    said: dict[str, Any] = {name: getattr(spec, name) for name in (*_ALWAYS, "group")}
    said["formerly"] = list(spec.formerly)
    return {name: value for name, value in said.items() if value or name in _ALWAYS}


def refuse_unfit(names: Iterable[object], what: str = "name") -> None:
    r"""Refuse new names that no page or line of a file has room for; those that are there stay.

    Parameters
    ----------
    names : iterable
        Names of classes or, with `what`, of something else of a class; what is no text is left to
        others.
    what : str

    Raises
    ------
    BadSettings
        If one is too long, has a line break or another control character, or shows nothing.

    Examples
    --------
    >>> refuse_unfit(["cat\ndog"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    dalt.core.errors.BadSettings: The name of a class is one line of visible characters, ...
    """
    for name in names:
        if not isinstance(name, str):
            continue
        if len(name) > LONGEST_NAME:
            raise BadSettings(
                f"The {what} of a class has at most {LONGEST_NAME} characters, not {len(name):,}: "
                f"{shown(name)}. A description has room for more."
            )
        seen = set(name) - _BLANK
        kinds = {unicodedata.category(character) for character in seen}
        if kinds & _BREAKING or seen & _TURNING or (name.strip() and kinds <= _INVISIBLE):
            raise BadSettings(
                f"The {what} of a class is one line of visible characters, not {shown(name)}."
            )


def refuse_alike(new: Iterable[object], others: Iterable[str] = ()) -> None:
    r"""Refuse new names that look as another one: nobody could tell which class is meant.

    A letter and its accent can be one character or two, and some characters show nothing.

    Parameters
    ----------
    new : iterable
        Names; what is no text is left to others.
    others : iterable of str
        Those that are there.

    Raises
    ------
    BadSettings

    Examples
    --------
    >>> refuse_alike(["cafe\u0301"], ["caf\u00e9"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    dalt.core.errors.BadSettings: The classes 'caf\xe9' and 'cafe\u0301' look the same: ...
    """
    known = {_look(name): name for name in others}
    for name in new:
        if isinstance(name, str) and is_unicode(name):
            other = known.setdefault(_look(name), name)
            if other != name:  # the same name twice has a sentence of its own
                raise BadSettings(
                    f"The classes {other!a} and {name!a} look the same: nobody could "
                    "tell them apart. Give one of them another name."
                )


def _look(name: str) -> str:
    shown = (each for each in name if unicodedata.category(each) != "Cf" and each not in _BLANK)
    return unicodedata.normalize("NFC", "".join(shown))


def with_defaults(
    specs: list[ClassSpec], keys: Mapping[str, str] = MappingProxyType({})
) -> tuple[ClassSpec, ...]:
    """Give each class that lacks them a key (while some are left) and a colour.

    Classes of a group are shades of one colour; without groups the colours take turns, a
    shade lighter or darker at each turn.
    """
    # Also an action's former key: a habit must not become an answer.
    taken = {spec.key for spec in specs} | set(reserved(keys)) | set(reserved({}))
    free = iter([key for key in _KEYS if key not in taken])
    groups = list(dict.fromkeys(spec.group for spec in specs if spec.group))
    sizes, seen = Counter(spec.group for spec in specs), Counter[str]()
    made = []
    for index, spec in enumerate(specs):
        if spec.group:
            place = groups.index(spec.group)
            # Shades of a group spread over the range, so that two groups of a hue differ, too.
            turn = seen[spec.group] + place // len(_COLOURS) / max(2, sizes[spec.group])
        else:
            place, turn = index, index // len(_COLOURS)
        seen[spec.group] += 1
        made.append(
            replace(
                spec,
                key=spec.key or next(free, ""),
                colour=spec.colour or _shade(_COLOURS[place % len(_COLOURS)], turn),
            )
        )
    return tuple(made)


def _shade(colour: str, turn: float) -> str:
    """A colour of the same hue; turn 0 is the colour itself."""
    if not turn:
        return colour
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    # Steps by the golden ratio never come near one that was there shortly before.
    lightness = 0.28 + (lightness - 0.28 + 0.618 * 0.5 * turn) % 0.5
    shaded = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{int(0.5 + 255 * part):02x}" for part in shaded)


def check_classes(
    specs: Sequence[ClassSpec], reserved_keys: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Refuse classes that conflict with each other."""
    names = [spec.name for spec in specs]
    if not names:
        raise BadSettings("A project needs classes: classes=['cat', 'dog'].")
    for name in names:
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            raise BadSettings(f"A class name is text without blanks around it, not {shown(name)}.")
        if "\0" in name or not is_unicode(name):
            raise BadSettings(f"A class name is valid Unicode without NUL, not {shown(name)}.")
    _refuse_twice(names, "The class")
    former = [old for spec in specs for old in spec.formerly]
    _refuse_twice([*names, *former], "The present or former name")
    keys = [spec.key for spec in specs if spec.key]
    for key in keys:
        if key in reserved_keys:
            raise BadSettings(
                f"The key {shown(key)} is taken: it is for {reserved_keys[key]}. Give the class "
                "another."
            )
        if len(key) != 1:
            raise BadSettings(f"A class key is one character, not {shown(key)}.")
    _refuse_twice(keys, "The key")
    for spec in specs:
        if spec.colour and not _HEX.fullmatch(spec.colour):
            raise BadSettings(
                f"The colour of the class {shown(spec.name)} is written as in CSS, like #0072b2, "
                f"not {shown(spec.colour)}."
            )
        if spec.group != spec.group.strip():
            raise BadSettings(f"A group has no blanks around its name: {shown(spec.group)}.")
        for text in (spec.key, spec.description, spec.group, *spec.formerly):
            if not is_unicode(text):
                raise BadSettings(
                    f"What is said of the class {shown(spec.name)} is valid Unicode, not "
                    f"{shown(text)}."
                )


def _refuse_twice(values: list[str], what: str) -> None:
    twice = {value for value, times in Counter(values).items() if times > 1}
    if twice:
        raise BadSettings(f"{what} {shown(min(twice))} is given twice.")

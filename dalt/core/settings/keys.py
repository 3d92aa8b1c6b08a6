"""The keys of the page as people write them in ``[keys]``, and the table ``[page]``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, get_args

from msgspec import Meta

from dalt.core.errors import shown
from dalt.core.records import BadSettings
from dalt.core.settings.declaration import Names, Table, setting

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "accept": "Enter",
        "skip": "s",
        "undo": "u",
        "mode": "v",
        "help": "?",
        "guideline": "g",
        "search": "/",
        "history": "h",
        "progress": "p",
        "review": "r",
        "flag": "f",
        "comment": "c",
        "take": "t",
        "peek": "w",
        "play": "Space",
    }
)
"""The page's actions and their keys, unless ``[keys]`` names others."""
YIELDING = frozenset(
    {"guideline", "search", "history", "progress", "review", "flag", "comment", "take", "peek"}
)
"""Actions that also have a button: a class may take their keys."""
LATER = frozenset({"peek"})
"""Actions that are newer than the keys of some projects: what those name keeps its key."""
NAMED = ("Enter", "Space")
"""Keys that type no character of their own."""
FIXED = "+=-0,.[]"
"""Characters for viewing and marking a sample; no action can have them."""
Language = Literal["auto", "en", "ko"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Languages of the page; "auto" is what each browser asks for."""


SUGGESTIONS_FROM = 10
"""Labels before suggestions begin in new projects; found by simulation, in
``benchmarks/first_suggestions.py``."""


class PageSettings(Table, frozen=True, kw_only=True):
    """The page's language, and what annotators may change from it."""

    TABLE: ClassVar[str] = "page"

    new_classes: Annotated[bool, setting("Annotators may add classes.", shown=True)] = False
    remap_keys: Annotated[
        bool,
        setting("Annotators may change keys, for everyone in this project.", shown=True),
    ] = True
    show: Annotated[
        Names,
        setting(
            "Columns that the page shows beside each sample, of the frames from which the samples "
            "were added."
        ),
    ] = ()
    language: Annotated[
        Language,
        setting(
            "Language of the page, unless `project.label(language=…)` or the annotator chooses "
            "another; `auto` follows the browser."
        ),
    ] = "auto"
    suggestions_from: Annotated[
        int,
        Meta(ge=0, le=1_000_000, title="a whole number of labels"),
        setting(
            "Number of labels that the model has learned before pages show its suggestions; where "
            "samples have classes as a whole.",
            fresh=SUGGESTIONS_FROM,
        ),
    ] = 0


def check_language(language: object) -> None:
    """Refuse a language that the page does not have."""
    if language not in LANGUAGES:
        raise BadSettings(
            f"The page does not speak {shown(language)}; it speaks {', '.join(LANGUAGES)}."
        )


def reserved(keys: Mapping[str, str]) -> dict[str, str]:
    """Map the keys that no class can have to their actions.

    Examples
    --------
    >>> reserved({"skip": "x"})["x"]
    'skip'
    """
    _check_words(keys)
    return {
        key: action
        for action, key in _named(keys).items()
        if action in keys or action not in YIELDING
    }


def in_force(keys: Mapping[str, str], classes: Iterable[str]) -> dict[str, str]:
    """The key of each action; empty where a class has taken it."""
    taken = set(classes)
    named = _named(keys)
    return {
        action: "" if action in YIELDING and key in taken else named.get(action, "")
        for action, key in {**ACTIONS, **keys}.items()
    }


def _named(keys: Mapping[str, str]) -> dict[str, str]:
    """The key of each action that has one."""
    given = set(keys.values())
    return {
        action: key
        for action, key in {**ACTIONS, **keys}.items()
        if action in keys or action not in LATER or key not in given
    }


def check_keys(keys: Mapping[str, str]) -> None:
    """Refuse two actions on one key."""
    _check_words(keys)
    seen: dict[str, str] = {}
    for action, key in _named(keys).items():
        if key in seen:
            raise BadSettings(
                f"The key {shown(key)} is for {seen[key]} and for {action}; choose another."
            )
        seen[key] = action


def _check_words(keys: Mapping[str, Any]) -> None:
    for action, key in keys.items():
        if action not in ACTIONS:
            raise BadSettings(
                f"There is no action {shown(action)} in [keys]; the actions are "
                f"{', '.join(ACTIONS)}."
            )
        check_key(key)
        if key in FIXED:
            raise BadSettings(f"The key {shown(key)} is taken: it is for looking at the sample.")


def check_key(key: object) -> None:
    """Refuse anything but a lower-case character or the name of a key."""
    if isinstance(key, str) and (key in NAMED or _is_character(key)):
        return
    raise BadSettings(
        f"A key is one character in lower case, or {' or '.join(NAMED)}, not {shown(key)}."
    )


def _is_character(key: str) -> bool:
    return len(key) == 1 and key.isprintable() and not key.isspace() and key == key.lower()

"""The declaration of a setting: once, with its type, bounds, default and sentence.

A table of ``project.toml`` is a subclass of `Table`; each of its settings is one field.  Reading,
checking, writing, ``Project.create`` and ``docs/settings.md`` follow from that field.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

import msgspec
import numpy as np
from msgspec import Meta

from dalt.core.errors import is_unicode, shown
from dalt.core.records import BadSettings

LONGEST = 1e9
"""Seconds, some thirty years; clocks end where much more is added."""

Share = Annotated[float, Meta(ge=0, le=1, title="a share")]
Names = Annotated[tuple[str, ...], Meta(title="a list of names")]
Seconds = Annotated[float, Meta(gt=0, le=LONGEST, title="a number of seconds")]


def setting(
    description: str,
    *,
    table: str = "",
    shown: bool = False,
    fixed: bool = False,
    made: bool = False,
    fresh: Any = None,
) -> Meta:
    """Describe a setting in its annotation.

    Parameters
    ----------
    description : str
        Its sentence in the documentation.
    table : str
        Its table in the file, if the class is not that table.
    shown : bool
        Write it into the file of a new project even when it has its default.
    fixed : bool
        Labels depend on it: a project with another value is another project.
    made : bool
        DALT chooses the value of a new project; `Project.create` takes none.
    fresh : object
        What `Project.create` writes into a new project unless its caller gives another value.
        The default still holds where the file has no value, as in projects of earlier versions.

    Examples
    --------
    >>> class Waiting(Table, frozen=True, kw_only=True):
    ...     patience: Annotated[Seconds, setting("How long a page waits.")] = 5.0
    >>> Waiting(patience=0)
    Traceback (most recent call last):
    dalt.core.errors.BadSettings: patience is a number of seconds above 0 and at most \
1,000,000,000, not 0.
    """
    flags = {"shown": shown, "fixed": fixed, "made": made, "fresh": fresh}
    return Meta(description=description, extra={"table": table, **flags})


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is declared.

    Attributes
    ----------
    table, name : str
        Its table in the file, and its name there.
    type : type
        The type with its bounds.
    default : object
        `msgspec.NODEFAULT` if every file has to have the setting.
    description : str
    shown, fixed, made, fresh
        See `setting`.
    """

    table: str
    name: str
    type: Any
    default: Any
    description: str
    shown: bool
    fixed: bool
    made: bool
    fresh: Any = None

    @property
    def required(self) -> bool:
        """Whether every file has to have it."""
        return self.default is msgspec.NODEFAULT

    @property
    def what(self) -> str:
        """The condition for a value, in words that an error can use."""
        return _what(self.type)

    def read(self, value: Any, where: str = "") -> Any:
        """Return the value that the project keeps, or refuse it.

        A whole number stays one even if the type is float, so the file has it as it was given.

        Raises
        ------
        BadSettings
            If the value is wrong; the message names the setting, the condition and the value.
        """
        value = plain(value)
        try:
            found = msgspec.convert(value, self.type)
        except (msgspec.ValidationError, UnicodeEncodeError):
            raise BadSettings(f"{where}{self.name} is {self.what}, not {shown(value)}.") from None
        if isinstance(found, float) and not math.isfinite(found):
            raise BadSettings(f"{where}{self.name} is {self.what}, not {shown(value)}.")
        if not all(map(is_unicode, _texts(found))):
            raise BadSettings(
                f"{where}{self.name} is valid Unicode, without half a character: {shown(value)}."
            )
        return value if isinstance(value, int) else found


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of ``project.toml``; an instance holds checked values."""

    TABLE: ClassVar[str] = ""
    """Its name in the file; errors about its settings begin with it."""

    def __post_init__(self) -> None:
        where = f"[{self.TABLE}] " if self.TABLE else ""
        for each in settings_of(type(self)):
            value = each.read(getattr(self, each.name), where)
            msgspec.structs.force_setattr(self, each.name, value)


@cache
def settings_of(table: type[Table]) -> tuple[Setting, ...]:
    """The settings that a table declares, in order: its fields with a sentence.

    Examples
    --------
    >>> from dalt.core.settings.tune import TuneSettings
    >>> [(each.name, each.default, each.what) for each in settings_of(TuneSettings)][0]
    ('auto', True, 'true or false')
    """
    found = []
    for field in msgspec.structs.fields(table):
        for meta in getattr(field.type, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.description:
                said: dict[str, Any] = dict(meta.extra or {})
                place = said.pop("table") or table.TABLE
                default = field.default
                if field.default_factory is not msgspec.NODEFAULT:
                    default = field.default_factory()
                found.append(
                    Setting(place, field.name, field.type, default, meta.description, **said)
                )
    return tuple(found)


@cache
def parts_of(table: type[Table]) -> dict[str, type[Table]]:
    """The tables within a table, by their names."""
    fields = {each.name: each.type for each in msgspec.structs.fields(table)}
    return {
        name: kind
        for name, kind in fields.items()
        if isinstance(kind, type) and issubclass(kind, Table)
    }


def fresh_values(table: type[Table]) -> dict[str, Any]:
    """The values that `Project.create` writes into a new project, although they are no defaults.

    Examples
    --------
    >>> from dalt.core.settings.blind import BlindSettings
    >>> fresh_values(BlindSettings), BlindSettings().share
    ({'share': 0.05}, 0.0)
    """
    return {each.name: each.fresh for each in settings_of(table) if each.fresh is not None}


@cache
def tables_of(settings: type[Table]) -> dict[str, tuple[Setting, ...]]:
    """The settings of each table of the file, in the order of the file.

    Examples
    --------
    >>> from dalt.core.settings.settings import Settings
    >>> list(tables_of(Settings))
    ['project', 'labeling', 'page', 'data', 'blind', 'tune']
    """
    found: dict[str, tuple[Setting, ...]] = {}
    for each in settings_of(settings):
        found[each.table] = (*found.get(each.table, ()), each)
    return found | {name: settings_of(part) for name, part in parts_of(settings).items()}


def plain(value: Any) -> Any:
    """A number, truth or text of numpy as Python's own, which a file takes; else itself.

    Examples
    --------
    >>> plain(np.int64(3)), plain("cover")
    (3, 'cover')
    """
    return value.item() if isinstance(value, np.generic) else value


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _what(kind: Any) -> str:
    """The condition for a value of a type, in words: "a share from 0 to 1"."""
    from msgspec import inspect  # only needed for errors and documents

    usual_type = getattr(kind, "__origin__", kind)
    if get_origin(usual_type) is Literal:
        return f"one of {', '.join(get_args(usual_type))}"
    info = inspect.type_info(kind)
    said: Mapping[str, str] = {}
    if isinstance(info, inspect.Metadata):
        said, info = info.extra_json_schema or {}, info.type
    usual: Mapping[type, str] = {
        inspect.BoolType: "true or false",
        inspect.StrType: "text",
        inspect.IntType: "a whole number",
        inspect.FloatType: "a number",
        inspect.VarTupleType: "a list",
    }
    noun = said.get("title") or usual[type(info)]
    return f"{noun}{_bounds(info)}" if hasattr(info, "ge") else noun


def _bounds(info: Any) -> str:
    """The bounds of a number: " from 0 to 1"."""
    if info.ge is not None and info.le is not None:
        return f" from {_number(info.ge)} to {_number(info.le)}"
    parts = [
        f"{word} {_number(bound)}"
        for word, bound in (
            ("above", info.gt),
            ("at least", info.ge),
            ("below", info.lt),
            ("at most", info.le),
        )
        if bound is not None
    ]
    if not parts:
        return ""
    return f"{' of' if parts[0].startswith('at') else ''} {' and '.join(parts)}"


def _number(bound: float) -> str:
    return f"{int(bound):,}" if bound == int(bound) else f"{bound:g}"

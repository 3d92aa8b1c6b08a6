"""``project.toml``: the settings of a project.

People edit this file by hand, so writing keeps their comments, and reading reports errors
in the file's own terms.
"""

from __future__ import annotations

import json
import logging
import threading
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.items
from tomlkit.exceptions import TOMLKitError

from dalt.core.errors import first_line, refusal, shown, unreadable
from dalt.core.files import write_atomically
from dalt.core.records import BadSettings, ClassSpec
from dalt.core.rights import lock_of
from dalt.core.settings.classes import (
    Classes,
    class_spec,
    class_specs,
    entry_of,
    refuse_alike,
    refuse_unfit,
    with_defaults,
)
from dalt.core.settings.declaration import Table, fresh_values, parts_of, settings_of, tables_of
from dalt.core.settings.settings import (
    DATABASES,
    FORMAT,
    SHAPES,
    Settings,
    check_kind,
    check_same_project,
    usual_settings,
)
from dalt.core.settings.toml_file import refuse_unknown, table

__all__ = [
    "DATABASES", "FILE", "SHAPES", "Check", "LiveSettings", "Settings", "any_are", "check_kind",
    "checked", "document_of", "is_there", "load", "locked", "new_settings", "save", "write",
]  # fmt: skip
_log = logging.getLogger(__name__)
FILE = "project.toml"
LOCK = f"{FILE}.lock"
"""A process holds it while it changes the file or makes the project."""

Check = Callable[[Settings], object]
"""A function that raises `BadSettings` for settings that an open project does not take."""


def any_are(settings: Settings) -> None:
    """Accept all settings: the `Check` when no project is open."""


def new_settings(
    name: str, classes: Classes, others: Mapping[str, Any] | None = None, /, **given: Any
) -> Settings:
    """Make settings of a new project, with keys and colours for classes that lack them.

    Parameters
    ----------
    name : str
    classes : iterable of str, ClassSpec or mapping; or mapping
    others : mapping, optional
        Settings by name; a table such as ``blind`` is a mapping, ``{"share": 0.1}``.
    **given
        Settings for which the caller has an argument.

    Raises
    ------
    BadSettings
        If a setting is unknown, or the settings are not valid together.

    Examples
    --------
    >>> made = new_settings("pets", ["cat", "dog"], {"page": {"language": "ko"}}, seed=3)
    >>> [(spec.name, spec.key) for spec in made.classes], made.seed, made.page.language
    ([('cat', '1'), ('dog', '2')], 3, 'ko')
    """
    specs = class_specs(classes)
    refuse_unfit(spec.name for spec in specs)
    refuse_alike(spec.name for spec in specs)
    refuse_unfit((spec.group for spec in specs), "group")
    others = {} if others is None else others
    _check_others(others, given)
    values: dict[str, Any] = {**others, **given}
    for part, kind in parts_of(Settings).items():
        values[part] = _part(kind, values.get(part, {}))
    keys = values.pop("keys", {})
    if not isinstance(keys, Mapping):
        raise BadSettings(f"keys maps actions to keys, as {{'skip': 'x'}}, not {shown(keys)}.")
    return Settings(
        id=uuid.uuid4().hex,
        name=name,
        classes=with_defaults(specs, keys),
        keys=dict(keys),
        **values,
    )


def _check_others(others: Any, given: Mapping[str, Any]) -> None:
    if not isinstance(others, Mapping):
        raise BadSettings(
            f"settings maps names to values, as {{'gold_share': 0.1}}, not {shown(others)}."
        )
    made = {each.name for each in settings_of(Settings) if each.made}
    for name in others:
        if name in made:
            raise BadSettings(f"DALT sets {name} itself; leave it out of settings.")
        if name in given or name == "classes":
            raise BadSettings(f"{name} is an argument of its own; leave it out of settings.")
    refuse_unknown("settings", others, usual_settings())


def _part(kind: type[Table], said: Any) -> Table:
    """Make a table of the file from the argument of the same name."""
    if isinstance(said, kind):
        return said
    if not isinstance(said, Mapping):
        raise BadSettings(f"{kind.TABLE} is a table of settings, not {shown(said)}.")
    refuse_unknown(f"[{kind.TABLE}]", said, [each.name for each in settings_of(kind)])
    return kind(**{**fresh_values(kind), **said})


def is_there(folder: Path) -> bool:
    """Whether a folder is a project's: it has the file.

    Raises
    ------
    BadSettings
        If this process may not look.

    Examples
    --------
    >>> is_there(Path("nowhere"))
    False
    """
    try:
        return (folder / FILE).is_file()
    except OSError as error:
        raise BadSettings(f"{folder} cannot be entered: {unreadable(error)}") from error


def load(folder: Path) -> Settings:
    """Read the settings of the project in `folder`.

    Raises
    ------
    BadSettings
        If the file is not TOML, lacks a setting, or has an unknown one.
    """
    path = folder / FILE
    return checked(path, values_of(path, text_of(path)))


def document_of(path: Path) -> tomlkit.TOMLDocument:
    """Read the file with its comments.

    Raises
    ------
    BadSettings
        If it cannot be read, or is not TOML.
    """
    return _parsed(path, text_of(path))


def text_of(path: Path) -> str:
    """The text of the file.

    Raises
    ------
    BadSettings
        If it cannot be read, or is not UTF-8.
    """
    try:
        # Some editors begin a file with a byte order mark.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadSettings(
            f"{path} is not valid TOML: line {line} is not UTF-8. Save it as UTF-8 in your editor."
        ) from error
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {unreadable(error)}") from error


def values_of(path: Path, text: str) -> dict[str, Any]:
    """The values in the text of the file, without its comments.

    Raises
    ------
    BadSettings
        If it is not TOML.

    Examples
    --------
    >>> values_of(Path("project.toml"), "seed = 3  # by dice")
    {'seed': 3}
    """
    try:
        # Ten times as fast as with comments, which shows where a task has thousands of classes.
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return dict(_parsed(path, text).unwrap())  # its message names what is wrong


def _parsed(path: Path, text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    # Hostile text makes the parser raise what Python does, as for a number of 5,000 digits.
    except (TOMLKitError, ValueError, TypeError, LookupError, OverflowError) as error:
        why = first_line(error).rstrip(".")
        raise BadSettings(f"{path} is not valid TOML: {why}.") from error
    except RecursionError as error:
        raise BadSettings(f"{path} is not valid TOML: it is nested too deeply.") from error


def checked(path: Path, found: Mapping[str, Any]) -> Settings:
    """Read the settings of values that are, or will be, those of the project's file.

    Raises
    ------
    BadSettings
        If they are not valid.
    """
    written = table(path, found, "project").get("format")
    # First of all: a newer format may have settings that this version does not know.
    if isinstance(written, int) and written > FORMAT:
        raise BadSettings(f"{path} was written by a newer DALT. Upgrade DALT to open it.")
    tables, parts = tables_of(Settings), parts_of(Settings)
    places = {each.name: name for name, declared in tables.items() for each in declared}
    refuse_unknown(str(path), found, [*tables, "keys", "classes"], places)
    values: dict[str, Any] = {"name": path.parent.stem}
    for name, declared in tables.items():
        said = table(path, found, name)
        refuse_unknown(str(path), said, [each.name for each in declared], places)
        values |= {name: said} if name in parts else said
        for each in declared:
            if each.required and each.name not in {**values, **said}:
                raise BadSettings(f"{path} lacks the setting {name}.{each.name}.")
    keys, classes = table(path, found, "keys"), found.get("classes", [])
    if not isinstance(classes, list):
        raise BadSettings(f"{path}: classes is a list, not {shown(classes)}.")
    try:
        values |= {name: part(**values[name]) for name, part in parts.items()}
        specs = with_defaults([class_spec(value) for value in classes], keys)
        return Settings(classes=specs, keys=keys, **values)
    except BadSettings as error:
        raise BadSettings(f"{path}: {error}") from error


def save(settings: Settings, folder: Path) -> None:
    """Write a new project's settings, completely or not at all."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A DALT project. Edit classes, keys and guideline at will."))
    for name, declared in tables_of(Settings).items():
        part = getattr(settings, name, settings)
        written = {each.name: getattr(part, each.name) for each in declared}
        usual = {each.name: each.default for each in declared if not each.shown}
        _add(document, name, {n: v for n, v in written.items() if n not in usual or v != usual[n]})
    _add(document, "keys", settings.keys)
    classes = "".join(class_lines(spec) for spec in settings.classes)
    write(folder / FILE, tomlkit.dumps(document) + classes)


def class_lines(spec: ClassSpec) -> str:
    r"""The lines of a class in a new file, after an empty one.

    A thousand times as fast as tables with comments, which shows where a task has thousands.

    Examples
    --------
    >>> print(class_lines(ClassSpec("a \"b\"", key="1")), end="")
    <BLANKLINE>
    [[classes]]
    name = "a \"b\""
    key = "1"
    colour = ""
    description = ""
    """
    lines = "".join(f"{name} = {_written(said)}\n" for name, said in entry_of(spec).items())
    return f"\n[[classes]]\n{lines}"


def _written(said: str | list[str]) -> str:
    """Text as TOML has it, which is as JSON has it but for one character."""
    if isinstance(said, list):
        return f"[{', '.join(map(_written, said))}]"
    return json.dumps(said, ensure_ascii=False).replace("\x7f", "\\u007f")


def _add(document: tomlkit.TOMLDocument, name: str, values: Mapping[str, Any]) -> None:
    """Add a table, unless it would be empty."""
    if not values:
        return
    made = tomlkit.table()
    for key, value in values.items():
        if isinstance(value, str):
            made.add(key, tomlkit.string(value, multiline="\n" in value))
        else:
            made.add(key, list(value) if isinstance(value, tuple) else value)
    document[name] = made


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from changing the file meanwhile.

    Raises
    ------
    BadSettings
        If nobody may change it.
    """
    lock = lock_of(folder / LOCK)
    try:
        lock.acquire()
    except OSError as error:
        raise BadSettings(f"{folder / FILE} cannot be changed: {refusal(error)}") from error
    try:
        yield
    finally:
        lock.release()


def write(path: Path, text: str) -> None:
    """Replace the file, completely or not at all.

    Raises
    ------
    BadSettings
        If it cannot be written.
    """
    try:
        write_atomically(path, text)
    except OSError as error:
        raise BadSettings(f"{path} cannot be written: {refusal(error)}") from error


class LiveSettings:
    """The present settings of ``project.toml``, also after another process changed it.

    A look costs one call of ``stat``.  While the file is not valid (somebody is editing it) the
    last valid settings stay in force, and DALT logs a warning.  The same holds while the file has
    another value for a setting that labels depend on, such as the task.

    Parameters
    ----------
    folder : Path
    settings : Settings
        The ones just read or written.
    also : callable
        Refuses settings that the file may have but the project cannot use, such as an unknown
        strategy.
    """

    def __init__(self, folder: Path, settings: Settings, also: Check = any_are) -> None:
        self.folder = folder
        self._also = also
        self._settings = settings
        self._read: tuple[int, ...] | None = None  # the file may have changed since
        self._lock = threading.Lock()

    @property
    def current(self) -> Settings:
        """The present settings."""
        with self._lock:
            found = self._signature()
            if found is not None and found != self._read:
                self._read = found
                try:
                    changed = load(self.folder)
                    self.check(changed)
                    self._settings = changed
                except BadSettings as error:
                    _log.warning("the settings before the change stay in force: %s", error)
            return self._settings

    def check(self, found: Settings) -> None:
        """Refuse settings of the file that the open project does not take.

        Raises
        ------
        BadSettings
            If the settings are those of another project, or the project cannot use them.
        """
        check_same_project(self.folder / FILE, self._settings, found)
        try:
            self._also(found)
        except BadSettings as error:
            raise BadSettings(f"{self.folder / FILE}: {error}") from error

    def look_again(self) -> None:
        """Read the file at the next look, even if it seems unchanged (clocks have ticks)."""
        with self._lock:
            self._read = None

    def _signature(self) -> tuple[int, ...] | None:
        try:
            found = (self.folder / FILE).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

"""``project.toml``: the settings of a project.

People edit this file by hand, so writing keeps their comments, and reading reports errors
in the file's own terms.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.items
from filelock import FileLock
from tomlkit.exceptions import TOMLKitError

from dalt.core.errors import os_reason, shown
from dalt.core.files import write_atomically
from dalt.core.records import BadSettings, UnknownClass
from dalt.core.settings.classes import (
    Classes,
    ClassLike,
    class_spec,
    class_specs,
    entry_of,
    refuse_long,
    with_defaults,
)
from dalt.core.settings.declaration import Table, parts_of, settings_of, tables_of
from dalt.core.settings.keys import ACTIONS, check_key
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
    "DATABASES", "FILE", "SHAPES", "LiveSettings", "Settings", "add_class", "change_database",
    "change_key", "check_kind", "load", "new_settings", "rename_class", "save",
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
    refuse_long(spec.name for spec in specs)
    others = {} if others is None else others
    _check_others(others, given)
    values: dict[str, Any] = {**others, **given}
    for part, kind in parts_of(Settings).items():
        if part in values:
            values[part] = _part(kind, values[part])
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
    return kind(**said)


def load(folder: Path) -> Settings:
    """Read the settings of the project in `folder`.

    Raises
    ------
    BadSettings
        If the file is not TOML, lacks a setting, or has an unknown one.
    """
    path = folder / FILE
    return _settings(path, _document(path))


def _document(path: Path) -> tomlkit.TOMLDocument:
    try:
        # Some editors begin a file with a byte order mark.
        return tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not valid TOML: {str(error).rstrip('.')}.") from error
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {os_reason(error)}.") from error


def _settings(path: Path, document: tomlkit.TOMLDocument) -> Settings:
    """Check a document that is, or will be, the project's."""
    found = document.unwrap()
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
    classes = tomlkit.aot()
    for spec in settings.classes:
        classes.append(tomlkit.item(entry_of(spec)))
    document["classes"] = classes
    _write(folder / FILE, tomlkit.dumps(document))


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


def add_class(folder: Path, given: ClassLike, check: Check = any_are) -> Settings:
    """Append a class to ``project.toml``; other content stays.

    Parameters
    ----------
    folder : Path
    given : str, ClassSpec or mapping
    check : callable
        Refuses settings of the file that the open project does not take (`LiveSettings.check`).

    Raises
    ------
    BadSettings
        If the class conflicts with the others.
    """
    spec = class_spec(given)
    refuse_long([spec.name])

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        if spec.name in settings.class_set.former:
            now = settings.class_set.former[spec.name]
            raise BadSettings(
                f"{spec.name!r} is a former name of the class {now!r}, and its labels count "
                "for that; choose another name."
            )
        if spec.name in settings.class_names:
            raise BadSettings(f"There is a class {spec.name!r} already.")
        made = with_defaults([*settings.classes, spec], settings.keys)[-1]
        entry = _entry_for(document)
        entry.update(entry_of(made))
        document["classes"].append(entry)

    return _change(folder, change, check)


def rename_class(folder: Path, old: str, new: str, check: Check = any_are) -> Settings:
    """Give a class another name in ``project.toml``; its labels follow by ``formerly``.

    Parameters
    ----------
    folder : Path
    old, new : str
    check : callable
        As for `add_class`.

    Raises
    ------
    UnknownClass
        If there is no class `old`.
    BadSettings
        If `new` conflicts with the others.
    """
    refuse_long([new])

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        if old not in settings.class_names:
            raise UnknownClass(old, settings.class_names)
        index = settings.class_names.index(old)
        spec = settings.classes[index]
        if new != old and new in settings.class_names:
            raise BadSettings(
                f"There is a class {new!r} already. To make one class of both, remove {old!r} "
                f"from {FILE} and give {new!r} the line: formerly = [{old!r}]"
            )
        classes: Any = document["classes"]
        if isinstance(classes[index], str):
            classes[index] = _entry_for(document)
        former = [name for name in (*spec.formerly, old) if name != new]
        classes[index].update(name=new, formerly=former)

    return _change(folder, change, check)


def change_key(
    folder: Path, key: str, *, action: str = "", class_name: str = "", check: Check = any_are
) -> Settings:
    """Give an action of the page, or a class, another key in ``project.toml``.

    Parameters
    ----------
    folder : Path
    key : str
        One character in lower case; for an action also "Enter" or "Space".
    action, class_name : str
        One of the two.
    check : callable
        As for `add_class`.

    Raises
    ------
    UnknownClass
        If there is no such class.
    BadSettings
        If the key or action is not valid, or the key is taken.
    """
    check_key(key)

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        what = class_name or action
        holders = {key: name for name, key in settings.action_keys.items()}
        holders |= {spec.key: spec.name for spec in settings.classes if spec.key}
        if holders.get(key, what) != what:
            raise BadSettings(f"The key {shown(key)} is taken: it is for {shown(holders[key])}.")
        if not class_name:
            if action not in ACTIONS:
                raise BadSettings(f"There is no action {shown(action)}: it is one of {[*ACTIONS]}.")
            document.setdefault("keys", tomlkit.table())[action] = key
            return
        if class_name not in settings.class_names:
            raise UnknownClass(class_name, settings.class_names)
        classes: Any = document["classes"]
        index = settings.class_names.index(class_name)
        if isinstance(classes[index], str):
            entry = tomlkit.inline_table()
            entry["name"] = class_name
            classes[index] = entry
        classes[index]["key"] = key

    return _change(folder, change, check)


def change_database(folder: Path, database: str) -> Settings:
    """Record in ``project.toml`` that the labels are in another database from now on."""

    def change(document: tomlkit.TOMLDocument, settings: Settings) -> None:
        project: Any = document["project"]
        project["database"] = database

    return _change(folder, change)


def _entry_for(document: tomlkit.TOMLDocument) -> Any:
    """An empty class in the style of the file's other classes."""
    of_tables = isinstance(document["classes"], tomlkit.items.AoT)
    return tomlkit.table() if of_tables else tomlkit.inline_table()


def _change(
    folder: Path,
    change: Callable[[tomlkit.TOMLDocument, Settings], None],
    check: Check = any_are,
) -> Settings:
    """Change the file under a lock, so no concurrent change is lost."""
    path = folder / FILE
    with _locked(folder):
        document = _document(path)
        found = _settings(path, document)
        check(found)
        change(document, found)
        text = tomlkit.dumps(document)
        made = _settings(path, tomlkit.parse(text))
        _write(path, text)
        return made


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire()
    except OSError as error:
        raise BadSettings(f"{folder / FILE} cannot be changed: {os_reason(error)}.") from error
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text)
    except OSError as error:
        raise BadSettings(f"{path} cannot be written: {os_reason(error)}.") from error


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

"""``project.toml``: the settings of a project.

People edit this file by hand, so writing keeps their comments, and reading reports errors
in the file's own terms.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.items
from filelock import FileLock
from tomlkit.exceptions import TOMLKitError

from dalt.core.errors import shown
from dalt.core.files import write_atomically
from dalt.core.records import BadSettings, Task, UnknownClass
from dalt.core.settings.blind import BlindSettings
from dalt.core.settings.classes import (
    Classes,
    ClassLike,
    class_spec,
    class_specs,
    refuse_long,
    with_defaults,
)
from dalt.core.settings.keys import ACTIONS, PageSettings, check_key
from dalt.core.settings.settings import DATABASES, SHAPES, Settings, check_kind, plain
from dalt.core.settings.toml_file import refuse_unknown, table
from dalt.core.settings.tune import TuneSettings

__all__ = [
    "DATABASES", "FILE", "SHAPES", "LiveSettings", "Settings", "add_class", "change_database",
    "change_key", "check_kind", "load", "new_settings", "rename_class", "save",
]  # fmt: skip
_log = logging.getLogger(__name__)
FILE = "project.toml"
FORMAT = 1
_LABELING = {
    "uniform_share", "gold_share", "lease_seconds", "strategy", "multi_label", "task",
    "annotations_per_sample",
}  # fmt: skip


def new_settings(
    name: str,
    classes: Classes,
    *,
    seed: int,
    guideline: str,
    uniform_share: float,
    lease_seconds: float,
    strategy: str,
    multi_label: bool = False,
    task: Task = "classes",
    annotations_per_sample: int = 1,
    database: str = "sqlite",
) -> Settings:
    """Make settings of a new project, with keys and colours for classes that lack them.

    Raises
    ------
    BadSettings
        If they are not valid together.

    Examples
    --------
    >>> made = new_settings("pets", ["cat", "dog"], seed=0, guideline="",
    ...                     uniform_share=0.1, lease_seconds=300, strategy="cover")
    >>> [(spec.name, spec.key) for spec in made.classes]
    [('cat', '1'), ('dog', '2')]
    """
    specs = class_specs(classes)
    refuse_long(spec.name for spec in specs)
    return Settings(
        id=uuid.uuid4().hex,
        name=name,
        classes=with_defaults(specs),
        seed=plain(seed),
        guideline=plain(guideline),
        uniform_share=plain(uniform_share),
        lease_seconds=plain(lease_seconds),
        strategy=plain(strategy),
        multi_label=plain(multi_label),
        task=plain(task),
        annotations_per_sample=plain(annotations_per_sample),
        database=database,
    )


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
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not valid TOML: {error}.") from error
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}.") from error


def _settings(path: Path, document: tomlkit.TOMLDocument) -> Settings:
    """Check a document that is, or will be, the project's."""
    found = document.unwrap()
    project, labeling = table(path, found, "project"), table(path, found, "labeling")
    keys, page = table(path, found, "keys"), table(path, found, "page")
    blind = table(path, found, "blind")
    tune = table(path, found, "tune")
    known = {"project", "labeling", "classes", "keys", "page", "blind", "tune"}
    refuse_unknown(path, found, known)
    refuse_unknown(path, tune, {"auto", "engine", "budget"})
    refuse_unknown(path, blind, {"annotators", "share"})
    refuse_unknown(path, page, {"new_classes", "remap_keys", "language"})
    refuse_unknown(path, project, {"format", "id", "name", "seed", "guideline", "database"})
    refuse_unknown(path, labeling, _LABELING)
    written, classes = project.get("format", FORMAT), found.get("classes", [])
    if not isinstance(written, int):
        raise BadSettings(f"{path}: format is a whole number, not {shown(written)}.")
    if written > FORMAT:
        raise BadSettings(f"{path} was written by a newer DALT. Upgrade DALT to open it.")
    if not isinstance(classes, list):
        raise BadSettings(f"{path}: classes is a list, not {shown(classes)}.")
    try:
        return Settings(
            id=project["id"],
            name=project.get("name", path.parent.stem),
            classes=with_defaults([class_spec(value) for value in classes], keys),
            keys=keys,
            page=PageSettings(**page),
            gold_share=labeling.get("gold_share", 0.05),
            blind=BlindSettings(**blind),
            tune=TuneSettings(**tune),
            seed=project.get("seed", 0),
            guideline=project.get("guideline", ""),
            uniform_share=labeling.get("uniform_share", 0.1),
            lease_seconds=labeling.get("lease_seconds", 300.0),
            strategy=labeling.get("strategy", "cover"),
            multi_label=labeling.get("multi_label", False),
            task=labeling.get("task", "classes"),
            annotations_per_sample=labeling.get("annotations_per_sample", 1),
            database=project.get("database", "sqlite"),
        )
    except KeyError as error:
        raise BadSettings(f"{path} lacks the setting project.{error.args[0]}.") from error
    except BadSettings as error:
        raise BadSettings(f"{path}: {error}") from error


def save(settings: Settings, folder: Path) -> None:
    """Write a new project's settings, completely or not at all."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A DALT project. Edit classes, keys and guideline at will."))
    project = tomlkit.table()
    project.update(format=FORMAT, id=settings.id, name=settings.name, seed=settings.seed)
    if settings.database != "sqlite":
        project["database"] = settings.database
    project.add(
        "guideline", tomlkit.string(settings.guideline, multiline="\n" in settings.guideline)
    )
    page = tomlkit.table()
    page.update(new_classes=settings.page.new_classes, remap_keys=settings.page.remap_keys)
    if settings.page.language != "auto":
        page["language"] = settings.page.language
    labeling = tomlkit.table()
    labeling.update(
        uniform_share=settings.uniform_share,
        lease_seconds=settings.lease_seconds,
        strategy=settings.strategy,
        multi_label=settings.multi_label,
        task=settings.task,
        annotations_per_sample=settings.annotations_per_sample,
    )
    classes = tomlkit.aot()
    for spec in settings.classes:
        entry = tomlkit.table()
        entry.update(name=spec.name, key=spec.key, colour=spec.colour, description=spec.description)
        if spec.group:
            entry["group"] = spec.group
        if spec.formerly:
            entry["formerly"] = list(spec.formerly)
        classes.append(entry)
    document.update(project=project, labeling=labeling, page=page, classes=classes)
    write_atomically(folder / FILE, tomlkit.dumps(document))


def add_class(folder: Path, given: ClassLike) -> Settings:
    """Append a class to ``project.toml``; other content stays.

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
        entry.update({n: getattr(made, n) for n in ("name", "key", "colour", "description")})
        if made.group:
            entry["group"] = made.group
        document["classes"].append(entry)

    return _change(folder, change)


def rename_class(folder: Path, old: str, new: str) -> Settings:
    """Give a class another name in ``project.toml``; its labels follow by ``formerly``.

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

    return _change(folder, change)


def change_key(folder: Path, key: str, *, action: str = "", class_name: str = "") -> Settings:
    """Give an action of the page, or a class, another key in ``project.toml``.

    Parameters
    ----------
    folder : Path
    key : str
        One character in lower case; for an action also "Enter" or "Space".
    action, class_name : str
        One of the two.

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

    return _change(folder, change)


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


def _change(folder: Path, change: Callable[[tomlkit.TOMLDocument, Settings], None]) -> Settings:
    """Change the file under a lock, so no concurrent change is lost."""
    path = folder / FILE
    with FileLock(folder / f"{FILE}.lock"):
        document = _document(path)
        change(document, _settings(path, document))
        text = tomlkit.dumps(document)
        made = _settings(path, tomlkit.parse(text))
        write_atomically(path, text)
        return made


class LiveSettings:
    """The present settings of ``project.toml``, also after another process changed it.

    A look costs one call of ``stat``.  While the file is not valid (somebody is editing it) the
    last valid settings stay in force, and a warning is logged.

    Parameters
    ----------
    folder : Path
    settings : Settings
        The ones just read or written.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
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
                    self._settings = load(self.folder)
                except BadSettings as error:
                    _log.warning("the settings before the change stay in force: %s", error)
            return self._settings

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

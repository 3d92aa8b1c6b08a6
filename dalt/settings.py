"""``project.toml``: what a project is asked to do (floor 1).

People edit this file by hand, so writing it keeps their comments and reading it says
what is wrong in their words.
"""

from __future__ import annotations

import difflib
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from dalt.records import BadSettings, ClassSpec

FILE = "project.toml"
FORMAT = 1
ClassLike = str | Mapping[str, str] | ClassSpec
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


@dataclass(frozen=True, slots=True)
class Settings:
    """A project's settings, checked.

    Attributes
    ----------
    id : str
        Tells projects apart, also those of the same name.
    name : str
    classes : tuple of ClassSpec
        In their stable order, each with a key (where one is left) and a colour.
    seed : int
        Of everything random in this project.
    guideline : str
        What annotators are told.
    uniform_share : float in [0, 1]
        Share of the samples that are drawn uniformly instead of by the strategy, so that
        accuracy can be estimated without bias.
    lease_seconds : float
        How long a sample is held for one annotator.
    strategy : str
        Which sample is asked next; see `dalt.strategies.by_name`.
    """

    id: str
    name: str
    classes: tuple[ClassSpec, ...]
    seed: int = 0
    guideline: str = ""
    uniform_share: float = 0.1
    lease_seconds: float = 300.0
    strategy: str = "cover"

    def __post_init__(self) -> None:
        _check(self)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in order."""
        return tuple(spec.name for spec in self.classes)


def new_settings(
    name: str,
    classes: Iterable[ClassLike],
    *,
    seed: int,
    guideline: str,
    uniform_share: float,
    lease_seconds: float,
    strategy: str,
) -> Settings:
    """Settings of a new project, with keys and colours for classes that lack them.

    Raises
    ------
    BadSettings
        If they do not make sense together.

    Examples
    --------
    >>> made = new_settings("pets", ["cat", "dog"], seed=0, guideline="",
    ...                     uniform_share=0.1, lease_seconds=300, strategy="cover")
    >>> [(spec.name, spec.key) for spec in made.classes]
    [('cat', '1'), ('dog', '2')]
    """
    if isinstance(classes, str):
        raise BadSettings(f"classes is a list of names, not one text: [{classes!r}, …].")
    return Settings(
        id=uuid.uuid4().hex,
        name=name,
        classes=_with_defaults([_class_spec(value) for value in classes]),
        seed=seed,
        guideline=guideline,
        uniform_share=uniform_share,
        lease_seconds=lease_seconds,
        strategy=strategy,
    )


def load(folder: Path) -> Settings:
    """Read the settings of the project in `folder`.

    Raises
    ------
    BadSettings
        If the file is no TOML, misses something, or names what there is not.
    """
    path = folder / FILE
    try:
        found = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not valid TOML: {error}.") from error
    project, labeling = _table(path, found, "project"), _table(path, found, "labeling")
    _refuse_unknown(path, found, {"project", "labeling", "classes"})
    _refuse_unknown(path, project, {"format", "id", "name", "seed", "guideline"})
    _refuse_unknown(path, labeling, {"uniform_share", "lease_seconds", "strategy"})
    if project.get("format", FORMAT) > FORMAT:
        raise BadSettings(f"{path} was written by a newer DALT. Upgrade DALT to open it.")
    try:
        return Settings(
            id=project["id"],
            name=project.get("name", folder.stem),
            classes=_with_defaults([_class_spec(value) for value in found.get("classes", [])]),
            seed=project.get("seed", 0),
            guideline=project.get("guideline", ""),
            uniform_share=labeling.get("uniform_share", 0.1),
            lease_seconds=labeling.get("lease_seconds", 300.0),
            strategy=labeling.get("strategy", "cover"),
        )
    except KeyError as error:
        raise BadSettings(f"{path} lacks the setting project.{error.args[0]}.") from error
    except BadSettings as error:
        raise BadSettings(f"{path}: {error}") from error


def save(settings: Settings, folder: Path) -> None:
    """Write a new project's settings; the file is there whole or not at all."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A DALT project. Edit classes, keys and guideline at will."))
    project = tomlkit.table()
    project.update(format=FORMAT, id=settings.id, name=settings.name, seed=settings.seed)
    project.add(
        "guideline", tomlkit.string(settings.guideline, multiline="\n" in settings.guideline)
    )
    labeling = tomlkit.table()
    labeling.update(
        uniform_share=settings.uniform_share,
        lease_seconds=settings.lease_seconds,
        strategy=settings.strategy,
    )
    classes = tomlkit.aot()
    for spec in settings.classes:
        entry = tomlkit.table()
        entry.update(name=spec.name, key=spec.key, colour=spec.colour, description=spec.description)
        classes.append(entry)
    document.update(project=project, labeling=labeling, classes=classes)
    _write_atomically(folder / FILE, tomlkit.dumps(document))


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _table(path: Path, found: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = found.get(name, {})
    if not isinstance(table, dict):
        raise BadSettings(f"{path}: [{name}] must be a table.")
    return table


def _refuse_unknown(path: Path, found: Mapping[str, Any], known: set[str]) -> None:
    for name in found:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise BadSettings(f"{path} has an unknown setting {name!r}.{hint}")


def _class_spec(value: ClassLike) -> ClassSpec:
    if isinstance(value, ClassSpec):
        return value
    if isinstance(value, str):
        return ClassSpec(value)
    if not isinstance(value, Mapping):
        raise BadSettings(f"A class is a name or a table with a name, not {value!r}.")
    unknown = set(value) - {"name", "key", "colour", "description"}
    if unknown or "name" not in value:
        raise BadSettings(
            f"A class has a name, and may have a key, colour and description; got {dict(value)!r}."
        )
    return ClassSpec(**value)


def _with_defaults(specs: list[ClassSpec]) -> tuple[ClassSpec, ...]:
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


def _check(settings: Settings) -> None:
    names = settings.class_names
    if not names:
        raise BadSettings("A project needs classes: classes=['cat', 'dog'].")
    for name in names:
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            raise BadSettings(f"A class name is text without blanks around it, not {name!r}.")
    _refuse_twice(list(names), "The class")
    keys = [spec.key for spec in settings.classes if spec.key]
    for key in keys:
        if len(key) != 1 or key in RESERVED_KEYS:
            use = f"; it is for {RESERVED_KEYS[key]}" if key in RESERVED_KEYS else ""
            raise BadSettings(f"A class key is one character, not {key!r}{use}.")
    _refuse_twice(keys, "The key")
    if not 0 <= settings.uniform_share <= 1:
        raise BadSettings(f"uniform_share is a share from 0 to 1, not {settings.uniform_share}.")
    if not settings.lease_seconds > 0:
        raise BadSettings(f"lease_seconds is above 0, not {settings.lease_seconds}.")


def _refuse_twice(values: list[str], what: str) -> None:
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        raise BadSettings(f"{what} {min(twice)!r} is given twice.")

"""`Project.create` at a path that exists, as in a notebook that runs again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from dalt.core.errors import shown
from dalt.core.records import ClassSpec, ProjectExists, ProjectNotFound
from dalt.core.settings.project_file import FILE, LOCK
from dalt.core.settings.settings import Settings, fixed_settings, usual_settings
from dalt.core.user_warnings import warn_user


def is_project(path: str | Path, exist_ok: bool) -> bool:
    """Whether a project exists at the path for a new one.

    Raises
    ------
    ProjectExists
        If a project exists and `exist_ok` is False, or if the path holds anything but the files
        of an interrupted `Project.create`.
    """
    folder = Path(path).expanduser().absolute()
    # In this order, since another process may make the project between the two checks.
    foreign = folder.exists() and (not folder.is_dir() or _foreign(folder))
    if (folder / FILE).exists():
        if exist_ok:
            return True
        raise ProjectExists(
            f"There is a project at {path} already; open it with Project.open({str(path)!r}), "
            "or have it opened by Project.create(…, exist_ok=True)."
        )
    if foreign:
        if (folder / "labels.db").is_file():
            raise ProjectExists(ProjectNotFound(path).sentence(""))
        raise ProjectExists(f"{path} is there already and is no project; choose another name.")
    return False


_OURS = (LOCK, "labels.db", "labels.db-*", f".{FILE}.*.part", f"{FILE}.part")
"""The files that an interrupted `create` leaves; the last is from DALT 0.1."""


def _foreign(folder: Path) -> bool:
    """Whether a folder holds anything that an interrupted `create` would not have left."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:  # another process failed to make the project and removed it
        return False
    return any(not any(fnmatchcase(name, ours) for ours in _OURS) for name in names)


def check_same(
    path: str | Path, there: Settings, asked: Settings, classes: Sequence[ClassSpec]
) -> None:
    """Refuse to open a project in the place of a different one.

    A warning names other settings that differ; they stay as they are.

    Parameters
    ----------
    path : str or Path
    there : Settings
        Of the existing project.
    asked : Settings
        Of the project to be made.
    classes : sequence of ClassSpec
        As given, without keys and colours that nobody asked for.

    Raises
    ------
    ProjectExists
        If it lacks one of the classes, or has another task.
    """
    former = there.class_set.former
    for spec in classes:
        if spec.name not in former and spec.name not in there.class_names:
            raise ProjectExists(
                f"The project at {path} has no class {spec.name!r}; add it by "
                f"Project.open({str(path)!r}).add_class({spec.name!r}), or choose another folder."
            )
    fixed = fixed_settings()
    for name in fixed:
        now, wanted = getattr(there, name), getattr(asked, name)
        if now != wanted:
            raise ProjectExists(
                f"The project at {path} was made with {name}={shown(now)}, not {shown(wanted)}, "
                "which cannot be changed; choose another folder."
            )
    kept = [
        name
        for name, usual in usual_settings().items()
        if name not in fixed_settings()
        and getattr(asked, name) not in (usual, getattr(there, name))
    ]
    if any(_differs(spec, there) for spec in classes):
        kept.append("classes")
    if kept:
        warn_user(
            f"The project at {path} keeps its own {', '.join(kept)}; change them in "
            f"{Path(path) / FILE}."
        )


def _differs(spec: ClassSpec, there: Settings) -> bool:
    """Whether a class differs from what was asked for."""
    name = there.class_set.former.get(spec.name, spec.name)
    [now] = [each for each in there.classes if each.name == name]
    parts = ("key", "colour", "description", "group")
    return any(getattr(spec, part) not in ("", getattr(now, part)) for part in parts)

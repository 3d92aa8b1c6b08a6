"""Backs a project up again and again, and keeps the newest backups."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from dalt.core.errors import os_reason
from dalt.core.progress import span
from dalt.core.records import BadInput, DaltError, utc_now
from dalt.core.rights import make_private
from dalt.core.settings.settings import Settings
from dalt.project.backups.archive import ENDING, head_of
from dalt.project.backups.contents import contents
from dalt.project.backups.making import backup, settings_of, state_of
from dalt.project.backups.restoring import backups_in
from dalt.project.export_targets import outside_projects
from dalt.storage.copying import held
from dalt.storage.store import place_of

_UNFIT = re.compile(r"[^\w.-]+")
_LONGEST = 40
_OF_SERIES = re.compile(rf"-\d{{8}}T\d{{6}}Z{re.escape(ENDING)}\Z")


def keep_backing_up(
    path: str | Path,
    folder: str | Path,
    every: float,
    keep: int,
    stopping: threading.Event,
    say: Callable[[str], None],
) -> None:
    """Write a backup whenever something has changed, until told to stop.

    A backup that fails is said and tried again the next time, and none is removed for it.

    Parameters
    ----------
    path : str or Path
        The project's folder; other processes may serve it.
    folder : str or Path
        For the backups; made if it is missing, readable by this user alone.
    every : float
        Seconds between two looks.
    keep : int
        How many backups of this project stay.
    stopping : threading.Event
    say : callable
        Gets a line for each backup.

    Raises
    ------
    ProjectNotFound, BadSettings, BadInput
        If there is no such project, or the folder cannot be used.
    """
    project, place, settings = ready(path, folder)
    say(
        f"A backup of {path} every {span(every)} in which something changes, in {folder}; the "
        f"newest {keep} stay."
    )

    def look_up(_what: str, _done: int, _total: int) -> None:
        if stopping.is_set():
            raise _Stopped

    while not stopping.is_set():
        try:
            if _has_changed(project, place):
                made = backup(path, place / _name(settings.name, utc_now()), progress=look_up)
                say(str(made))
                _thin_out(place, settings.id, keep)
        except DaltError as error:
            say(f"No backup this time: {error}")
        except _Stopped:
            return
        stopping.wait(every)


class _Stopped(Exception):
    """Somebody has told the process to end, while it writes a backup."""


def ready(path: str | Path, folder: str | Path) -> tuple[Path, Path, Settings]:
    """The project's folder, that of the backups, which is made if it is missing, and the settings.

    Raises
    ------
    ProjectNotFound, BadSettings, BadInput
        As for `keep_backing_up`.
    """
    project, place = (Path(each).expanduser().absolute() for each in (path, folder))
    settings = settings_of(path, project)
    _make_folder(place, folder)
    return project, place, settings


def _make_folder(place: Path, said: str | Path) -> None:
    outside_projects(place)
    if place.exists() and not place.is_dir():
        raise BadInput(f"{said} is no folder; with --every name one for the backups.")
    try:
        make_private(place)
    except OSError as error:
        raise BadInput(f"The folder {said} cannot be made: {os_reason(error)}.") from error


def _has_changed(project: Path, place: Path) -> bool:
    """Whether people did anything since the newest backup that is there."""
    settings = settings_of(project, project)
    made = backups_in(place, settings.id)
    if not made:
        return True
    try:
        with (
            held(place_of(project, settings.id, settings.database)) as labels,
            contents(project) as files,
        ):
            return state_of(labels, files) != head_of(made[-1][1])["state"]
    except OSError:
        return True  # whoever writes the backup says what is wrong


def _name(name: str, moment: datetime) -> str:
    """A file's name that sorts by time, without signs that a file system may refuse."""
    plain = _UNFIT.sub("_", name).strip(".")[:_LONGEST] or "project"
    return f"{plain}-{moment:%Y%m%dT%H%M%SZ}{ENDING}"


def _thin_out(place: Path, project: str, keep: int) -> None:
    """Remove the oldest backups of this project's series.

    Others' are left alone, and so is one that somebody has given a name of their own.
    """
    made = [path for _, path in backups_in(place, project) if _OF_SERIES.search(path.name)]
    for path in made[:-keep]:
        try:
            os.unlink(path)
        except OSError as error:
            raise BadInput(f"{path} cannot be removed: {os_reason(error)}.") from error

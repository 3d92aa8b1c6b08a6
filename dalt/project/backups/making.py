"""Makes a backup of a project: one file that has all of it, while people go on labeling."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from dalt.core.arguments import PATH, PROGRESS, takes
from dalt.core.errors import os_reason, unreadable
from dalt.core.files import publish, require_folder
from dalt.core.progress import reporting
from dalt.core.records import BadInput, DamagedStore, Progress, ProjectNotFound, utc_now
from dalt.core.settings import project_file
from dalt.core.settings.settings import Settings
from dalt.core.summaries import counted
from dalt.core.version import __version__
from dalt.project.backups.archive import ENDING, FORMAT, Written, head_of
from dalt.project.backups.contents import Contents, contents
from dalt.project.backups.workplace import workplace
from dalt.project.export_targets import outside_projects
from dalt.project.plans import Report
from dalt.storage.copying import Content, Held, content_of, held, prove
from dalt.storage.store import place_of

DATABASE = "labels.db"
_PLAN = ({"copying the database": 1, "moving": 4}, {"comparing": 4}, {"packing": 3})


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes
    ----------
    path : Path
    created_at : datetime
        The moment whose state it has, in UTC.
    n_samples, n_events : int
    n_referred : int
        Samples that are files outside of the project, or behind addresses: not in the backup.
    left_out : tuple of str
        Symbolic links in the project's folder, which were not followed.
    n_bytes : int
        Its size.
    """

    path: Path
    created_at: datetime
    n_samples: int
    n_events: int
    n_referred: int
    left_out: tuple[str, ...]
    n_bytes: int

    def __str__(self) -> str:
        held = f"{counted(self.n_samples)} and {counted(self.n_events, 'event')}"
        moment = f"{self.created_at:%Y-%m-%d %H:%M:%S} UTC"
        parts = [f"{self.path}: {held} as of {moment}, {self.n_bytes / 1e6:,.1f} MB."]
        if self.n_referred:
            parts.append(
                f"{counted(self.n_referred)} of them are files outside of the project, which it "
                "does not hold: back those up as well."
            )
        if self.left_out:
            parts.append(f"Links were not followed: {', '.join(self.left_out)}.")
        return " ".join(parts)


@takes(path=PATH, to=PATH, progress=PROGRESS)
def backup(path: str | Path, to: str | Path, *, progress: Report = True) -> Backup:
    """Write all of a project into one file, while people go on labeling.

    The file has the state of one moment: every label that was acknowledged before, and none after.
    It is a tar file compressed by Zstandard, readable by its owner alone, and replaces a former
    backup of the same project only when it is complete and on the disk.  Files that samples refer
    to outside of the project are not in it; neither are passwords, tokens and the address of a
    PostgreSQL database, which are in no project.

    Parameters
    ----------
    path : str or Path
        The project's folder; it may be open anywhere.
    to : str or Path
        The file to write, by convention ``NAME.tar.zst``.
    progress : bool or callable

    Returns
    -------
    Backup

    Raises
    ------
    ProjectNotFound, BadSettings
        If there is no project, or its ``project.toml`` is not valid.
    BadInput
        If `to` lies in a project, is something else than a backup of this one, or cannot be
        written.
    DamagedStore, StoreUnreachable
        If the database is damaged, another project's, or cannot be read or reached.

    Examples
    --------
    >>> import tempfile, dalt
    >>> folder = Path(tempfile.mkdtemp())
    >>> project = dalt.Project.create(folder / "tiny.dalt", classes=["spam", "fine"])
    >>> made = dalt.backup(project.folder, folder / "tiny.tar.zst", progress=False)
    >>> made.n_samples, made.n_events
    (0, 0)
    >>> project.close()
    """
    folder, target = (Path(each).expanduser().absolute() for each in (path, to))
    settings = settings_of(path, folder)
    with reporting(progress, "Backing up", _PLAN) as report:
        try:
            if target.is_symlink():  # the link stays, and leads to the new backup
                target = Path(os.path.realpath(target))
            _check_target(target, to, settings)
            with workplace(target) as place:
                return _make(folder, settings, target, place, report)
        except OSError as error:
            if Path(os.fsdecode(error.filename or "")).is_relative_to(folder):
                why = f"{os.fsdecode(error.filename)} cannot be read: {unreadable(error)}"
                raise BadInput(f"No backup was made. {why}") from error
            raise cannot_write(to, error) from error


def settings_of(path: str | Path, folder: Path) -> Settings:
    """Read the settings of a project that is to be backed up."""
    if not project_file.is_there(folder):
        raise ProjectNotFound(path)
    return project_file.load(folder)


def cannot_write(to: str | Path, error: OSError) -> BadInput:
    """The error for a backup that the system did not let us write."""
    return BadInput(
        f"The backup {to} cannot be written: {os_reason(error)}. Make room or name another place; "
        "nothing that was there before has changed."
    )


def _check_target(target: Path, said: str | Path, settings: Settings) -> None:
    require_folder(target)
    outside_projects(target)
    if target.is_dir():
        raise BadInput(
            f"{said} is a folder; name a file in it, as {said}/{settings.name}{ENDING}, or give "
            "--every to fill the folder."
        )
    if not target.exists():
        return
    try:
        other = head_of(target)
    except (BadInput, OSError) as error:
        raise BadInput(
            f"{said} is there already and is no backup of DALT, or a damaged one; name another "
            "file, or remove it first."
        ) from error
    if other["project"] != settings.id:
        raise BadInput(
            f"{said} is a backup of another project ({other['name']}); name another file."
        )


def _make(folder: Path, settings: Settings, target: Path, place: Path, report: Progress) -> Backup:
    now = utc_now()
    copy, packed = place / DATABASE, place / "archive"
    with ExitStack() as stack:
        with held(place_of(folder, settings.id, settings.database)) as labels:
            # The labels first: they refer to no file that is younger than they are.
            files = stack.enter_context(contents(folder))
            labels.copy(copy, report)
            mark = state_of(labels, files)
        found = _proven(copy, folder, settings)
        said = _head(settings, found, files, copy.stat().st_size)
        _pack(packed, copy, files, {**said, "created_at": now.isoformat(), "state": mark}, report)
    n_bytes = packed.stat().st_size
    publish(packed, target, mode=0o600)
    return Backup(
        path=target,
        created_at=now,
        n_samples=found.rows["samples"],
        n_events=found.rows["events"],
        n_referred=found.referred,
        left_out=tuple(files.links),
        n_bytes=n_bytes,
    )


def _proven(copy: Path, folder: Path, settings: Settings) -> Content:
    """What is in the copy of the database, if a project can be made of it again.

    Otherwise a backup that nobody can restore would take the place of one that somebody can.
    """
    try:
        found = content_of(copy)
        prove(copy)
    except DamagedStore as error:
        why = str(error).replace(str(copy), str(folder / DATABASE))
        raise DamagedStore(f"{why} No backup was made, and those that are there stay.") from error
    if found.project not in (None, settings.id):
        raise DamagedStore(
            f"The database of {folder} holds the labels of another project (id {found.project}, "
            f"here {settings.id}). No backup was made: put this project's own file back."
        )
    return found


def state_of(labels: Held, files: Contents) -> str:
    """A text that differs between two moments if people did anything in between."""
    return hashlib.sha256(f"{labels.mark()} {files.state}".encode()).hexdigest()


def _head(settings: Settings, found: Content, files: Contents, n_bytes: int) -> dict[str, Any]:
    """What a backup says at its beginning."""
    return {
        "what": "A backup of a DALT project; `dalt restore FILE NEW.dalt` makes a project of it.",
        "format": FORMAT,
        "dalt": __version__,
        "project": settings.id,
        "name": settings.name,
        "schema": found.schema,
        "database": settings.database,
        "newest_event": found.newest_event,
        "newest_at": found.newest_at,
        "rows": found.rows,
        "files": len(files.parts) + 1,
        "bytes": files.size + n_bytes,
    }


def _pack(
    path: Path,
    copy: Path,
    files: Contents,
    head: dict[str, Any],
    report: Progress,
) -> None:
    done, total = 0, head["bytes"]

    def tell(n: int) -> None:
        nonlocal done
        done += n
        report("packing", done, total)

    with _private(path) as file:
        archive = Written(file, tell)
        archive.head(head)
        with copy.open("rb") as database:
            archive.file(DATABASE, database)
        for part in files.parts:
            with files.open(part) as opened:
                archive.file(part.name, opened)
        archive.end()


def _private(path: Path) -> IO[bytes]:
    """Open a new file that only this user can read: it holds names, labels and texts."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")

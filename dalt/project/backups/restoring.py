"""Makes a project of a backup, and proves what it wrote."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from dalt.core.arguments import PATH, PROGRESS, TIME, optional, takes
from dalt.core.errors import os_reason
from dalt.core.files import publish
from dalt.core.progress import reporting
from dalt.core.records import BadInput, DamagedStore, Progress, ProjectExists
from dalt.core.settings import editing, project_file
from dalt.core.summaries import counted
from dalt.project.backups.archive import ENDING, Read, head_of
from dalt.project.backups.making import DATABASE
from dalt.project.backups.workplace import workplace
from dalt.project.export_targets import outside_projects
from dalt.project.plans import Report
from dalt.storage.copying import Content, content_of, findings_in, prove, versions_in
from dalt.storage.cutting import cut
from dalt.storage.tables import SCHEMA_VERSION

_SPARE_BYTES = 16 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What was made of a backup.

    Attributes
    ----------
    path : Path
        The new project's folder.
    backup : Path
    created_at : datetime
        The moment whose state the backup has, in UTC.
    n_samples, n_events, n_files : int
        What was compared with the backup's own list.
    n_referred : int
        Samples that are files outside of the project, or behind addresses.
    from_server : bool
        Whether the labels were in PostgreSQL; now they are in the folder.
    n_taken_back : int
        Events that were recorded after the moment asked for, and are not in the project.
    findings : tuple of str
        What is wrong in the database, and was so in the project when it was backed up.
    asked : datetime or None
        The moment that was asked for, if the backup is older: what was done in between is not in
        the project.
    """

    path: Path
    backup: Path
    created_at: datetime
    n_samples: int
    n_events: int
    n_files: int
    n_referred: int
    from_server: bool
    n_taken_back: int = 0
    findings: tuple[str, ...] = ()
    asked: datetime | None = None

    def __str__(self) -> str:
        moment = f"{self.created_at:%Y-%m-%d %H:%M:%S} UTC"
        held = f"{counted(self.n_samples)} and {counted(self.n_events, 'event')}"
        parts = [
            f"{self.path}: {held} as of {moment}, from {self.backup}. All hashes of "
            f"{counted(self.n_files, 'file')}, the database and its rows are right."
        ]
        if self.from_server:
            parts.append(
                "Its labels were in PostgreSQL and are in the folder now; `dalt migrate` moves "
                "them back."
            )
        if self.n_taken_back:
            parts.append(f"Not in it: {counted(self.n_taken_back, 'later event')}.")
        if self.asked is not None:
            parts.append(
                f"No backup is as young as {self.asked:%Y-%m-%d %H:%M:%S} UTC: what was done from "
                "this one until then is not in it."
            )
        if self.findings:
            parts.append(f"`dalt check` has to say: {self.findings[0]}")
        if self.n_referred:
            parts.append(
                f"{counted(self.n_referred)} are files outside of the project: if they moved, "
                "`dalt relocate` names their place."
            )
        return " ".join(parts)


@takes(backup=PATH, path=PATH, at=optional(TIME), progress=PROGRESS)
def restore(
    backup: str | Path, path: str | Path, *, at: datetime | None = None, progress: Report = True
) -> Restored:
    """Make a project of a backup: complete and proven, or not at all.

    Every file is held against its hash, the database is read from end to end, and its rows are
    counted, before the folder gets its name.  Labels that were in PostgreSQL come into the folder;
    `Project.migrate` moves them back.

    Parameters
    ----------
    backup : str or Path
        A file that `backup` wrote, or a folder of them: then the first of its backups counts that
        was made at `at` or later, or else the newest.
    path : str or Path
        The folder to make, by convention ``NAME.dalt``.
    at : datetime, optional
        A moment whose labels the project gets; without a time zone it is in UTC.  Later events are
        taken out of the log, and everything that follows from it is made anew.  Settings are those
        of the backup, and samples that were added later stay.
    progress : bool or callable

    Returns
    -------
    Restored

    Raises
    ------
    ProjectExists
        If there is something at `path`.
    BadInput
        If there is no such backup, it is damaged or was not written by DALT, or the folder cannot
        be written.
    DamagedStore
        If its database is damaged, or was written by a newer DALT.

    Examples
    --------
    >>> import tempfile, dalt
    >>> folder = Path(tempfile.mkdtemp())
    >>> dalt.Project.create(folder / "tiny.dalt", classes=["spam", "fine"]).close()
    >>> made = dalt.backup(folder / "tiny.dalt", folder / "tiny.tar.zst", progress=False)
    >>> dalt.restore(made.path, folder / "again.dalt", progress=False).n_files
    2
    """
    source, target = (Path(each).expanduser().absolute() for each in (backup, path))
    moment = None if at is None else in_utc(at)
    with _told(target):
        if target.is_symlink():  # the link stays, and leads to the project
            target = Path(os.path.realpath(target))
        _check_target(target, path)
        if source.is_dir():
            source = fitting(source, moment)
    with reporting(progress, "Restoring") as report, _told(target), workplace(target) as place:
        return _make(source, target, place, moment, report)


def in_utc(moment: datetime) -> datetime:
    """A moment in UTC, which it is in if it names no time zone.

    Raises
    ------
    BadInput
        If it is at an end of the calendar, in another zone.

    Examples
    --------
    >>> in_utc(datetime(2026, 11, 30, 9)).isoformat()
    '2026-11-30T09:00:00+00:00'
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadInput(f"{moment.isoformat()} is beyond the calendar in UTC.") from None


def backups_in(folder: Path, project: str | None = None) -> list[tuple[datetime, Path]]:
    """The backups in a folder with their moments, the oldest first.

    Parameters
    ----------
    folder : Path
    project : str, optional
        Id of the only project that counts.
    """
    found = []
    for path in folder.glob(f"*{ENDING}"):
        try:
            head = head_of(path)
            moment = in_utc(datetime.fromisoformat(head["created_at"]))
        except (BadInput, OSError, ValueError):
            continue  # something else, or damaged: another one serves
        if project in (None, head["project"]):
            found.append((moment, path))
    return sorted(found)


def fitting(folder: Path, moment: datetime | None) -> Path:
    """The first backup in a folder that has everything up to a moment, or else the newest.

    Raises
    ------
    BadInput
        If there is none, or there are backups of several projects.
    """
    found = backups_in(folder)
    if not found:
        raise BadInput(f"There are no backups of DALT in {folder}.")
    names = {head_of(path)["project"]: path.name for _, path in found}
    if len(names) > 1:
        listed = " and ".join(sorted(names.values())[:2])
        raise BadInput(
            f"{folder} has backups of several projects ({listed}); name the file to restore."
        )
    later = [path for made, path in found if moment is not None and made >= moment]
    return later[0] if later else found[-1][1]


def _check_target(target: Path, said: str | Path) -> None:
    if os.path.lexists(target) and (not target.is_dir() or any(target.iterdir())):
        raise ProjectExists(f"There is something at {said} already; choose another place.")
    if not target.parent.is_dir():
        raise BadInput(f"There is no folder {target.parent} to restore into; make it first.")
    outside_projects(target)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Errors of the system as a sentence."""
    try:
        yield
    except OSError as error:
        # What is made is beside its place until it is whole, under a name that nobody knows.
        hidden = str(error.filename or "").startswith(str(path.parent / f".{path.name[:40]}"))
        name = path if hidden or not error.filename else error.filename
        raise BadInput(
            f"{name} cannot be used: {os_reason(error)}. Nothing was restored; make room or allow "
            "reading and writing, and try again."
        ) from error


def _make(
    source: Path, target: Path, place: Path, moment: datetime | None, report: Progress
) -> Restored:
    folder = place / "project"
    folder.mkdir(0o700)
    with source.open("rb") as file:
        archive = _opened(source, file, report)
        _check_room(archive.head, place)
        for name, mode, content in archive.files():
            _write(folder, name, mode, content)
    found = _proven(folder, archive.head)
    settings = project_file.load(folder)
    if settings.id != archive.head["project"]:
        raise DamagedStore(f"{source} has the project.toml of another project.")
    from_server = settings.database != "sqlite"
    if from_server:
        editing.change_database(folder, "sqlite")
        (folder / project_file.LOCK).unlink(missing_ok=True)
    made_at = in_utc(datetime.fromisoformat(archive.head["created_at"]))
    taken_back = _taken_back(folder, made_at, moment)
    findings = findings_in(folder / DATABASE)
    publish(folder, target)
    return Restored(
        path=target,
        backup=source,
        created_at=made_at if moment is None else min(made_at, moment),
        n_samples=found.rows["samples"],
        n_events=found.rows["events"] - taken_back,
        n_files=archive.head["files"],
        n_referred=found.referred,
        from_server=from_server,
        n_taken_back=taken_back,
        findings=findings,
        asked=moment if moment is not None and moment > made_at else None,
    )


def _taken_back(folder: Path, made_at: datetime, moment: datetime | None) -> int:
    """Take a restored project back to a moment, and return how many events that took out."""
    if moment is None or made_at <= moment:
        return 0
    taken = cut(folder / DATABASE, moment)
    known = versions_in(folder / DATABASE)
    for path in (folder / "snapshots").glob("*.safetensors"):
        if path.stem.isdecimal() and int(path.stem) not in known:
            path.unlink()
    return taken.n_events


def _opened(source: Path, file: IO[bytes], report: Progress) -> Read:
    done, total = 0, 1

    def tell(n: int) -> None:
        nonlocal done
        done += n
        report("unpacking and comparing", done, total)

    archive = Read(source, file, tell)
    total = max(int(archive.head["bytes"]), 1)
    return archive


def _check_room(head: dict[str, Any], place: Path) -> None:
    free = shutil.disk_usage(place).free
    if head["bytes"] + _SPARE_BYTES > free:
        raise BadInput(
            f"The project takes {head['bytes'] / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free "
            f"beside {place.parent}. Make room, or name a place on another disk."
        )


def _write(folder: Path, name: str, mode: int, content: IO[bytes]) -> None:
    path = folder.joinpath(*name.split("/"))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Nobody gets more rights than they had, and nobody else may write.
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, (mode & 0o644) | 0o600), "wb") as file:
        shutil.copyfileobj(content, file, _CHUNK)


def _proven(folder: Path, head: dict[str, Any]) -> Content:
    """Read the restored database from end to end, and compare its rows with the head."""
    path = folder / DATABASE
    if not path.is_file() or not (folder / project_file.FILE).is_file():
        raise BadInput("The backup has no labels.db or no project.toml; it is not of DALT.")
    try:
        prove(path)
        found = content_of(path)
    except DamagedStore as error:
        why = str(error).replace(str(path), f"of {head['name']}")
        raise DamagedStore(f"The backup holds a damaged database. {why}") from error
    if found.rows != head["rows"] or found.project not in (None, head["project"]):
        raise DamagedStore("The database of the backup has not the rows that the backup names.")
    if found.schema > SCHEMA_VERSION:
        raise DamagedStore(
            f"The backup was written by a newer DALT (schema {found.schema}, this one reads up to "
            f"{SCHEMA_VERSION}). Upgrade DALT to restore it."
        )
    return found

"""Checking a project: everything in its folder and its database, against what it should be.

A check only reads.  A repair makes anew what can be made anew, says what that was, and keeps what
it takes out of use under another name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dalt.core.arguments import PATH, PROGRESS, TRUTH, takes
from dalt.core.errors import one_line, unreadable
from dalt.core.findings import LISTED, Finding, Told
from dalt.core.progress import reporting
from dalt.core.records import (
    BadSettings,
    DaltError,
    ProjectNotFound,
    Sample,
    StoreUnreachable,
)
from dalt.core.settings import project_file
from dalt.core.settings.settings import Settings, fixed_values
from dalt.data.sources import SampleFiles
from dalt.project.plans import Report
from dalt.storage.databases import Place, SqliteFile, place_of
from dalt.storage.inspection import Inspection, inspected
from dalt.storage.tables import SCHEMA_VERSION

BOM = b"\xef\xbb\xbf"
_RECORDS = 3  # snapshots whose files are kept


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a project found.

    Attributes
    ----------
    path : Path
        The project's folder.
    findings : tuple of Finding
        What is damaged; after a repair also what was mended, with `repaired`.
    n_events : int
    n_samples : int
    newest : int
        The newest event; 0 without events.
    hash : str
        The hash of the whole log up to it.  Kept somewhere else it tells even a log whose hashes
        were all computed anew.
    """

    path: Path
    findings: tuple[Finding, ...]
    n_events: int = 0
    n_samples: int = 0
    newest: int = 0
    hash: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged, or nothing any more."""
        return all(found.repaired for found in self.findings)


@takes(path=PATH, repair=TRUTH, progress=PROGRESS)
def check(path: str | Path, *, repair: bool = False, progress: Report = True) -> Checked:
    """Check everything of a project: settings, database, events, samples, embeddings, snapshots.

    People may go on labeling meanwhile.

    Parameters
    ----------
    path : str or Path
        The project's folder, even if it cannot be opened.
    repair : bool
        Make anew what can be: what follows from the events, indexes, embeddings, damaged
        snapshots, a byte order mark.  Damaged events and samples need a backup.
    progress : bool or callable

    Returns
    -------
    Checked

    Raises
    ------
    ProjectNotFound
        If there is no folder, or nothing of a project in it.
    StoreUnreachable, BadSettings
        If the labels are in PostgreSQL, and that cannot be reached or is not named.

    Examples
    --------
    >>> import tempfile, dalt
    >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
    >>> with dalt.Project.create(folder, classes=["cat", "dog"]) as project:
    ...     ids = project.add_texts(["a cat", "a dog"], progress=False)
    >>> found = check(folder, progress=False)
    >>> found.ok, found.n_samples, found.findings
    (True, 2, ())
    """
    folder = Path(path).expanduser().absolute()
    if not folder.is_dir() or not _is_project(folder):
        raise ProjectNotFound(path)
    with reporting(progress, "Checking") as report:
        found = _look(folder, report)
        if not repair or not found.findings:
            return found
        from dalt.project.repairing import repaired

        failed = repaired(folder, found.findings, report)
        left = _look(folder, report)
    return replace(left, findings=(*_told(found.findings, left.findings), *failed))


def _is_project(folder: Path) -> bool:
    if project_file.is_there(folder):
        return True
    names = (project_file.FILE, "labels.db", "samples", "embeddings", "snapshots")
    return any((folder / name).exists() for name in names)


def _told(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What is still there, and what was mended."""
    left = {(found.part, found.name, found.what) for found in after}
    mended = [
        replace(found, repaired=True)
        for found in before
        if (found.part, found.name, found.what) not in left
    ]
    return (*after, *mended)


# --- looking ------------------------------------------------------------------------------------


def _look(folder: Path, told: Told) -> Checked:
    settings, findings = _settings(folder)
    place = _place(folder, settings)
    if place is None:
        return Checked(folder, tuple(findings))
    try:
        with inspected(place) as database:
            found = Checked(folder, ())
            findings += _database(database, place, settings, told)
            if database.schema() == SCHEMA_VERSION:
                newest, hashed = database.newest()
                found = Checked(
                    folder, (), database.n_events(), database.n_samples(), newest, hashed
                )
                findings += _files(folder, database, settings, told)
            return replace(found, findings=tuple(findings))
    except DaltError as error:
        if not isinstance(place, SqliteFile):
            raise
        findings.append(Finding("database", place.path.name, f"cannot be read: {error}"))
        return Checked(folder, tuple(findings))


def _settings(folder: Path) -> tuple[Settings | None, list[Finding]]:
    path = folder / project_file.FILE
    if not path.exists():
        what = "is missing: it held the classes, the guideline and the project's id. Restore it "
        return None, [Finding("settings", path.name, what + "from a backup.")]
    found = []
    try:
        if path.read_bytes().startswith(BOM):
            what = "begins with a byte order mark, as some editors write it. It can be left out."
            found.append(Finding("settings", path.name, what, True))
        return project_file.load(folder), found
    except (BadSettings, OSError) as error:
        why = unreadable(error) if isinstance(error, OSError) else error
        found.append(Finding("settings", path.name, f"cannot be read: {why}"))
        return None, found


def _place(folder: Path, settings: Settings | None) -> Place | None:
    if settings is not None:
        return place_of(folder, settings.id, settings.database)
    file = SqliteFile(folder / "labels.db")
    return file if file.path.exists() else None


def _database(
    database: Inspection, place: Place, settings: Settings | None, told: Told
) -> Iterator[Finding]:
    schema = database.schema()
    if schema > SCHEMA_VERSION or not schema:
        what = f"has the schema {schema or 'of no version'}; this DALT knows {SCHEMA_VERSION}."
        yield Finding("database", str(place), what)
        return
    if schema < SCHEMA_VERSION:
        yield from database.pages()
        what = (
            f"is of a former DALT (schema {schema}), which kept no hashes of events. It is brought "
            "up to date when the project is opened."
        )
        yield Finding("database", str(place), what, True)
        return
    if settings is not None:
        yield from _belongs(database, settings)
    yield from database.look(told)


def _belongs(database: Inspection, settings: Settings) -> Iterator[Finding]:
    if database.project() not in (None, settings.id):
        what = f"names the project {settings.id}, and the labels are those of {database.project()}."
        yield Finding("settings", project_file.FILE, f"{what} Put the project's own file back.")
    try:
        database.check_fixed(fixed_values(settings))
    except BadSettings as error:
        yield Finding("settings", project_file.FILE, f"does not fit the labels: {error}")


def _files(
    folder: Path, database: Inspection, settings: Settings | None, told: Told
) -> Iterator[Finding]:
    from dalt.learning.encoders import array_check
    from dalt.learning.training import snapshot_check

    def embeddings() -> Iterator[Finding]:
        records, n_samples = database.records(1), database.n_samples()
        learned = bool(records and records[0].encoder)
        yield from array_check.look(folder / "embeddings", n_samples, learned=learned)

    def snapshots() -> Iterator[Finding]:
        yield from snapshot_check.look(database.records(_RECORDS), folder / "snapshots")

    yield from _all_of("samples", _samples(folder, database, told))
    told("checking embeddings", 0, 1)
    yield from _all_of("embeddings", embeddings())
    told("checking snapshots", 0, 1)
    yield from _all_of("snapshots", snapshots())


def _all_of(part: str, found: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of a part, and one more where damage that nobody foresaw ends its check."""
    try:
        yield from found
    except StoreUnreachable:
        raise
    except OSError as error:
        name = error.filename or part
        yield Finding(part, str(name), f"cannot be read: {unreadable(error)}")
    except Exception as error:
        why = one_line(error).rstrip(".")
        yield Finding(part, part, f"cannot be checked to the end: {why}. Restore from a backup.")


def _samples(folder: Path, database: Inspection, told: Told) -> Iterator[Finding]:
    files, total = SampleFiles(folder), database.n_samples()
    n_wrong = 0

    def counted(samples: Iterator[Sample]) -> Iterator[Sample]:
        for number, sample in enumerate(samples):
            if not number % 1_000:
                told("checking samples", number, total)
            yield sample

    for sample, why in files.wrong(counted(database.samples())):
        n_wrong += 1
        if n_wrong <= LISTED:
            what = f"({sample.source}): {why}."
            yield Finding("samples", f"sample {sample.id}", what)
    if n_wrong > LISTED:
        yield Finding("samples", f"{n_wrong - LISTED} more", "samples are damaged or missing.")
    for name, why in files.wrong_copies(database.samples()):
        yield Finding("samples", f"samples/{name}", f"{why}. Restore it from a backup.")

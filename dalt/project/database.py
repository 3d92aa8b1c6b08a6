"""Opening a project's database, and moving it to another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from dalt.core.progress import reporting
from dalt.core.records import BadInput, BadSettings, DamagedStore, ProjectExists, ProjectNotFound
from dalt.core.settings import project_file
from dalt.core.settings.settings import Settings
from dalt.project.plans import Report
from dalt.storage.store import URL_VARIABLE, Store, move, place_of


def store_of(folder: Path, settings: Settings, *, create: bool = False) -> Store:
    """Open a project's store, as its settings and the environment name it.

    Raises
    ------
    BadSettings, DamagedStore, StoreUnreachable
        If it cannot be found, read or reached.
    """
    return Store(
        place_of(folder, settings.id, settings.database),
        create=create,
        seed=settings.seed,
        annotations_per_sample=settings.annotations_per_sample,
        project=settings.id,
    )


@contextmanager
def taken_back(folder: Path) -> Iterator[None]:
    """Remove what the block makes of a folder, and no more, where it fails.

    What was there before stays; so does all when somebody interrupts it, to go on later.
    """
    folder = folder.expanduser().absolute()
    before = set(os.listdir(folder)) if folder.is_dir() else set()
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        yield
    except (ProjectExists, DamagedStore):
        raise  # somebody else has made a project there meanwhile: what is there may be theirs
    except Exception:
        for name in set(os.listdir(folder)) - before if folder.is_dir() else ():
            _remove(folder / name)
        for place in made:
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def migrate(path: str | Path, to: str, *, progress: Report = True) -> dict[str, int]:
    """Move a project's labels to another database; see `dalt.Project.migrate`."""
    folder = Path(path).expanduser().absolute()
    if not (folder / project_file.FILE).is_file():
        raise ProjectNotFound(path)
    try:
        with (
            FileLock(folder / "migrate.lock", timeout=0),
            reporting(progress, "Moving the labels") as report,
        ):
            settings = project_file.load(folder)
            if settings.database == to:
                raise BadInput(f"The labels of {path} are in {to} already.")
            if to == "postgresql" and not os.environ.get(URL_VARIABLE):
                raise BadSettings(
                    f"To move the labels to PostgreSQL, set {URL_VARIABLE} to the address of the "
                    "database, postgresql://USER:PASSWORD@HOST/NAME."
                )
            source = place_of(folder, settings.id, settings.database)
            target = place_of(folder, settings.id, to)
            with move(source, target, report) as n_rows:
                project_file.change_database(folder, to)  # from here on the copy is used
            return n_rows
    except Timeout as error:
        raise BadInput(f"{path} is being moved by another program; wait for that.") from error

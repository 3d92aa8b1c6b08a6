"""Opening a project's database, and moving it to another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import Timeout

from dalt.core.arguments import PATH, PROGRESS, takes
from dalt.core.errors import os_reason, shown
from dalt.core.progress import reporting
from dalt.core.records import BadInput, BadSettings, ProjectNotFound
from dalt.core.rights import lock_of
from dalt.core.settings import editing, project_file
from dalt.core.settings.settings import DATABASES, Settings, fixed_values
from dalt.project.plans import Report
from dalt.project.suspicions import tell
from dalt.storage.store import URL_VARIABLE, Store, move, place_of


def store_of(folder: Path, settings: Settings, *, create: bool = False) -> Store:
    """Open a project's store, as its settings and the environment name it.

    Raises
    ------
    BadSettings, DamagedStore, StoreUnreachable
        If it cannot be found, read or reached.
    """
    store = Store(
        place_of(folder, settings.id, settings.database),
        create=create,
        seed=settings.seed,
        annotations_per_sample=settings.annotations_per_sample,
        project=settings.id,
        fixed=fixed_values(settings),
    )
    if not create:
        tell(folder, store)
    return store


@takes(path=PATH, progress=PROGRESS)
def migrate(
    path: str | Path, to: Literal["sqlite", "postgresql"], *, progress: Report = True
) -> dict[str, int]:
    """Move a project's labels to PostgreSQL, or back into the project's folder.

    This moves everything: samples, events, answers, leases, snapshots, notes.  DALT compares
    the copy before the project uses it, and keeps the original under another name
    (``labels.db.moved-1``, schema ``dalt_…_moved1``), out of use.  After an interruption at
    any moment the project goes on with one of the two, complete.

    Parameters
    ----------
    path : str or Path
        A project that nobody has open.
    to : {"sqlite", "postgresql"}
        For PostgreSQL, ``DALT_DATABASE_URL`` names the database, also on the way back.
    progress : bool or callable

    Returns
    -------
    dict of str to int
        How many rows each table has.

    Raises
    ------
    ProjectNotFound, BadSettings
        If there is no such project, or the variable is not set.
    BadInput
        If `to` is neither, the labels are there already, another program has the project open,
        or DALT cannot write to the project.
    DamagedStore, StoreUnreachable
        If a database cannot be read, written or reached.
    """
    folder = Path(path).expanduser().absolute()
    if not project_file.is_there(folder):
        raise ProjectNotFound(path)
    if to not in DATABASES:
        raise BadInput(f"Labels move to {' or '.join(map(repr, DATABASES))}, not {shown(to)}.")
    with _alone(path), reporting(progress, "Moving the labels") as report:
        settings = project_file.load(folder)
        if settings.database == to:
            raise BadInput(f"The labels of {path} are in {to} already.")
        if to == "postgresql" and not os.environ.get(URL_VARIABLE):
            raise BadSettings(
                f"To move the labels to PostgreSQL, set {URL_VARIABLE} to the address of the "
                "database, postgresql://USER:PASSWORD@HOST/NAME."
            )
        store_of(folder, settings).close()  # refuses the labels of another project
        source = place_of(folder, settings.id, settings.database)
        target = place_of(folder, settings.id, to)
        with move(source, target, report) as n_rows:
            editing.change_database(folder, to)  # from here on the copy is used
        return n_rows


@contextmanager
def _alone(path: str | Path) -> Iterator[None]:
    """Let only one program at a time move a project."""
    lock = lock_of(Path(path).expanduser().absolute() / "migrate.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BadInput(f"{path} is being moved by another program; wait for that.") from error
    except OSError as error:
        raise BadInput(
            f"The labels of {path} cannot be moved, since nothing can be written there: "
            f"{os_reason(error)}."
        ) from error
    try:
        yield
    finally:
        lock.release()

"""Where nothing may be written: the parts of projects, and the data that they were made from."""

from __future__ import annotations

import os
from pathlib import Path

from dalt import settings as project_file
from dalt.records import BadInput

_PARTS = (project_file.FILE, "labels.db")
_ROWS = (".csv", ".jsonl")


def outside_projects(target: Path) -> None:
    """Refuse a path in the folder of a project, whatever it is called.

    Parameters
    ----------
    target : Path
        Of a file or folder that is to be written; it need not be there.

    Raises
    ------
    BadInput
        If it, or what it links to, lies in a project.

    Examples
    --------
    >>> outside_projects(Path("labels.csv"))
    """
    beside = Path(os.path.realpath(target.parent)) / target.name  # the name that is replaced
    for path in (beside, Path(os.path.realpath(target))):
        for place in (path, *path.parents):
            if any((place / part).is_file() for part in _PARTS):
                raise BadInput(
                    f"{str(target)!r} lies in the project {place.name}, in which only DALT itself "
                    "writes; name a place outside of it."
                )


def not_raw_rows(target: Path) -> None:
    """Refuse to replace a table that is no export: it may be what a project was made from.

    Raises
    ------
    BadInput
        If the file is there and its first line names no sample.
    """
    if target.suffix.lower() not in _ROWS or not target.is_file():
        return
    with target.open("rb") as file:
        first = file.readline(100_000)
    if first.strip() and b"sample_id" not in first:
        raise BadInput(
            f"{str(target)!r} is there already and was not written by an export; name another file."
        )

"""Where exports may not write: into projects, and over the data they were made from."""

from __future__ import annotations

import os
import re
import zipfile
from contextlib import suppress
from pathlib import Path

from dalt.core.records import BadInput
from dalt.core.settings import project_file

_PARTS = (project_file.FILE, "labels.db")
_SIGNS = (b"sample_id", b"labels of a DALT project", b"Answer with the name")
"""One of them stands in every export, but for CoNLL, which has no room for it."""
_CONLL = re.compile(rb"-DOCSTART- -X- O O\n\n\S+ -X- -X- \S+\n")
"""The beginning of CoNLL as DALT writes it; data of others has parts of speech there."""
_LOOKED_AT = 100_000


def outside_projects(target: Path) -> None:
    """Refuse a path in a project's folder, whatever it is called, and what is no file or folder.

    To write is to replace: of a device or a pipe nothing would be left, and a pipe that nobody
    fills would be read for ever.

    Parameters
    ----------
    target : Path
        The file or folder to write; it need not exist.

    Raises
    ------
    BadInput
        If it, or what it links to, is in a project, or is a device, a pipe or a socket.

    Examples
    --------
    >>> outside_projects(Path("labels.csv"))
    """
    project = project_around(target)
    if project is not None:
        raise BadInput(
            f"{str(target)!r} lies in the project {project}, in which only DALT itself writes; "
            "name a place outside of it."
        )
    if os.path.exists(target) and not (os.path.isfile(target) or os.path.isdir(target)):
        raise BadInput(
            f"{str(target)!r} is a device, a pipe or a socket, which a file would take the place "
            "of; name a file."
        )


def project_around(target: Path) -> str | None:
    """The project that a path, or what it links to, lies in, by the name of its folder."""
    beside = Path(os.path.realpath(target.parent)) / target.name  # the name that is replaced
    for path in (beside, Path(os.path.realpath(target))):
        for place in (path, *path.parents):
            if any((place / part).is_file() for part in _PARTS):
                return place.name
    return None


def not_raw(target: Path) -> None:
    """Refuse to replace a file that no export wrote: it may be what a project was made from.

    Raises
    ------
    BadInput
        If the file is there, and neither its beginning nor its end shows that it is an export.
    """
    from dalt.data.exchange.spacy_files import wrote

    if not target.is_file() or wrote(target):
        return
    with target.open("rb") as file:
        first = file.read(_LOOKED_AT)
        file.seek(max(file.seek(0, os.SEEK_END) - _LOOKED_AT, 0))
        ends: tuple[bytes, ...] = (first, file.read())
    if zipfile.is_zipfile(target):  # a spreadsheet says it in its properties
        with suppress(KeyError, OSError, zipfile.BadZipFile), zipfile.ZipFile(target) as packed:
            ends += (packed.read("docProps/core.xml"),)
    of_nothing = first.strip() in (b"", b"[]")
    ours = any(sign in end for sign in _SIGNS for end in ends) or _CONLL.match(first)
    if not of_nothing and not ours:
        raise BadInput(
            f"{str(target)!r} is there already and was not written by an export; name another file."
        )

"""Making a project: one process at a time does it, and removes a project that it cannot finish."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dalt.core.errors import refusal
from dalt.core.records import BadInput
from dalt.core.rights import lock_of, make_private, make_shared
from dalt.core.settings.project_file import FILE, LOCK

OURS = re.compile(
    rf"labels\.db.*|\.?{re.escape(FILE)}.*|samples|embeddings|snapshots|tuning", re.DOTALL
)
"""Names of what DALT makes in a project's folder."""
_ATTEMPTS = 1_000
"""An attempt fails only if another process removes the folder at that moment."""


@contextmanager
def being_made(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Let only one process at a time make a project in a folder; the others wait, then look again.

    If the block fails, everything of DALT's that it made is removed.  Older files and files that
    are not DALT's stay.  After an interruption all files stay, so that the next attempt can
    continue.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    shared : bool
        Let the folder's group work on the project, too.

    Raises
    ------
    BadInput
        If the folder cannot be made, or nothing can be written in it.
    """
    new = missing(folder)
    with _locked(folder, shared=shared):
        before = set(os.listdir(folder))
        try:
            yield
        except Exception:
            _take_back(folder, before, new)
            raise


@contextmanager
def taken_back(folder: Path, new: Sequence[Path]) -> Iterator[None]:
    """Remove a project that was just made if the block fails.

    Parameters
    ----------
    folder : Path
        The project's folder; all files of DALT in it are removed.
    new : sequence of Path
        The folders that were made for it, as `missing` named them before.
    """
    try:
        yield
    except Exception:
        with _locked(folder):
            _take_back(folder, set(), new)
        raise


def missing(folder: Path) -> list[Path]:
    """The folder and its parents that do not exist, the innermost first."""
    folder = folder.expanduser().absolute()
    return [place for place in (folder, *folder.parents) if not place.exists()]


@contextmanager
def _locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    folder = folder.expanduser().absolute()
    make = make_shared if shared else make_private
    for attempt in range(_ATTEMPTS):
        try:
            make(folder)
            lock = lock_of(folder / LOCK, new=True)
            lock.acquire()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and attempt < _ATTEMPTS - 1:
                continue  # another process removed the folder between the two calls
            raise BadInput(f"No project can be made at {folder}: {refusal(error)}") from error
        break
    try:
        yield
    finally:
        lock.release()


def _take_back(folder: Path, before: set[str], new: Sequence[Path]) -> None:
    """Remove the new files; the held lock file goes last, and only if nothing else is left.

    A process that waits for the lock notices that its file is gone, and starts again.
    """
    folder = folder.expanduser().absolute()
    for name in set(os.listdir(folder)) - before - {LOCK}:
        if OURS.fullmatch(name):  # other programs may have added files meanwhile
            _remove(folder / name)
    if os.listdir(folder) == [LOCK]:
        (folder / LOCK).unlink()
    for place in new:
        with suppress(OSError):  # another program has put a file there
            place.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

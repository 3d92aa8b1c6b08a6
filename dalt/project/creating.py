"""Making a project: by one process at a time, and taken back where it fails."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from dalt.core.errors import os_reason
from dalt.core.records import BadInput
from dalt.core.settings.project_file import FILE, LOCK

OURS = re.compile(
    rf"labels\.db.*|\.?{re.escape(FILE)}.*|samples|embeddings|snapshots|tuning", re.DOTALL
)
"""Names of what DALT makes in a project's folder."""
_ATTEMPTS = 1_000
"""Each fails only where another process took back the folder at that moment."""


@contextmanager
def being_made(folder: Path) -> Iterator[None]:
    """Keep others from making a project in a folder meanwhile; they wait, and look then.

    Where the block fails, what it made is removed.  What was there before, and what is not DALT's,
    stays; so does all when somebody interrupts it, to go on later.

    Parameters
    ----------
    folder : Path
        Made here if it is not there.

    Raises
    ------
    BadInput
        If the folder cannot be made, or nothing can be written in it.
    """
    new = missing(folder)
    with _locked(folder):
        before = set(os.listdir(folder))
        try:
            yield
        except Exception:
            _take_back(folder, before, new)
            raise


@contextmanager
def taken_back(folder: Path, new: Sequence[Path]) -> Iterator[None]:
    """Remove a project that was just made where the block fails, and only then.

    Parameters
    ----------
    folder : Path
        The project's; all of DALT's that is in it goes.
    new : sequence of Path
        The folders that were made for it: `missing` before that.
    """
    try:
        yield
    except Exception:
        with _locked(folder):
            _take_back(folder, set(), new)
        raise


def missing(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, the innermost first."""
    folder = folder.expanduser().absolute()
    return [place for place in (folder, *folder.parents) if not place.exists()]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder = folder.expanduser().absolute()
    lock = FileLock(folder / LOCK)
    for attempt in range(_ATTEMPTS):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and attempt < _ATTEMPTS - 1:
                continue  # it was taken back between the two
            reason = os_reason(error)
            raise BadInput(f"No project can be made at {folder}: {reason}.") from error
        break
    try:
        yield
    finally:
        lock.release()


def _take_back(folder: Path, before: set[str], new: Sequence[Path]) -> None:
    """Remove what is new; the lock that is held goes last, and only from an empty folder.

    Whoever waits for it notices that it is gone, and begins anew.
    """
    folder = folder.expanduser().absolute()
    for name in set(os.listdir(folder)) - before - {LOCK}:
        if OURS.fullmatch(name):  # somebody may have put more into it meanwhile
            _remove(folder / name)
    if os.listdir(folder) == [LOCK]:
        (folder / LOCK).unlink()
    for place in new:
        with suppress(OSError):  # somebody has put something there
            place.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

"""Files that are written as a whole or not at all.

A writer first writes a temporary file beside the path, under a name that no other writer has, and
then renames it in one step.  Readers see either the former content or the new one, even after a
full disk, a killed process or a power cut.

While a writer is at work it holds a lock on its temporary file, which the system releases however
the process ends.  So the next writer knows which files nobody writes any more, and removes them.
"""

from __future__ import annotations

import glob
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from dalt.core.errors import OF_WRITING, REFUSALS, BadInput, DaltError, not_written
from dalt.core.rights import folder_rights_in, rights_in
from dalt.core.syncing import sync

# A name may have 255 bytes, and a character up to 4.
_LONGEST_NAME = 40


def write_atomically(
    path: Path, content: str | bytes, *, mode: int | None = None, durable: bool = True
) -> None:
    """Replace a file as a whole; after any error the former file is still there.

    Parameters
    ----------
    path : Path
    content : str or bytes
        Text is written in UTF-8, with its line ends unchanged.
    mode : int, optional
        Permissions of the file, from its first byte on.  By default those of the
        replaced file; a new one has those of its project, or elsewhere those that the process
        gives.
    durable : bool
        Whether the file is on the disk when this returns.  Not needed for content
        that is useless after a crash of the machine.

    Raises
    ------
    NotWritten
        If the disk is full or read-only, or forbids it; an OSError as well.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder, "said.txt"), "yes")
    ...     os.listdir(folder), Path(folder, "said.txt").read_text()
    (['said.txt'], 'yes')
    """
    with replacing(path, mode=mode, durable=durable) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path, *, mode: int | None = None, durable: bool = True) -> Iterator[Path]:
    """Make an empty file beside `path` for the block to write; it replaces `path` at the end.

    Parameters
    ----------
    path : Path
    mode : int, optional
    durable : bool
        Both as for `write_atomically`.

    Yields
    ------
    Path
        Path of the empty file, which is removed if the block or the replacement fails.

    Raises
    ------
    NotWritten
        If the disk is full or read-only, or forbids it; an OSError as well.
    """
    sweep(path.parent, path.name)
    with unpublished(path) as part:
        permissions = _permissions(path) if mode is None else mode
        # Made with its final permissions, so nobody without them can read it at any time.
        created = 0o666 if permissions is None else permissions | stat.S_IRUSR | stat.S_IWUSR
        with ExitStack() as held:
            with refusals_told(path):
                held.enter_context(being_written(part, created))
            yield part
            with refusals_told(path):
                publish(part, path, mode=mode, durable=durable)


@contextmanager
def unpublished(path: Path) -> Iterator[Path]:
    """Give a free name beside `path`; a file or folder still there after the block is removed.

    The block makes a file or folder of that name, and `publish` renames it.

    Parameters
    ----------
    path : Path
        The final path, or any path in the same folder.

    Yields
    ------
    Path

    Raises
    ------
    NotWritten
        If the disk becomes full in the block, or is read-only; an OSError as well.
    """
    part = path.with_name(f".{path.name[:_LONGEST_NAME]}.{secrets.token_hex(8)}.part")
    try:
        with refusals_told(path, OF_WRITING):
            yield part
    finally:
        _remove(part)


@contextmanager
def refusals_told(path: Path, of: Collection[int] = REFUSALS.keys()) -> Iterator[None]:
    """Say in one sentence that the system does not let `path` be written.

    Parameters
    ----------
    path : Path
        What the block writes, as people know it.
    of : collection of int
        The numbers of the system's errors that are about writing; others pass.

    Raises
    ------
    NotWritten
    """
    try:
        yield
    except DaltError:
        raise
    except OSError as error:
        if error.errno not in of:
            raise
        raise not_written(path, error) from error


@contextmanager
def being_written(part: Path, mode: int = 0o666) -> Iterator[None]:
    """Make a temporary file that `sweep` leaves alone while the block runs.

    Parameters
    ----------
    part : Path
        A name that `unpublished` gave.
    mode : int
        Its permissions, which those of the process restrict further.
    """

    def make() -> int:
        return os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)

    with _held(make):
        yield


@contextmanager
def folder_being_written(part: Path, mode: int = 0o777) -> Iterator[None]:
    """Make a temporary folder that `sweep` leaves alone while the block runs.

    Parameters
    ----------
    part : Path
        A name that `unpublished` gave.
    mode : int
        Its permissions, which those of the process restrict further.
    """

    def make() -> int:
        part.mkdir(mode=mode, parents=True)
        return os.open(part, os.O_RDONLY)

    if os.name == "nt":  # folders cannot be opened there
        part.mkdir(mode=mode, parents=True)
        yield
        return
    with _held(make):
        yield


@contextmanager
def _held(make: Callable[[], int]) -> Iterator[None]:
    """Hold the lock of what `make` makes and opens."""
    handle = make()
    if os.name == "nt":  # open files cannot be renamed there
        os.close(handle)
        yield
        return
    while _lock(handle, wait=True) and not os.fstat(handle).st_nlink:
        os.close(handle)  # swept away before it was locked
        handle = make()
    try:
        yield
    finally:
        os.close(handle)


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove the temporary files and folders of writers that were killed.

    Parameters
    ----------
    folder : Path
    name : str, optional
        Only those of this file; by default all.
    """
    pattern = "*" if name is None else glob.escape(name[:_LONGEST_NAME])
    for part in leftovers(folder, pattern):
        sweep_away(part)


def sweep_away(part: Path) -> None:
    """Remove one temporary file or folder, if its writer was killed."""
    with suppress(OSError):  # not ours to remove
        handle = os.open(part, os.O_RDONLY)
        try:
            if _lock(handle, wait=False):
                _remove(part)
        finally:
            os.close(handle)


def _lock(handle: int, *, wait: bool) -> bool:
    """Lock a file or folder for its writer; False if it is locked, or nothing can be here."""
    if os.name == "nt":
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _remove(part: Path) -> None:
    """Remove a file or folder; an error of the block says more than one of this."""
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def publish(part: Path, path: Path, *, mode: int | None = None, durable: bool = True) -> None:
    """Rename `part` to `path` in one step.

    Parameters
    ----------
    part : Path
        A closed file, or a folder.
    path : Path
        The new name, in the same folder.  An existing file is replaced and its permissions stay;
        an existing folder is replaced only if it is empty.
    mode : int, optional
    durable : bool
        Both as for `write_atomically`; `mode` applies only to files.

    Raises
    ------
    OSError
        If the renaming fails.  In a block of `unpublished` a full disk is told as `NotWritten`.
    """
    if part.is_dir():
        _enclose(part, path.parent)
        if durable:
            for each in [part, *part.rglob("*")]:
                sync(each)
        if os.name == "nt" and path.is_dir():  # elsewhere an empty folder can be replaced
            path.rmdir()
    else:
        _finish(part, _permissions(path) if mode is None else mode, durable)
    os.replace(part, path)
    if durable:
        sync(path.parent)


def require_folder(path: Path) -> None:
    """Refuse a path to write to whose folder does not exist.

    Raises
    ------
    BadInput
        If there is no such folder.

    Examples
    --------
    >>> require_folder(Path("labels.csv"))
    """
    if not path.parent.is_dir():
        raise BadInput(
            f"There is no folder {str(path.parent)!r} to write {path.name!r} into; make it first."
        )


def leftovers(folder: Path, name: str = "*") -> list[Path]:
    """Find temporary files that killed writers left in a folder.

    Parameters
    ----------
    folder : Path
    name : str
        Pattern of the final names, such as ``*.safetensors``.

    Returns
    -------
    list of Path
        The files of writers at work are among them.
    """
    return list(folder.glob(f".{name}.{'[0-9a-f]' * 16}.part"))


def _permissions(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return rights_in(path.parent)


def _enclose(part: Path, folder: Path) -> None:
    """Give what is in a new folder the rights of the project that it becomes part of."""
    of_files, of_folders = rights_in(folder), folder_rights_in(folder)
    if of_files is None or of_folders is None:
        return
    for each in [part, *part.rglob("*")]:
        os.chmod(each, of_folders if each.is_dir() else of_files)


def _finish(part: Path, permissions: int | None, durable: bool) -> None:
    handle = os.open(part, os.O_RDWR)  # before it may become read-only
    try:
        if permissions not in (None, stat.S_IMODE(os.fstat(handle).st_mode)):
            os.chmod(part, permissions)
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)

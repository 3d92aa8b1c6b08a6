"""Files that are written as a whole or not at all.

A writer first writes a temporary file beside the path, under a name that no other writer has, and
then renames it in one step.  Readers see either the former content or the new one, even after a
full disk, a killed process or a power cut.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dalt.core.errors import BadInput
from dalt.core.rights import folder_rights_in, rights_in

# A name may have 255 bytes, and a character up to 4.
_LONGEST_NAME = 40
# Errors of network file systems that cannot sync a folder, and need not.
_NO_SYNC_OF_FOLDERS = (errno.EINVAL, errno.ENOTSUP)


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
    OSError
        If it cannot be written.

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
    OSError
        If the file cannot be made, or cannot replace `path`.
    """
    with unpublished(path) as part:
        permissions = _permissions(path) if mode is None else mode
        # Made with its final permissions, so nobody without them can read it at any time.
        created = 0o666 if permissions is None else permissions | stat.S_IRUSR | stat.S_IWUSR
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, created))
        yield part
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
    """
    part = path.with_name(f".{path.name[:_LONGEST_NAME]}.{secrets.token_hex(8)}.part")
    try:
        yield part
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        with suppress(OSError):  # the error of the block says more
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
        If the renaming fails.
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


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        If they cannot be written there.
    """
    folder = path.is_dir()
    if folder and os.name == "nt":  # Windows cannot open folders
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if not folder or error.errno not in _NO_SYNC_OF_FOLDERS:
            raise
    finally:
        os.close(handle)


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

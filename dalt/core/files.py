"""Files that are written as a whole or not at all.

Whatever is to stand at a path is written beside it first, under a name that no other writer has,
and takes its place in one step.  Readers see the former content or the new one, also after the
disk was full, the process killed or the power cut.
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

# A name may have 255 bytes, and a character up to 4.
_LONGEST_NAME = 40
# What file systems of a network answer that cannot sync a folder, and need not.
_NO_SYNC_OF_FOLDERS = (errno.EINVAL, errno.ENOTSUP)


def write_atomically(
    path: Path, content: str | bytes, *, mode: int | None = None, durable: bool = True
) -> None:
    """Replace a file as a whole; on any error the former one stays.

    Parameters
    ----------
    path : Path
    content : str or bytes
        Text is written in UTF-8, as it is.
    mode : int, optional
        Permissions of the file, from its first byte on.  By default those of the file that is
        replaced, or what the process gives to a new file.
    durable : bool
        Whether the file is on the disk when this returns.  Not needed for what means nothing
        after the machine failed.

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
    """An empty file beside `path` to be written in the block; it takes its place at the end.

    Parameters
    ----------
    path : Path
    mode : int, optional
    durable : bool
        Both as for `write_atomically`.

    Yields
    ------
    Path
        Of the empty file.  It is removed if the block or the replacing fails.

    Raises
    ------
    OSError
        If it cannot be made, or cannot take its place.
    """
    with unpublished(path) as part:
        permissions = _permissions(path) if mode is None else mode
        # Made here, so that nobody else can read a moment of what is theirs not to read.
        created = 0o666 if permissions is None else permissions | stat.S_IRUSR | stat.S_IWUSR
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, created))
        yield part
        publish(part, path, mode=mode, durable=durable)


@contextmanager
def unpublished(path: Path) -> Iterator[Path]:
    """A free name beside `path`; what is there at the end of the block is removed.

    For a file or folder that gets its name by `publish` later in the block.

    Parameters
    ----------
    path : Path
        Where it is to be, or any path in the same folder.

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
        with suppress(OSError):  # the error that brought us here says more
            part.unlink(missing_ok=True)


def publish(part: Path, path: Path, *, mode: int | None = None, durable: bool = True) -> None:
    """Give what was written as `part` its name, in one step.

    Parameters
    ----------
    part : Path
        A closed file, or a folder.
    path : Path
        In the same folder.  A file there is replaced and its permissions are kept; of folders
        only an empty one is replaced.
    mode : int, optional
    durable : bool
        Both as for `write_atomically`; `mode` is for files alone.

    Raises
    ------
    OSError
        If that fails.
    """
    if part.is_dir():
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


def leftovers(folder: Path, name: str = "*") -> list[Path]:
    """What killed writers left in a folder, of a file whose name fits the pattern.

    Parameters
    ----------
    folder : Path
    name : str
        A pattern such as ``*.safetensors``.

    Returns
    -------
    list of Path
        Writers that are at work have theirs among them.
    """
    return list(folder.glob(f".{name}.{'[0-9a-f]' * 16}.part"))


def _permissions(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _finish(part: Path, permissions: int | None, durable: bool) -> None:
    handle = os.open(part, os.O_RDWR)  # before it may become read-only
    try:
        if permissions not in (None, stat.S_IMODE(os.fstat(handle).st_mode)):
            os.chmod(part, permissions)
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)

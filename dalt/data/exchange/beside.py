"""Files beside files of labels: pictures, and text of any common encoding."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from dalt.core.errors import os_reason
from dalt.core.records import BadInput

PICTURES = frozenset(
    (".avif", ".bmp", ".dib", ".dng", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".jpeg",
     ".jpg", ".mpo", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp",
     ".arw", ".cr2", ".cr3", ".nef", ".orf", ".raf", ".rw2", ".dcm")
)  # fmt: skip
"""Endings of files that are pictures, also of those that need an extra to be read."""
LONGEST = 64 << 20
"""Bytes of a text file about one picture, or about a folder."""


def parts_of(name: str) -> list[str]:
    r"""The parts of a path as any system writes it, without a disk, ``.`` and ``..``.

    Examples
    --------
    >>> parts_of("../train/images"), parts_of(r"D:\set\a.png"), parts_of("/home/a.png")
    (['train', 'images'], ['set', 'a.png'], ['home', 'a.png'])
    """
    given = PurePosixPath(name.strip().replace("\\", "/")).parts
    return [part for part in given if part not in ("/", "//", ".", "..") and not _is_disk(part)]


def found_inside(folder: Path, name: str, *, folders: bool = False) -> Path | None:
    """The file that a path means below a folder: by all of the path, or by its end.

    A path of another computer, or one with ``..``, never leads out of the folder.
    """
    for parts in (parts_of(name), parts_of(unquote(name))):
        for first in range(len(parts)):
            place = folder.joinpath(*parts[first:])
            if is_there(place, folder=folders):
                return place
    return None


def named_by(file: Path, name: str, root: Path) -> Path | None:
    """The file that a path in a file of labels means, if it lies below a root.

    The path may lead up from the file (``../images/a.png``) as long as it stays below the root.
    """
    relative = name.strip().replace("\\", "/")
    place = Path(os.path.abspath(file.parent / relative))
    if place.is_relative_to(os.path.abspath(root)) and is_there(place):
        return place
    return found_inside(file.parent, name)


def is_there(path: Path, *, folder: bool = False) -> bool:
    """Whether there is such a file or folder; a name that cannot be one is none."""
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):
        return False


def is_picture(path: Path) -> bool:
    """Whether a file is a picture, by its ending."""
    return path.suffix.lower() in PICTURES


class Pictures:
    """The pictures of folders by their names without ending; each folder is read once."""

    def __init__(self) -> None:
        self._known: dict[Path, dict[str, list[Path]]] = {}

    def of(self, folders: Sequence[Path], stem: str) -> list[Path]:
        """The pictures of a name in the first of some folders that has any."""
        return next((found for each in folders if (found := self._in(each).get(stem))), [])

    def _in(self, folder: Path) -> dict[str, list[Path]]:
        if folder not in self._known:
            found: dict[str, list[Path]] = {}
            try:
                files = sorted(each for each in folder.iterdir() if is_picture(each))
            except OSError:
                files = []
            for each in files:
                found.setdefault(each.stem, []).append(each)
            self._known[folder] = found
        return self._known[folder]


def read_text(path: Path) -> str:
    """Read a small text file: UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises
    ------
    BadInput
        If it is too large, cannot be read or is in another encoding.
    """
    try:
        if path.stat().st_size > LONGEST:
            raise BadInput(f"{str(path)!r} is larger than {LONGEST >> 20} MB, and no such file.")
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeError:
        raise BadInput(f"{str(path)!r} is not in UTF-8; save it as UTF-8.") from None


def _is_disk(part: str) -> bool:
    return len(part) == 2 and part[1] == ":"

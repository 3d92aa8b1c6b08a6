"""Paths and addresses as files of labels write them: Windows, URLs, Label Studio."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_LOCAL_FILES = re.compile(r"(?:^|/)data/local-files/?\?(?:.*&)?d=(.+)", re.DOTALL)
_STORAGE = re.compile(r"/(?:resolve|presign)/?\?(.*)")
_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of an uploaded file."""


def meanings(written: str) -> list[str]:
    r"""Paths that a written path or address can mean, the likeliest first.

    Windows' backslashes become slashes, escapes of addresses characters.  The path of
    an address is what follows its host; an address of Label Studio leads to the file that it
    serves.  The last meaning of a name such as ``0a1b2c3d-a.png`` is ``a.png``, since Label Studio
    names uploaded files so.

    Examples
    --------
    >>> meanings("photos/a.png")
    ['photos/a.png']
    >>> meanings("file:///home/ana/b%20c.png"), meanings(r"C:\photos\a.png")
    (['/home/ana/b c.png'], ['C:\\photos\\a.png', 'C:/photos/a.png'])
    >>> meanings("/data/local-files/?d=photos/a.png"), meanings("s3://bucket/photos/a.png")
    (['photos/a.png'], ['s3://bucket/photos/a.png', 'bucket/photos/a.png'])
    >>> meanings("/data/upload/3/0a1b2c3d-a.png")
    ['/data/upload/3/0a1b2c3d-a.png', 'a.png']
    """
    if not written or "\0" in written:
        return []
    found = [*_served(written)]
    if not found:
        found = _of_address(written) if _ADDRESS.match(written) else _of_path(written)
    name = found[-1].rsplit("/", 1)[-1]
    if _UPLOADED.match(name):
        found.append(name[9:])
    return list(dict.fromkeys(each for each in found if each))


def _served(written: str) -> list[str]:
    """The file behind an address of Label Studio that names it in its query."""
    if match := _LOCAL_FILES.search(written):
        path = match[1]  # an ampersand may be part of a name that is not escaped
        return [unquote(each) for each in (path, path.split("&")[0]) if "%00" not in each]
    if match := _STORAGE.search(written):
        coded = parse_qs(match[1]).get("fileuri", [""])[0]
        try:
            address = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
        except ValueError:  # neither base64 nor text
            return []
        return _of_address(address) if _ADDRESS.match(address) else []
    return []


def _of_address(written: str) -> list[str]:
    try:
        parts = urlsplit(written)
    except ValueError:  # no valid host
        return [written]
    path = unquote(parts.path)
    if parts.scheme == "file":
        return [path[1:] if re.match(r"/[A-Za-z]:", path) else path]
    if parts.scheme in ("http", "https"):
        return [written, path.lstrip("/")]
    return [written, f"{parts.netloc}{path}"]  # a bucket is the first folder


def _of_path(written: str) -> list[str]:
    found = [written]
    if "\\" in written:
        found.append(written.replace("\\", "/"))
    if "%" in written:
        found.append(unquote(found[-1]))
    return found


def folders_and_name(path: str) -> list[str]:
    """The folders of a path and its name, in one way to write accents.

    Examples
    --------
    >>> folders_and_name("./photos//../sets/a.png"), folders_and_name("../a.png")
    (['sets', 'a.png'], ['a.png'])
    """
    if not path.isascii():
        path = unicodedata.normalize("NFC", path)
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return parts


def common_ending(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two paths share, from the end.

    Examples
    --------
    >>> common_ending(["home", "photos", "a.png"], ["photos", "a.png"])
    2
    """
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count

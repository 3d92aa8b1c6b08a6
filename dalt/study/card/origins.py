"""Where samples came from, without private details."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from dalt.core.records import Kind

OUTSIDE = "files outside of the project's folder"
BESIDE = "files beside the project"
GIVEN = "texts or rows of tables, lists and files"
FILES = ("image", "audio")


def origin_of(source: str, kind: Kind) -> str:
    """Say where a sample came from: the host of an address, or the first folder of a path.

    User names, passwords and queries of addresses, folders of absolute paths and names of rows,
    which can be anything, are left out.

    Examples
    --------
    >>> origin_of("https://ana:secret@data.org/a/b.png?key=1", "image")
    'https://data.org'
    >>> origin_of("/home/ana/b.png", "image"), origin_of("photos/2024/b.png", "image")
    ("files outside of the project's folder", 'files in photos/')
    >>> origin_of("ana@data.org", "text")
    'texts or rows of tables, lists and files'
    """
    if "://" in source:
        return _host(source)
    if kind not in FILES:
        return GIVEN
    path = PurePosixPath(source.replace("\\", "/"))
    first = path.parts[0] if path.parts else ""
    if path.is_absolute() or PureWindowsPath(source).drive or first.startswith(("..", "~")):
        return OUTSIDE
    return f"files in {first}/" if len(path.parts) > 1 else BESIDE


def origins(sources: Iterable[str], kind: Kind) -> tuple[tuple[str, int], ...]:
    """Count sources by `origin_of`, the most frequent first."""
    found = Counter(origin_of(source, kind) for source in sources)
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _host(source: str) -> str:
    scheme = source.partition("://")[0].lower()
    try:
        host = urlsplit(source).hostname
    except ValueError:  # such as an unclosed bracket
        host = None
    plain = scheme.replace("+", "").isalnum()
    return f"{scheme}://{host}" if host and plain else "addresses"

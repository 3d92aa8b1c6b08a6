"""Where samples came from, without private details."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from dalt.core.records import Kind

OUTSIDE = "files outside of the project's folder"
BESIDE = "files beside the project"
INSIDE = "files in a folder beside the project"
GIVEN = "texts or rows of tables, lists and files"
ADDRESSES = "addresses"
FILES = ("image", "audio")


def origin_of(source: str, kind: Kind, people: Iterable[str] = ()) -> str:
    """Say where a sample came from: the host of an address, or the first folder of a path.

    Names of rows, which can be anything, are left out, and so are user names, passwords and
    queries of addresses, folders of absolute paths, and folders and hosts called like a person.

    Parameters
    ----------
    source : str
    kind : str
    people : iterable of str
        Names that the card must not tell.

    Examples
    --------
    >>> origin_of("https://ana:secret@data.org/a/b.png?key=1", "image")
    'https://data.org'
    >>> origin_of("/home/ana/b.png", "image"), origin_of("photos/2024/b.png", "image")
    ("files outside of the project's folder", 'files in photos/')
    >>> origin_of("ana/b.png", "image", ["Ana"])
    'files in a folder beside the project'
    >>> origin_of("https://data.org/ana", "text")
    'texts or rows of tables, lists and files'
    """
    return _origin_of(source, kind, {_plain(name) for name in people})


def origins(
    sources: Iterable[str], kind: Kind, people: Iterable[str] = ()
) -> tuple[tuple[str, int], ...]:
    """Count sources by `origin_of`, the most frequent first."""
    names = {_plain(name) for name in people}
    found = Counter(_origin_of(source, kind, names) for source in sources)
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _plain(name: str) -> str:
    """A name without what folders write otherwise: case, spaces and signs."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _origin_of(source: str, kind: Kind, names: AbstractSet[str]) -> str:
    if kind not in FILES:
        return GIVEN
    if source.lower().startswith("file:"):
        return OUTSIDE
    if "://" in source:
        return _host(source, names)
    path = PurePosixPath(source.replace("\\", "/"))
    first = path.parts[0] if path.parts else ""
    if path.is_absolute() or PureWindowsPath(source).drive or first.startswith(("..", "~")):
        return OUTSIDE
    if len(path.parts) < 2:
        return BESIDE
    return INSIDE if _plain(first) in names else f"files in {first}/"


def _host(source: str, names: AbstractSet[str]) -> str:
    scheme = source.partition("://")[0].lower()
    try:
        host = urlsplit(source).hostname
    except ValueError:  # such as an unclosed bracket
        host = None
    plain = scheme.replace("+", "").isalnum()
    told = host and plain and _plain(host) not in names
    return f"{scheme}://{host}" if told else ADDRESSES

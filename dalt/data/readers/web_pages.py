"""The files that the pages of a web server's folder link to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit


def linked(files: Any, root: str) -> list[str]:
    """The addresses of files below a folder, inner folders included.

    The `find` of fsspec asks for inner folders without their slash, which not every server knows,
    and takes one that fails for empty.  Here such a folder is in the list itself.

    Parameters
    ----------
    files : fsspec.implementations.http.HTTPFileSystem
    root : str
        Ends with a slash.

    Raises
    ------
    Exception
        Whatever fsspec raises if the page of `root` cannot be read.
    """
    found, waiting, seen = set[str](), [root], {root}
    while waiting:
        folder = waiting.pop()
        try:
            names = [str(each["name"]) for each in files.ls(folder, detail=True)]
        except Exception:  # each has errors of its own; fetching it gives the reason
            if folder == root:
                raise
            found.add(folder)
            continue
        for name in _below(names, folder):
            if not name.endswith("/"):
                found.add(name)
            elif name not in seen and not _is_hidden(name):
                seen.add(name)
                waiting.append(name)
    return list(found)


def _below(names: list[str], folder: str) -> Iterator[str]:
    """Links to something in a folder: not to its parents, to itself, or to its other orders."""
    for name in names:
        parts = urlsplit(name)
        path = posixpath.normpath(parts.path) + ("/" if parts.path.endswith("/") else "")
        plain = urlunsplit(parts._replace(path=path, fragment=""))
        if plain.startswith(folder) and len(path) > len(urlsplit(folder).path):
            yield plain


def _is_hidden(folder: str) -> bool:
    return folder.rstrip("/").rpartition("/")[2].startswith(".")

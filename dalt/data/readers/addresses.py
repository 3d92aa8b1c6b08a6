"""Addresses of files that lie elsewhere: ``s3://``, ``gs://``, ``https://``, ``hf://``."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_NOT_REMOTE = frozenset(
    ["file", "local", "data", "dir", "filecache", "simplecache", "blockcache", "cached", "zip",
     "tar", "libarchive", "reference", "generic", "asynclocal", "asyncwrapper"]
)  # fmt: skip
"""Schemes of fsspec that are no place elsewhere, or wrap one."""


class Address(str):
    """The address of a file."""

    @property
    def suffix(self) -> str:
        """The ending of its name, with the dot; the query of an address is none."""
        return PurePosixPath(urlsplit(self).path).suffix

    @property
    def is_web(self) -> bool:
        """Whether a web server has it."""
        return self.lower().startswith(("http://", "https://"))


def is_address(given: object) -> bool:
    """Whether something is an address that may be read.

    Examples
    --------
    >>> [is_address(each) for each in ("s3://b/a.png", "data:image/png", "file:///a", "C:/a")]
    [True, False, False, False]
    """
    if not isinstance(given, str) or not _ADDRESS.match(given):
        return False
    return given.partition("://")[0].lower() not in _NOT_REMOTE

"""Names for annotators in published files."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

Naming = Callable[[str], str]
"""From an annotator's name to what a card calls them."""
LENGTH = 12


SECRET = "of pseudonyms"
"""The name of a project's key, for `dalt.storage.database.Database.secret`."""


def pseudonyms(secret: str) -> Naming:
    """Name annotators by a keyed hash: one person always has the same name in a project.

    Somebody who knows a person's name cannot find their pseudonym without the key.  The key of a
    project is random, and is in the table ``about`` of its database: not in ``project.toml``, and
    in nothing that DALT exports or publishes.

    Parameters
    ----------
    secret : str
        ``store.secret(SECRET)``.

    References
    ----------
    Krawczyk, Bellare, Canetti: HMAC: Keyed-Hashing for Message Authentication, RFC 2104, 1997.

    Examples
    --------
    >>> pseudonyms("a secret")("ana")
    'annotator-c7af8fd7f706'
    """
    key = f"annotators of {secret}".encode()

    def named(name: str) -> str:
        said = name.encode("utf-8", "surrogatepass")
        return f"annotator-{hmac.new(key, said, hashlib.sha256).hexdigest()[:LENGTH]}"

    return named

"""Names for annotators in published files."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

Naming = Callable[[str], str]
"""From an annotator's name to what a card calls them."""
LENGTH = 12


def pseudonyms(project_id: str) -> Naming:
    """Name annotators by a keyed hash: one person always has the same name in a project.

    Somebody who knows a person's name cannot find their pseudonym, since the key is the project's
    random id, which is in ``project.toml`` and in nothing that DALT exports.

    Parameters
    ----------
    project_id : str
        The id in ``project.toml``.

    References
    ----------
    Krawczyk, Bellare, Canetti: HMAC: Keyed-Hashing for Message Authentication, RFC 2104, 1997.

    Examples
    --------
    >>> pseudonyms("a secret")("ana")
    'annotator-c7af8fd7f706'
    """
    key = f"annotators of {project_id}".encode()

    def named(name: str) -> str:
        said = name.encode("utf-8", "surrogatepass")
        return f"annotator-{hmac.new(key, said, hashlib.sha256).hexdigest()[:LENGTH]}"

    return named

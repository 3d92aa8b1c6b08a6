"""What a check of a project finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

LISTED = 20
"""So many damaged things of a kind are named, and the others counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is damaged, or that a check cannot vouch for.

    Attributes
    ----------
    part : str
        "settings", "database", "events", "state", "samples", "embeddings", "snapshots" or
        "folder".
    name : str
        The damaged thing: a file, an event, a sample.
    what : str
        One sentence: what is wrong with it, and the way out.
    repairable : bool
        Whether ``--repair`` makes it anew.
    repaired : bool
        Whether that was done.
    """

    part: str
    name: str
    what: str
    repairable: bool = False
    repaired: bool = False

    def __str__(self) -> str:
        """One line."""
        return f"{self.part}: {self.name}: {self.what}"


def each(part: str, names: Sequence[str], what: str, *, repairable: bool = False) -> list[Finding]:
    """A finding for each of the first names, and one that counts the others.

    Examples
    --------
    >>> [found.name for found in each("samples", [f"s{i}" for i in range(30)], "is gone.")][-2:]
    ['s19', '10 more']
    """
    found = [Finding(part, name, what, repairable) for name in names[:LISTED]]
    if len(names) > LISTED:
        found.append(Finding(part, f"{len(names) - LISTED} more", what, repairable))
    return found


Told = Callable[[str, int, int], None]
"""Gets the step of a check, how much of it is done and of how much."""

"""The result of looking for moved files."""

from __future__ import annotations

from collections.abc import Iterable

from dalt.core import summaries
from dalt.core.labels import Rejection


class Relocated(int):
    """How many samples were found at their new place.

    Attributes
    ----------
    missing : tuple of Rejection
        Those that were not, by their former place, and why.
    """

    missing: tuple[Rejection, ...]

    def __new__(cls, found: int, missing: Iterable[Rejection] = ()) -> Relocated:
        """Make the number, with what is missing."""
        made = super().__new__(cls, found)
        made.missing = tuple(missing)
        return made

    def __repr__(self) -> str:
        """The number and what is missing, as a sentence."""
        return summaries.as_text(self._sentence, summaries.reasons(self.missing, ".missing"))

    def _repr_html_(self) -> str:
        """The same, for a cell of a notebook."""
        return summaries.as_html(self._sentence, summaries.reasons(self.missing, ".missing"))

    @property
    def _sentence(self) -> str:
        n = int(self)
        verb = "was" if n == 1 else "were"
        left = f"; {len(self.missing):,} not" if self.missing else ""
        return f"{summaries.counted(n)} {verb} found at the new place{left}."

"""What became of predictions that were added as suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dalt.core.suggesters import Voted
from dalt.core.summaries import counted
from dalt.project.importing.report import Skipped

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SuggestionsAdded:
    """How many suggestions came in, and what was left out.

    Attributes
    ----------
    source : str
        Name of the source.
    new, replaced, unchanged : int
        On samples of which it had said nothing, something else, and the same.
    left_out : sequence of Skipped
        Rows without a suggestion for a sample of this project, with the reasons.
    """

    source: str
    new: int
    replaced: int
    unchanged: int
    left_out: Sequence[Skipped] = field(default=(), repr=False)

    @classmethod
    def of(cls, source: str, voted: Voted, left_out: Sequence[Skipped]) -> SuggestionsAdded:
        """Sum up votes."""
        return cls(source, voted.new, voted.replaced, voted.unchanged, tuple(left_out))

    @property
    def skipped(self) -> pd.DataFrame:
        """What was left out: columns where, why."""
        import pandas as pd

        return pd.DataFrame(list(self.left_out), columns=["where", "why"])

    def __repr__(self) -> str:
        """One sentence.

        Examples
        --------
        >>> SuggestionsAdded("my-model", 12, 0, 3)
        my-model: 12 suggestions are new, 3 were there already.
        """
        parts = [f"{counted(self.new, 'suggestion')} {'is' if self.new == 1 else 'are'} new"]
        if self.replaced:
            parts.append(f"{self.replaced:,} replaced earlier ones")
        if self.unchanged:
            parts.append(f"{self.unchanged:,} {_was(self.unchanged)} there already")
        if self.left_out:
            n = len(self.left_out)
            parts.append(f"{n:,} {_was(n)} left out (.skipped lists them)")
        return f"{self.source}: {', '.join(parts)}."


def _was(n: int) -> str:
    return "was" if n == 1 else "were"

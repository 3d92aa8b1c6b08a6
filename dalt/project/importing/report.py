"""What an import took and what it left out, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dalt.core import summaries
from dalt.core.errors import shown
from dalt.core.summaries import counted

if TYPE_CHECKING:
    import pandas as pd

LISTED = 100_000
"""How many items that were left out are listed: a file can have any number of them."""


class Skipped(NamedTuple):
    """An item, or a part of one, that was left out.

    Attributes
    ----------
    where : str
        Its place in the file.
    why : str
        The reason, as the second half of a sentence or as a sentence of its own.
    """

    where: str
    why: str

    def __str__(self) -> str:
        return self.of("")

    def of(self, path: str) -> str:
        """The place in a file and the reason as one sentence, without the full stop."""
        place = f"{self.where} of {path!r}" if path else self.where
        verb = self.why.startswith(("has ", "is ", "holds ", "names ", "was "))
        return f"{place} {self.why}" if verb else f"{place}: {self.why.removesuffix('.')}"


class Tally:
    """Counts what happens to the items of a file.

    Attributes
    ----------
    new, unchanged : int
    n_skipped : int
        Items, and parts of items, that are left out.
    n_wrong : int
        Those of them that are wrong in the file.
    skipped : list of Skipped
        The first `LISTED` ones.
    lacks_classes : bool
        Whether some are left out because the project does not have their class.
    classes : list of str
        Those that are made.
    """

    def __init__(self) -> None:
        self.lacks_classes = False
        self.new = 0
        self.n_wrong = 0
        self.unchanged = 0
        self.n_skipped = 0
        self.skipped: list[Skipped] = []
        self.classes: list[str] = []

    def skip(self, where: str, why: str) -> None:
        """Note an item, or a part of one, that is left out because it is wrong."""
        self.n_wrong += 1
        self.outdate(where, why)

    def outdate(self, where: str, why: str) -> None:
        """Note an item that is left out because it is no longer what its annotator says."""
        self.n_skipped += 1
        if len(self.skipped) < LISTED:
            self.skipped.append(Skipped(where, why))

    @property
    def taken(self) -> int:
        """How many labels are there now, new or not."""
        return self.new + self.unchanged


class ImportResult(int):
    """How many labels of a file were new, with what became of the others.

    It is a number, and a cell shows it as a sentence.

    Attributes
    ----------
    unchanged : int
        Labels that the project had already.
    n_skipped : int
        Items, and parts of items, that were left out.
    lacks_classes : bool
        Whether some were left out because the project does not have their class.
    dry_run : bool
        Whether nothing was recorded.
    classes : tuple of str
        The classes that were made, with ``create_classes=True``.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.new = 2
    >>> tally.skip("Line 3", "has no label")
    >>> result = ImportResult(tally)
    >>> result == 2, result.unchanged, str(result)
    (True, 0, '2')
    >>> result
    2 labels are new, 1 left out.
    - Line 3 has no label
    >>> result.skipped
        where           why
    0  Line 3  has no label
    """

    unchanged: int
    n_skipped: int
    lacks_classes: bool
    dry_run: bool
    classes: tuple[str, ...]
    _skipped: tuple[Skipped, ...]

    def __new__(cls, tally: Tally, dry_run: bool = False) -> ImportResult:
        """Make it of what was counted."""
        made = super().__new__(cls, tally.new)
        made.unchanged = tally.unchanged
        made.n_skipped = tally.n_skipped
        made.lacks_classes = tally.lacks_classes
        made.dry_run = dry_run
        made.classes = tuple(tally.classes)
        made._skipped = tuple(tally.skipped)
        return made

    @property
    def skipped(self) -> pd.DataFrame:
        """What was left out: where (its place in the file) and why; the first 100,000 rows."""
        import pandas as pd

        return pd.DataFrame(list(self._skipped), columns=["where", "why"], dtype=object)

    @property
    def reasons(self) -> Sequence[Skipped]:
        """The same without pandas."""
        return self._skipped

    @property
    def made(self) -> list[str]:
        """Which classes are new, for a sentence; nothing if none are."""
        if not self.classes:
            return []
        few = self.classes[: summaries.FEW]
        more = ", …" if len(self.classes) > len(few) else ""
        noun = "class" if len(self.classes) == 1 else "classes"
        return [f"{len(self.classes):,} new {noun} ({', '.join(map(shown, few))}{more})"]

    def __str__(self) -> str:
        return int.__repr__(self)

    def __repr__(self) -> str:
        """The sentence, and the first reasons."""
        return summaries.as_text(self._summary(), self._reasons())

    def _repr_html_(self) -> str:
        """The same, for a cell of a notebook."""
        return summaries.as_html(self._summary(), self._reasons())

    def _summary(self) -> str:
        verb = "would be" if self.dry_run else "is" if self == 1 else "are"
        parts = [f"{counted(int(self), 'label')} {verb} new"]
        if self.unchanged:
            parts.append(f"{self.unchanged:,} unchanged")
        if self.n_skipped:
            parts.append(f"{self.n_skipped:,} left out")
        parts += self.made
        return f"{', '.join(parts)}."

    def _reasons(self) -> list[str]:
        more = self.n_skipped - summaries.FEW
        first = [str(each) for each in self._skipped[: summaries.FEW]]
        return first + ([f"and {more:,} more: .skipped"] if more > 0 else [])

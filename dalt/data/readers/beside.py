"""What a frame says of each row beside the sample: its other columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dalt.data.readers.cells import is_missing
from dalt.data.readers.tables import Cell, kept, label

if TYPE_CHECKING:
    from pandas import DataFrame

OURS = "sample_id"
"""Says nothing new if it holds ids of DALT: people put those that it returned beside their rows."""
_ID = re.compile("[0-9a-f]{32}")


def is_id(value: object) -> bool:
    """Whether a cell can be an id of DALT; others number their samples under the same name.

    Examples
    --------
    >>> is_id("0a" * 16), is_id("S1"), is_id(1)
    (True, False, False)
    """
    return isinstance(value, str) and _ID.fullmatch(value) is not None


class Beside:
    """The columns of a frame that are not part of its samples.

    Parameters
    ----------
    frame : DataFrame
    used : sequence
        Columns that make up the samples.

    Attributes
    ----------
    names : list of str
        Columns of one name get a number.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"body": ["a", "b"], "by": ["ana", None], "year": [2001.0, 2002.5]})
    >>> beside = Beside(frame, ["body"])
    >>> beside.names, list(beside.rows())
    (['by', 'year'], [{'by': 'ana', 'year': 2001}, {'year': 2002.5}])
    """

    def __init__(self, frame: DataFrame, used: Sequence[Any]) -> None:
        places = [
            place
            for place, name in enumerate(frame.columns)
            if name not in used and not _is_ours(name, frame.iloc[:, place])
        ]
        self._frame: Any = frame.iloc[:, places]
        self.names = _distinct([label(name) for name in self._frame.columns])

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._frame)

    def rows(self) -> Iterator[dict[str, Cell]]:
        """What each row says, from column to value, without missing ones."""
        for values in self._frame.itertuples(index=False, name=None):
            cells = zip(self.names, map(kept, values), strict=True)
            yield {name: cell for name, cell in cells if cell is not None}

    def sources(self) -> Iterator[str]:
        """The labels of the rows, by which texts and rows are known."""
        return map(label, self._frame.index)


def _is_ours(name: Any, column: Any) -> bool:
    return label(name) == OURS and all(is_missing(each) or is_id(each) for each in column)


def _distinct(names: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        free, number = name, 2
        while free in found or (free != name and free in names):
            free, number = f"{name}_{number}", number + 1
        found[free] = None
    return list(found)

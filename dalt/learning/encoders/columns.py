"""Table rows to numbers: numeric and categorical columns, missing values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, Floats
from dalt.core.rounding import rounding

Cell = float | int | str | bool | None
STEPS = 8  # pieces of a numeric column
MOST_CATEGORIES = 100


@dataclass(frozen=True)
class Numeric:
    """A column of numbers, cut at its quantiles.

    Each piece between two cuts becomes one input that rises from 0 to 1 within it.  Outliers and
    skew do no harm then, and rows that differ only in size differ in direction too, which cosine
    neighbours need.

    References
    ----------
    Gorishniy et al., On Embeddings for Numerical Features in Tabular Deep Learning, 2022.
    """

    name: str
    cuts: tuple[float, ...]

    @property
    def width(self) -> int:
        """Inputs of this column: its pieces, and whether the value is missing."""
        return len(self.cuts)

    def encode(self, cells: Sequence[Cell]) -> NDArray[np.float64]:
        """Inputs of shape (n, width)."""
        values = np.array([number_of(cell) for cell in cells])
        cuts = np.array(self.cuts)
        with np.errstate(invalid="ignore"):
            pieces = np.clip((values[:, None] - cuts[:-1]) / np.diff(cuts), 0, 1)
        missing = np.isnan(values)
        pieces[missing] = 0.5
        return np.column_stack([pieces, missing])


@dataclass(frozen=True)
class Categorical:
    """A column of names; one input each, the last for names not seen before."""

    name: str
    categories: tuple[str, ...]

    @property
    def width(self) -> int:
        """Inputs of this column; a missing value has zeros in all of them."""
        return len(self.categories) + 1

    def encode(self, cells: Sequence[Cell]) -> NDArray[np.float64]:
        """Inputs of shape (n, width)."""
        place = {category: i for i, category in enumerate(self.categories)}
        inputs = np.zeros((len(cells), self.width))
        for row, cell in enumerate(cells):
            if not _is_missing(cell):
                inputs[row, place.get(str(cell), len(place))] = 1
        return inputs


Column = Numeric | Categorical


def columns_of(rows: Sequence[Mapping[str, Cell]]) -> list[Column]:
    """Infer the columns of some rows, leaving out uninformative ones.

    Raises
    ------
    BadInput
        If a row is not a mapping.

    Examples
    --------
    >>> rows = [{"size": i, "pet": "cat" if i % 2 else "dog", "gone": None} for i in range(4)]
    >>> [(type(column).__name__, column.name) for column in columns_of(rows)]
    [('Numeric', 'size'), ('Categorical', 'pet')]
    """
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(_mapping(row)))
    columns = (_column(name, [row.get(name) for row in rows]) for name in names)
    return [column for column in columns if column is not None]


def inputs_of(rows: Sequence[Mapping[str, Cell]], columns: Sequence[Column]) -> Floats:
    """Inputs of rows: float32 of shape (n, sum of widths), at least one column wide.

    Unknown columns are ignored; those that a row lacks count as missing.
    """
    blocks = [column.encode([_mapping(row).get(column.name) for row in rows]) for column in columns]
    # An uninformative table still has one (constant) input.
    return np.column_stack(blocks or [np.zeros((len(rows), 1))]).astype(np.float32)


def misread(rows: Sequence[Mapping[str, Cell]], columns: Sequence[Column]) -> dict[str, Cell]:
    """The first cell of each column of numbers that is none, though something stands there.

    Examples
    --------
    >>> misread([{"size": 2}, {"size": "large"}, {"size": None}], [Numeric("size", (0.0, 9.0))])
    {'size': 'large'}
    """
    found: dict[str, Cell] = {}
    for column in columns:
        if isinstance(column, Numeric):
            for row in rows:
                cell = _mapping(row).get(column.name)
                if not _is_missing(cell) and math.isnan(number_of(cell)):
                    found.setdefault(column.name, cell)
    return found


def to_settings(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Columns as JSON."""
    return [
        {"name": c.name, "cuts": list(c.cuts)}
        if isinstance(c, Numeric)
        else {"name": c.name, "categories": list(c.categories)}
        for c in columns
    ]


def from_settings(settings: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Columns from JSON."""
    return [
        Numeric(s["name"], tuple(s["cuts"]))
        if "cuts" in s
        else Categorical(s["name"], tuple(s["categories"]))
        for s in settings
    ]


def _column(name: str, cells: Sequence[Cell]) -> Column | None:
    present = [cell for cell in cells if not _is_missing(cell)]
    if not present:
        return None
    if all(isinstance(cell, int | float | np.number) for cell in present):
        return _numeric(name, np.array([number_of(cell) for cell in present]), len(cells))
    counts = Counter(map(str, present))
    # Unique values (an id, free text) group no rows.
    common = [category for category, n in counts.most_common(MOST_CATEGORIES) if n > 1]
    if not common or (len(common) == len(counts) == 1 and len(present) == len(cells)):
        return None
    return Categorical(name, tuple(common))


def _numeric(name: str, values: NDArray[np.float64], n_rows: int) -> Numeric | None:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    cuts = _apart(np.unique(np.quantile(finite, np.linspace(0, 1, STEPS + 1))), finite)
    if len(cuts) > 1:
        return Numeric(name, tuple(map(float, cuts)))
    if len(finite) == n_rows:
        return None
    # One value, or none: only presence is informative.
    return Numeric(name, (float(cuts[0]) - 1, float(cuts[0])))


def _apart(cuts: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cuts without those that differ from the one before only by rounding."""
    # Values computed in float32 are no more exact as float64; whole numbers are exact.
    with np.errstate(over="ignore"):
        narrow = not np.equal(np.mod(values, 1), 0).all() and bool(
            np.equal(values.astype(np.float32), values).all()
        )
    step = rounding(np.abs(values).max(), np.float32 if narrow else np.float64)
    kept = [cuts[0]]
    for cut in cuts[1:]:
        if cut - kept[-1] > step:
            kept.append(cut)
    return np.array(kept)


def number_of(cell: Cell) -> float:
    """A cell as a number; anything else counts as missing."""
    if _is_missing(cell):
        return math.nan
    try:
        return float(cell)  # type: ignore[arg-type]
    except ValueError:
        return math.nan
    except OverflowError:  # a whole number above all floats
        return math.copysign(math.inf, cell)  # type: ignore[arg-type]


def _is_missing(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, float | np.floating) and math.isnan(cell))


def _mapping(row: Mapping[str, Cell]) -> Mapping[str, Cell]:
    if not isinstance(row, Mapping):
        raise BadInput(f"A row of a table must map columns to cells, not be {type(row).__name__}.")
    return row

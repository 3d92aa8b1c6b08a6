"""Numeric columns of the user's own data, by sample of the pool."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.errors import shown
from dalt.core.records import BadInput, Sample
from dalt.project.workspace import Workspace


class SampleColumns:
    """Reads columns of the frames that samples came from, and of samples that are rows of tables.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def names(self) -> list[str]:
        """All columns, those of the samples' own rows first."""
        return [*self._own(), *self._workspace.store.details.columns()]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as numbers, by position: shape (n_samples,), NaN where a sample has none.

        If a sample has several rows, the first one counts.

        Raises
        ------
        BadInput
            If there is no such column, or it holds anything but numbers.
        """
        if name not in self.names():
            raise BadInput(_missing(name, self.names()))
        samples = self._workspace.store.samples.all()
        removed = set(self._workspace.store.removals.positions())
        read = self._row_value(name) if name in self._own() else self._detail(name, samples)
        found = np.full(len(samples), np.nan)
        for sample in samples:
            if sample.position not in removed:
                found[sample.position] = _number(name, read(sample))
        return found

    def _own(self) -> list[str]:
        """The columns that make up a sample, in a project of tables."""
        if self._workspace.kind != "table":
            return []
        removed = set(self._workspace.store.removals.positions())
        samples = self._workspace.store.samples.all()
        first = next((each for each in samples if each.position not in removed), None)
        return [] if first is None else list(self._row(first))

    def _row(self, sample: Sample) -> dict[str, Any]:
        row: Any = self._workspace.files.load(sample)
        return dict(row)

    def _row_value(self, name: str) -> Callable[[Sample], Any]:
        return lambda sample: self._row(sample).get(name)

    def _detail(self, name: str, samples: Sequence[Sample]) -> Callable[[Sample], Any]:
        details = self._workspace.store.details.of([sample.id for sample in samples])
        return lambda sample: next(iter(details.get(sample.id, {}).values()), {}).get(name)


def _number(name: str, value: object) -> float:
    if value is None:
        return math.nan
    if not isinstance(value, Real):
        raise BadInput(
            f"The column {shown(name)} is not numeric (it has {shown(value)}), and an estimate "
            "needs numbers: add it as numbers."
        )
    number = float(value)
    return number if math.isfinite(number) else math.nan


def _missing(name: str, names: Sequence[str]) -> str:
    start = f"The samples have no column {shown(name)}"
    if not names:
        return f"{start}: they were added without other columns."
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"{start}. Did you mean {shown(close[0])}?"
    more = ", …" if len(names) > 10 else ""
    return f"{start}; there are {', '.join(names[:10])}{more}."

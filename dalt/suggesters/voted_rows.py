"""Votes in the rows of a table: a label with its probability, or a column for each class."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dalt.core.errors import BadInput, shown
from dalt.core.summaries import counted
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.exchange import field_names
from dalt.data.exchange.field_names import first_named
from dalt.data.exchange.items import Imported, Reading, Unusable
from dalt.data.exchange.labelled_rows import LONGEST_LITERAL, Columns, columns_of, written
from dalt.data.readers.cells import is_missing
from dalt.suggesters.contract import TaskSaid, Vote
from dalt.suggesters.prediction_tables import Cells, Table
from dalt.suggesters.votes import vote_of

LABEL = (
    "prediction", "predictions", "predicted", "predicted_label", "predicted_class", "pred",
    "suggestion", "suggested", "top", "top_label", *field_names.LABEL, "output", "outputs",
)  # fmt: skip
"""Columns that hold what a model says; beside one of these, ``label`` may be the truth."""
PROBABILITY = ("probability", "prob", "proba", "confidence", "conf", "score", "certainty", "p")
"""Columns that hold how sure it is."""
_OF_CLASS = re.compile(
    r"(?:p|prob|proba|probability|probabilities|score|scores|conf|confidence|logit)"
    r"(?:[_ .:/-]|[(\[])(.+?)[)\]]?",
    re.IGNORECASE,
)
_ANYTHING = "any"


@dataclass(frozen=True, slots=True)
class Voted:
    """What a file says of one sample.

    Attributes
    ----------
    sample : Imported
        Names the sample, and has no label: what finds the samples of imported labels finds it.
    vote : Vote
    """

    sample: Imported
    vote: Vote


@dataclass(frozen=True, slots=True)
class Wanted:
    """The columns that a person names, where a table does not tell by itself.

    Attributes
    ----------
    sample, label, probability : str, optional
    """

    sample: str | None = None
    label: str | None = None
    probability: str | None = None


def votes_of_table(table: Table, task: TaskSaid, wanted: Wanted) -> Iterator[Voted | Unusable]:
    """Read the vote of each row.

    Raises
    ------
    BadInput
        If no column names samples, none holds labels and not every class has a column, or one
        that was named is missing.
    """
    for said in filter(None, (wanted.sample, wanted.label, wanted.probability)):
        if said not in table.header:
            listed = ", ".join(table.header[:10])
            raise BadInput(f"{table.name} has no column {shown(said)}. Columns: {listed}.")
    by_class = {} if wanted.label else _columns_of_classes(table.header, task)
    reader = _ByClass(table, task, wanted, by_class) if by_class else _ByLabel(table, task, wanted)
    empty = True
    for row in table.rows:
        empty = False
        yield row if isinstance(row, Unusable) else reader.item(*row)
    if empty:
        raise BadInput(f"{table.name} has a header but no rows.")
    if reader.n_certain:
        warn_user(
            f"{table.name}: {counted(reader.n_certain, 'row')} with a label and nothing in the "
            f"column {shown(reader.probability)}; such a label counts as certain (1.0).",
            Uncertain,
        )


class _ByLabel:
    """Reads rows with a label, or with all that a model returns, in one column.

    Attributes
    ----------
    probability : str or None
        The column of it.
    n_certain : int
        Rows so far with a label and no probability, though there is a column for it.
    """

    n_certain = 0

    def __init__(self, table: Table, task: TaskSaid, wanted: Wanted) -> None:
        self._task = task
        label = wanted.label or first_named(_without(table, wanted.sample), LABEL)
        if label is None:
            raise _no_votes(table, task)
        rest = _without(table, wanted.sample, label)
        self.probability = wanted.probability or first_named(rest, PROBABILITY)
        self._label = label
        header = _without(table, self.probability)
        self._columns = columns_of(header, Reading(wanted.sample, label), table.name)

    def item(self, where: str, row: Cells) -> Voted | Unusable:
        return _voted(where, row, self._columns, self._vote)

    def _vote(self, row: Cells) -> Vote:
        said = _cell(row.get(self._label))
        if said is None:
            return None
        if isinstance(said, str):
            said = self._listed(said)
        share = _number(row.get(self.probability)) if self.probability else None
        alone = isinstance(said, str | int | float)
        self.n_certain += alone and share is None and self.probability is not None
        if share is not None and alone:
            whole = isinstance(said, float) and said.is_integer()
            name = written(int(said) if whole else said)
            said = {name: share}
        return vote_of(said, self._task.classes, self._task.multi_label)

    def _listed(self, said: str) -> Any:
        """The classes of a cell that separates them by bars, semicolons or commas."""
        if self._task.multi_label and said not in self._task.names:
            for separator in "|;,":
                parts = [part.strip() for part in said.split(separator)]
                if len(parts) > 1 and set(parts) <= set(self._task.names):
                    return parts
        return said


class _ByClass:
    """Reads rows with one probability for each class, in columns of their names."""

    probability: str | None = None
    n_certain = 0

    def __init__(
        self, table: Table, task: TaskSaid, wanted: Wanted, columns: Mapping[str, str]
    ) -> None:
        self._task, self._of_classes = task, columns
        used = set(columns.values())
        rest = [each for each in table.header if each not in used]
        # The reader of labels wants to know their column; it is given one that is not read.
        label = _ANYTHING
        while label in rest:
            label += "_"
        self._columns = columns_of([*rest, label], Reading(wanted.sample, label), table.name)

    def item(self, where: str, row: Cells) -> Voted | Unusable:
        return _voted(where, row, self._columns, self._vote)

    def _vote(self, row: Cells) -> Vote:
        shares = {name: _number(row.get(column)) for name, column in self._of_classes.items()}
        if all(share is None for share in shares.values()):
            return None
        return vote_of(shares, self._task.classes, self._task.multi_label)


def _voted(where: str, row: Cells, columns: Columns, read: Any) -> Voted | Unusable:
    named = columns.item(where, lambda name: _ANYTHING if name == columns.label else row.get(name))
    if isinstance(named, Unusable):
        return named
    try:
        return Voted(replace(named, label=None, annotator=None), read(row))
    except BadInput as error:
        return Unusable(where, f"has no vote: {error}")


def _columns_of_classes(header: Sequence[str], task: TaskSaid) -> dict[str, str]:
    """The column of each class; none where not every class has one."""
    found: dict[str, str] = {}
    for spec in task.classes:
        for column in header:
            matched = _OF_CLASS.fullmatch(column.strip())
            names = {column.strip(), *(matched.groups() if matched else ())}
            if names & {spec.name, *spec.formerly}:
                found.setdefault(spec.name, column)
    return found if len(found) == len(task.classes) else {}


def _no_votes(table: Table, task: TaskSaid) -> BadInput:
    """Why there is neither a label nor a column for each class."""
    classes = task.names
    there = [name for name in classes if _columns_of_classes(table.header, _only(task, name))]
    listed = ", ".join(table.header[:10]) + (", …" if len(table.header) > 10 else "")
    if there:
        missing = ", ".join(name for name in classes if name not in there)
        return BadInput(
            f"{table.name} has columns for {len(there)} of {len(classes)} classes: {missing} is "
            "missing, and every class needs one."
        )
    return BadInput(
        f"{table.name} has no column label and none for each class. Columns: {listed}. Name the "
        "column of the labels with label=…"
    )


def _only(task: TaskSaid, name: str) -> TaskSaid:
    return replace(task, classes=tuple(each for each in task.classes if each.name == name))


def _without(table: Table, *names: str | None) -> list[str]:
    return [each for each in table.header if each not in names]


def _cell(cell: Any) -> Any:
    """A cell as what a model returned: JSON, or lists as Python writes them, are read."""
    if not isinstance(cell, str):
        return None if not hasattr(cell, "__len__") and is_missing(cell) else cell
    cell = cell.strip()
    if cell[:1] in ("{", "[", "(") and len(cell) <= LONGEST_LITERAL:
        with suppress(ValueError, RecursionError):
            return json.loads(cell)
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            return ast.literal_eval(cell)
    return cell or None


def _number(cell: Any) -> Any:
    """A cell as a number: also ``90%``, and a decimal comma; what is none stays."""
    if not isinstance(cell, str):
        return None if is_missing(cell) else cell
    said = cell.strip()
    written = said.removesuffix("%").strip()
    if "." not in written:
        written = written.replace(",", ".")
    try:
        return float(written) / (100 if said.endswith("%") else 1)
    except ValueError:
        return said or None

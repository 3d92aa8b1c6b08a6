"""Rows of labels: which column names the sample, which has the label, and who gave it.

The same for csv, spreadsheets, parquet and JSON lines.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange import certified_rows, field_names, objects
from dalt.data.exchange.field_names import first_named, plain_name
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.label_forms import wanted
from dalt.data.readers.cells import is_missing

ROW = ("row", "sample_row", "row_index", "row_number", "index")
"""Columns that hold rows of the list, table or array that samples came from."""
OWN = ("sample_source", "source", "path")
"""Columns of DALT's own exports that hold sources: of texts and tables these are rows."""
SOURCES = (*OWN, *(name for name in field_names.SOURCE if name not in OWN))
LONGEST_LITERAL = 100_000
"""Characters of a list of Python that is read."""
Get = Callable[[str], Any]
"""The cell of a column; None if it is missing."""


@dataclass(frozen=True, slots=True)
class Source:
    """A column with paths or addresses.

    Attributes
    ----------
    name : str
    holds_rows : bool
        Whether it can be of an export of DALT, where texts and tables have numbers of rows.
    says_who : bool
        Whether it is the one that says who labelled, beside a ``sample_id``.
    """

    name: str
    holds_rows: bool
    says_who: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table of labels that DALT reads; None where there is none.

    Attributes
    ----------
    label : str
    sample_id, text, row, annotator : str, optional
    sources : tuple of Source
        The most reliable first.
    any_name : str, optional
        A column that is said to name the samples, while its name does not tell how.
    """

    label: str
    sample_id: str | None = None
    sources: tuple[Source, ...] = ()
    text: str | None = None
    row: str | None = None
    any_name: str | None = None
    annotator: str | None = None
    telling: tuple[str, ...] = field(default=(), repr=False)
    """In labels that DALT wrote, the columns that tell those of a certified model."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        single = (
            self.label, self.sample_id, self.text, self.row, self.any_name, self.annotator,
        )  # fmt: skip
        used = (*single, *(source.name for source in self.sources), *self.telling)
        return tuple(dict.fromkeys(name for name in used if name is not None))

    @property
    def naming(self) -> str:
        """Those that name samples, for people."""
        first = self.sources[0].name if self.sources else None
        single = (self.sample_id, first, self.text, self.row, self.any_name)
        return " or ".join(name for name in single if name is not None)

    def item(self, where: str, get: Get) -> Item:
        """Shape a row as a label to import.

        Parameters
        ----------
        where : str
        get : callable
        """
        label = get(self.label)
        if _is_empty(label):
            return Unusable(where, "has no label")
        annotator = _text(get(self.annotator)) if self.annotator else None
        if self.any_name is not None:
            return _by_any_name(where, label, get(self.any_name), annotator, self.any_name)
        sample_id = _text(get(self.sample_id)) if self.sample_id else None
        source = self._source(get, sample_id is not None)
        text = _text(get(self.text), strip=False) if self.text else None
        row = _number(get(self.row)) if self.row else None
        if sample_id is None and source is None and text is None and row is None:
            return Unusable(where, self._unnamed(get))
        return Imported(
            where, label, sample_id=sample_id, row=row, source=source, text=text,
            annotator=annotator,
        )  # fmt: skip

    def _source(self, get: Get, known: bool) -> str | None:
        for each in self.sources:
            if known and each.says_who:
                continue
            given = _text(get(each.name), strip=False)
            # Beside an id, a number is the row of another project.
            if given and (not given.strip().isdecimal() or (each.holds_rows and not known)):
                return given
        return None

    def _unnamed(self, get: Get) -> str:
        for each in self.sources:
            if (given := _text(get(each.name))) is not None:
                return (
                    f"names its sample by the number {shown(given)} as {each.name}; only a column "
                    "with the name row holds numbers of rows"
                )
        return f"has no {self.naming}"


def _by_any_name(where: str, label: Any, given: Any, annotator: str | None, column: str) -> Item:
    """A label whose sample is named by an id, a path or its text: whichever is known."""
    text = _text(given, strip=False)
    if text is None or not (name := text.strip()):
        return Unusable(where, f"has no {column}")
    return Imported(
        where,
        label,
        sample_id=name if certified_rows.SAMPLE_ID.fullmatch(name) else None,
        source=None if name.isdecimal() else name,
        text=text,
        annotator=annotator,
    )


def item_in(
    where: str, row: Mapping[str, Any], columns: Columns, classes: ClassSet, reading: Reading
) -> Item:
    """Shape a row of a table as a label to import.

    Cells with regions, and what Label Studio writes into cells, are JSON.

    Parameters
    ----------
    where : str
    row : mapping of str to cell
        At least the cells of `columns`.
    columns : Columns
    classes : ClassSet
    reading : Reading
    """
    if certified_rows.is_certified({name: row.get(name) for name in columns.telling}):
        return Unusable(where, certified_rows.TOLD)
    label = _parsed(row.get(columns.label), classes)
    if label is None:
        item = columns.item(where, row.get)
        is_class = classes.shape is not None and isinstance(item, Imported)
        return Unusable(where, _no_region(row[columns.label], classes)) if is_class else item
    parsed = {**row, columns.label: label}
    return objects.item_of(where, parsed, classes, Reading(reading.sample, columns.label))


def _no_region(label: Any, classes: ClassSet) -> str:
    what = wanted(classes)
    hint = "; corners are read from xmin, ymin, xmax and ymax" if classes.shape == "box" else ""
    return f"has the class {shown(label, 100)} without {what}, and this project marks {what}{hint}"


def items_of_parquet(
    rows: Iterable[tuple[str, Mapping[str, Any]]], classes: ClassSet, reading: Reading
) -> Iterator[Item]:
    """Yield the labels of rows that hold what JSON does, or JSON as text."""
    for where, row in rows:
        filled = {name: None if is_missing(value) else value for name, value in row.items()}
        name = reading.label or first_named(filled, field_names.LABEL)
        if name is not None and (label := _parsed(filled.get(name), classes)) is not None:
            filled[name] = label
        yield objects.item_of(where, filled, classes, reading)


def _parsed(label: Any, classes: ClassSet) -> Any:
    """A label that is written as a list or as an object; None if it is the name of a class."""
    if type(label) is not str:
        return None
    first = label[:1]
    if first == "{" or (first == "[" and (classes.multi or classes.shape)):
        with suppress(ValueError, RecursionError):
            return json.loads(label)
        if len(label) <= LONGEST_LITERAL:
            with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
                return ast.literal_eval(label)  # as pandas writes lists: ['cat', 'dog']
    elif classes.multi and classes.shape is None and label not in classes.names:
        return _several(label, classes)
    return None


def _several(label: str, classes: ClassSet) -> list[str] | None:
    """The classes of a cell that separates them; None unless all of them are classes."""
    for separator in "|;,":
        parts = [part.strip() for part in label.split(separator)]
        if len(parts) > 1 and set(parts) <= {*classes.names, *classes.former}:
            return parts
    return None


def columns_of(header: Sequence[str], reading: Reading, name: str) -> Columns:
    """Find the columns of a table of labels.

    Parameters
    ----------
    header : sequence of str
    reading : Reading
        Columns that the caller names.
    name : str
        The file, for messages.

    Raises
    ------
    BadInput
        If no column has labels, none names samples, or one of these is there twice.

    Examples
    --------
    >>> columns_of(["Review", "Class"], Reading(), "in.csv")
    Columns(label='Class', sample_id=None, sources=(), text='Review', row=None, any_name=None, \
annotator=None)
    """
    for said in filter(None, (reading.sample, reading.label)):
        if said not in header:
            raise BadInput(f"{name!r} has no column {shown(said)}.{_hint((said,), header)}")
    rest = [each for each in header if each not in (reading.sample, reading.label)]
    label = reading.label or first_named(rest, field_names.LABEL)
    if label is None:
        raise BadInput(
            f"{name!r} has no column label.{_hint(('label',), header)} Name the column of the "
            "labels with label=… (--label)."
        )
    annotator = first_named(rest, field_names.ANNOTATOR)
    if reading.sample is not None:
        found = _said(reading.sample, label, annotator)
    else:
        found = _recognised([each for each in rest if each != label], label, annotator)
    if not found.naming:
        raise BadInput(
            f"{name!r} has no column sample_id or source.{_hint(('sample_id', 'source'), header)} "
            "Name the column of the samples with sample=… (--sample)."
        )
    for each in found.names:
        if list(header).count(each) > 1:
            raise BadInput(f"{shown(name, 200)} has the column {shown(each)} twice.")
    return replace(found, telling=certified_rows.telling(header))


def _said(column: str, label: str, annotator: str | None) -> Columns:
    """The columns where the caller names that of the samples."""
    plain = plain_name(column)
    if plain in field_names.SAMPLE_ID:
        return Columns(label, sample_id=column, annotator=annotator)
    if plain in ROW:
        return Columns(label, row=column, annotator=annotator)
    if plain in SOURCES:
        return Columns(label, sources=(_source_of(column),), annotator=annotator)
    return Columns(label, any_name=column, annotator=annotator)


def _recognised(header: Sequence[str], label: str, annotator: str | None) -> Columns:
    named = [first_named(header, (each,)) for each in SOURCES]
    sources = tuple(_source_of(name) for name in named if name is not None)
    text = first_named(header, field_names.TEXT)
    return Columns(
        label,
        sample_id=first_named(header, field_names.SAMPLE_ID),
        sources=sources,
        text=text,
        # A text or a path is the better witness: others number their rows in their own way.
        row=None if text or sources else first_named(header, ROW),
        annotator=annotator,
    )


def _source_of(column: str) -> Source:
    plain = plain_name(column)
    return Source(column, holds_rows=plain in OWN, says_who=plain == "source")


def _hint(names: Sequence[str], header: Sequence[str]) -> str:
    close = [c for w in names for c in difflib.get_close_matches(w, header, n=1)]
    found = ", ".join(header[:10]) + (", …" if len(header) > 10 else "")
    return (f" Did you mean {close[0]!r}?" if close else "") + f" Columns: {found}."


def _is_empty(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else is_missing(value)


def written(value: Any) -> str:
    """A cell as text; a number of more digits than Python writes is only named."""
    try:
        return json.dumps(value) if isinstance(value, list | dict) else str(value)
    except ValueError:
        return shown(value)


def _text(value: Any, strip: bool = True) -> str | None:
    """A cell as text; None if it is empty."""
    if type(value) is not str:
        if is_missing(value):
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        value = written(value)
    return (value.strip() if strip else value) or None


def _number(value: Any) -> str | None:
    """A row as text: 3 and 3.0, as pandas writes it beside empty cells, are the same."""
    text = _text(value)
    return text[:-2] if text and text.endswith(".0") and text[:-2].isdecimal() else text

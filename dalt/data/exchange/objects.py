"""Labels in JSON objects: lines or a list, of DALT, doccano, Prodigy, spaCy and of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange import certified_rows, doccano, prodigy
from dalt.data.exchange.field_names import ANNOTATOR, LABEL, SPANS, first_named
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.json_lists import elements, first_element, is_list
from dalt.data.exchange.label_forms import Answer, NoLabel, answer_in
from dalt.data.exchange.naming import Named, named_in
from dalt.data.exchange.rows import read_jsonl_values
from dalt.data.exchange.studio_results import answer_of
from dalt.data.exchange.studio_tasks import short_results

WRAPPERS = ("data", "annotations", "examples", "items", "records", "rows", "samples", "texts")
"""Names of lists in which scripts wrap their rows."""
_PICTURES = frozenset({"images", "categories", "shapes", "text", "filename"})
"""What COCO, labelme and single rows have."""


def read_objects(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read labels of JSON lines, or of one JSON list.

    Raises
    ------
    BadInput
        If it is missing, or not such a file.
    """
    if path.suffix.lower() == ".json":
        rows: Iterable[tuple[str, Any]] = (
            (f"Item {number}", each) for number, each in enumerate(_of_list(path), 1)
        )
    else:
        rows = read_jsonl_values(path)
    for where, row in rows:
        yield item_of(where, row, classes, reading)


def _of_list(path: Path) -> Iterator[Any]:
    if is_list(path):
        yield from elements(path)
        return
    for each in elements(path):
        inner = inner_list(each) if isinstance(each, dict) else None
        yield from [each] if inner is None else inner


def is_json_list(path: Path) -> bool:
    """Whether it is one JSON list of objects, or of pairs of a text and its annotations.

    The list may be within an object.
    """
    if path.suffix.lower() != ".json":
        return False
    first = first_element(path)
    if is_list(path):
        return first is None or isinstance(first, dict | list)
    return isinstance(first, dict) and inner_list(first) is not None


def inner_list(said: Mapping[str, Any]) -> list[Any] | None:
    """The list of rows within an object; None for another format, and for a row itself.

    Examples
    --------
    >>> inner_list({"classes": ["ORG"], "annotations": [["EU", {"entities": [[0, 2, "ORG"]]}]]})
    [['EU', {'entities': [[0, 2, 'ORG']]}]]
    """
    if not said.keys().isdisjoint(_PICTURES):
        return None
    known = [
        value
        for name, value in said.items()
        if name.lower() in WRAPPERS and isinstance(value, list) and value
    ]
    rows = [each for each in known if isinstance(each[0], dict) or _is_spacy(each[0])]
    return rows[0] if len(rows) == 1 else None


def item_of(where: str, row: Any, classes: ClassSet, reading: Reading) -> Item:
    """The label of one object.

    Examples
    --------
    >>> row = {"text": "I like cats", "category": "cat"}
    >>> item_of("Line 1", row, ClassSet(("cat",)), Reading()).label
    'cat'
    """
    if _is_spacy(row):
        row = {"text": row[0]} | row[1]
    if not isinstance(row, Mapping):
        return Unusable(where, "is no JSON object")
    try:
        if prodigy.is_task(row) and reading == Reading():
            return prodigy.item_of(where, row, classes)
        if doccano.is_example(row) and reading == Reading():
            return doccano.item_of(where, row, classes)
        return _plain(where, row, classes, reading)
    except NoLabel as why:
        return Unusable(where, str(why))
    except BadInput as error:
        return Unusable(where, f"cannot be understood: {error}")


def _is_spacy(row: Any) -> bool:
    """Whether it is a pair as scripts for spaCy have them: a text and its annotations."""
    pair = isinstance(row, list) and len(row) == 2
    return pair and isinstance(row[0], str) and isinstance(row[1], Mapping)


def _plain(where: str, row: Mapping[str, Any], classes: ClassSet, reading: Reading) -> Item:
    if certified_rows.is_certified(row):
        return Unusable(where, certified_rows.TOLD)
    field, answer = _answer(row, classes, reading)
    who = first_named(row, ANNOTATOR)
    # In DALT's own exports `source` says who labelled; those have a sample_id.
    others = {field, who, "source" if row.get("sample_id") else None} - {reading.sample}
    named = named_in({k: v for k, v in row.items() if k not in others}, reading.sample)
    if not named:
        return Unusable(where, _nameless(row, reading))
    return imported(where, named, answer, annotator_in(row.get(who) if who else None))


def _answer(
    row: Mapping[str, Any], classes: ClassSet, reading: Reading
) -> tuple[str | None, Answer]:
    if reading.label is not None:
        if reading.label not in row:
            raise NoLabel(f"has no field {shown(reading.label)}")
        return reading.label, _read(row[reading.label], classes)
    if classes.shape == "span":
        marking = [name for name in row if isinstance(row[name], list | dict)]
        field = first_named(marking, SPANS)
    elif row.get("label") is None and isinstance(row.get("cats"), Mapping | list):
        field = "cats"
    else:
        field = first_named([name for name in row if row[name] not in (None, "")], LABEL)
    if field is None:
        raise NoLabel("has no label")
    return field, _read(row[field], classes)


def _read(value: Any, classes: ClassSet) -> Answer:
    """A label of any form; that of Label Studio's short JSON too, as its csv has it in cells."""
    results = list(short_results("label", value)) if isinstance(value, list | dict) else []
    if classes.shape is not None:  # names of classes alone are no answer of Label Studio
        results = [each for each in results if not each.get("guess")]
    if results and not all(each["type"] == "labels" for each in results):
        return answer_of(results, classes)
    return answer_in(value, classes)


def _nameless(row: Mapping[str, Any], reading: Reading) -> str:
    if reading.sample is not None:
        return f"has nothing in the field {shown(reading.sample)}"
    return f"has no sample_id, source or text: its fields are {', '.join(map(str, row))}"


def imported(where: str, named: Named, answer: Answer, annotator: str | None) -> Imported:
    """An item of what was found."""
    return Imported(
        where,
        answer.label,
        sample_id=named.sample_id,
        row=named.row,
        source=named.source,
        text=named.text,
        annotator=annotator,
        left_out=answer.left_out + answer.others,
    )


def annotator_in(value: Any) -> str | None:
    """The name of an annotator; None for what is none."""
    if isinstance(value, Mapping):
        value = value.get("email") or value.get("username") or value.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None

"""The forms in which JSON of other tools holds labels, read by what they look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import ClassSet
from dalt.data.exchange.field_names import all_named, first_named

STARTS = ("start", "start_offset", "start_char", "start_index", "begin", "begin_offset", "from",
          "offset_start")  # fmt: skip
ENDS = ("end", "end_offset", "end_char", "end_index", "stop", "finish", "to", "offset_end")
NAMES = ("label", "labels", "tag", "tags", "entity", "entity_group", "entity_type", "type", "class",
         "category", "display_name", "name", "value")  # fmt: skip
_INNER = ("label", "labels", "class", "choices", "display_name", "entities", "spans")
_WHAT = {"box": "boxes", "polygon": "polygons", "point": "points", "span": "spans"}


class NoLabel(Exception):
    """There is no label to import; the text is the second half of a sentence."""


class AnotherQuestion(NoLabel):
    """Only questions were answered that are not the project's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A label as a file says it.

    Attributes
    ----------
    label : str, number or list
        As in `Imported`.
    left_out : tuple of str
        Parts that cannot be imported, each with the reason.
    others : tuple of str
        Answers to questions that are not the project's.
    """

    label: Any
    left_out: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def wanted(classes: ClassSet) -> str:
    """What a label of the project consists of, for people.

    Examples
    --------
    >>> wanted(ClassSet(("cat",))), wanted(ClassSet(("cat",), shape="box"))
    ('class', 'boxes')
    """
    return "class" if classes.shape is None else _WHAT[classes.shape]


def answer_in(value: Any, classes: ClassSet) -> Answer:
    """Read a label of any known form.

    Classes are a name, a number, a list of those, or a mapping from classes to scores, of which
    those of at least 0.5 hold.  Spans are lists ``[start, end, class]`` or mappings; regions are
    mappings as `Region.to_json` writes them.

    Raises
    ------
    NoLabel
        If there is none, or not of the kind that the project has.

    Examples
    --------
    >>> answer_in(["PER"], ClassSet(("PER",))).label
    'PER'
    >>> answer_in([[0, 2, "ORG"]], ClassSet(("ORG",), shape="span")).label
    [{'shape': 'span', 'label': 'ORG', 'start': 0, 'end': 2}]
    """
    value = _unwrapped(value)
    if value is None or value == "":
        raise NoLabel("has no label")
    if classes.shape == "span":
        return _spans(value)
    if classes.shape is not None:
        return _regions(value, classes)
    return Answer(_classes(value, classes))


def _unwrapped(value: Any) -> Any:
    """What is in an object around a label; an object of scores or of one region stays."""
    if not isinstance(value, Mapping) or span_of(value) is not None:
        return value
    inner = first_named(value, _INNER)
    is_label = inner is not None and isinstance(value[inner], str | list)
    return value[inner] if inner is not None and is_label else value


def _classes(value: Any, classes: ClassSet) -> Any:
    if isinstance(value, Mapping):
        value = [name for name, score in value.items() if _is_high(score, value)]
    if isinstance(value, str) or not isinstance(value, Sequence):
        return value
    found = [_class(each, classes) for each in value]
    if classes.multi:
        return found
    return only(found)


def only(found: Sequence[Any]) -> Any:
    """The one class of a sample.

    Raises
    ------
    NoLabel
        If there are none, or several.
    """
    if not found:
        raise NoLabel("has no label")
    if len(found) > 1:
        said = ", ".join(map(str, found))[:200]
        raise NoLabel(f"has {len(found)} classes ({said}), and a sample of this project has one")
    return found[0]


def _class(each: Any, classes: ClassSet) -> Any:
    if isinstance(each, Mapping):
        if span_of(each) is not None or "points" in each or "shape" in each:
            raise NoLabel("marks regions, and this project asks for classes")
        each = next((each[name] for name in _given(each, NAMES)), None)
    if isinstance(each, str | int | float) and each != "":
        return each
    if isinstance(each, Sequence) and _is_span(each):
        raise NoLabel("marks spans, and this project asks for classes")
    raise NoLabel(f"has a label that is no class: {shown(each, 100)}")


def _is_high(score: Any, all: Mapping[str, Any]) -> bool:
    if isinstance(score, bool | int | float):
        if score != score:
            raise NoLabel(f"has a score that is no number: {shown(dict(all), 100)}")
        return score >= 0.5
    raise NoLabel(f"has a label that is no class: {shown(dict(all), 100)}")


def _spans(value: Any) -> Answer:
    if isinstance(value, Mapping) and span_of(value) is not None:
        value = [value]
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise NoLabel(f"has no spans, but {shown(value, 100)}")
    found: list[dict[str, Any]] = []
    left_out: list[str] = []
    for each in value:
        try:
            found += spans_in(each)
        except NoLabel as why:
            left_out.append(str(why))
    return whole(found, left_out, "spans")


def whole(found: list[dict[str, Any]], left_out: Sequence[str], what: str) -> Answer:
    """Regions as a label; where all had to be left out there is none.

    Raises
    ------
    NoLabel
        If something was left out, and nothing else is there: "nothing" would be wrong.
    """
    if left_out and not found:
        more = f", and {len(left_out) - 1} more" if len(left_out) > 1 else ""
        raise NoLabel(f"has no {what} that can be imported: {left_out[0]}{more}")
    return Answer(found, tuple(left_out))


def spans_in(each: Any) -> list[dict[str, Any]]:
    """One span of a list: one for each of its classes.

    Raises
    ------
    NoLabel
        If it is none.
    """
    if isinstance(each, Sequence) and _is_span(each):
        start, end, names = each[0], each[1], each[2]
        marked = None
    elif isinstance(each, Mapping) and (ends := span_of(each)) is not None:
        start, end = ends
        names = next((each[name] for name in _given(each, NAMES)), None)
        marked = each.get("text") if isinstance(each.get("text"), str) else None
    else:
        raise NoLabel(f"{shown(each, 100)} is no span with start, end and class")
    listed = names if isinstance(names, list) else [names]
    if not listed or any(not isinstance(name, str | int) for name in listed):
        raise NoLabel(f"the span {start}–{end} has no class")
    text = {} if marked is None else {"text": marked}
    return [{"shape": "span", "label": name, "start": start, "end": end} | text for name in listed]


def span_of(each: Mapping[str, Any]) -> tuple[int, int] | None:
    """Start and end of a span, by any of their names; None if it has none."""
    start = next((each[name] for name in _given(each, STARTS)), None)
    end = next((each[name] for name in _given(each, ENDS)), None)
    if _counts(start) and _counts(end):
        return int(start), int(end)  # type: ignore[arg-type]
    return None


def _given(each: Mapping[str, Any], wanted: tuple[str, ...]) -> list[str]:
    return [name for name in all_named(tuple(each), wanted) if each[name] not in (None, "", [])]


def _is_span(each: Sequence[Any]) -> bool:
    return len(each) == 3 and not isinstance(each, str) and all(map(_counts, each[:2]))


def _counts(value: Any) -> bool:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool)


def _regions(value: Any, classes: ClassSet) -> Answer:
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    if not listed or not all(isinstance(each, Mapping) for each in value):
        raise NoLabel(f"has no {wanted(classes)}, but {shown(value, 100)}")
    found = [dict(each) for each in value if each.get("shape") == classes.shape]
    left_out = [
        f"{shown(dict(each), 100)} is not of the shape {classes.shape}"
        for each in value
        if each.get("shape") != classes.shape
    ]
    return whole(found, left_out, wanted(classes))

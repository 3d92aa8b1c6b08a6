"""Reading exports of Label Studio: JSON, JSON-MIN and the JSON of its first versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.field_names import LABEL, SAMPLE_ID, SOURCE, TEXT, plain_name
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.json_lists import elements, first_element
from dalt.data.exchange.label_forms import NoLabel
from dalt.data.exchange.marked_text import with_marked_text
from dalt.data.exchange.naming import named_in
from dalt.data.exchange.studio_results import (
    answer_of,
    control_of,
    fits,
    fitting,
    names_in,
    size_in,
)

Controls = frozenset[str | None]
ANNOTATIONS = ("annotations", "completions")
"""Where tasks have the answers of people, today and in the first versions."""
ABOUT = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
"""What JSON-MIN writes behind the answers."""
MOST_NAMES = 10_000
LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class _Annotation:
    result: list[Mapping[str, Any]]
    annotator: str | None


@dataclass(frozen=True, slots=True)
class _Task:
    where: str
    data: Mapping[str, Any]
    annotations: tuple[_Annotation, ...]


def is_label_studio(path: Path) -> bool:
    """Whether it is an export of Label Studio: by its first task."""
    first = first_element(path) if path.suffix.lower() in (".json", ".jsonl") else None
    if not isinstance(first, dict):
        return False
    if isinstance(first.get("data"), dict):
        return any(name in first for name in (*ANNOTATIONS, "predictions", "id"))
    return "annotation_id" in first or {"annotator", "lead_time"} <= set(first)


def read_label_studio(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read labels of an export of Label Studio, of each person one for a task.

    Cancelled annotations are no labels, and neither are predictions.

    Raises
    ------
    BadInput
        If it is no such file, or several of its questions may be the project's.
    """
    controls = _controls(path, classes, reading)
    for task in _tasks(path):
        if isinstance(task, Unusable):
            yield task
            continue
        for annotation in task.annotations:
            yield _item(task, annotation, classes, controls, reading)


def _item(
    task: _Task, annotation: _Annotation, classes: ClassSet, controls: Controls, reading: Reading
) -> Item:
    result = [each for each in annotation.result if not _is_guess(each, controls)]
    try:
        answer = answer_of(result, classes, controls)
    except NoLabel as why:
        return Unusable(task.where, str(why))
    except BadInput as error:
        return Unusable(task.where, f"cannot be understood: {error}")
    hints = [each["to_name"] for each in result if isinstance(each.get("to_name"), str)]
    data = {name: value for name, value in task.data.items() if name not in controls}
    named = named_in(data, reading.sample, dict.fromkeys(hints))
    label = with_marked_text(answer.label, named.text) if classes.shape == "span" else answer.label
    if not named:
        return Unusable(task.where, f"names no sample in {', '.join(task.data)[:200]}")
    return Imported(
        task.where,
        label,
        sample_id=named.sample_id,
        row=named.row,
        source=named.source,
        text=named.text,
        annotator=annotation.annotator,
        size=size_in(result),
        left_out=answer.left_out + answer.others,
    )


def annotator_of(completed_by: Any) -> str | None:
    """The annotator's name here for a person of Label Studio."""
    if isinstance(completed_by, Mapping):
        completed_by = completed_by.get("email") or completed_by.get("id")
    if completed_by is None:
        return None
    return completed_by if isinstance(completed_by, str) else f"label-studio:{completed_by}"


# --- which question is the project's ----------------------------------------------------


def _controls(path: Path, classes: ClassSet, reading: Reading) -> Controls:
    """The controls whose answers count; empty where none is of the project's kind."""
    said: dict[str | None, set[str]] = {}
    sure: set[str | None] = set()
    for task in _tasks(path):
        for annotation in () if isinstance(task, Unusable) else task.annotations:
            for each in annotation.result:
                if fits(each, classes):
                    names = said.setdefault(control_of(each), set())
                    if len(names) < MOST_NAMES:
                        names.update(str(name)[:LONGEST_NAME] for name in names_in(each))
                    if not each.get("guess"):
                        sure.add(control_of(each))
    if reading.label is not None:
        if reading.label not in said:
            raise BadInput(f"{str(path)!r} has no {_question(reading.label, said)}.")
        return frozenset({reading.label})
    found = fitting(said, classes)
    if found is None and len(sure) == 1:
        return frozenset(sure)
    named = [name for name in said if name is not None and plain_name(name) in LABEL]
    if found is None and not sure and len(named) == 1:
        return frozenset(named)
    if found is None:
        raise BadInput(
            f"{str(path)!r} answers several questions ({_listed(said)}): name the one of this "
            "project, label='NAME' or --label NAME."
        )
    return found


def _question(label: str, said: Mapping[str | None, Any]) -> str:
    there = f"; it has {_listed(said)}" if said else ""
    return f"answers to a question {shown(label)} of this project's kind{there}"


def _listed(said: Mapping[str | None, Any]) -> str:
    return ", ".join(sorted(str(name) for name in said)[:10])


# --- tasks ------------------------------------------------------------------------------


def _tasks(path: Path) -> Iterator[_Task | Unusable]:
    for number, said in enumerate(elements(path), 1):
        where = f"Task {number}"
        if not isinstance(said, dict):
            yield Unusable(where, "is no JSON object")
        elif isinstance(said.get("data"), dict) or any(name in said for name in ANNOTATIONS):
            yield _task(f"Task {said.get('id', number)}", said)
        else:
            yield _short(f"Task {said.get('id', number)}", said)


def _task(where: str, said: Mapping[str, Any]) -> _Task | Unusable:
    data = said.get("data")
    if not isinstance(data, dict):
        return Unusable(where, "has no data")
    listed: Any = next((said[name] for name in ANNOTATIONS if said.get(name)), [])
    if not isinstance(listed, list) or not all(map(_is_annotation, listed)):
        return Unusable(where, "has annotations that are none")
    made = [each for each in listed if not (each.get("was_cancelled") or each.get("skipped"))]
    # Of a person's answers the first counts, and the others are reported.
    made.sort(key=_made_at, reverse=True)
    annotations = tuple(
        _Annotation(
            [part for part in each.get("result") or () if isinstance(part, dict)],
            each.get("annotator") or annotator_of(each.get("completed_by")),
        )
        for each in made
    )
    return _Task(where, data, annotations)


def _is_annotation(said: Any) -> bool:
    return isinstance(said, dict) and isinstance(said.get("result") or [], list)


def _made_at(annotation: Mapping[str, Any]) -> str:
    return str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _short(where: str, said: Mapping[str, Any]) -> _Task:
    """A task of JSON-MIN: the data and the answers of one person beside one another."""
    result: list[Mapping[str, Any]] = []
    names = list(said)
    answers = set(names)
    if "id" in said and "annotator" in said and names.index("id") < names.index("annotator"):
        answers = set(names[names.index("id") : names.index("annotator")])
    sure = answers != set(names)
    for name, value in said.items():
        if name in answers and not _is_about(name):
            result += short_results(name, value, sure)
    given = {each["from_name"] for each in result if not each.get("guess")}
    data = {name: value for name, value in said.items() if name not in given}
    data = {name: value for name, value in data.items() if name not in (*ABOUT, "id")}
    annotator = said.get("annotator")
    return _Task(where, data, (_Annotation(result, annotator_of(annotator)),))


def _is_about(name: str) -> bool:
    return name in (*ABOUT, "id") or plain_name(name) in (*TEXT, *SOURCE, *SAMPLE_ID)


def short_results(name: str, value: Any, sure: bool = False) -> Iterator[Mapping[str, Any]]:
    """Answers of one control in JSON-MIN, which leaves out their types.

    A single string may be the one choice, or a field of the data: a guess where its place does
    not tell.
    """
    if isinstance(value, str):
        about = {"from_name": name, "type": "choices", "value": {"choices": [value]}}
        yield about if sure else about | {"guess": True}
        return
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield from short_results(name, each, sure)
        if not isinstance(each, dict):
            continue
        type = next((key for key in each if key == "choices" or key.endswith("labels")), None)
        if type is not None:
            yield {"from_name": name, "type": type, "value": each}


def _is_guess(each: Mapping[str, Any], controls: Controls) -> bool:
    """Whether it is probably a field of the data, and no answer."""
    return bool(each.get("guess")) and control_of(each) not in controls

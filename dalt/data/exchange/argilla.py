"""Argilla: records with fields, responses and suggestions; responses that are submitted are labels.

Version 2 writes responses by question (``records.to_json``, ``to_disk``, ``to_datasets``), version
1 by person (``FeedbackDataset``) or one annotation for a record (``TextClassificationRecord``,
``TokenClassificationRecord``).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from dalt.core.records import BadInput, ClassSet, LabelValue
from dalt.data.exchange.contents import bytes_of, id_of_bytes, id_of_url
from dalt.data.exchange.entries import Entry, names_of, regions_of, require_kind
from dalt.data.exchange.hf_features import Features
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.json_lists import begins_with, first_element, numbered
from dalt.data.exchange.pictures import as_data_address

RECORDS = "records.json"
SETTINGS = (".argilla", "settings.json")
RESPONSES = ".responses"
PEOPLE = uuid.UUID("5f0c2a52-8f3f-4f38-9c9e-6d4b0a5b7c11")
"""Names that stand for annotators in `write_argilla` are made in it, the same each time."""
_ENDS = frozenset(("start", "end"))
_KEYS = ("fields", "inputs", "annotation", "prediction", "text")
_OF_VERSION_1 = frozenset(("annotation", "annotation_agent", "prediction"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered to a question; `status` is None where the file does not say."""

    question: str
    value: Any
    user: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """A record of any version.

    Attributes
    ----------
    fields : mapping
    answers : tuple of Answer
    sample_id : str or None
    status : str or None
        "completed", "pending", "discarded", as the file says.
    users : mapping
        Names of people by their ids, if the file has them.
    """

    fields: Mapping[str, Any]
    answers: tuple[Answer, ...]
    sample_id: str | None = None
    status: str | None = None
    users: Mapping[str, str] | None = None


# --- reading ----------------------------------------------------------------------------


def is_argilla(path: Path) -> bool:
    """Whether it holds records, by the first of them."""
    if path.is_dir():
        return (path / RECORDS).is_file() and path.joinpath(*SETTINGS).is_file()
    if path.suffix.lower() not in (".json", ".jsonl") or not begins_with(path, *_KEYS):
        return False
    first = first_element(path)
    return isinstance(first, dict) and _record_of(first) is not None


def read_argilla(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read the submitted responses of records; drafts, discarded ones and suggestions are none.

    Where records have several questions, that is taken whose answers are classes of the project,
    or the one that `reading` names.

    Raises
    ------
    BadInput
        If it is no such file.
    """
    for where, row in numbered(path / RECORDS if path.is_dir() else path, "Record"):
        record = _record_of(row) if isinstance(row, dict) else None
        if record is None:
            yield Unusable(where, "is no record of Argilla")
            continue
        yield from record_items(where, record, classes, reading)


def _record_of(row: Mapping[str, Any]) -> Record | None:
    if isinstance(row.get("fields"), dict) and "responses" in row:
        metadata = row.get("metadata")
        named = metadata.get("sample_id") if isinstance(metadata, dict) else None
        answers = tuple(_answers(row["responses"]))
        users = row.get("users")
        people = users if isinstance(users, dict) else None
        return Record(row["fields"], answers, _text(named), row.get("status"), people)
    if "annotation" in row and len(_OF_VERSION_1 & row.keys()) > 1:
        return _classic(row)
    return None


def _answers(said: Any) -> Iterator[Answer]:
    if isinstance(said, Mapping):  # version 2: by question
        for question, responses in said.items():
            for each in _objects(responses):
                yield Answer(question, each.get("value"), _user(each), each.get("status"))
        return
    for each in _objects(said):  # version 1: by person
        values = each.get("values")
        for question, value in values.items() if isinstance(values, Mapping) else ():
            answer = value.get("value") if isinstance(value, Mapping) else value
            yield Answer(question, answer, _user(each), each.get("status") or "submitted")


def _objects(said: Any) -> list[Mapping[str, Any]]:
    return [each for each in said if isinstance(each, Mapping)] if isinstance(said, list) else []


def _user(said: Mapping[str, Any]) -> str | None:
    return _text(said.get("user_id"))


def _text(said: Any) -> str | None:
    return said if isinstance(said, str) and said else None


def _classic(row: Mapping[str, Any]) -> Record:
    """A record of the first kind: one annotation, by a program or a person."""
    inputs = row.get("inputs")
    text = row.get("text")
    fields = {"text": text} if isinstance(text, str) else inputs
    annotation = row.get("annotation")
    if isinstance(annotation, list) and annotation and not isinstance(annotation[0], str):
        annotation = [_classic_span(each) for each in annotation]
    validated = row.get("status") in (None, "Validated")
    status = "submitted" if validated else str(row.get("status")).lower()
    answered = annotation is not None
    answer = Answer("annotation", annotation, _text(row.get("annotation_agent")), status)
    fields = fields if isinstance(fields, dict) else {"text": fields}
    return Record(fields, (answer,) if answered else (), status=None)


def _classic_span(said: Any) -> Any:
    if isinstance(said, Mapping) or not isinstance(said, list | tuple) or len(said) < 3:
        return said
    return {"label": said[0], "start": said[1], "end": said[2]}


def flat_record(row: Mapping[str, Any], features: Features) -> Record | None:
    """A record in a row of a Hugging Face dataset, as ``to_datasets`` writes it; None if none is.

    Parameters
    ----------
    row : mapping
    features : Features
        They name classes by their numbers.
    """
    questions = [name.removesuffix(RESPONSES) for name in row if name.endswith(RESPONSES)]
    if questions:
        answers = [each for name in questions for each in _flat_answers(name, row, features)]
    else:  # version 1: a column for each question, with its people
        questions = [name for name in row if f"{name}-suggestion" in row]
        answers = [
            Answer(name, each.get("value"), _user(each), each.get("status") or "submitted")
            for name in questions
            for each in _objects(row[name])
        ]
    if not questions:
        return None
    taken = {name for name in row if any(name == q or name.startswith(f"{q}.") for q in questions)}
    fields = {k: v for k, v in row.items() if k not in taken and k not in _NO_FIELDS}
    return Record(fields, tuple(answers), row.get("sample_id"), row.get("status"))


_NO_FIELDS = frozenset(
    ("id", "status", "_server_id", "metadata", "external_id", "vectors", "sample_id", "users")
)


def _flat_answers(name: str, row: Mapping[str, Any], features: Features) -> Iterator[Answer]:
    column = name + RESPONSES
    values = row[column] or []
    leaf = features.get((column,))
    names = leaf.names if leaf else ()
    users = row.get(f"{column}.users") or [None] * len(values)
    statuses = row.get(f"{column}.status") or [None] * len(values)
    for value, user, status in zip(values, users, statuses, strict=False):
        named = isinstance(value, int) and 0 <= value < len(names)
        yield Answer(name, names[value] if named else value, user, status)


def record_items(where: str, record: Record, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """The labels of a record, one of each person who submitted one."""
    submitted = [each for each in record.answers if _counts(each, record)]
    fitting = [each for each in submitted if _fits(each.value, classes)]
    if reading.label is not None:
        fitting = [each for each in fitting if each.question == reading.label]
    questions = sorted({each.question for each in fitting})
    if len(questions) > 1:
        wanted = {*classes.names, *classes.former}
        known = {each.question for each in fitting if _classes_in(each.value) & wanted}
        questions = sorted(known) or questions
    if not questions:
        yield Unusable(where, _why_none(record, submitted))
    elif len(questions) > 1:
        said = ", ".join(questions)
        yield Unusable(where, f"has answers to {said}; name the question with label=")
    else:
        named = _named(where, record, reading)
        for each in fitting if isinstance(named, Imported) else ():
            if each.question == questions[0] and isinstance(named, Imported):
                person = _person(each.user, record)
                yield replace(named, label=_label(each.value), annotator=person)
        if isinstance(named, Unusable):
            yield named


def _counts(answer: Answer, record: Record) -> bool:
    if answer.status is None:
        return record.status != "pending"
    return answer.status == "submitted"


def _why_none(record: Record, submitted: Sequence[Answer]) -> str:
    if submitted:
        return "has no answer that is a label of this project"
    if record.status == "pending" and any(each.status is None for each in record.answers):
        return "is pending, and the file does not say whether its responses were submitted"
    return "has no submitted response"


def _fits(value: Any, classes: ClassSet) -> bool:
    several = isinstance(value, list)
    if classes.shape is None:
        one = isinstance(value, str | int) and not isinstance(value, bool)
        return one or (several and all(isinstance(each, str) for each in value))
    return several and all(isinstance(each, Mapping) and each.keys() >= _ENDS for each in value)


def _classes_in(value: Any) -> set[Any]:
    if not isinstance(value, list):
        return {value}
    return {each.get("label") if isinstance(each, Mapping) else each for each in value}


def _label(value: Any) -> Any:
    if not isinstance(value, list) or not value or not isinstance(value[0], Mapping):
        return value
    return [
        {"shape": "span", "label": each.get("label"), "start": each["start"], "end": each["end"]}
        | ({"text": each["text"]} if isinstance(each.get("text"), str) else {})
        for each in value
    ]


def _person(user: str | None, record: Record) -> str | None:
    if not user:
        return None
    named = (record.users or {}).get(user)
    return named or (f"argilla:{user}" if re.fullmatch(r"[0-9a-f-]{36}", user) else user)


def _named(where: str, record: Record, reading: Reading) -> Imported | Unusable:
    """What names the sample: a field with a text, or with a picture."""
    fields = record.fields
    chosen = {reading.sample: fields.get(reading.sample)} if reading.sample else dict(fields)
    item = Imported(where, None, sample_id=record.sample_id)
    for value in chosen.values():
        data = bytes_of(value)
        held = id_of_bytes(data, "image") if data is not None else id_of_url(value)
        if held is not None and record.sample_id is None:
            return replace(item, sample_id=held, carried=True)
        if held is not None:
            return item
    texts = {name: value for name, value in chosen.items() if isinstance(value, str)}
    if len(texts) > 1 and "text" not in texts and not record.sample_id:
        said = ", ".join(texts)
        return Unusable(where, f"has the fields {said}; name that of the samples with sample=")
    text = texts.get("text") or next(iter(texts.values()), None)
    link = text if text and re.match(r"\w+://\S+$", text) else None
    return replace(item, source=link, text=None if link else text)


# --- writing ----------------------------------------------------------------------------


def write_argilla(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write records as ``records.from_json`` of Argilla reads them: texts and pictures.

    The field is ``text`` or ``image``, the question ``label``.  Argilla wants ids of people;
    ``users`` says whose they are.

    Raises
    ------
    BadInput
        If these are regions of pictures, sounds or rows.
    """
    if classes.shape not in (None, "span"):
        raise BadInput("argilla holds classes and spans; choose coco or label-studio for regions.")
    count = 0
    file.write("[")
    for number, entry in enumerate(entries):
        require_kind(entry, ("text", "image"), "argilla")
        said = json.dumps(_written(entry), ensure_ascii=False)
        file.write(("," if number else "") + "\n" + said)
        count += len(entry.answers)
    file.write("\n]\n")
    return count


def _written(entry: Entry) -> dict[str, Any]:
    content = entry.content()
    of_text = entry.kind == "text"
    fields = {"text": content.text} if of_text else {"image": as_data_address(content)}
    users = {str(uuid.uuid5(PEOPLE, name)): name for name, _ in entry.answers}
    responses = [
        {"value": _value(label), "user_id": user, "status": "submitted"}
        for user, (_, label) in zip(users, entry.answers, strict=True)
    ]
    return {
        "id": entry.sample_id,
        "fields": fields,
        "metadata": {"sample_id": entry.sample_id},
        "suggestions": {},
        "responses": {"label": responses},
        "vectors": {},
        "status": "completed",
        "users": users,
    }


def _value(label: LabelValue) -> str | list[Any]:
    if isinstance(label, str):
        return label
    spans = [{"label": r.label, "start": r.start, "end": r.end} for r in regions_of(label)]
    return spans or names_of(label)

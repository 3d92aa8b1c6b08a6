"""Argilla's records of both versions: what is submitted comes in, and goes out as it reads it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import argilla as rg
import pytest
from argilla.records._io import GenericIO, JsonIO
from assignments import answer_in_order
from datasets import Dataset

import dalt
from dalt.core.records import BadInput, ClassSet, Region
from dalt.data.formats import Imported, Item, Reading, Unusable, found_format, read_any

PETS = ClassSet(("cat", "dog"))
SPANS = ClassSet(("PER", "ORG"), shape="span")
ANA, BEN = uuid.UUID(int=1), uuid.UUID(int=2)
Make = Callable[..., dalt.Project]


def record(*responses: rg.Response, **fields: str) -> rg.Record:
    said = rg.Suggestion(question_name="label", value="dog", score=0.9, agent="model")
    return rg.Record(fields=fields or {"text": "meow"}, responses=[*responses], suggestions=[said])


def response(value: Any, user: uuid.UUID = ANA, **about: Any) -> rg.Response:
    about = {"question_name": "label", "status": "submitted"} | about
    return rg.Response(value=value, user_id=user, **about)


def read(path: Path, classes: ClassSet = PETS, format: str = "argilla", **named: str) -> list[Item]:
    assert found_format(path) == format
    return list(read_any(path, None, classes, Reading(**named)))


def labels(items: list[Item]) -> list[Any]:
    return [
        (each.label, each.annotator) if isinstance(each, Imported) else each.why for each in items
    ]


# --- version 2 ----------------------------------------------------------------------------------


def test_rows_of_datasets_have_answers_by_their_status(tmp_path: Path) -> None:
    records = [
        record(response("cat"), response("dog", BEN)),
        record(response("dog", status="draft"), response("cat", BEN, status="discarded")),
        record(),
    ]
    said = GenericIO.to_dict(records, flatten=True)
    Dataset.from_dict(said).to_parquet(tmp_path / "theirs" / "in.parquet")
    items = read(tmp_path / "theirs", format="huggingface")
    assert labels(items) == [
        ("cat", f"argilla:{ANA}"), ("dog", f"argilla:{BEN}"),
        "has no submitted response", "has no submitted response",
    ]  # fmt: skip
    assert isinstance(items[0], Imported) and items[0].text == "meow"


def test_json_of_records_says_by_the_record_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    JsonIO.to_json([record(response("cat"))], path)
    assert [each["status"] for each in json.loads(path.read_text())] == ["pending"]
    assert labels(read(path)) == [
        "is pending, and the file does not say whether its responses were submitted"
    ]
    path.write_text(path.read_text().replace('"pending"', '"completed"'))
    assert labels(read(path)) == [("cat", f"argilla:{ANA}")]


def test_folders_that_they_save_hold_records(tmp_path: Path) -> None:
    (tmp_path / ".argilla").mkdir()
    (tmp_path / ".argilla" / "settings.json").write_text("{}")
    JsonIO.to_json([record(response("cat"))], tmp_path / "records.json")
    text = (tmp_path / "records.json").read_text()
    (tmp_path / "records.json").write_text(text.replace('"pending"', '"completed"'))
    assert labels(read(tmp_path)) == [("cat", f"argilla:{ANA}")]


def written(tmp_path: Path, responses: dict[str, Any], **fields: Any) -> Path:
    said = {"fields": fields or {"text": "meow"}, "responses": responses, "status": "completed"}
    path = tmp_path / "in.json"
    path.write_text(json.dumps([said]))
    return path


def by(value: Any) -> list[dict[str, Any]]:
    return [{"value": value, "user_id": str(ANA)}]


def test_the_question_with_the_projects_classes_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, {"mood": by("calm"), "label": by("cat"), "quality": by(5)})
    assert labels(read(path)) == [("cat", f"argilla:{ANA}")]
    assert labels(read(path, label="mood")) == [("calm", f"argilla:{ANA}")]
    path = written(tmp_path, {"mood": by("calm"), "tone": by("wild")})
    assert labels(read(path)) == ["has answers to mood, tone; name the question with label="]


def test_spans_and_several_classes(tmp_path: Path) -> None:
    span = {"label": "PER", "start": 0, "end": 3}
    path = written(tmp_path, {"label": by("cat"), "spans": by([span])}, text="Kim said")
    assert labels(read(path, SPANS)) == [([{"shape": "span"} | span], f"argilla:{ANA}")]
    path = written(tmp_path, {"label": by(["cat", "dog"])})
    assert labels(read(path)) == [(["cat", "dog"], f"argilla:{ANA}")]


def test_the_field_of_the_samples_is_named_where_there_are_several(tmp_path: Path) -> None:
    path = written(tmp_path, {"label": by("cat")}, prompt="a", answer="b")
    assert labels(read(path)) == [
        "has the fields prompt, answer; name that of the samples with sample="
    ]
    (item,) = read(path, sample="answer")
    assert isinstance(item, Imported) and item.text == "b"


# --- version 1 ----------------------------------------------------------------------------------


def test_feedback_has_its_answers_by_person(tmp_path: Path) -> None:
    said = {
        "fields": {"text": "meow"},
        "responses": [
            {"user_id": str(ANA), "status": "submitted", "values": {"label": {"value": "cat"}}},
            {"user_id": str(BEN), "status": "draft", "values": {"label": {"value": "dog"}}},
        ],
        "suggestions": [{"question_name": "label", "value": "dog"}],
        "external_id": None,
    }
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(said) + "\n")
    assert labels(read(path)) == [("cat", f"argilla:{ANA}")]
    rows = {
        "text": ["meow"],
        "label": [[{"user_id": str(ANA), "value": "cat", "status": "submitted"},
                   {"user_id": str(BEN), "value": "dog", "status": "discarded"}]],
        "label-suggestion": ["dog"], "external_id": ["7"],
    }  # fmt: skip
    Dataset.from_dict(rows).to_parquet(tmp_path / "theirs" / "in.parquet")
    items = read(tmp_path / "theirs", format="huggingface")
    assert labels(items) == [("cat", f"argilla:{ANA}")]


@pytest.mark.parametrize(
    ("about", "label"),
    [
        ({"annotation": "cat", "status": "Validated"}, ("cat", "ana")),
        ({"annotation": ["cat", "dog"], "status": "Validated"}, (["cat", "dog"], "ana")),
        ({"annotation": "cat", "status": "Discarded"}, "has no submitted response"),
        ({"annotation": None, "status": "Default"}, "has no submitted response"),
    ],
)
def test_classification_records_are_validated(
    tmp_path: Path, about: dict[str, Any], label: Any
) -> None:
    said = {"inputs": {"text": "meow"}, "prediction": [["dog", 0.9]], "annotation_agent": "ana"}
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(said | about) + "\n")
    assert labels(read(path)) == [label]


def test_token_records_have_spans(tmp_path: Path) -> None:
    said = {
        "text": "Kim said", "tokens": ["Kim", "said"], "prediction": None,
        "annotation": [["PER", 0, 3]], "annotation_agent": "ana", "status": "Validated",
    }  # fmt: skip
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(said) + "\n")
    span = {"shape": "span", "label": "PER", "start": 0, "end": 3}
    assert labels(read(path, SPANS)) == [([span], "ana")]


# --- out ----------------------------------------------------------------------------------------


def theirs(path: Path) -> list[rg.Record]:
    """Records as `records.from_json` makes them before it sends them to a server."""
    return [rg.Record.from_dict(each) for each in json.loads(path.read_text("utf-8"))]


def test_argilla_reads_what_goes_out(tmp_path: Path, make: Make) -> None:
    project = make(annotations_per_sample=2)
    project.add_texts(["meow", "woof"], progress=False)
    answer_in_order(project, ["cat", "dog"], "ana")
    answer_in_order(project, ["dog"], "ben")
    assert project.export(tmp_path / "out.json", "argilla") == 3
    first, second = theirs(tmp_path / "out.json")
    assert first.fields.to_dict() == {"text": "meow"}
    assert [(each.value, each.status.value) for each in first.responses] == [
        ("cat", "submitted"), ("dog", "submitted"),
    ]  # fmt: skip
    assert [each.value for each in second.responses] == ["dog"]
    assert len({each.user_id for each in first.responses}) == 2


def test_spans_go_out_as_theirs(tmp_path: Path, make: Make) -> None:
    project = make(classes=["PER"], task="spans")
    project.add_texts(["Kim said"], progress=False)
    answer_in_order(project, [[Region("span", "PER", start=0, end=3)]])
    project.export(tmp_path / "out.json", "argilla")
    (said,) = theirs(tmp_path / "out.json")
    assert next(iter(said.responses)).value == [{"label": "PER", "start": 0, "end": 3}]


def test_boxes_are_refused(tmp_path: Path, make: Make) -> None:
    with pytest.raises(BadInput, match="argilla holds classes and spans"):
        make(task="boxes").export(tmp_path / "out.json", "argilla")


def test_records_of_something_else_are_unusable(tmp_path: Path) -> None:
    path = written(tmp_path, {"label": by("cat")})
    path.write_text(path.read_text()[:-1] + ", 7]")
    assert read(path)[1] == Unusable("Record 2", "is no record of Argilla")


@pytest.mark.parametrize(
    "responses",
    [3, [3], [{"values": 3}], {"label": 3}, {"label": [3]}, {"label": [{"value": [{"start": 1}]}]}],
)
def test_responses_that_make_no_sense_are_no_labels(tmp_path: Path, responses: Any) -> None:
    row = {"fields": {"text": "meow"}, "responses": responses, "status": "completed", "users": 3}
    (tmp_path / "in.json").write_text(json.dumps([row]))
    for named in ({}, {"label": "label"}):
        said = labels(list(read_any(tmp_path / "in.json", "argilla", SPANS, Reading(**named))))
        assert said in (
            ["has no submitted response"], ["has no answer that is a label of this project"]
        )  # fmt: skip

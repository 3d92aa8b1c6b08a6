"""The backend of Label Studio without Label Studio: its messages, and what is refused."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked import Asked, serving
from assignments import assigned

import dalt
from dalt.core.records import ClassSet, Region
from dalt.data.exchange.labelstudio import labeling_config

CLASSES = ClassSet(("low", "high"))
CONFIG = labeling_config("text", CLASSES)
TEXTS = [f"text number {i}" for i in range(20)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("studio") / "texts.dalt"
    with dalt.Project.create(folder, classes=["low", "high"]) as project:
        ids = project.add_texts(TEXTS, progress=False).ids
        project.add_embeddings(np.arange(40, dtype=np.float32).reshape(20, 2), progress=False)
        with project.session("first") as session:
            for _ in range(4):
                asked = assigned(session)
                session.submit(asked, "low" if asked.sample.position < 10 else "high")
        project.trainer.wait(60)
    return folder, ids


@pytest.fixture(scope="module")
def asked(made: tuple[Path, list[str]]) -> Iterator[Asked]:
    with serving(made[0]) as running:
        yield running


def annotated(action: str, data: dict[str, Any], choice: str | None, **more: Any) -> dict[str, Any]:
    result = [] if choice is None else [{"type": "choices", "value": {"choices": [choice]}}]
    annotation = {"id": 1, "task": 7, "completed_by": 3, "result": result, "lead_time": 2.5}
    task = {"id": 7, "data": data}
    return {"action": action, "annotation": annotation | more, "task": task, "project": {"id": 1}}


def answers_of(folder: Path, annotator: str = "label-studio:3") -> dict[Any, Any]:
    with dalt.Project.open(folder, thin=True) as project:
        labels = project.labels()
    return labels[labels.annotator == annotator].set_index("sample_id").label.to_dict()


def test_it_is_up_without_a_token(asked: Asked) -> None:
    assert asked.ask("GET", "/label-studio/health", token="").json == {"status": "UP"}
    assert asked.ask("POST", "/label-studio/predict", {"tasks": []}, token="").status == 401


def test_setup_says_the_version(asked: Asked) -> None:
    body = {"project": "1.1", "schema": CONFIG, "hostname": "http://x", "access_token": "t"}
    version = asked.ask("GET", "/v1/model").json["version"]
    said = asked.ask("POST", "/label-studio/setup", body)
    assert (said.status, said.json) == (200, {"model_version": str(version)})


def test_a_configuration_that_asks_something_else_is_refused(asked: Asked) -> None:
    said = asked.ask("POST", "/label-studio/setup", {"project": "1", "schema": "<View/>"})
    assert (said.status, said.json["error"]) == (
        422,
        "The labeling configuration has no <Choices>, which this project needs.",
    )


def test_tasks_are_known_by_id_or_by_their_text(asked: Asked, made: tuple[Path, list[str]]) -> None:
    tasks = [
        {"data": {"sample_id": made[1][0]}},
        {"data": {"body": TEXTS[1]}},
        {"data": {"a": "?"}},
    ]
    said = asked.ask("POST", "/label-studio/predict", {"tasks": tasks, "label_config": CONFIG}).json
    suggested = asked.ask("POST", "/v1/suggest?top=1", {"sample_ids": made[1][:2]}).json
    found = [each["result"][0]["value"]["choices"] for each in said["results"][:2]]
    assert found == [[each["classes"][0]["label"]] for each in suggested["suggestions"]]
    assert said["results"][2] == {
        "result": [],
        "score": 0.0,
        "model_version": said["model_version"],
    }
    first = said["results"][0]
    assert first["score"] == suggested["suggestions"][0]["classes"][0]["probability"]
    assert (first["result"][0]["from_name"], first["result"][0]["to_name"]) == ("label", "sample")


def test_annotations_are_recorded_changed_and_taken_back(
    asked: Asked, made: tuple[Path, list[str]]
) -> None:
    folder, ids = made
    data = {"sample_id": ids[2]}
    created = annotated("ANNOTATION_CREATED", data, "low", id=11)
    for _ in range(2):  # sent again it is recorded once
        assert asked.ask("POST", "/label-studio/webhook", created).json["recorded"] == 1
    assert answers_of(folder)[ids[2]] == "low"
    changed = annotated("ANNOTATION_UPDATED", data, "high", id=11)
    asked.ask("POST", "/label-studio/webhook", changed)
    assert answers_of(folder)[ids[2]] == "high"
    deleted = {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 11}]}
    assert asked.ask("POST", "/label-studio/webhook", deleted).json["recorded"] == 1
    assert ids[2] not in answers_of(folder)
    assert asked.ask("POST", "/label-studio/webhook", deleted).json["recorded"] == 0
    with dalt.Project.open(folder, thin=True) as project:
        history = project.history()
    kinds = history[history.sample_id == ids[2]].kind.tolist()[-4:]
    assert kinds == ["label", "label", "undo", "undo"]
    assert history[history.kind == "label"].active_seconds.iloc[-1] == 2.5


@pytest.mark.parametrize("lead_time", [-3.0, 1e308, 10**300, True, "2.5", None])
def test_an_annotation_with_an_impossible_time_counts_without_it(
    asked: Asked, made: tuple[Path, list[str]], lead_time: object
) -> None:
    folder, ids = made
    body = annotated("ANNOTATION_CREATED", {"sample_id": ids[6]}, "low", id=61)
    body["annotation"]["lead_time"] = lead_time
    body["annotation"]["updated_at"] = repr(lead_time)  # so it is another answer
    assert asked.ask("POST", "/label-studio/webhook", body).json["recorded"] == 1
    with dalt.Project.open(folder, thin=True) as project:
        newest = project.history().iloc[-1]
    assert (newest.sample_id, newest.label) == (ids[6], "low")
    assert math.isnan(newest.active_seconds)


def test_annotation_one_is_not_annotation_eleven(
    asked: Asked, made: tuple[Path, list[str]]
) -> None:
    folder, ids = made
    for number, id in enumerate((1, 12)):
        body = annotated("ANNOTATION_CREATED", {"sample_id": ids[3 + number]}, "low", id=id)
        asked.ask("POST", "/label-studio/webhook", body)
    deleted = {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 1}]}
    asked.ask("POST", "/label-studio/webhook", deleted)
    assert ids[3] not in answers_of(folder) and answers_of(folder)[ids[4]] == "low"


def test_what_was_suggested_stands_with_the_label(
    asked: Asked, made: tuple[Path, list[str]]
) -> None:
    folder, ids = made
    result = [{"type": "choices", "value": {"choices": ["high"]}}]
    prediction = {"model_version": "1", "score": 0.75, "result": result}
    body = annotated(
        "ANNOTATION_CREATED", {"sample_id": ids[5]}, "low", id=13, prediction=prediction
    )
    asked.ask("POST", "/label-studio/webhook", body)
    with dalt.Project.open(folder, thin=True) as project:
        labels = project.labels().set_index("sample_id")
    row = labels.loc[ids[5]]
    assert (row.suggested, row.probability, row.snapshot) == ("high", 0.75, 1)


@pytest.mark.parametrize(
    ("version", "score"),
    [("\u00b2", 0.5), ("9" * 5_000, 0.5), ("1", float("nan")), ("1", 10**400), ("1", -1.0),
     ("1", True), (None, 0.5), ("1", "high")],
)  # fmt: skip
def test_a_suggestion_that_cannot_be_is_none_and_the_answer_counts(
    asked: Asked, made: tuple[Path, list[str]], version: Any, score: Any
) -> None:
    folder, ids = made
    result = [{"type": "choices", "value": {"choices": ["high"]}}]
    prediction = {"model_version": version, "score": score, "result": result}
    number = 100 + len(str(score)) + 10 * len(str(version))
    body = annotated(
        "ANNOTATION_CREATED", {"sample_id": ids[7]}, "low", id=number, prediction=prediction
    )
    assert asked.ask("POST", "/label-studio/webhook", body).status == 200
    with dalt.Project.open(folder, thin=True) as project:
        row = project.labels().set_index("sample_id").loc[ids[7]]
    assert row.label == "low" and (row.probability != row.probability or 0 <= row.probability <= 1)


def test_a_cancelled_one_is_a_skip(asked: Asked, made: tuple[Path, list[str]]) -> None:
    folder, ids = made
    body = annotated("ANNOTATION_CREATED", {"sample_id": ids[6]}, None, id=14, was_cancelled=True)
    assert asked.ask("POST", "/label-studio/webhook", body).status == 200
    with dalt.Project.open(folder, thin=True) as project:
        assert project.history().kind.iloc[-1] == "skip"


TWO = """<View><Text name="t" value="$text"/>
<Choices name="mood" toName="t"><Choice value="good"/><Choice value="bad"/></Choices>
<Choices name="height" toName="t"><Choice value="low"/><Choice value="high"/></Choices></View>"""


@pytest.mark.parametrize(
    ("answers", "recorded"),
    [
        ({"height": "low"}, "low"),
        ({"mood": "bad", "height": "high"}, "high"),
        ({"mood": "low", "height": "high"}, "high"),  # by its name, not by its class
        ({"mood": "good"}, None),
    ],
)
def test_of_two_questions_the_one_with_our_classes_counts(
    asked: Asked, made: tuple[Path, list[str]], answers: dict[str, str], recorded: str | None
) -> None:
    folder, ids = made
    about = {"type": "choices", "to_name": "t"}
    result = [
        about | {"from_name": name, "value": {"choices": [said]}} for name, said in answers.items()
    ]
    who = {"id": 50, "email": "-".join(answers.values())}
    body = annotated(
        "ANNOTATION_CREATED", {"text": TEXTS[9]}, None, result=result, completed_by=who
    )
    body["project"]["label_config"] = TWO
    said = asked.ask("POST", "/label-studio/webhook", body)
    assert (said.status, said.json["recorded"]) == (200, int(recorded is not None))
    assert answers_of(folder, str(who["email"])).get(ids[9]) == recorded


def test_predictions_are_for_the_question_with_our_classes(asked: Asked) -> None:
    tasks = [{"data": {"text": TEXTS[1]}}]
    said = asked.ask("POST", "/label-studio/predict", {"tasks": tasks, "label_config": TWO}).json
    assert said["results"][0]["result"][0]["from_name"] == "height"


@pytest.mark.parametrize("action", ["START_TRAINING", "PROJECT_UPDATED", "TASKS_CREATED"])
def test_the_rest_is_passed_over(asked: Asked, action: str) -> None:
    said = asked.ask("POST", "/label-studio/webhook", {"action": action, "project": {"id": 1}})
    assert (said.status, said.json) == (200, {"status": "ok", "recorded": 0})


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (annotated("ANNOTATION_CREATED", {"sample_id": "?"}, "low"), 404, "Task 7 is of no sample"),
        (annotated("ANNOTATION_CREATED", {"text": TEXTS[7]}, "cow"), 422, "There is no class"),
        (annotated("ANNOTATION_CREATED", {"text": TEXTS[7]}, None), 422, "An annotation has no"),
        (annotated("ANNOTATION_CREATED", {}, "low", result="x"), 404, "Task 7 is of no sample"),
        ({"action": "ANNOTATION_CREATED", "annotation": {"id": 1}}, 422, "This annotation"),
        ({"action": "ANNOTATIONS_DELETED", "annotations": [{}]}, 422, "A deleted annotation"),
        ({}, 422, "body.action: Field required."),
        (annotated("ANNOTATION_CREATED", {"text": "\ud800"}, "low"), 422, "body: must be"),
        (annotated("ANNOTATION_CREATED", {}, "low", lead_time="\udfff"), 422, "body: must be"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_sentence(
    asked: Asked, body: dict[str, Any], status: int, error: str
) -> None:
    said = asked.ask("POST", "/label-studio/webhook", body)
    assert said.status == status
    assert said.json["error"].startswith(error), said.json


def test_half_characters_are_refused_where_predictions_are_asked(asked: Asked) -> None:
    said = asked.ask("POST", "/label-studio/predict", {"tasks": [{"data": {"text": "\ud800"}}]})
    assert said.status == 422
    assert "half of a surrogate pair" in said.json["error"]


@pytest.mark.parametrize("of", [[7], {"id": 7}])
def test_a_task_of_several_is_found_by_whatever_stands_for_its_id(
    asked: Asked, made: tuple[Path, list[str]], of: Any
) -> None:
    body = annotated("ANNOTATION_CREATED", {"sample_id": made[1][8]}, "low", id=str(of), task=of)
    body["task"] = [body["task"] | {"id": of}, {"id": 8, "data": {}}]
    said = asked.ask("POST", "/label-studio/webhook", body)
    assert (said.status, said.json) == (200, {"status": "ok", "recorded": 1})


def test_without_a_page_the_answers_tell_which_question_is_ours() -> None:
    from dalt.data.exchange.labelstudio import label_of

    result = [
        {"from_name": name, "type": "choices", "value": {"choices": [said]}}
        for name, said in (("mood", "good"), ("height", "high"))
    ]
    assert label_of(result, CLASSES) == "high"


def test_boxes_go_there_in_percent(tmp_path: Path) -> None:
    from dalt.data.exchange.labelstudio import Config, label_of, result_of

    boxes = ClassSet(("cat",), shape="box", multi=True)
    label = (Region("box", "cat", points=((10, 5), (30, 15))),)
    result = result_of(label, Config(type="rectanglelabels"), (40, 20))
    value = result[0]["value"]
    assert (value["x"], value["y"], value["width"], value["height"]) == (25, 25, 50, 50)
    assert value["rectanglelabels"] == ["cat"]
    assert boxes.checked(label_of(result, boxes)) == label


def test_a_database_that_was_removed_is_503_with_its_sentence_and_nothing_is_recorded(
    tmp_path: Path, made: tuple[Path, list[str]]
) -> None:
    folder = tmp_path / "texts.dalt"
    shutil.copytree(made[0], folder)
    before, sample_id = answers_of(folder), made[1][5]
    label = {"sample_id": sample_id, "label": "low", "annotator": "ana", "key": "k"}
    with serving(folder) as asked:
        assert asked.ask("POST", "/v1/labels", label | {"key": "before"}).status == 200
        aside = (folder / "labels.db").rename(folder / "aside.db")
        for method, path, body in (
            ("POST", "/v1/labels", label),
            ("POST", "/v1/next", {"annotator": "ana"}),
            ("GET", "/v1/labels", None),
            ("POST", "/v1/suggest", {"sample_ids": [sample_id]}),
            ("GET", "/v1/events", None),
            ("POST", "/label-studio/predict", {"tasks": [{"data": {"sample_id": sample_id}}]}),
            (
                "POST",
                "/label-studio/webhook",
                annotated("ANNOTATION_CREATED", {"sample_id": sample_id}, "low"),
            ),
        ):
            said = asked.ask(method, path, body)
            assert said.status == 503, (path, said.body)
            assert "labels.db is not there any more" in said.json["error"], path
            assert said.headers["retry-after"] == "1"
        aside.rename(folder / "labels.db")
        assert asked.ask("POST", "/v1/labels", label).status == 200
    assert len(answers_of(folder, "ana")) == 1
    assert answers_of(folder) == before

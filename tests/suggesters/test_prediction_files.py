"""Predictions of files and frames as votes."""

import json
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dalt.core.classes import ClassSpec
from dalt.core.errors import BadInput
from dalt.core.user_warnings import Uncertain
from dalt.suggesters.contract import TaskSaid
from dalt.suggesters.files import ReadVotes, read_votes

PETS = TaskSaid((ClassSpec("cat"), ClassSpec("dog", formerly=("hound",))))
SEVERAL = TaskSaid(PETS.classes, multi_label=True)
CSV = "file,label,score\na.png,cat,0.75\nb.png,dog,1\n"


def said(found: ReadVotes) -> list[tuple[Any, Any]]:
    """The name of each sample and its vote."""
    return [
        (
            each.sample.sample_id or each.sample.source or each.sample.row or each.sample.text,
            each.vote,
        )
        for each in found.votes
    ]


def why(found: ReadVotes) -> list[str]:
    return [f"{each.where} {each.why}" for each in found.skipped]


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "votes"),
    [
        (CSV, [("a.png", {"cat": 0.75}), ("b.png", {"dog": 1.0})]),
        ("sample_id\tpredicted\nx1\thound\n", [("x1", {"dog": 1.0})]),
        ("text;cat;dog\nmeow;0,75;0,25\n", [("meow", {"cat": 0.75, "dog": 0.25})]),
        ("row,p_cat,p_dog,label\n3,25%,50%,truth\n", [("3", {"cat": 0.25, "dog": 0.5})]),
        ("text,prob(cat),prob(dog)\nmeow,,\n", [("meow", None)]),
        ("text,label,prediction\nmeow,cat,dog\n", [("meow", {"dog": 1.0})]),
        ("text,label\nmeow,\nwoof,dog\n", [("meow", None), ("woof", {"dog": 1.0})]),
        (
            "text,output\nmeow,\"[{'label': 'cat', 'score': 0.5}]\"\n",
            [("meow", {"cat": 0.5})],
        ),
        (
            "file,label,score\na.png,cat,0.5\nb.png,cat,1\na.png,dog,0.25\n",
            [("a.png", {"cat": 0.5, "dog": 0.25}), ("b.png", {"cat": 1.0})],
        ),
    ],
)
def test_csv(tmp_path: Path, text: str, votes: list[tuple[Any, Any]]) -> None:
    found = read_votes(written(tmp_path, "said.csv", text), PETS)
    assert said(found) == votes
    assert found.skipped == ()


def test_the_same_rows_in_every_kind_of_table(tmp_path: Path) -> None:
    frame = pd.read_csv(written(tmp_path, "said.csv", CSV))
    frame.to_excel(tmp_path / "said.xlsx", index=False)
    frame.to_parquet(tmp_path / "said.parquet")
    frame.to_json(tmp_path / "said.jsonl", orient="records", lines=True)
    frame.to_json(tmp_path / "said.json", orient="records")
    sources = [
        *sorted(tmp_path.iterdir()),
        frame,
        frame.set_index("file"),
        frame.to_dict("records"),
    ]
    assert len(sources) == 8
    found = [read_votes(each, PETS) for each in sources]
    assert [said(each) for each in found] == [said(found[0])] * 8
    assert {each.version for each in found} == {found[0].version}
    other = read_votes(frame.assign(score=0.5), PETS)
    assert other.version != found[0].version


def test_columns_can_be_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"who": ["a.png"], "guess": ["cat"], "how": [0.5], "label": ["dog"]})
    found = read_votes(frame, PETS, sample="who", label="guess", probability="how")
    assert said(found) == [("a.png", {"cat": 0.5})]
    with pytest.raises(BadInput, match="has no column 'gues'"):
        read_votes(frame, PETS, label="gues")


def test_what_a_pipeline_of_hugging_face_returns() -> None:
    every = [{"label": "dog", "score": 0.75}, {"label": "cat", "score": 0.25}]
    frame = pd.DataFrame(
        {"text": ["woof", "meow"], "prediction": [every, {"label": "cat", "score": 0.5}]}
    )
    assert said(read_votes(frame, PETS)) == [
        ("woof", {"cat": 0.25, "dog": 0.75}),
        ("meow", {"cat": 0.5}),
    ]
    with pytest.raises(BadInput, match="name no samples: put them beside their samples"):
        read_votes([every, every], PETS)


def test_rows_that_say_nothing_sensible_are_told(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "said.csv",
        "file,label,score\na.png,cow,1\nb.png,cat,7\nc.png,dog,high\n,dog,1\nd.png,dog\n"
        "e.png,cat,0.75\ne.png,dog,0.75\n",
    )
    found = read_votes(path, PETS)
    assert said(found) == [("e.png", {"cat": 0.75})]
    assert why(found) == [
        "Line 2 has no vote: There is no class 'cow' in this project. Classes: cat, dog.",
        "Line 3 has no vote: The probability of 'cat' is 7, not from 0 to 1; scores become "
        "probabilities by a softmax.",
        "Line 4 has no vote: The probability of 'dog' is 'high', not a number from 0 to 1.",
        "Line 5 has no file",
        "Line 6 has 2 cells; the header has 3",
        "Line 8 is about the same sample: The probabilities sum to 1.5, and together they are at "
        "most 1: give a softmax of scores, for example.",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,cat\nmeow,1\n", "has columns for 1 of 2 classes: dog is missing"),
        ("a.csv", "text,animal\nmeow,cat\n", "has no column label and none for each class. Colu"),
        ("a.csv", "number,label\n1,cat\n", "has no column sample_id or source."),
        ("a.csv", "text,label\n", "has a header but no rows."),
        ("a.csv", "", "is empty"),
        ("a.jsonl", "[1, 2]\n", "has no rows with a sample and a label."),
        ("a.json", "{", "is not valid JSON"),
        ("a.json", "[]", "has no rows"),
        ("a.json", {"classes": 3}, "has no list of COCO results."),
        (
            "a.json",
            [{"data": {"text": "meow"}}],
            "has tasks of Label Studio, and none of them has pr",
        ),
        ("a.pkl", "", "Predictions are not read from 'a.pkl'; they can be in .csv, .tsv"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(
    tmp_path: Path, name: str, content: Any, message: str
) -> None:
    with pytest.raises(BadInput) as caught:
        read_votes(written(tmp_path, name, content), PETS)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.csv", "There is no file 'nowhere.csv'"),
        ("nowhere.json", "There is no file 'nowhere.json'"),
        (".", "'.' is a folder; name the file of the predictions in it."),
        (7, "Predictions are a file, a DataFrame or a list of mappings, not 7."),
        ([], "The list of predictions has no rows"),
        (pd.DataFrame({"file": [], "label": []}), "The frame of predictions has no rows."),
    ],
)
def test_what_is_no_file_is_one_sentence(source: Any, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_votes(source, PETS)
    assert message in str(caught.value)


# --- Label Studio ------------------------------------------------------------------------------


def prediction(choices: list[str], score: float | None, **about: Any) -> dict[str, Any]:
    value = {"choices": choices}
    result = [{"from_name": "pet", "to_name": "image", "type": "choices", "value": value}]
    return {"result": result, "score": score, "model_version": "v1", **about}


def task_with(number: int, *predictions: dict[str, Any]) -> dict[str, Any]:
    image = f"/data/upload/1/{number}.png"
    return {"id": number, "data": {"image": image}, "predictions": list(predictions)}


def test_label_studio(tmp_path: Path) -> None:
    tasks = [
        task_with(1, prediction(["cat"], 0.75)),
        task_with(2, prediction(["dog"], None)),
        task_with(3),
        task_with(4, prediction(["cow"], 0.5)),
        task_with(5, prediction(["dog"], 17.5)),
        task_with(
            6,
            prediction(["cat"], 0.5, created_at="2026-01-01T00:00:00Z"),
            prediction(["dog"], 0.5, created_at="2026-01-02T00:00:00Z"),
        ),
    ]
    found = read_votes(written(tmp_path, "tasks.json", tasks), PETS)
    assert said(found) == [
        ("/data/upload/1/1.png", {"cat": 0.75}),
        ("/data/upload/1/2.png", {"dog": 1.0}),
        ("/data/upload/1/6.png", {"dog": 0.5}),
    ]
    assert [each.where for each in found.skipped] == ["Task 4", "Task 5"]
    assert "There is no class 'cow'" in found.skipped[0].why
    assert "is 17.5, not from 0 to 1" in found.skipped[1].why


def test_label_studio_of_several_models(tmp_path: Path) -> None:
    both = task_with(1, prediction(["cat"], 0.5), prediction(["dog"], 0.25, model_version="v2"))
    path = written(tmp_path, "tasks.json", [both])
    with pytest.raises(BadInput, match=r"of 2 models \(v1, v2\): name one, model='NAME'"):
        read_votes(path, PETS)
    assert said(read_votes(path, PETS, model="v2")) == [("/data/upload/1/1.png", {"dog": 0.25})]
    with pytest.raises(BadInput, match="has no predictions of 'v3'; it has: v1, v2"):
        read_votes(path, PETS, model="v3")


def test_label_studio_with_several_classes(tmp_path: Path) -> None:
    path = written(tmp_path, "tasks.json", [task_with(1, prediction(["cat", "dog"], 0.75))])
    assert said(read_votes(path, SEVERAL))[0][1] == {"cat": 0.75, "dog": 0.75}
    assert "The probabilities sum to 1.5" in read_votes(path, PETS).skipped[0].why


# --- COCO --------------------------------------------------------------------------------------

COCO = {
    "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
    "annotations": [],
    "categories": [{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}],
}
BOX = [0, 0, 5, 5]
RESULTS = [
    {"image_id": 1, "category_id": 17, "bbox": BOX, "score": 0.5},
    {"image_id": 1, "category_id": 17, "bbox": BOX, "score": 0.25},
    {"image_id": 2, "category_id": 18, "bbox": BOX, "score": 0.75},
    {"image_id": 2, "category_id": 17, "bbox": BOX, "score": 0.5},
]


def test_coco_results_with_the_file_beside(tmp_path: Path) -> None:
    written(tmp_path, "instances.json", COCO)
    written(tmp_path, "other.json", {"version": 1})
    path = written(tmp_path, "results.json", RESULTS)
    assert said(read_votes(path, PETS)) == [
        ("a.png", {"cat": 0.5}),
        ("b.png", {"cat": pytest.approx(0.4), "dog": pytest.approx(0.6)}),
    ]
    assert said(read_votes(path, SEVERAL))[1] == ("b.png", {"cat": 0.5, "dog": 0.75})


def test_coco_results_are_those_of_pycocotools(tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    truth = coco.COCO(str(written(tmp_path, "instances.json", COCO)))
    loaded = truth.loadRes(str(written(tmp_path, "results.json", RESULTS)))
    whole = written(tmp_path, "whole.json", loaded.dataset)
    (tmp_path / "instances.json").unlink()
    assert said(read_votes(whole, PETS))[0] == ("a.png", {"cat": 0.5})


def test_coco_results_say_what_is_missing(tmp_path: Path) -> None:
    path = written(tmp_path, "results.json", RESULTS)
    with pytest.raises(BadInput, match="and no COCO file beside it names them: name that file wit"):
        read_votes(path, PETS)
    folder = tmp_path / "truth"
    folder.mkdir()
    beside = written(folder, "instances.json", COCO)
    assert len(read_votes(path, PETS, categories=beside).votes) == 2
    with pytest.raises(BadInput, match="is no COCO file: it has no list 'images'"):
        read_votes(path, PETS, categories=written(folder, "x.json", {}))
    wrong = [
        *RESULTS,
        {"image_id": 3, "category_id": 17, "score": 1},
        {"image_id": 1, "category_id": 99, "score": 1},
        {"image_id": 1, "category_id": 17, "score": 7},
        {"category_id": 17, "score": 1},
    ]
    found = read_votes(written(tmp_path, "results.json", wrong), PETS, categories=beside)
    assert len(found.votes) == 2
    assert why(found) == [
        "Result 5 is of image 3, which the COCO file does not name",
        "Result 6 has the category 99, which the COCO file does not name",
        "Result 7 has the score 7, which is no number from 0 to 1",
        "Result 8 has no image_id",
    ]


def test_results_that_name_their_files_need_no_other(tmp_path: Path) -> None:
    named = [{"image_id": "a.png", "category_id": "cat", "score": 0.5}]
    path = written(tmp_path, "results.json", named)
    assert said(read_votes(path, PETS)) == [("a.png", {"cat": 0.5})]


@pytest.mark.parametrize("nothing", [float("nan"), None])
def test_a_label_beside_an_empty_probability_is_certain_and_that_is_told(nothing: Any) -> None:
    frame = pd.DataFrame(
        {"file": ["a.png", "b.png", "c.png"], "label": ["cat", "dog", None],
         "score": pd.Series([nothing, 0.75, nothing], dtype=object)}
    )  # fmt: skip
    with pytest.warns(Uncertain, match=r"1 row with a label and nothing in the column 'score'"):
        found = read_votes(frame, PETS)
    assert [vote for _, vote in said(found)][:2] == [{"cat": 1.0}, {"dog": 0.75}]


def test_a_label_without_any_column_of_probabilities_needs_no_word() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_votes([{"file": "a.png", "label": "cat"}], PETS)


HUGE = 10**5_000
"""A number of more digits than Python writes."""


@pytest.mark.parametrize(
    "row",
    [
        {"text": "meow", "label": HUGE}, {"text": "meow", "label": [HUGE]},
        {"text": HUGE, "label": "cat"},
        {"sample_id": HUGE, "label": "cat"}, {"row": HUGE, "label": "cat"},
        {"text": "meow", "label": HUGE, "score": 0.5}, {"text": "meow", "cat": HUGE, "dog": 0},
    ],
)  # fmt: skip
def test_numbers_that_python_does_not_write_are_told(row: dict[str, Any]) -> None:
    found = read_votes([row, {**row, "label": "cat", "text": "purr"}], PETS)
    assert len(found.votes) + len(found.skipped) == 2

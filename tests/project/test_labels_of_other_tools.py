"""Labels of Label Studio, doccano, Prodigy and others in a project: of the right sample, whole."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from PIL import Image
from spacy.tokens import DocBin

import dalt
from dalt.core.records import LeftOut

TEXTS = ["I like cats", "dogs are fine", "so-so", "1", "😀 cats and dogs\nand a cat"]
New = Callable[..., dalt.Project]


@pytest.fixture
def new(tmp_path: Path) -> Iterator[New]:
    """Makes a project of texts."""
    made: list[dalt.Project] = []

    def texts(texts: list[str] = TEXTS, **options: Any) -> dalt.Project:
        project = dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"], **options)
        made.append(project)
        project.add_texts(texts, progress=False)
        return project

    yield texts
    for project in made:
        project.close()


def labels(project: dalt.Project) -> dict[str, Any]:
    """From texts to their labels."""
    frame = project.samples()
    source = dict(zip(frame.sample_id, frame.source, strict=True))
    rows = project.labels().itertuples()
    return {TEXTS[int(source[row.sample_id])]: row.label for row in rows}


def choice(name: str, control: str = "label") -> dict[str, Any]:
    about = {"from_name": control, "to_name": "text", "type": "choices"}
    return about | {"value": {"choices": [name]}}


def task(data: dict[str, Any], *results: list[Any], number: int = 1) -> dict[str, Any]:
    made = [{"id": n, "completed_by": n, "result": result} for n, result in enumerate(results)]
    return {"id": number, "data": data, "annotations": made}


def write(tmp_path: Path, said: Any, name: str = "in.json") -> Path:
    lines = "".join(json.dumps(each) + "\n" for each in said)
    (tmp_path / name).write_text(lines if name.endswith("l") else json.dumps(said), "utf-8")
    return tmp_path / name


def test_a_text_that_is_a_number_is_no_row(tmp_path: Path, new: New) -> None:
    project = new()
    assert project.import_labels(write(tmp_path, [task({"text": "1"}, [choice("cat")])])) == 1
    assert labels(project) == {"1": "cat"}


def test_a_number_that_is_no_text_is_left_out(tmp_path: Path, new: New) -> None:
    project = new()
    tasks = [task({"text": "2"}, [choice("cat")]), task({"text": TEXTS[0]}, [choice("dog")])]
    with pytest.warns(LeftOut):
        found = project.import_labels(write(tmp_path, tasks))
    assert found == 1 and labels(project) == {TEXTS[0]: "dog"}
    assert "is no sample of this project" in found.skipped.why[0]


def test_empty_and_other_answers_are_listed_with_their_tasks(tmp_path: Path, new: New) -> None:
    project = new()
    tasks = [
        task({"text": TEXTS[0]}, [choice("cat"), choice("Negative", "sentiment")], number=11),
        task({"text": TEXTS[1]}, [], number=12),
        task({"text": TEXTS[2]}, [choice("Positive", "sentiment")], number=13),
        task({"text": TEXTS[3]}, number=14),
    ]
    path = write(tmp_path, tasks)
    with pytest.raises(dalt.BadInput, match="so nothing is: Task 12 has no label"):
        project.import_labels(path, strict=True)
    with pytest.warns(LeftOut, match="Left out 3 beside 1 label"):
        found = project.import_labels(path)
    assert found == 1 and labels(project) == {TEXTS[0]: "cat"}
    assert sorted(found.skipped["where"]) == ["Task 11", "Task 12", "Task 13"]


def test_questions_are_named_where_several_fit(tmp_path: Path, new: New) -> None:
    project = new()
    said = [task({"text": TEXTS[0]}, [choice("cat", "first"), choice("dog", "second")])]
    path = write(tmp_path, said)
    with pytest.raises(dalt.BadInput, match=r"several questions \(first, second\)"):
        project.import_labels(path)
    with pytest.warns(LeftOut):
        assert project.import_labels(path, label="second") == 1
    assert labels(project) == {TEXTS[0]: "dog"}


def test_classes_are_made_where_that_is_wished(tmp_path: Path, new: New) -> None:
    project = new()
    path = write(tmp_path, [task({"text": TEXTS[0]}, [choice("cow")])])
    assert project.import_labels(path, create_classes=True) == 1
    assert labels(project) == {TEXTS[0]: "cow"}


@pytest.mark.parametrize("units", ["code points", "UTF-16"])
def test_offsets_of_label_studio_are_settled_by_its_text(
    tmp_path: Path, new: New, units: str
) -> None:
    project = new(task="spans")
    more = units == "UTF-16"
    value = {"start": 11 + more, "end": 19 + more, "text": "dogs\\nand", "labels": ["cat", "dog"]}
    result = [{"from_name": "label", "to_name": "text", "type": "labels", "value": value}]
    assert project.import_labels(write(tmp_path, [task({"text": TEXTS[4]}, result)])) == 1
    spans = labels(project)[TEXTS[4]]
    assert [(each["label"], TEXTS[4][each["start"] : each["end"]]) for each in spans] == [
        ("cat", "dogs\nand"),
        ("dog", "dogs\nand"),
    ]


def test_offsets_that_mark_something_else_are_refused(tmp_path: Path, new: New) -> None:
    project = new(task="spans")
    value = {"start": 0, "end": 4, "text": "cats", "labels": ["cat"]}
    result = [{"from_name": "label", "to_name": "text", "type": "labels", "value": value}]
    with pytest.raises(dalt.BadInput, match="marks 'cats', but the sample has 'I li' there"):
        project.import_labels(write(tmp_path, [task({"text": TEXTS[0]}, result)]))


@pytest.mark.parametrize(
    ("name", "rows", "options"),
    [
        ("in.jsonl", [{"id": 1, "text": TEXTS[0], "label": ["cat"]}], {}),
        ("in.jsonl", [{"id": 1, "text": TEXTS[0], "label": [[7, 11, "cat"]]}], {"task": "spans"}),
        ("in.jsonl", [{"text": TEXTS[0], "label": "cat", "answer": "accept"}], {}),
        ("in.jsonl", [{"text": TEXTS[0], "accept": ["cat"], "answer": "accept"}], {}),
        ("in.jsonl", [{"Review": TEXTS[0], "Category": "cat", "stars": 4}], {}),
        ("in.jsonl", [{"text": TEXTS[0] + "  ", "cats": {"cat": 1.0, "dog": 0.0}}], {}),
        ("in.json", [{"sentence": TEXTS[0], "class": "cat"}], {}),
        ("in.json", [[TEXTS[0], {"entities": [[7, 11, "cat"]]}]], {"task": "spans"}),
        ("in.json", [{"id": 1, "text": TEXTS[0], "label": "cat"}], {}),
    ],
)
def test_texts_are_known_by_their_text(
    tmp_path: Path, new: New, name: str, rows: list[Any], options: dict[str, Any]
) -> None:
    project = new(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert project.import_labels(write(tmp_path, rows, name)) == 1
    label = labels(project)[TEXTS[0]]
    assert label == (
        [{"shape": "span", "label": "cat", "start": 7, "end": 11}] if options else "cat"
    )


def test_one_broken_line_keeps_no_other_out(tmp_path: Path, new: New) -> None:
    project = new()
    path = write(tmp_path, [{"text": text, "label": "cat"} for text in TEXTS[:3]], "in.jsonl")
    path.write_text(path.read_text().replace(f'"{TEXTS[1]}"', TEXTS[1]) + '{"text": "so')
    with pytest.warns(LeftOut):
        found = project.import_labels(path)
    assert (found, found.skipped["where"].tolist()) == (2, ["Line 2", "Line 4"])


@pytest.mark.parametrize("format", ["doccano", "prodigy", "spacy", "label-studio"])
def test_spans_go_out_and_come_back(tmp_path: Path, new: New, format: str) -> None:
    project = new(task="spans")
    spans = [{"shape": "span", "label": "dog", "start": 11, "end": 15}]
    rows = [{"text": TEXTS[4], "label": spans}, {"text": TEXTS[0], "label": []}]
    assert project.import_labels(write(tmp_path, rows, "in.jsonl"), annotator="ana") == 2
    name = {"spacy": "out.spacy", "label-studio": "out.json"}.get(format, "out.jsonl")
    for _ in range(2):  # what an export wrote may be written over
        assert project.export(tmp_path / name, format) == 2
    there = labels(project)
    with dalt.Project.create(tmp_path / "b.dalt", classes=["cat", "dog"], task="spans") as other:
        other.add_texts(TEXTS, progress=False)
        assert other.import_labels(tmp_path / name) == 2
        assert labels(other) == there


def test_documents_of_others_are_not_written_over(tmp_path: Path, new: New) -> None:
    project = new(task="spans")
    theirs = DocBin(docs=[spacy.blank("en")("EU")]).to_bytes()
    (tmp_path / "out.spacy").write_bytes(theirs)
    with pytest.raises(dalt.BadInput, match="was not written by an export"):
        project.export(tmp_path / "out.spacy", "spacy")
    assert (tmp_path / "out.spacy").read_bytes() == theirs


# --- pictures ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/data/upload/3/0a1b2c3d-a.png",
        "/data/local-files/?d=photos/a.png",
        "s3://bucket/photos/a.png",
        "https://example.org/photos/a.png?X-Amz-Signature=1",
        "a.png",
    ],
)
def test_pictures_are_known_as_label_studio_serves_them(tmp_path: Path, address: str) -> None:
    (tmp_path / "photos").mkdir()
    for number, name in enumerate("ab"):
        pixels = np.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"photos/{name}.png")
    value = {"x": 10, "y": 10, "width": 20, "height": 20, "rectanglelabels": ["cat"]}
    result = {"from_name": "l", "type": "rectanglelabels", "value": value}
    size = {"original_width": 64, "original_height": 48}
    for sized in (size, {}):
        path = write(tmp_path, [task({"image": address}, [result | sized])])
        with dalt.Project.create(
            tmp_path / f"{len(sized)}.dalt", classes=["cat", "dog"], task="boxes"
        ) as project:
            project.add_images(tmp_path / "photos", progress=False)
            assert project.import_labels(path) == 1
            (label,) = project.labels().label
            assert label == [{"shape": "box", "label": "cat", "points": [[6.4, 4.8], [19.2, 14.4]]}]

"""Labels out to every format, and in again: what comes in is what went out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assignments import answer_in_order, assigned
from PIL import Image

import dalt
from dalt.cli import main
from dalt.core.records import BadInput, ClassSet, Region
from dalt.data.exchange.entries import file_name, original_name
from dalt.data.exchange.labelstudio import config_of, labeling_config
from dalt.data.formats import FORMATS, ROWS, found_format

NAMES = ["cat", "a/b ..", "고양이"]
Make = Callable[..., dalt.Project]


def pixels(n: int = 6) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (n, 20, 40), dtype=np.uint8)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes projects of the same samples; closed at the end of the test."""
    made: list[dalt.Project] = []

    def new(name: str, kind: str = "image", classes: Any = NAMES, **options: Any) -> dalt.Project:
        project = dalt.Project.create(tmp_path / f"{name}.dalt", classes=classes, **options)
        made.append(project)
        if kind == "image":
            project.add_images(pixels(), progress=False)
        elif kind == "text":
            project.add_texts([f"text number {i}" for i in range(6)], progress=False)
        else:
            import pandas as pd

            project.add_table(pd.DataFrame({"x": range(6), "y": list("abcdef")}), progress=False)
        return project

    yield new
    for project in made:
        project.close()


def current(project: dalt.Project, annotators: bool = True) -> set[str]:
    return {
        json.dumps([row.sample_id, row.label, row.annotator if annotators else ""])
        for row in project.labels().itertuples()
    }


SENSELESS = json.dumps(
    [{"id": 7, "data": {"a": "b"}, "annotations": [{"result": [{"type": "choices"}]}]}]
)


ENDINGS = {
    "coco": ".json", "label-studio": ".json", "cvat": ".xml", "doccano": ".jsonl",
    "prodigy": ".jsonl", "spacy": ".spacy", "conll": ".conll", "chat": ".jsonl",
    "argilla": ".json",
} | {name: f".{name}" for name in ROWS}  # fmt: skip
"""Of the formats that are one file; the others are folders."""


def target(tmp_path: Path, format: str) -> Path:
    return tmp_path / f"out-{format}{ENDINGS.get(format, '')}"


OF_PICTURES = ("coco", "yolo", "imagefolder", "cvat", "labelme")
KINDS: dict[str, list[str]] = {name: ["image"] for name in OF_PICTURES} | {
    "argilla": ["image", "text"],
    "chat": ["text"],
    "conll": [],
    "doccano": ["text"],
    "json": [],  # only read
    "prodigy": ["image", "text"],
    "spacy": ["text"],
    "voc": [],
}
"""What can have classes in a format, where it is not everything."""


@pytest.mark.parametrize(
    ("format", "kind"),
    [(f, k) for f in FORMATS for k in KINDS.get(f, ["image", "text", "table"])],
)
def test_classes_come_back(tmp_path: Path, make: Make, format: str, kind: str) -> None:
    project, other = make("one", kind), make("other", kind)
    answer_in_order(project, [NAMES[i % 3] for i in range(4)])
    path = target(tmp_path, format)
    assert project.export(path, format) == 4
    assert found_format(path) == format or (format, found_format(path)) == ("yolo", "imagefolder")
    assert other.import_labels(path, annotator="ana") == 4
    assert current(other) == current(project)
    assert set(other.labels().source) == {"import"}


@pytest.mark.parametrize("format", [*ROWS, "coco", "label-studio", "argilla"])
def test_several_annotators_come_back(tmp_path: Path, make: Make, format: str) -> None:
    project, other = make("one", annotations_per_sample=2), make("other")
    answer_in_order(project, ["cat"] * 3, "ana")
    answer_in_order(project, ["고양이", "cat"], "ben")
    path = target(tmp_path, format)
    assert project.export(path, format) == 5
    assert other.import_labels(path) == 5
    assert current(other) == current(project)


@pytest.mark.parametrize("format", ["imagefolder", "huggingface", "yolo", "cvat", "labelme"])
def test_where_there_is_room_for_one_label_two_are_refused(
    tmp_path: Path, make: Make, format: str
) -> None:
    project = make("one", annotations_per_sample=2)
    answer_in_order(project, ["cat"], "ana")
    answer_in_order(project, ["고양이"], "ben")
    with pytest.raises(BadInput, match=r"has 2 different labels, and .* has room for one"):
        project.export(tmp_path / "out", format)
    assert not (tmp_path / "out").exists()
    assert project.export(tmp_path / "out", format, labels="consensus") == 1


@pytest.mark.parametrize(
    "format", [*ROWS, "huggingface", "coco", "label-studio", "cvat", "labelme"]
)
def test_several_classes_and_none_come_back(tmp_path: Path, make: Make, format: str) -> None:
    project, other = (make(name, multi_label=True) for name in ("one", "other"))
    answer_in_order(project, [["cat", "고양이"], [], ["a/b .."]])
    path = target(tmp_path, format)
    assert project.export(path, format) == 3
    assert other.import_labels(path, annotator="ana") == 3
    assert current(other) == current(project)


SHAPES = {
    "boxes": [
        [
            Region("box", "cat", points=((1.25, 2), (30, 18.5))),
            Region("box", "고양이", points=((0, 0), (40, 20))),
        ],
        [],
    ],
    "polygons": [[Region("polygon", "cat", points=((1, 2), (30, 3.5), (12.25, 18)))], []],
    "points": [[Region("point", "cat", points=((39.5, 0.25),))], []],
}  # fmt: skip


REGIONS = ("yolo", "cvat", "labelme", "voc")
UNFIT = (("yolo", "points"), ("voc", "points"), ("voc", "polygons"))


@pytest.mark.parametrize(
    ("task", "format"),
    [
        (task, format)
        for task in SHAPES
        for format in (*ROWS, "huggingface", "coco", "label-studio", *REGIONS)
        if (format, task) not in UNFIT
    ],
)
def test_regions_come_back(tmp_path: Path, make: Make, task: str, format: str) -> None:
    project, other = (make(name, task=task) for name in ("one", "other"))
    answer_in_order(project, SHAPES[task])
    path = target(tmp_path, format)
    assert project.export(path, format) == 2
    assert other.import_labels(path, annotator="ana") == 2
    assert current(other) == current(project)


@pytest.mark.parametrize("format", [*ROWS, "huggingface", "label-studio", "conll", "argilla"])
def test_spans_come_back(tmp_path: Path, make: Make, format: str) -> None:
    project, other = (make(name, "text", task="spans") for name in ("one", "other"))
    answer_in_order(project, [[Region("span", "cat", start=0, end=4)], []])
    path = target(tmp_path, format)
    assert project.export(path, format) == 2
    assert other.import_labels(path, annotator="ana") == 2
    assert current(other) == current(project)


@pytest.mark.parametrize(("format", "task"), UNFIT)
def test_a_format_without_such_regions_names_another(
    tmp_path: Path, make: Make, format: str, task: str
) -> None:
    project = make("one", task=task)
    answer_in_order(project, SHAPES[task])
    holds = {"yolo": "YOLO holds boxes and polygons, no points", "voc": "Pascal VOC holds boxes"}
    with pytest.raises(BadInput, match=f"{holds[format]}; choose coco"):
        project.export(tmp_path / "out", format)
    assert not (tmp_path / "out").exists()


# --- what others read and write ------------------------------------------------------------------


def test_coco_is_as_its_tools_expect(tmp_path: Path, make: Make) -> None:
    project = make("one", task="polygons")
    answer_in_order(project, SHAPES["polygons"])
    project.export(tmp_path / "out.json", "coco")
    said = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert [each["name"] for each in said["categories"]] == NAMES
    assert {(each["width"], each["height"]) for each in said["images"]} == {(40, 20)}
    (annotation,) = said["annotations"]
    assert annotation["bbox"] == [1, 2, 29, 16]
    assert annotation["segmentation"] == [[1, 2, 30, 3.5, 12.25, 18]]
    assert annotation["area"] == pytest.approx(223.5625)
    assert annotation["image_id"] in {each["id"] for each in said["images"]}


def test_yolo_is_in_shares_of_the_sides(tmp_path: Path, make: Make) -> None:
    project = make("one", task="boxes")
    answer_in_order(project, [[Region("box", "cat", points=((10, 5), (30, 15)))]])
    project.export(tmp_path / "out", "yolo")
    (labels,) = (tmp_path / "out" / "labels" / "train").iterdir()
    assert [float(each) for each in labels.read_text().split()] == [0, 0.5, 0.5, 0.5, 0.5]
    image = tmp_path / "out" / "images" / "train" / f"{labels.stem}.png"
    assert np.array_equal(np.asarray(Image.open(image)), pixels()[0])


@pytest.mark.parametrize(
    "names", ["names: [cat, dog]", "names:\n  0: cat\n  1: dog", "names:\n- cat\n- 'dog'"]
)
def test_yolo_of_others_is_read(tmp_path: Path, make: Make, names: str) -> None:
    project = make("one", task="boxes", classes=["cat", "dog"])
    folder = tmp_path / "theirs"
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    (folder / "data.yaml").write_text(f"# ours\ntrain: images\nnc: 2\n{names}\n")
    Image.fromarray(pixels()[0]).save(folder / "images" / f"{project.samples().sample_id[0]}.png")
    (folder / "labels" / f"{project.samples().sample_id[0]}.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    project.import_labels(folder)
    (label,) = project.labels().label
    assert label == [{"shape": "box", "label": "dog", "points": [[10, 5], [30, 15]]}]


def test_an_image_folder_of_others_is_known_by_its_content(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "theirs" / name).mkdir(parents=True)
    for number, image in enumerate(pixels(4)):
        where = tmp_path / "theirs" / ("cat" if number < 2 else "dog") / f"{number}.png"
        Image.fromarray(image).save(where)
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"]) as project:
        project.add_images(tmp_path / "theirs", progress=False)
        assert project.import_labels(tmp_path / "theirs") == 4
        assert project.labels().label.tolist() == ["cat", "cat", "dog", "dog"]


def test_hugging_face_folders_have_the_names_it_looks_for(tmp_path: Path, make: Make) -> None:
    project = make("one", task="boxes")
    answer_in_order(project, SHAPES["boxes"])
    project.export(tmp_path / "out", "huggingface")
    lines = (tmp_path / "out" / "train" / "metadata.jsonl").read_text("utf-8").splitlines()
    first = json.loads(lines[0])
    assert (tmp_path / "out" / "train" / first["file_name"]).is_file()
    assert first["objects"] == {
        "bbox": [[1.25, 2, 28.75, 16.5], [0, 0, 40, 20]],
        "category": ["cat", "고양이"],
    }


def test_parquet_has_numbers_as_numbers(tmp_path: Path, make: Make) -> None:
    import pyarrow.parquet as pq

    project = make("one")
    answer_in_order(project, ["cat"] * 3)
    project.export(tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.num_rows == 3
    assert {str(table.schema.field(n).type) for n in ("probability", "snapshot")} == {
        "double",
        "int64",
    }


def test_label_studio_configurations_are_understood() -> None:
    classes = ClassSet(("cat", "dog"), shape="box", multi=True)
    xml = '<View><Image name="pic" value="$url"/><RectangleLabels name="b" toName="pic"/></View>'
    found = config_of(xml, classes)
    assert (found.from_name, found.to_name, found.type, found.value) == (
        "b",
        "pic",
        "rectanglelabels",
        "url",
    )
    assert config_of(labeling_config("text", ClassSet(("<a>&",))), ClassSet(("<a>&",)))
    for bad in ("<View", "<View/>", '<!DOCTYPE a [<!ENTITY b "c">]><View>&b;</View>'):
        with pytest.raises(BadInput):
            config_of(bad, classes)


@pytest.mark.parametrize("name", ["a/b", "..", ".", "%41", "con:", "고양이", "a\\b", '*?<>|"'])
def test_names_of_classes_survive_as_names_of_folders(name: str) -> None:
    made = file_name(name)
    assert "/" not in made and "\\" not in made and not made.startswith(".")
    assert original_name(made) == name


# --- import -------------------------------------------------------------------------------------


def test_the_same_file_again_adds_nothing(tmp_path: Path, make: Make) -> None:
    project, other = make("one"), make("other")
    answer_in_order(project, ["cat"] * 4)
    project.export(tmp_path / "out.csv")
    assert [other.import_labels(tmp_path / "out.csv") for _ in range(2)] == [4, 0]
    assert len(other.history()) == 4


def test_an_import_takes_the_place_of_the_same_persons_answer(tmp_path: Path, make: Make) -> None:
    project = make("one")
    answer_in_order(project, ["cat", "cat"])
    first, second = project.samples().sample_id[:2]
    path = tmp_path / "in.csv"
    path.write_text(f"sample_id,label,annotator\n{first},고양이,ana\n{second},cat,ben\n", "utf-8")
    project.import_labels(path)
    labels = {(row.sample_id, row.annotator): row.label for row in project.labels().itertuples()}
    assert labels == {(first, "ana"): "고양이", (second, "ana"): "cat", (second, "ben"): "cat"}
    event = project.history().iloc[-2]
    assert (event.kind, event.supersedes) == ("import", 1)


def test_imported_labels_are_learned_and_not_asked_again(tmp_path: Path, make: Make) -> None:
    project = make("one")
    project.add_embeddings(np.arange(12, dtype=np.float32).reshape(6, 2), progress=False)
    path = tmp_path / "in.csv"
    rows = [f"{i},{'cat' if i < 3 else '고양이'}" for i in range(5)]
    path.write_text("source,label\n" + "\n".join(rows) + "\n", "utf-8")
    assert project.import_labels(path) == 5
    project.trainer.wait(60)
    assert project.trainer.snapshot is not None
    with project.session("ana") as session:
        asked = assigned(session)
        assert asked.sample.source == "5"
        assert session.next() is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("sample_id,label\nnothing,cat\n", "Line 2 of .*: 'nothing' is no sample of this project"),
        ("source,label\n\n77,cat\n", "Line 3 of .*: '77' is no sample of this project"),
        ("source,label\n0,cow\n", "Line 2 of .*: There is no class 'cow'"),
        ("source,label\n0,\n", "Line 2 of .* has no label"),
        ("label\ncat\n", "has no column sample_id or source"),
        ("", "is empty"),
    ],
)
def test_what_matches_nothing_is_refused_by_its_line(
    tmp_path: Path, make: Make, text: str, error: str
) -> None:
    project = make("one")
    path = tmp_path / "in.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=error):
        project.import_labels(path)
    assert len(project.history()) == 0  # not even the lines before


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("in.jsonl", '{"label": "cat"}\n', "Line 1 of .* has no sample_id, source"),
        ("in.jsonl", "[1]\n", "Line 1 of .* is no JSON object"),
        ("in.jsonl", '{"sample_id": "x"}', "Line 1 of .* has no label"),
        ("in.json", "{", "is not valid JSON"),
        ("in.json", "{}", "is not a COCO file"),
        ("in.json", '[{"id": 7}]', "Item 1 of .* has no label"),
        ("in.json", SENSELESS, "makes no sense"),
        ("in.parquet", "no", "is not a sound parquet file"),
        ("in.xml", "no", "cannot be imported by the ending of 'in.xml'"),
        ("in.zip", "PK", "'in.zip' is an archive: unpack it, and name the folder"),
    ],
)  # fmt: skip
def test_files_that_make_no_sense_are_one_line(
    tmp_path: Path, make: Make, name: str, text: str, error: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=error) as caught:
        make("one").import_labels(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_an_import_that_is_broken_off_goes_on(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make("one")
    path = tmp_path / "in.csv"
    path.write_text("source,label\n" + "".join(f"{i},cat\n" for i in range(6)))
    from dalt.storage import imports
    from dalt.storage.chunks import chunks as parts_of

    def broken_off(values: Any, size: int = 2) -> Iterator[Any]:
        for number, part in enumerate(parts_of(values, 2)):
            if number == 2:
                raise KeyboardInterrupt
            yield part

    with monkeypatch.context() as patched:
        patched.setattr(imports, "chunks", broken_off)
        with pytest.raises(KeyboardInterrupt):
            project.import_labels(path)
    assert len(project.labels()) == 4
    assert project.import_labels(path) == 2
    assert len(project.history()) == 6


def test_commands_take_and_give(
    tmp_path: Path, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make("one", "text")
    answer_in_order(project, ["cat"] * 2)
    project.close()
    out = tmp_path / "out.csv"
    assert main(["export", str(project.folder), str(out)]) == 0
    with out.open(newline="", encoding="utf-8") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["cat", "cat"]
    other = make("other", "text")
    other.close()
    assert main(["import", str(other.folder), str(out)]) == 0
    assert capsys.readouterr().out.endswith(f"{other.folder}: 2 new labels.\n")
    assert main(["import", str(other.folder), str(tmp_path / "nothing.csv")]) == 1
    assert "There is no file" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main(["export", str(other.folder), str(out), "--format", "xls"])
    assert caught.value.code == 2


@pytest.mark.parametrize("format", ["imagefolder", "huggingface", "yolo", "labelme"])
def test_a_folder_that_is_there_is_not_touched(tmp_path: Path, make: Make, format: str) -> None:
    project = make("one")
    answer_in_order(project, ["cat"])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    with pytest.raises(BadInput, match="is there already; name a new folder"):
        project.export(tmp_path / "mine", format)
    assert (tmp_path / "mine" / "file").read_text() == "mine"

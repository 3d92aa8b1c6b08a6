"""Whatever stands in the place of a value: an item, a reason, or one sentence, and no traceback."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from readings import items, picture, refused, written

import dalt
from dalt.core.records import BadInput, Shape

WRONG: list[Any] = [None, -1, float("nan"), 10**30, "x", [], {}, [[1, 2], 3]]
WORDS = ["", "x", "-1", "nan", "1e999", "9" * 5000, "1,2;3", "\u00b2"]
BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}
COCO = {
    "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
    "categories": [{"id": 1, "name": "cat", "keypoints": ["nose", "eye"]}],
    "annotations": [
        BOX | {"segmentation": [[1, 1, 5, 5, 1, 9]], "keypoints": [1, 1, 2, 0, 0, 0]},
        BOX | {"segmentation": {"counts": [5, 3, 4], "size": [3, 4]}, "iscrowd": 0},
        BOX | {"attributes": {"rotation": 0.0}, "annotator": "ana"},
    ],
}
LABELME = {
    "flags": {"cat": True},
    "shapes": [
        {"label": "cat", "shape_type": "polygon", "points": [[1, 2], [3, 4], [1, 5]]},
        {"label": "cat", "shape_type": "rectangle", "points": [[1, 2], [3, 4]]},
        {"label": "cat", "shape_type": "circle", "points": [[1, 2], [3, 4]]},
        {"label": "cat", "shape_type": "mask", "points": [[1, 2], [3, 4]], "mask": "AAAA"},
    ],
    "imagePath": "a.png",
    "imageHeight": 48,
    "imageWidth": 64,
}
CVAT = """<annotations><image id="0" name="a.png" width="64" height="48">
<box label="cat" xtl="4" ytl="5" xbr="24" ybr="15" rotation="0"/>
<polygon label="cat" points="1,2;30,3;12,18"/><ellipse label="cat" cx="9" cy="9" rx="4" ry="3"/>
<mask label="cat" rle="0, 4" left="3" top="5" width="2" height="2"/>
<skeleton label="cat"><points label="nose" outside="0" points="1,2"/></skeleton>
</image></annotations>"""
VOC = """<annotation><folder>b</folder><filename>a.png</filename><size><width>64</width>
<height>48</height></size><object><name>cat</name><bndbox><xmin>4</xmin><ymin>5</ymin>
<xmax>24</xmax><ymax>15</ymax></bndbox></object><object><name>cat</name><polygon><x1>1</x1>
<y1>2</y1><x2>3</x2><y2>4</y2><x3>1</x3><y3>9</y3></polygon></object></annotation>"""
YAML = "train: images\nval: images\nnc: 2\nnames: [cat, dog]\nkpt_shape: [1, 3]\n"
SHAPES: list[Shape | None] = ["box", "polygon", "point", None]


def changed(said: Any) -> Iterator[Any]:
    """The value with each of its parts replaced by each wrong one, or removed."""
    for key in list(said) if isinstance(said, dict) else range(len(said)):
        for wrong in WRONG:
            yield _with(said, key, wrong)
        if isinstance(said, dict):
            yield {name: value for name, value in said.items() if name != key}
        if isinstance(said[key], dict | list):
            for inner in changed(said[key]):
                yield _with(said, key, inner)


def _with(said: Any, key: Any, value: Any) -> Any:
    made = copy.copy(said)
    made[key] = value
    return made


def replaced(text: str, value: str) -> Iterator[str]:
    """A text with each match of a pattern's group replaced by each wrong word."""
    for match in re.finditer(value, text):
        for word in WORDS:
            yield text[: match.start(1)] + word + text[match.end(1) :]


def check(path: Path, shape: Shape | None, format: str) -> None:
    """Read a file; what cannot be imported has a reason, of one line."""
    try:
        said = refused(items(path, shape, format=format))
    except BadInput as error:
        said = [str(error)]
    assert all(each and "\n" not in each for each in said)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("format", "said"), [("coco", COCO), ("labelme", LABELME)])
def test_json(tmp_path: Path, format: str, said: dict[str, Any], shape: Shape | None) -> None:
    path = tmp_path / "a.json"
    for each in changed(said):
        path.write_text(json.dumps(each))
        check(path, shape, format)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("format", "text", "values"), [("cvat", CVAT, r'="([^"]*)"'), ("voc", VOC, r">([^<\s]+)<")]
)
def test_xml(tmp_path: Path, format: str, text: str, values: str, shape: Shape | None) -> None:
    for each in replaced(text, values):
        check(written(tmp_path / "a.xml", each), shape, format)


@pytest.mark.parametrize("shape", SHAPES)
def test_yolo(tmp_path: Path, shape: Shape | None) -> None:
    line = "0 0.5 0.5 0.25 0.25 0.1 0.2 2\n"
    path = written(tmp_path / "labels/a.txt", line)
    for each in replaced(YAML, r"(\w+)"):
        written(tmp_path / "data.yaml", each)
        check(tmp_path, shape, "yolo")
    written(tmp_path / "data.yaml", YAML)
    for each in replaced(line, r"(\S+)"):
        written(path, each)
        check(tmp_path, shape, "yolo")


HUGE = 10**400
BAD_BOX = {"x": 1, "y": 1, "width": 2, "height": 2, "rotation": 0, "rectanglelabels": ["cat"]}
BAD_RESULTS: list[dict[str, Any]] = [
    {"value": BAD_BOX | {"rectanglelabels": [["cat"]]}},
    {"value": BAD_BOX | {"rectanglelabels": {"cat": 1}}},
    {"value": BAD_BOX | {"x": HUGE}},
    {"value": BAD_BOX | {"x": float("inf")}},
]


def of_studio(result: dict[str, Any]) -> dict[str, Any]:
    about = {"type": "rectanglelabels", "original_width": 64, "original_height": 48}
    results = [about | result, {"type": "textarea", "value": "not an object"}]
    return {"data": {"image": "a.png"}, "annotations": [{"result": results}]}


def of_coco(annotation: dict[str, Any]) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": float("inf")}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"image_id": 1, "category_id": 1} | annotation],
    }


def of_prodigy(span: dict[str, Any]) -> dict[str, Any]:
    return {"image": "a.png", "answer": "accept", "spans": [span]}


@pytest.mark.parametrize(
    ("task", "bad"),
    [
        *(("boxes", [of_studio(each)]) for each in BAD_RESULTS),
        ("boxes", of_coco({"bbox": [1, 1, HUGE, 5]})),
        ("polygons", of_coco({"segmentation": {"size": [48, float("inf")], "counts": [1]}})),
        ("boxes", [of_prodigy({"label": ["cat"], "x": 1, "y": 1, "width": 2, "height": 3})]),
        ("boxes", [of_prodigy({"label": "cat", "type": "rect", "points": [1, 2, 3, 4]})]),
        ("polygons", [of_prodigy({"label": "cat", "points": [1, 2, 3, 4]})]),
        ("polygons", [of_prodigy({"label": "cat", "points": [[1, 2], [3, HUGE], [5, 6]]})]),
    ],
)
def test_no_value_of_a_region_ends_in_an_error_of_a_library(
    tmp_path: Path, task: Any, bad: Any
) -> None:
    picture(tmp_path / "photos/a.png")
    (tmp_path / "in.json").write_text(json.dumps(bad))
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"], task=task) as project:
        project.add_images(tmp_path / "photos", progress=False)
        for create in (False, True):
            with pytest.raises(BadInput, match=r"of .*in\.json"):
                project.import_labels(tmp_path / "in.json", create_classes=create)
        assert len(project.labels()) == 0

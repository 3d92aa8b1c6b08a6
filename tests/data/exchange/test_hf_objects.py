"""Objects in pictures of Hugging Face's datasets: boxes, polygons, points and their classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
from datasets import ClassLabel, Dataset, Features, Sequence, Value
from hf_folders import BOXES, labels, pictures, read

from dalt.core.records import ClassSet
from dalt.data.exchange.contents import id_of_bytes
from dalt.data.formats import Imported, Item, Unusable


def boxed(tmp_path: Path, bbox: list[list[float]], **more: Any) -> list[Item]:
    (path,) = pictures(tmp_path / "train", 1)
    row = {"file_name": path.name, "objects": {"bbox": bbox, "category": ["cat"] * len(bbox)}}
    (tmp_path / "train" / "metadata.jsonl").write_text(json.dumps(row | more) + "\n")
    return read(tmp_path, BOXES)


def test_boxes_are_x_y_width_height(tmp_path: Path) -> None:
    (item,) = boxed(tmp_path, [[10, 5, 20, 30.5]])
    assert labels([item]) == [[{"shape": "box", "label": "cat", "points": [[10, 5], [30, 35.5]]}]]


def test_boxes_are_corners_where_sizes_would_reach_out(tmp_path: Path) -> None:
    (item,) = boxed(tmp_path, [[10, 5, 20, 30], [60, 20, 95, 45]])
    assert [each["points"] for each in labels([item])[0]] == [
        [[10, 5], [20, 30]], [[60, 20], [95, 45]],
    ]  # fmt: skip


def test_shares_of_the_sides_are_taken_if_they_can_be_one_thing_only(tmp_path: Path) -> None:
    (item,) = boxed(tmp_path, [[0.1, 0.1, 0.2, 0.2]])
    assert isinstance(item, Unusable) and "may be corners, a size or a centre" in item.why
    (item,) = boxed(tmp_path, [[0.9, 0.9, 0.2, 0.2], [0.5, 0.5, 0.4, 0.4]])
    (first, _) = labels([item])[0]
    assert first["shares"] and first["points"] == [[0.8, 0.8], [1.0, 1.0]]


def test_one_box_that_makes_no_sense_leaves_the_others(tmp_path: Path) -> None:
    (item,) = boxed(tmp_path, [[10, 5, 20, 30], [10, 5, 0, 30], [1, 2, 3]])
    assert isinstance(item, Imported) and len(item.label) == 1
    assert item.left_out == (
        "object 2 is a box of no size", "object 3 has a box of other than four numbers: [1, 2, 3]",
    )  # fmt: skip


def test_polygons_points_and_classes_of_objects(tmp_path: Path) -> None:
    parts = [[1, 1, 9, 1, 9, 9], [20, 20, 30, 20, 30, 30]]
    objects = {"segmentation": [parts], "keypoints": [[5, 6, 2, 0, 0, 0]], "category": ["cat"]}
    boxed(tmp_path, [[1, 1, 2, 2]], objects=objects)
    (polygons,) = labels(read(tmp_path, ClassSet(("cat",), shape="polygon")))
    assert [each["points"] for each in polygons] == [
        [[1, 1], [9, 1], [9, 9]], [[20, 20], [30, 20], [30, 30]],
    ]  # fmt: skip
    assert labels(read(tmp_path, ClassSet(("cat",), shape="point"))) == [
        [{"shape": "point", "label": "cat", "points": [[5, 6]]}]
    ]
    assert labels(read(tmp_path, BOXES))[0][0]["points"] == [[1, 1], [30, 30]]
    assert labels(read(tmp_path)) == ["cat"]


def test_categories_are_named_in_every_way_that_datasets_nest_them(tmp_path: Path) -> None:
    data = pictures(tmp_path / "photos", 1)[0].read_bytes()
    number = ClassLabel(names=["cat", "dog"])
    nested = [
        {"bbox": Sequence(Sequence(Value("float32"), 4)), "category": Sequence(number)},
        [{"bbox": Sequence(Value("float32"), 4), "label": number}],
        Sequence({"bbox": Sequence(Value("float32"), 4), "categories": number}),
    ]
    for place, objects in enumerate(nested):
        features = Features({"image": datasets.Image(), "objects": objects})
        key = ("category", "label", "categories")[place]
        said: Any = {"bbox": [[1, 2, 3, 4]], key: [1]}
        if place == 1:
            said = [{"bbox": [1, 2, 3, 4], key: 1}]
        file = tmp_path / f"{place}.parquet"
        rows = {"image": [{"bytes": data, "path": None}], "objects": [said]}
        Dataset.from_dict(rows, features=features).to_parquet(file)
        (item,) = read(file, BOXES)
        assert labels([item])[0] == [{"shape": "box", "label": "dog", "points": [[1, 2], [4, 6]]}]
        assert isinstance(item, Imported)
        assert item.sample_id == id_of_bytes(data, "image")


def test_masks_are_named_for_what_they_are(tmp_path: Path) -> None:
    paths = [str(path) for path in pictures(tmp_path / "photos", 1)]
    features = Features({"image": datasets.Image(), "label": datasets.Image()})
    file = tmp_path / "masks.parquet"
    Dataset.from_dict({"image": paths, "label": paths}, features=features).to_parquet(file)
    (item,) = read(file)
    assert isinstance(item, Unusable) and "has a picture" in item.why

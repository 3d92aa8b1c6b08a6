"""COCO in and out: what other programs write, and what COCO's own library reads of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from readings import by_source, drawn, exported, items, picture, refused, taken, written

import dalt
from dalt.core.records import BadInput, LeftOut, Region, Shape
from dalt.core.suggestions import Task
from dalt.data.formats import Imported, found_format

BOX: dict[str, Any] = {
    "id": 1,
    "image_id": 10,
    "category_id": 3,
    "bbox": [4, 5, 20, 10],
    "iscrowd": 0,
}
SQUARE: Any = [[4, 5], [24, 5], [24, 15], [4, 15]]
POLYGON: dict[str, Any] = BOX | {"segmentation": [[value for point in SQUARE for value in point]]}
IMAGES = [{"id": 10, "file_name": "a.png", "width": 64, "height": 48}]
CATEGORIES = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}]


def file(
    tmp_path: Path,
    annotations: list[Any],
    images: Any = IMAGES,
    categories: Any = CATEGORIES,
) -> Path:
    said = {"images": images, "annotations": annotations, "categories": categories}
    return written(tmp_path / "c.json", {key: each for key, each in said.items() if each})


def mask() -> np.ndarray:
    found = np.zeros((48, 64), dtype=np.uint8)
    found[10:30, 10:40] = 1
    found[15:20, 20:25] = 0
    return found


# --- shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "annotation",
    [
        BOX,
        POLYGON,
        BOX | {"keypoints": [5, 6, 2] + [0] * 48, "num_keypoints": 1},
        BOX | {"iscrowd": 1, "segmentation": {"counts": [1], "size": [9, 9]}},
        BOX | {"segmentation": "nonsense"},
        BOX | {"bbox": ["4", "5.0", 20.0, 10]},
        BOX | {"category_id": "3", "image_id": "10"},
        {key: value for key, value in POLYGON.items() if key != "bbox"},
    ],
)
def test_a_project_of_boxes_takes_the_box_whatever_else_there_is(
    tmp_path: Path, annotation: dict[str, Any]
) -> None:
    assert drawn(items(file(tmp_path, [annotation]))) == [("cat", [[4, 5], [24, 15]])]


@pytest.mark.parametrize(
    "segmentation",
    [
        POLYGON["segmentation"],
        POLYGON["segmentation"][0],
        SQUARE,
        [SQUARE],
    ],
)
def test_polygons_are_read_however_deep_their_lists_are(tmp_path: Path, segmentation: Any) -> None:
    path = file(tmp_path, [BOX | {"segmentation": segmentation}])
    assert drawn(items(path, "polygon")) == [("cat", SQUARE)]


def test_each_part_of_an_object_is_a_polygon(tmp_path: Path) -> None:
    parts = [[0, 0, 5, 0, 5, 5], [10, 10, 20, 10, 20, 20]]
    found = drawn(items(file(tmp_path, [BOX | {"segmentation": parts}]), "polygon"))
    assert found == [("cat", [[0, 0], [5, 0], [5, 5]]), ("cat", [[10, 10], [20, 10], [20, 20]])]


def test_a_part_of_no_size_does_not_take_the_others_along(tmp_path: Path) -> None:
    parts = [[0, 0, 5, 0], [10, 10, 20, 10, 20, 20], [1, 1, 1, 1, 1, 1]]
    found = items(file(tmp_path, [BOX | {"segmentation": parts}]), "polygon")
    assert drawn(found) == [("cat", [[10, 10], [20, 10], [20, 20]])]
    assert refused(found) == ["Image 10: annotation 1 has 2 of 3 parts without size"]


def test_a_mask_becomes_a_polygon_that_covers_it(tmp_path: Path) -> None:
    rle = coco_mask.encode(np.asfortranarray(mask()))
    rle["counts"] = rle["counts"].decode()
    found = drawn(items(file(tmp_path, [BOX | {"segmentation": rle}]), "polygon"))
    flat = [[float(value) for point in points for value in point] for _, points in found]
    again = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(flat, 48, 64)))
    assert np.array_equal(again, mask())


def test_a_crowd_is_no_polygon_and_the_rest_comes_in(tmp_path: Path) -> None:
    crowd = BOX | {"id": 2, "iscrowd": 1, "segmentation": {"counts": [10, 5], "size": [3, 5]}}
    found = items(file(tmp_path, [POLYGON, crowd]), "polygon")
    assert drawn(found) == [("cat", SQUARE)]
    assert refused(found) == [
        "Image 10: annotation 2 is a crowd, one mask around several objects; if it "
        "is one object, iscrowd is 0"
    ]


@pytest.mark.parametrize(
    ("shape", "broken", "why"),
    [
        ("box", {"bbox": [3, 3, 0, 5]}, "is a box of no size, 0 × 5 pixels"),
        ("box", {"bbox": [3, 3, -1, 5]}, "is a box of no size, -1 × 5 pixels"),
        ("box", {"bbox": [3, 3, 5]}, "has [3, 3, 5] as its box, which is not x, y, width and heig"),
        ("box", {"bbox": [3, None, 5, 5]}, "has None where a number has to be"),
        ("box", {"bbox": [3, float("nan"), 5, 5]}, "has nan where a number has to be"),
        ("box", {"bbox": None}, "has no box, and this project marks boxes"),
        ("box", {"attributes": {"rotation": 30.0}}, "is turned by 30 degrees, and boxes here are"),
        ("box", {"category_id": 9}, "has category 9, which the file does not name"),
        ("box", {"category_id": None}, "has no category"),
        ("polygon", {}, "has a box and no polygon, and this project marks polygons"),
        ("polygon", {"segmentation": [[1, 2, 3]]}, "has 3 numbers, which are no pairs of x and y"),
        ("polygon", {"segmentation": [[1, 2, 3, 4]]}, "is a polygon of no size"),
        ("polygon", {"segmentation": [[1, 2, 5, 2, 9, 2]]}, "is a polygon of no size"),
        ("polygon", {"segmentation": 5}, "has 5 as its segmentation"),
        ("polygon", {"segmentation": {"counts": "x"}}, "has a mask without a size"),
        ("point", {}, "has no points, and this project marks points"),
        ("point", {"keypoints": [1, 2]}, "has keypoints that are not x, y and visibility each"),
    ],
)
def test_a_broken_object_is_left_out_by_name(
    tmp_path: Path, shape: Shape, broken: dict[str, Any], why: str
) -> None:
    sound = POLYGON | {"keypoints": [1, 2, 2]}
    found = items(file(tmp_path, [sound, BOX | {"id": 2} | broken]), shape)
    assert len(taken(found)[0]) == 1
    assert refused(found)[0].startswith(f"Image 10: annotation 2 {why}")


def test_a_picture_of_which_nothing_fits_does_not_look_empty(tmp_path: Path) -> None:
    found = items(file(tmp_path, [BOX | {"bbox": [3, 3, 0, 5]}]))
    assert refused(found) == [
        "Image 10 has nothing that can be imported: annotation 1 is a box of no size, 0 × 5 pixels"
    ]


def test_a_picture_without_annotations_has_nothing_on_it(tmp_path: Path) -> None:
    images = [*IMAGES, {"id": 11, "file_name": "b.png"}]
    assert [len(label) for label in taken(items(file(tmp_path, [BOX], images)))] == [1, 0]


# --- keypoints ----------------------------------------------------------------------------------

SKELETON = [{"id": 3, "name": "person", "keypoints": ["nose", "eye", "ear", "tail"]}]
KEYPOINTS = BOX | {"keypoints": [10, 11, 2, 20, 21, 1, 0, 0, 0, 30, 31, 2]}


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["person"], ["person", "person", "person"]),
        (["nose", "eye", "ear", "tail"], ["nose", "eye", "tail"]),
        (["person", "nose", "eye", "tail"], ["nose", "eye", "tail"]),
        (["person", "nose"], ["person", "person", "person"]),
        (["nose", "eye"], ["nose", "eye", "tail"]),  # and the import says that tail is no class
    ],
)
def test_keypoints_have_their_own_names_where_those_are_classes(
    tmp_path: Path, names: list[str], labels: list[str]
) -> None:
    path = file(tmp_path, [KEYPOINTS], categories=SKELETON)
    points = [[[10, 11]], [[20, 21]], [[30, 31]]]
    assert drawn(items(path, "point", names=names)) == list(zip(labels, points, strict=True))


def test_keypoints_in_lists_of_three_and_utf_16_are_read(tmp_path: Path) -> None:
    nested = BOX | {"keypoints": [[10, 11, 2], [0, 0, 0]]}
    path = file(tmp_path, [nested])
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    assert found_format(path) == "coco"
    assert drawn(items(path, "point")) == [("cat", [[10, 11]])]


def test_keypoints_of_which_none_is_labelled_are_no_points(tmp_path: Path) -> None:
    path = file(tmp_path, [BOX | {"keypoints": [0] * 12}], categories=SKELETON)
    found = items(path, "point", names=["person"])
    assert (taken(found), refused(found)) == ([[]], [])


# --- classes of whole pictures ------------------------------------------------------------------


def test_the_classes_of_objects_are_those_of_their_picture(tmp_path: Path) -> None:
    dog = BOX | {"id": 2, "category_id": 7}
    assert taken(items(file(tmp_path, [BOX, BOX]), None)) == ["cat"]
    assert taken(items(file(tmp_path, [dog, BOX]), None, multi=True)) == [["dog", "cat"]]
    assert refused(items(file(tmp_path, [BOX, dog]), None)) == [
        "Image 10 has 2 classes ('cat', 'dog'), and a sample has one class in this project"
    ]


def test_a_picture_without_a_class_is_passed_over(tmp_path: Path) -> None:
    images = [*IMAGES, {"id": 11, "file_name": "b.png"}]
    assert refused(items(file(tmp_path, [BOX], images), None)) == ["Image 11 has no class"]


# --- how the lists hang together ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("images", "annotations", "said"),
    [
        (IMAGES, [BOX, BOX | {"id": 2, "image_id": 99}],
         "Annotation 2 is of image 99, which is not in the file"),
        (IMAGES, [BOX, "x"], "Annotation number 2 is no JSON object"),
        ([*IMAGES, {"id": 11}], [BOX], "Image 11 has no file_name"),
        ([*IMAGES, {"file_name": "b.png"}], [BOX], "Image number 2 has no id"),
    ],
)  # fmt: skip
def test_what_hangs_in_the_air_is_named_and_the_rest_comes_in(
    tmp_path: Path, images: Any, annotations: list[Any], said: str
) -> None:
    found = items(file(tmp_path, annotations, images))
    assert refused(found) == [said]
    assert drawn([each for each in found if isinstance(each, Imported)]) == [
        ("cat", [[4, 5], [24, 15]])
    ]


def test_one_id_of_two_pictures_labels_neither_by_chance(tmp_path: Path) -> None:
    images = [*IMAGES, {"id": 10, "file_name": "b.png"}]
    found = items(file(tmp_path, [BOX], images))
    assert refused(found) == [
        "Image 10 stands for several files, 'b.png' is one of them",
        "Annotation 1 is of image 10, which stands for several files",
    ]


def test_two_ids_of_one_picture_are_one_label(tmp_path: Path) -> None:
    images = [*IMAGES, {"id": 11, "file_name": "a.png"}]
    second = BOX | {"id": 2, "image_id": 11, "category_id": 7}
    found = items(file(tmp_path, [BOX, second], images))
    assert [name for name, _ in drawn(found)] == ["cat", "dog"]
    assert len(found) == 1


def test_without_categories_only_classes_of_the_project_are_taken(tmp_path: Path) -> None:
    path = file(tmp_path, [BOX, BOX | {"id": 2, "category_id": 5}], categories=None)
    found = items(path, names=["3"])
    assert [name for name, _ in drawn(found)] == ["3"]
    assert refused(found) == [
        "Image 10: annotation 2 has category 5, and the file does not name its categories"
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "it has no list 'images'"),
        ({"images": []}, "it has no list 'annotations'"),
        ({"images": {}, "annotations": []}, "it has no list 'images'"),
        ({"images": [], "annotations": [], "categories": 5}, "it has no list 'categories'"),
    ],
)
def test_what_is_no_coco_says_what_is_missing(
    tmp_path: Path, said: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadInput, match=f"is not a COCO file: {why}"):
        items(written(tmp_path / "c.json", said))


# --- folders ------------------------------------------------------------------------------------


def test_a_folder_of_roboflow_has_a_file_among_the_pictures_of_each_part(tmp_path: Path) -> None:
    for number, part in enumerate(("train", "valid")):
        picture(tmp_path / "set" / part / "a.png", number)
        images = [{"id": 0, "file_name": "a.png"}]
        box = BOX | {"image_id": 0, "bbox": [number, 0, 10, 10]}
        said = {"images": images, "annotations": [box], "categories": CATEGORIES}
        written(tmp_path / "set" / part / "_annotations.coco.json", said)
    assert found_format(tmp_path / "set") == "coco"
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"], task="boxes") as project:
        project.add_images(tmp_path / "set", progress=False)
        assert project.import_labels(tmp_path / "set") == 2
        got = {name: label[0]["points"] for name, label in by_source(project).items()}
    assert got == {"set/train/a.png": [[0, 0], [10, 10]], "set/valid/a.png": [[1, 0], [11, 10]]}


def test_two_files_about_the_same_pictures_are_not_mixed(tmp_path: Path) -> None:
    for name in ("instances_val.json", "person_keypoints_val.json"):
        said = {"images": IMAGES, "annotations": [BOX], "categories": CATEGORIES}
        written(tmp_path / "set/annotations" / name, said)
    with pytest.raises(BadInput, match="are about the same pictures; import one of them"):
        items(tmp_path / "set")


# --- through a project, and out -----------------------------------------------------------------


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    path = file(tmp_path, [POLYGON, BOX | {"id": 2}])
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"], task="polygons") as project:
        project.add_images([tmp_path / "a.png"], progress=False)
        with pytest.warns(LeftOut, match="has a box and no polygon"):
            said = project.import_labels(path)
    assert said == 1
    assert said.skipped["where"].tolist() == ["Image 10"]


REGIONS: dict[Task, list[Region]] = {
    "boxes": [Region("box", "cat", points=((1.25, 2), (30, 18.5)))],
    "polygons": [Region("polygon", "dog", points=((10, 10), (40, 10), (40, 30), (10, 30)))],
    "points": [Region("point", "cat", points=((39.5, 0.25),))],
}


@pytest.mark.parametrize("task", REGIONS)
def test_cocos_own_library_reads_our_export(tmp_path: Path, task: Task) -> None:
    read = COCO(exported(tmp_path, task, REGIONS[task], "coco", "out.json"))
    [image] = read.loadImgs(read.getImgIds())
    assert (image["file_name"], image["width"], image["height"]) == ("photos/a.png", 64, 48)
    [region], [said] = REGIONS[task], read.loadAnns(read.getAnnIds(image["id"]))
    [category] = read.loadCats(said["category_id"])
    assert category["name"] == region.label
    if task == "polygons":
        assert read.annToMask(said).sum() == said["area"] == 600
        assert read.annToMask(said)[10:30, 10:40].all()
    elif task == "points":
        assert (said["keypoints"], said["num_keypoints"]) == ([39.5, 0.25, 2], 1)
        assert category["keypoints"] == ["cat"]
    else:
        assert said["bbox"] == [1.25, 2, 28.75, 16.5]

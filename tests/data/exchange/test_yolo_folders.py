"""YOLO in the layouts that programs write it, and another reader and writer of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from labelformat.formats import YOLOv8ObjectDetectionInput, YOLOv8ObjectDetectionOutput
from readings import by_source, drawn, exported, items, picture, refused, taken, written

import dalt
from dalt.core.records import BadInput, Region
from dalt.data.formats import Imported, found_format

LINE = "0 0.5 0.5 0.5 0.5\n"
CAT = ("cat", [[0.25, 0.25], [0.75, 0.75]])


def plain(folder: Path, line: str | bytes = LINE, yaml: str = "names: [cat, dog]\n") -> Path:
    """One picture, its file of labels and data.yaml."""
    picture(folder / "images/a.png")
    written(folder / "labels/a.txt", line)
    written(folder / "data.yaml", yaml)
    return folder


def files_of(folder: Path) -> list[str]:
    """The picture that each item belongs to."""
    return [
        each.files[0].relative_to(folder).as_posix()
        for each in items(folder)
        if isinstance(each, Imported)
    ]


# --- which picture -------------------------------------------------------------------------------


def ultralytics(folder: Path) -> list[str]:
    for part in ("train", "val"):
        picture(folder / "images" / part / "001.png")
        written(folder / "labels" / part / "001.txt", LINE)
    picture(folder / "extra/images/002.png")
    written(folder / "extra/labels/002.txt", LINE)  # of no part
    written(
        folder / "coco8.yaml",
        "path: ../datasets/coco8\ntrain: images/train\nval: images/val\ntest:\n"
        "names:\n  0: cat\n  1: dog\n",
    )
    return ["images/train/001.png", "images/val/001.png"]


def roboflow(folder: Path) -> list[str]:
    for part in ("train", "valid"):
        picture(folder / part / "images/001.jpg")
        written(folder / part / "labels/001.txt", LINE)
    written(folder / "README.roboflow.txt", "5 images\n")
    yaml = "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\n"
    written(folder / "data.yaml", yaml + "names: ['cat', 'dog']\n")
    return ["train/images/001.jpg", "valid/images/001.jpg"]


def yolov5_parts(folder: Path) -> list[str]:
    """Parts as a list of folders that have ``images`` and ``labels`` inside."""
    for part in ("one", "two"):
        picture(folder / part / "images/deep/001.png")
        written(folder / part / "labels/deep/001.txt", LINE)
    written(folder / "data.yaml", "train: [one, two]\nval: one/images\nnames: {0: cat, 1: dog}\n")
    return ["one/images/deep/001.png", "two/images/deep/001.png"]


def lists(folder: Path) -> list[str]:
    for part in ("train", "val", "unlisted"):
        picture(folder / "images" / part / "001.png")
        written(folder / "labels" / part / "001.txt", LINE)
    written(folder / "train.txt", "./images/train/001.png\n\n/home/ana/set/images/val/001.png\n")
    written(folder / "data.yaml", "path: .\ntrain: train.txt\nnames: [cat, dog]\n")
    return ["images/train/001.png", "images/val/001.png"]


def cvat(folder: Path) -> list[str]:
    for name in ("a", "sub/a"):
        picture(folder / f"obj_train_data/{name}.png")
        written(folder / f"obj_train_data/{name}.txt", LINE)
    written(folder / "obj.names", "cat\ndog\n")
    data = "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n"
    written(folder / "obj.data", data)
    lines = "data/obj_train_data/a.png\ndata/obj_train_data/sub/a.png\n"
    written(folder / "train.txt", lines)
    return ["obj_train_data/a.png", "obj_train_data/sub/a.png"]


def label_studio(folder: Path) -> list[str]:
    picture(folder / "images/0a1b2c3d-a.png")
    written(folder / "labels/0a1b2c3d-a.txt", LINE)
    written(folder / "classes.txt", "cat\ndog\n")
    names = '{"categories": [{"id": 0, "name": "cat"}], "info": {"year": 2026}}'
    written(folder / "notes.json", names)
    return ["images/0a1b2c3d-a.png"]


def notes_alone(folder: Path) -> list[str]:
    found = label_studio(folder)
    (folder / "classes.txt").unlink()
    return found


def label_img(folder: Path) -> list[str]:
    """Each folder has its own classes."""
    for part, names in (("one", "cat\n"), ("two", "cat\ndog\n")):
        picture(folder / part / "a.b.JPG")
        written(folder / part / "a.b.txt", LINE)
        written(folder / part / "classes.txt", names)
    written(folder / "one/notes.txt", "to do: more cats\n")
    return ["one/a.b.JPG", "two/a.b.JPG"]


def darknet(folder: Path) -> list[str]:
    picture(folder / "data/a.png")
    written(folder / "data/a.txt", LINE)
    written(folder / "voc.names", "cat\ndog\n")
    return ["data/a.png"]


def unpacked(folder: Path) -> list[str]:
    """An archive that was unpacked into a folder of its name."""
    written(folder / "__MACOSX/._pets.v1", "x")
    return [f"pets.v1/{each}" for each in roboflow(folder / "pets.v1")]


LAYOUTS: list[Callable[[Path], list[str]]] = [
    ultralytics,
    roboflow,
    yolov5_parts,
    lists,
    cvat,
    label_studio,
    notes_alone,
    label_img,
    darknet,
    unpacked,
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_file_of_labels_belongs_to_the_picture_in_its_part(
    tmp_path: Path, layout: Callable[[Path], list[str]]
) -> None:
    want = layout(tmp_path / "set")
    assert found_format(tmp_path / "set") == "yolo"
    assert files_of(tmp_path / "set") == want
    assert drawn(items(tmp_path / "set")) == [CAT] * len(want)


def test_data_yaml_itself_can_be_named(tmp_path: Path) -> None:
    assert drawn(items(plain(tmp_path) / "data.yaml")) == [CAT]


def test_one_file_of_labels_beside_two_pictures_of_its_name_is_for_neither(tmp_path: Path) -> None:
    picture(plain(tmp_path) / "images/a.jpg")
    assert refused(items(tmp_path)) == ["'labels/a.txt' can belong to each of 'a.jpg' and 'a.png'"]


def test_names_with_dots_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    secret = plain(tmp_path / "secret")
    inside = tmp_path / "set"
    written(
        inside / "data.yaml",
        "path: ../secret\ntrain: ../secret/images\nval: ../secret/list.txt\n"
        f"test: '{secret}/images'\nnames: ../secret/names.txt\nnc: 2\n",
    )
    written(secret / "list.txt", "images/a.png\n")
    written(secret / "names.txt", "cat\n")
    written(inside / "train.txt", "../secret/images/a.png\n..%2Fsecret/images/a.png\n")
    with pytest.raises(BadInput, match="holds no files of labels"):
        items(inside)


def test_labels_without_their_pictures_find_the_samples(tmp_path: Path) -> None:
    for number, part in enumerate(("train", "val")):
        picture(tmp_path / "photos" / part / "001.png", number, (64 * (number + 1), 48))
        written(tmp_path / "set/labels" / part / "001.txt", LINE)
    written(tmp_path / "set/data.yaml", "train: images/train\nval: images/val\nnames: [cat]\n")
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"], task="boxes") as project:
        project.add_images(tmp_path / "photos", progress=False)
        assert project.import_labels(tmp_path / "set") == 2
        got = {name: label[0]["points"] for name, label in by_source(project).items()}
    assert got == {
        "photos/train/001.png": [[16, 12], [48, 36]],
        "photos/val/001.png": [[32, 12], [96, 36]],
    }


# --- names of classes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yaml", "names"),
    [
        ("names: [cat, dog]\n", ["cat", "dog"]),
        ("names: {0: cat, 1: dog}\n", ["cat", "dog"]),
        ("names: {1: dog, 0: cat}\n", ["cat", "dog"]),
        ("names:\n  0: cat  # the pet\n  1: 'dog''s'\n", ["cat", "dog's"]),
        ('names: [\n  "cat, small",\n  dog,\n]\n', ["cat, small", "dog"]),
        ("names: [no, yes]\n", ["no", "yes"]),
        ("names: [007, 1.0]\n", ["007", "1.0"]),
        ("names: ['고양이', 'dog']\n", ["고양이", "dog"]),
        ("nc: 2\n", ["0", "1"]),
        ("\ufeffnames: [cat, dog]\r\n", ["cat", "dog"]),
    ],
)
def test_names_of_classes_are_what_is_written(tmp_path: Path, yaml: str, names: list[str]) -> None:
    plain(tmp_path, LINE + LINE.replace("0 ", "1 ", 1), yaml)
    assert [name for name, _ in drawn(items(tmp_path, names=names))] == names


@pytest.mark.parametrize(
    ("yaml", "why"),
    [
        ("train: images\n", "has no names of classes"),
        ("names: [cat, [dog]]\n", r"has a list at 1 among its names of classes"),
        ("names: {cat: 0}\n", "has '0' at 'cat' among its names of classes"),
        ("names: [cat\n", "is not valid YAML: line 2"),
        ("names: " + "[" * 500, "is not valid YAML"),
        ("- names\n", "has no names of classes"),
    ],
)
def test_names_that_make_no_sense_are_one_sentence(tmp_path: Path, yaml: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        items(plain(tmp_path, yaml=yaml), format="yolo")


def test_a_bomb_of_yaml_is_refused_at_once(tmp_path: Path) -> None:
    levels = ["a: &a [x, x]"]
    levels += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in pairwise("abcdefghijklmnopqrst")
    ]
    plain(tmp_path, yaml="\n".join([*levels, "names: *t\n"]))
    with pytest.raises(BadInput, match="among its names of classes"):
        items(tmp_path, format="yolo")
    plain(tmp_path, yaml="\n".join([*levels, "nc: *t\n"]))
    with pytest.raises(BadInput, match="has no names of classes"):
        items(tmp_path, format="yolo")


def test_two_files_of_names_are_not_mixed(tmp_path: Path) -> None:
    (plain(tmp_path) / "data.yaml").rename(tmp_path / "one.yaml")
    written(tmp_path / "two.yaml", "names: [dog, cat]\n")
    with pytest.raises(BadInput, match="has several files with names of classes"):
        items(tmp_path)
    assert drawn(items(tmp_path / "one.yaml")) == [CAT]


def test_numbers_without_names_say_what_is_missing(tmp_path: Path) -> None:
    (plain(tmp_path) / "data.yaml").unlink()
    assert refused(items(tmp_path)) == [
        "'labels/a.txt' has numbers of classes, and no data.yaml or classes.txt names them"
    ]


# --- lines ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("0.0 0.5 0.5 0.5 0.5", CAT),
        ("  0\t0.5 0.5  0.5 5e-1  ", CAT),
        ("\ufeff0 0.5 0.5 0.5 0.5\r\n \r\n\n", CAT),
        ("0 0.5 0.5 0.5 0.5 0.93", CAT),
        ("0 0.25 0.25 0.75 0.25 0.5 0.75", CAT),
        ("0 0.25 0.25 0.75 0.25 0.5 0.75 0.9", CAT),
    ],
)
def test_lines_are_read_as_boxes(tmp_path: Path, line: str, want: object) -> None:
    assert drawn(items(plain(tmp_path, line))) == [want]


def test_utf_16_is_read(tmp_path: Path) -> None:
    assert drawn(items(plain(tmp_path, LINE.encode("utf-16")))) == [CAT]


@pytest.mark.parametrize("confidence", ["", " 0.9"])
def test_segmentation_is_read_as_polygons(tmp_path: Path, confidence: str) -> None:
    plain(tmp_path, f"1 0.1 0.1 0.9 0.1 0.5 0.9{confidence}\n")
    assert drawn(items(tmp_path, "polygon")) == [("dog", [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]])]


POSE = "0 0.5 0.5 0.5 0.5 0.1 0.2 2 0.3 0.4 1 0 0 0"


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        (POSE, "kpt_shape: [3, 3]\n"),
        (POSE + " 0.93", "kpt_shape: [3, 3]\n"),
        ("0 0.5 0.5 0.5 0.5 0.1 0.2 0.3 0.4 0 0", "kpt_shape: [3, 2]\n"),
        (POSE, ""),
    ],
)
def test_poses_are_points_without_those_that_are_not_labelled(
    tmp_path: Path, line: str, shape: str
) -> None:
    plain(tmp_path, line, f"names: [cat, dog]\n{shape}")
    assert drawn(items(tmp_path, "point")) == [("cat", [[0.1, 0.2]]), ("cat", [[0.3, 0.4]])]
    assert drawn(items(tmp_path)) == [CAT]
    [said] = refused(items(tmp_path, "polygon"))
    assert "line 1 is a pose, a box and keypoints, and this project marks polygons" in said


def test_keypoints_have_their_names_where_those_are_classes(tmp_path: Path) -> None:
    yaml = "names: [cat]\nkpt_shape: [3, 3]\nkpt_names:\n  0: [nose, eye, ear]\n"
    plain(tmp_path, POSE, yaml)
    found = drawn(items(tmp_path, "point", names=["nose", "eye", "ear"]))
    assert [name for name, _ in found] == ["nose", "eye"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("7 0.5 0.5 0.5 0.5", "has class '7', and data.yaml names 2"),
        ("0.5 0.5 0.5 0.5 0.5", "has class '0.5', and data.yaml names 2"),
        ("cat 0.5 0.5 0.5 0.5", "has 'cat' where a number has to be"),
        ("0 0.5 0.5 0.5", "has 3 numbers after its class; a box has 4, a polygon 6 or more"),
        ("0 0.5 0.5 0 0.5", "is a box of no size"),
        ("0 nan 0.5 0.5 0.5", "has 'nan' where a number has to be"),
        ("0 320 240 64 48", "has 320, and YOLO's numbers are shares of the sides, from 0 to 1"),
    ],
)
def test_a_line_that_makes_no_sense_is_left_out_by_name(
    tmp_path: Path, line: str, why: str
) -> None:
    found = items(plain(tmp_path, f"{LINE}{line}\n"))
    assert drawn(found) == [CAT]
    assert refused(found) == [f"'labels/a.txt': line 2 {why}"]


def test_an_empty_file_says_that_nothing_is_there(tmp_path: Path) -> None:
    plain(tmp_path, "")
    picture(tmp_path / "images/not-labelled.png")
    assert taken(items(tmp_path)) == [[]]


def test_a_file_of_another_kind_does_not_stop_the_others(tmp_path: Path) -> None:
    written(plain(tmp_path) / "labels/b.txt", b"\xff\xd8\xff\xe0 no text")
    [sound, broken] = items(tmp_path)
    assert drawn([sound]) == [CAT]
    assert refused([broken])[0].startswith("'labels/b.txt' cannot be read:")


def test_pictures_can_have_the_classes_of_their_objects(tmp_path: Path) -> None:
    assert taken(items(plain(tmp_path, LINE * 2), None)) == ["cat"]


# --- another program ----------------------------------------------------------------------------


def test_labelformat_reads_our_export_and_we_read_its(tmp_path: Path) -> None:
    box = Region("box", "dog", points=((10, 5), (30, 15)))
    ours, theirs = exported(tmp_path, "boxes", [box], "yolo", "ours"), tmp_path / "theirs"
    read = YOLOv8ObjectDetectionInput(ours / "data.yaml", "train")
    [label] = read.get_labels()
    [thing] = label.objects
    assert (label.image.width, thing.category.name) == (64, "dog")
    corners = (thing.box.xmin, thing.box.ymin, thing.box.xmax, thing.box.ymax)
    assert corners == pytest.approx((10, 5, 30, 15))
    YOLOv8ObjectDetectionOutput(theirs / "data.yaml", "train").save(read)
    [(name, points)] = drawn(items(theirs))
    assert name == "dog"
    assert points == [[0.1562, 0.1042], [0.4688, 0.3125]]

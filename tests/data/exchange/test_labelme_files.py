"""labelme's files, written as those of its published examples are."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from readings import by_source, drawn, exported, items, picture, refused, taken, written

import dalt
from dalt.core.records import Region, Shape
from dalt.data.formats import Imported, found_format

TRIANGLE = [[1.5, 2], [30, 3.5], [12, 18]]


def shape(points: Any = TRIANGLE, type: str | None = "polygon", **more: Any) -> dict[str, Any]:
    said = {"label": "cat", "points": points, "group_id": None, "flags": {}} | more
    return said | ({"shape_type": type} if type else {})


def said(*shapes: Any, **more: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"version": "5.4.1", "flags": {}, "shapes": list(shapes)}
    about |= {"imagePath": "a.png", "imageData": None, "imageHeight": 48, "imageWidth": 64}
    return about | more


def test_a_folder_of_pictures_and_files_comes_in(tmp_path: Path) -> None:
    for number, part in enumerate(("one", "two")):
        picture(tmp_path / "photos" / part / "a.png", number)
        points = [[number, 0], [20, 0], [20, 20]]
        written(tmp_path / "photos" / part / "a.json", said(shape(points)))
    assert found_format(tmp_path / "photos") == "labelme"
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"], task="polygons") as project:
        project.add_images(tmp_path / "photos", progress=False)
        assert project.import_labels(tmp_path / "photos") == 2
        got = {name: label[0]["points"] for name, label in by_source(project).items()}
    assert got == {
        "photos/one/a.png": [[0, 0], [20, 0], [20, 20]],
        "photos/two/a.png": [[1, 0], [20, 0], [20, 20]],
    }


@pytest.mark.parametrize("path", ["../pictures/a.png", r"..\pictures\a.png", "/home/ana/a.png"])
def test_the_picture_is_named_relative_to_the_file(tmp_path: Path, path: str) -> None:
    """A name never leads out of the folder; then the sample is found by the name."""
    picture(tmp_path / "pictures/a.png")
    file = written(tmp_path / "labels/a.json", said(shape(), imagePath=path))
    assert found_format(file) == "labelme"
    [found] = items(file, "polygon")
    assert isinstance(found, Imported)
    assert (found.files, found.source) == ((), path)
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"], task="polygons") as project:
        project.add_images(tmp_path / "pictures", progress=False)
        assert project.import_labels(file) == 1


def test_a_name_that_leads_up_stays_below_the_folder_that_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "set/pictures/a.png")
    picture(tmp_path / "a.png", 2)
    written(tmp_path / "set/labels/a.json", said(shape(), imagePath="../pictures/a.png"))
    written(tmp_path / "set/labels/b.json", said(shape(), imagePath="../../a.png"))
    inside, outside = items(tmp_path / "set", "polygon")
    assert isinstance(inside, Imported) and isinstance(outside, Imported)
    assert (inside.files, outside.files) == ((tmp_path / "set/pictures/a.png",), ())


def test_long_data_of_the_picture_does_not_hide_the_format(tmp_path: Path) -> None:
    """Older versions wrote the picture before its name."""
    about = said(shape())
    about = {"imageData": "A" * 200_000} | {k: v for k, v in about.items() if k != "imageData"}
    assert found_format(written(tmp_path / "a.json", about)) == "labelme"


def mask() -> dict[str, Any]:
    """Three by two pixels at (10, 20), of which the first column is empty."""
    data = io.BytesIO()
    Image.fromarray(np.array([[0, 1, 1], [0, 1, 1]], dtype=bool)).save(data, "PNG")
    coded = base64.b64encode(data.getvalue()).decode()
    return shape([[10, 20], [12, 21]], "mask", mask=coded)


@pytest.mark.parametrize(
    ("project", "drawing", "want"),
    [
        ("polygon", shape(), TRIANGLE),
        ("polygon", shape(type=None), TRIANGLE),
        ("polygon", shape([[24, 15], [4, 5]], "rectangle"), [[24, 15], [4, 15], [4, 5], [24, 5]]),
        ("polygon", mask(), [[11, 20], [13, 20], [13, 22], [11, 22]]),
        ("box", shape([[24, 15], [4, 5]], "rectangle"), [[4, 5], [24, 15]]),
        ("box", shape([[4, 5], [24, 5], [24, 15], [4, 15]], "rectangle"), [[4, 5], [24, 15]]),
        ("box", shape([[20, 20], [23, 24]], "circle"), [[15, 15], [25, 25]]),
        ("box", shape(), [[1.5, 2], [30, 18]]),
        ("point", shape([[3, 4]], "point"), [[3, 4]]),
    ],
)
def test_every_shape_that_fits_is_read(
    tmp_path: Path, project: Shape, drawing: dict[str, Any], want: list[list[float]]
) -> None:
    assert drawn(items(written(tmp_path / "a.json", said(drawing)), project)) == [("cat", want)]


@pytest.mark.parametrize(
    ("project", "drawing", "why"),
    [
        ("box", shape([[1, 1], [1, 5]], "rectangle"), "is a box of no size"),
        ("box", shape([[1, 1], [5, 5]], "line"), "is a 'line', which is no box"),
        ("box", shape([[1, 1], [5, 2], [4, 4]], "rotation"), "is a turned box"),
        ("box", shape([[1, 1], [5]], "rectangle"), "has [[1, 1], [5]] as its points"),
        ("box", shape("x", "rectangle"), "has 'x' as its points"),
        ("polygon", shape([[1, 1], [5, 5]]), "is a polygon of no size"),
        ("polygon", shape([[1, 1], [None, 5]]), "has None where a number has to be"),
        ("polygon", shape([[20, 20], [23, 24]], "circle"), "is a circle, and this project marks"),
        ("polygon", shape([[1, 1], [5, 5]], "mask", mask="?"), "has a mask that is no PNG"),
        ("polygon", shape([[1, 1], [5, 5]], "mask", mask="AAAA"), "has a mask that is no PNG"),
        ("point", shape(), "has no points, and this project marks points"),
    ],
)
def test_what_does_not_fit_is_left_out_by_name(
    tmp_path: Path, project: Shape, drawing: dict[str, Any], why: str
) -> None:
    sound = {"box": shape([[4, 5], [24, 15]], "rectangle"), "polygon": shape()}
    first = sound.get(project, shape([[3, 4]], "point"))
    found = items(written(tmp_path / "a.json", said(first, drawing)), project)
    assert len(taken(found)[0]) == 1
    assert refused(found)[0].startswith(f"'a.json': shape 2 (cat) {why}")


def test_flags_are_classes_of_whole_pictures(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", said(flags={"cat": True, "dog": False}))
    assert taken(items(path, None)) == ["cat"]
    path = written(tmp_path / "a.json", said(flags={"cat": True, "dog": True}))
    assert taken(items(path, None, multi=True)) == [["cat", "dog"]]
    path = written(tmp_path / "a.json", said(shape(), flags={}))
    assert taken(items(path, None)) == ["cat"]


def test_a_file_that_makes_no_sense_does_not_stop_the_others(tmp_path: Path) -> None:
    written(tmp_path / "a.json", said(shape()))
    written(tmp_path / "b.json", json.dumps(said(shape()))[:-1])
    written(tmp_path / "config.json", {"theme": "dark"})  # of something else
    sound, broken = items(tmp_path, "polygon")
    assert drawn([sound]) == [("cat", TRIANGLE)]
    assert refused([broken])[0].startswith("'b.json' cannot be read:")


@pytest.mark.parametrize(
    ("region", "type"),
    [
        (Region("polygon", "dog", points=((1, 2), (30, 3.5), (12, 18))), "polygon"),
        (Region("box", "dog", points=((1, 2), (30, 18))), "rectangle"),
        (Region("point", "dog", points=((1, 2),)), "point"),
    ],
)
def test_our_files_are_as_labelme_writes_them(tmp_path: Path, region: Region, type: str) -> None:
    tasks: dict[str, Any] = {"polygon": "polygons", "box": "boxes", "point": "points"}
    folder = exported(tmp_path, tasks[region.shape], [region], "labelme", "out")
    [path] = folder.glob("*.json")
    about = json.loads(path.read_text("utf-8"))
    assert (folder / about["imagePath"]).is_file()
    assert set(said()) == set(about)
    [one] = about["shapes"]
    assert set(shape()) <= set(one)
    assert (one["label"], one["shape_type"]) == ("dog", type)
    assert one["points"] == [list(point) for point in region.points]

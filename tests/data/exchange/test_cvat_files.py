"""CVAT's XML for images: as CVAT writes it, and through another program's reader and writer."""

from __future__ import annotations

from pathlib import Path

import pytest
from labelformat.formats import CVATObjectDetectionInput, CVATObjectDetectionOutput
from readings import drawn, exported, items, picture, refused, taken, written

from dalt.core.records import BadInput, Region, Shape
from dalt.data.formats import Imported, found_format

BOX = (
    '<box label="cat" source="manual" occluded="0" xtl="4" ytl="5" xbr="24.5" ybr="15" z_order="0">'
)
TRIANGLE = '<polygon label="cat" points="1,2;30,3.5;12,18"/>'
CAT = ("cat", [[4, 5], [24.5, 15]])


def xml(*shapes: str, more: str = "") -> str:
    """As CVAT writes it, shortened."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>'
        "<meta><task><id>5</id><name>t</name><labels><label><name>cat</name><color>#0f0</color>"
        "<attributes/></label></labels></task></meta>"
        f'<image id="0" name="sub/a.png" width="64" height="48">{"".join(shapes)}</image>{more}'
        "</annotations>"
    )


def file(tmp_path: Path, *shapes: str, more: str = "") -> Path:
    return written(tmp_path / "annotations.xml", xml(*shapes, more=more))


def test_a_box_of_cvat_comes_in_with_its_picture(tmp_path: Path) -> None:
    path = file(tmp_path, f'{BOX}<attribute name="age">3</attribute></box>')
    assert found_format(path) == "cvat"
    [found] = items(path)
    assert drawn([found]) == [CAT]
    assert isinstance(found, Imported)
    assert (found.source, found.size) == ("sub/a.png", (64, 48))


def test_labelformat_reads_our_export_and_we_read_its(tmp_path: Path) -> None:
    boxes = [Region("box", "dog", points=((10, 5.25), (30, 15)))]
    ours = exported(tmp_path, "boxes", boxes, "cvat", "ours.xml")
    read = CVATObjectDetectionInput(ours)
    [label] = read.get_labels()
    assert (label.image.filename, label.image.width) == ("photos/a.png", 64)
    [thing] = label.objects
    assert thing.category.name == "dog"
    corners = (thing.box.xmin, thing.box.ymin, thing.box.xmax, thing.box.ymax)
    assert list(corners) == [10, 5.25, 30, 15]
    CVATObjectDetectionOutput(tmp_path / "theirs", "task").save(read)
    picture(tmp_path / "theirs/images/photos/a.png")
    [found] = items(tmp_path / "theirs")
    assert isinstance(found, Imported)
    assert found.files == (tmp_path / "theirs/images/photos/a.png",)
    assert drawn([found]) == [("dog", [[10, 5.25], [30, 15]])]


SKELETON = (
    '<skeleton label="person" occluded="0"><points label="nose" outside="0" points="1,2"/>'
    '<points label="eye" outside="1" points="0,0"/><points label="ear" outside="0" points="3,4"/>'
    "</skeleton>"
)


@pytest.mark.parametrize(
    ("shape", "said", "want"),
    [
        ("polygon", TRIANGLE, [[1, 2], [30, 3.5], [12, 18]]),
        ("point", '<points label="cat" points="1.5,2"/>', [[1.5, 2]]),
        ("polygon", '<mask label="cat" rle="0, 4" left="3" top="5" width="2" height="2"/>',
         [[3, 5], [5, 5], [5, 7], [3, 7]]),
        ("box", '<mask label="cat" rle="0, 4" left="3" top="5" width="2" height="2"/>',
         [[3, 5], [5, 7]]),
        ("box", '<ellipse label="cat" cx="10" cy="20" rx="4" ry="3"/>', [[6, 17], [14, 23]]),
        ("box", '<polygon label="cat" points="1,2;30,3;12,18"/>', [[1, 2], [30, 18]]),
        ("polygon",
         '<box label="cat" xtl="15" ytl="18" xbr="25" ybr="22" rotation="90.0" occluded="0"/>',
         [[22, 15], [22, 25], [18, 25], [18, 15]]),
    ],
)  # fmt: skip
def test_every_shape_that_fits_is_read(
    tmp_path: Path, shape: Shape, said: str, want: list[list[float]]
) -> None:
    assert drawn(items(file(tmp_path, said), shape)) == [("cat", want)]


def test_points_and_skeletons_are_a_point_each(tmp_path: Path) -> None:
    two = file(tmp_path, '<points label="cat" points="1,2;3,4"/>')
    assert drawn(items(two, "point")) == [("cat", [[1, 2]]), ("cat", [[3, 4]])]
    path = file(tmp_path, SKELETON)
    found = drawn(items(path, "point", names=["nose", "eye", "ear"]))
    assert found == [("nose", [[1, 2]]), ("ear", [[3, 4]])]
    found = drawn(items(path, "point", names=["person"]))
    assert found == [("person", [[1, 2]]), ("person", [[3, 4]])]


def test_tags_are_classes_of_whole_pictures(tmp_path: Path) -> None:
    path = file(tmp_path, '<tag label="cat" source="manual"></tag>')
    assert taken(items(path, None)) == ["cat"]
    assert refused(items(path)) == [
        "Image 'sub/a.png' has nothing that can be imported: tag 1 (cat) is of the whole image, "
        "and this project marks boxes"
    ]


@pytest.mark.parametrize(
    ("shape", "said", "why"),
    [
        ("box", BOX.replace('z_order="0"', 'rotation="30"') + "</box>", "is a turned box"),
        ("box", BOX.replace("24.5", "4") + "</box>", "is a box of no size, from 4, 5 to 4, 15"),
        ("box", BOX.replace("24.5", "nan") + "</box>", "has 'nan' where a number has to be"),
        ("box", '<box label="cat" xtl="1"/>', "has no ytl"),
        ("box", '<polyline label="cat" points="1,2;3,4"/>', "is a polyline, and this project"),
        ("polygon", '<ellipse label="cat" cx="1" cy="2" rx="4" ry="3"/>', "is an ellipse, and"),
        ("polygon", '<polygon label="cat" points="1,2;3"/>', "has 3 numbers, which are no pairs"),
        ("polygon", '<polygon label="cat" points=""/>', "has no points"),
        ("polygon", '<mask label="cat" rle="0, x" left="3" top="5" width="2" height="2"/>',
         "has a mask without run lengths"),
        ("point", BOX + "</box>", "has no points, and this project marks points"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_left_out_by_name(
    tmp_path: Path, shape: Shape, said: str, why: str
) -> None:
    sound = f'{BOX}</box>{TRIANGLE}<points label="cat" points="1,2"/>'
    found = items(file(tmp_path, sound, said), shape)
    assert taken(found)[0]
    assert any(f" 4 (cat) {why}" in each for each in refused(found))


def test_a_picture_on_which_nothing_is_drawn_has_no_regions(tmp_path: Path) -> None:
    hidden = f"{BOX}</box>".replace('occluded="0"', 'outside="1"')
    assert taken(items(file(tmp_path, hidden, more='<image id="1" name="b.png"/>'))) == [[], []]


def test_the_xml_of_videos_names_the_way_out(tmp_path: Path) -> None:
    path = file(tmp_path, more='<track id="0" label="cat"><box frame="0"/></track>')
    with pytest.raises(BadInput, match=r"is CVAT's XML for videos.*export 'CVAT for images 1\.1'"):
        items(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("<annotation/>", "is not CVAT's XML"),
        (xml(f"{BOX}</box>")[:-30], "is not valid XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', "declares a DTD"),
    ],
)
def test_a_file_that_makes_no_sense_is_one_sentence(tmp_path: Path, content: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        items(written(tmp_path / "a.xml", content), format="cvat")

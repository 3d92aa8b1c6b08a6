"""Pascal VOC: files of other programs' own writers, ours through their readers, and layouts."""

from __future__ import annotations

from pathlib import Path

import pytest
from labelformat.formats import PascalVOCObjectDetectionInput, PascalVOCObjectDetectionOutput
from pascal_voc_writer import Writer
from readings import by_source, drawn, exported, items, picture, refused, taken, written

import dalt
from dalt.core.records import Region
from dalt.data.formats import Imported, found_format

CAT = ("cat", [[4, 5], [24, 15]])
OBJECT = "<bndbox><xmin>4</xmin><ymin>5</ymin><xmax>24</xmax><ymax>15</ymax></bndbox>"


def xml(objects: str, filename: str = "a.png", more: str = "") -> str:
    return (
        f"<annotation><folder>photos</folder><filename>{filename}</filename>{more}"
        "<size><width>64</width><height>48</height><depth>3</depth></size>"
        f"<segmented>0</segmented>{objects}</annotation>"
    )


def cat(inside: str = OBJECT, name: str = "cat") -> str:
    return f"<object><name>{name}</name><difficult>0</difficult>{inside}</object>"


def test_files_of_pascal_voc_writer_come_in(tmp_path: Path) -> None:
    for number, part in enumerate(("train", "val")):
        image = picture(tmp_path / "photos" / part / "a.png", number)
        writer = Writer(str(image), 64, 48)
        writer.addObject("cat", 4, 5, 24, 15)
        writer.addObject("dog", 0, 0, 10 + number, 10)
        writer.save(str(image.with_suffix(".xml")))
    assert found_format(tmp_path / "photos") == "voc"
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat", "dog"], task="boxes") as project:
        project.add_images(tmp_path / "photos", progress=False)
        assert project.import_labels(tmp_path / "photos") == 2
        got = {name: label[1]["points"] for name, label in by_source(project).items()}
    assert got == {
        "photos/train/a.png": [[0, 0], [10, 10]],
        "photos/val/a.png": [[0, 0], [11, 10]],
    }


def test_labelformat_reads_our_export_and_we_read_its(tmp_path: Path) -> None:
    boxes = [Region("box", "dog", points=((10, 5.25), (30, 15)))]
    ours, theirs = exported(tmp_path, "boxes", boxes, "voc", "ours"), tmp_path / "theirs"
    [stem] = (ours / "ImageSets/Main/train.txt").read_text().split()
    assert (ours / f"JPEGImages/{stem}.png").is_file()
    read = PascalVOCObjectDetectionInput(ours / "Annotations", "cat,dog")
    [label] = read.get_labels()
    [thing] = label.objects
    assert thing.category.name == "dog"
    corners = (thing.box.xmin, thing.box.ymin, thing.box.xmax, thing.box.ymax)
    assert list(corners) == [10, 5.25, 30, 15]
    PascalVOCObjectDetectionOutput(theirs).save(read)
    assert drawn(items(theirs)) == [("dog", [[10, 5.25], [30, 15]])]


# --- which picture ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "pictured", "filename"),
    [
        ("a.xml", "a.png", "a.png"),
        ("a.xml", "a.jpg", "a"),  # as labelImg once wrote it
        ("a.xml", "a.jpg", ""),
        ("a.xml", "a.jpg", "renamed since.jpg"),
        ("a.xml", "images/a.png", "a.png"),
        ("Annotations/a.xml", "JPEGImages/a.png", "a.png"),
        ("one/annotations/b/a.xml", "one/images/b/a.png", r"C:\set\b\a.png"),
    ],
)
def test_the_picture_lies_beside_its_file_or_where_pictures_are(
    tmp_path: Path, labels: str, pictured: str, filename: str
) -> None:
    picture(tmp_path / pictured)
    picture(tmp_path / "elsewhere" / Path(pictured).name, 2)
    written(tmp_path / labels, xml(cat(), filename))
    [found] = items(tmp_path)
    assert isinstance(found, Imported)
    assert found.files == (tmp_path / pictured,)
    assert found.size == (64, 48)


def test_a_file_that_names_the_picture_of_another_file_labels_neither(tmp_path: Path) -> None:
    for name in "ab":
        picture(tmp_path / f"{name}.png")
        written(tmp_path / f"{name}.xml", xml(cat(), "a.png"))
    first, second = items(tmp_path)
    assert drawn([first]) == [CAT]
    assert refused([second]) == ["'b.xml' names 'a.png' and lies beside 'b.png'"]


def test_names_with_dots_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    picture(tmp_path / "secret.png")
    written(tmp_path / "set/a.xml", xml(cat(), "../secret.png"))
    [found] = items(tmp_path / "set")
    assert isinstance(found, Imported)
    assert (found.files, found.source) == ((), "photos/secret.png")


def test_one_file_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", xml(cat()))
    assert found_format(path) == "voc"
    assert drawn(items(path)) == [CAT]


# --- what is in a file --------------------------------------------------------------------------


def test_parts_of_an_object_are_no_objects(tmp_path: Path) -> None:
    head = f"<part><name>head</name>{OBJECT}</part>"
    box = "<bndbox><xmax>24</xmax><xmin>4</xmin><ymax>15</ymax><ymin>5</ymin></bndbox>"
    assert drawn(items(written(tmp_path / "a.xml", xml(cat(box + head))))) == [CAT]


@pytest.mark.parametrize(
    "inside",
    [
        f"<polygon><x1>4</x1><y1>5</y1><x2>24</x2><y2>5</y2><x3>24</x3><y3>15</y3></polygon>{OBJECT}",
        "<polygon><pt><x>4</x><y>5</y></pt><pt><x>24</x><y>5</y></pt><pt><x>24</x><y>15</y></pt>"
        "<username>ana</username></polygon>",
    ],
)
def test_polygons_of_roboflow_and_labelmes_web_page_are_read(tmp_path: Path, inside: str) -> None:
    path = written(tmp_path / "a.xml", xml(cat(inside)))
    assert drawn(items(path, "polygon")) == [("cat", [[4, 5], [24, 5], [24, 15]])]
    assert drawn(items(path)) == [CAT]


def test_a_turned_box_is_a_polygon_and_no_box(tmp_path: Path) -> None:
    box = "<robndbox><cx>20</cx><cy>20</cy><w>10</w><h>4</h><angle>1.57079633</angle></robndbox>"
    path = written(tmp_path / "a.xml", xml(cat(box)))
    assert drawn(items(path, "polygon")) == [("cat", [[22, 15], [22, 25], [18, 25], [18, 15]])]
    assert "object 1 (cat) is a turned box" in refused(items(path))[0]


def test_a_picture_can_have_the_classes_of_its_objects(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", xml(cat() + cat(name="dog")))
    assert taken(items(path, None, multi=True)) == [["cat", "dog"]]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (cat(""), "object 2 (cat) has no box, and this project marks boxes"),
        (cat(name=" "), "object 2 has no class"),
        (cat(OBJECT.replace("24", "4")), "object 2 (cat) is a box of no size, from 4, 5 to 4, 15"),
        (cat(OBJECT.replace("24", "x")), "object 2 (cat) has 'x' where a number has to be"),
        (cat("<bndbox><xmin>1</xmin></bndbox>"), "object 2 (cat) has a box without ymin"),
    ],
)
def test_a_broken_object_is_left_out_by_name(tmp_path: Path, broken: str, why: str) -> None:
    found = items(written(tmp_path / "a.xml", xml(cat() + broken)))
    assert drawn(found) == [CAT]
    assert refused(found) == [f"'a.xml': {why}"]


def test_a_file_without_objects_says_that_nothing_is_there(tmp_path: Path) -> None:
    assert taken(items(written(tmp_path / "a.xml", xml("")))) == [[]]


BOMB = """<!DOCTYPE annotation [<!ENTITY a "xxxxxxxxxx">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><annotation><filename>&b;</filename></annotation>"""
THIEF = """<!DOCTYPE annotation [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<annotation><filename>&a;</filename></annotation>"""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (BOMB, "declares a DTD, and files of labels need none"),
        (THIEF, "declares a DTD, and files of labels need none"),
        ("<annotation><filename>cats & dogs", "is not valid XML"),
        ("<annotation>", "is not valid XML"),
        ("", "is not valid XML"),
        ('<?xml version="1.0" encoding="none"?><annotation/>', "is not valid XML"),
        (b"\x00\x01\x02", "is not valid XML"),
    ],
)
def test_a_file_that_is_no_sound_xml_does_not_stop_the_others(
    tmp_path: Path, content: str | bytes, why: str
) -> None:
    written(tmp_path / "a.xml", xml(cat()))
    written(tmp_path / "b.xml", content)
    sound, broken = items(tmp_path)
    assert drawn([sound]) == [CAT]
    [said] = refused([broken])
    assert said.startswith("'b.xml' cannot be read:")
    assert why in said

"""Tables with a row for each box, and tables that have none of what the project marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from readings import drawn, items, picture, refused, written

import dalt
from dalt.core.records import BadInput
from dalt.data.formats import Imported

HEAD = "filename,width,height,class,xmin,ymin,xmax,ymax\n"


def test_rows_of_a_picture_are_its_boxes_wherever_they_stand(tmp_path: Path) -> None:
    said = "a.png,64,48,cat,1,2,30,40\nb.png,64,48,dog,0,0,9,9\na.png,64,48,dog,5.5,5,9,9\n"
    found = items(written(tmp_path / "in.csv", HEAD + said))
    assert [(each.source, each.size) for each in found if isinstance(each, Imported)] == [
        ("a.png", (64, 48)),
        ("b.png", (64, 48)),
    ]
    assert drawn(found) == [
        ("cat", [[1, 2], [30, 40]]),
        ("dog", [[5.5, 5], [9, 9]]),
        ("dog", [[0, 0], [9, 9]]),
    ]


@pytest.mark.parametrize(
    "header", ["image;XMin;YMin;XMax;YMax;label", "image\tx1\ty1\tx2\ty2\tlabel"]
)
def test_corners_have_their_usual_names(tmp_path: Path, header: str) -> None:
    separator = ";" if ";" in header else "\t"
    row = separator.join(["a.png", "1", "2", "3", "4", "cat"])
    assert drawn(items(written(tmp_path / "in.csv", f"{header}\n{row}\n"))) == [
        ("cat", [[1, 2], [3, 4]])
    ]


def test_numbers_up_to_1_are_shares_of_the_sides(tmp_path: Path) -> None:
    [item] = items(written(tmp_path / "in.csv", "image,x1,y1,x2,y2,label\na.png,0,0.5,1,1,cat\n"))
    assert isinstance(item, Imported) and item.label[0]["shares"] is True


def test_the_sides_of_a_box_are_no_size_of_its_picture(tmp_path: Path) -> None:
    [item] = items(written(tmp_path / "in.csv", HEAD + "a.png,29,38,cat,1,2,30,40\n"))
    assert isinstance(item, Imported) and item.size is None


def test_what_is_no_box_is_left_out_by_its_line(tmp_path: Path) -> None:
    said = "a.png,64,48,cat,1,2,30,40\na.png,64,48,cat,5,5,5,9\nb.png,64,48,dog,,0,9,x\n"
    assert refused(items(written(tmp_path / "in.csv", HEAD + said))) == [
        "Line 2: line 3 is a box of no size, from 5, 5 to 5, 9",
        "Line 4 has nothing that can be imported: line 4 has no xmin",
    ]


def test_a_workbook_has_boxes_too(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["image", "label", "xmin", "ymin", "xmax", "ymax"], ["a.png", "cat", 1, 2, 3, 4]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    assert drawn(items(tmp_path / "in.xlsx")) == [("cat", [[1, 2], [3, 4]])]


def test_boxes_of_a_table_come_into_a_project(tmp_path: Path) -> None:
    picture(tmp_path / "photos/a.png")
    said = written(tmp_path / "in.csv", HEAD + "a.png,64,48,cat,1,2,30,40\n")
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat"], task="boxes") as project:
        project.add_images(tmp_path / "photos", progress=False)
        assert project.import_labels(said) == 1
        assert project.import_labels(said).unchanged == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv", "image,label\na.png,cat\n"),
        ("in.jsonl", '{"image": "a.png", "label": ["cat"]}\n'),
    ],
)
def test_a_class_is_no_box(tmp_path: Path, name: str, content: str) -> None:
    [said] = refused(items(written(tmp_path / name, content)))
    assert said.startswith(
        "Line 1 has no boxes" if "json" in name else "Line 2 has the class 'cat'"
    )


def test_a_class_that_differs_by_its_case_is_named(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"]) as project:
        project.add_texts(["I like cats"], progress=False)
        path = written(tmp_path / "in.csv", "text,label\nI like cats,CAT\n")
        with pytest.raises(BadInput, match=r"no class 'CAT' in this project. Did you mean 'cat'\?"):
            project.import_labels(path)

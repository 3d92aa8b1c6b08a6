"""Rows of labels: what their columns say of the samples."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import dalt.data.exchange.sheet_files as sheets
from dalt.core.records import BadInput, ClassSet
from dalt.core.user_warnings import Uncertain
from dalt.data.exchange.items import Imported, Reading, Unusable
from dalt.data.formats import read_any, write_labels

CLASSES = ClassSet(("cat", "dog"))
ROW: dict[str, Any] = {
    "sample_id": "00af", "label": "고양이", "annotator": "ana", "source": "human",
    "created_at": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "probability": 0.5,
    "sample_source": "007",
}  # fmt: skip


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path, sample: str | None = None, label: str | None = None) -> list[Any]:
    return list(read_any(path, None, CLASSES, Reading(sample, label)))


def named(item: Any) -> dict[str, str]:
    assert isinstance(item, Imported), item
    names = ("sample_id", "row", "source", "text", "annotator")
    return {name: getattr(item, name) for name in names if getattr(item, name) is not None}


ID = "0123456789abcdef"


@pytest.mark.parametrize(
    ("header", "cells", "found"),
    [
        ("sample_id,label", "a1,cat", {"sample_id": "a1"}),
        ("image_path,Class", "a/b.png,cat", {"source": "a/b.png"}),
        ("File Name,category", "b.png,cat", {"source": "b.png"}),
        ("review,sentiment", "so good,cat", {"text": "so good"}),
        ("text,label", "12,cat", {"text": "12"}),
        ("row,label", "12,cat", {"row": "12"}),
        ("index,label", "12.0,cat", {"row": "12"}),
        ("index,text,label", "12,so good,cat", {"text": "so good"}),
        ("source,label", "12,cat", {"source": "12"}),
        ("sample_id,source,label", "a1,human,cat", {"sample_id": "a1"}),
        ("sample_id,sample_source,label", "a1,12,cat", {"sample_id": "a1"}),
        ("sample_id,sample_source,label", "a1,b.png,cat", {"sample_id": "a1", "source": "b.png"}),
        ("sample_id,path,label", ",b.png,cat", {"source": "b.png"}),
        ("text,user,label,annotator", "x,bob,cat,ana", {"text": "x", "annotator": "ana"}),
        ("text,label,username", "x,cat,bob", {"text": "x"}),
    ],
)
def test_columns_say_what_names_the_sample(
    tmp_path: Path, header: str, cells: str, found: dict[str, str]
) -> None:
    (item,) = read(written(tmp_path / "in.csv", f"{header}\n{cells}\n"))
    assert (named(item), item.label) == (found, "cat")


@pytest.mark.parametrize(
    ("column", "cell", "found"),
    [
        ("key", "so good", {"text": "so good", "source": "so good"}),
        ("key", "12", {"text": "12"}),
        ("key", ID, {"sample_id": ID, "source": ID, "text": ID}),
        ("row", "12", {"row": "12"}),
        ("sample_id", "a1", {"sample_id": "a1"}),
        ("photo", "b.png", {"source": "b.png"}),
    ],
)
def test_a_named_column_names_the_samples(
    tmp_path: Path, column: str, cell: str, found: dict[str, str]
) -> None:
    path = written(tmp_path / "in.csv", f"path,said,{column}\nother.png,dog,{cell}\n")
    (item,) = read(path, sample=column, label="said")
    assert (named(item), item.label) == (found, "dog")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("text,label\na,\nb,cat\n", "Line 2 has no label"),
        ("text,label\na, \n", "Line 2 has no label"),
        ("source,label\n,cat\n", "Line 2 has no source"),
        ("image_id,label\n12,cat\n", "Line 2 names its sample by the number '12' as image_id"),
        ("text,label\na\nb,cat\n", "Line 2 has 1 cell; the header has 2"),
        ("text,label\na,b,cat\n", "Line 2 has 3 cells; the header has 2"),
        ("text,label\na\0b,cat\n", "Line 2 has a NUL character"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, text: str, why: str) -> None:
    first = read(written(tmp_path / "in.csv", text))[0]
    assert isinstance(first, Unusable)
    assert f"{first.where} {first.why}".startswith(why)


def test_rows_of_separators_alone_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "in.csv", "text,label\na,cat\n,\n,,\nb,dog,\n")
    assert [(item.where, item.text) for item in read(path)] == [("Line 2", "a"), ("Line 5", "b")]


@pytest.mark.parametrize("encoding", ["utf-16", "cp949", "utf-8-sig"])
def test_labels_come_in_any_usual_encoding_and_separator(tmp_path: Path, encoding: str) -> None:
    text = 'text;label\r\n"안녕, 세상\n";고양이\r\n'
    path = written(tmp_path / "in.csv", text.encode(encoding))
    if encoding == "cp949":
        with pytest.warns(Uncertain, match="DALT reads it as CP949"):
            (item,) = read(path)
    else:
        (item,) = read(path)
    assert (item.text, item.label) == ("안녕, 세상\n", "고양이")


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("a,b\n1,2\n", {}, r"no column label\. Columns: a, b\. Name the column of the labels with"),
        ("a,label\n1,2\n", {}, "Name the column of the samples with sample=… "),
        ("a,lable\n1,2\n", {}, "Did you mean 'lable'"),
        ("text,b\n1,2\n", {"label": "bb"}, r"no column 'bb'\. Did you mean 'b'"),
        ("text,label\n1,2\n", {"sample": "txt"}, r"no column 'txt'\. Did you mean 'text'"),
        ("label,label,text\n1,2,3\n", {}, "has the column 'label' twice"),
        ("text,label\n", {}, "has a header but no rows"),
    ],
)
def test_a_table_that_lacks_a_column_is_refused(
    tmp_path: Path, text: str, options: dict[str, str], why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        read(written(tmp_path / "in.csv", text), **options)


def test_other_endings_are_known(tmp_path: Path) -> None:
    (item,) = read(written(tmp_path / "in.TSV", "text\tlabel\na, b\tcat\n"))
    assert (item.text, item.label) == ("a, b", "cat")


def test_cells_of_label_studio_are_json(tmp_path: Path) -> None:
    boxes = ClassSet(("cat",), shape="box")
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["cat"]}
    cell = json.dumps([value | {"original_width": 100, "original_height": 50}])
    path = tmp_path / "in.csv"
    frame = pd.DataFrame({"image": ["/data/upload/1/0a1b2c3d-a.png"], "label": [cell], "id": [1]})
    frame.to_csv(path, index=False)
    (item,) = read_any(path, None, boxes)
    assert isinstance(item, Imported)
    assert (item.source, len(item.label)) == ("/data/upload/1/0a1b2c3d-a.png", 1)
    assert item.label[0]["label"] == "cat"
    several = ClassSet(("cat", "dog"), multi=True)
    frame.assign(label='{"choices": ["cat", "dog"]}').to_csv(path, index=False)
    (item,) = read_any(path, None, several)
    assert isinstance(item, Imported)
    assert item.label == ["cat", "dog"]


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ('["cat", "dog"]', ["cat", "dog"]),
        ("['cat', 'dog']", ["cat", "dog"]),
        ("cat|dog", ["cat", "dog"]),
        ("cat; dog", ["cat", "dog"]),
        ("cat,dog", ["cat", "dog"]),
        ("[]", []),
        ("cat", "cat"),
        ("cat, or dog", "cat, or dog"),
        ("cat,cow", "cat,cow"),
        ("[cat", "[cat"),
    ],
)
def test_a_cell_may_hold_several_classes(tmp_path: Path, cell: str, label: Any) -> None:
    several = ClassSet(("cat", "dog", "cat, or dog"), multi=True)
    pd.DataFrame({"text": ["a"], "label": [cell]}).to_csv(tmp_path / "in.csv", index=False)
    (item,) = read_any(tmp_path / "in.csv", None, several)
    assert isinstance(item, Imported)
    assert item.label == label
    (item,) = read_any(tmp_path / "in.csv", None, CLASSES)
    assert isinstance(item, Imported)
    assert item.label == cell


# --- for spreadsheets -------------------------------------------------------------------------


def test_csv_for_spreadsheets_has_times_that_they_take(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    write_labels([ROW, ROW | {"created_at": "2026-01-02T03:04:05.000678+00:00"}], path, excel=True)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").splitlines()
    assert lines[1:] == ["00af,고양이,ana,human,2026-01-02 03:04:05,0.5,007"] * 2
    assert [named(item)["sample_id"] for item in read(path)] == ["00af", "00af"]
    with pytest.raises(BadInput, match="excel=True is for csv and xlsx; jsonl is not"):
        write_labels([ROW], tmp_path / "l.jsonl", excel=True)


TEXTS = ["007", "=1+1", "#N/A", "+1", "a\rb\x07", "_x000D_", " x ", "'=1", "한"]


def test_a_workbook_holds_text_as_text_and_times_as_times(tmp_path: Path) -> None:
    path = tmp_path / "l.xlsx"
    rows = [ROW | {"sample_source": text, "label": ["cat", text]} for text in TEXTS]
    assert write_labels(rows, path, columns=list(ROW)) == len(TEXTS)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    first = {str(name.value): cell for name, cell in zip(sheet[1], sheet[2], strict=True)}
    assert first["created_at"].value == datetime(2026, 1, 2, 3, 4, 5)
    assert first["created_at"].is_date
    assert first["probability"].value == 0.5
    assert {cell.data_type for row in sheet.iter_rows(2) for cell in row[:4]} == {"s"}
    items = read(path, sample="sample_source")
    assert [named(item).get("source") for item in items] == TEXTS
    assert [json.loads(item.label) for item in items] == [["cat", text] for text in TEXTS]


def test_a_workbook_that_cannot_hold_the_labels_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "l.xlsx"
    with pytest.raises(BadInput, match=r"Row 1 has 40,000 characters as label, and a cell"):
        write_labels([{"label": "x" * 40_000}], path, columns=["label"])
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    with pytest.raises(BadInput, match="A sheet has room for 2 labels, and there are more"):
        write_labels([ROW] * 3, path, columns=list(ROW))
    assert list(tmp_path.iterdir()) == []


def test_labels_of_a_workbook_are_of_its_first_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Photo", "Class"], ["a.png", "cat"], [None, None], ["b.png", None], ["c.png", 1]):
        sheet.append(row)
    book.create_sheet("old")
    book.save(tmp_path / "in.xlsx")
    with pytest.warns(Uncertain, match="DALT reads the first, 'Sheet', and not 'old'"):
        items = read(tmp_path / "in.xlsx")
    assert items == [
        Imported("Row 2", "cat", source="a.png"),
        Unusable("Row 4", "has no label"),
        Imported("Row 5", 1, source="c.png"),
    ]


def test_a_remark_beside_the_table_of_a_workbook_leaves_out_its_row_alone(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in (["text", "label"], ["one", "cat"], ["two", "dog", "sure?"], ["three", "dog"]):
        book.active.append(cells)
    book.save(tmp_path / "in.xlsx")
    first, second, third = read(tmp_path / "in.xlsx")
    assert (first.text, third.text) == ("one", "three")
    assert second == Unusable("Row 3", "has something beside the 2 columns of the header")


def test_a_former_workbook_says_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"is Excel 97-2003; save it as \.xlsx or 'CSV UTF-8'"):
        read(written(tmp_path / "in.xls", b"\xd0\xcf"))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx", "parquet"])
@pytest.mark.parametrize(
    ("columns", "n_people"),
    [
        (["sample_id", "label", "source"], 1),
        (["sample_id", "label", "annotator"], 1),
        (["sample_id", "label", "source", "annotator"], 1),
        (["sample_id", "label", "source", "mood"], 1),  # with a column of one's own
        (["sample_id", "label", "annotator", "mood"], 2),  # perhaps a person of that name
        (["text", "label", "source"], 2),
        (["theirs", "text", "label", "source"], 2),
        (["text", "label", "annotator"], 2),
        (["sample_id", "label"], 2),
    ],
)
def test_some_columns_of_our_labels_tell_those_of_a_certified_model(
    tmp_path: Path, columns: list[str], n_people: int, ending: str
) -> None:
    who = ["model", "human"]
    said = pd.DataFrame(
        {
            "sample_id": [ID, ID[::-1]], "theirs": ["17", "18"], "label": ["cat", "dog"],
            "source": who, "annotator": who, "mood": ["good", "bad"], "text": ["a text", "other"],
        }
    )[columns].rename(columns={"theirs": "sample_id"})  # fmt: skip
    path = tmp_path / f"in.{ending}"
    write: dict[str, Any] = {
        "csv": lambda: said.to_csv(path, index=False),
        "jsonl": lambda: said.to_json(path, orient="records", lines=True),
        "xlsx": lambda: said.to_excel(path, index=False),
        "parquet": lambda: said.to_parquet(path),
    }
    write[ending]()
    items = read(path)
    assert len(items) == 2
    assert sum(isinstance(each, Imported) for each in items) == n_people
    left_out = [each.why for each in items if isinstance(each, Unusable)]
    assert left_out == ["is the label of a certified model, not a person's"] * (2 - n_people)

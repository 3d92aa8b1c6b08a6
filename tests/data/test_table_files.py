"""Files of rows as frames: what is text stays text."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from dalt.core.records import BadInput
from dalt.core.user_warnings import Uncertain
from dalt.data.readers.table_files import read_csv, read_table


def as_lists(frame: pd.DataFrame) -> dict[str, list[object]]:
    return {str(name): frame[name].tolist() for name in frame.columns}


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["NA", "None", "null", "nan", "N/A"], ["NA", "None", "null", "nan", "N/A"]),
        (["NA", "", "DE"], ["NA", None, "DE"]),
        (["01067", "20095"], ["01067", "20095"]),
        (["1", "", "-3"], [1, None, -3]),
        (["1.50", "2", ".5", "1e-05"], [1.5, 2.0, 0.5, 1e-05]),
        (["12E5", "13E4"], ["12E5", "13E4"]),
        (["+49", "+82"], ["+49", "+82"]),
        (["1,5", "2,5"], ["1,5", "2,5"]),
        (["12345678901234567890123", "1"], ["12345678901234567890123", "1"]),
        (["inf", "1"], ["inf", "1"]),
        (["-", "1"], ["-", "1"]),
        (["True", "False"], [True, False]),
        (["True", "yes"], ["True", "yes"]),
        ([" 1", "2"], [" 1", "2"]),
    ],
)
def test_cells_of_a_table_are_what_the_file_says(
    tmp_path: Path, cells: list[str], read: list[object]
) -> None:
    path = tmp_path / "in.tsv"
    path.write_text("id\tvalue\n" + "".join(f"r\t{cell}\n" for cell in cells))
    assert read_table(path)["value"].tolist() == read
    as_texts = read_table(path, texts=["value"])["value"].tolist()
    assert as_texts == [cell or None for cell in cells]


def test_a_column_without_a_name_is_kept_if_something_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(",a,b,\n0,x,y,\n1,z,w,\n")
    assert as_lists(read_csv(path)) == {"Unnamed: 0": [0, 1], "a": ["x", "z"], "b": ["y", "w"]}


def test_a_guessed_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("글\n고양이\n".encode("cp949"))
    with pytest.warns(Uncertain, match=r"reads it as CP949 \(Korean\), for example '글'"):
        assert read_csv(path)["글"].tolist() == ["고양이"]


def test_a_workbook_is_read_as_it_shows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["zip", "code", "when", "day", "n", "said", None])
    sheet.append([1067, "007", datetime(2026, 1, 2, 3, 4), datetime(2026, 1, 2), 1.5, "NA"])
    sheet.append([20095, "008", None, None, 2, "a_x000D_b"])
    sheet.append([None, "#N/A"])
    for row in (2, 3):
        sheet.cell(row, 1).number_format = "00000"
    book.create_sheet("notes")["A1"] = "more"
    book.save(tmp_path / "in.xlsx")
    with pytest.warns(Uncertain, match=r"has 2 sheets; DALT reads the first, 'Sheet', and not"):
        frame = read_table(tmp_path / "in.xlsx", texts=["n"])
    assert as_lists(frame) == {
        "zip": ["01067", "20095"],
        "code": ["007", "008"],
        "when": [datetime(2026, 1, 2, 3, 4), None],
        "day": [date(2026, 1, 2), None],
        "n": ["1.5", "2"],
        "said": ["NA", "a\rb"],
    }


def test_parquet_and_json_lines_are_tables_too(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"id": [1, 2], "text": ["a", "007"]})
    frame.to_parquet(tmp_path / "in.parquet")
    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "a"}\n\n{"text": "007", "id": 2}\n')
    (tmp_path / "in.json").write_text('[{"id": 1, "text": "a"}, {"text": "007", "id": 2}]')
    for name in ("in.parquet", "in.jsonl", "in.json"):
        assert as_lists(read_table(tmp_path / name)) == {"id": [1, 2], "text": ["a", "007"]}
        read = read_table(tmp_path / name, texts=["id"])
        assert as_lists(read) == {"id": ["1", "2"], "text": ["a", "007"]}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("in.xlsx", b"no", "is no sound .xlsx file, or is protected by a password"),
        ("in.xls", b"no", "is Excel 97-2003; save it as .xlsx"),
        ("in.ods", b"no", "is OpenDocument; save it as .xlsx"),
        ("in.parquet", b"no", "is not a sound parquet file"),
        ("in.jsonl", b"[1]\n", "Line 1 of .* is no JSON object"),
        ("in.jsonl", b"\n", "has no rows"),
        ("in.json", b"{}", "is no table: a JSON list of objects is one"),
        ("in.json", b"[", "is not valid JSON"),
        ("in.jsonl", b'{"a": "\xff"}\n', "is not in UTF-8"),
    ],
)
def test_files_that_are_no_tables_are_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=why) as error:
        read_table(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [["a"], ["x", "y"]]])
def test_sheets_that_are_no_tables_are_refused(tmp_path: Path, rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "in.xlsx")
    why = ["is empty", "has no rows", "Row 2 of .* has something beside the column of the header"]
    with pytest.raises(BadInput, match=why[len(rows) if len(rows) < 2 else 2]):
        read_table(tmp_path / "in.xlsx")


def packed(path: Path, **changed: str) -> Path:
    """A small workbook with other parts."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["a"])
    book.save(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, changed.get(Path(name).stem, data))
    return path


def test_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    zeros = packed(tmp_path / "zeros.xlsx", sheet1=" " * 30_000_000)
    with zipfile.ZipFile(zeros) as file:
        assert zeros.stat().st_size * 100 < sum(part.file_size for part in file.infolist())
    with pytest.raises(BadInput, match="packs 30 MB into 0 MB, as no workbook does"):
        read_table(zeros)
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    with pytest.raises(BadInput, match=r"is no sound \.xlsx file"):
        read_table(packed(tmp_path / "entities.xlsx", sheet1=entities))

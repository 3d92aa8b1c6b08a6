"""Files of labels, out and in."""

import csv
import json
import os
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dalt.core.records import BadInput
from dalt.data.exchange.format_names import NAMES
from dalt.data.formats import LabelRow, read_labels, write_labels

ROWS: list[dict[str, Any]] = [
    {"sample_id": "a1", "label": "cat", "annotator": "ana", "active_seconds": 1.5},
    {"sample_id": "b2", "label": "개", "annotator": None, "active_seconds": float("nan")},
]


def file_of(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "truth.csv"
    path.write_bytes(text.encode(encoding))
    return path


# --- writing ------------------------------------------------------------------------


def test_csv_holds_the_columns_of_the_first_row(tmp_path):
    path = tmp_path / "labels.csv"
    assert write_labels(iter(ROWS), path) == 2
    assert path.read_text(encoding="utf-8") == (
        "\ufeffsample_id,label,annotator,active_seconds\na1,cat,ana,1.5\nb2,개,,\n"
    )


def test_a_csv_of_ascii_has_no_byte_order_mark(tmp_path):
    write_labels(ROWS[:1], tmp_path / "l.csv")
    assert (tmp_path / "l.csv").read_bytes().startswith(b"sample_id,")


def test_jsonl_holds_null_for_what_is_missing(tmp_path):
    path = tmp_path / "labels.jsonl"
    write_labels(ROWS, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[1]) == ROWS[1] | {"active_seconds": None}
    assert "개" in lines[1]


def test_the_format_can_be_named(tmp_path):
    path = tmp_path / "labels.txt"
    write_labels(ROWS, path, format="jsonl", columns=["label"])
    assert path.read_text(encoding="utf-8") == '{"label": "cat"}\n{"label": "개"}\n'


def test_an_export_without_rows_still_has_its_header(tmp_path):
    path = tmp_path / "labels.csv"
    assert write_labels([], path, columns=["sample_id", "label"]) == 0
    assert path.read_text() == "sample_id,label\n"


@pytest.mark.parametrize(
    ("name", "format"), [("labels.xls", None), ("labels", None), ("l.csv", "x")]
)
def test_an_unknown_format_lists_those_known(tmp_path, name, format):
    with pytest.raises(BadInput, match=r"known formats: csv, jsonl, parquet, "):
        write_labels(ROWS, tmp_path / name, format=format)
    assert list(tmp_path.iterdir()) == []


def test_times_are_utc_and_lists_are_json(tmp_path):
    seoul = timezone(timedelta(hours=9))
    row = {
        "created_at": datetime(2026, 1, 2, 9, 30, tzinfo=seoul),
        "shown_at": datetime(2026, 1, 2, 0, 30),
        "label": ("cat", "개"),
        "n": np.int64(3),
    }
    write_labels([row], tmp_path / "l.csv")
    with (tmp_path / "l.csv").open(newline="", encoding="utf-8-sig") as file:
        (read,) = csv.DictReader(file)
    assert read["created_at"] == read["shown_at"] == "2026-01-02T00:30:00+00:00"
    assert json.loads(read["label"]) == ["cat", "개"]
    assert read["n"] == "3"
    write_labels([row], tmp_path / "l.jsonl")
    assert json.loads((tmp_path / "l.jsonl").read_text(encoding="utf-8")) == {
        "created_at": "2026-01-02T00:30:00+00:00",
        "shown_at": "2026-01-02T00:30:00+00:00",
        "label": ["cat", "개"],
        "n": 3,
    }


def test_pandas_rows_can_be_written(tmp_path):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "label": pd.Series(["cat", None], dtype="str"),
            "shown_at": pd.to_datetime(["2026-01-02T00:00:00Z", None]),
            "snapshot": pd.Series([3, None], dtype="Int64"),
        }
    )
    write_labels(frame.to_dict("records"), tmp_path / "l.csv")
    assert (tmp_path / "l.csv").read_text() == (
        "label,shown_at,snapshot\ncat,2026-01-02T00:00:00+00:00,3\n,,\n"
    )


def test_a_failing_export_leaves_the_former_file(tmp_path):
    path = tmp_path / "labels.csv"
    write_labels(ROWS, path)
    before = path.read_bytes()

    def breaking():
        yield ROWS[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_labels(breaking(), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["labels.csv"]


def test_a_full_disk_is_one_line(tmp_path):
    def filling():
        yield ROWS[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(BadInput, match=r"cannot be written: No space left on device\. Make room"):
        write_labels(filling(), tmp_path / "l.csv")


@pytest.mark.parametrize("where", ["", "missing/labels.csv"])
def test_a_place_that_cannot_be_written_is_one_line(tmp_path, where):
    with pytest.raises(BadInput, match=r"is a folder|cannot be written"):
        write_labels(ROWS, tmp_path / where, format="csv")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|x", "'+cmd|x"),
        ("-x", "'-x"),
        ("\t=1", "'\t=1"),
        ("'=1", "''=1"),
        ("-1", "-1"),
        ("+1.5e-3", "+1.5e-3"),
        ("-", "-"),
        ("'tis", "'tis"),
        ("a=b", "a=b"),
    ],
)
def test_csv_cells_cannot_be_formulas(tmp_path, text, written):
    path = tmp_path / "l.csv"
    write_labels([{"source": text, "label": "x"}], path)
    with path.open(newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file))["source"] == written
    assert read_labels(path)[0].source == text


# A NUL is refused: no text has one, and databases take none.
characters = st.characters(exclude_characters="\0")
texts = st.text(alphabet=st.one_of(characters, st.sampled_from("=+-@'\t\r\n\",0")), min_size=1)


@given(label=texts, source=texts)
@example(label="\r", source="a\rb")
@example(label="'", source="'-1")
def test_csv_reads_back_what_was_written(tmp_path_factory, label, source):
    path = tmp_path_factory.mktemp("csv") / "l.csv"
    label += "."  # a label of nothing but white space is refused
    write_labels([{"label": label, "source": source}], path)
    assert read_labels(path) == [LabelRow(2, None, source, label, None)]


# --- reading ------------------------------------------------------------------------


def test_lines_are_counted_as_an_editor_does(tmp_path):
    text = 'source,label,annotator,other\n"a\nb",cat,ana,1\n\nc,dog,,2\n'
    assert read_labels(file_of(tmp_path, text)) == [
        LabelRow(2, None, "a\nb", "cat", "ana"),
        LabelRow(5, None, "c", "dog", None),
    ]


def test_with_a_sample_id_the_source_says_who_labelled(tmp_path):
    text = "sample_id,source,label\na1,human,cat\n,photos/b.png,dog\n"
    assert read_labels(file_of(tmp_path, text)) == [
        LabelRow(2, "a1", None, "cat", None),
        LabelRow(3, None, "photos/b.png", "dog", None),
    ]


def test_a_byte_order_mark_and_spaces_in_the_header_do_not_matter(tmp_path):
    path = file_of(tmp_path, "sample_id, label\r\na1,cat\r\n", "utf-8-sig")
    assert read_labels(path) == [LabelRow(2, "a1", None, "cat", None)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'truth.csv' is empty."),
        ("\n\n", "'truth.csv' is empty."),
        ("source,label\n", "'truth.csv' has a header but no rows."),
        (
            "source,lable\na,b\n",
            "'truth.csv' has no column label. Did you mean 'lable'? Columns: source, lable. Name "
            "the column of the labels with label=… (--label).",
        ),
        (
            "named,label\na,b\n",
            "'truth.csv' has no column sample_id or source. Columns: named, label. Name the column "
            "of the samples with sample=… (--sample).",
        ),
        ("label,label,source\na,b,c\n", "'truth.csv' has the column 'label' twice."),
        ("source,label\na,b\nc\n", "Line 3 of 'truth.csv' has 1 cell; the header has 2."),
        ("source,label\na,b,c\n", "Line 2 of 'truth.csv' has 3 cells; the header has 2."),
        ("source,label\na, \n", "Line 2 of 'truth.csv' has no label."),
        ("source,label\n,b\n", "Line 2 of 'truth.csv' has no source."),
        (
            'source,label\na,"b\n',
            "'truth.csv' is not a sound csv file: line 2: a quotation mark is not closed.",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(tmp_path, monkeypatch, text, message):
    file_of(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as error:
        read_labels("truth.csv")
    assert str(error.value) == message


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="There is no file"):
        read_labels(tmp_path / "truth.csv")
    with pytest.raises(BadInput, match="is a folder; name the file"):
        read_labels(tmp_path)


def test_the_names_of_the_formats_are_those_of_the_registry():
    from dalt.data.exchange.registry import BY_NAME

    assert tuple(BY_NAME) == NAMES

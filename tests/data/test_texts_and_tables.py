"""Texts, tables and CSV files."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_samples import Pool, entries

from dalt.core.records import BadInput
from dalt.data.sources import SampleFiles, read_csv

# --- texts ------------------------------------------------------------------------------------


words = st.text(st.one_of(st.characters(), st.sampled_from('<b>&\0\x07\x1b\n\r\u2028"\\한글😀')))


@given(texts=st.lists(words, min_size=1, max_size=8))
def test_any_text_comes_back_as_it_was(tmp_path_factory, texts):
    files = SampleFiles(tmp_path_factory.mktemp("texts") / "t.dalt")
    pool = Pool()
    found = pool.keep(files.add_texts(texts, None, pool.known))
    good = [text for text in texts if text.strip()]
    assert [files.load(pool.samples[sample_id]) for sample_id in found.ids] == good
    assert [files.display(pool.samples[sample_id]).text for sample_id in found.ids] == good
    assert len(found.samples) == len(set(good))
    assert len(found.ids) + len(found.rejected) == len(texts)
    again = files.add_texts(texts, None, pool.known)
    assert (again.ids, again.samples) == (found.ids, [])


def test_texts_are_kept_as_lines_of_json(files, pool):
    found = pool.keep(files.add_texts(["개\n", "<b>"], None, pool.known))
    (name,) = entries(files.folder / "samples")
    assert (files.folder / "samples" / name).read_text(encoding="utf-8") == '"개\\n"\n"<b>"\n'
    assert found.samples[1].location == {"file": name, "offset": 8, "length": 5}


def test_texts_without_content_are_rejected_by_row(files, pool):
    texts = ["a", "", " \n", None, float("nan"), pd.NA, 7, b"x", "\ud800"]
    found = pool.keep(files.add_texts(texts, None, pool.known))
    assert len(found.ids) == 1
    assert list(map(str, found.rejected)) == [
        "1: empty text",
        "2: empty text",
        "3: no text",
        "4: no text",
        "5: no text",
        "6: not a text but an int",
        "7: not a text but a bytes",
        "8: not valid Unicode (half of a surrogate pair)",
    ]


def test_of_frames_and_series_the_source_is_the_index(files, pool):
    frame = pd.DataFrame({"id": [1, 2], "body": ["x", None]}, index=["r1", "r2"])
    found = pool.keep(files.add_texts(frame, "body", pool.known))
    assert [sample.source for sample in found.samples] == ["r1"]
    assert [str(rejection) for rejection in found.rejected] == ["r2: no text"]
    assert files.add_texts(frame["body"], None, pool.known).ids == found.ids
    assert files.add_texts(frame[["body"]], None, pool.known).ids == found.ids


@pytest.mark.parametrize(
    ("texts", "column", "message"),
    [
        (
            pd.DataFrame({"body": ["a"], "id": [1]}),
            "bodi",
            "no column 'bodi'. Did you mean 'body'?",
        ),
        (pd.DataFrame({"body": ["a"], "id": [1]}), None, "column=…, one of body, id."),
        (pd.DataFrame({"body": []}), "body", "The table has no rows."),
        (pd.DataFrame([["a", "b"]], columns=["t", "t"]), "t", "Column 't' is there twice"),
        ([], None, "There are no texts to add."),
        (["a"], "body", "column='body' needs a DataFrame"),
        ("a text", None, "Texts are given as a list of str or a DataFrame, not as a str."),
        (7, None, "Texts are given as a list of str or a DataFrame, not as an int."),
    ],
)
def test_wrong_texts_are_refused_in_one_line(files, pool, texts, column, message):
    with pytest.raises(BadInput) as error:
        files.add_texts(texts, column, pool.known)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_long_lists_are_asked_for_in_parts(files, pool):
    texts = [f"text {i % 2_100}" for i in range(2_500)]
    calls = []
    found = pool.keep(files.add_texts(texts, None, pool.known, lambda *call: calls.append(call)))
    assert (len(found.ids), len(found.samples)) == (2_500, 2_100)
    assert [done for _, done, _ in calls] == [0, 1_000, 2_000, 2_500]
    assert files.load(found.samples[-1]) == "text 2099"


# --- tables -----------------------------------------------------------------------------------


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_infinity=False, allow_nan=False),
    st.text(max_size=5),
)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_any_row_comes_back_as_it_was(tmp_path_factory, rows):
    files = SampleFiles(tmp_path_factory.mktemp("rows") / "t.dalt")
    frame = pd.DataFrame(rows, columns=["나이", "b"], dtype=object)
    pool = Pool()
    found = pool.keep(files.add_table(frame, None, pool.known))
    good = [row for row in rows if row != (None, None)]
    loaded = [files.load(pool.samples[sample_id]) for sample_id in found.ids]
    assert loaded == [{"나이": a, "b": b} for a, b in good]
    assert len(found.ids) + len(found.rejected) == len(rows)
    assert files.add_table(frame, None, pool.known).samples == []


def test_values_are_made_plain(files, pool):
    frame = pd.DataFrame(
        {
            "flag": [True],
            "count": np.array([3], dtype=np.int16),
            "share": np.array([0.5], dtype=np.float32),
            "when": pd.to_datetime(["2026-01-02T03:04:05Z"]),
            "never": pd.to_datetime([None]),  # type: ignore[arg-type]
            "day": [date(2026, 1, 2)],
            "group": pd.Categorical(["x"]),
            "missing": [float("nan")],
            "whole": [2.0],
        }
    )
    (sample,) = pool.keep(files.add_table(frame, None, pool.known)).samples
    assert files.load(sample) == {
        "flag": True,
        "count": 3,
        "share": 0.5,
        "when": "2026-01-02T03:04:05+00:00",
        "never": None,
        "day": "2026-01-02",
        "group": "x",
        "missing": None,
        "whole": 2,
    }
    shown = files.display(sample)
    assert shown.kind == "table"
    assert shown.rows[:2] == (("flag", "True"), ("count", "3"))
    assert dict(shown.rows)["missing"] == ""


def test_a_row_is_the_same_whatever_the_order_of_columns_or_type_of_numbers(files, pool):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    first = pool.keep(files.add_table(frame, None, pool.known))
    longer = pd.DataFrame({"b": ["x", "y", "z"], "a": [1, 2, None]})  # a is float now
    again = pool.keep(files.add_table(longer, None, pool.known))
    assert again.ids[:2] == first.ids
    assert [sample.source for sample in again.samples] == ["2"]


def test_cells_of_databases_and_of_pandas_are_made_plain(files, pool):
    frame = pd.DataFrame(
        {
            "price": [Decimal("0.10")],
            "exact": [Decimal("0.1234567890123456789")],
            "count": [Decimal("7")],
            "none": [Decimal("NaN")],
            "key": [UUID(int=1)],
            "age": pd.cut([30], [0, 50]),
            "month": pd.period_range("2026-01", periods=1, freq="M"),
            "took": pd.to_timedelta(["90min"]),
            "lasted": pd.Series([timedelta(minutes=90)], dtype=object),
            "since": pd.Series([np.datetime64("2026-01-02T03:04:05", "ns")], dtype=object),
            "path": [PurePosixPath("a/b")],
        }
    )
    (sample,) = pool.keep(files.add_table(frame, None, pool.known)).samples
    assert files.load(sample) == {
        "price": 0.1,
        "exact": "0.1234567890123456789",
        "count": 7,
        "none": None,
        "key": "00000000-0000-0000-0000-000000000001",
        "age": "(0, 50]",
        "month": "2026-01",
        "took": "P0DT1H30M0S",
        "lasted": "P0DT1H30M0S",
        "since": "2026-01-02T03:04:05",
        "path": "a/b",
    }


def test_numbers_and_times_beyond_what_a_file_holds_are_left_out_by_their_row(files, pool):
    """Each of them came out as a bare ValueError, OverflowError or UnicodeEncodeError before."""
    odd = [
        10**5_000, Fraction(10**400, 3), PurePosixPath("a\udc80"), np.datetime64("20000-01-01"),
        Fraction(10**5_000), float("inf"),
    ]  # fmt: skip
    values = pd.Series([*odd, Decimal("1e9999"), Decimal("-1e9999")], dtype=object)
    found = pool.keep(files.add_table(pd.DataFrame({"x": values}), None, pool.known))
    assert [str(each).split(": ", 1)[1] for each in found.rejected] == [
        "column 'x' is a whole number of too many digits",
        "column 'x' is a fraction beyond all floats",
        "column 'x' is not valid Unicode (half of a surrogate pair)",
        "column 'x' is a time that no calendar has",
        "column 'x' is a whole number of too many digits",
        "column 'x' is infinite",
    ]
    loaded = [files.load(sample)["x"] for sample in found.samples]
    assert loaded == ["1E+9999", "-1E+9999"]


def test_a_column_without_a_name_is_refused(files, pool):
    frame = pd.DataFrame({0: [1], None: [2]})
    with pytest.raises(BadInput, match="A column has no name"):
        files.add_table(frame, None, pool.known)


def test_a_column_of_numbers_is_one_of_texts(files, pool):
    values = [7, 7.5, True, Decimal("3.10"), UUID(int=1), date(2026, 1, 2), None, b"x"]
    frame = pd.DataFrame({"said": pd.Series(values, dtype=object)})
    found = pool.keep(files.add_texts(frame, "said", pool.known))
    assert [files.load(sample) for sample in found.samples] == [
        "7", "7.5", "True", "3.10", "00000000-0000-0000-0000-000000000001", "2026-01-02",
    ]  # fmt: skip
    assert list(map(str, found.rejected)) == ["6: no text", "7: not a text but a bytes"]
    floats = pd.DataFrame({"said": [1, None]})  # pandas makes 1.0 of it
    assert files.load(pool.keep(files.add_texts(floats, "said", pool.known)).samples[0]) == "1"


def test_columns_can_be_chosen(files, pool):
    frame = pd.DataFrame({"a": [1, 1], "b": [2, 3], "c": [4, 4]})
    found = pool.keep(files.add_table(frame, ["c", "a"], pool.known))
    assert files.load(found.samples[0]) == {"c": 4, "a": 1}
    assert len(found.samples) == 1


def test_rows_that_cannot_be_used_are_rejected(files, pool):
    frame = pd.DataFrame(
        {"a": [1.5, np.inf, np.nan, [1], "\ud800", datetime(2026, 1, 2)]}, dtype=object
    )
    found = pool.keep(files.add_table(frame, None, pool.known))
    assert len(found.ids) == 2
    assert list(map(str, found.rejected)) == [
        "1: column 'a' is infinite",
        "2: empty row",
        "3: column 'a' holds a list",
        "4: column 'a' is not valid Unicode (half of a surrogate pair)",
    ]


@pytest.mark.parametrize(
    ("frame", "columns", "message"),
    [
        (pd.DataFrame({"age": [1]}), ["agge"], "no column 'agge'. Did you mean 'age'?"),
        (pd.DataFrame({"age": []}), None, "The table has no rows."),
        (pd.DataFrame({"age": [1]}), [], "The table has no columns."),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), None, "Column 'a' is there twice"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), None, "Column '1' is named twice"),
        ([{"a": 1}], None, "A table is given as a pandas DataFrame, not as a list."),
    ],
)
def test_wrong_tables_are_refused_in_one_line(files, pool, frame, columns, message):
    with pytest.raises(BadInput) as error:
        files.add_table(frame, columns, pool.known)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


# --- csv files --------------------------------------------------------------------------------


def test_a_csv_file_is_read_with_or_without_a_mark(tmp_path):
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "a.csv").write_text("몸,n\n글,1\n", encoding=encoding)
        frame = read_csv(tmp_path / "a.csv")
        assert list(frame.columns) == ["몸", "n"]
        assert frame["몸"].tolist() == ["글"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no file 'a.csv'."),
        (b"", "'a.csv' is empty."),
        (b"a,b\n", "'a.csv' has a header but no rows."),
        ("a\nЖизнь\n".encode("cp1251"), "'a.csv' is not in UTF-8, and DALT does not recognise"),
        (
            b"a,b\n1,2\n1,2,3\n4\n",
            "Rows of 'a.csv' do not fit its header: line 3 has 3 cells; the header has 2; line 4 "
            "has 1 cell; the header has 2.",
        ),
    ],
)
def test_a_csv_file_that_is_none_is_refused_in_one_line(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadInput) as error:
        read_csv("a.csv")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)

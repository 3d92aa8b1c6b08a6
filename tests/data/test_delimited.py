"""Delimited text as people have it: separators, encodings, rows that do not fit."""

import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from dalt.core.records import BadInput
from dalt.data.readers.delimited import Delimited
from dalt.data.readers.encodings import encoding_of

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def new(text: str, encoding: str = "utf-8", name: str = "in.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return new


def cells(path: Path, *wanted: str) -> list[list[str]]:
    table = Delimited(path, wanted)
    return [table.header, *(row.cells for row in table.rows() if not row.wrong)]


# --- encodings --------------------------------------------------------------------------------

KOREAN = [
    "이름,값\n고양이,강아지\n",
    "몸\n글\n",
    "a\n이 영화 진짜 굿ㅋㅋㅋ ㅠㅠ 뷁\n",
    "a\n☆한국어★\n",
]
WESTERN = [
    "a\ncafé\nnaïve über\n", "a\nÄrger\n", "a\n“quoted” isn’t – it\n", "a\nMüller;3,5 €\n",
    "a\nÉTÉ\n", "a\nça\n", "a\n20°\n", "a\nÑandú ¿qué?\n", "a\nit’s\n",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((text, "cp949") for text in KOREAN),
        *((text, "cp1252") for text in WESTERN),
        ("名前,値\nねこ,犬\n", "cp932"),
        ("a,b\nhello,안녕하세요\n", "utf-16-le"),
        ("a,b\nhello,there\n", "utf-16-be"),
        ("이름,값\n고양이,강아지\n", "utf-16-le"),
        ("이름,값\n고양이,강아지\n", "utf-16-be"),
    ],
)
def test_what_is_guessed_is_right_and_told(write: Write, text: str, encoding: str) -> None:
    found = encoding_of(write(text, encoding))
    assert found.name == encoding
    assert "is not in UTF-8; DALT reads it as" in found.guessed


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_is_certain_is_not_told(write: Write, encoding: str) -> None:
    path = write("이름,값\ncafé,강아지\n", encoding)
    assert encoding_of(path).guessed == ""
    assert cells(path) == [["이름", "값"], ["café", "강아지"]]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("a\nЖизнь дня\n", "cp1251"), ("a\nдня\n", "cp1251"), ("a\nЖизнь дня\n", "koi8-r"),
        ("a\nzażółć gęślą jaźń\n", "cp1250"), ("a\nčeština příliš\n", "cp1250"),
        ("名称,值\n中国北京,猫\n", "gb18030"), ("a\nΨηφίδ\n", "cp1253"),
        ("a\nשלמה\n", "cp1255"), ("a\ncafé naïve\n", "mac_roman"), ("a\ncafé\n", "cp437"),
    ],
)  # fmt: skip
def test_what_does_not_stand_out_is_refused(write: Write, text: str, encoding: str) -> None:
    with pytest.raises(BadInput, match=r"is not in UTF-8, and DALT does not recognise"):
        encoding_of(write(text, encoding))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a,b\ncafé,여기까지\n".encode()[:-3], "is in UTF-8, but damaged"),
        ("a\ncafé\nnaïve été\n".encode() + "à\n".encode("cp1252"), "is in UTF-8, but damaged"),
        (b"PK\x03\x04\x14\0", "is a workbook or an archive: name the one .xlsx"),
    ],
)
def test_what_is_damaged_or_no_text_is_refused(write: Write, content: bytes, why: str) -> None:
    path = write("")
    path.write_bytes(content)
    with pytest.raises(BadInput, match=why):
        encoding_of(path)


def test_the_first_other_character_may_come_late(write: Write) -> None:
    text = "a,b\n" + "plain,text\n" * 200_000  # beyond what is read at once
    assert encoding_of(write(text + "고양이,강아지\n", "cp949")).name == "cp949"
    assert encoding_of(write(text + "고양이,강아지\n")).name == "utf-8"


# --- separators -------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_usual_separator_is_found(write: Write, separator: str) -> None:
    rows = [["id", "text"], ["1", "one; two, three | four"], ["2", 'say "yes"\nor no']]
    text = "".join(
        separator.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows
    )
    assert cells(write(text)) == rows


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id;text\n1;hello, you\n2;3,5\n", [["id", "text"], ["1", "hello, you"], ["2", "3,5"]]),
        ("id\ttext\n1\ta, b; c\n", [["id", "text"], ["1", "a, b; c"]]),
        ("text\nHello there\n", [["text"], ["Hello there"]]),
        ("text\na;b\n", [["text"], ["a;b"]]),
        ("sep=;\nid;text,more\n1;a,b\n", [["id", "text,more"], ["1", "a,b"]]),
        ("a,b\r1,2\r3,4\r", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a,b\n\n1,2\n\n", [["a", "b"], ["1", "2"]]),
        ('"a", "b"\n1, "x, y"\n', [["a", "b"], ["1", "x, y"]]),
        ('a,b\n1, "x, y"\n2, z\n', [["a", "b"], ["1", "x, y"], ["2", "z"]]),
        ("a, b\n1, x\n", [["a", "b"], ["1", "x"]]),
        ("a,b\n1, x\n", [["a", "b"], ["1", " x"]]),
        ('a,b\n1, "x" he said\n', [["a", "b"], ["1", ' "x" he said']]),
        ("a,b\n1,x\u2028y\x0bz\n", [["a", "b"], ["1", "x\u2028y\x0bz"]]),
    ],
)
def test_the_rows_settle_what_the_header_leaves_open(
    write: Write, text: str, found: list[list[str]]
) -> None:
    assert cells(write(text)) == found


def test_where_two_separators_fit_the_wanted_column_settles_it(write: Write) -> None:
    path = write("id;size,cm\n1;3,5\n2;4,5\n")
    with pytest.raises(BadInput, match="can be separated by commas or semicolons"):
        Delimited(path)
    assert cells(path, "size,cm") == [["id", "size,cm"], ["1", "3,5"], ["2", "4,5"]]


# --- rows that do not fit ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2,\n3,4,,\n", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a,b,\n1,2,\n3,4\n", [["a", "b", ""], ["1", "2", ""], ["3", "4", ""]]),
        ("a,b\n1,\n,2\n", [["a", "b"], ["1", ""], ["", "2"]]),
    ],
)
def test_empty_cells_at_the_end_shift_nothing(
    write: Write, text: str, found: list[list[str]]
) -> None:
    assert cells(write(text)) == found


def test_rows_that_do_not_fit_are_named_by_their_line(write: Write) -> None:
    table = Delimited(write('a,b\n1,2\n"x\ny",2,3\n4\n5,6\n'))
    assert [(row.line, row.wrong) for row in table.rows()] == [
        (2, ""),
        (3, "has 3 cells; the header has 2"),
        (5, "has 1 cell; the header has 2"),
        (6, ""),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('a,b\n1,2\n3,"x\n4,y\n', "line 3: a quotation mark is not closed"),
        ('a,b\n1,"x"y\n', "line 2: ',' expected after '\"'"),
    ],
)
def test_quotation_marks_that_swallow_rows_are_refused(write: Write, text: str, why: str) -> None:
    table = Delimited(write(text))
    with pytest.raises(BadInput, match=f"is not a sound csv file: {why}"):
        list(table.rows())


def test_a_cell_may_be_huge(write: Write) -> None:
    long = "x" * 300_000
    assert cells(write(f"a,b\n1,{long}\n"))[1] == ["1", long]


def test_a_large_file_is_read_a_row_at_a_time(write: Write) -> None:
    path = write("a,b\n" + "some text of a row,more of it\n" * 100_000)
    tracemalloc.start()
    n_rows = sum(1 for _ in Delimited(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_rows == 100_000
    assert path.stat().st_size > 3_000_000 > peak


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("packed.csv.gz", b"\x1f\x8b\x08\x00junk", "is compressed: unpack it first"),
        ("table.csv", b"PAR1junk", "is a parquet file: name it .parquet"),
        ("book.csv", b"\xd0\xcf\x11\xe0junk", "is a workbook of Excel 97-2003: save it as .xlsx"),
        ("cut.csv", "id,said\n1,고".encode()[:-1], "is in UTF-8, but damaged: it is cut off"),
    ],
)
def test_a_file_that_is_no_text_says_the_way_out(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=re.escape(why)):
        Delimited(tmp_path / name)


def test_an_accent_at_the_very_end_of_a_file_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("id,said\n1,café".encode("cp1252"))
    assert [row.cells for row in Delimited(tmp_path / "in.csv").rows()] == [["1", "café"]]


def test_a_folder_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder; name the file"):
        Delimited(tmp_path)

"""New data by a path: pictures, sounds, texts and rows, each read when it is asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, Kind, Rejection
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.readers import audio, images, tables
from dalt.data.readers.cells import as_text
from dalt.data.readers.encodings import encoding_of
from dalt.data.readers.folders import TABLES, listed
from dalt.data.readers.paths import Refused
from dalt.data.readers.pictures import PictureFiles
from dalt.data.readers.table_files import read_table
from dalt.data.sources import ENCODED_PIXELS

LINES = (".txt",)
"""Endings of files that hold a text a line."""


@dataclass(frozen=True)
class Given:
    """One sample of new data.

    Attributes
    ----------
    name : str
        The path of its file, or the number of its line or row, from 0.
    load : callable
        Reads it as encoders do; raises `Refused` with the reason if that fails.
    """

    name: str
    load: Callable[[], Any]


def given_at(
    path: str,
    kind: Kind,
    *,
    max_pixels: int,
    column: str | None = None,
    columns: Sequence[str] | None = None,
) -> list[Given]:
    """List the samples at a path; nothing but tables and lines is read yet.

    Parameters
    ----------
    path : str
        A folder of files or one file for images and audio; a table, or a ``.txt`` file with a
        text a line, for texts; a table for rows.
    kind : {"image", "text", "table", "audio"}
    max_pixels : int
        Larger pictures are refused.
    column : str, optional
        The column of a table with the texts; not needed if it has only one.
    columns : sequence of str, optional
        The columns of a table that make up a row; others are left out.

    Raises
    ------
    BadInput
        If there is nothing at the path, it is of another kind, or a column is missing.
    """
    if kind in ("image", "audio"):
        return _files(path, kind, max_pixels)
    if os.path.isdir(path):
        what = "texts" if kind == "text" else "rows"
        raise BadInput(f"{path!r} is a folder; {what} are in a table, as csv.")
    return _texts(path, column) if kind == "text" else _rows(path, columns)


def _files(path: str, kind: Kind, max_pixels: int) -> list[Given]:
    meant = images.MEANT if kind == "image" else audio.MEANT
    if Path(path).suffix.lower() in TABLES and os.path.isfile(path):
        raise BadInput(f"{path!r} is a table; this project predicts {meant.many}.")
    found = listed(path, meant)
    root = os.path.abspath(os.path.expanduser(path))
    folder = root if os.path.isdir(root) else os.path.dirname(root)
    shown_at = path if os.path.isdir(root) else os.path.dirname(path)
    samples = []
    for each in found.each:
        assert isinstance(each, Path)  # a path alone gives no others
        name = os.path.join(shown_at, os.path.relpath(each, folder))
        samples.append(Given(name, partial(_file, each, kind, max_pixels)))
    return samples + [Given(str(each), partial(_refuse, why)) for each, why in found.unread]


def _file(path: Path, kind: Kind, max_pixels: int) -> Any:
    try:
        if kind == "audio":
            return audio.read(path)
        with images.without_warnings():
            return PictureFiles(max_pixels).read(path, images.FIRST, ENCODED_PIXELS)
    except Refused:
        raise
    except Exception:  # hostile bytes raise many things: all mean the same here
        raise Refused("damaged or cut short") from None


def _texts(path: str, column: str | None) -> list[Given]:
    if Path(path).suffix.lower() in LINES:
        if column is not None:
            raise BadInput(f"{path!r} has a text a line and no columns; leave out --text.")
        return [_text(number, line) for number, line in enumerate(_lines(path))]
    frame = read_table(path, texts=[] if column is None else [column])
    name = tables.column_of(frame, column, "texts")
    return [_text(number, as_text(each)) for number, each in enumerate(frame[name])]


def _lines(path: str) -> Iterator[str]:
    place = Path(path).expanduser()
    if not place.is_file():
        raise BadInput(f"There is no file {path!r}.")
    encoding = encoding_of(place)
    if encoding.guessed:
        warn_user(encoding.guessed, Uncertain)
    with place.open(encoding=encoding.name) as file:
        for line in file:
            yield line.rstrip("\n")


def _text(number: int, text: object) -> Given:
    line = tables.single_text(text)
    if isinstance(line, Rejection):
        return Given(str(number), partial(_refuse, line.reason))
    return Given(str(number), lambda: text)


def _rows(path: str, columns: Sequence[str] | None) -> list[Given]:
    frame = read_table(path, wanted=columns or ())
    if columns is not None:
        missing = [name for name in columns if name not in frame.columns]
        if missing:
            raise BadInput(
                f"{path!r} has no column {shown(missing[0])}, which the rows of this project have; "
                f"its columns are {', '.join(map(str, frame.columns))}."
            )
        frame = frame[list(columns)]
    return [_row(number, row) for number, row in enumerate(frame.to_dict("records"))]


def _row(number: int, row: dict[Any, Any]) -> Given:
    line = tables.single_row(row)
    if isinstance(line, Rejection):
        return Given(str(number), partial(_refuse, line.reason))
    return Given(str(number), lambda: json.loads(line.stored))


def _refuse(reason: str) -> Any:
    raise Refused(reason)

"""The samples that the rows of a user's own frame became."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, Kind, Rejection
from dalt.data.readers import tables
from dalt.data.readers.found import content_id
from dalt.project.resolving.pool_sources import PoolSources
from dalt.project.workspace import Workspace
from dalt.storage.chunks import chunks

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_ID = "sample_id"
AT_ONCE = 10_000
"""Paths that are looked up together."""


def ids_of_rows(
    workspace: Workspace, frame: pd.DataFrame, column: str | None, columns: Sequence[str] | None
) -> list[str | None]:
    """The sample of each row of a frame, or None where there is none.

    Parameters
    ----------
    workspace : Workspace
    frame : DataFrame
    column : str or None
        Of the texts or paths; by default ``sample_id`` names the samples, or the only column.
    columns : sequence of str or None
        Those that make up a sample of a table.

    Raises
    ------
    BadInput
        If the project has no samples, or a column is missing or does not fit the project.
    """
    kind = workspace.kind
    if not tables.is_frame(frame):
        raise BadInput(f"join() takes a pandas DataFrame, not {shown(frame)}.")
    if kind is None:
        raise BadInput("This project has no samples yet: add the rows first.")
    _check_arguments(kind, column, columns)
    if column is None and columns is None and SAMPLE_ID in frame.columns:
        tables.column_of(frame, SAMPLE_ID, "samples")
        ids = [None if tables.is_missing(each) else str(each) for each in frame[SAMPLE_ID]]
    elif not len(frame):
        ids = []
    elif kind == "text":
        ids = list(_contents(kind, tables.text_lines(frame, column)[1]))
    elif kind == "table":
        chosen = columns if columns is not None else _usual_columns(workspace, frame)
        ids = list(_contents(kind, tables.table_lines(frame, chosen)[1]))
    else:
        paths = frame[tables.column_of(frame, column, "paths")]
        ids = list(_of_paths(workspace, kind, list(paths)))
    known = workspace.store.samples.known(list({each for each in ids if each is not None}))
    return [each if each in known else None for each in ids]


def _check_arguments(kind: Kind, column: str | None, columns: Sequence[str] | None) -> None:
    if columns is not None and kind != "table":
        raise BadInput(f"columns= is for the rows of tables; of {kind} samples name one column=….")
    if column is not None and kind == "table":
        raise BadInput(f"A row has several columns: columns=[{shown(column)}, …].")


def _contents(kind: Kind, lines: Iterator[tables.Line | Rejection]) -> Iterator[str | None]:
    for line in lines:
        yield None if isinstance(line, Rejection) else content_id(kind, line.content)


def _usual_columns(workspace: Workspace, frame: pd.DataFrame) -> Sequence[str] | None:
    """The columns of the first sample, if the frame has them; else all."""
    row = workspace.files.load(workspace.store.samples.all()[0])
    by_name = {tables.label(name): name for name in frame.columns}
    if isinstance(row, dict) and row.keys() <= by_name.keys():
        return [by_name[name] for name in row]
    return None


def _of_paths(workspace: Workspace, kind: Kind, paths: Sequence[Any]) -> Iterator[str | None]:
    """By the sources of samples, and by the content of a file that is none or several of them."""
    files = workspace.files
    sources = PoolSources(workspace.store.samples)
    bases = [files.folder.parent, Path.cwd()]
    for given in chunks(paths, AT_ONCE):
        named = ["" if tables.is_missing(path) else str(path) for path in given]
        meant = [[path, *files.spellings(path, bases)] if path else [] for path in named]
        at = sources.from_any([each for some in meant for each in some])
        for path, some in zip(named, meant, strict=True):
            matches = {match.sample_id for each in some for match in at.get(each, ())}
            if len(matches) == 1:
                yield matches.pop()
                continue
            candidates = files.candidates(path, bases) if path else ()
            there = (each for each in candidates if os.path.isfile(each))
            yield next((files.id_of(kind, each) for each in there), "") or None

"""The samples that the rows of a user's own frame became."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, Kind, Rejection
from dalt.data.formats import Imported
from dalt.data.readers import tables
from dalt.data.readers.beside import is_id
from dalt.data.readers.found import content_id
from dalt.project.resolving.outcomes import Match
from dalt.project.resolving.pool_sources import PoolSources
from dalt.project.resolving.resolver import Resolver
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
    if column is None and columns is None and _has_ids(frame):
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


def _has_ids(frame: pd.DataFrame) -> bool:
    """Whether the frame's ``sample_id`` names samples; some people's holds numbers of their own."""
    if SAMPLE_ID not in frame.columns:
        return False
    tables.column_of(frame, SAMPLE_ID, "samples")
    return len(frame.columns) == 1 or not len(frame) or any(map(is_id, frame[SAMPLE_ID]))


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


def _of_paths(workspace: Workspace, kind: Kind, paths: Sequence[Any]) -> list[str | None]:
    """By the sources of samples; else by a file's content, or where none is, as an import does."""
    files = workspace.files
    sources = PoolSources(workspace.store.samples)
    bases = [files.folder.parent, Path.cwd()]
    found: list[str | None] = []
    left: dict[int, str] = {}
    for given in chunks(paths, AT_ONCE):
        named = ["" if tables.is_missing(path) else str(path) for path in given]
        meant = [[path, *files.spellings(path, bases)] if path else [] for path in named]
        at = sources.from_any([each for some in meant for each in some])
        for path, some in zip(named, meant, strict=True):
            matches = {match.sample_id for each in some for match in at.get(each, ())}
            if len(matches) == 1:
                found.append(matches.pop())
                continue
            candidates = files.candidates(path, bases) if path else ()
            there = [each for each in candidates if os.path.isfile(each)]
            if path and not there:
                left[len(found)] = path
            found.append(files.id_of(kind, there[0]) or None if there else None)
    resolver = Resolver(workspace.store, files, kind, by_content=False)
    matched = resolver.find([Imported("", None, source=path) for path in left.values()])
    for place, match in zip(left, matched, strict=True):
        found[place] = match.sample_id if isinstance(match, Match) else None
    return found

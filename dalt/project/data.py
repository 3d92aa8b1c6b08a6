"""Adding samples to a project."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.arguments import PROGRESS, TRUTH, is_iterable, takes
from dalt.core.errors import shown
from dalt.core.progress import Reporter, conclude, reporting
from dalt.core.records import Added, BadInput, Kind, LeftOut, Sample
from dalt.core.settings.settings import check_kind
from dalt.core.summaries import first_of
from dalt.core.user_warnings import warn_user
from dalt.data.readers import tables
from dalt.data.readers.beside import Beside
from dalt.data.readers.found import Known
from dalt.data.sources import Found, SampleFiles
from dalt.project import plans
from dalt.project.membership import OWNER
from dalt.project.plans import Report
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

Read = Callable[[SampleFiles, Known, Reporter], Found]
"""Reads raw data, with a function that tells which ids the project already has."""
LOOKED_UP = 5_000
"""Known samples whose places are compared at once."""
NOUNS: Mapping[Kind, str] = {"image": "file", "text": "text", "table": "row", "audio": "file"}
MANY: Mapping[Kind, str] = {
    "image": "images", "text": "texts", "table": "rows", "audio": "clips",
}  # fmt: skip
REPORTED_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a frame that samples are read from.

    Attributes
    ----------
    beside : Beside
        Their other columns.
    sources : callable
        The source of each row's sample.
    """

    beside: Beside
    sources: Callable[[], Iterator[str]]


class DataIntake:
    """Adds samples to the pool of a project.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @takes(pages=TRUTH, progress=PROGRESS)
    def add_images(
        self,
        images: str | Path | Sequence[str | Path] | NDArray[np.uint8] | pd.DataFrame,
        column: str | None = None,
        *,
        pages: bool = False,
        progress: Report = True,
    ) -> Added:
        """Add images from a folder tree or files, which stay where they are, or from an array.

        Parameters
        ----------
        images : path, list or column of paths, DataFrame, or ndarray (n, height, width[, 3]), uint8
            A list of arrays (height, width[, 3]) of one shape is such an array.
        column : str, optional
            The frame's column with the paths.  Its other columns are kept beside the samples
            (`Project.samples` with ``metadata=True``).
        pages : bool
            Whether each page of a TIFF, PDF or DICOM file and each frame of an animation is a
            sample, with a source such as ``"scan.tif#page=2"``; otherwise the first is.
        progress : bool or callable
            A bar, nothing, or ``callable(what, done, total)``.

        Returns
        -------
        Added
            The ids in input order, shown as a summary.  A warning and ``.rejected`` name what
            could not be read; where a list was given, None stands in its place.

        Raises
        ------
        BadInput
            If there is no such folder, the array has another shape or dtype, or the project
            holds samples of another kind.
        """
        if pages and tables.is_frame(images):
            raise BadInput(
                "pages=True takes paths, not a whole table: give the column, as frame['path']."
            )
        return self._add_files(
            "image", images, column, progress, partial(SampleFiles.add_images, pages=pages)
        )

    @takes(progress=PROGRESS)
    def add_texts(
        self,
        texts: Sequence[str] | pd.Series[str] | pd.DataFrame,
        column: str | None = None,
        *,
        progress: Report = True,
    ) -> Added:
        """Add texts from a list, or from a column of a frame.

        Parameters
        ----------
        texts : list of str, Series or DataFrame
        column : str, optional
            The frame's column with the texts.  Its other columns are kept beside the samples.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If there is no such column, or it is empty.
        """
        rows = None
        if tables.is_frame(texts):
            rows = _labelled_rows(texts, [tables.column_of(texts, column, "texts")])
        return self._add(
            "text",
            progress,
            lambda files, known, tell: files.add_texts(texts, column, known, tell),
            rows=rows,
        )

    @takes(progress=PROGRESS)
    def add_table(
        self,
        frame: pd.DataFrame,
        columns: Sequence[str] | None = None,
        *,
        progress: Report = True,
    ) -> Added:
        """Add the rows of a frame.

        Parameters
        ----------
        frame : DataFrame
        columns : list of str, optional
            The columns that make up a sample; by default all.  The others are kept beside the
            samples.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If a column is missing, or the frame is empty.
        """
        rows = None
        if tables.is_frame(frame) and columns is not None and is_iterable(columns):
            rows = _labelled_rows(frame, [columns] if isinstance(columns, str) else list(columns))
        return self._add(
            "table",
            progress,
            lambda files, known, tell: files.add_table(frame, columns, known, tell),
            rows=rows,
        )

    @takes(progress=PROGRESS)
    def add_audio(
        self,
        audio: str | Path | Sequence[str | Path] | pd.DataFrame,
        column: str | None = None,
        *,
        progress: Report = True,
    ) -> Added:
        """Add audio clips from a folder tree or files, which stay where they are.

        DALT reads WAV, FLAC, Ogg (Vorbis and Opus), MP3, AIFF, AU and CAF.  The model hears, and
        the page plays, the first 30 s of each clip.

        Parameters
        ----------
        audio : path, list or column of paths, or DataFrame
            From a folder, DALT takes files with an audio ending.
        column : str, optional
            The frame's column with the paths.  Its other columns are kept beside the samples.
        progress : bool or callable

        Returns
        -------
        Added
            As from `add_images`; what is damaged, empty or longer
            than 10 minutes is in ``.rejected``.

        Raises
        ------
        BadInput
            If there is no such folder, or no audio in it.
        """
        return self._add_files("audio", audio, column, progress, SampleFiles.add_audio)

    def _add_files(
        self,
        kind: Kind,
        given: Any,
        column: str | None,
        progress: Report,
        add: Callable[[SampleFiles, Any, Known, Reporter], Found],
    ) -> Added:
        rows, what = None, "file"
        if tables.is_frame(given):
            frame, named = given, tables.column_of(given, column, "paths")
            given, files = frame[named], self._workspace.files
            _check_no_folders(given, named)
            rows = Rows(Beside(frame, [named]), lambda: map(files.source_of, map(str, given)))
        elif column is not None:
            raise BadInput(f"column={shown(column)} needs a DataFrame; these have no columns.")
        elif _of_arrays(given):
            what = "image"
        return self._add(
            kind,
            progress,
            lambda files, known, tell: add(files, given, known, tell),
            rows=rows,
            what=what,
        )

    def _add(
        self,
        kind: Kind,
        progress: Report,
        read: Read,
        *,
        rows: Rows | None = None,
        what: str | None = None,
    ) -> Added:
        workspace = self._workspace
        check_kind(workspace.settings.task, kind)
        if workspace.kind not in (None, kind):
            raise BadInput(
                f"This project holds {workspace.kind} samples; make another project for {kind} "
                "samples."
            )
        began = time.monotonic()
        with reporting(progress, plans.ADDING[kind]) as report:
            store = workspace.store
            found = read(workspace.files, store.samples.sources, report)
            if rows is not None and len(found.each) != len(rows.beside):
                raise BadInput(
                    "A row of this column is the address of a folder, and each row is one sample: "
                    "name its files, or add the folder itself by its address."
                )
            restored = self._restored(found)
            new = store.samples.add(found.samples)
            moved = self._relocated(found)
            at_home = {(each.id, each.source) for each in moved}
            shared = [s for s in found.shared if (s.sample_id, s.source) not in at_home]
            store.sources.add([(each.sample_id, each.source) for each in shared])
            if rows is not None and rows.beside.names:
                store.details.add(_details(found.each, rows, report))
            added = Added(
                found.each,
                found.rejected,
                new,
                time.monotonic() - began,
                shared=shared,
                moved=found.n_moved - len(moved),
                what=what or NOUNS[kind],
                restored=restored,
                relocated=len(moved),
            )
            if added.details:
                conclude(report, f"{added.sentence} ({'; '.join(added.details)})")
        if added.rejected:
            warn_user(_left_out(added, kind), LeftOut)
        return added

    def _restored(self, found: Found) -> int:
        """Bring back the samples that had been removed, from the place where they are now."""
        store = self._workspace.store
        removed = store.removals.among([sample.id for sample in found.samples])
        if not removed:
            return 0
        store.samples.move([sample for sample in found.samples if sample.id in removed])
        return len(store.removals.restore(sorted(removed), OWNER, key=uuid.uuid4().hex))

    def _relocated(self, found: Found) -> list[Sample]:
        """Refer to files at the new place where they are gone from the former one."""
        workspace = self._workspace
        known, moved = list(found.known_at), []
        for start in range(0, len(known), LOOKED_UP):
            stored = workspace.store.samples.by_ids(known[start : start + LOOKED_UP])
            moved += workspace.files.placed_anew(found, stored.values())
        workspace.store.samples.move(moved)
        return moved


def _labelled_rows(frame: Any, used: Sequence[Any]) -> Rows:
    """Rows that are known by their labels."""
    beside = Beside(frame, used)
    return Rows(beside, beside.sources)


def _details(
    ids: Sequence[str | None], rows: Rows, report: Reporter
) -> Iterator[tuple[str, str, Mapping[str, tables.Cell]]]:
    """The other columns of the rows that became samples."""
    each = zip(ids, rows.sources(), rows.beside.rows(), strict=True)
    for done, (sample_id, source, content) in enumerate(each):
        if done % REPORTED_EVERY == 0:
            report("adding the other columns", done, len(ids))
        if sample_id is not None:
            yield sample_id, source, content
    report("adding the other columns", len(ids), len(ids))


def _of_arrays(given: Any) -> bool:
    """Whether these are images themselves, not paths."""
    first = given[0] if isinstance(given, list | tuple) and given else given
    return isinstance(first, np.ndarray) and first.dtype.kind not in "OU"


def _check_no_folders(paths: Any, column: object) -> None:
    """Refuse folders in a frame: a row is one sample."""
    for row, path in paths.items():
        if isinstance(path, str | os.PathLike) and os.path.isdir(os.path.expanduser(path)):
            raise BadInput(
                f"Row {row} of the column {shown(column)} is a folder, and each row is one "
                "sample: name its files, or add the folder itself by its path."
            )


def _left_out(added: Added, kind: Kind) -> str:
    """Say how many samples were left out and why, naming the first."""
    n_rejected, n_ids = len(added.rejected), len(added.ids)
    places = " None stands in their places." if len(added) > n_ids else ""
    return (
        f"Left out {n_rejected} of {n_rejected + n_ids} {MANY[kind]} ({first_of(added.reasons)})."
        f"{places} `.rejected` of the result lists them all."
    )

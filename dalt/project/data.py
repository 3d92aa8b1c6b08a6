"""Adding samples to a project."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dalt.core.arguments import PROGRESS, TRUTH, takes
from dalt.core.progress import Reporter, reporting
from dalt.core.records import Added, BadInput, Kind, LeftOut
from dalt.core.settings.settings import check_kind
from dalt.core.user_warnings import warn_user
from dalt.data.readers.found import Known
from dalt.data.sources import Found, SampleFiles
from dalt.project import plans
from dalt.project.plans import Report
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

Read = Callable[[SampleFiles, Known, Reporter], Found]
"""Reads raw data, with a function that tells which ids the project already has."""
NAMED = 3
"""How many rejected samples a warning names."""
MANY: Mapping[Kind, str] = {
    "image": "images", "text": "texts", "table": "rows", "audio": "clips",
}  # fmt: skip


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
        images: str | Path | Sequence[str | Path] | NDArray[np.uint8],
        *,
        pages: bool = False,
        progress: Report = True,
    ) -> Added:
        """Add images from a folder tree or files, which stay where they are, or from an array.

        Parameters
        ----------
        images : path, list or column of paths, or ndarray (n, height, width[, 3]), uint8
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
        return self._add(
            "image",
            progress,
            lambda files, known, tell: files.add_images(images, known, tell, pages=pages),
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
            The frame's column with the texts.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If there is no such column, or it is empty.
        """
        return self._add(
            "text", progress, lambda files, known, tell: files.add_texts(texts, column, known, tell)
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
            The columns that make up a sample; by default all.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If a column is missing, or the frame is empty.
        """
        return self._add(
            "table",
            progress,
            lambda files, known, tell: files.add_table(frame, columns, known, tell),
        )

    @takes(progress=PROGRESS)
    def add_audio(
        self, audio: str | Path | Sequence[str | Path], *, progress: Report = True
    ) -> Added:
        """Add audio clips from a folder tree or files, which stay where they are.

        DALT reads WAV, FLAC, Ogg (Vorbis and Opus), MP3, AIFF, AU and CAF.  The model hears, and
        the page plays, the first 30 s of each clip.

        Parameters
        ----------
        audio : path or list of paths
            From a folder, DALT takes files with an audio ending.
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
        return self._add(
            "audio", progress, lambda files, known, tell: files.add_audio(audio, known, tell)
        )

    def _add(self, kind: Kind, progress: Report, read: Read) -> Added:
        workspace = self._workspace
        check_kind(workspace.settings.task, kind)
        if workspace.kind not in (None, kind):
            raise BadInput(
                f"This project holds {workspace.kind} samples; make another project for {kind} "
                "samples."
            )
        began = time.monotonic()
        with reporting(progress, plans.ADDING[kind]) as report:
            found = read(workspace.files, workspace.store.samples.known, report)
            new = workspace.store.samples.add(found.samples)
        added = Added(found.each, found.rejected, new, time.monotonic() - began)
        if added.rejected:
            warn_user(_left_out(added, kind), LeftOut)
        return added


def _left_out(added: Added, kind: Kind) -> str:
    """Say how many samples were left out and why, naming the first."""
    n_rejected, n_ids = len(added.rejected), len(added.ids)
    named = "; ".join(map(str, added.rejected[:NAMED]))
    more = f"; and {n_rejected - NAMED} more" if n_rejected > NAMED else ""
    places = " None stands in their places." if len(added) > n_ids else ""
    return (
        f"Left out {n_rejected} of {n_rejected + n_ids} {MANY[kind]} ({named}{more})."
        f"{places} `.rejected` of the result lists them all."
    )

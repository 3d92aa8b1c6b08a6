"""Files of a project that were moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dalt.core.arguments import PATH, PROGRESS, takes
from dalt.core.progress import reporting
from dalt.core.records import BadInput, LeftOut
from dalt.core.relocated import Relocated
from dalt.core.summaries import first_of
from dalt.core.user_warnings import warn_user
from dalt.data.readers.addresses import is_address
from dalt.project.plans import Report
from dalt.project.workspace import Workspace


def _place(value: Any) -> Any:
    return value if is_address(value) else PATH(value)


class Relocating:
    """Makes a project refer to files at the place where they are now.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @takes(old=_place, new=_place, progress=PROGRESS)
    def relocate(self, old: str | Path, new: str | Path, *, progress: Report = True) -> Relocated:
        """Refer to the files that were below one folder at their new place below another.

        A file counts only if it has the same content: first at the same place below `new`, then
        under any name there.  Labels, history and embeddings stay.  (Adding the folder again at
        its new place does the same for files that are gone from the former one.)

        Parameters
        ----------
        old : path or address
            The folder, or the file, as it was: absolute, or relative to the working folder or to
            the folder that holds the project.  It need not exist any more.
        new : path or address
            Where it is now.
        progress : bool or callable

        Returns
        -------
        Relocated
            How many were found, as an int; `missing` lists the others, which stay as they were,
            and a warning (`LeftOut`) says so.

        Raises
        ------
        BadInput
            If there is nothing at `new`, or no sample was at `old`.

        Examples
        --------
        >>> import tempfile, pathlib, numpy as np, dalt
        >>> from PIL import Image
        >>> disk = pathlib.Path(tempfile.mkdtemp())
        >>> (disk / "photos").mkdir()
        >>> Image.fromarray(np.eye(8, dtype=np.uint8)).save(disk / "photos" / "a.png")
        >>> project = dalt.Project.create(disk / "t.dalt", classes=["a", "b"])
        >>> ids = project.add_images(disk / "photos", progress=False)
        >>> _ = (disk / "photos").rename(disk / "pictures")
        >>> project.relocate(disk / "photos", disk / "pictures", progress=False)
        1 sample was found at the new place.
        >>> project.close()
        """
        workspace = self._workspace
        if workspace.kind not in ("image", "audio"):
            raise BadInput(
                "Only files of images and audio are where they were; this project keeps its "
                "samples itself."
            )
        samples = (sample for sample, _ in workspace.store.samples.states())
        with reporting(progress, "Looking for the files") as report:
            relocation = workspace.files.relocation(samples, old, new)
            moved, missing = relocation.found(
                workspace.files.meant(workspace.kind),
                lambda done, total: report("comparing files", done, total),
            )
            workspace.store.samples.move(moved)
        if missing:
            warn_user(
                f"{len(missing)} of {len(moved) + len(missing)} files were not found "
                f"({first_of(missing)}). They stay as they were; `.missing` of the result lists "
                "them all.",
                LeftOut,
            )
        return Relocated(len(moved), missing)

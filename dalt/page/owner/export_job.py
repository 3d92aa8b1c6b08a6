"""One file of labels for the owner's browser: written in a thread, read in parts."""

from __future__ import annotations

import re
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dalt.core.files import refusals_told
from dalt.core.records import DaltError
from dalt.core.scratch import ScratchFolder
from dalt.data.exchange.fitting import FITS

if TYPE_CHECKING:
    from dalt.page.owner.section import OwnedProject

LARGEST = 256_000_000
"""Bytes that a browser gets: it holds all of a file before it saves it."""
PART = 1_000_000
LOOK_SECONDS = 0.25
"""How often progress is told, and the size looked at."""


class TooLarge(DaltError):
    """The file would be larger than `LARGEST`."""


class Stopped(DaltError):
    """The page wants the file no more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write.

    Attributes
    ----------
    format : str
    consensus : bool
        One label for each sample instead of each annotator's.
    excel : bool
        A csv file for spreadsheets.
    """

    format: str
    consensus: bool = False
    excel: bool = False


class ExportJob:
    """Writes one file where nobody else looks, and removes it.

    Parameters
    ----------
    project : OwnedProject
    wanted : Wanted
    told : callable
        Told how far it is: done, of how many, and whether the folder is being packed.
    largest : int
        Most bytes.
    """

    def __init__(
        self,
        project: OwnedProject,
        wanted: Wanted,
        told: Callable[[int, int, bool], None],
        largest: int = LARGEST,
    ) -> None:
        self._project = project
        self._wanted = wanted
        self._told = told
        self._largest = largest
        self._lock = threading.Lock()
        self._over = False
        self._folder: ScratchFolder | None = None
        self._file: BinaryIO | None = None
        self._looked = 0.0
        self.size = 0

    @property
    def file_name(self) -> str:
        """The name that the browser saves it by."""
        ending = FITS[self._wanted.format].ending
        what = "consensus" if self._wanted.consensus else "labels"
        name = re.sub(r"[^\w.-]+", "-", self._project.settings.name).strip("-.") or "dalt"
        return f"{name}-{what}{ending or f'-{self._wanted.format}.zip'}"

    def write(self) -> int:
        """Write it, and return how many labels are in it.

        Raises
        ------
        TooLarge, Stopped
            If it is larger than a browser takes, or was ended meanwhile.
        DaltError
            If the format cannot hold the labels.
        """
        with self._lock, refusals_told(Path(tempfile.gettempdir())):
            if self._over:
                raise Stopped("The export was ended.")
            self._folder = ScratchFolder("export")
        wanted, folder = self._wanted, self._folder.path
        target = folder / f"labels{FITS[wanted.format].ending}"
        try:
            n_labels = self._project.export(
                target,
                wanted.format,
                labels="consensus" if wanted.consensus else "each",
                excel=wanted.excel and wanted.format == "csv",
                progress=self._go_on,
            )
            with refusals_told(folder):
                if target.is_dir():
                    target = self._packed(target)
                self._open(target)
        except BaseException:
            self.end()
            raise
        return n_labels

    def part(self, at: int) -> tuple[bytes, bool]:
        """The bytes from a place on, and whether they are the last.

        Raises
        ------
        Stopped
            If there is no file any more.
        """
        with self._lock:
            if self._file is None:
                raise Stopped("This file is not there any more; export it again.")
            self._file.seek(at)
            data = self._file.read(PART)
        return data, at + len(data) >= self.size

    def end(self) -> None:
        """Stop writing, and remove what is there."""
        with self._lock:
            self._over = True
            file, folder = self._file, self._folder
            self._file = self._folder = None
        if file is not None:
            file.close()
        if folder is not None:
            folder.close()

    def _go_on(self, _what: str, done: int, total: int) -> None:
        self._look(done, total, packing=False)

    def _look(self, done: int, total: int, packing: bool) -> None:
        """Tell how far it is, now and then; this is where it ends if it should."""
        if self._over:
            raise Stopped("The export was ended.")
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS and done < total:
            return
        self._looked = now
        self._check_size()
        self._told(done, total, packing)

    def _check_size(self) -> None:
        folder = self._folder
        if folder is None:
            raise Stopped("The export was ended.")
        files = (path for path in folder.path.rglob("*") if path.is_file())
        if sum(path.stat().st_size for path in files) > 2 * self._largest:
            raise TooLarge("The export is too large for a browser.")

    def _packed(self, folder: Path) -> Path:
        """An archive of a folder; pictures and sounds are compressed already."""
        archive = folder.with_suffix(".zip")
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for done, path in enumerate(files):
                self._look(done, len(files), packing=True)
                packed.write(path, path.relative_to(folder))
        return archive

    def _open(self, path: Path) -> None:
        self.size = path.stat().st_size
        if self.size > self._largest:
            raise TooLarge("The export is too large for a browser.")
        with self._lock:
            if self._over:
                raise Stopped("The export was ended.")
            self._file = path.open("rb")

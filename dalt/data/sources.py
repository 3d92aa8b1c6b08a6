"""Making samples of raw data: folders of files, arrays, texts and tables, checked.

Files of images and audio stay where they are and are referenced; arrays, texts and rows are
copied into ``NAME.dalt/samples/``.  A file there is written under a temporary name, synced and
then renamed to the hash of its content: if DALT dies before the database knows of it, adding
again writes the same file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, Display, Kind, Progress, Rejection, Sample
from dalt.core.settings.data import CACHE_MEGABYTES, MAX_PIXELS
from dalt.data.raw_samples import Raw, RawSamples
from dalt.data.readers import audio as clips
from dalt.data.readers import images, sample_check, tables
from dalt.data.readers.content_cache import ContentCache
from dalt.data.readers.copied import add_array, add_lines
from dalt.data.readers.copies import Copies
from dalt.data.readers.files import ReferredFiles
from dalt.data.readers.folders import Meant
from dalt.data.readers.found import Found, Known, content_id
from dalt.data.readers.paths import require_file
from dalt.data.readers.pictures import PictureFiles
from dalt.data.readers.remote import RemoteFiles
from dalt.data.readers.table_files import read_csv, read_table
from dalt.data.readers.unreadable import named, unreadable
from dalt.data.readers.uploads import decoded
from dalt.data.relocation import Relocation, placed_anew

if TYPE_CHECKING:
    from pandas import DataFrame, Series

__all__ = ["Found", "Known", "Raw", "RawSamples", "SampleFiles", "read_csv", "read_table"]

Paths = str | os.PathLike[str]

SHOWN_CHARACTERS = 100_000  # of a text, until the page requests the rest
ENCODED_PIXELS = 256  # longest side that encoders read; photographs need not be held whole


class SampleFiles:
    """A project's reader and writer of raw content.

    Parameters
    ----------
    folder : str or Path
        The project's folder, ``NAME.dalt``; nothing is written before something is added.
    max_pixels : int or callable
        Image files with more pixels are rejected by their header; a function gives the number
        that holds now.
    cache_megabytes : callable
        How much of files behind addresses is kept in the project's folder.

    Attributes
    ----------
    upload_pixels : int or None
        The limit of pictures that are no samples, for `decode`; None for the same one.

    Examples
    --------
    >>> import tempfile
    >>> files = SampleFiles(Path(tempfile.mkdtemp()) / "news.dalt")
    >>> found = files.add_texts(["good", "", "bad", "good"], None, known=lambda ids: {})
    >>> [files.load(sample) for sample in found.samples]
    ['good', 'bad']
    >>> len(found.ids), str(found.rejected[0])
    (3, '1: empty text')
    """

    def __init__(
        self,
        folder: str | Path,
        max_pixels: int | Callable[[], int] = MAX_PIXELS,
        cache_megabytes: Callable[[], float] = lambda: CACHE_MEGABYTES,
    ) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._pictures = PictureFiles(max_pixels)
        self.upload_pixels: int | None = None
        self._copies = Copies(self.folder / "samples")
        cache = ContentCache(self.folder / "cache", lambda: int(cache_megabytes() * 1e6))
        remote = RemoteFiles(cache)
        self._referred = ReferredFiles(self.folder.parent, remote)

    @property
    def max_pixels(self) -> int:
        """The number of pixels that holds now."""
        return self._pictures.max_pixels

    # --- adding ---------------------------------------------------------------------

    def add_images(
        self,
        given: Paths | Sequence[Paths] | NDArray[np.uint8],
        known: Known,
        progress: Progress | None = None,
        *,
        pages: bool = False,
    ) -> Found:
        """Make samples of image files or of an array.

        Parameters
        ----------
        given : path, sequence or array of paths, or ndarray of shape (n, h, w[, 1 or 3]), uint8
            A list of arrays of one shape is such an array.  A folder is read with all its
            subfolders, in the order of names; hidden files and folders and projects
            (``*.dalt``) are skipped.
        known : callable
            Says which of a list of ids are in the pool.
        progress : callable, optional
        pages : bool
            Whether each page of a TIFF, PDF or DICOM file and each frame of an animation is a
            sample; otherwise the first is.

        Returns
        -------
        Found
            With a rejection for every file that cannot be used.

        Raises
        ------
        BadInput
            If there is no such folder or nothing in it, or the array has the wrong
            dtype or shape.
        """
        given = images.stacked(given)
        if isinstance(given, np.ndarray) and not (given.ndim == 1 and given.dtype.kind in "OU"):
            return add_array(
                self._copies.folder, images.checked_array(given, self.max_pixels), known, progress
            )
        with images.without_warnings():
            checks = self._pictures.checks()
            paged = checks.pages if pages else None
            return self._referred.add(
                "image", images.MEANT, given, checks.check, known, progress, paged
            )

    def add_audio(
        self, audio: Paths | Sequence[Paths], known: Known, progress: Progress | None = None
    ) -> Found:
        """Make samples of audio files.

        Parameters
        ----------
        audio : path or sequence of paths
            From a folder, files with an audio ending are taken, also from subfolders; hidden
            ones and projects (``*.dalt``) are skipped.
        known : callable
            Says which of a list of ids are in the pool.
        progress : callable, optional

        Returns
        -------
        Found
            With a rejection for every file that cannot be used, or is longer than 10 minutes.

        Raises
        ------
        BadInput
            If there is no such folder or no audio in it.
        """
        return self._referred.add("audio", clips.MEANT, audio, clips.check, known, progress)

    def add_texts(
        self,
        texts: Sequence[str] | Series[str] | DataFrame,
        column: str | None,
        known: Known,
        progress: Progress | None = None,
    ) -> Found:
        """Make samples of texts; empty and missing ones are rejected by row.

        Parameters
        ----------
        texts : sequence of str, pandas Series, or DataFrame
        column : str or None
            The frame's column with the texts.
        known : callable
            Says which of a list of ids are in the pool.
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no texts or no such column.
        """
        total, lines = tables.text_lines(texts, column)
        return add_lines(self._copies.folder, "text", "adding texts", lines, total, known, progress)

    def add_table(
        self,
        frame: DataFrame,
        columns: Sequence[str] | None,
        known: Known,
        progress: Progress | None = None,
    ) -> Found:
        """Make samples of the rows of a frame.

        Missing values become None, dates ISO 8601 strings, floats without a fraction
        ints. Rows that are empty, infinite or hold other things than bool, int,
        float and str are rejected.

        Parameters
        ----------
        frame : DataFrame
        columns : sequence of str or None
            Columns that make up the sample; None takes all.
        known : callable
            Says which of a list of ids are in the pool.
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no rows or no such column.
        """
        total, lines = tables.table_lines(frame, columns)
        return add_lines(self._copies.folder, "table", "adding rows", lines, total, known, progress)

    # --- reading --------------------------------------------------------------------

    def load(self, sample: Sample, longest: int | None = None) -> Raw:
        """Read the content of a sample.

        Parameters
        ----------
        sample : Sample
        longest : int, optional
            Larger images are reduced to this side; photos are then read much faster.

        Returns
        -------
        ndarray of shape (h, w) or (h, w, 3), uint8; or str; or dict; or ndarray (n,), float32
            For an image; a text; a table row (column to bool, int, float, str or None); and
            the first 30 s of an audio clip, mono at 22,050 Hz.

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        if self._referred.is_of(sample):
            with named(sample):
                path = self._referred.unchanged(sample)
                if sample.kind == "audio":
                    return clips.read(path)
                return self._pictures.read(path, _page(sample), longest)
        stored = self._stored(sample)
        if sample.kind == "image":
            return images.shrunk(stored, longest)
        try:
            value: str | dict[str, tables.Cell] = json.loads(stored.tobytes())
        except ValueError:
            raise unreadable(sample, "its copy in the project is damaged") from None
        return value

    def decode(self, kind: Kind, given: object) -> Raw:
        """Decode raw data that is not a sample, for an encoder, without keeping it.

        Parameters
        ----------
        kind : {"image", "text", "table", "audio"}
        given : bytes, str or mapping
            The file of an image or a clip; a text; a row, from column to value.

        Returns
        -------
        As `load`, large images reduced to 256 pixels a side.

        Raises
        ------
        BadInput
            If it is of another kind, or damaged, empty or too large.
        """
        most = self.max_pixels if self.upload_pixels is None else self.upload_pixels
        raw: Raw = decoded(kind, given, max_pixels=most, longest=ENCODED_PIXELS)
        return raw

    def file_of(self, sample: Sample) -> tuple[bytes, str]:
        """Return the unchanged file of an image or a clip, and its ending.

        Arrays, and pages of a file with several, come as PNG.

        Raises
        ------
        BadInput
            If it is gone or can no longer be read.
        """
        if not self._referred.is_of(sample):
            return images.as_png(self._stored(sample)), ".png"
        with named(sample):
            path = self._referred.unchanged(sample)
            if "page" in sample.location:
                return images.as_png(self._pictures.read(path, _page(sample))), ".png"
            require_file(path)
            return path.read_bytes(), path.suffix

    def id_of_text(self, text: str) -> str | None:
        """The sample id of a text; None if it cannot be a sample."""
        line = tables.single_text(text)
        return None if isinstance(line, Rejection) else content_id("text", line.content)

    def path_of(self, sample: Sample) -> str | None:
        """The absolute path of a sample's file; None for addresses, and what the project keeps."""
        return os.path.abspath(self._referred.path(sample)) if "path" in sample.location else None

    def source_of(self, path: Paths) -> str:
        """The source of the sample that a file becomes."""
        return self._referred.source_of(path)

    def candidates(self, source: str, bases: Sequence[Path] = ()) -> list[Path]:
        """The absolute paths that a written path can mean, from each folder of `bases`."""
        return self._referred.candidates(source, bases)

    def spellings(self, source: str, bases: Sequence[Path] = ()) -> list[str]:
        """Possible sources of the file that a path means, from each folder of `bases`."""
        return self._referred.spellings(source, bases)

    def placed_anew(self, found: Found, stored: Iterable[Sample]) -> list[Sample]:
        """Of `stored`, the samples that were found elsewhere and are gone from where they were."""
        return list(placed_anew(self._referred, found, stored))

    def meant(self, kind: Kind) -> Meant:
        """Which files of a folder are samples of a kind."""
        return clips.MEANT if kind == "audio" else images.MEANT

    def relocation(self, samples: Iterable[Sample], old: Paths, new: Paths) -> Relocation:
        """The samples whose files were below `old`, to be found below `new`.

        Raises
        ------
        BadInput
            If there is nothing at `new`, or no sample was below `old`.
        """
        return Relocation(self._referred, samples, old, new)

    def id_of(self, kind: Kind, path: Path) -> str:
        """The sample id of a file's content; empty if it cannot be read."""
        return self._referred.id_of(kind, path)

    def display(self, sample: Sample, full: bool = False) -> Display:
        """Make the content that the page shows of a sample.

        Small pictures in a type that browsers know are sent unchanged, all others as PNG or JPEG
        of at most 1600 pixels a side; short audio in a format that browsers know is sent unchanged,
        all other as WAV of at most 30 s; texts as text, rows as pairs of str.  The page gets the
        first 100,000 characters of a text.

        Parameters
        ----------
        sample : Sample
        full : bool
            Whether to send pictures of up to 8000 pixels a side and complete texts, for a close
            look.

        Returns
        -------
        Display
            `reduced` says that the full content has more.

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        if self._referred.is_of(sample):
            with named(sample):
                path = self._referred.unchanged(sample)
                if sample.kind == "audio":
                    return clips.display_file(path)
                return self._pictures.display(path, _page(sample), full)
        if sample.kind == "image":
            return images.display_pixels(self._stored(sample), full)
        raw = self.load(sample)
        if isinstance(raw, dict):
            return Display(kind=sample.kind, rows=tables.shown(raw))
        text = str(raw)
        reduced = not full and len(text) > SHOWN_CHARACTERS
        shown = text[:SHOWN_CHARACTERS] if reduced else text
        return Display(kind=sample.kind, mime="text/plain", text=shown, reduced=reduced)

    def size(self, sample: Sample) -> tuple[int, int]:
        """Width and height of a picture as `load` reads it.

        Raises
        ------
        BadInput
            If it is no picture, or its file is gone or can no longer be read.
        """
        if sample.kind != "image":
            raise BadInput(f"Only pictures have a width and height, and {sample.source!r} is none.")
        if not self._referred.is_of(sample):
            height, width = self._stored(sample).shape[:2]
            return width, height
        with named(sample):
            return self._pictures.size(self._referred.unchanged(sample), _page(sample))

    def orientation(self, sample: Sample) -> int:
        """How a picture's file has to be turned to be upright: 1 to 8, as in Exif.

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        if not self._referred.is_of(sample):
            return 1
        with named(sample):
            return self._pictures.orientation(self._referred.unchanged(sample), _page(sample))

    def thumbnail(self, sample: Sample, side: int) -> Display:
        """Make small content for the page: pictures of at most `side` pixels a side.

        Other samples, and smaller pictures, are as `display` makes them.

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        if sample.kind != "image":
            return self.display(sample)
        if not self._referred.is_of(sample):
            return images.thumbnail_pixels(self._stored(sample), side)
        with named(sample):
            return self._pictures.thumbnail(self._referred.unchanged(sample), _page(sample), side)

    def wrong(self, samples: Iterable[Sample]) -> Iterator[sample_check.Wrong]:
        """Each sample whose content is not there or not what it was, and the reason."""
        return sample_check.wrong_samples(samples, self.folder / "samples", self._referred)

    def wrong_copies(self, samples: Iterable[Sample]) -> Iterator[tuple[str, str]]:
        """Each file in samples/ that is damaged around its samples, and how."""
        return sample_check.wrong_copies(samples, self.folder / "samples")

    def _stored(self, sample: Sample) -> NDArray[np.uint8]:
        """Copy a sample's bytes or pixels out of its file in samples/."""
        try:
            return self._copies.read(sample.location)
        except (OSError, ValueError, EOFError, IndexError):
            raise unreadable(sample, "its copy in the project is missing or damaged") from None


# --- helpers ------------------------------------------------------------------------


def _page(sample: Sample) -> int:
    """The page of its file, from 1."""
    return int(sample.location.get("page", images.FIRST))

"""Raw data in, samples out: folders, arrays, texts and tables, checked (floor 1).

Files of images stay where they are and are referenced; arrays, texts and rows are
copied into ``NAME.dalt/samples/``.  A file there is written under a temporary name,
synced and then renamed to the hash of what it holds: if DALT dies before the
database knows of it, adding again writes the very same file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from dalt.readers import pictures, rows
from dalt.readers.copies import Copies, NewFile
from dalt.readers.folders import listed
from dalt.readers.rows import read_csv
from dalt.records import BadInput, Display, Kind, Progress, Rejection, Sample

if TYPE_CHECKING:
    from pandas import DataFrame, Series

__all__ = ["Found", "Known", "Raw", "RawSamples", "SampleFiles", "read_csv"]

Known = Callable[[list[str]], set[str]]
"""Says which of these sample ids are in the pool already."""
Raw = NDArray[np.uint8] | str | dict[str, rows.Cell]
Paths = str | os.PathLike[str]
T = TypeVar("T")

FILES_AT_ONCE = 64
LINES_AT_ONCE = 1_000
ENCODED_PIXELS = 256  # longest side that encoders read; photographs need not be held whole


@dataclass(frozen=True, slots=True)
class Found:
    """What an ``add_…`` of `SampleFiles` made of raw data.

    Attributes
    ----------
    ids : list of str
        Sample ids in input order, without those rejected.
    samples : list of Sample
        Those not in the pool yet, each id once, in input order; position -1.
    rejected : list of Rejection
    """

    ids: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


class SampleFiles:
    """A project's reader and writer of raw content.

    Parameters
    ----------
    folder : str or Path
        The project's folder, ``NAME.dalt``; nothing is written before something is added.
    max_pixels : int
        Image files with more pixels are rejected by their header.

    Examples
    --------
    >>> import tempfile
    >>> files = SampleFiles(Path(tempfile.mkdtemp()) / "news.dalt")
    >>> found = files.add_texts(["good", "", "bad", "good"], None, known=lambda ids: set())
    >>> [files.load(sample) for sample in found.samples]
    ['good', 'bad']
    >>> len(found.ids), str(found.rejected[0])
    (3, '1: empty text')
    """

    def __init__(self, folder: str | Path, max_pixels: int = pictures.MAX_PIXELS) -> None:
        self.folder = Path(os.path.abspath(folder))
        self.max_pixels = max_pixels
        self._copies = Copies(self.folder / "samples")

    # --- adding ---------------------------------------------------------------------

    def add_images(
        self,
        images: Paths | Sequence[Paths] | NDArray[np.uint8],
        known: Known,
        progress: Progress | None = None,
    ) -> Found:
        """Make samples of image files or of an array.

        Parameters
        ----------
        images : path, sequence of paths, or ndarray of shape (n, h, w[, 1 or 3]), uint8
            A folder is read with all folders below it, in the order of the names;
            hidden files and folders and projects (``*.dalt``) are passed over.
        known : callable
            Says which of a list of ids are in the pool.
        progress : callable, optional

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
        if isinstance(images, np.ndarray):
            return self._add_array(pictures.checked_array(images, self.max_pixels), known, progress)
        with pictures.without_warnings():
            return self._add_files(images, known, progress)

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
            The frame's column that holds the texts.
        known : callable
            Says which of a list of ids are in the pool.
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no texts or no such column.
        """
        total, lines = rows.text_lines(texts, column)
        return self._add_lines("text", "adding texts", lines, total, known, progress)

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
        total, lines = rows.table_lines(frame, columns)
        return self._add_lines("table", "adding rows", lines, total, known, progress)

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
        ndarray of shape (h, w) or (h, w, 3), uint8; or str; or dict
            For an image, a text, and a table row (column to bool, int, float, str or
            None).

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        if "path" in sample.location:
            try:
                return pictures.read(self._path(sample), self.max_pixels, longest)
            except pictures.Refused as why:
                raise _unreadable(sample, why) from None
        stored = self._stored(sample)
        if sample.kind == "image":
            return pictures.shrunk(stored, longest)
        try:
            value: str | dict[str, rows.Cell] = json.loads(stored.tobytes())
        except ValueError:
            raise _unreadable(sample, "its copy in the project is damaged") from None
        return value

    def display(self, sample: Sample) -> Display:
        """Make what the page shows of a sample.

        Small pictures in a type that browsers know go as they are, all others as PNG
        or JPEG of at most 1600 pixels a side; texts as text, rows as pairs of str.

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        if "path" in sample.location:
            try:
                return pictures.display_file(self._path(sample), self.max_pixels)
            except pictures.Refused as why:
                raise _unreadable(sample, why) from None
        raw = self.load(sample)
        if isinstance(raw, str):
            return Display(kind=sample.kind, mime="text/plain", text=raw)
        if isinstance(raw, dict):
            return Display(kind=sample.kind, rows=rows.shown(raw))
        return pictures.display_pixels(raw)

    # --- image files ----------------------------------------------------------------

    def _add_files(
        self,
        images: Paths | Sequence[Paths],
        known: Known,
        progress: Progress | None,
    ) -> Found:
        paths, unread = listed(images)
        rejected = [Rejection(self._source(path), why) for path, why in unread]
        found = Found(rejected=rejected)
        reasons: dict[str, str] = {}
        fresh = _Fresh(known)
        for done, batch in _batches(paths, FILES_AT_ONCE):
            _report(progress, "adding images", done, len(paths))
            hashed = [(path, self._hashed(path, rejected)) for path in batch]
            fresh.ask([sample_id for _, sample_id in hashed if sample_id])
            for path, sample_id in hashed:
                if not sample_id:
                    continue
                if fresh.take(sample_id):
                    # Only what is new is decoded: adding a folder again is quick.
                    try:
                        pictures.check(path, self.max_pixels)
                    except pictures.Refused as why:
                        reasons[sample_id] = str(why)
                    else:
                        found.samples.append(self._file_sample(path, sample_id))
                if sample_id in reasons:
                    rejected.append(Rejection(self._source(path), reasons[sample_id]))
                else:
                    found.ids.append(sample_id)
        _report(progress, "adding images", len(paths), len(paths))
        return found

    def _hashed(self, path: Path, rejected: list[Rejection]) -> str:
        """Hash a file's bytes; empty if it cannot be read, which is then noted."""
        try:
            pictures.require_file(path)
            with path.open("rb") as file:
                return hashlib.file_digest(file, lambda: _hasher("image file")).hexdigest()
        except pictures.Refused as why:
            rejected.append(Rejection(self._source(path), str(why)))
        except OSError as error:
            rejected.append(Rejection(self._source(path), pictures.reason_of(error)))
        return ""

    def _file_sample(self, path: Path, sample_id: str) -> Sample:
        near = self._near(path)
        location = {"path": near}
        if rows.label(near) != near:  # a file name that is not UTF-8 cannot go into JSON
            location = {"path": rows.label(near), "path_bytes": os.fsencode(near).hex()}
        return Sample(sample_id, "image", self._source(path), location=location)

    def _near(self, path: Path) -> str:
        """Write a path relative to the folder that holds the project, or absolute."""
        home = self.folder.parent
        if not path.is_relative_to(home):
            # Written through another link, it may still lie below.
            real_home = Path(os.path.realpath(home))
            real = Path(os.path.realpath(path.parent), path.name)
            if not real.is_relative_to(real_home):
                return path.as_posix()
            path, home = real, real_home
        return path.relative_to(home).as_posix()

    def _source(self, path: Path) -> str:
        return rows.label(self._near(path))

    def _path(self, sample: Sample) -> Path:
        coded = sample.location.get("path_bytes")
        near = os.fsdecode(bytes.fromhex(coded)) if coded else sample.location["path"]
        return self.folder.parent / near

    # --- copies in samples/ ---------------------------------------------------------

    def _add_array(
        self, images: NDArray[np.uint8], known: Known, progress: Progress | None
    ) -> Found:
        found = Found()
        fresh = _Fresh(known)
        new: list[int] = []
        shape = str(images.shape[1:]).encode()
        for done, batch in _batches(range(len(images)), LINES_AT_ONCE):
            _report(progress, "adding images", done, len(images))
            ids = [_content_id("image array", shape, images[i].tobytes()) for i in batch]
            fresh.ask(ids)
            new += [i for i, sample_id in zip(batch, ids, strict=True) if fresh.take(sample_id)]
            found.ids.extend(ids)
        if new:
            name = _file_name("images", [found.ids[i] for i in new], ".npy")
            with NewFile(self._copies.folder) as file:
                file.write_array_header((len(new), *images.shape[1:]))
                for i in new:
                    file.write(images[i].tobytes())
                file.publish(name)
            found.samples.extend(
                Sample(found.ids[i], "image", str(i), location={"file": name, "row": row})
                for row, i in enumerate(new)
            )
        _report(progress, "adding images", len(images), len(images))
        return found

    def _add_lines(
        self,
        kind: Kind,
        what: str,
        lines: Iterator[rows.Line | Rejection],
        total: int,
        known: Known,
        progress: Progress | None,
    ) -> Found:
        found = Found()
        fresh = _Fresh(known)
        new: list[tuple[str, str, int, int]] = []
        with NewFile(self._copies.folder) as file:
            for done, batch in _batches(lines, LINES_AT_ONCE):
                _report(progress, what, done, total)
                found.rejected.extend(line for line in batch if isinstance(line, Rejection))
                good = [line for line in batch if isinstance(line, rows.Line)]
                ids = [_content_id(kind, line.content) for line in good]
                fresh.ask(ids)
                for line, sample_id in zip(good, ids, strict=True):
                    if fresh.take(sample_id):
                        offset = file.write(line.stored + b"\n")
                        new.append((sample_id, line.source, offset, len(line.stored)))
                found.ids.extend(ids)
            if new:
                name = _file_name(kind, [sample_id for sample_id, *_ in new], ".jsonl")
                file.publish(name)
        for sample_id, source, offset, length in new:
            location = {"file": name, "offset": offset, "length": length}
            found.samples.append(Sample(sample_id, kind, source, location=location))
        _report(progress, what, total, total)
        return found

    def _stored(self, sample: Sample) -> NDArray[np.uint8]:
        """Copy a sample's bytes or pixels out of its file in samples/."""
        try:
            return self._copies.read(sample.location)
        except (OSError, ValueError, EOFError, IndexError):
            raise _unreadable(sample, "its copy in the project is missing or damaged") from None


class RawSamples(Sequence[Any]):
    """The contents of samples, each read when it is asked for.

    Parameters
    ----------
    files : SampleFiles
    samples : sequence of Sample
    longest : int, optional
        Larger images are reduced to this side.
    """

    def __init__(
        self, files: SampleFiles, samples: Sequence[Sample], longest: int | None = None
    ) -> None:
        self.files = files
        self.samples = samples
        self.longest = longest

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.samples)

    @overload
    def __getitem__(self, index: int) -> Raw: ...
    @overload
    def __getitem__(self, index: slice) -> RawSamples: ...
    def __getitem__(self, index: int | slice) -> Raw | RawSamples:
        """Read one sample; a slice reads nothing yet."""
        if isinstance(index, slice):
            return RawSamples(self.files, self.samples[index], self.longest)
        return self.files.load(self.samples[index], self.longest)


# --- helpers ------------------------------------------------------------------------


class _Fresh:
    """Tells ids that are new from those in the pool or seen before in this call."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._fresh: set[str] = set()
        self._asked: set[str] = set()

    def ask(self, ids: list[str]) -> None:
        new = [i for i in dict.fromkeys(ids) if i not in self._asked]
        if new:
            self._asked.update(new)
            self._fresh.update(set(new) - self._known(new))

    def take(self, sample_id: str) -> bool:
        """Say once that an id is new."""
        if sample_id not in self._fresh:
            return False
        self._fresh.remove(sample_id)
        return True


def _hasher(kind: str) -> hashlib.blake2b:
    # Personalised by kind: a text and a file with the same bytes are two samples.
    return hashlib.blake2b(digest_size=16, person=kind.encode())


def _content_id(kind: str, *parts: bytes) -> str:
    hasher = _hasher(kind)
    for part in parts:
        hasher.update(part)
    return hasher.hexdigest()


def _file_name(prefix: str, ids: list[str], ending: str) -> str:
    return f"{prefix}-{_content_id('file name', ''.join(ids).encode())}{ending}"


def _unreadable(sample: Sample, why: object) -> BadInput:
    return BadInput(f"Sample {sample.source!r} can no longer be read: {why}.")


def _batches(entries: Iterable[T], size: int) -> Iterator[tuple[int, list[T]]]:
    """Yield lists of at most `size` entries, each with how many came before it."""
    batch: list[T] = []
    done = 0
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield done, batch
            done, batch = done + size, []
    if batch:
        yield done, batch


def _report(progress: Progress | None, what: str, done: int, total: int) -> None:
    if progress is not None:
        progress(what, done, total)

"""Files that stay where they are: finding, hashing, checking and referencing them."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dalt.core.records import Kind, Progress, Rejection, Sample
from dalt.data.readers.folders import Meant, listed
from dalt.data.readers.found import Found, Fresh, Known, batches, content_id, hasher, report
from dalt.data.readers.paths import Refused, reason_of, require_file
from dalt.data.readers.tables import label
from dalt.data.readers.written_paths import meanings

FILES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class _Part:
    """What becomes a sample: a file, or one of its pages."""

    path: Path
    page: int | None
    sample_id: str


class ReferredFiles:
    """The files that a project's samples reference.

    Parameters
    ----------
    home : Path
        The folder that holds the project: paths below it are written relative to it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._below = f"{home.as_posix().rstrip('/')}/"

    def add(
        self,
        kind: Kind,
        meant: Meant,
        given: object,
        check: Callable[[Path, int | None], None],
        known: Known,
        progress: Progress | None,
        pages: Callable[[Path], Sequence[int]] | None = None,
    ) -> Found:
        """Make samples of the given files.

        Parameters
        ----------
        kind : {"image", "audio"}
        meant : Meant
            Their name, and which files of a folder count.
        given : path, or iterable of paths
        check : callable
            Raises `Refused` for a file, or a page of it, that cannot be used.
        known : callable
        progress : callable, optional
        pages : callable, optional
            Gives the numbers of the pages of a file, each of which becomes a sample; none for a
            file that is one.

        Raises
        ------
        BadInput
            If there is no such folder, it is empty, or these are not paths.
        """
        what = f"adding {meant.many}"
        entries = listed(given, meant)
        found = Found(rejected=[Rejection(self.source(p), why) for p, why in entries.unread])
        reasons: dict[str, str] = {}
        fresh = Fresh(known)
        for done, batch in batches(entries.each, FILES_AT_ONCE):
            report(progress, what, done, len(entries.each))
            parts = [each for path in batch for each in self._parts(path, kind, pages, found)]
            fresh.ask([part.sample_id for part in parts if part.sample_id])
            for part in parts:
                found.each.append(None)
                sample_id = part.sample_id
                if not sample_id:
                    continue
                source = self.source(part.path, part.page)
                if fresh.take(sample_id, source):
                    # Only new files are decoded: adding a folder again is quick.
                    try:
                        check(part.path, part.page)
                    except Refused as why:
                        reasons[sample_id] = str(why)
                    else:
                        found.samples.append(self._sample(kind, part, source))
                if sample_id in reasons:
                    found.rejected.append(Rejection(source, reasons[sample_id]))
                else:
                    found.each[-1] = sample_id
        report(progress, what, len(entries.each), len(entries.each))
        shared = [each for each in fresh.shared if each.sample_id not in reasons]
        counted = entries.counted and pages is None
        ids: list[str | None] = found.each if counted else [*found.ids]
        return replace(found, each=ids, shared=shared, n_moved=fresh.n_moved)

    def id_of(self, kind: Kind, path: Path, page: int | None = None) -> str:
        """The sample id of a file's content, or of a page; empty if it cannot be read."""
        return _id_of_page(self._hashed(path, kind, []), page)

    def source(self, path: Path, page: int | None = None) -> str:
        """How a path is shown and recorded."""
        near = label(self._near(path))
        return near if page is None else f"{near}#page={page}"

    def candidates(self, source: str, bases: Sequence[Path] = ()) -> list[Path]:
        """Return the absolute paths that a written path can mean.

        Relative ones count from each base, in this order.  Addresses and paths of other systems
        are read as `dalt.data.readers.written_paths` says.

        Parameters
        ----------
        source : str
        bases : sequence of Path
            By default the folder that holds the project.
        """
        names = [os.path.expanduser(each) for each in meanings(source)]
        forms = [unicodedata.normalize(form, each) for form in ("NFC", "NFD") for each in names]
        every = dict.fromkeys([*names, *forms])
        paths = [os.path.abspath(base / name) for base in bases or [self.home] for name in every]
        return [Path(path) for path in dict.fromkeys(paths)]

    def spellings(self, source: str, bases: Sequence[Path] = ()) -> list[str]:
        """Possible sources in the store for a written path, the likeliest first."""
        paths = self.candidates(source, bases)
        return list(dict.fromkeys(each for path in paths for each in self._written(path)))

    def _written(self, path: Path) -> tuple[str, str]:
        return self.source(path), label(path.as_posix())

    def path(self, sample: Sample) -> Path:
        """The path of a sample's file."""
        coded = sample.location.get("path_bytes")
        near = os.fsdecode(bytes.fromhex(coded)) if coded else sample.location["path"]
        return self.home / near

    def _parts(
        self,
        path: Path | Rejection,
        kind: Kind,
        pages: Callable[[Path], Sequence[int]] | None,
        found: Found,
    ) -> list[_Part]:
        """A file as a whole, or its pages; one without an id if it cannot be read."""
        sample_id = self._hashed(path, kind, found.rejected)
        if isinstance(path, Rejection) or not sample_id:
            return [_Part(Path(), None, "")]
        numbers: Sequence[int] = ()
        if pages is not None:
            with suppress(Refused):  # which the check of the whole says
                numbers = pages(path)
        if not numbers:
            return [_Part(path, None, sample_id)]
        return [_Part(path, page, _id_of_page(sample_id, page)) for page in numbers]

    def _hashed(self, path: Path | Rejection, kind: Kind, rejected: list[Rejection]) -> str:
        """Hash a file's bytes; empty if it cannot be read, which is noted."""
        if isinstance(path, Rejection):
            rejected.append(path)
            return ""
        try:
            require_file(path)
            with path.open("rb") as file:
                return hashlib.file_digest(file, lambda: hasher(f"{kind} file")).hexdigest()
        except Refused as why:
            rejected.append(Rejection(self.source(path), str(why)))
        except OSError as error:
            rejected.append(Rejection(self.source(path), reason_of(error)))
        return ""

    def _sample(self, kind: Kind, part: _Part, source: str) -> Sample:
        near = self._near(part.path)
        location: dict[str, str | int] = {"path": near}
        if label(near) != near:  # a file name that is not UTF-8 cannot go into JSON
            location = {"path": label(near), "path_bytes": os.fsencode(near).hex()}
        if part.page is not None:
            location["page"] = part.page
        return Sample(part.sample_id, kind, source, location=location)

    def _near(self, path: Path) -> str:
        """Write a path relative to the folder that holds the project, or absolute."""
        written, below = path.as_posix(), self._below
        if written.startswith(below):  # of 100,000 files most; without taking it apart
            return written[len(below) :]
        # Written through another link, it may still be below.
        real_home = Path(os.path.realpath(self.home))
        real = Path(os.path.realpath(path.parent), path.name)
        if not real.is_relative_to(real_home):
            return written
        return real.relative_to(real_home).as_posix()


def _id_of_page(file_id: str, page: int | None) -> str:
    if page is None or not file_id:
        return file_id
    return content_id("image page", bytes.fromhex(file_id), str(page).encode())

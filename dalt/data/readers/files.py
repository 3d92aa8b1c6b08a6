"""Files that stay where they are: finding, hashing, checking and referencing them."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dalt.core.errors import NotWritten
from dalt.core.records import Kind, Progress, Rejection, Sample
from dalt.data.readers.addresses import Address, is_address
from dalt.data.readers.folders import Meant, listed
from dalt.data.readers.found import (
    Found,
    Fresh,
    Known,
    Part,
    batches,
    content_id,
    hasher,
    report,
)
from dalt.data.readers.paths import Refused, reason_of, require_file
from dalt.data.readers.remote import RemoteFiles
from dalt.data.readers.still_there import FileIds
from dalt.data.readers.tables import label
from dalt.data.readers.written_paths import meanings

FILES_AT_ONCE = 64
FETCHED_AT_ONCE = 8


class ReferredFiles:
    """The files that a project's samples reference.

    Parameters
    ----------
    home : Path
        The folder that holds the project: paths below it are written relative to it.
    remote : RemoteFiles
        Reads those that are behind addresses.
    """

    def __init__(self, home: Path, remote: RemoteFiles) -> None:
        self.home = home
        self._remote = remote
        self._file_ids = FileIds()
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
        entries = listed(given, meant, self._remote)
        found = Found(rejected=[Rejection(self.source(p), why) for p, why in entries.unread])
        reasons: dict[str, str] = {}
        fresh = Fresh(known)
        for done, batch in batches(entries.each, FILES_AT_ONCE):
            report(progress, what, done, len(entries.each))
            ids = self._hash_all(batch, kind, found.rejected)
            hashed = zip(batch, ids, strict=True)
            parts = [each for path, id in hashed for each in self._parts(path, id, kind, pages)]
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
                        check(self._here(kind, part.path, part.file_id), part.page)
                    except Refused as why:
                        reasons[sample_id] = str(why)
                    else:
                        found.samples.append(self.sample(kind, part))
                elif fresh.is_known(sample_id):
                    found.known_at.setdefault(sample_id, part)
                if sample_id in reasons:
                    found.rejected.append(Rejection(source, reasons[sample_id]))
                else:
                    found.each[-1] = sample_id
        report(progress, what, len(entries.each), len(entries.each))
        shared = [each for each in fresh.shared if each.sample_id not in reasons]
        counted = entries.counted and pages is None
        ids_given: list[str | None] = found.each if counted else [*found.ids]
        return replace(found, each=ids_given, shared=shared, n_moved=fresh.n_moved)

    def id_of(self, kind: Kind, path: Path | Address, page: int | None = None) -> str:
        """The sample id of a file's content, or of a page; empty if it cannot be read."""
        return _id_of_page(self._hashed(path, kind, []), page)

    def parts_of(self, kind: Kind, path: Path | Address, pages: Iterable[int | None]) -> list[Part]:
        """What a file can be as a whole, and with these pages; nothing if it cannot be read."""
        file_id = self._hashed(path, kind, [])
        if not file_id:
            return []
        return [Part(path, page, _id_of_page(file_id, page), file_id) for page in pages]

    def source(self, path: Path | Address, page: int | None = None) -> str:
        """How a path or an address is shown and recorded."""
        near = label(path if isinstance(path, Address) else self._near(path))
        return near if page is None else f"{near}#page={page}"

    def source_of(self, given: str | os.PathLike[str]) -> str:
        """The source of the sample that a file becomes, given as people give it."""
        if isinstance(given, str) and is_address(given):
            return self.source(Address(given))
        return self.source(Path(os.path.abspath(os.path.expanduser(given))))

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
        """The path of a sample's file; of one behind an address that of its copy in the cache.

        Raises
        ------
        Refused
            If an address cannot be reached, or has other content now.
        """
        if "url" in sample.location:
            file_id = sample.location.get("file_id", sample.id)  # a page has an id of its own
            return self._remote.path(sample.kind, Address(sample.location["url"]), file_id)
        coded = sample.location.get("path_bytes")
        near = os.fsdecode(bytes.fromhex(coded)) if coded else sample.location["path"]
        return self.home / near

    def unchanged(self, sample: Sample) -> Path:
        """The path of a sample's file, as `path`, if its content is still that of the sample.

        Raises
        ------
        Refused, OSError
            If it cannot be read, or has other content than when it was added.
        """
        path = self.path(sample)
        if "path" in sample.location:
            file_id = self._file_ids.of(sample.kind, path)
            if _id_of_page(file_id, sample.location.get("page")) != sample.id:
                raise Refused(
                    "its file has other content than when it was added; put the former file back, "
                    "or add the new one as a sample of its own and take this one out by "
                    "project.remove"
                )
        return path

    def holds(self, sample: Sample) -> bool:
        """Whether a sample's content is still where it is said to be, if that is a file."""
        if "path" not in sample.location:
            return True
        page = sample.location.get("page")
        return self.id_of(sample.kind, self.path(sample), page) == sample.id

    def is_of(self, sample: Sample) -> bool:
        """Whether a sample's content is a file that is referred to, here or elsewhere."""
        return "path" in sample.location or "url" in sample.location

    def _here(self, kind: Kind, path: Path | Address, file_id: str) -> Path:
        """A path that can be opened."""
        return self._remote.path(kind, path, file_id) if isinstance(path, Address) else path

    def _parts(
        self,
        path: Path | Address | Rejection,
        file_id: str,
        kind: Kind,
        pages: Callable[[Path], Sequence[int]] | None,
    ) -> list[Part]:
        """A file as a whole, or its pages; one without an id if it cannot be read."""
        if isinstance(path, Rejection) or not file_id:
            return [Part(Path(), None, "")]
        numbers: Sequence[int] = ()
        if pages is not None:
            with suppress(Refused):  # which the check of the whole says
                numbers = pages(self._here(kind, path, file_id))
        if not numbers:
            return [Part(path, None, file_id, file_id)]
        return [Part(path, page, _id_of_page(file_id, page), file_id) for page in numbers]

    def _hash_all(
        self,
        batch: Sequence[Path | Address | Rejection],
        kind: Kind,
        rejected: list[Rejection],
    ) -> list[str]:
        """Hash a batch; what is behind addresses comes several at a time."""
        if not any(isinstance(each, Address) for each in batch):
            return [self._hashed(each, kind, rejected) for each in batch]
        reasons: list[list[Rejection]] = [[] for _ in batch]
        with ThreadPoolExecutor(FETCHED_AT_ONCE) as threads:
            kinds = [kind] * len(batch)
            ids = list(threads.map(self._hashed, batch, kinds, reasons))
        rejected.extend(each for those in reasons for each in those)
        return ids

    def _hashed(
        self, path: Path | Address | Rejection, kind: Kind, rejected: list[Rejection]
    ) -> str:
        """Hash a file's bytes; empty if it cannot be read, which is noted."""
        if isinstance(path, Rejection):
            rejected.append(path)
            return ""
        try:
            if isinstance(path, Address):
                return self._remote.fetched(kind, path)
            require_file(path)
            with path.open("rb") as file:
                return hashlib.file_digest(file, lambda: hasher(f"{kind} file")).hexdigest()
        except Refused as why:
            rejected.append(Rejection(self.source(path), str(why)))
        except NotWritten:  # the cache, and not this file
            raise
        except OSError as error:
            rejected.append(Rejection(self.source(path), reason_of(error)))
        return ""

    def sample(self, kind: Kind, part: Part) -> Sample:
        """The sample of a file, or of a page of it."""
        source = self.source(part.path, part.page)
        location: dict[str, str | int]
        if isinstance(part.path, Address):
            location = {"url": str(part.path)}
            if part.page is not None:
                location["file_id"] = part.file_id
        else:
            near = self._near(part.path)
            location = {"path": near}
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

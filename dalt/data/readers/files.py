"""Files that stay where they are: finding, hashing, checking and referencing them."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from dalt.core.records import Kind, Progress, Rejection, Sample
from dalt.data.readers.folders import Meant, listed
from dalt.data.readers.found import Found, Fresh, Known, batches, hasher, report
from dalt.data.readers.paths import Refused, reason_of, require_file
from dalt.data.readers.tables import label
from dalt.data.readers.written_paths import meanings

FILES_AT_ONCE = 64


class ReferredFiles:
    """The files that a project's samples reference.

    Parameters
    ----------
    home : Path
        The folder that holds the project: paths below it are written relative to it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    def add(
        self,
        kind: Kind,
        meant: Meant,
        given: object,
        check: Callable[[Path], None],
        known: Known,
        progress: Progress | None,
    ) -> Found:
        """Make samples of the given files.

        Parameters
        ----------
        kind : {"image", "audio"}
        meant : Meant
            Their name, and which files of a folder count.
        given : path, or iterable of paths
        check : callable
            Raises `Refused` for a file that cannot be used.
        known : callable
        progress : callable, optional

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
            hashed = [(path, self._hashed(path, kind, found.rejected)) for path in batch]
            fresh.ask([sample_id for _, sample_id in hashed if sample_id])
            for path, sample_id in hashed:
                found.each.append(None)
                if isinstance(path, Rejection) or not sample_id:
                    continue
                if fresh.take(sample_id, self.source(path)):
                    # Only new files are decoded: adding a folder again is quick.
                    try:
                        check(path)
                    except Refused as why:
                        reasons[sample_id] = str(why)
                    else:
                        found.samples.append(self._sample(kind, path, sample_id))
                if sample_id in reasons:
                    found.rejected.append(Rejection(self.source(path), reasons[sample_id]))
                else:
                    found.each[-1] = sample_id
        report(progress, what, len(entries.each), len(entries.each))
        shared = [each for each in fresh.shared if each.sample_id not in reasons]
        ids: list[str | None] = found.each if entries.counted else [*found.ids]
        return replace(found, each=ids, shared=shared, n_moved=fresh.n_moved)

    def id_of(self, kind: Kind, path: Path) -> str:
        """The sample id of a file's content; empty if it cannot be read."""
        return self._hashed(path, kind, [])

    def source(self, path: Path) -> str:
        """How a path is shown and recorded."""
        return label(self._near(path))

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

    def _sample(self, kind: Kind, path: Path, sample_id: str) -> Sample:
        near = self._near(path)
        location = {"path": near}
        if label(near) != near:  # a file name that is not UTF-8 cannot go into JSON
            location = {"path": label(near), "path_bytes": os.fsencode(near).hex()}
        return Sample(sample_id, kind, self.source(path), location=location)

    def _near(self, path: Path) -> str:
        """Write a path relative to the folder that holds the project, or absolute."""
        home = self.home
        if not path.is_relative_to(home):
            # Written through another link, it may still be below.
            real_home = Path(os.path.realpath(home))
            real = Path(os.path.realpath(path.parent), path.name)
            if not real.is_relative_to(real_home):
                return path.as_posix()
            path, home = real, real_home
        return path.relative_to(home).as_posix()

"""Matching lines of a file of labels to samples: by id, path or content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet, Kind
from dalt.data.sources import SampleFiles
from dalt.storage.store import Store


class Naming(Protocol):
    """A line that names a sample: `Imported` and `LabelRow` do."""

    @property
    def sample_id(self) -> str | None:
        """The sample's id."""

    @property
    def source(self) -> str | None:
        """Where it came from."""


class Matching:
    """Finds the samples that lines of a file of labels name.

    A path may be the ``source`` of `Project.samples`, or the path of a sample's file: absolute, or
    relative to the folder that holds the project, the folder of the labels, or the working
    folder.  As a last resort an existing file is matched by its content, also where a copy of it
    is the sample.

    Parameters
    ----------
    store : Store
    files : SampleFiles
    kind : str or None
        What the samples are.
    place : Path
        The file or folder of labels.
    """

    def __init__(self, store: Store, files: SampleFiles, kind: Kind | None, place: Path) -> None:
        self._store = store
        self._files = files
        self._kind = kind
        self._beside = place if place.is_dir() else place.parent

    def find(self, rows: Sequence[Naming]) -> list[list[str]]:
        """Ids of the samples that each line can mean; a valid line has one."""
        ids = self._store.samples.known([row.sample_id for row in rows if row.sample_id])
        sources = [row.source for row in rows if row.source and row.sample_id not in ids]
        exact = self._store.samples.ids_of_sources(sources)
        written = {source: self._spellings(source) for source in sources if source not in exact}
        near = self._store.samples.ids_of_sources(
            [each for spellings in written.values() for each in spellings]
        )
        found = []
        for row in rows:
            if row.sample_id in ids:
                found.append([str(row.sample_id)])
                continue
            source = row.source or ""
            matches = exact.get(source) or _all(near, written.get(source, ()))
            found.append(matches or self._by_content(row))
        return found

    def only(self, matches: Sequence[str], row: Naming, where: str) -> str:
        """Return the one sample that a line means.

        Raises
        ------
        BadInput
            If it is none, or several.
        """
        if len(matches) == 1:
            return matches[0]
        how = "no sample" if not matches else f"{len(matches)} samples"
        what = row.sample_id or row.source
        raise BadInput(
            f"{where}: {shown(what, 200)} is {how} of this project; see project.samples()."
        )

    @property
    def _in_files(self) -> bool:
        return self._kind in ("image", "audio")

    def _spellings(self, source: str) -> list[str]:
        return self._files.spellings(source, self._beside) if self._in_files else []

    def _by_content(self, row: Naming) -> list[str]:
        if not self._in_files or self._kind is None:
            return []
        given = getattr(row, "files", ()) or self._files.candidates(row.source or "", self._beside)
        known = [self._files.id_of(self._kind, file) for file in given if file.is_file()]
        return sorted(self._store.samples.known([each for each in known if each]))


def as_listed(label: str, classes: ClassSet) -> str | list[str]:
    """A label as text files hold it: several classes are a JSON list.

    Examples
    --------
    >>> as_listed('["a", "b"]', ClassSet(("a", "b"), multi=True))
    ['a', 'b']
    >>> as_listed('["a", "b"]', ClassSet(("a", "b")))
    '["a", "b"]'
    """
    if classes.multi and label.startswith("["):
        with suppress(ValueError):  # then it is the name of a class, or refused
            return list(json.loads(label))
    return label


def _all(found: dict[str, list[str]], spellings: Iterable[str]) -> list[str]:
    """All folders that a path can be relative to: where they differ, DALT does not guess."""
    return sorted({sample_id for each in spellings for sample_id in found.get(each, ())})

"""Finding the samples that items of a file, or tasks of another program, name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from dalt.core.records import Kind
from dalt.data.exchange.beside import is_picture
from dalt.data.formats import Imported
from dalt.data.sources import SampleFiles
from dalt.project.resolving.endings import Endings
from dalt.project.resolving.outcomes import CARRIED, Match, Outcome, only, unknown
from dalt.project.resolving.pool_sources import PoolSources
from dalt.storage.store import Store

Step = Callable[[Sequence[Imported]], Sequence[Outcome]]


class Resolver:
    """Finds the one sample that each item names, and refuses what can mean several.

    A sample is found by its id; a text by its content; a row by the column that says so; a file
    by its path (the ``source`` of `Project.samples`, an absolute path, or one relative to `root`,
    the folder that holds the project, the folder of the labels, or the working folder), by its
    content, and as a last resort by the ending of its path.

    Parameters
    ----------
    store : Store
    files : SampleFiles
    kind : str or None
        What the samples are.
    place : Path, optional
        The file or folder of labels.
    root : Path, optional
        The folder that paths are relative to.
    by_content : bool
        Whether to read files that items name.
    """

    def __init__(
        self,
        store: Store,
        files: SampleFiles,
        kind: Kind | None,
        place: Path | None = None,
        root: Path | None = None,
        *,
        by_content: bool = True,
    ) -> None:
        self._reads_files = by_content
        self._samples = store.samples
        self._files = files
        self._kind = kind
        self._root = None if root is None else [root]
        self._bases = [files.folder.parent]
        if place is not None:
            self._bases += [place if os.path.isdir(place) else place.parent, Path.cwd()]
        self._sources = PoolSources(self._samples)
        self._endings = Endings(self._sources)
        self._stems = Endings(PoolSources(self._samples, _stem))
        self._taken: set[int] = set()
        """Samples that other items of the same call name."""

    def find(self, items: Sequence[Imported]) -> list[Match | str]:
        """The sample of each item, or the reason why there is none, as a sentence."""
        found: list[Outcome] = [None] * len(items)
        self._taken.clear()
        for step in self._steps():
            left = [place for place, outcome in enumerate(found) if outcome is None]
            if not left:
                break
            for place, outcome in zip(left, step([items[i] for i in left]), strict=True):
                found[place] = outcome
                if isinstance(outcome, Match):
                    self._taken.add(outcome.position)
        return [
            (CARRIED if item.carried else unknown(_named(item))) if outcome is None else outcome
            for item, outcome in zip(items, found, strict=True)
        ]

    def _steps(self) -> Iterable[Step]:
        yield self._by_id
        if self._kind == "text":
            yield self._by_text
        yield self._by_row
        if self._in_files:
            yield self._by_path
            if self._reads_files:
                yield self._by_content
            yield self._by_ending
            yield self._by_stem

    @property
    def _in_files(self) -> bool:
        return self._kind in ("image", "audio")

    def _by_id(self, items: Sequence[Imported]) -> list[Outcome]:
        known = self._samples.known_positions([each.sample_id for each in items if each.sample_id])
        return [
            Match(each.sample_id, known[each.sample_id])
            if each.sample_id is not None and each.sample_id in known
            else None
            for each in items
        ]

    def _by_text(self, items: Sequence[Imported]) -> list[Outcome]:
        """By content.  Where a file has the text, no row is looked for: it has another one."""
        ids = [self._ids_of_text(each.text) for each in items]
        known = self._samples.known_positions([each for some in ids for each in some])
        found: list[Outcome] = []
        for item, some in zip(items, ids, strict=True):
            match = next((Match(each, known[each]) for each in some if each in known), None)
            missing = item.text is not None and match is None
            found.append(unknown(item.text) if missing else match)
        return found

    def _ids_of_text(self, text: str | None) -> list[str]:
        """Ids that a text can have: as it is, or as programs write it that trim or end lines."""
        if text is None:
            return []
        forms = [text, text.replace("\r\n", "\n"), text.strip()]
        ids = [self._files.id_of_text(form) for form in dict.fromkeys(forms)]
        return [each for each in ids if each]

    def _by_row(self, items: Sequence[Imported]) -> list[Outcome]:
        """By the row or the source, as the pool has it."""
        said = [
            item.row if item.row is not None else None if self._in_files else item.source
            for item in items
        ]
        at = self._sources.from_any([each for each in said if each is not None])
        return [None if each is None else only(at.get(each, ()), each) for each in said]

    # --- files ----------------------------------------------------------------------------

    def _by_path(self, items: Sequence[Imported]) -> list[Outcome]:
        if self._root is not None:
            rooted = self._spelled(items, self._root)
            left = [item for item, outcome in zip(items, rooted, strict=True) if outcome is None]
            others = iter(self._as_written(left))
            return [next(others) if outcome is None else outcome for outcome in rooted]
        return self._as_written(items)

    def _as_written(self, items: Sequence[Imported]) -> list[Outcome]:
        at = self._sources.from_any([item.source for item in items if item.source])
        exact = [
            only(at.get(item.source, ()), item.source) if item.source else None for item in items
        ]
        left = [item for item, outcome in zip(items, exact, strict=True) if outcome is None]
        others = iter(self._spelled(left, self._bases))
        return [next(others) if outcome is None else outcome for outcome in exact]

    def _spelled(self, items: Sequence[Imported], bases: Sequence[Path]) -> list[Outcome]:
        """By all folders that a path can be relative to: where they differ, nothing is guessed."""
        spelled = [
            self._files.spellings(each.source, bases) if each.source else () for each in items
        ]
        at = self._sources.from_any([each for some in spelled for each in some])
        return [
            only({match: None for each in some for match in at.get(each, ())}, item.source or "")
            for item, some in zip(items, spelled, strict=True)
        ]

    def _by_content(self, items: Sequence[Imported]) -> list[Outcome]:
        ids = [self._ids_of_files(each) for each in items]
        known = self._samples.known_positions([each for some in ids for each in some])
        return [
            only([Match(each, known[each]) for each in some if each in known], _named(item))
            for item, some in zip(items, ids, strict=True)
        ]

    def _ids_of_files(self, item: Imported) -> list[str]:
        assert self._kind is not None
        given = item.files or self._files.candidates(
            item.source or "", [*(self._root or ()), *self._bases]
        )
        found = [self._files.id_of(self._kind, file) for file in given if os.path.isfile(file)]
        return sorted({each for each in found if each})

    def _by_ending(self, items: Sequence[Imported]) -> list[Outcome]:
        return self._endings.find([each.source or "" for each in items], self._taken)

    def _by_stem(self, items: Sequence[Imported]) -> list[Outcome]:
        """By a path without its ending, as files of labels are named without their pictures."""
        named = [each.source or "" for each in items]
        stems = ["" if is_picture(Path(each)) else each for each in named]
        return self._stems.find(stems, self._taken)


def _stem(source: str) -> str:
    """A path without the ending of its picture."""
    return source[: -len(Path(source).suffix)] if is_picture(Path(source)) else source


def _named(item: Imported) -> str:
    """What an item says of its sample, for a sentence."""
    file = item.files[0].name if item.files else None
    return str(item.sample_id or item.source or item.row or item.text or file)

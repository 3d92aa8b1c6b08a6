"""Samples by the endings of their paths, as other programs and computers name them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from dalt.core.errors import shown
from dalt.data.readers.written_paths import common_ending, folders_and_name, meanings
from dalt.project.resolving.outcomes import Match, Outcome, gone, only
from dalt.project.resolving.pool_sources import PoolSources

Parts = tuple[str, ...]


class _Place(NamedTuple):
    """A sample, the folders and the name of its file, and whether it was removed."""

    match: Match
    parts: Parts
    removed: bool = False


class _Found(NamedTuple):
    """The outcome of one path, whether only the file name speaks for it, and for which source."""

    outcome: Outcome
    weak: bool = False
    parts: Parts = ()
    source: Parts = ()


class Endings:
    """Finds samples whose paths end as given ones do, at the borders of folders.

    The longest common ending counts: ``/data/photos/a.png`` is ``photos/a.png`` and
    not ``more/a.png``.  Where several samples share it, nothing is guessed.  Where no folder agrees
    (``images/a.png`` for ``photos/a.png``) the name of the file suffices, but only as long as no
    other path of the same file of labels leads to that sample.  A path that fits a removed sample
    best is refused: its label is not of another file of that name.

    Parameters
    ----------
    sources : PoolSources
    """

    def __init__(self, sources: PoolSources) -> None:
        self._sources = sources
        self._by_name_alone: dict[Parts, Parts] = {}

    def find(self, paths: Sequence[str], taken: AbstractSet[int]) -> list[Outcome]:
        """The sample of each path; None where no sample's file has such a name.

        Parameters
        ----------
        paths : sequence of str
        taken : set of int
            Positions of samples that other lines name in a better way.
        """
        meant = [[folders_and_name(each) for each in meanings(path)] for path in paths]
        names = {_folded(parts[-1]) for forms in meant for parts in forms if parts}
        if not names:
            return [None] * len(paths)
        places = self._places(self._sources.index().named([*names]), names)
        found = [
            _found(path, [tuple(parts) for parts in forms if parts], places)
            for path, forms in zip(paths, meant, strict=True)
        ]
        return self._without_clashes(paths, found, taken)

    def _places(self, positions: Sequence[int], names: set[str]) -> dict[str, list[_Place]]:
        """Samples by the names of their files, in lower case."""
        found: dict[str, list[_Place]] = {}
        for removed in (False, True):
            for at, sample_id, source in self._sources.at(positions, removed=removed):
                parts = tuple(folders_and_name(source))
                if parts and (name := _folded(parts[-1])) in names:
                    place = _Place(Match(sample_id, at), parts, removed)
                    found.setdefault(name, []).append(place)
        return found

    def _without_clashes(
        self, paths: Sequence[str], found: Sequence[_Found], taken: AbstractSet[int]
    ) -> list[Outcome]:
        """Refuse samples that two paths claim, where only the name of the file speaks for one."""
        claims: dict[Parts, set[Parts]] = {}
        for each in found:
            if isinstance(each.outcome, Match):
                claims.setdefault(each.source, set()).add(each.parts)
        outcomes: list[Outcome] = []
        for path, each in zip(paths, found, strict=True):
            outcome = each.outcome
            if isinstance(outcome, Match) and each.weak:
                before = self._by_name_alone.setdefault(each.source, each.parts)
                others = len(claims[each.source]) > 1 or outcome.position in taken
                if others or before != each.parts:
                    outcome = (
                        f"{shown(path, 200)} has its folder and only its name in common with a "
                        "sample that other lines name, too; name files with their folders"
                    )
            outcomes.append(outcome)
        return outcomes


def _found(path: str, forms: Sequence[Parts], places: dict[str, list[_Place]]) -> _Found:
    """The sample of the first meaning of a path that any file has."""
    for parts in forms:
        same = places.get(_folded(parts[-1]), [])
        exact = [each for each in same if each.parts[-1] == parts[-1]]
        if exact:
            return _longest(path, parts, exact)
        if same:  # Windows does not tell upper from lower case
            folded = [place._replace(parts=tuple(map(_folded, place.parts))) for place in same]
            return _longest(path, tuple(map(_folded, parts)), folded)
    return _Found(None)


def _longest(path: str, parts: Parts, places: Sequence[_Place]) -> _Found:
    shared = [common_ending(parts, each.parts) for each in places]
    longest = max(shared)
    best = [each for each, n in zip(places, shared, strict=True) if n == longest]
    if all(each.removed for each in best):
        return _Found(gone(path, best[0].match.sample_id))
    best = [each for each in best if not each.removed]
    weak = longest < len(parts) and all(longest < len(each.parts) for each in best)
    return _Found(only((each.match for each in best), path), weak, parts, best[0].parts)


def _folded(name: str) -> str:
    return (name if name.isascii() else unicodedata.normalize("NFC", name)).casefold()

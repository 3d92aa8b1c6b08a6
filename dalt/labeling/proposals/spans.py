"""Proposing spans of texts and their classes, learned from marked texts.

A naive Bayes classifier over a span's form and its neighbouring words.  It learns and unlearns
one text at a time in microseconds, so every answer counts at once.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dalt.core.records import Proposal, Region

_WORD = re.compile(r"\w+(?:['’\-.]\w+)*")
_MOST = 200
"""Most proposals for one text; a person would not look through more."""
_MOST_TEXT = 100_000
"""Characters of a text that are searched for proposals."""
_EXAMPLES, _OFTEN = 5, 0.8
"""A sign supports a class with at least this many marks and this share of its cases."""


@dataclass
class SpanModel:
    """A model of spans, learned from marked texts.

    Attributes
    ----------
    classes : tuple of str

    References
    ----------
    Manning, Raghavan, Schütze: Introduction to Information Retrieval, chapter 13, 2008.

    Examples
    --------
    >>> model = SpanModel(("person", "place"))
    >>> model.learn("Ana lives in Oslo.", [Region("span", "person", start=0, end=3),
    ...                                    Region("span", "place", start=13, end=17)])
    >>> [(each.region.label, each.region.start) for each in model.propose("we met Ana in Oslo")]
    [('person', 7), ('place', 14)]
    >>> model.rank("She lives in Rome", 13, 17)[0][0]
    'place'
    """

    classes: tuple[str, ...]
    _texts: int = 0
    _of: Counter[str] = field(default_factory=Counter)
    _features: dict[str, Counter[str]] = field(default_factory=dict)
    _surfaces: Counter[str] = field(default_factory=Counter)
    _lengths: Counter[int] = field(default_factory=Counter)

    def learn(self, text: str, regions: Sequence[Region]) -> None:
        """Learn a text with everything marked in it; unmarked spans count as none."""
        self._count(text, regions, 1)

    def forget(self, text: str, regions: Sequence[Region]) -> None:
        """Unlearn a text."""
        self._count(text, regions, -1)

    def _count(self, text: str, regions: Sequence[Region], by: int) -> None:
        marked = {(region.start, region.end) for region in regions}
        self._texts += by
        # Marked spans first: they decide what else would have been a candidate.
        for region in regions:
            surface = text[region.start : region.end]
            self._surfaces[_plain(surface)] += by
            self._lengths[len(_WORD.findall(surface))] += by
            self._add(region.label, text, region.start, region.end, by)
        for start, end in _capitalised(text[:_MOST_TEXT]):
            if not any(start < b and a < end for a, b in marked):
                self._add(_NONE, text, start, end, by)

    def _add(self, label: str, text: str, start: int, end: int, by: int) -> None:
        self._of[label] += by
        counts = self._features.setdefault(label, Counter())
        for feature in _features(text, start, end):
            counts[feature] += by

    # --- what is likely -------------------------------------------------------------

    def rank(self, text: str, start: int, end: int) -> list[tuple[str, float]]:
        """The classes of a span with their probabilities, the likeliest first; [] if unlearned.

        Parameters
        ----------
        start, end : int
            Characters (code points) of `text`, `end` not included.
        """
        shares = self._shares(text, start, end, self.classes)
        return sorted(shares.items(), key=lambda each: -each[1])

    def propose(self, text: str) -> list[Proposal]:
        """Spans that are likelier marked than not, by place; none overlaps another.

        Known words must have been marked as this class more often than left; for others at least
        one sign (a neighbouring word, the shape, the ending) has to support the class.  Otherwise
        everything with a capital or a digit would be proposed: on news, 8 of 10 such proposals were
        wrong.
        """
        if not any(self._of[name] > 0 for name in self.classes):
            return []
        found = []
        for start, end in self._candidates(text[:_MOST_TEXT]):
            shares = self._shares(text, start, end, (*self.classes, _NONE))
            label = max(shares, key=lambda name: shares[name])
            if label == _NONE or shares[label] < 0.5:
                continue
            if self._speaks_for(label, list(_features(text, start, end))):
                found.append(Proposal(Region("span", label, start=start, end=end), shares[label]))
        return _apart(found)[:_MOST]

    def _speaks_for(self, label: str, features: Sequence[str]) -> bool:
        marked, left = self._features[label], self._features.get(_NONE, Counter())
        words, *signs = features
        if marked[words] or left[words]:
            return marked[words] > left[words]
        return any(
            marked[sign] >= _EXAMPLES and marked[sign] >= _OFTEN * (marked[sign] + left[sign])
            for sign in signs
        )

    def _shares(self, text: str, start: int, end: int, among: Sequence[str]) -> dict[str, float]:
        known = [name for name in among if self._of[name] > 0]
        if not known:
            return {}
        features = list(_features(text, start, end))
        scores = {name: self._score(name, features) for name in known}
        most = max(scores.values())
        raised = {name: math.exp(score - most) for name, score in scores.items()}
        total = sum(raised.values())
        return {name: raised.get(name, 0.0) / total for name in among}

    def _score(self, name: str, features: Sequence[str]) -> float:
        n, counts = self._of[name], self._features[name]
        # The features of one span carry much the same evidence: it is tempered, or it would
        # count several times.
        evidence = sum(
            _WEIGHT[feature[0]] * math.log((counts[feature] + 0.1) / (n + 0.2))
            for feature in features
        )
        return math.log(n + 1) + evidence

    def _candidates(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans seen marked before, and runs of words that look like names or numbers."""
        lengths = [n for n, times in self._lengths.items() if times > 0]
        words = [match.span() for match in _WORD.finditer(text)]
        seen = set()
        for first in range(len(words)):
            for n in lengths:
                if first + n > len(words):
                    continue
                span = (words[first][0], words[first + n - 1][1])
                if self._surfaces[_plain(text[span[0] : span[1]])] > 0:
                    seen.add(span)
        yield from seen
        yield from (span for span in _capitalised(text) if span not in seen)


_NONE = ""
_WEIGHT = {"s": 1.0, "w": 0.3, "h": 0.6, "e": 0.3, "b": 0.4, "a": 0.4}


def _plain(surface: str) -> str:
    return " ".join(surface.casefold().split())


def _features(text: str, start: int, end: int) -> Iterator[str]:
    """A span's form (s, w, h, e) and its neighbouring words (b, a)."""
    surface = text[start:end]
    words = _WORD.findall(surface) or [surface]
    yield f"s{_plain(surface)}"
    yield f"w{words[0].casefold()}"
    yield f"h{_shape(words[0])}{min(len(words), 3)}"
    yield f"e{words[-1].casefold()[-3:]}"
    before = _WORD.findall(text[max(0, start - 40) : start])
    after = _WORD.findall(text[end : end + 40])
    yield f"b{before[-1].casefold() if before else '^'}"
    yield f"a{after[0].casefold() if after else '$'}"


def _shape(word: str) -> str:
    if word[0].isdigit():
        return "9"
    if word.isupper() and len(word) > 1:
        return "XX"
    return "Xx" if word[0].isupper() else "x"


def _capitalised(text: str) -> list[tuple[int, int]]:
    """Runs of words that begin with a capital letter or a digit, on one line."""
    runs: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        word, start, end = match.group(), match.start(), match.end()
        if not (word[0].isupper() or word[0].isdigit()):
            continue
        joined = bool(runs) and text[runs[-1][1] : start] == " "
        runs[-1:] = [(runs[-1][0], end)] if joined else [*runs[-1:], (start, end)]
    return runs


def _apart(proposals: list[Proposal]) -> list[Proposal]:
    """Of proposals that overlap the likeliest, then the longest; by place."""
    kept: list[Proposal] = []
    order = sorted(
        proposals, key=lambda p: (-round(p.probability, 3), p.region.start - p.region.end)
    )
    for each in order:
        region = each.region
        if all(region.end <= k.region.start or k.region.end <= region.start for k in kept):
            kept.append(each)
    return sorted(kept, key=lambda p: p.region.start)

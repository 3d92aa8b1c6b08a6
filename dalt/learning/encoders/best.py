"""The best of the installed encoders, where nobody named one.

Each candidate has its embeddings and encoder in the folder of the `EmbeddingCache` like any other,
and a file that points to them; so do both side by side::

    choice.json                 which candidates there are, and the newest comparison
    candidate-<name>.json       like current.json, for one candidate

To take another encoder is to write its pointer to ``current.json``, as a whole or not at all: rows
of two encoders never mix, and trainers and pages follow as after any `encode`.  Which one is better
is judged by `dalt.learning.training.encoder_judge`, from labels.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dalt.core.files import write_atomically
from dalt.core.records import BadInput, EncoderFailed, Floats, Kind, Progress
from dalt.core.user_warnings import warn_user
from dalt.learning.encoders.cache import EmbeddingCache, UnreadableSamples
from dalt.learning.encoders.cache_files import (
    AUTOENCODER,
    GIVEN,
    UNTRAINED,
    EncodedElsewhere,
    encoding_alone,
    read_pointer,
    write_pointer,
)
from dalt.learning.encoders.candidates import Candidates, candidates_for, step_of
from dalt.learning.encoders.embedding import Embedder, embed_here

FILE = "choice.json"
BEST = "best"
"""Names the choice among the installed encoders."""
BOTH = "both"
OFFERED_SECONDS = 3.0
"""How long a trainer has to take a complete candidate before the next one is made."""
_PLUS = " + "


@dataclass(frozen=True)
class Judged:
    """A comparison of the candidates on the labels so far.

    Attributes
    ----------
    n_labels : int
    best : str
        The candidate to use.
    right : mapping of str to float
        Share of the left-out labels that each candidate predicted correctly.
    likelihood : mapping of str to float
        Mean logarithm of the left-out label's probability.
    """

    n_labels: int
    best: str
    right: Mapping[str, float]
    likelihood: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Rival:
    """The embeddings of one candidate, complete."""

    name: str
    version: str
    embeddings: Floats


@dataclass(frozen=True)
class _Choice:
    """Contents of ``choice.json``."""

    names: tuple[str, ...]
    why: str
    missing: str = ""
    judged: Judged | None = None


class BestEncoder:
    """The candidates of one folder of embeddings, and which of them is in use.

    Parameters
    ----------
    folder : Path
        Of the `EmbeddingCache`.

    Examples
    --------
    >>> import tempfile
    >>> best = BestEncoder(Path(tempfile.mkdtemp()))
    >>> rows = [{"size": float(size)} for size in range(20)]
    >>> best.encode("table", rows, seed=0).shape[0], best.standing()["name"]
    (20, 'autoencoder')
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._found: Candidates | None = None

    # --- what is in use -----------------------------------------------------------------

    @property
    def is_chosen(self) -> bool:
        """Whether the choice is made here: nobody named an encoder, or gave embeddings."""
        pointer = read_pointer(self.folder)
        if pointer.waiting is not None:  # a named one, whose embedding was interrupted
            return False
        return pointer.automatic or pointer.current is None

    @property
    def in_use(self) -> str | None:
        """Name of the candidate in use, or None where the choice is not made here."""
        pointer = read_pointer(self.folder)
        if pointer.current is None or not pointer.automatic or pointer.waiting is not None:
            return None
        return BOTH if _PLUS in pointer.current.choice else pointer.current.choice

    @property
    def missing(self) -> str:
        """The command that brings an encoder for such samples, where there is none."""
        choice = self._read()
        return choice.missing if choice is not None and self.in_use is not None else ""

    @property
    def has_rivals(self) -> bool:
        """Whether there is more than one candidate, complete or not."""
        return len(self._racing()) > 1

    @property
    def is_complete(self) -> bool:
        """Whether each candidate has embedded as many samples as the one in use."""
        names = [name for name in self._racing() if name != UNTRAINED]
        slots = [self._slot(name) for name in (*names, *([BOTH] if len(names) == 2 else []))]
        rows = [_readable(slot) for slot in slots]
        n_samples = EmbeddingCache(self.folder).n_samples
        return all(each is not None and len(each) >= n_samples for each in rows)

    @property
    def begins(self) -> bool:
        """Whether the closed form alone is in use, until another is as good."""
        return self.in_use == UNTRAINED

    def judged(self) -> Judged | None:
        """The newest comparison of the embeddings, or None."""
        choice = self._read()
        return None if choice is None else choice.judged

    def standing(self) -> dict[str, Any]:
        """Which encoder is in use and why, as plain values.

        Returns
        -------
        dict
            name (None before the first `encode`), automatic, sentence, n_labels, right.
        """
        current, name, choice = read_pointer(self.folder).current, self.in_use, self._read()
        found: dict[str, Any] = {"name": None, "automatic": name is not None, "sentence": ""}
        found |= {"n_labels": 0, "right": {}}
        if current is None:
            return found
        found["name"] = current.choice
        if name is None or choice is None:
            what = "these embeddings were given" if current.choice == GIVEN else "it was named"
            return found | {"sentence": f"{current.choice}: {what}."}
        judged = choice.judged
        if judged is None or judged.best != name:
            others = [self._told(each) for each in self._racing() if each != name]
            if name == UNTRAINED:
                return found | {"sentence": f"{name}: ready at once, until {others[0]} is."}
            later = f"; labels will tell whether {others[0]} is better" if others else ""
            return found | {"sentence": f"{current.choice}: {choice.why}{later}."}
        right = {self._told(each): share for each, share in judged.right.items()}
        said = ", ".join(f"{each} {share:.0%}" for each, share in _best_first(right))
        sentence = f"{current.choice}: right on {judged.n_labels} left-out labels: {said}."
        return found | {"sentence": sentence, "n_labels": judged.n_labels, "right": right}

    # --- embedding ----------------------------------------------------------------------

    def encode(
        self,
        kind: Kind,
        raw: Sequence[Any],
        *,
        seed: int,
        progress: Progress | None = None,
        retrain: bool = False,
        embed: Embedder = embed_here,
        soon: Callable[[Floats, str], None] | None = None,
    ) -> Floats:
        """Embed all samples by every candidate; the arguments are those of `EmbeddingCache.encode`.

        The one in use comes first, and is in use as soon as it is complete.  Another that fails is
        left out with a warning.

        Parameters
        ----------
        soon : callable, optional
            Begin with the autoencoder before its training, for suggestions within seconds.  It
            stays in use until a trainer has seen that a candidate is as good; without this the
            first candidate that is complete takes its place.  Called with the embeddings and the
            version of each before it may be used.

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32
            Of the encoder in use.

        Raises
        ------
        BadInput, EncoderFailed
            If no candidate can embed the samples.
        """
        names = self._names(kind, raw, retrain, soon=soon is not None)
        in_use, before = self.in_use, read_pointer(self.folder)
        ready: list[str] = []
        failed: Exception | None = None
        for name in names:
            report = progress if len(names) == 1 or progress is None else _of(name, progress)
            try:
                with warnings.catch_warnings():
                    if ready:  # each sample is named once
                        warnings.simplefilter("ignore", UnreadableSamples)
                    self._slot(name).encode(
                        kind, raw, seed=seed, encoder=name, progress=report,
                        retrain=retrain, embed=embed,
                    )  # fmt: skip
            except EncodedElsewhere:  # no fault of this candidate
                raise
            except (BadInput, EncoderFailed) as error:
                if in_use in (name, BOTH):
                    raise
                failed = failed or error
                if name != names[-1] or ready:
                    warn_user(f"The encoder {name} is left out: {error}")
                continue
            ready.append(name)
            if soon is not None:
                self._prepare(name, soon)
            if in_use in (None, name) or (in_use == UNTRAINED and soon is None):
                with self._alone():
                    if self.is_chosen or read_pointer(self.folder) == before:  # none was named
                        self._point_to(name, automatic=True)
                in_use = name
            if soon is not None and name != UNTRAINED:
                self._offer()
        if failed is not None and not ready:
            raise failed
        pair = [name for name in ready if name != UNTRAINED]
        if len(pair) == 2:
            self._put_side_by_side(kind, raw, pair, seed)
            if in_use == BOTH:
                self.take(BOTH)
        embeddings = EmbeddingCache(self.folder).embeddings()
        assert embeddings is not None
        return embeddings

    def names(self, kind: Kind, raw: Sequence[Any]) -> tuple[str, ...]:
        """The encoders that `encode` makes, in order: the one in use comes first."""
        if self._found is None:
            self._found = candidates_for(kind, raw)
        names, former, in_use = self._found.names, self._read(), self.in_use
        if former is not None and in_use not in (None, AUTOENCODER):
            # What is in use stays, also if its package is gone for a while, or samples that came
            # later would begin with another: it has to embed them.
            names = former.names if in_use != UNTRAINED else (UNTRAINED, *names)
        kept = (each for each in names if each != UNTRAINED or in_use == UNTRAINED)
        return tuple(sorted(kept, key=lambda each: each != in_use))

    # --- comparing ----------------------------------------------------------------------

    def rivals(self) -> list[Rival]:
        """The candidates whose embeddings are complete, the one in use first."""
        racing, in_use = self._racing(), self.in_use
        if not racing:
            return []
        n_samples = EmbeddingCache(self.folder).n_samples
        found = []
        for name in (*racing, BOTH):
            slot = self._slot(name)
            version, embeddings = slot.version, _readable(slot)
            if version is not None and embeddings is not None and len(embeddings) >= n_samples:
                found.append(Rival(name, version, embeddings[:n_samples]))
        return sorted(found, key=lambda each: each.name != in_use)

    def embeddings_by_version(self) -> dict[str, Floats]:
        """The embeddings of every candidate that there are, whoever is in use."""
        choice = self._read()
        # The closed form competes no more once it has begun, but snapshots were learned on it.
        names = () if choice is None else {*choice.names, UNTRAINED, BOTH}
        slots = [self._slot(name) for name in names]
        pairs = [(slot.version, _readable(slot)) for slot in slots]
        return {
            version: embeddings
            for version, embeddings in pairs
            if version is not None and embeddings is not None
        }

    def record(self, judged: Judged) -> None:
        """Keep a comparison; `take` then makes its best the encoder in use.

        Raises
        ------
        BadInput
            If another process is encoding here.
        """
        with self._alone():
            choice = self._read()
            if choice is not None:
                self._write(replace(choice, judged=judged))

    def take(self, name: str) -> bool:
        """Use a candidate from now on, unless an encoder was named meanwhile.

        Returns
        -------
        bool
            False if its embeddings are not complete, or the choice is not made here.

        Raises
        ------
        BadInput
            If another process is encoding here.
        """
        with self._alone():
            return self.is_chosen and self._point_to(name, automatic=True)

    def keep(self, name: str) -> bool:
        """Use a candidate from now on because it was named; True if there is one of that name.

        Raises
        ------
        BadInput
            If another process is encoding here.
        """
        with self._alone():
            return self.in_use is not None and self._point_to(name, automatic=False)

    # --- pieces -------------------------------------------------------------------------

    def _racing(self) -> tuple[str, ...]:
        """The candidates, complete or not; the closed form alone only while it is in use."""
        in_use, choice = self.in_use, self._read()
        if in_use is None or choice is None:
            return ()
        return tuple(name for name in choice.names if name != UNTRAINED or in_use == UNTRAINED)

    def _point_to(self, name: str, *, automatic: bool) -> bool:
        """Make a candidate's pointer the one in use, if its embeddings are complete."""
        now, slot = read_pointer(self.folder), self._slot(name)
        pointer, n_samples = slot.pointer(), EmbeddingCache(self.folder).n_samples
        if pointer.current is None or slot.n_samples < n_samples:
            return False
        taken = replace(
            pointer,
            current=replace(pointer.current, choice=self._told(name)),
            waiting=None,
            automatic=automatic,
        )
        if taken != now:
            write_pointer(self.folder, taken)
        return True

    def _names(
        self, kind: Kind, raw: Sequence[Any], retrain: bool, *, soon: bool
    ) -> tuple[str, ...]:
        """Write down which candidates there are now; the one in use first."""
        names, former = self.names(kind, raw), self._read()
        assert self._found is not None
        if soon and self.in_use is None:
            names = (UNTRAINED, *names)
        judged = None if former is None or retrain or self.in_use is None else former.judged
        if judged is not None and set(names) != set(former.names if former else ()):
            judged = None  # a new one is compared soon
        others = tuple(name for name in names if name != UNTRAINED)
        why = self._found.why if others == self._found.names else "it was in use already"
        with self._alone():
            self._write(_Choice(names, why, self._found.missing, judged))
        return names

    def _prepare(self, name: str, prepare: Callable[[Floats, str], None]) -> None:
        version = self._slot(name).version
        assert version is not None
        prepare(self._rows(name), version)

    def _offer(self) -> None:
        """Let a trainer take what is complete, for which nobody may be encoding."""
        deadline = time.monotonic() + OFFERED_SECONDS
        while self.begins and time.monotonic() < deadline:
            time.sleep(OFFERED_SECONDS / 20)

    def _put_side_by_side(
        self, kind: Kind, raw: Sequence[Any], names: Sequence[str], seed: int
    ) -> None:
        """Embed by both at once, from the rows that they have made."""
        from dalt.learning.encoders.side_by_side import SideBySide, from_embeddings, scale_of

        first, second = sorted(names)
        slots, slot = (self._slot(first), self._slot(second)), self._slot(BOTH)
        missing = sorted({row for each in slots for row in each.unreadable})
        prints = [each.fingerprint for each in slots]
        former = self._parts(slot)
        if former == prints and slot.n_samples == len(raw) and list(slot.unreadable) == missing:
            return
        arrays = [self._rows(name) for name in (first, second)]
        both = slot.encoder() if former == prints else None
        if both is None:
            left, right = (each.encoder() for each in slots)
            assert left is not None
            assert right is not None
            both = SideBySide((left, right), (scale_of(arrays[0]), scale_of(arrays[1])))
        assert isinstance(both, SideBySide)
        embed = from_embeddings(both, arrays, missing)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnreadableSamples)
            slot.encode(kind, raw, seed=seed, encoder=both, embed=embed)

    def _parts(self, slot: EmbeddingCache) -> list[str] | None:
        """The fingerprints of the two encoders that were put side by side."""
        from dalt.learning.encoders.saving import read_settings

        fingerprint = slot.fingerprint
        if fingerprint is None:
            return None
        parts: list[str] = read_settings(self.folder / "encoders" / fingerprint)["parts"]
        return parts

    def _rows(self, name: str) -> Floats:
        embeddings = self._slot(name).embeddings()
        assert embeddings is not None
        return embeddings

    def _slot(self, name: str) -> EmbeddingCache:
        return EmbeddingCache(self.folder, file=f"candidate-{name}.json")

    def _told(self, name: str) -> str:
        """A candidate's name for people."""
        if name != BOTH:
            return name
        choice = self._read()
        return BOTH if choice is None else _PLUS.join(sorted({*choice.names} - {UNTRAINED}))

    def _alone(self) -> Any:
        return encoding_alone(self.folder)

    def _read(self) -> _Choice | None:
        path = self.folder / FILE
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            judged = said["judged"]
            return _Choice(
                tuple(said["names"]),
                said["why"],
                said["missing"],
                None if judged is None else Judged(**judged),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{path} is damaged ({error}). Remove that file and encode again; neither labels "
                "nor embeddings are in it."
            ) from error

    def _write(self, choice: _Choice) -> None:
        if choice != self._read():
            write_atomically(self.folder / FILE, json.dumps(asdict(choice), indent=1))


def _readable(slot: EmbeddingCache) -> Floats | None:
    """The embeddings of a candidate, if there are any: a damaged one does not hold others up."""
    try:
        return slot.embeddings()
    except BadInput:  # the next `encode` says it
        return None


def _of(name: str, progress: Progress) -> Progress:
    """Name the encoder of each step: steps of several encoders have the same names."""
    return lambda what, done, total: progress(step_of(name, what), done, total)


def _best_first(right: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(right.items(), key=lambda each: -each[1])


__all__ = ["BEST", "BOTH", "BestEncoder", "Candidates", "Judged", "Rival"]

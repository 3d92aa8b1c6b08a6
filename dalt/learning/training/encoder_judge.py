"""Judging the candidates for the encoder by the labels so far, a fit at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalt.core.errors import OF_OTHERS
from dalt.core.records import BadInput, LabelSet
from dalt.learning.encoders.best import BestEncoder, Judged, Rival
from dalt.learning.heads.contract import Head
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.tuned import N_FOLDS, Trying, likelihoods, right
from dalt.learning.training.standing import Seen

FEWEST = 20
"""Labels from which candidates are compared."""
OFTEN = 1.25
"""The next comparison comes with so many times the labels of the last."""
LARGEST = 3_000
"""Samples of a larger pool that take part: a fit takes some 40 ms then, and labels come between."""
MOST = 1_000
"""With more labels nothing changes any more."""
REPEATS, MANY = 4, 100
"""Cross-validations; with more than `MANY` labels one fewer each time that their number doubles."""
SURE = 2.0
"""Standard errors by which another has to be likelier.  The strategy asks what is hard for the
encoder in use, so chance alone would change it too often."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scores:
    """How each rival did on each label that was left out, averaged over the cross-validations.

    Attributes
    ----------
    right : mapping of str to ndarray of shape (n_predictable,), float64
        Of the labels whose class another label has.
    likelihood : mapping of str to ndarray of shape (n_predictable,), float64
        Logarithm of the probability of what is right.
    """

    right: Mapping[str, NDArray[np.float64]]
    likelihood: Mapping[str, NDArray[np.float64]]


def scored(
    rivals: Sequence[Rival], labels: LabelSet, head: Head, *, seed: int, folder: Path | None = None
) -> Generator[bool, None, Scores]:
    """Compare rivals by repeated cross-validation of a head, on the same parts.

    Parameters
    ----------
    rivals : sequence of Rival
    labels : LabelSet
    head : Head
    seed : int
        Of the parts.
    folder : Path, optional
        Keeps the neighbour graphs.

    Yields
    ------
    True
        After each fit, and before them for each rival's neighbour graph.

    Returns
    -------
    Scores
    """
    n_repeats = max(1, REPEATS - int(np.log2(max(len(labels.positions) / MANY, 1))))
    shape = (n_repeats, len(labels.positions))
    rights = {each.name: np.zeros(shape) for each in rivals}
    logs = {each.name: np.zeros(shape) for each in rivals}
    trying = {}
    for each in rivals:
        pool = Pool(each.embeddings, folder, each.version)
        trying[each.name] = Trying(pool, labels, seed, largest=LARGEST)
        trying[each.name].pool.prepare()
        yield True
    for part in range(n_repeats * N_FOLDS):
        for name, one in trying.items():
            found, out = one.held_out(head, part)
            targets = labels.targets[out]
            rights[name][part // N_FOLDS, out] = right(found, targets, labels.multi)
            logs[name][part // N_FOLDS, out] = likelihoods(found, targets, labels.multi)
            yield True
    tells = _predictable(labels)
    return Scores(
        {name: each.mean(axis=0)[tells] for name, each in rights.items()},
        {name: each.mean(axis=0)[tells] for name, each in logs.items()},
    )


def better(scores: Scores, in_use: str) -> str:
    """Name the rival to use; the one in use stays unless another is clearly likelier.

    Examples
    --------
    >>> logs = {"a": np.array([-1.0, -1.2] * 20), "b": np.array([-0.1, -0.3] * 20)}
    >>> better(Scores(logs, logs), "a"), better(Scores(logs, logs), "b")
    ('b', 'b')
    """
    now = scores.likelihood[in_use]
    best, most = in_use, 0.0
    for name, found in scores.likelihood.items():
        gains = found - now
        middle = float(gains.mean())
        doubt = float(gains.std()) / len(gains) ** 0.5
        if middle - SURE * doubt > most:
            best, most = name, middle - SURE * doubt
    return best


class EncoderJudge:
    """Compares the candidates when there are enough new labels, and takes the best.

    Parameters
    ----------
    folder : Path
        Of the embeddings.
    seed : int
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._best = BestEncoder(folder)
        self._seed = seed
        self._work: Generator[bool, None, None] | None = None
        self._beginning: Seen | None = None
        self._tried = 0
        """Labels of the last comparison of this process, whatever came of it."""
        self._compared: tuple[str, ...] = ()
        """The candidates that were complete at the last comparison of this process."""
        self._told = ""
        self.looked_at: Seen | None = None
        """What was learned when all comparisons that were due had been made."""

    def work(self, seen: Seen, labels: Callable[[], LabelSet] | None, head: Head) -> bool:
        """Do one piece of what is due, and return whether more is left.

        Parameters
        ----------
        seen : Seen
            What was learned.
        labels : callable or None
            Returns the labels to compare on; None if the encoder in use is to stay.
        head : Head
            Learns from them.
        """
        if self._work is None:
            if seen == self.looked_at and not self._can_begin_in_earnest():
                return False
            self._beginning = seen
            if labels is None:
                self._end()
                return False
            self._work = self._compare(labels, head)
        try:
            return next(self._work)
        except StopIteration:
            self._end()
            return False
        except OF_OTHERS as error:  # labeling goes on with the encoder in use
            self._tell(error)
            self._end()
            return False

    def _tell(self, error: BaseException) -> None:
        """Log what kept from comparing, once: it may be the same after each label."""
        if str(error) != self._told:
            known = isinstance(error, BadInput)  # its sentence says all
            _log.warning(
                "the encoders could not be compared: %s", error, exc_info=None if known else error
            )
        self._told = str(error)

    def _end(self) -> None:
        self._work, self.looked_at = None, self._beginning

    def _can_begin_in_earnest(self) -> bool:
        """Whether a candidate is complete that may take the place of the closed form alone."""
        if not self._best.begins:
            return False
        names = tuple(each.name for each in self._best.rivals())
        return len(names) > 1 and names != self._compared

    def _compare(self, labels: Callable[[], LabelSet], head: Head) -> Generator[bool, None, None]:
        """Yields whether to go on at once."""
        best = self._best
        in_use = best.in_use
        if in_use is None:
            return
        judged = best.judged()
        if judged is not None and judged.best != in_use:  # a process died before it took it
            best.take(judged.best)
        first = best.begins
        due = FEWEST if first and self._can_begin_in_earnest() else self._due_at(judged)
        if due > MOST or not best.has_rivals:
            return
        found = labels()
        n_labels = len(found.positions)
        too_few = n_labels < due or not _tells(found)
        if too_few and not first:
            return
        rivals = best.rivals()
        if len(rivals) < 2:
            return
        # A trained one is better as a rule: it takes the place unless labels say otherwise.
        held = rivals[1].name if first else in_use
        self._compared = tuple(each.name for each in rivals)
        if too_few:
            yield from self._take(held)
            return
        self._tried = n_labels
        scores = yield from scored(rivals, found, head, seed=self._seed, folder=best.folder)
        winner = better(scores, held)
        right = {name: round(float(each.mean()), 4) for name, each in scores.right.items()}
        logs = {name: round(float(each.mean()), 4) for name, each in scores.likelihood.items()}
        yield from self._take(winner, Judged(n_labels, winner, right, logs))

    def _take(self, name: str, judged: Judged | None = None) -> Generator[bool, None, None]:
        """Use a candidate, as soon as nobody encodes; yields whether to go on at once."""
        while True:
            try:
                if judged is not None:
                    self._best.record(judged)
                self._best.take(name)
                return
            except BadInput:  # somebody encodes at this moment
                yield False

    def _due_at(self, judged: Judged | None) -> float:
        """Labels from which the next comparison is due."""
        last = max(self._tried, 0 if judged is None else judged.n_labels)
        return max(FEWEST, OFTEN * last)


def _predictable(labels: LabelSet) -> NDArray[np.bool_]:
    """Which labels others can predict: no other may have the class of a left-out one."""
    if labels.multi:
        return np.ones(len(labels.positions), bool)
    often = np.count_nonzero(labels.targets, axis=0) >= 2
    return np.asarray((labels.targets * often).sum(axis=1) > 0.5)


def _tells(labels: LabelSet) -> bool:
    """Whether enough labels can be left out."""
    return int(_predictable(labels).sum()) >= FEWEST // 2

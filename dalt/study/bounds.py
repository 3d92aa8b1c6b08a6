"""Exact bounds on how many of a finite pool are wrong, from uniform draws without replacement.

`most_wrong_once` is for one look after a number of draws that was fixed before.  `ErrorBound` may
be looked at after every draw, and acted on at any moment: the probability that it is *ever* too
low is at most `alpha`, however the moment to stop is chosen.

References
----------
Clopper and Pearson, The use of confidence or fiducial limits, 1934 (here for a finite pool).
Waudby-Smith and Ramdas, Confidence sequences for sampling without replacement, NeurIPS 2020
(section 2: the ratio of prior and posterior of a hypergeometric draw is a martingale).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

_SLACK = 1e-9
"""Tolerance of sums of logarithms: in doubt a number of wrong samples stays possible."""


def most_wrong_once(n_wrong: int, n_drawn: int, n_all: int, alpha: float) -> int:
    """Bound the wrong samples of a pool from one look (Clopper and Pearson, finite pool).

    Parameters
    ----------
    n_wrong, n_drawn, n_all : int
        Wrong ones among those drawn, how many were drawn (fixed before), and the size of the pool.
    alpha : float in (0, 1)
        How often the bound may be too low.

    Returns
    -------
    int
        The largest number of wrong samples in the pool, drawn ones included, under which so few
        wrong draws have a chance above `alpha`.

    Raises
    ------
    ValueError
        If the counts contradict each other, or `alpha` is not in (0, 1).

    Examples
    --------
    >>> most_wrong_once(0, 59, 1_000_000, 0.05)  # the rule of 59: below 5 %
    49506
    >>> most_wrong_once(0, 10, 10, 0.05)
    0
    """
    _check(n_wrong, n_drawn, n_all, alpha)

    def is_possible(wrong: int) -> bool:
        tail = (hypergeometric(x, n_drawn, wrong, n_all) for x in range(n_wrong + 1))
        return sum(map(math.exp, tail)) > alpha * (1 - _SLACK)

    return _last(is_possible, n_wrong, n_all - n_drawn + n_wrong)


def hypergeometric(n_wrong: int, n_drawn: int, all_wrong: int, n_all: int) -> float:
    """The logarithm of the chance of `n_wrong` wrong ones among `n_drawn` drawn ones.

    Examples
    --------
    >>> round(math.exp(hypergeometric(1, 2, 1, 4)), 12)
    0.5
    """
    right = n_all - all_wrong
    if not (0 <= n_wrong <= all_wrong and 0 <= n_drawn - n_wrong <= right):
        return -math.inf
    return _choose(all_wrong, n_wrong) + _choose(right, n_drawn - n_wrong) - _choose(n_all, n_drawn)


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior of the share of wrong samples before the first draw: a Beta distribution.

    The bound holds for any prior; a prior near the truth makes it tight sooner.

    Attributes
    ----------
    wrong, right : float
        The parameters of the distribution, both positive; its mean is wrong / (wrong + right).
    """

    wrong: float
    right: float

    @classmethod
    def of_model(cls, max_error: float) -> Prior:
        """A prior for models that are worth an audit: well below `max_error` in (0, 1)."""
        mean = _BELIEVED * max_error
        return cls(1.0, (1 - mean) / mean)

    def chance(self, n_wrong: int, n_drawn: int) -> float:
        """The logarithm of the chance of `n_wrong` among `n_drawn`, over all shares."""
        return (
            _choose(n_drawn, n_wrong)
            + _beta(self.wrong + n_wrong, self.right + n_drawn - n_wrong)
            - _beta(self.wrong, self.right)
        )


_BELIEVED = 0.06
"""The prior's mean error, as a share of the promised one.  A smaller one needs fewer draws where
none is wrong, and more where several are; of those that were tried, this one leaves people about
the least work on digits, news texts and clothes."""


@dataclass(frozen=True, slots=True)
class ErrorBound:
    """A bound on the wrong samples of a pool that may be looked at after every draw.

    A number of wrong samples is ruled out once the draws are `1 / alpha` times likelier under the
    prior than under that number.  For the true number this ratio is a martingale that begins at 1,
    so by Ville's inequality it is ever ruled out with a chance of at most `alpha`.

    Attributes
    ----------
    n_all : int
        Size of the pool.
    alpha : float in (0, 1)
        How often the bound may ever be too low.
    prior : Prior
        Fixed before the first draw.

    Raises
    ------
    ValueError
        If `alpha` is not in (0, 1) or the pool is empty.

    Examples
    --------
    >>> bound = ErrorBound(1_000, 0.05, Prior.of_model(0.02))
    >>> bound.most_wrong(0, 0), bound.most_wrong(0, 300), bound.most_wrong(2, 1_000)
    (1000, 9, 2)
    """

    n_all: int
    alpha: float
    prior: Prior

    def __post_init__(self) -> None:
        _check(0, 0, self.n_all, self.alpha)
        if self.n_all < 1:
            raise ValueError("a pool without samples has no error")

    def most_wrong(self, n_wrong: int, n_drawn: int) -> int:
        """The largest number of wrong samples in the pool, drawn ones included, not ruled out.

        Parameters
        ----------
        n_wrong, n_drawn : int
            Wrong ones among the first `n_drawn` of a uniformly random order of the pool.
        """
        _check(n_wrong, n_drawn, self.n_all, self.alpha)
        limit = math.log(self.alpha) + self.prior.chance(n_wrong, n_drawn) - _SLACK

        def is_possible(wrong: int) -> bool:
            return hypergeometric(n_wrong, n_drawn, wrong, self.n_all) > limit

        # The chance rises up to its mode and falls after it, and at the mode it is above the
        # prior's: that is a mean over all numbers of wrong samples.
        mode = min(n_wrong * (self.n_all + 1) // max(n_drawn, 1), self.n_all - n_drawn + n_wrong)
        return _last(is_possible, max(mode, n_wrong), self.n_all - n_drawn + n_wrong)


@dataclass(frozen=True, slots=True)
class Draws:
    """What was drawn of a pool so far.

    Attributes
    ----------
    n_drawn : int
        The first ones of the random order.
    n_wrong : int
        Those on which model and person differ.
    n_doubtful : int
        Those without a usable answer (skipped, or answered elsewhere): the bound takes them for
        wrong, and the model does not label them.
    n_elsewhere : int
        Samples behind the first ones that have an answer all the same: the model does not
        label them either.
    """

    n_drawn: int = 0
    n_wrong: int = 0
    n_doubtful: int = 0
    n_elsewhere: int = 0

    def and_right(self, n: int) -> Draws:
        """The same after `n` more draws that are all right."""
        return replace(self, n_drawn=self.n_drawn + n)


@dataclass(frozen=True, slots=True)
class Promise:
    """The promise that at most a given share of a model's labels is wrong, and when it holds.

    The share is of the samples that the model labels in the end: those that were not drawn.

    Attributes
    ----------
    bound : ErrorBound
    max_error : float in [0, 1)

    Examples
    --------
    >>> promise = Promise(ErrorBound(1_700, 0.05, Prior.of_model(0.02)), 0.02)
    >>> least = promise.least(Draws())
    >>> promise.holds(Draws(least)), promise.holds(Draws(least - 1))
    (True, False)
    """

    bound: ErrorBound
    max_error: float

    def left_wrong(self, draws: Draws) -> int:
        """A bound on the number of wrong samples among those that the model labels."""
        taken_for_wrong = draws.n_wrong + draws.n_doubtful
        return self.bound.most_wrong(taken_for_wrong, draws.n_drawn) - draws.n_wrong

    def n_labelled(self, draws: Draws) -> int:
        """How many samples the model labels: all but those drawn and those answered elsewhere."""
        return self.bound.n_all - draws.n_drawn - draws.n_elsewhere

    def error(self, draws: Draws) -> float:
        """The bound on the share of errors among the samples that the model labels, at most 1."""
        n = self.n_labelled(draws)
        return min(self.left_wrong(draws) / n, 1.0) if n > 0 else 0.0

    def holds(self, draws: Draws) -> bool:
        """Whether the promise holds; a model that labels nothing promises nothing."""
        n = self.n_labelled(draws)
        return n > 0 and self.left_wrong(draws) <= self.max_error * n * (1 + _SLACK)

    def least(self, draws: Draws) -> int | None:
        """How many more draws are needed if the model is right in all of them; None if no number.

        None means that people would have to check every sample.
        """
        return first_number(lambda n: self.holds(draws.and_right(n)), self.n_labelled(draws) - 1)

    def expected(self, draws: Draws, share: float | None = None) -> int | None:
        """How many more draws are needed if the model goes on being wrong as often as it seems.

        Parameters
        ----------
        draws : Draws
        share : float, optional
            How often the model is wrong; by default as the draws and the prior say.

        Returns
        -------
        int or None
            None if no number would do.
        """
        prior = self.bound.prior
        wrong = draws.n_wrong + draws.n_doubtful
        if share is None:
            share = (wrong + prior.wrong) / (draws.n_drawn + prior.wrong + prior.right)

        def all_needed(more: int) -> int | None:
            """Draws until the promise holds, with so many more wrong ones among them."""
            found = replace(draws, n_drawn=draws.n_drawn + more, n_wrong=draws.n_wrong + more)
            least = self.least(found)
            return None if least is None else least + more

        def suffices(more: int) -> bool:
            needed = all_needed(more)
            return needed is None or needed * share < more + 1

        # A further wrong one costs fewer draws than the one before it, so what suffices once
        # suffices from there on, until no number of draws would do.
        first = first_number(suffices, self.n_labelled(draws) - 1)
        return None if first is None else all_needed(first)


def _check(n_wrong: int, n_drawn: int, n_all: int, alpha: float) -> None:
    if not 0 <= n_wrong <= n_drawn <= n_all:
        raise ValueError(f"{n_wrong} wrong of {n_drawn} drawn of {n_all} cannot be")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha={alpha} is not between 0 and 1")


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The last number of a range for which something holds that holds at `low` and then ends."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def first_number(holds: Callable[[int], bool], most: int) -> int | None:
    """A number up to `most` for which something holds, and does not for the one before; or None.

    It looks at 0, 1, 2, 4 … and between the last two.

    Examples
    --------
    >>> first_number(lambda n: n * n > 50, 100), first_number(lambda n: n > 5, 3)
    (8, None)
    """
    if most < 0:
        return None
    if holds(0):
        return 0
    low, high = 0, 1
    while not holds(min(high, most)):
        if high >= most:
            return None
        low, high = high, high * 2
    high = min(high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high

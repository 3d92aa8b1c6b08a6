"""The plan of a randomised study: everything that is decided before its first label."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dalt.core.arguments import NAME, WHOLE, takes
from dalt.core.errors import shown
from dalt.core.records import Arm, BadInput

ASSUMED_SD = 0.6
"""Standard deviation of the logarithm of one person's seconds for a label, where too few were
measured: an assumption, which the registration names as one."""
MEASURED_FROM = 30
"""Number of timed labels needed to measure the standard deviation."""
ALPHA = 0.05
MARGIN = 0.05
"""An accuracy that is lower by less than this counts as unchanged; the owner may set another."""
LARGEST_MARGIN = 0.5
LARGEST = 2.0
"""Largest standardised effect that a study plans for, so it always has a handful of pairs."""
BLOCK = 4
"""Samples of a block, by default."""
PAGE = 12
"""Samples of a block where some blocks are pages to verify, by default."""
LONGEST_BLOCK = 20
"""Samples of a block: with many conditions, all of its group are leased at once."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What the plan says of an annotator's n-th sample.

    Attributes
    ----------
    condition : Arm
        How suggestions are shown.
    arm : Arm or None
        The condition, if the sample counts; None in the warm-up, and outside of the share.
    """

    condition: Arm
    arm: Arm | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """How a study assigns samples, and how large it should be.

    Each annotator goes through groups of blocks.  A block is `block` samples in one condition, and
    a group has one block of each condition.  The seed shuffles the order for each annotator, and
    every second group reverses the order of the one before it, so that learning and tiredness
    favour no condition.

    Attributes
    ----------
    conditions : tuple of Arm
    share : float in (0, 1]
        Share of an annotator's groups that take part; the others are labelled as usual.
    block : int
        Number of samples in a row with the same condition.
    warm_up : int
        Samples of each annotator that do not count, at the beginning.  They go through all
        conditions, too.
    gold_share : float in [0, 1]
        How often a gold sample is asked.
    wrong_share : float in [0, 1]
        Share of the suggestions for such samples that are wrong on purpose.
    seed : int
    power : float in [0.5, 0.99]
        Chance to find `smallest_effect`, if there is such an effect.
    smallest_effect : float in [0.01, 0.9]
        Smallest share of the time that is worth knowing, 0.1 for a tenth.
    margin : float in (0, 0.5]
        An accuracy that is lower by less than this counts as unchanged.
    sd : float
        Standard deviation of the logarithm of the seconds for a label, within a person.
    sd_is_measured : bool
        Whether it comes from the project's own labels; otherwise it is `ASSUMED_SD`.
    """

    conditions: tuple[Arm, ...]
    share: float = 1.0
    block: int = BLOCK
    warm_up: int = 8
    gold_share: float = 0.1
    wrong_share: float = 0.0
    seed: int = 0
    power: float = 0.8
    smallest_effect: float = 0.1
    margin: float = MARGIN
    sd: float = ASSUMED_SD
    sd_is_measured: bool = False

    def __post_init__(self) -> None:
        _check_range("share", self.share, low=0, high=1, open_low=True)
        _check_range("gold_share", self.gold_share, low=0, high=1)
        _check_range("wrong_share", self.wrong_share, low=0, high=1)
        _check_range("power", self.power, low=0.5, high=0.99)
        _check_range("smallest_effect", self.smallest_effect, low=0.01, high=0.9)
        _check_range("margin", self.margin, low=0, high=LARGEST_MARGIN, open_low=True)
        for name in ("share", "gold_share", "wrong_share", "power", "smallest_effect", "margin"):
            object.__setattr__(self, name, float(getattr(self, name)))  # as JSON has numbers
        if not 1 <= self.block <= LONGEST_BLOCK:
            raise BadInput(
                f"block={shown(self.block)}: a block has 1 to {LONGEST_BLOCK} samples in a row."
            )
        if self.warm_up < 0:
            raise BadInput(f"warm_up={shown(self.warm_up)}: it is a number of samples from 0 on.")
        if self.seed < 0:
            raise BadInput(f"seed={shown(self.seed)}: it is a whole number from 0 on.")
        if self.wrong_share and not self.gold_share:
            raise BadInput(
                "wrong_share= is a share of the gold samples, whose answers are known: give a "
                "gold_share= above 0, too."
            )
        if self.wrong_share and set(self.conditions) == {"none"}:
            raise BadInput("wrong_share= needs a condition that shows suggestions.")

        if self.wrong_share and self.by_page:
            raise BadInput(
                "wrong_share= is not for studies with the condition 'verify': all samples of a "
                "page have one suggestion; leave it out, since some are wrong by themselves."
            )

    # --- who gets what --------------------------------------------------------------------

    @property
    def by_page(self) -> bool:
        """Whether some blocks are pages to verify: then pages have to be able to take all."""
        return "verify" in self.conditions

    @property
    def group(self) -> int:
        """How many samples a group has: a block of each condition."""
        return self.block * len(self.conditions)

    @property
    def n_warm_up(self) -> int:
        """`warm_up`, up to the end of a group."""
        return -(-self.warm_up // self.group) * self.group

    @takes(annotator=NAME, n=WHOLE)
    def assignment(self, annotator: str, n: int) -> Slot:
        """What an annotator's n-th sample gets, counted from 0.

        Raises
        ------
        BadInput
            If `n` is negative or not a whole number, or `annotator` is not a name.

        Examples
        --------
        >>> plan = StudyPlan(conditions=("suggestions", "none"), block=2, warm_up=0, seed=1)
        >>> [plan.assignment("ana", n).arm for n in range(8)]
        ['none', 'none', 'suggestions', 'suggestions', 'suggestions', 'suggestions', 'none', 'none']
        """
        if n < 0:
            raise BadInput(f"n={shown(n)}: samples are counted from 0.")
        group, place = divmod(n, self.group)
        condition = self._order(annotator, group)[place // self.block]
        if n < self.n_warm_up:
            return Slot(condition, None)
        if not self._takes_part(annotator, group):
            return Slot("suggestions", None)
        return Slot(condition, condition)

    def slots(self, annotator: str, group: int) -> list[Arm]:
        """The conditions of a group's samples, in the order of the screen."""
        return [each for each in self._order(annotator, group) for _ in range(self.block)]

    def _order(self, annotator: str, group: int) -> list[Arm]:
        order = list(self.conditions)
        self.random(annotator, "order", group // 2).shuffle(order)
        return order[::-1] if group % 2 else order

    def _takes_part(self, annotator: str, group: int) -> bool:
        return self.share >= 1 or self.random(annotator, "share", group).random() < self.share

    def random(self, annotator: str, what: str, number: int) -> random.Random:
        """The random numbers of one decision, the same at every call."""
        return random.Random(f"study:{self.seed}:{annotator}:{what}:{number}")

    # --- how large ------------------------------------------------------------------------

    @property
    def n_pairs(self) -> int:
        """Pairs of labels, one of either condition and of the same annotator, that are needed.

        From the power of a paired t-test on the logarithm of seconds (two-sided, alpha 0.05).  A
        saving of `smallest_effect` is a difference of ``-log(1 - smallest_effect)``, and the
        difference of two labels has the standard deviation ``sqrt(2) * sd``.
        """
        from statsmodels.stats.power import TTestPower  # takes a second, and only owners need it

        effect = -math.log1p(-self.smallest_effect) / (math.sqrt(2) * self.sd)
        n = TTestPower().solve_power(
            effect_size=min(effect, LARGEST), power=self.power, alpha=ALPHA, alternative="two-sided"
        )
        return max(2, math.ceil(float(np.squeeze(n))))

    @property
    def n_labels(self) -> int:
        """Labels that the study needs in all, of all annotators, beside their warm-ups."""
        return self.n_pairs * len(self.conditions)

    # --- as JSON --------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """All fields, as JSON has them."""
        return asdict(self) | {"conditions": list(self.conditions)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> StudyPlan:
        """The plan of `to_json`."""
        return cls(**{**said, "conditions": tuple(said["conditions"])})


def measured_sd(seconds: Mapping[str, Sequence[float]]) -> float | None:
    """The standard deviation of the logarithm of seconds within annotators, pooled.

    Parameters
    ----------
    seconds : mapping of str to sequence of float
        Positive times of labels, by annotator.

    Returns
    -------
    float or None
        None with fewer than `MEASURED_FROM` times, or if they do not differ.

    Examples
    --------
    >>> measured_sd({"ana": [1.0, 2.0] * 20, "ben": [10.0, 20.0] * 20})
    0.35098...
    """
    logs = [np.log(each) for each in map(np.asarray, seconds.values()) if len(each) > 1]
    n = sum(map(len, logs))
    if n < MEASURED_FROM:
        return None
    squares = sum(float(((each - each.mean()) ** 2).sum()) for each in logs)
    sd = math.sqrt(squares / (n - len(logs)))
    return sd if sd > 1e-6 else None


def _check_range(
    name: str, value: float, *, low: float, high: float, open_low: bool = False
) -> None:
    if not (value > low if open_low else value >= low) or value > high:
        least = f"above {low:g} and at most" if open_low else f"from {low:g} to"
        raise BadInput(f"{name}={shown(value)}: it is a share {least} {high:g}.")

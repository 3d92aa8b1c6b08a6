"""Simulated annotators under each condition, over several seeds, and the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from dalt.core.records import ClassSpec, Progress
from dalt.study.simulation.conditions import CONDITIONS, UNASSISTED, PoolCopy, Terms
from dalt.study.simulation.costs import Tally
from dalt.study.simulation.people import Habits, Person

CONFIDENCE = 0.95
Copies = Callable[[int], AbstractContextManager[PoolCopy]]
"""Makes a copy of the pool for a seed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated annotator who has labelled the whole pool under one condition."""

    condition: str
    seed: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over seeds with its interval at 95 %; NaN where there are too few.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a condition takes.

    Attributes
    ----------
    condition : str
    hours : Mean
        Hours of a person to label the pool.
    actions : Mean
        Keys and clicks for each label.
    accuracy : Mean
        Share of labels that are true.
    of_unassisted : Mean
        The time as a share of the same person's time without suggestions.
    by_page : float
        Share of labels that were given by the page.
    by_model : float
        Share of labels that a certified model gave.
    seeds : int
        How many simulated people.
    """

    condition: str
    hours: Mean
    actions: Mean
    accuracy: Mean
    of_unassisted: Mean
    by_page: float
    by_model: float
    seeds: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is simulated.

    Attributes
    ----------
    truth : mapping of str to str
        The class of each sample, by its id.
    classes : sequence of ClassSpec
    conditions : sequence of str
        Of `CONDITIONS`.
    seeds : sequence of int
    habits : Habits
    terms : Terms
    """

    truth: Mapping[str, str]
    classes: Sequence[ClassSpec]
    conditions: Sequence[str]
    seeds: Sequence[int]
    habits: Habits
    terms: Terms

    @property
    def n_runs(self) -> int:
        """How many times the pool is labelled."""
        return len(self.seeds) * len(self.conditions)

    def runs(self, copies: Copies, report: Progress) -> Iterator[Run]:
        """Yield each run when it is complete, all conditions of one seed after another.

        Parameters
        ----------
        copies : callable
            Makes a copy of the pool, a new one for each run.
        report : callable
        """
        n, done = len(self.truth), 0
        total = n * self.n_runs
        for seed in self.seeds:
            person = Person(self.truth, self.classes, self.habits, seed)
            for name in self.conditions:
                before = done
                what = f"Labeling with {name}, seed {seed}"

                def watch(labels: int, before: int = before, what: str = what) -> None:
                    report(what, before + labels, total)

                report(what, done, total)
                with copies(seed) as copy:
                    tally = CONDITIONS[name](copy, person, self.terms, watch)
                done += n
                report(what, done, total)
                yield Run(name, seed, tally)


def summaries(runs: Sequence[Run]) -> list[Summary]:
    """Summarise runs by condition, in the order in which they come.

    Examples
    --------
    >>> def run(condition, seed, seconds):
    ...     tally = Tally(actions=10, labels=10, right=9)
    ...     tally.spent["choosing"] = seconds
    ...     return Run(condition, seed, tally)
    >>> none = [run("none", seed, 3600.0) for seed in (0, 1)]
    >>> pages = [run("verify", 0, 1000.0), run("verify", 1, 1160.0)]
    >>> [(each.condition, round(each.of_unassisted.value, 3)) for each in summaries(none + pages)]
    [('none', 1.0), ('verify', 0.3)]
    """
    unassisted = {run.seed: run.tally.seconds for run in runs if run.condition == UNASSISTED}
    return [
        _summary(name, [run for run in runs if run.condition == name], unassisted)
        for name in dict.fromkeys(run.condition for run in runs)
    ]


def _summary(name: str, runs: Sequence[Run], unassisted: Mapping[int, float]) -> Summary:
    tallies = [run.tally for run in runs]
    pairs = [
        run.tally.seconds / unassisted[run.seed] for run in runs if unassisted.get(run.seed, 0.0)
    ]
    return Summary(
        condition=name,
        hours=mean_of([each.seconds / 3_600 for each in tallies]),
        actions=mean_of([each.actions / each.labels for each in tallies]),
        accuracy=mean_of([each.right / each.labels for each in tallies], 0.0, 1.0),
        of_unassisted=mean_of(pairs),
        by_page=float(np.mean([each.by_page / each.labels for each in tallies])),
        by_model=float(np.mean([each.by_model / each.labels for each in tallies])),
        seeds=len(runs),
    )


def mean_of(values: Sequence[float], lowest: float = 0.0, highest: float = np.inf) -> Mean:
    """Return the mean of values with its interval by Student's t.

    Parameters
    ----------
    values : sequence of float
    lowest, highest : float
        Limits of a value; the interval ends there.

    Examples
    --------
    >>> mean_of([1.0, 2.0, 3.0])
    Mean(value=2.0, low=0.0, high=4.484...)
    >>> mean_of([1.0])
    Mean(value=1.0, low=nan, high=nan)
    """
    if len(values) < 2:
        return Mean(values[0] if values else np.nan, np.nan, np.nan)
    from scipy.stats import t

    mean = float(np.mean(values))
    error = float(np.std(values, ddof=1)) / np.sqrt(len(values))
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * error
    return Mean(mean, float(max(mean - half, lowest)), float(min(mean + half, highest)))

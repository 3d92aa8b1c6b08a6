"""The built-in search: Optuna's tree-structured Parzen estimator with Hyperband.

It tries settings on one part of a cross-validation after the other; Hyperband drops those that
do worse than others did on as many parts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol

from dalt.core.records import EngineName, Floats, LabelSet, Progress, Trial, TunedHead, TuningFailed
from dalt.learning.tuning.spaces import DEFAULT, PLAIN, Suggests, head_recipe

N_PARTS = 5
LIKELIHOOD_COUNTS = 0.01
"""Of two equally accurate settings, the more confident one counts more."""
_log = logging.getLogger(__name__)

Evaluate = Callable[[Any, int], tuple[float, float]]
"""Returns score and likelihood of a recipe on a part of the cross-validation."""


class Bench(Protocol):
    """Where parts are computed: here, or on the workers of a cluster."""

    @property
    def slots(self) -> int:
        """Number of parts at once."""

    def submit(self, recipe: Any, part: int) -> Any:
        """Start; the future gives score and likelihood."""

    def first(self, running: Sequence[Any], timeout: float) -> list[Any]:
        """Finished futures, after at least one is done or the seconds are over."""

    def close(self) -> None:
        """Cancel running work."""


class Here:
    """Computes parts in this thread, immediately.

    Parameters
    ----------
    evaluate : callable
    """

    slots = 1

    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate

    def submit(self, recipe: Any, part: int) -> Future[tuple[float, float]]:
        """Compute before returning."""
        done: Future[tuple[float, float]] = Future()
        try:
            done.set_result(self._evaluate(recipe, part))
        except Exception as error:  # the future reports it
            done.set_exception(error)
        return done

    def first(self, running: Sequence[Any], timeout: float) -> list[Any]:
        """All of them."""
        return list(running)

    def close(self) -> None:
        """Nothing is running."""


@dataclass
class Run:
    """A running trial."""

    trial: Any
    recipe: Any
    began: float
    scores: list[float] = field(default_factory=list)
    goals: list[float] = field(default_factory=list)


class OptunaTuner:
    """Searches with Optuna, in this process or over a cluster.

    Parameters
    ----------
    bench : Bench
        Computes how well a recipe does.
    incumbent : mapping, optional
        Settings of the head in use, if an earlier search of this engine found them; they are
        tried first.
    seed : int
    stopping : callable
        Called between the parts; True ends the search, which keeps what it found.
    recipe : callable
        Makes a recipe from the suggestions of a trial.
    starts : sequence of mapping
        Settings to try before any others.
    n_parts : int
        Number of parts of a complete trial.
    """

    name: EngineName = "builtin"

    def __init__(
        self,
        bench: Bench,
        *,
        incumbent: Mapping[str, Any] | None = None,
        seed: int = 0,
        stopping: Callable[[], bool] = lambda: False,
        recipe: Callable[[Suggests], Any] = head_recipe,
        starts: Sequence[Mapping[str, Any]] = (DEFAULT, PLAIN),
        n_parts: int = N_PARTS,
    ) -> None:
        self._bench = bench
        self._starts = [*([] if incumbent is None else [incumbent]), *starts]
        self._seed = seed
        self._stopping = stopping
        self._recipe = recipe
        self._n_parts = n_parts

    def search(
        self, embeddings: Floats, labels: LabelSet, budget_s: float, progress: Progress
    ) -> TunedHead:
        """Search; see `dalt.learning.tuning.contract.Tuner`.  The labels are those of the bench."""
        began = time.monotonic()
        found = self.explore(budget_s, progress)
        best = found.best()
        return TunedHead(
            engine=self.name,
            versions={"optuna": version("optuna")},
            recipe=best.recipe,
            settings=dict(best.trial.params),
            score=mean(best.scores),
            trials=tuple(found.trials),
            seconds=time.monotonic() - began,
            stopped=found.stopped,
        )

    def explore(self, budget_s: float, progress: Progress) -> Search:
        """Try settings until the time is over.

        Raises
        ------
        TuningFailed
            If no setting could be tried completely.
        """
        search = Search(self._bench, self._recipe, self._study(), self._n_parts)
        deadline = time.monotonic() + budget_s
        try:
            search.run(deadline, budget_s, self._stopping, progress)
        except KeyboardInterrupt:
            search.stopped = True
        finally:
            self._bench.close()
        search.give_up_rest()
        search.best()
        return search

    def _study(self) -> Any:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(
                seed=self._seed, n_startup_trials=8, constant_liar=self._bench.slots > 1
            ),
            pruner=optuna.pruners.HyperbandPruner(
                min_resource=1, max_resource=self._n_parts, reduction_factor=3
            ),
        )
        for settings in self._starts:
            study.enqueue_trial(dict(settings), skip_if_exists=True)
        return study


class Search:
    """One running search."""

    def __init__(
        self, bench: Bench, recipe: Callable[[Suggests], Any], study: Any, n_parts: int
    ) -> None:
        self._bench = bench
        self._recipe = recipe
        self.study = study
        self._n_parts = n_parts
        self._running: dict[Any, Run] = {}
        self._complete: list[Run] = []
        self.trials: list[Trial] = []
        self.stopped = False
        self._trouble = ""

    def run(
        self,
        deadline: float,
        budget_s: float,
        stopping: Callable[[], bool],
        progress: Progress,
    ) -> None:
        """Try one setting after the other, or as many at once as the bench has slots."""
        while True:
            left = deadline - time.monotonic()
            done = int(min(budget_s - max(left, 0), budget_s))
            progress(self._what(), done, max(int(budget_s), 1))
            if stopping():
                self.stopped = True
                return
            if left <= 0:
                return
            while len(self._running) < self._bench.slots:
                self._begin()
            for future in self._bench.first(list(self._running), min(left, 1.0)):
                self._take(future, self._running.pop(future), deadline)

    def best(self) -> Run:
        """The best complete trial."""
        if not self._complete:
            reason = self._trouble or "the time was over before the first setting was tried"
            raise TuningFailed(f"The search found nothing ({reason}); allow it more seconds.")
        return max(self._complete, key=lambda run: mean(run.goals))

    def give_up_rest(self) -> None:
        """Record unfinished trials as ended."""
        for run in self._running.values():
            self._tell(run, "pruned")
        self._running.clear()

    def _what(self) -> str:
        if not self._complete:
            return "Searching"
        scores = [mean(run.scores) for run in self._complete]
        return f"Searching: {len(self.trials)} tried, best {max(scores):.1%}"

    def _begin(self) -> None:
        trial = self.study.ask()
        run = Run(trial, self._recipe(trial), time.monotonic())
        self._running[self._bench.submit(run.recipe, 0)] = run

    def _take(self, future: Any, run: Run, deadline: float) -> None:
        try:
            score, likelihood = future.result()
        except Exception as error:
            over = time.monotonic() >= deadline  # then the deadline interrupted it
            self._trouble = self._trouble or ("" if over else f"{type(error).__name__}: {error}")
            _log.info("a setting could not be tried", exc_info=error)
            self._tell(run, "pruned" if over else "failed")
            return
        run.scores.append(score)
        run.goals.append(score + LIKELIHOOD_COUNTS * max(likelihood, -5.0))
        run.trial.report(mean(run.goals), len(run.goals))
        if len(run.scores) == self._n_parts:
            self._complete.append(run)
            self._tell(run, "complete")
        elif run.trial.should_prune():
            self._tell(run, "pruned")
        else:
            self._running[self._bench.submit(run.recipe, len(run.scores))] = run

    def _tell(self, run: Run, state: Any) -> None:
        import optuna

        if state == "complete":
            self.study.tell(run.trial, mean(run.goals))
        else:
            ends = {"pruned": optuna.trial.TrialState.PRUNED}
            self.study.tell(run.trial, state=ends.get(state, optuna.trial.TrialState.FAIL))
        self.trials.append(
            Trial(
                settings=dict(run.trial.params),
                score=mean(run.scores) if run.scores else None,
                spent=float(len(run.scores)),
                seconds=time.monotonic() - run.began,
                state=state,
            )
        )


def mean(values: Sequence[float]) -> float:
    """The mean of some numbers."""
    return sum(values) / len(values)

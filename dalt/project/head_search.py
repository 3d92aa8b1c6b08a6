"""The search for a better head, and its comparison with the one in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.records import Choice, Comparison, EngineName, TunedHead, TuningFailed, utc_now
from dalt.project.search_plan import SearchPlan
from dalt.storage.store import Store

if TYPE_CHECKING:
    from dalt.learning.heads.contract import Head
    from dalt.learning.heads.tuned import Trying
    from dalt.learning.tuning.contract import Tuner

AGREEMENT = 0.999
"""Share of samples on which a rebuilt network has to agree with autoPyTorch's prediction."""


class HeadSearch:
    """One search: the engine, its result, and the comparison.

    Parameters
    ----------
    plan : SearchPlan
    store : Store
        Holds the choice in use, and gets the new one.
    folder : Path
        For the arrays of the found head, and the engine's log.
    """

    def __init__(self, plan: SearchPlan, store: Store, folder: Path) -> None:
        from dalt.learning.heads.tuned import Trying, judging, searched
        from dalt.learning.training.chosen_head import ChosenHead

        self._plan = plan
        self._store = store
        self._folder = folder
        self._current: Head = ChosenHead(store).head(plan.pool.fingerprint)
        self._judges = judging(plan.labels, plan.seed)
        self._seen = searched(plan.labels, self._judges)
        self._trying: Trying = Trying(plan.pool, self._seen, plan.seed)
        self._bench: Any = None

    def __enter__(self) -> HeadSearch:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bench is not None:
            self._bench.close()

    def tuner(self, engine: EngineName, dask: str | None) -> Tuner:
        """The engine of that name; never a substitute."""
        plan = self._plan
        if engine == "autopytorch":
            from dalt.learning.tuning.autopytorch import AutoPyTorchTuner
            from dalt.learning.tuning.environment import interpreter

            log = self._folder / "autopytorch.log"
            return AutoPyTorchTuner(interpreter(), log, seed=plan.seed + 1, stopping=plan.stopping)
        from dalt.learning.tuning.builtin import Here, OptunaTuner

        if dask is None:
            self._bench = Here(self._trying)
        else:
            from dalt.learning.heads.tuned import try_part
            from dalt.learning.tuning.cluster import Cluster

            self._bench = Cluster(dask, try_part, self._trying.packed())
        return OptunaTuner(
            self._bench, incumbent=self._incumbent(), seed=plan.seed, stopping=plan.stopping
        )

    def run(self, tuner: Tuner) -> Choice:
        """Search, compare and record."""
        from dalt.learning.heads.tuned import calibrated

        plan = self._plan
        tuned = tuner.search(plan.pool.embeddings, self._seen, plan.seconds, plan.report)
        check_rebuilt(tuned)
        recipe = calibrated(self._trying, tuned.recipe)
        same = _same_as(recipe, self._current)
        comparison = None if same else self._compare(recipe)
        choice = Choice(
            created_at=utc_now(),
            accepted=comparison is not None and comparison.better,
            reason=reason_of(tuned, comparison, self._current.name),
            engine=tuned.engine,
            versions=tuned.versions,
            recipe=recipe,
            settings=tuned.settings,
            score=tuned.score,
            seconds=tuned.seconds,
            trials=tuned.trials,
            before=self._current.name,
            comparison=comparison,
            cursor=plan.labels.cursor,
            n_labels=len(plan.labels.positions),
            encoder=plan.pool.fingerprint,
        )
        return self._record(choice, tuned)

    def _incumbent(self) -> Any:
        choice = self._store.head_choices.accepted()
        ours = choice is not None and choice.engine == "builtin"
        return choice.settings if choice is not None and ours else None

    def _compare(self, recipe: Any) -> Comparison:
        from dalt.learning.heads.tuned import N_FOLDS, REPEATS, Trying, compare, head_of

        fresh = Trying(self._plan.pool, self._plan.labels, self._plan.seed, self._judges)
        n_parts = REPEATS * N_FOLDS
        for done, found in enumerate(compare(fresh, self._current, head_of(recipe))):
            self._plan.report("Comparing", min(done, n_parts), n_parts)
            if found is not None:
                return found
        raise AssertionError("a comparison ends with a result")

    def _record(self, choice: Choice, tuned: TunedHead) -> Choice:
        """Write the arrays first: an event must not point to arrays that do not exist."""
        from dalt.core.arrays import write_arrays

        if tuned.weights:
            kept = {n: a for n, a in tuned.weights.items() if n not in ("check", "probabilities")}
            name = choice.recipe.name.replace(":", "-")
            path = self._folder / f"{name}.safetensors"
            try:
                write_arrays(path, kept, {"engine": tuned.engine})
            except OSError as error:
                raise TuningFailed(
                    f"What the search found cannot be kept in {path} ({error.strerror}); the head "
                    "in use stays."
                ) from error
        return replace(choice, choice_id=self._store.head_choices.add(choice))


def check_rebuilt(tuned: TunedHead) -> None:
    """Compare a rebuilt network with the predictions of the engine itself.

    Raises
    ------
    TuningFailed
        If they differ on more than one sample in a thousand.
    """
    if not tuned.weights:
        return
    from dalt.learning.heads.network import folded
    from dalt.learning.heads.predictors import predict

    own = tuned.weights["probabilities"]
    weights = folded(tuned.recipe.layers, tuned.weights)
    ours = predict(weights, tuned.weights["check"], own.shape[1])
    agreement = float((ours.argmax(axis=1) == own.argmax(axis=1)).mean())
    if agreement < AGREEMENT:
        raise TuningFailed(
            f"The network that {tuned.engine} found could not be rebuilt: it says the same of "
            f"{agreement:.1%} of the samples. The head in use stays."
        )


def reason_of(tuned: TunedHead, comparison: Comparison | None, before: str) -> str:
    """Say why a head was accepted or not, in one sentence."""
    early = " (the search was ended before its time)" if tuned.stopped else ""
    if comparison is None:
        return f"Nothing better than the head in use was found{early}."
    points = f"{100 * comparison.difference:+.1f} points"
    interval = f"90 % interval {100 * comparison.low:+.1f} to {100 * comparison.high:+.1f}"
    against = f"against {before} on {comparison.n_labels} labels kept for that, {interval}"
    if comparison.better:
        return f"It is better: {points} {against}{early}."
    return f"It is not surely better: {points} {against}{early}."


def _same_as(recipe: Any, head: Head) -> bool:
    """Whether a recipe makes the head that is already in use."""
    from dalt.learning.tuning.spaces import DEFAULT

    if recipe.name == head.name:
        return True
    usual = {name: value for name, value in DEFAULT.items() if name != "kind"}
    return head.name == "blend" and recipe.kind == "blend" and dict(recipe.values) == usual

"""The search for a better head, and its outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from dalt.core.arguments import FUNCTION, NUMBER, PROGRESS, TEXT, WHOLE, optional, takes
from dalt.core.progress import reporting
from dalt.core.records import (
    BadInput,
    Choice,
    Comparison,
    EngineName,
    LabelSet,
    NotEncoded,
    Progress,
    TunedHead,
    TuningFailed,
    utc_now,
)
from dalt.project import plans
from dalt.project.base import ProjectRooms, Report

if TYPE_CHECKING:
    import pandas as pd

    from dalt.learning.heads.contract import Head
    from dalt.learning.heads.pool import Pool
    from dalt.learning.heads.tuned import Trying
    from dalt.learning.tuning.contract import Tuner

FOLDER = "tuning"
AGREEMENT = 0.999
"""Share of samples on which a rebuilt network has to agree with autoPyTorch's prediction."""


class ProjectTuning(ProjectRooms):
    """The search for a better head; a part of `dalt.Project`."""

    @takes(
        engine=optional(TEXT),
        budget=optional(NUMBER),
        dask=optional(TEXT),
        progress=PROGRESS,
        stopping=FUNCTION,
    )
    def tune(
        self,
        engine: EngineName | None = None,
        *,
        budget: float | None = None,
        dask: str | None = None,
        progress: Report = True,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Choice:
        """Search for a better head, and use it from now on if it is one.

        DALT compares it with the head in use on the labels so far, by repeated cross-validation.
        It replaces that head only if the whole 90 % interval of the difference is on its side.
        People can go on labeling meanwhile.  Ctrl+C ends the search and keeps what it found.

        Parameters
        ----------
        engine : {"builtin", "autopytorch"}, optional
            The default is what ``[tune]`` in ``project.toml`` says: "builtin" unless changed.
            "autopytorch" needs its environment, which ``dalt tune --setup`` makes.
        budget : float, optional
            Seconds to search; the comparison comes on top.  The default is in ``[tune]``: 60.
        dask : str, optional
            Scheduler of a Dask cluster on which the built-in engine tries settings.
        progress : bool or callable
        stopping : callable
            Returns True to end the search; it keeps what was found.

        Returns
        -------
        Choice
            The outcome: `accepted`, `reason`, `comparison`, and the trials.

        Raises
        ------
        NotEncoded
            If the pool has no embeddings.
        BadInput
            If there are too few labels or seconds, or a search is already running.
        EngineMissing
            If autoPyTorch's environment is missing; the message has the command that makes it.
        TuningFailed
            If nothing was found; the head in use stays.
        """
        from dalt.learning.tuning.contract import check_search  # not at start: few processes search

        self._learns_here("project.tune()")
        if self._head is not None:
            raise BadInput("This project uses a head of your own (head=); no search replaces it.")
        engine, budget = self._what_to_search(engine, budget)
        title = "Searching for a better head"
        with self._alone(), reporting(progress, title, plans.tuning(budget)) as report:
            pool, labels = self._labelled_pool()
            check_search(engine, labels, budget)
            if dask is not None and engine != "builtin":
                raise BadInput("dask is for the built-in engine: autoPyTorch searches here.")
            with _Search(self, pool, labels, report, stopping) as search:
                choice = search.run(search.tuner(engine, dask), budget)
        if self._trainer is not None:
            self._trainer.wake()
        return choice

    def choices(self) -> pd.DataFrame:
        """List the outcome of every search, the newest first.

        Returns
        -------
        DataFrame
            choice_id, created_at, engine, versions, accepted, reason, head, before, score,
            difference, low, high, n_labels, trials, seconds.
        """
        import pandas as pd

        rows = []
        for choice in self._store.choices():
            found = choice.comparison
            rows.append(
                {
                    "choice_id": choice.choice_id,
                    "created_at": choice.created_at,
                    "engine": choice.engine,
                    "versions": dict(choice.versions),
                    "accepted": choice.accepted,
                    "reason": choice.reason,
                    "head": choice.recipe.name,
                    "before": choice.before,
                    "score": choice.score,
                    "difference": None if found is None else found.difference,
                    "low": None if found is None else found.low,
                    "high": None if found is None else found.high,
                    "n_labels": choice.n_labels,
                    "trials": len(choice.trials),
                    "seconds": choice.seconds,
                }
            )
        return pd.DataFrame(rows, columns=None if rows else COLUMNS)

    @takes(choice_id=optional(WHOLE))
    def trials(self, choice_id: int | None = None) -> pd.DataFrame:
        """List every setting that a search tried, in order.

        Parameters
        ----------
        choice_id : int, optional
            By default the newest search.

        Returns
        -------
        DataFrame
            trial, score, spent, seconds, state, and a column for each setting.
        """
        import pandas as pd

        for choice in self._store.choices():
            if choice_id in (None, choice.choice_id):
                names = ("score", "spent", "seconds", "state")
                return pd.DataFrame(
                    {"trial": number, **{name: getattr(each, name) for name in names}}
                    | dict(each.settings)
                    for number, each in enumerate(choice.trials, 1)
                )
        what = "yet" if choice_id is None else f"with the number {choice_id}"
        raise BadInput(f"There is no search {what}: run project.tune() or `dalt tune`.")

    # --- pieces -------------------------------------------------------------------------

    def _what_to_search(
        self, engine: EngineName | None, budget: float | None
    ) -> tuple[EngineName, float]:
        said: Any = self._settings.tune
        return engine or said.engine, said.budget if budget is None else float(budget)

    def _alone(self) -> Any:
        folder = self.folder / FOLDER
        folder.mkdir(exist_ok=True)
        lock = FileLock(folder / "search.lock", timeout=0, thread_local=False)
        try:
            return lock.acquire()
        except Timeout as error:
            raise BadInput(
                f"A search for {self._settings.name} runs already: wait until it is over, or end "
                "it."
            ) from error

    def _labelled_pool(self) -> tuple[Pool, LabelSet]:
        from dalt.learning.heads.pool import Pool

        version, embeddings = self._cache.version, self._cache.embeddings()
        if version is None or embeddings is None:
            raise NotEncoded("The pool is not encoded yet: run project.encode() or `dalt encode`.")
        found = self._store.label_set(self._settings.class_set)
        labels = found.within(len(embeddings))
        return Pool(embeddings, self._cache.folder, version), labels

    def _tuning_status(self) -> dict[str, Any]:
        """The head in use and the outcome of the last search, as plain values."""
        newest = self._store.choices(limit=1)
        accepted = self._store.accepted_choice()
        holds = accepted is not None and accepted.encoder == self._cache.version
        found: dict[str, Any] = {"head": accepted.recipe.name if accepted and holds else "default"}
        for choice in newest:
            found["tuned"] = {
                "at": choice.created_at.isoformat(timespec="seconds"),
                "engine": choice.engine,
                "versions": dict(choice.versions),
                "accepted": choice.accepted,
                "reason": choice.reason,
                "n_labels": choice.n_labels,
                "trials": len(choice.trials),
            }
        return {"tuned": None} | found


COLUMNS = [
    "choice_id", "created_at", "engine", "versions", "accepted", "reason", "head", "before",
    "score", "difference", "low", "high", "n_labels", "trials", "seconds",
]  # fmt: skip


class _Search:
    """One search: the engine, what it found, and the comparison."""

    def __init__(
        self,
        project: ProjectTuning,
        pool: Pool,
        labels: LabelSet,
        report: Progress,
        stopping: Callable[[], bool],
    ) -> None:
        from dalt.learning.heads.tuned import Trying, judging, searched
        from dalt.learning.training.chosen_head import ChosenHead

        self._project = project
        self._pool = pool
        self._labels = labels
        self._report = report
        self._stopping = stopping
        self._seed = project._settings.seed
        self._current: Head = ChosenHead(project._store).head(pool.fingerprint)
        self._judges = judging(labels, self._seed)
        self._seen = searched(labels, self._judges)
        self._trying: Trying = Trying(pool, self._seen, self._seed)
        self._bench: Any = None

    def __enter__(self) -> _Search:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bench is not None:
            self._bench.close()

    def tuner(self, engine: EngineName, dask: str | None) -> Tuner:
        """The engine of that name; never a substitute."""
        if engine == "autopytorch":
            from dalt.learning.tuning.autopytorch import AutoPyTorchTuner
            from dalt.learning.tuning.environment import interpreter

            log = self._project.folder / FOLDER / "autopytorch.log"
            return AutoPyTorchTuner(
                interpreter(), log, seed=self._seed + 1, stopping=self._stopping
            )
        from dalt.learning.tuning.builtin import Here, OptunaTuner

        if dask is None:
            self._bench = Here(self._trying)
        else:
            from dalt.learning.heads.tuned import try_part
            from dalt.learning.tuning.cluster import Cluster

            self._bench = Cluster(dask, try_part, self._trying.packed())
        return OptunaTuner(
            self._bench, incumbent=self._incumbent(), seed=self._seed, stopping=self._stopping
        )

    def run(self, tuner: Tuner, budget: float) -> Choice:
        """Search, compare and record."""
        from dalt.learning.heads.tuned import calibrated

        rows, labels = self._pool.embeddings, self._labels
        tuned = tuner.search(rows, self._seen, budget, self._report)
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
            cursor=labels.cursor,
            n_labels=len(labels.positions),
            encoder=self._pool.fingerprint,
        )
        return self._record(choice, tuned)

    def _incumbent(self) -> Any:
        choice = self._project._store.accepted_choice()
        ours = choice is not None and choice.engine == "builtin"
        return choice.settings if choice is not None and ours else None

    def _compare(self, recipe: Any) -> Comparison:
        from dalt.learning.heads.tuned import N_FOLDS, REPEATS, Trying, compare, head_of

        fresh = Trying(self._pool, self._labels, self._seed, self._judges)
        n_parts = REPEATS * N_FOLDS
        for done, found in enumerate(compare(fresh, self._current, head_of(recipe))):
            self._report("Comparing", min(done, n_parts), n_parts)
            if found is not None:
                return found
        raise AssertionError("a comparison ends with a result")

    def _record(self, choice: Choice, tuned: TunedHead) -> Choice:
        """Write the arrays first: an event must not point to arrays that do not exist."""
        from dataclasses import replace

        from dalt.core.arrays import write_arrays

        if tuned.weights:
            kept = {n: a for n, a in tuned.weights.items() if n not in ("check", "probabilities")}
            name = choice.recipe.name.replace(":", "-")
            path = self._project.folder / FOLDER / f"{name}.safetensors"
            try:
                write_arrays(path, kept, {"engine": tuned.engine})
            except OSError as error:
                raise TuningFailed(
                    f"What the search found cannot be kept in {path} ({error.strerror}); the head "
                    "in use stays."
                ) from error
        return replace(choice, choice_id=self._project._store.add_choice(choice))


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

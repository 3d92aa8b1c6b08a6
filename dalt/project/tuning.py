"""Searches for a better head or autoencoder, and their outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dalt.core.arguments import FUNCTION, NUMBER, PROGRESS, TEXT, WHOLE, optional, takes
from dalt.core.progress import reporting
from dalt.core.records import BadInput, Choice, EngineName
from dalt.project import plans
from dalt.project.encoder_search import EncoderSearch
from dalt.project.encoding import Encoding
from dalt.project.frames import searches as frames
from dalt.project.head_search import HeadSearch
from dalt.project.plans import Report
from dalt.project.search_plan import alone, planned
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


class Tuning:
    """Searches for a better head or autoencoder, and uses it if it is surely better.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Its trainer uses a better head at once.
    encoding : Encoding
        Embeds the pool again with a better autoencoder.
    """

    def __init__(self, workspace: Workspace, training: Training, encoding: Encoding) -> None:
        self._workspace = workspace
        self._training = training
        self._encoding = encoding

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

        self._training.check_learns("project.tune()")
        if self._training.head is not None:
            raise BadInput("This project uses a head of your own (head=); no search replaces it.")
        workspace = self._workspace
        said: Any = workspace.settings.tune
        engine = engine or said.engine
        seconds = said.budget if budget is None else float(budget)
        title = "Searching for a better head"
        with alone(workspace), reporting(progress, title, plans.tuning(seconds)) as report:
            plan = planned(workspace, seconds, report, stopping)
            check_search(engine, plan.labels, seconds)
            if dask is not None and engine != "builtin":
                raise BadInput("dask is for the built-in engine: autoPyTorch searches here.")
            with HeadSearch(plan, workspace.store, workspace.tuning_folder) as search:
                choice = search.run(search.tuner(engine, dask))
        self._training.wake()
        return choice

    @takes(budget=optional(NUMBER), progress=PROGRESS, stopping=FUNCTION)
    def tune_encoder(
        self,
        *,
        budget: float | None = None,
        progress: Report = True,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Choice:
        """Search for better settings of the autoencoder; embed again if it finds any.

        The search tries width and depth of the layers, size of the embeddings and noise on a
        share of the pool.  It judges them by the reconstruction loss and, from 40 labels on, by
        how many held-out labels the default head predicts correctly.  The best is trained on the
        whole pool and compared with the embeddings in use; it replaces them only if it is surely
        better.

        Parameters
        ----------
        budget : float, optional
            Seconds to search; training the best on the whole pool comes on top.
        progress : bool or callable
        stopping : callable
            Returns True to end the search; it keeps what was found.

        Returns
        -------
        Choice

        Raises
        ------
        NotEncoded
            If the pool has no embeddings.
        BadInput
            If the encoder in use is not the autoencoder, or the pool is too small.
        TuningFailed
            If nothing was found.
        """
        self._training.check_learns("project.tune_encoder()")
        from dalt.learning.tuning.contract import check_seconds

        workspace = self._workspace
        seconds = workspace.settings.tune.budget if budget is None else float(budget)
        check_seconds("builtin", seconds)
        steps = plans.tuning_encoder(seconds, len(workspace.store.samples.all()))
        title = "Searching for a better autoencoder"
        with alone(workspace), reporting(progress, title, steps) as report:
            plan = planned(workspace, seconds, report, stopping)
            current: Any = workspace.cache.encoder()
            if not hasattr(current, "unexplained"):
                raise BadInput(
                    "Only the settings of the autoencoder are searched for, and another encoder is "
                    "in use: project.encode('autoencoder') goes back to it, or "
                    "`dalt encode --encoder autoencoder`."
                )
            raw = workspace.raw(workspace.store.samples.all())
            search = EncoderSearch(plan, raw[: plan.pool.n_samples], current)
            choice = search.run()
            if choice.accepted:
                self._encoding.encode(search.best, progress=report)
        return replace(choice, choice_id=workspace.store.head_choices.add(choice))

    def choices(self) -> pd.DataFrame:
        """List the outcome of every search, the newest first.

        Returns
        -------
        DataFrame
            choice_id, created_at, engine, versions, accepted, reason, head, before, score,
            difference, low, high, n_labels, trials, seconds.
        """
        return frames.choices_frame(self._workspace.store.head_choices.all())

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
        for choice in self._workspace.store.head_choices.all():
            if choice_id in (None, choice.choice_id):
                return frames.trials_frame(choice)
        what = "yet" if choice_id is None else f"with the number {choice_id}"
        raise BadInput(f"There is no search {what}: run project.tune() or `dalt tune`.")

"""Simulated annotators on copies of a project: the hours they take, and how accurate they are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.arguments import NAMES, NUMBER, PATH, PROGRESS, TEXT, TRUTH, WHOLE, optional, takes
from dalt.core.errors import shown
from dalt.core.progress import reporting
from dalt.core.records import BadInput
from dalt.core.scratch import ScratchFolder
from dalt.core.user_warnings import Uncertain, warn_user
from dalt.data.exchange.items import Reading
from dalt.project.frames import simulated
from dalt.project.plans import Report
from dalt.project.pool_copy import PoolCopies, check_encoded
from dalt.project.training import Training
from dalt.project.truth import TruthReader
from dalt.project.workspace import Workspace
from dalt.study.simulation.conditions import CONDITIONS, USUAL, Terms
from dalt.study.simulation.experiment import Experiment, Run, summaries
from dalt.study.simulation.people import ANCHORING, ERROR, MISSED, Habits

if TYPE_CHECKING:
    import pandas as pd

SEEDS = 5
MOST_SEEDS = 1_000
PAGE_SIZE = 30
"""Samples on a page of 1280 × 800 pixels."""


def _path_or_other(truth: object) -> object:
    """Check a path; `TruthReader` checks any other truth."""
    return PATH(truth) if isinstance(truth, str | os.PathLike) else truth


class Simulating:
    """Simulates annotators of one open project.

    Parameters
    ----------
    workspace : Workspace
        Only read.
    training : Training
        Its head learns in the copies, too.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(
        truth=_path_or_other,
        seeds=WHOLE,
        conditions=optional(NAMES),
        page_size=WHOLE,
        error=NUMBER,
        anchoring=NUMBER,
        missed=NUMBER,
        max_error=NUMBER,
        each_run=TRUTH,
        sample=optional(TEXT),
        label=optional(TEXT),
        progress=PROGRESS,
    )
    def simulate(
        self,
        truth: Mapping[str, str] | pd.Series[str] | pd.DataFrame | str | Path,
        *,
        seeds: int = SEEDS,
        conditions: Sequence[str] | None = None,
        page_size: int = PAGE_SIZE,
        error: float = ERROR,
        anchoring: float = ANCHORING,
        missed: float = MISSED,
        max_error: float = 0.05,
        each_run: bool = False,
        sample: str | None = None,
        label: str | None = None,
        progress: Report = True,
    ) -> pd.DataFrame:
        """Let simulated people label copies of the pool, and say how long they took.

        Each seed is another person.  Each person labels the whole pool once without suggestions,
        once with suggestions one by one, and once by the page where the page proposes it.  They
        work in sessions like those of `session`, on copies without labels in a temporary folder,
        so the project stays as it is.  Times are those of the keystroke-level model
        (``dalt.labeling.keystrokes``), not measured ones.

        Parameters
        ----------
        truth : mapping of str to str, Series, DataFrame, str or Path
            The class of every sample: a file of labels or a frame with the same columns, matched
            as by `import_labels`; or a mapping from ids or paths of samples.
        seeds : int
            Number of simulated people, at most 1,000.
        conditions : list of str, optional
            Of "none" (no suggestions), "suggestions" (one by one), "verify" (by the page) and
            "finish" (one by one, until a certified model labels what it can, then by the page); by
            default all but "finish".
        page_size : int
            Largest number of samples on a page to verify.
        error : float in [0, 1]
            How often people take a sample for another class.
        anchoring : float in [0, 1]
            How often they accept a suggestion that they would not have chosen.
        missed : float in [0, 1]
            How often they overlook a wrong sample on a page.
        max_error : float in (0, 1)
            Under "finish", the share of the model's labels that may be wrong, as in `finish`.
        each_run : bool
            Return a row for each person and condition.
        sample, label : str, optional
            The columns of a file or frame with the samples and the labels, if these have other
            names.
        progress : bool or callable

        Returns
        -------
        DataFrame
            condition; hours (of a person, for the whole pool), actions (keys and clicks for each
            label), accuracy (share of labels that are true) and of_unassisted (hours as a share of
            those without suggestions), each with _low and _high (95 % over people; NaN for one);
            by_page and by_model (shares of labels given by the page, and by a certified model);
            seeds.

            With `each_run`: condition, seed, hours, actions, accuracy, by_page, pages, marked
            (samples of pages found wrong), followed (wrong suggestions accepted), by_model,
            model_error (share of the model's labels that are not true), and the hours of each
            activity.

            ``.attrs`` has the number of ``runs`` in the frame and of those ``planned``.

        Warns
        -----
        Uncertain
            If the simulation was interrupted; the result has the complete runs.
        LeftOut
            If the truth names something that is not a sample.

        Raises
        ------
        BadInput
            If the truth lacks a sample or names an unknown class; if the project has no samples,
            fewer than 2 classes, several classes for a sample, or marks regions.
        NotEncoded
            If the pool is not encoded.
        TrainingFailed
            If the model cannot learn.

        References
        ----------
        ``dalt.study.simulation.people`` has the sources of the defaults.

        Examples
        --------
        >>> import tempfile, numpy as np, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["dark", "light"])
        >>> grey = np.arange(0, 240, 20, np.uint8)
        >>> ids = project.add_images(grey.repeat(16).reshape(12, 4, 4))
        >>> embeddings = project.add_embeddings(grey[:, None] / 255, progress=False)
        >>> truth = {each: "dark" if place < 6 else "light" for place, each in enumerate(ids)}
        >>> found = project.simulate(truth, seeds=2, error=0, progress=False)
        >>> found.condition.tolist(), found.accuracy[0]
        (['none', 'suggestions', 'verify'], np.float64(1.0))
        >>> project.labels().empty
        True
        >>> project.close()
        """
        self._check_task()
        reading = Reading(sample, label)
        experiment = Experiment(
            truth=TruthReader(self._workspace, reading).of_all(truth),
            classes=self._workspace.settings.classes,
            conditions=_checked_conditions(conditions),
            seeds=range(_between("seeds", seeds, MOST_SEEDS)),
            habits=Habits(error=error, anchoring=anchoring, missed=missed),
            terms=Terms(_between("page_size", page_size), max_error),
        )
        runs = self._complete_runs(experiment, progress)
        frame = simulated.runs_frame(runs) if each_run else simulated.summary_frame(summaries(runs))
        frame.attrs = {"runs": len(runs), "planned": experiment.n_runs}
        return frame

    def _complete_runs(self, experiment: Experiment, progress: Report) -> list[Run]:
        """All runs; after an interruption, the complete ones, with a warning."""
        runs: list[Run] = []
        try:
            with (
                reporting(progress, "Simulating") as report,
                ScratchFolder("simulation") as folder,
            ):
                copies = PoolCopies(self._workspace, self._training, folder)
                for run in experiment.runs(copies.of_seed, report):
                    runs.append(run)
        except KeyboardInterrupt:
            if not runs:
                raise
            warn_user(
                f"The simulation was interrupted: {len(runs)} of {experiment.n_runs} runs were "
                "complete, and the result is of those alone.",
                Uncertain,
            )
        return runs

    def _check_task(self) -> None:
        self._workspace.check_open()
        settings = self._workspace.settings
        if settings.class_set.multi:
            raise BadInput(
                "Annotators are simulated where a sample has one class, not in a multi-label "
                "project or one that marks regions."
            )
        if len(settings.classes) < 2:
            raise BadInput(
                "With one class there is nothing to decide: add another one with "
                "project.add_class(…) before simulating annotators."
            )
        check_encoded(self._workspace)


def _checked_conditions(given: Sequence[str] | None) -> list[str]:
    if given is None:
        return list(USUAL)
    unknown = [name for name in given if name not in CONDITIONS]
    if unknown or not len(given):
        what = shown(unknown[0]) if unknown else "an empty list"
        raise BadInput(f"Conditions are {', '.join(map(repr, CONDITIONS))}, not {what}.")
    return list(dict.fromkeys(given))


def _between(name: str, given: int, most: int | None = None) -> int:
    if given < 1 or (most is not None and given > most):
        upto = "" if most is None else f" and at most {most:,}"
        raise BadInput(f"{name} is at least 1{upto}, not {shown(given)}.")
    return given

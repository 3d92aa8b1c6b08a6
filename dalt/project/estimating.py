"""Estimates for papers: class shares, means and regressions with valid intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dalt.core.arguments import NAMES, NUMBER, PROGRESS, TEXT, optional, takes
from dalt.core.errors import shown
from dalt.core.progress import reporting
from dalt.core.records import BadInput, Progress
from dalt.project import plans
from dalt.project.plans import Report
from dalt.project.sample_columns import SampleColumns
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from dalt.study.estimation.history import History
    from dalt.study.estimation.predictions import Learner, Predicted, Question


class Estimating:
    """Estimates of the whole pool, from human labels and a model's predictions together.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Its head learns again, from earlier labels only.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training
        self._columns = SampleColumns(workspace)

    @takes(
        column=optional(TEXT),
        columns=optional(NAMES),
        confidence=NUMBER,
        progress=PROGRESS,
    )
    def estimate(
        self,
        column: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        confidence: float = 0.95,
        progress: Report = True,
    ) -> pd.DataFrame:
        """Estimate class shares, means of a column by class, or a regression, for the whole pool.

        Labels drawn at random count, with the probability of their draw.  A model that has
        learned only earlier labels predicts the rest, and the labels correct it.  So intervals
        are valid however good or bad the model is, and a model that predicts nothing is not used.
        With ``strategy="active_inference"`` every label counts; with other strategies, only the
        share that is drawn uniformly.

        Parameters
        ----------
        column : str, optional
            A numeric column of your frame, to estimate its mean in each class.  By default,
            the share of each class is estimated.
        columns : list of str, optional
            Other numeric columns, for the least-squares regression of `column` on them and on
            the classes, each of which has an intercept of its own.
        confidence : float in (0, 1)
            Confidence of each interval by itself.
        progress : bool or callable

        Returns
        -------
        DataFrame
            class, share (or mean), low, high, n_labels (that counted), n_class (how many of
            them are of this class), method ("prediction-powered", "labels alone", or
            "unknown" with fewer than 20 labels).  A regression has term and coefficient
            instead of class and share.  ``attrs["notes"]`` says which labels counted, and what
            the other strategy would have given.  Where several annotators labelled a sample,
            their consensus counts.  Skipped samples have no label, and the estimates are about
            the others.

        Raises
        ------
        BadInput
            If the project marks regions, there is no such column, or it is not numeric.

        References
        ----------
        Angelopoulos, Bates, Fannjiang, Jordan, Zrnic: Prediction-Powered Inference, 2023.
        Zrnic, Candès: Active Statistical Inference, 2024.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> ids = project.add_texts(["one", "two"], progress=False)
        >>> frame = project.estimate()
        >>> frame["method"].tolist()
        ['unknown', 'unknown']
        >>> frame.attrs["notes"][0]
        'Nothing can be said yet: 0 labels were drawn at random, and 20 are needed.'
        >>> project.close()
        """
        from dalt.project.frames.estimates import estimates_frame
        from dalt.study.estimation import estimates as make
        from dalt.study.estimation.history import read_history

        if not 0 < confidence < 1:
            raise BadInput(
                f"confidence={shown(confidence)}: it is a share between 0 and 1, as 0.95."
            )
        if columns is not None and column is None:
            raise BadInput(
                "columns= are the explaining columns of a regression; name the column to explain "
                "too, as in estimate('price', columns=…)."
            )
        workspace = self._workspace
        classes = workspace.class_set
        history = read_history(workspace.store, classes)
        values = None if column is None else self._columns.numbers(column)
        others = [self._columns.numbers(name) for name in columns or ()]
        if columns and classes.multi:
            raise BadInput(
                "A regression on classes needs one class per sample; this project allows several."
            )
        with reporting(progress, "Estimating", plans.ESTIMATING, patience=plans.PATIENCE) as report:
            learner = self._learner()
            found, predicted = self._questions(history, learner, report)
        basis = make.basis_of(history, found[0], predicted=predicted, embedded=learner is not None)
        if values is None:
            rows = make.estimate_shares(found, basis, confidence)
            first, name = "class", "share"
        elif columns:
            rows = make.estimate_regression(
                found[0], values, np.stack(others, axis=1), list(columns), basis, confidence
            )
            first, name = "term", "coefficient"
        else:
            rows = make.estimate_means(found, values, basis, confidence)
            first, name = "class", "mean"
        return estimates_frame(rows, basis, first=first, value=name, confidence=confidence)

    def _questions(
        self, history: History, learner: Learner | None, report: Progress
    ) -> tuple[list[Question], bool]:
        """The questions, and whether a model predicted anything."""
        from dalt.study.estimation.predictions import (
            class_targets,
            questions,
            stage_probabilities,
        )

        classes = self._workspace.class_set
        targets = class_targets(history.labels, classes)
        predicted: list[tuple[int, int, Predicted]] = stage_probabilities(
            history, targets, classes, learner, report
        )
        asked = questions(history, targets, classes, predicted)
        return asked, any(each is not None for _, _, each in predicted)

    def _learner(self) -> Learner | None:
        """The project's head on the embeddings in use; None without embeddings."""
        from dalt.learning.heads.pool import Pool
        from dalt.learning.heads.registry import as_head, default_head
        from dalt.study.estimation.predictions import Learner

        cache = self._workspace.cache
        embeddings, version = cache.embeddings(), cache.version
        if embeddings is None or version is None or not len(embeddings):
            return None
        given = self._training.head
        return Learner(
            head=default_head() if given is None else as_head(given),
            pool=Pool(embeddings, cache.folder, version),
            seed=self._workspace.settings.seed,
            untouched_from=self._learned_by_encoder(version),
        )

    def _learned_by_encoder(self, version: str) -> int:
        """The event up to which the embeddings in use may have learned labels (fine-tuning)."""
        records = sorted(self._workspace.store.snapshots.all(), key=lambda each: each.version)
        same = [each for each in records if each.encoder == version]
        before = [each for each in records if not same or each.version < same[0].version]
        if not before:
            return 0
        return same[0].cursor if same else self._workspace.store.events.newest_id()

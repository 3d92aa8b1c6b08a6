"""The search for better settings of the autoencoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dalt.core.arguments import FUNCTION, NUMBER, PROGRESS, optional, takes
from dalt.core.progress import reporting
from dalt.core.records import (
    BadInput,
    Choice,
    Comparison,
    Encoder,
    Floats,
    LabelSet,
    Progress,
    Recipe,
    utc_now,
)
from dalt.data.sources import ENCODED_PIXELS, RawSamples
from dalt.project import plans
from dalt.project.base import Report
from dalt.project.data import ProjectData
from dalt.project.tuning import ProjectTuning

if TYPE_CHECKING:
    from dalt.learning.tuning.builtin import Run, Search

FEWEST_LABELS = 40
"""With fewer labels, only the reconstruction loss counts."""
LESS_LOST = 0.02
"""How much less a better autoencoder has to lose, as a share, where labels cannot tell."""


class ProjectEncoding(ProjectTuning, ProjectData):
    """The search for a better autoencoder; a part of `dalt.Project`."""

    @takes(budget=optional(NUMBER), progress=PROGRESS, stopping=FUNCTION)
    def tune_encoder(
        self,
        *,
        budget: float | None = None,
        progress: Report = True,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Choice:
        """Search for better settings of the autoencoder; embed anew if it finds any.

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
        self._learns_here("project.tune_encoder()")
        from dalt.learning.tuning.contract import check_seconds

        seconds = self._settings.tune.budget if budget is None else float(budget)
        check_seconds("builtin", seconds)
        plan = plans.tuning_encoder(seconds, len(self._store.samples()))
        title = "Searching for a better autoencoder"
        with self._alone(), reporting(progress, title, plan) as report:
            pool, labels = self._labelled_pool()
            current: Any = self._cache.encoder()
            if not hasattr(current, "unexplained"):
                raise BadInput(
                    "Only the settings of the autoencoder are searched for, and another encoder is "
                    "in use: project.encode('autoencoder') goes back to it, or "
                    "`dalt encode --encoder autoencoder`."
                )
            raw = RawSamples(self._files, self._store.samples(), longest=ENCODED_PIXELS)
            search = _EncoderSearch(raw[: pool.n_samples], pool.embeddings, labels, current, report)
            found = search.run(seconds, self._settings.seed, stopping)
            choice = search.judged(found, self._settings.seed, pool.fingerprint)
            if choice.accepted:
                self.encode(search.best, progress=report)
        return replace(choice, choice_id=self._store.add_choice(choice))


class _EncoderSearch:
    """One search for an autoencoder, and its comparison with the one in use."""

    best: Encoder

    def __init__(
        self, raw: Any, embeddings: Floats, labels: LabelSet, current: Any, report: Progress
    ) -> None:
        from dalt.learning.heads.tuned import judging

        self._raw = raw
        self._embeddings = embeddings
        self._judges = judging(labels, seed=0)
        self._labels = labels
        self._current = current
        self._report = report
        self._told = len(labels.positions) >= FEWEST_LABELS and _can_be_told(labels)

    def run(self, seconds: float, seed: int, stopping: Callable[[], bool]) -> Search:
        """Try settings on a share of the pool."""
        from dalt.learning.encoders.size_search import STEPS, USUAL, TryingEncoders
        from dalt.learning.tuning.builtin import Here, OptunaTuner
        from dalt.learning.tuning.spaces import encoder_settings, same_size_settings

        self._report("Reading samples", 0, 1)
        trying = TryingEncoders(self._current.kind, self._raw, self._labels.positions, None, seed)
        if self._told:
            trying.judge_by(self._judge(trying.positions, seed))
        tuner = OptunaTuner(
            Here(trying),
            seed=seed,
            stopping=stopping,
            recipe=encoder_settings if self._told else same_size_settings,
            starts=[USUAL],
            n_parts=len(STEPS),
        )
        return tuner.explore(seconds, self._report)

    def judged(self, search: Search, seed: int, version: str) -> Choice:
        """Train the best on the whole pool, and compare it with the embeddings in use."""
        from importlib.metadata import version as version_of

        from dalt.learning.encoders.size_search import autoencoder_of
        from dalt.learning.encoders.torch_threads import one_thread
        from dalt.learning.tuning.builtin import mean

        run: Run = search.best()
        settings = dict(run.recipe)
        self.best = autoencoder_of(self._current.kind, settings)
        with one_thread():
            self.best.fit(self._raw, seed=seed, progress=self._report)
        lost = self._losses(seed)
        comparison = self._comparison(seed) if self._told else None
        accepted, reason = verdict(comparison, *lost)
        return Choice(
            created_at=utc_now(),
            accepted=accepted,
            reason=reason,
            engine="builtin",
            versions={"optuna": version_of("optuna")},
            recipe=Recipe("encoder", values=settings),
            settings=settings,
            score=mean(run.scores),
            seconds=sum(trial.seconds for trial in search.trials),
            trials=tuple(search.trials),
            before=self._current.fingerprint,
            comparison=comparison,
            cursor=self._labels.cursor,
            n_labels=len(self._labels.positions),
            encoder=version,
        )

    def _judge(self, positions: Any, seed: int) -> Any:
        """How many labels the default head predicts correctly on embeddings of some samples."""
        from dalt.learning.heads.pool import Pool
        from dalt.learning.heads.tuned import N_FOLDS, Trying, searched
        from dalt.learning.tuning.spaces import DEFAULT

        seen = searched(self._labels, self._judges)
        here = np.isin(seen.positions, positions)
        rows = np.searchsorted(positions, seen.positions[here])
        labels = replace(seen, positions=rows, targets=seen.targets[here])
        usual = {name: value for name, value in DEFAULT.items() if name != "kind"}

        def judge(embeddings: Floats) -> tuple[float, float]:
            trying = Trying(Pool(embeddings), labels, seed)
            parts = [trying(Recipe("blend", values=usual), part) for part in range(N_FOLDS)]
            score, likelihood = np.mean(parts, axis=0)
            return float(score), float(likelihood)

        return judge

    def _comparison(self, seed: int) -> Comparison:
        from dalt.learning.encoders.torch_threads import one_thread
        from dalt.learning.heads.pool import Pool
        from dalt.learning.heads.registry import default_head
        from dalt.learning.heads.tuned import N_FOLDS, REPEATS, Trying, compared

        self._report("Embedding with the best", 0, 1)
        with one_thread():
            fresh = self.best.transform(self._raw)
        pools = (Pool(self._embeddings), Pool(fresh))
        both = [Trying(pool, self._labels, seed, self._judges) for pool in pools]
        table = np.full((REPEATS, 2, len(self._labels.positions)), np.nan)
        for part in range(REPEATS * N_FOLDS):
            self._report("Comparing", part, REPEATS * N_FOLDS)
            for column, trying in enumerate(both):
                found, out = trying.rights(default_head(), part)
                table[part // N_FOLDS, column, out] = found
        return compared(table)

    def _losses(self, seed: int) -> tuple[float, float]:
        """The reconstruction loss of both on the same samples."""
        draw = np.random.default_rng(seed).permutation(len(self._raw))[:500]
        some = [self._raw[int(position)] for position in draw]
        best: Any = self.best
        return self._current.unexplained(some), best.unexplained(some)


def _can_be_told(labels: LabelSet) -> bool:
    return labels.multi or int((labels.targets.sum(axis=0) >= 2).sum()) >= 2


def verdict(comparison: Comparison | None, before: float, after: float) -> tuple[bool, str]:
    """Whether an autoencoder replaces the one in use, and why.

    Examples
    --------
    >>> verdict(None, 0.30, 0.29)
    (False, 'It is not clearly better: it loses 29.0% in rebuilding, the one in use 30.0%.')
    """
    lost = f"it loses {after:.1%} in rebuilding, the one in use {before:.1%}"
    if comparison is None:
        better = before - after > LESS_LOST
        return better, f"It is {'' if better else 'not clearly '}better: {lost}."
    points = (
        f"{100 * comparison.difference:+.1f} points on {comparison.n_labels} labels kept for that, "
        f"90 % interval {100 * comparison.low:+.1f} to {100 * comparison.high:+.1f}; {lost}"
    )
    return comparison.better, f"It is {'' if comparison.better else 'not surely '}better: {points}."

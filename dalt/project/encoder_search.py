"""The search for a better autoencoder, and its comparison with the one in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dalt.core.records import Choice, Comparison, Encoder, Floats, LabelSet, Recipe, utc_now
from dalt.project.search_plan import SearchPlan

if TYPE_CHECKING:
    from dalt.learning.tuning.builtin import Run, Search

FEWEST_LABELS = 40
"""With fewer labels, only the reconstruction loss counts."""
LESS_LOST = 0.02
"""How much less a better autoencoder has to lose, as a share, where labels cannot tell."""


class EncoderSearch:
    """One search for an autoencoder, and its comparison with the one in use.

    Parameters
    ----------
    plan : SearchPlan
    raw : sequence
        The raw samples of its pool.
    current : Encoder
        The autoencoder in use.

    Attributes
    ----------
    best : Encoder
        The encoder that `run` found, trained on the whole pool.
    """

    best: Encoder

    def __init__(self, plan: SearchPlan, raw: Sequence[Any], current: Any) -> None:
        from dalt.learning.heads.tuned import judging

        labels = plan.labels
        self._plan = plan
        self._raw = raw
        self._current = current
        self._judges = judging(labels, seed=0)
        self._told = len(labels.positions) >= FEWEST_LABELS and _can_be_told(labels)

    def run(self) -> Choice:
        """Search, and compare the best with the embeddings in use."""
        return self._judged(self._explored())

    def _explored(self) -> Search:
        """Try settings on a share of the pool."""
        from dalt.learning.encoders.size_search import STEPS, USUAL, TryingEncoders
        from dalt.learning.tuning.builtin import Here, OptunaTuner
        from dalt.learning.tuning.spaces import encoder_settings, same_size_settings

        plan = self._plan
        plan.report("Reading samples", 0, 1)
        labelled = plan.labels.positions
        trying = TryingEncoders(self._current.kind, self._raw, labelled, None, plan.seed)
        if self._told:
            trying.judge_by(self._judge(trying.positions))
        tuner = OptunaTuner(
            Here(trying),
            seed=plan.seed,
            stopping=plan.stopping,
            recipe=encoder_settings if self._told else same_size_settings,
            starts=[USUAL],
            n_parts=len(STEPS),
        )
        return tuner.explore(plan.seconds, plan.report)

    def _judged(self, search: Search) -> Choice:
        """Train the best on the whole pool, and compare it with the embeddings in use."""
        from importlib.metadata import version as version_of

        from dalt.learning.encoders.size_search import autoencoder_of
        from dalt.learning.encoders.torch_threads import one_thread
        from dalt.learning.tuning.builtin import mean

        plan = self._plan
        run: Run = search.best()
        settings = dict(run.recipe)
        self.best = autoencoder_of(self._current.kind, settings)
        with one_thread():
            self.best.fit(self._raw, seed=plan.seed, progress=plan.report)
        lost = self._losses()
        comparison = self._comparison() if self._told else None
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
            cursor=plan.labels.cursor,
            n_labels=len(plan.labels.positions),
            encoder=plan.pool.fingerprint,
        )

    def _judge(self, positions: Any) -> Any:
        """How many labels the default head predicts correctly on embeddings of some samples."""
        from dalt.learning.heads.pool import Pool
        from dalt.learning.heads.tuned import N_FOLDS, Trying, searched
        from dalt.learning.tuning.spaces import DEFAULT

        seen = searched(self._plan.labels, self._judges)
        here = np.isin(seen.positions, positions)
        rows = np.searchsorted(positions, seen.positions[here])
        labels = replace(seen, positions=rows, targets=seen.targets[here])
        usual = {name: value for name, value in DEFAULT.items() if name != "kind"}

        def judge(embeddings: Floats) -> tuple[float, float]:
            trying = Trying(Pool(embeddings), labels, self._plan.seed)
            parts = [trying(Recipe("blend", values=usual), part) for part in range(N_FOLDS)]
            score, likelihood = np.mean(parts, axis=0)
            return float(score), float(likelihood)

        return judge

    def _comparison(self) -> Comparison:
        from dalt.learning.encoders.torch_threads import one_thread
        from dalt.learning.heads.pool import Pool
        from dalt.learning.heads.registry import default_head
        from dalt.learning.heads.tuned import N_FOLDS, REPEATS, Trying, compared

        plan = self._plan
        plan.report("Embedding with the best", 0, 1)
        with one_thread():
            fresh = self.best.transform(self._raw)
        pools = (Pool(plan.pool.embeddings), Pool(fresh))
        both = [Trying(pool, plan.labels, plan.seed, self._judges) for pool in pools]
        table = np.full((REPEATS, 2, len(plan.labels.positions)), np.nan)
        for part in range(REPEATS * N_FOLDS):
            plan.report("Comparing", part, REPEATS * N_FOLDS)
            for column, trying in enumerate(both):
                found, out = trying.rights(default_head(), part)
                table[part // N_FOLDS, column, out] = found
        return compared(table)

    def _losses(self) -> tuple[float, float]:
        """The reconstruction loss of both on the same samples."""
        draw = np.random.default_rng(self._plan.seed).permutation(len(self._raw))[:500]
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

"""The search for a better head (nothing imports this at start).

An engine gets embeddings and labels and searches for some seconds: `autopytorch`, the real
package in its own environment, or `builtin`, which comes with DALT.  The result is a `TunedHead`:
a recipe from which ``dalt/learning/heads/`` makes a head.  `dalt.learning.heads.tuned.compare`
decides whether that replaces the head in use, not the engine.  The engines are in
``dalt/learning/tuning/``.
"""

from __future__ import annotations

from typing import Protocol, get_args

import numpy as np

from dalt.core.errors import shown
from dalt.core.records import BadInput, EngineName, Floats, LabelSet, Progress, TunedHead

ENGINES: tuple[EngineName, ...] = get_args(EngineName)
FEWEST_LABELS = 20
FEWEST_SECONDS = {"builtin": 5.0, "autopytorch": 20.0}


class Tuner(Protocol):
    """Searches for a head."""

    name: EngineName

    def search(
        self, embeddings: Floats, labels: LabelSet, budget_s: float, progress: Progress
    ) -> TunedHead:
        """Search for at most `budget_s` seconds.

        Parameters
        ----------
        embeddings : ndarray of shape (n_samples, n_dims), float32
            Of the pool.
        labels : LabelSet
            Whose positions are rows of the embeddings.
        budget_s : float
        progress : callable
            Gets the seconds that are over, of how many.

        Raises
        ------
        TuningFailed
            If nothing was found.
        """


def check_search(engine: str, labels: LabelSet, budget_s: float) -> None:
    """Refuse a search that cannot find anything.

    Raises
    ------
    BadInput
        With what is missing.

    Examples
    --------
    >>> few = LabelSet(np.arange(3), np.eye(3, dtype=np.float32), cursor=3)
    >>> check_search("builtin", few, 60)
    Traceback (most recent call last):
    ...
    dalt.core.errors.BadInput: A search needs at least 20 labelled samples, and there are 3: \
label more first.
    """
    if engine not in ENGINES:
        raise BadInput(
            f"There is no engine {shown(engine)}; the engines are {' and '.join(ENGINES)}."
        )
    check_seconds(engine, budget_s)
    n_labels = len(labels.positions)
    if n_labels < FEWEST_LABELS:
        raise BadInput(
            f"A search needs at least {FEWEST_LABELS} labelled samples, and there are {n_labels}: "
            "label more first."
        )
    if labels.multi:
        if engine == "autopytorch":
            raise BadInput(
                "autoPyTorch searches for one class per sample, and here a sample can have "
                "several: use the engine 'builtin'."
            )
        return
    twice = int((labels.targets.sum(axis=0) >= 2).sum())
    if twice < 2:
        raise BadInput(
            "A search needs at least two classes with two labels each, and there "
            f"{'is one' if twice == 1 else 'is none'}: label samples of other classes first."
        )


def check_seconds(engine: str, budget_s: float) -> None:
    """Refuse a budget that is too short to find anything.

    Raises
    ------
    BadInput
        If it is too short.
    """
    if not np.isfinite(budget_s) or budget_s < FEWEST_SECONDS[engine]:
        raise BadInput(
            f"A search by {engine} needs at least {FEWEST_SECONDS[engine]:.0f} seconds, not "
            f"{budget_s:g}."
        )

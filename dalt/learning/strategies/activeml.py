"""The pool strategies of scikit-activeml, adapted to DALT."""

from __future__ import annotations

import difflib
import inspect
import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.errors import OF_OTHERS, first_line, shown
from dalt.core.records import BadSettings, Floats, Positions

if TYPE_CHECKING:
    from dalt.learning.strategies.situation import Situation

_log = logging.getLogger(__name__)
MOST_CHOICES = 1_000
MOST_LABELLED = 1_000
AT_ONCE = 10
"""How many are requested together: a new snapshot comes before more are needed."""


class ActiveMLStrategy:
    """A strategy of ``skactiveml.pool``, given by its name.

    It looks at 1,000 open samples and 1,000 labels, both drawn uniformly: most of these
    strategies compare all pairs.  A strategy that needs a classifier gets the probabilities of
    the snapshot.

    Parameters
    ----------
    name : str
        Name of the class, for example "Badge" or "TypiClust".

    Raises
    ------
    BadSettings
        If scikit-activeml is not installed, or has no such strategy, or the strategy
        needs more than samples, labels and probabilities: it is tried on a handful.

    References
    ----------
    Kottke et al., scikit-activeml: A Library and Toolbox for Active Learning Algorithms, 2021.

    Examples
    --------
    >>> ActiveMLStrategy("TypiClust").name
    'skactiveml:TypiClust'
    """

    def __init__(self, name: str) -> None:
        self.name = f"skactiveml:{name}"
        self._strategy = _strategy_class(name)
        try:  # now, and not after every label
            with warnings.catch_warnings(action="ignore"):
                self._ask(_handful(), 1)
        except Exception as error:
            why = first_line(error)
            raise BadSettings(
                f"The strategy {self.name} cannot be used: it needs more than samples, labels and "
                f"probabilities ({why})."
            ) from error

    def __call__(self, situation: Situation, limit: int) -> Positions:
        """Choose at most `limit` open positions, best first; see `situation.Strategy`.

        None, which means uniform draws, if the library fails (some do on equal samples).
        """
        try:
            return self._ask(situation, limit)
        except OF_OTHERS:
            _log.warning("%s failed; samples are drawn uniformly", self.name, exc_info=True)
            return np.zeros(0, np.int64)

    def _ask(self, situation: Situation, limit: int) -> Positions:
        rng = np.random.default_rng([situation.seed, len(situation.labelled)])
        choices = _some(situation.open_positions, MOST_CHOICES, rng)
        if not len(choices):
            return choices
        known = np.sort(_some(np.arange(len(situation.labelled)), MOST_LABELLED, rng))
        positions = np.concatenate([choices, situation.labelled[known]])
        rows = np.asarray(situation.embeddings[positions], np.float64)
        answers = np.full(len(positions), np.nan)
        answers[len(choices) :] = situation.targets[known].argmax(axis=1)
        options: dict[str, Any] = {}
        if "clf" in inspect.signature(self._strategy.query).parameters:
            options = {"clf": _known(rows, situation.probabilities[positions]), "fit_clf": False}
        strategy = self._strategy(random_state=int(rng.integers(2**31)))
        chosen = strategy.query(
            X=rows,
            y=answers,
            candidates=np.arange(len(choices)),
            batch_size=min(limit, AT_ONCE, len(choices)),
            **options,
        )
        return choices[np.asarray(chosen, np.int64)]


def _handful() -> Situation:
    """Six samples of two classes, two of them labelled."""
    from dalt.learning.strategies.situation import Situation

    rows = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    doubt = np.linspace(0.1, 0.4, 6, dtype=np.float32)
    open_positions, labelled = np.arange(2, 6), np.arange(2)
    return Situation(
        np.stack([doubt, 1 - doubt], axis=1),
        rows,
        open_positions,
        labelled,
        np.eye(2, dtype=np.float32),
        0,
    )


def _some(positions: Positions, most: int, rng: np.random.Generator) -> Positions:
    if len(positions) <= most:
        return positions
    return rng.choice(positions, most, replace=False)


def _strategy_class(name: str) -> Any:
    try:
        from skactiveml import pool
    except ImportError as error:
        raise BadSettings(
            f"The strategy skactiveml:{name} needs scikit-activeml: pip install 'dalt[activeml]'."
        ) from error
    found: Any = getattr(pool, name, None)
    if name not in pool.__all__ or not hasattr(found, "query"):
        close = difflib.get_close_matches(name, pool.__all__, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise BadSettings(f"scikit-activeml has no pool strategy {shown(name)}.{hint}")
    given = {"self", "X", "y", "clf", "fit_clf", "candidates", "batch_size"}
    wanted = inspect.signature(found.query).parameters.values()
    missing = [p.name for p in wanted if p.default is p.empty and p.name not in given]
    missing = [each for each in missing if each not in ("args", "kwargs")]
    if missing:
        raise BadSettings(
            f"The strategy skactiveml:{name} needs {', '.join(missing)}, which DALT cannot give it."
        )
    return found


def _known(rows: NDArray[np.float64], probabilities: Floats) -> Any:
    """A classifier that knows only the probabilities of these rows."""
    from skactiveml.base import SkactivemlClassifier

    answers = {row.tobytes(): each for row, each in zip(rows, probabilities, strict=True)}

    class Known(SkactivemlClassifier):  # type: ignore[misc]
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return self

        def predict_proba(self, X: Any) -> Any:
            return np.array([answers[np.asarray(row, np.float64).tobytes()] for row in X], float)

    made = Known(classes=list(range(probabilities.shape[1])))
    made.classes_ = np.arange(probabilities.shape[1])
    return made

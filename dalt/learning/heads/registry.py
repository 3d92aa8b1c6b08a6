"""Making heads: the default one, the user's own, and classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dalt.core.errors import shown
from dalt.core.records import BadInput

if TYPE_CHECKING:
    from dalt.learning.heads.contract import Head

HeadLike = Any
"""A `dalt.model.Head`, or a scikit-learn compatible classifier."""


def default_head() -> Head:
    """Make a project's default head."""
    from dalt.learning.heads.blend import BlendHead

    return BlendHead()


def as_head(given: HeadLike) -> Head:
    """Return a head as it is, or make one of a classifier.

    Parameters
    ----------
    given : Head or scikit-learn classifier

    Raises
    ------
    BadInput
        If it is neither: a classifier has ``fit``, ``predict_proba`` and ``get_params``.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> as_head(GaussianNB()).name
    'sklearn:GaussianNB'
    """
    if all(hasattr(given, each) for each in ("fit", "predict_proba", "get_params")):
        from dalt.learning.heads.estimator import EstimatorHead

        return EstimatorHead(given)
    if hasattr(given, "fit") and hasattr(given, "name"):
        return given
    raise BadInput(
        f"A head is a dalt Head or a scikit-learn classifier with predict_proba, not "
        f"{shown(given)}."
    )

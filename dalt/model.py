"""Public names of heads, the pool they learn on, and snapshots.

A head is fitted on a `Pool` and a `LabelSet` and returns a `Fitted`; the trainer makes a
`Snapshot` of it.  Importing this module loads nothing heavier than numpy.  A snapshot
suggests and predicts with numpy alone, so a thin kernel can use it.  The heads
themselves, and the graph of the pool, are in ``dalt/learning/heads/``.
"""

from pathlib import Path
from typing import Any

from dalt.core.arguments import PATH, takes
from dalt.learning.heads.contract import Fitted, Head, check_labels
from dalt.learning.heads.pool import Interrupted, Pool
from dalt.learning.heads.registry import HeadLike, as_head, default_head
from dalt.learning.heads.snapshot import FORMAT, Snapshot

__all__ = [
    "FORMAT",
    "Fitted",
    "Head",
    "HeadLike",
    "Interrupted",
    "Pool",
    "Snapshot",
    "as_head",
    "check_labels",
    "default_head",
    "load_estimator",
]


@takes(path=PATH)
def load_estimator(path: str | Path) -> Any:
    """Read an estimator that DALT has written, in any process and without the project.

    Parameters
    ----------
    path : str or Path
        A file of skops, as `Project.export_model` writes it.

    Returns
    -------
    scikit-learn estimator
        With ``predict``, ``predict_proba``, ``classes_`` and ``fit``.

    Raises
    ------
    BadInput
        If skops is not installed, there is no such file, or it holds anything but an estimator of
        DALT: nothing else in a file is trusted.

    Examples
    --------
    >>> load_estimator("nowhere.skops")
    Traceback (most recent call last):
    dalt.core.errors.BadInput: There is no file 'nowhere.skops'.
    """
    from dalt.learning.export.estimators import load_estimator as load

    return load(path)

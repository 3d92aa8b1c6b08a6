"""Choosing samples to verify together, and whether that pays: pure functions.

A page shows samples that the model puts in one class; the person touches only the wrong
ones.  So it pays where few are wrong, and pages are shorter when the model is less sure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Estimate, Floats, Mode, Positions
from dalt.labeling.keystrokes import GLANCE, KEY, POINT, THINK

SURE = 0.9
CONFIDENT = 0.7
"""Below this probability a sample is not put on a page: it would be wrong too often."""
WRONG_AT_MOST = 3.0
"""Wrong samples that a page may be expected to hold."""
LOOKED_AT = 10
"""Samples needed before the measured accuracy says which mode is quicker."""
VERIFIED = 100
"""Newest verified samples that predict how often the next page will be right."""

_PAGE = 12  # samples on the page that the estimate assumes


def choose_page(
    probabilities: Floats,
    free: NDArray[np.bool_],
    allowed: Sequence[int],
    stay: int | None = None,
    size: int = 24,
) -> tuple[int, Positions] | None:
    """Return the class to verify, and its samples to choose from.

    The previous page's class stays as long as it surely fills another page: people are quicker
    with one class at a time.  Otherwise it is the class to which most free samples surely belong
    (probability `SURE` or more); if there is none, the one with most free samples above
    `CONFIDENT`.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes), float32
        A snapshot's, by position; rows sum to 1.
    free : ndarray of shape (n_free,), bool
        Which samples may be leased, by position; may be longer or shorter.
    allowed : sequence of int
        Columns of the classes that the project still has.
    stay : int, optional
        Column of the class of the page before.
    size : int
        How many samples fill a page.

    Returns
    -------
    tuple of (int, ndarray of int64) or None
        The class's column and the positions, most confident first; None if no free
        sample is confident enough.

    Examples
    --------
    >>> rows = np.array([[0.8, 0.2], [0.1, 0.9], [0.95, 0.05], [0.6, 0.4]], np.float32)
    >>> column, positions = choose_page(rows, np.ones(4, bool), [0, 1])
    >>> column, positions.tolist()
    (0, [2, 0])
    """
    n = min(len(probabilities), len(free))
    positions = np.flatnonzero(free[:n])
    rows = np.asarray(probabilities)[positions]
    if not rows.size or not len(allowed):
        return None
    top = rows.argmax(axis=1)
    share = rows[np.arange(len(rows)), top]
    fits = (share >= CONFIDENT) & np.isin(top, allowed)
    if not fits.any():
        return None
    n_classes = rows.shape[1]
    sure = np.bincount(top[fits & (share >= SURE)], minlength=n_classes)
    confident = np.bincount(top[fits], minlength=n_classes)
    column = int(np.lexsort((confident, sure))[-1])
    if stay is not None and sure[stay] >= size:
        column = stay
    mine = fits & (top == column)
    order = np.argsort(-share[mine], kind="stable")
    return column, positions[mine][order].astype(np.int64)


def page_size(confidences: Sequence[float] | Floats, size: int) -> int:
    """Return how many of these samples go on a page of at most `size`, at least one.

    As many as should hold `WRONG_AT_MOST` wrong ones or fewer.

    Parameters
    ----------
    confidences : sequence of float in [0, 1], most confident first
    size : int

    Examples
    --------
    >>> page_size([0.99] * 40, 24), page_size([0.8] * 40, 24)
    (24, 15)
    """
    doubt = 1.0 - np.asarray(confidences[:size], np.float64)
    # Slightly more: sums of binary fractions miss values that they should reach exactly.
    return max(1, int(np.searchsorted(np.cumsum(doubt), WRONG_AT_MOST + 1e-6, side="right")))


def quicker_mode(accuracy: Estimate | None, verified: Estimate | None = None) -> Mode | None:
    """Return the mode in which a label should take less time.

    Single: look, decide, press a key; decide once more where the suggestion is wrong.
    Verify: glance at each of a page, point at the wrong ones and decide there, confirm the
    page.  Where the bounds of the accuracy's interval disagree, the result is None.

    Parameters
    ----------
    accuracy : Estimate or None
        How often suggestions are right, from uniformly drawn samples.
    verified : Estimate, optional
        How often the newest pages' suggestions were right.  It takes precedence: a page holds
        the model's most confident samples, while uniform draws are of everything still open,
        which gets harder with every verified page.

    References
    ----------
    Card, Moran, Newell: The Keystroke-Level Model for User Performance Time with
    Interactive Systems, Communications of the ACM 23, 1980.

    Examples
    --------
    >>> quicker_mode(Estimate(0.9, 0.7, 0.97, 20)), quicker_mode(Estimate(0.05, 0.0, 0.1, 40))
    ('verify', 'single')
    >>> quicker_mode(Estimate(0.05, 0.0, 0.1, 40), verified=Estimate(0.98, 0.93, 0.99, 100))
    'verify'
    >>> quicker_mode(None) is None
    True
    """
    known = [each for each in (verified, accuracy) if each is not None and each.n >= LOOKED_AT]
    if not known:
        return None
    said = {_quicker_at(right) for right in (known[0].low, known[0].high)}
    return said.pop() if len(said) == 1 else None


def seconds_single(n: int, wrong: int) -> float:
    """Time for `n` labels one by one, where `wrong` suggestions are not right."""
    return n * (THINK + KEY) + wrong * THINK


def seconds_by_page(n: int, wrong: int, pages: int) -> float:
    """Time for `n` labels on `pages` pages, where `wrong` samples are not of their class."""
    return n * GLANCE + wrong * (THINK + POINT + KEY) + pages * (THINK + KEY)


def _quicker_at(right: float) -> Mode:
    wrong = round((1.0 - right) * _PAGE * 1_000)
    single = seconds_single(_PAGE * 1_000, wrong)
    verify = seconds_by_page(_PAGE * 1_000, wrong, 1_000)
    return "verify" if verify < single else "single"

"""Accuracy of suggestions and quality of labels, as shares with intervals."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import CurvePoint, Estimate, Floats, Label, LabelValue

TEACHES = ("label", "import")  # a skip tells the model nothing


def wilson(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """Estimate a share from how often something was true, with Wilson's score interval.

    Parameters
    ----------
    successes : int
        How often it was true.
    n : int
        Number of trials; at least 1.
    confidence : float in (0, 1)
        Probability that such an interval contains the true share.

    Returns
    -------
    Estimate
        The observed share between the interval's bounds.

    Raises
    ------
    ValueError
        If the counts or the confidence are out of range.

    References
    ----------
    Wilson, Probable Inference, the Law of Succession, and Statistical Inference,
    Journal of the American Statistical Association 22, 1927.

    Examples
    --------
    >>> estimate = wilson(8, 10)
    >>> estimate.value, round(estimate.low, 3), round(estimate.high, 3)
    (0.8, 0.49, 0.943)
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"0 <= successes <= n and n >= 1 are needed, not {successes} of {n}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Both bounds are exact at the ends; rounding would leave them slightly off.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Estimate(value=share, low=low, high=high, n=n)


def suggestion_accuracy(rows: Iterable[Label], confidence: float = 0.95) -> Estimate | None:
    """Estimate how often the top suggestion matches the person's answer.

    This counts uniformly drawn samples whose first answer came with a suggestion on screen:
    for later answers to the same sample, by others or after an undo, the model has learned
    the first one.  It compares that suggestion with the annotator's last label; a sample that
    was undone or skipped in the end is missing.  Where a sample has several classes, the
    suggestion is every class that was likelier than not, and right if it equals the label
    (exact match, the strictest of the usual measures).  Regions count where any were proposed.

    Parameters
    ----------
    rows : iterable of Label
        Events in the order of their ids; kinds other than label, skip, undo and import are
        ignored.
    confidence : float in (0, 1)
        For the interval.

    Returns
    -------
    Estimate or None
        None if there is no such sample.

    Examples
    --------
    >>> suggestion_accuracy([]) is None
    True
    """
    hits = [hit for _, hit in _judged(rows)]
    return wilson(sum(hits), len(hits), confidence) if hits else None


def suggestion_calibration(rows: Iterable[Label]) -> float | None:
    """Estimate how far the probabilities of suggestions are from their accuracy.

    Parameters
    ----------
    rows : iterable of Label
        As for `suggestion_accuracy`; the same ones count.

    Returns
    -------
    float in [0, 1] or None
        The expected calibration error; None if there is no such sample, or where a sample
        has several classes.

    Examples
    --------
    >>> suggestion_calibration([]) is None
    True
    """
    judged = [
        (event.probability, hit)
        for event, hit in _judged(rows)
        if event.probability is not None and isinstance(event.suggested, str)
    ]
    if not judged:
        return None
    return expected_calibration_error([sure for sure, _ in judged], [hit for _, hit in judged])


def _judged(rows: Iterable[Label]) -> list[tuple[Label, bool]]:
    """First answers to uniformly drawn samples, and whether their suggestion was right."""
    # Before a model has learned, "no regions proposed" is on record, but it is no guess.
    return [
        (event, event.suggested == final)
        for event, final in uniform_answers(rows)
        if event.suggested is not None and (event.suggested or event.snapshot is not None)
    ]


def uniform_answers(rows: Iterable[Label]) -> list[tuple[Label, LabelValue]]:
    """First answers to uniformly drawn samples, with the last label of the same annotator.

    Samples that were undone or skipped in the end are missing.

    Parameters
    ----------
    rows : iterable of Label
        As for `suggestion_accuracy`.

    Examples
    --------
    >>> uniform_answers([])
    []
    """
    events = list(rows)
    replaced = {event.supersedes for event in events if event.supersedes is not None}
    first: dict[str, Label] = {}
    last: dict[tuple[str, str], LabelValue | None] = {}
    for event in events:
        if event.kind in TEACHES:
            first.setdefault(event.sample_id, event)
        if event.kind == "label" and event.event_id not in replaced:
            last[event.sample_id, event.annotator] = event.label
    found = []
    for sample_id, event in first.items():
        final = last.get((sample_id, event.annotator))
        if event.draw == "uniform" and final is not None:
            found.append((event, final))
    return found


def expected_calibration_error(
    confidences: Sequence[float] | Floats,
    hits: Sequence[bool] | NDArray[np.bool_],
    n_bins: int = 15,
) -> float:
    """Compute how far the probabilities of top suggestions are from their accuracy.

    The mean gap between confidence and accuracy over bins of equal width, weighted by their
    size.  It is too high with few samples, since the accuracy of a small bin is noisy.

    Parameters
    ----------
    confidences : sequence of float in [0, 1], of length n
        Probability of each top suggestion.
    hits : sequence of bool, of length n
        Whether it was right.
    n_bins : int

    Returns
    -------
    float in [0, 1]
        0 is perfect.

    Raises
    ------
    ValueError
        If the input is empty, or the lengths differ.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks, 2017.

    Examples
    --------
    >>> expected_calibration_error([0.5, 0.5], [True, False])
    0.0
    """
    sure = np.asarray(confidences, np.float64)
    right = np.asarray(hits, np.float64)
    if not len(sure) or sure.shape != right.shape:
        raise ValueError(f"as many confidences as hits are needed, not {sure.shape}, {right.shape}")
    bins = np.minimum((sure * n_bins).astype(int), n_bins - 1)
    gaps = np.abs(np.bincount(bins, weights=right - sure, minlength=n_bins))
    return float(gaps.sum() / len(sure))


def learning_curve(
    rows: Iterable[Label], label_events: Sequence[int], window: int = 50, most: int = 60
) -> list[CurvePoint]:
    """Compute the accuracy of suggestions as the number of labels grew.

    Each point covers the last `window` samples that `suggestion_accuracy` would count.

    Parameters
    ----------
    rows : iterable of Label
        As for `suggestion_accuracy`.
    label_events : sequence of int, ascending
        Ids of all label events, which give the number of labels.
    window, most : int
        Samples per point; the largest number of points.

    Returns
    -------
    list of CurvePoint
        By number of labels; empty before five samples count.

    Examples
    --------
    >>> learning_curve([], [])
    []
    """
    judged = sorted((event.event_id, hit) for event, hit in _judged(rows))
    first = min(5, window)
    if len(judged) < first:
        return []
    n_points = min(most, len(judged) - first + 1)
    ends = np.unique(np.linspace(first, len(judged), n_points).astype(int))
    points = []
    for end in ends.tolist():
        part = [hit for _, hit in judged[max(0, end - window) : end]]
        n_labels = bisect_right(label_events, judged[end - 1][0])
        points.append(CurvePoint(n_labels, wilson(sum(part), len(part))))
    return points


def pace(seconds: Sequence[float], confidence: float = 0.95) -> Estimate | None:
    """Estimate the mean seconds per label, with an interval; None from fewer than ten.

    A sample that was looked at for more than ten times the median (the phone rang) counts as
    ten medians.

    Parameters
    ----------
    seconds : sequence of float
        Active seconds of the newest labels.

    Examples
    --------
    >>> round(pace([2.0] * 20).value, 1)
    2.0
    """
    if len(seconds) < 10:
        return None
    values = np.asarray(seconds, np.float64)
    values = np.minimum(values, 10 * np.median(values))
    mean = float(values.mean())
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    half = z * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(mean, max(0.0, mean - half), mean + half, len(values))


def label_quality(
    labels: Sequence[int] | NDArray[np.integer],
    probabilities: Floats,
    method: Literal["normalized_margin", "self_confidence"] = "normalized_margin",
) -> NDArray[np.float64]:
    """Score how likely each label is right, from models that never saw it.

    Parameters
    ----------
    labels : sequence of int, of length n
        The class of each label, as a column of `probabilities`.
    probabilities : ndarray of shape (n, n_classes)
        Out of sample, rows summing to 1.
    method : {"normalized_margin", "self_confidence"}
        The margin between the label's probability and the likeliest other one, mapped to
        [0, 1], where a half means equally likely; or the label's probability.

    Returns
    -------
    ndarray of shape (n,), float64
        In [0, 1]; review the lowest first.

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels,
    Journal of Artificial Intelligence Research 70, 2021.

    Examples
    --------
    >>> label_quality([0, 1], np.array([[0.9, 0.1], [0.75, 0.25]])).round(2).tolist()
    [0.9, 0.25]
    """
    shares = np.asarray(probabilities, np.float64)
    rows, given = np.arange(len(shares)), np.asarray(labels, np.int64)
    own = shares[rows, given]
    if method == "self_confidence":
        return own
    others = shares.copy()
    others[rows, given] = -np.inf
    return (own - others.max(axis=1, initial=0.0) + 1) / 2


def disagreements(
    labels: Sequence[int] | NDArray[np.integer], probabilities: Floats
) -> NDArray[np.bool_]:
    """Find labels that a model confidently disagrees with: the errors of confident learning.

    A class is confident for a sample if its probability is at least the average over samples
    with that label.  This threshold per class allows for models that are surer of some classes
    than of others.

    Parameters
    ----------
    labels, probabilities
        As for `label_quality`.

    Returns
    -------
    ndarray of shape (n,), bool

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.95, 0.05], [0.2, 0.8]])
    >>> disagreements([0, 0, 1, 1, 1], sure).tolist()
    [False, False, False, True, False]
    """
    shares = np.asarray(probabilities, np.float64)
    given = np.asarray(labels, np.int64)
    if not len(given):
        return np.zeros(0, bool)
    thresholds = np.ones(shares.shape[1])  # never reached for a class without labels
    for label in np.unique(given):
        thresholds[label] = shares[given == label, label].mean()
    confident = shares >= thresholds - 1e-6
    likeliest = shares.argmax(axis=1)
    said = np.where(confident.sum(axis=1) > 1, likeliest, confident.argmax(axis=1))
    return confident.any(axis=1) & (said != given) & (likeliest != given)


def set_quality(given: NDArray[np.bool_], probabilities: Floats) -> NDArray[np.float64]:
    """Compute `label_quality` where a sample can have several classes.

    Each class is its own label, yes or no; the least likely ones count most (an exponential
    moving average from the best to the worst, as in cleanlab).

    Parameters
    ----------
    given : ndarray of shape (n, n_classes), bool
    probabilities : ndarray of shape (n, n_classes)
        Each for its class alone.

    Returns
    -------
    ndarray of shape (n,), float64

    References
    ----------
    Thyagarajan, Snorrason, Northcutt, Mueller: Identifying Incorrect Annotations in
    Multi-Label Classification Data, 2022.

    Examples
    --------
    >>> set_quality(np.array([[True, False]]), np.array([[0.5, 0.0]])).round(2).tolist()
    [0.6]
    """
    shares = np.asarray(probabilities, np.float64)
    best_first = -np.sort(-np.where(given, shares, 1 - shares), axis=1)
    mean = best_first[:, 0]
    for column in best_first.T[1:]:
        mean = 0.8 * column + 0.2 * mean
    return mean


def set_disagreements(given: NDArray[np.bool_], probabilities: Floats) -> NDArray[np.bool_]:
    """Find `disagreements` in at least one class, where a sample can have several.

    Parameters
    ----------
    given, probabilities
        As for `set_quality`.

    Examples
    --------
    >>> given = np.array([[True], [True], [False], [False], [False]])
    >>> sure = np.array([[0.9], [0.8], [0.1], [0.95], [0.2]])
    >>> set_disagreements(given, sure).tolist()
    [False, False, False, True, False]
    """
    found = np.zeros(len(given), bool)
    for said, yes in zip(np.asarray(given).T, np.asarray(probabilities, np.float64).T, strict=True):
        found |= disagreements(said.astype(np.int64), np.stack([1 - yes, yes], axis=1))
    return found

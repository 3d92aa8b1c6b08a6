"""Which units may be compared with which, and which of them are one observation.

**As assigned.**  An arm is a property of a sample before anybody sees it, or of the place in a
block.  Units are compared by it and never by what was shown in the end, so that a sample without
a suggestion in the arm "suggestions" (before the first snapshot, say) stays in that arm.

**Pages to verify.**  Samples of the arm "suggestions" can be verified by the page; hidden ones
never get onto pages.  A page takes what the model is surest of, and those samples are easy.  So

* the assisted samples that are left to be labelled one by one are harder than the hidden ones:
  one by one against hidden makes assistance look slower than it is;
* pages also draw easy samples that would not have been asked yet, and hidden samples that are as
  easy still wait: all assisted against hidden makes assistance look quicker than it is.

Both go away if verified units count, with their share of the page's time, and if units are
compared only with those of the same annotator, stage of learning and confidence of the model when
the sample was drawn.  Pages choose by that confidence (`dalt.labeling.page_choice.choose_page`) and
by nothing about the sample beside it, its predicted class apart; the assignment is random.  So
within such a stratum the arms have exchangeable samples.  Strata with one arm only hold samples
that the other arm could not have received (hidden samples of no confidence that is ever reached,
pages at a time when no hidden sample as easy was drawn); they say nothing about the difference and
are left out.  What remains is weighted by n₁n₀/(n₁+n₀), the weights of least squares with a
constant for each stratum (Li, Morgan and Zaslavsky call them overlap weights).

In a study with the condition "verify", chance assigns pages: it divides samples that a page would
take among all conditions.  Their arms are exchangeable as they are.

Where the kernel did not record the model's confidence for hidden samples, units after the first
verified page cannot be compared, and only those before it are.

**One observation.**  The samples of a page share one measured time, and units of a block one
stretch of work, so a page or a block counts as one observation, however many samples it has.

References
----------
Li, Morgan, Zaslavsky, Balancing Covariates via Propensity Score Weighting, Journal of the American
Statistical Association 113, 2018.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dalt.study.analysis.units import PAGE, Floats64, Truths, Units, Whole

CONFIDENCES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
"""Bounds between strata of confidence; pages begin at 0.7 and take the surest first."""
KNOWN_SHARE = 0.8
"""Share of hidden units whose confidence has to be known to compare by it."""
PER_STAGE = 6
"""Observations of the rarer arm that a stage of learning should have."""
STAGES = 8
"""At most so many stages of learning for each annotator."""
FEWEST = 3
"""Observations that an annotator needs in each arm to be compared."""
_RUNS = -2.5
"""Fewer runs of one arm than chance gives, in standard deviations, are blocks."""


@dataclass(frozen=True)
class Matched:
    """Units that may be compared.

    Attributes
    ----------
    units : Units
    stratum : ndarray of shape (n,), int64
        Units are compared within one: same annotator, stage and, with pages, confidence; those of
        a study apart from others.
    stage : ndarray of shape (n,), int64
        The stage of the annotator's work, from 0.
    cluster : ndarray of shape (n,), int64
        Units of one observation.
    order : ndarray of shape (n,), float64
        The logarithm of how many samples the annotator had handled before, plus one.
    by_confidence : bool
        Whether strata are of one confidence.
    notes : tuple of str
        What was left out and why, a sentence each.
    """

    units: Units
    stratum: Whole
    stage: Whole
    cluster: Whole
    order: Floats64
    by_confidence: bool
    notes: tuple[str, ...] = ()


def matched(units: Units) -> Matched:
    """Find the units that either arm could have received, and put them into strata.

    Parameters
    ----------
    units : Units

    Returns
    -------
    Matched
        Only of annotators with at least `FEWEST` observations in each arm; units of unknown
        time stay (accuracy needs no time) and `speed` leaves them out.
    """
    notes: list[str] = []
    units = _by_block(units)
    order = _log_order(units.annotator)
    cluster = _clusters(units)
    keep = np.ones(len(units), bool)
    paged = units.pages_by_choice
    hidden_known = np.isfinite(units.probability[~units.treated])
    by_confidence = paged and hidden_known.size > 0 and hidden_known.mean() >= KNOWN_SHARE
    if paged and not by_confidence:
        keep[int(np.flatnonzero(units.verified)[0]) :] = False
        notes.append(
            "The project did not record how sure the model was of samples shown without a "
            "suggestion, so only the samples before the first page to verify are compared "
            f"({int(keep.sum()):,} of {len(keep):,})."
        )
    # Rows without a usable time are not compared, so they must not make the stages.
    keep &= np.isfinite(units.seconds)
    return _stratified(units, keep, order, cluster, by_confidence, notes)


def log_seconds(found: Matched) -> Floats64:
    """The logarithms of times, so that a page is compared with what its samples take one by one.

    The time of a page is a sum, and the logarithm of a mean is above the mean of logarithms.  Where
    annotators chose their pages, the difference comes from the single samples (smearing).  Where a
    study assigned pages, `matched` has given the samples of every block their mean time, as those
    of a page have.

    References
    ----------
    Duan, Smearing Estimate: A Nonparametric Retransformation Method, Journal of the American
    Statistical Association 78, 1983.
    """
    units = found.units
    y = np.log(units.seconds)
    paged = units.verified & (units.block < 0)
    if not paged.any() or (~paged).sum() < FEWEST:
        return y
    stratum = np.unique(found.stratum[~paged], return_inverse=True)[1]
    sizes = np.bincount(stratum)
    residual = y[~paged] - (np.bincount(stratum, y[~paged]) / sizes)[stratum]
    several = (sizes > 1)[stratum]
    if not several.any():
        return y
    # The residuals of a stratum of n have lost a share of 1/n of their variance.
    residual = residual[several] * np.sqrt(sizes / np.maximum(sizes - 1, 1))[stratum][several]
    above = float(np.log(np.exp(residual).mean()))
    n_on_page = np.bincount(units.batch[paged])[units.batch[paged]]
    y[paged] -= above * (1 - 1 / n_on_page)
    return y


def _by_block(units: Units) -> Units:
    """Units with the mean time of their block, as the samples of a page have it."""
    known = np.isfinite(units.seconds) & (units.block >= 0)
    if PAGE not in (units.treatment, units.control) or not known.any():
        return units
    seconds, block = units.seconds.copy(), units.block[known]
    seconds[known] = (np.bincount(block, seconds[known]) / np.maximum(np.bincount(block), 1))[block]
    return replace(units, seconds=seconds)


def _stratified(
    units: Units,
    keep: Truths,
    order: Floats64,
    cluster: Whole,
    by_confidence: bool,
    notes: list[str],
) -> Matched:
    stage = _stages(units, keep, cluster)
    confidence = np.zeros(len(units), np.int64)
    if by_confidence:
        known = np.isfinite(units.probability)
        confidence[known] = 1 + np.digitize(units.probability[known], CONFIDENCES)
    stratum = _codes(units.annotator, units.study, stage, confidence)
    both = keep & _has_both(stratum, units.treated, keep)
    n_lone = int((keep & ~both).sum())
    if n_lone and by_confidence:
        notes.append(
            f"{n_lone:,} of {int(keep.sum()):,} samples have no counterpart in the other condition "
            "at the same stage and confidence; they are not compared."
        )
    fits = both & _enough(units, cluster, both)
    left = {units.annotators[i] for i in np.unique(units.annotator)}
    left -= {units.annotators[i] for i in np.unique(units.annotator[fits])}
    if left and fits.any():
        names = "1 annotator has" if len(left) == 1 else f"{len(left)} annotators have"
        notes.append(f"{names} too few samples in one of the conditions to be compared.")
    rows = np.flatnonzero(fits)
    return Matched(
        units=units.where(fits),
        stratum=np.unique(stratum[rows], return_inverse=True)[1].astype(np.int64),
        stage=stage[rows],
        cluster=np.unique(cluster[rows], return_inverse=True)[1].astype(np.int64),
        order=order[rows],
        by_confidence=by_confidence,
        notes=tuple(notes),
    )


def _log_order(annotator: Whole) -> Floats64:
    """How many units the annotator had before each, plus one, as a logarithm."""
    order = np.zeros(len(annotator))
    for who in np.unique(annotator):
        rows = np.flatnonzero(annotator == who)
        order[rows] = np.log1p(np.arange(len(rows)))
    return order


def _stages(units: Units, keep: Truths, cluster: Whole) -> Whole:
    """Stretches of each annotator's work, each with some observations of the rarer arm."""
    stage = np.zeros(len(units), np.int64)
    for who in np.unique(units.annotator):
        rows = np.flatnonzero((units.annotator == who) & keep)
        first = np.zeros(len(rows), bool)
        first[np.unique(cluster[rows], return_index=True)[1]] = True
        treated = units.treated[rows]
        begins = min((first & treated, first & ~treated), key=np.count_nonzero)
        n_rarer = int(begins.sum())
        n_stages = int(np.clip(n_rarer // PER_STAGE, 1, STAGES))
        if n_stages > 1:
            # Equal counts of the rarer arm in each: a stage without it compares nothing.
            before: Whole = np.maximum(np.cumsum(begins) - 1, 0)
            stage[rows] = before * n_stages // n_rarer
    return stage


def _clusters(units: Units) -> Whole:
    """Pages and blocks are one observation each; other units stand alone."""
    n = len(units)
    cluster = np.arange(n, dtype=np.int64)
    for who in np.unique(units.annotator):
        rows = np.flatnonzero(units.annotator == who)
        if (units.block[rows] < 0).all() and _in_blocks(units.treated[rows], units.batch[rows]):
            changed = np.diff(units.treated[rows].astype(np.int8), prepend=2) != 0
            cluster[rows] = rows[0] + np.cumsum(changed) - 1
    known = units.block >= 0
    cluster[known] = n + units.block[known]
    paged = units.verified & ~known
    cluster[paged] = 2 * n + units.batch[paged]
    return cluster


def _in_blocks(treated: Truths, batch: Whole) -> bool:
    """Whether arms come in longer runs than chance gives (Wald and Wolfowitz, 1940)."""
    alone = (batch < 0) | (np.diff(batch, prepend=-2) != 0)  # a page is one draw
    arms = treated[alone]
    n1, n0 = int(arms.sum()), int((~arms).sum())
    n = n1 + n0
    if n1 < 4 or n0 < 4:
        return False
    runs = 1 + int((np.diff(arms.astype(np.int8)) != 0).sum())
    mean = 2 * n1 * n0 / n + 1
    variance = (mean - 1) * (mean - 2) / (n - 1)
    return variance > 0 and (runs - mean) / np.sqrt(variance) < _RUNS


def _codes(*parts: Whole) -> Whole:
    """One number for each combination."""
    code = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        values, inverse = np.unique(part, return_inverse=True)
        code = code * max(len(values), 1) + inverse
    return np.unique(code, return_inverse=True)[1].astype(np.int64)


def _has_both(stratum: Whole, treated: Truths, keep: Truths) -> Truths:
    n = int(stratum.max(initial=-1)) + 1
    n1 = np.bincount(stratum[keep & treated], minlength=n)
    n0 = np.bincount(stratum[keep & ~treated], minlength=n)
    return np.asarray((n1 > 0) & (n0 > 0))[stratum] if n else np.zeros(0, bool)


def _enough(units: Units, cluster: Whole, keep: Truths) -> Truths:
    """Units of annotators who have enough observations in each arm."""
    fits = np.zeros(len(units), bool)
    for who in np.unique(units.annotator[keep]):
        mine = keep & (units.annotator == who)
        n1 = len(np.unique(cluster[mine & units.treated]))
        n0 = len(np.unique(cluster[mine & ~units.treated]))
        fits |= mine & (min(n1, n0) >= FEWEST)
    return fits

"""How much faster one arm is than the other, with intervals that hold for few annotators too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from dalt.study.analysis.matching import Matched, log_seconds
from dalt.study.analysis.units import Floats64, Truths, Whole

GENERAL = 8
"""Annotators needed for a claim about annotators in general."""
OBSERVATIONS = 10
"""Observations needed in each arm before anything is said."""
CONFIDENCE = 0.95
_LEVERAGE = 0.95
RESAMPLES = 2_000


@dataclass(frozen=True)
class Change:
    """A share of time saved, with its interval; negative where time is lost.

    Attributes
    ----------
    saved, low, high : float
        ``1 − time with / time without``; 0.31 is 31 % less time.
    df : float
        Degrees of freedom of Student's t behind the interval; NaN for the bootstrap.
    """

    saved: float
    low: float
    high: float
    df: float

    @property
    def verdict(self) -> str:
        """One of "saves", "costs", and "none" if the interval includes zero."""
        if self.low > 0:
            return "saves"
        return "costs" if self.high < 0 else "none"


@dataclass(frozen=True)
class Speed:
    """What the treatment does to the time for a sample.

    Attributes
    ----------
    claim : {"these", "general"}
        Whether `main` is about these annotators or about annotators in general.
    main : Change
        `these` or `general`.
    these : Change
        The mean effect on these annotators, each weighted by their units; annotators are fixed.
    general : Change or None
        The mean effect on annotators in general, with t on K − 1 degrees of freedom; None for
        one annotator.
    total : Change
        Of the sum of seconds instead of typical ones (their logarithms).
    bootstrap : Change or None
        Of annotators drawn again in pairs of arms; None below `GENERAL` annotators.
    annotators : tuple of (str, Change, int, int)
        Each annotator's effect, and their units with and without.
    typical : tuple of (float, float)
        Typical (geometric mean) seconds with and without, at the strata's common weights.
    n_treated, n_control : int
        Units.
    observations : tuple of (int, int)
        Pages, blocks and single samples, with and without.
    heterogeneity : float
        Standard deviation of the annotators' effects, in logarithms of time.
    """

    claim: str
    main: Change
    these: Change
    general: Change | None
    total: Change
    bootstrap: Change | None
    annotators: tuple[tuple[str, Change, int, int], ...]
    typical: tuple[float, float]
    n_treated: int
    n_control: int
    observations: tuple[int, int]
    heterogeneity: float


@dataclass(frozen=True)
class _Fit:
    """Effects by annotator, and what each unit contributes to their error."""

    effects: Floats64  # (K,), logarithm of the ratio of times
    precisions: Floats64  # (K,), residual sums of squares of the arm
    n: Whole  # (K,)
    who: Whole  # (n,), 0 to K − 1
    pull: Floats64  # (n,), what a residual of 1 adds to the annotator's effect
    score: Floats64  # (n,), what the unit's own residual adds, made larger for its leverage
    ids: Whole  # (K,), of the annotators
    pooled: float  # variance of residuals


def speed(matched: Matched) -> Speed | None:
    """Compare the arms' times.

    Parameters
    ----------
    matched : Matched

    Returns
    -------
    Speed or None
        None if there are fewer than `OBSERVATIONS` in one of the arms, or times do not vary.

    Notes
    -----
    The model is ``log seconds = stratum + effect of the annotator × arm + error``, where strata
    hold annotator, stage and confidence.  With annotators fixed its error is clustered by pages,
    blocks and (where several annotators share them) samples, with the correction of Bell and
    McCaffrey for few clusters and Satterthwaite's degrees of freedom by arm.  With random
    annotators the effects have a variance between annotators, by restricted maximum likelihood;
    the interval is that of Hartung and Knapp, to which the variance of shared samples is added.
    That is the mixed model in two steps; `mixed.mixed_model` fits it in one.

    References
    ----------
    Bell, McCaffrey, Bias Reduction in Standard Errors for Linear Regression with Multi-Stage
    Samples, Survey Methodology 28, 2002.
    Cameron, Gelbach, Miller, Robust Inference With Multiway Clustering, Journal of Business &
    Economic Statistics 29, 2011.
    Hartung, Knapp, A refined method for the meta-analysis of controlled clinical trials with
    binary outcome, Statistics in Medicine 20, 2001.
    """
    units = matched.units
    treated = units.treated
    observations = _observations(matched)
    if min(observations) < OBSERVATIONS:
        return None
    y = log_seconds(matched)
    if not np.ptp(y) > 1e-9:
        return None
    fit = _fit(y, matched)
    these, df = _fixed(fit, matched)
    general, spread = _random(fit, matched)
    several = len(fit.effects) >= GENERAL
    main = general if several and general is not None else these
    each = tuple(
        (units.annotators[fit.ids[k]], _alone(fit, matched, k), *_counts(treated[fit.who == k]))
        for k in range(len(fit.effects))
    )
    return Speed(
        claim="general" if several else "these",
        main=main,
        these=these,
        general=general,
        total=_total(matched, df),
        bootstrap=_bootstrap(fit) if several else None,
        annotators=each,
        typical=_typical(y, matched),
        n_treated=int(treated.sum()),
        n_control=int((~treated).sum()),
        observations=observations,
        heterogeneity=spread,
    )


def _observations(matched: Matched) -> tuple[int, int]:
    treated = matched.units.treated
    return (
        len(np.unique(matched.cluster[treated])),
        len(np.unique(matched.cluster[~treated])),
    )


def _counts(treated: Truths) -> tuple[int, int]:
    return int(treated.sum()), int((~treated).sum())


# --- least squares within strata ------------------------------------------------------------


def _within(values: Floats64, stratum: Whole) -> Floats64:
    n = np.bincount(stratum)
    return np.asarray(values - (np.bincount(stratum, values) / np.maximum(n, 1))[stratum])


def _fit(y: Floats64, matched: Matched) -> _Fit:
    """Effects by annotator, all at once: strata hold the annotator."""
    units, stratum = matched.units, matched.stratum
    ids, who = np.unique(units.annotator, return_inverse=True)
    n_who = len(ids)
    arm = _within(units.treated.astype(np.float64), stratum)
    outcome = _within(y, stratum)
    trend = _within(matched.order, stratum)
    # Practice within a stage: one slope for each annotator, where their arms leave room for it.
    trend_squares = np.bincount(who, trend * trend, n_who)
    slope_of = np.where(trend_squares > 1e-9, 1 / np.maximum(trend_squares, 1e-9), 0.0)
    # With few units a slope costs more than it explains.
    slope_of[np.bincount(who, minlength=n_who) < 40] = 0.0
    arm_slope = (np.bincount(who, trend * arm, n_who) * slope_of)[who]
    y_slope = (np.bincount(who, trend * outcome, n_who) * slope_of)[who]
    arm, outcome = arm - trend * arm_slope, outcome - trend * y_slope
    precisions: Floats64 = np.bincount(who, arm * arm, n_who).astype(np.float64)
    effects = np.bincount(who, arm * outcome, n_who) / precisions
    residual = outcome - arm * effects[who]
    sizes = np.bincount(stratum)[stratum]
    leverage = 1 / sizes + arm**2 / precisions[who] + trend**2 * slope_of[who]
    together = np.minimum(np.bincount(matched.cluster, leverage)[matched.cluster], _LEVERAGE)
    pull = arm / precisions[who]
    score = pull * residual / np.sqrt(1 - together)
    spent = len(np.unique(stratum)) + n_who + int((slope_of > 0).sum())
    pooled = float((residual**2).sum() / max(len(y) - spent, 1))
    counts = np.bincount(who, minlength=n_who)
    return _Fit(effects, precisions, counts, who.astype(np.int64), pull, score, ids, pooled)


def _fixed(fit: _Fit, matched: Matched) -> tuple[Change, float]:
    """The mean effect on these annotators, weighted by their units."""
    weights = fit.n / fit.n.sum()
    of_unit = weights[fit.who]
    variance, df = _variance(of_unit * fit.score, of_unit * fit.pull, matched)
    return _change(float(weights @ fit.effects), variance, df), df


def _alone(fit: _Fit, matched: Matched, k: int) -> Change:
    mine = fit.who == k
    variance, df = _variance(fit.score * mine, fit.pull * mine, matched)
    return _change(float(fit.effects[k]), variance, df)


def _variance(contribution: Floats64, pull: Floats64, matched: Matched) -> tuple[float, float]:
    """Clustered variance of a sum of contributions, and its degrees of freedom.

    Observations of an arm are independent; samples that several annotators handled are not.
    """
    treated, cluster, sample = matched.units.treated, matched.cluster, matched.units.sample
    by_cluster = _squares(contribution, cluster)
    group, variance = cluster, by_cluster
    if _shared(matched):
        by_sample = _squares(contribution, sample)
        by_unit = float(contribution @ contribution)
        variance = max(by_cluster + by_sample - by_unit, by_cluster, by_sample)
        group = sample if by_sample > by_cluster else cluster
    return variance, _satterthwaite(contribution, pull, group, treated)


def _shared(matched: Matched) -> bool:
    """Whether any sample was handled by more than one annotator."""
    return len(np.unique(matched.units.sample)) < len(matched.units)


def _squares(contribution: Floats64, group: Whole) -> float:
    return float((np.bincount(group, contribution) ** 2).sum())


def _satterthwaite(contribution: Floats64, pull: Floats64, group: Whole, treated: Truths) -> float:
    """Degrees of freedom from how many observations carry each arm's part of the variance.

    An arm's part comes from the squares of its observations.  If these were equally important it
    would have one degree of freedom less than there are; where they are not, Kish's effective
    number takes the place of their number.
    """
    total = shares = 0.0
    for arm in (treated, ~treated):
        part = _squares(contribution[arm], group[arm])
        importance = np.bincount(group[arm], pull[arm]) ** 2
        n = importance.sum() ** 2 / max((importance**2).sum(), 1e-300)
        total += part
        shares += part**2 / max(n - 1, 1.0)
    return float(max(total**2 / shares, 1.0)) if shares > 0 else 1.0


def _change(effect: float, variance: float, df: float) -> Change:
    half = float(stdtrit(df, (1 + CONFIDENCE) / 2)) * float(np.sqrt(variance))
    return Change(
        saved=float(-np.expm1(effect)),
        low=float(-np.expm1(min(effect + half, 50.0))),
        high=float(-np.expm1(effect - half)),
        df=df,
    )


# --- annotators in general --------------------------------------------------------------------


def _random(fit: _Fit, matched: Matched) -> tuple[Change | None, float]:
    """The mean effect on annotators in general, and how much it differs between them."""
    n = len(fit.effects)
    if n < 2:
        return None, float("nan")
    # Weights from one pooled variance: each annotator's own would be too noisy to weigh by.
    within = fit.pooled / fit.precisions
    between = _between(fit.effects, within)
    weights = 1 / (within + between)
    weights = weights / weights.sum()
    mean = float(weights @ fit.effects)
    variance = float(weights @ (fit.effects - mean) ** 2) / (n - 1)
    if _shared(matched):
        contribution = weights[fit.who] * fit.score
        by_unit = float(contribution @ contribution)
        variance += max(_squares(contribution, matched.units.sample) - by_unit, 0.0)
    return _change(mean, variance, float(n - 1)), float(np.sqrt(between))


def _between(effects: Floats64, within: Floats64) -> float:
    """Variance between annotators by restricted maximum likelihood.

    Examples
    --------
    >>> _between(np.array([0.0, 0.0, 0.0]), np.ones(3))
    0.0
    """

    def slope(variance: float) -> float:
        weights = 1 / (within + variance)
        mean = weights @ effects / weights.sum()
        squares = (weights**2 * (effects - mean) ** 2).sum()
        return float(squares - weights.sum() + (weights**2).sum() / weights.sum())

    if slope(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(np.var(effects)) + float(within.max())
    while slope(high) > 0:
        high *= 2
    for _ in range(60):  # halves the bracket: more exact than floats are
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2


def _bootstrap(fit: _Fit, seed: int = 0) -> Change:
    """Draw annotators again, each with both arms; percentiles of their mean effect."""
    random = np.random.default_rng(seed)
    n = len(fit.effects)
    means = fit.effects[random.integers(0, n, (RESAMPLES, n))].mean(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Change(
        saved=float(-np.expm1(fit.effects.mean())),
        low=float(-np.expm1(high)),
        high=float(-np.expm1(low)),
        df=float("nan"),
    )


# --- sums of seconds ----------------------------------------------------------------------------


def overlap_weights(matched: Matched) -> Floats64:
    """Weights of units that give both arms the same strata: n₁n₀/(n₁+n₀) for each stratum.

    Returns
    -------
    ndarray of shape (n,), float64
        Each arm's sum to 1.
    """
    treated, stratum = matched.units.treated, matched.stratum
    n = np.bincount(stratum)
    n1 = np.bincount(stratum[treated], minlength=len(n))
    n0 = n - n1
    importance = n1 * n0 / np.maximum(n, 1)
    weights = np.where(
        treated,
        (importance / np.maximum(n1, 1))[stratum],
        (importance / np.maximum(n0, 1))[stratum],
    )
    return np.asarray(weights / max(importance.sum(), 1e-12))


def _total(matched: Matched, df: float) -> Change:
    """The change of mean seconds, by the delta method."""
    units, weights = matched.units, overlap_weights(matched)
    means, contribution, pull = [], np.zeros(len(units)), np.zeros(len(units))
    for arm, sign in ((units.treated, 1.0), (~units.treated, -1.0)):
        mean = float(weights[arm] @ units.seconds[arm])
        means.append(mean)
        # Around the stratum's own mean: differences between strata are common to both arms.
        stratum, group = _compact(matched.stratum[arm]), _compact(matched.cluster[arm])
        own = _within(units.seconds[arm], stratum)
        taken = np.bincount(group, 1 / np.bincount(stratum)[stratum])[group]
        own = own / np.sqrt(1 - np.minimum(taken, _LEVERAGE))
        # An observation that is all of its stratum has no other to differ from but the arm's.
        alone = taken > _LEVERAGE
        own[alone] = units.seconds[arm][alone] - mean
        pull[arm] = sign * weights[arm] / mean
        contribution[arm] = pull[arm] * own
    variance, _ = _variance(contribution, pull, matched)
    return _change(float(np.log(means[0] / means[1])), variance, df)


def _compact(stratum: Whole) -> Whole:
    return np.unique(stratum, return_inverse=True)[1].astype(np.int64)


def _typical(y: Floats64, matched: Matched) -> tuple[float, float]:
    weights, treated = overlap_weights(matched), matched.units.treated
    return (
        float(np.exp(weights[treated] @ y[treated])),
        float(np.exp(weights[~treated] @ y[~treated])),
    )

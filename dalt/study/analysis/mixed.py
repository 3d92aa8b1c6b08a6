"""The mixed model in one fit, beside the two steps of `speed`."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from dalt.study.analysis.matching import Matched, log_seconds
from dalt.study.analysis.speed import GENERAL, Change

MOST = 20_000
"""Most units of a fit: a fit of more takes minutes and says nothing more."""
CROSSED = 600
"""Units up to which annotators and samples are both random: crossed effects need a full matrix."""


@dataclass(frozen=True)
class Mixed:
    """A fit of statsmodels' ``MixedLM``.

    Attributes
    ----------
    change : Change or None
        None where it could not be fitted; `why` says the reason.
    random : tuple of str
        What was random: "annotator", "sample", or both.
    why : str
    """

    change: Change | None
    random: tuple[str, ...]
    why: str = ""


def mixed_model(matched: Matched) -> Mixed:
    """Fit ``log seconds ~ arm + stage + practice`` with random annotators and samples.

    Annotators are random (their pace and their effect) from `GENERAL` of them on, else fixed;
    samples are random where several annotators handled the same ones: otherwise they are the error.
    """
    units = matched.units
    n_people = len(np.unique(units.annotator))
    shared = len(np.unique(units.sample)) < 0.9 * len(units)
    random = [*(["annotator"] if n_people >= GENERAL else []), *(["sample"] if shared else [])]
    if len(units) > MOST:
        return Mixed(None, tuple(random), f"more than {MOST:,} samples")
    if not random:
        return Mixed(None, (), "few annotators and no samples in common: nothing is random")
    if random == ["annotator", "sample"] and len(units) > CROSSED:
        random = ["annotator"]  # shared samples are in the intervals of `speed`
    try:
        return _fitted(matched, random, n_people)
    except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as error:
        return Mixed(None, tuple(random), f"the fit failed ({error})")


def _fitted(matched: Matched, random: list[str], n_people: int) -> Mixed:
    from statsmodels.regression.mixed_linear_model import MixedLM

    units = matched.units
    arm = units.treated.astype(np.float64)
    fixed = _design(matched, by_annotator="annotator" not in random)
    options: dict[str, Any]
    if random == ["sample"]:
        options = {"groups": units.sample}
    elif random == ["annotator"]:
        options = {"groups": units.annotator, "exog_re": np.column_stack([np.ones(len(arm)), arm])}
    else:
        options = {"groups": np.zeros(len(arm)), "exog_vc": _crossed(matched)}
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        model = MixedLM(log_seconds(matched), np.column_stack([arm, fixed]), **options)
        fit = _fit_by_any(model)
    effect, error = float(fit.fe_params[0]), float(fit.bse_fe[0])
    if not np.isfinite([effect, error]).all() or error <= 0:
        return Mixed(None, tuple(random), "the fit did not converge")
    df = float(n_people - 1) if "annotator" in random else float(len(arm) - fixed.shape[1] - 1)
    half = float(stdtrit(df, 0.975)) * error
    change = Change(
        saved=float(-np.expm1(effect)),
        low=float(-np.expm1(effect + half)),
        high=float(-np.expm1(effect - half)),
        df=df,
    )
    return Mixed(change, tuple(random))


def _fit_by_any(model: Any) -> Any:
    """The first fit that converges: some optimisers step where the likelihood is undefined.

    Raises
    ------
    ValueError
        If none does.
    """
    for method in ("bfgs", "lbfgs", "powell"):
        try:
            fit = model.fit(reml=True, method=method)
        except np.linalg.LinAlgError:
            continue
        if fit.converged:
            return fit
    raise ValueError("it did not converge")


def _design(matched: Matched, by_annotator: bool) -> np.ndarray:
    """Constants of stages (and annotators), and practice."""
    if by_annotator:  # strata hold the annotator, the stage and the confidence
        codes = matched.stratum
        columns = [codes == each for each in np.unique(codes)]
        return np.column_stack([*columns, matched.order]).astype(np.float64)
    columns = [matched.stage == each for each in np.unique(matched.stage)]
    return np.column_stack([*columns, matched.order]).astype(np.float64)


def _crossed(matched: Matched) -> Any:
    """Variance components of annotators, of their effects and of samples, in one group."""
    from statsmodels.regression.mixed_linear_model import VCSpec

    units = matched.units
    arm = units.treated.astype(np.float64)
    parts = {
        "annotator": _indicators(units.annotator),
        "effect": _indicators(units.annotator) * arm[:, None],
        "sample": _indicators(units.sample),
    }
    names = list(parts)
    columns = [[[str(i) for i in range(part.shape[1])]] for part in parts.values()]
    return VCSpec(names, columns, [[part] for part in parts.values()])


def _indicators(codes: np.ndarray) -> np.ndarray:
    return (codes[:, None] == np.unique(codes)[None, :]).astype(np.float64)

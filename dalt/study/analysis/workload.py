"""NASA-TLX: how much work people felt it was, with and without assistance."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import stdtrit

from dalt.core.errors import first_line, os_reason, shown
from dalt.core.records import BadInput

SCALES = ("mental", "physical", "temporal", "performance", "effort", "frustration")
MOST = 100.0

Given = str | Path | Mapping[tuple[str, str], Sequence[float]]
"""A csv file, or six numbers by annotator and arm."""


@dataclass(frozen=True)
class Workload:
    """Raw NASA-TLX, the mean of its six scales from 0 to 100; less is easier.

    Attributes
    ----------
    treated, control : float
        Means over annotators.
    value, low, high : float
        The mean difference within annotators, with Student's interval on K − 1 degrees of
        freedom; NaN bounds for one annotator.
    scales : tuple of (str, float, float)
        Mean of each scale, with and without.
    n : int
        Annotators who answered for both arms.
    """

    treated: float
    control: float
    value: float
    low: float
    high: float
    scales: tuple[tuple[str, float, float], ...]
    n: int


def workload(given: Given, treatment: str, control: str) -> Workload:
    """Compare the workload that people felt.

    Parameters
    ----------
    given : path of a csv file, or mapping of (annotator, arm) to six numbers
        From 0 to 100 in the order of `SCALES`.  A file has the columns ``annotator``, ``arm`` and
        one for each scale.
    treatment, control : str
        Names of the arms.

    Raises
    ------
    BadInput
        If a number is missing or out of range, or nobody answered for both arms.

    References
    ----------
    Hart, Staveland, Development of NASA-TLX, Advances in Psychology 52, 1988.
    Hart, NASA-Task Load Index (NASA-TLX); 20 Years Later, Human Factors and Ergonomics Society
    50, 2006 (raw TLX).

    Examples
    --------
    >>> given = {("ana", "suggestions"): [30] * 6, ("ana", "none"): [50] * 6}
    >>> workload(given, "suggestions", "none").value
    -20.0
    """
    answers = _read(given) if isinstance(given, str | Path) else _checked(given)
    both = sorted(who for who, arm in answers if arm == treatment and (who, control) in answers)
    if not both:
        raise BadInput(
            f"Nobody answered NASA-TLX for both {treatment!r} and {control!r}; it needs a row for "
            "each annotator and arm."
        )
    one = np.array([answers[who, treatment] for who in both])
    other = np.array([answers[who, control] for who in both])
    gaps = (one - other).mean(axis=1)
    value, half = float(gaps.mean()), float("nan")
    if len(gaps) > 1:
        error = float(gaps.std(ddof=1)) / np.sqrt(len(gaps))
        half = float(stdtrit(len(gaps) - 1, 0.975)) * float(error)
    scales = zip(SCALES, one.mean(axis=0).tolist(), other.mean(axis=0).tolist(), strict=True)
    return Workload(
        treated=float(one.mean()),
        control=float(other.mean()),
        value=value,
        low=value - half,
        high=value + half,
        scales=tuple(scales),
        n=len(both),
    )


def _read(path: str | Path) -> dict[tuple[str, str], list[float]]:
    place = Path(path).expanduser()
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise BadInput(f"There is no file {shown(path)} with answers to NASA-TLX.") from None
    except OSError as error:
        raise BadInput(f"{shown(path, 90)} cannot be read: {os_reason(error)}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{shown(path, 90)} cannot be read as csv: {first_line(error)}.") from None
    needed = ("annotator", "arm", *SCALES)
    for name in needed:
        if rows and rows[0].get(name) is None:
            raise BadInput(
                f"{shown(path, 90)} lacks the column {name!r}; NASA-TLX needs {', '.join(needed)}."
            )
    return _checked({(row["annotator"], row["arm"]): [row[s] for s in SCALES] for row in rows})


def _checked(given: Mapping[Any, Any]) -> dict[tuple[str, str], list[float]]:
    found = {}
    for key, values in given.items():
        if not (isinstance(key, tuple) and len(key) == 2):
            raise BadInput(f"NASA-TLX is given by (annotator, arm), not by {shown(key)}.")
        try:
            numbers = [float(each) for each in values]
        except (TypeError, ValueError):
            numbers = []
        if len(numbers) != len(SCALES) or not all(0 <= each <= MOST for each in numbers):
            raise BadInput(
                f"NASA-TLX of {shown(key[0])} for {shown(key[1])} needs six numbers from 0 to 100: "
                f"{', '.join(SCALES)}."
            )
        found[str(key[0]), str(key[1])] = numbers
    return found

"""Records of audits of a frozen model, and of the certificates they lead to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from dalt.core.suggestions import LabelValue

AuditState = Literal["running", "held", "failed", "void"]
"""An audit runs; ended with a certificate; ended without one; or does not count any more."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The label that a frozen model gives to one sample.

    Attributes
    ----------
    sample_id : str
    label : LabelValue
    probability : float
        How sure the model is of the whole label.
    rung : int
        The first of the audit's sets, counted from 1, that has the sample.
    """

    sample_id: str
    label: LabelValue
    probability: float
    rung: int


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """An audit before its first draw.

    Attributes
    ----------
    max_error, confidence : float
        What is to be promised.
    draws : tuple of Frozen
        Every sample that the model would label, in a uniformly random order.
    content : mapping
        The frozen model and its classes, as JSON.
    """

    max_error: float
    confidence: float
    draws: tuple[Frozen, ...]
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit as the store has it.

    Attributes
    ----------
    audit_id : int
    started_at : datetime
    max_error, confidence : float
        What is to be promised.
    alpha : float
        What the attempt spends of the project's error budget.
    cursor : int
        The newest event before it.
    content : mapping
        The frozen model, its classes and the sizes of the sets (``rungs``).
    state : {"running", "held", "failed", "void"}
    why : str
        How it ended, in a sentence.
    ended_at : datetime or None
    testing : int
        The rung that is audited now, from 1.
    due : int
        The last place in the order that people have to check, if they find no further error.
    keeps : int
        Samples up to this rung are kept from annotators.
    """

    audit_id: int
    started_at: datetime
    max_error: float
    confidence: float
    alpha: float
    cursor: int
    content: Mapping[str, Any]
    state: AuditState
    why: str
    ended_at: datetime | None
    testing: int
    due: int
    keeps: int

    @property
    def rungs(self) -> tuple[int, ...]:
        """How many samples each of the sets has; each contains the one before."""
        return tuple(self.content["rungs"])


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of the samples of one rung, in the order of the checks.

    Attributes
    ----------
    marks : str
        A letter for each sample up to the last known one: "r" the model is right, "w" the model is
        wrong, "d" doubtful (skipped, or answered in another way), "?" not known yet.

    Examples
    --------
    >>> some = Checked("rwr?d")
    >>> some.n_drawn, some.n_wrong, some.n_doubtful, some.n_elsewhere
    (3, 1, 0, 1)
    """

    marks: str

    @property
    def n_drawn(self) -> int:
        """The samples before the first unknown one: only these count."""
        gap = self.marks.find("?")
        return len(self.marks) if gap < 0 else gap

    @property
    def n_wrong(self) -> int:
        """Counted samples on which model and person differ."""
        return self.marks[: self.n_drawn].count("w")

    @property
    def n_doubtful(self) -> int:
        """Counted samples that are doubtful."""
        return self.marks[: self.n_drawn].count("d")

    @property
    def n_elsewhere(self) -> int:
        """Known samples after the first unknown one."""
        return len(self.marks) - self.n_drawn - self.marks.count("?")


@dataclass(frozen=True, slots=True)
class Reached:
    """A rung for which the promise holds.

    Attributes
    ----------
    rung : int
    checked : Checked
    n_labelled : int
        How many samples the model labels.
    error_bound : float
        The bound on the share of errors among them.
    """

    rung: int
    checked: Checked
    n_labelled: int
    error_bound: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a look at an audit.

    Attributes
    ----------
    reached : tuple of Reached
        Rungs that have just been reached, in order.
    testing : int
        The rung to audit next.
    due : int
        How many samples of that rung people have to check in all, if they find no further error.
    state : {"running", "held", "failed"}
    why : str
        Why it ended.
    """

    reached: tuple[Reached, ...]
    testing: int
    due: int
    state: Literal["running", "held", "failed"] = "running"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The promise that at most a given share of a frozen model's labels is wrong.

    Attributes
    ----------
    certificate_id, audit_id, rung : int
    issued_at : datetime
    max_error, confidence : float
        What is promised.
    error_bound : float
        The bound when it was issued; at most `max_error`.
    n_labelled : int
        How many samples the model labelled when it was issued.
    n_checked, n_wrong, n_doubtful : int
        The draws that the certificate rests on.
    cursor : int
        The newest event that the certificate takes into account.
    ended_at : datetime or None
        When it ceased to hold.
    why : str
        Why it ceased to hold.
    content : mapping
        The content of its audit.
    """

    certificate_id: int
    audit_id: int
    rung: int
    issued_at: datetime
    max_error: float
    confidence: float
    error_bound: float
    n_labelled: int
    n_checked: int
    n_wrong: int
    n_doubtful: int
    cursor: int = 0
    ended_at: datetime | None = None
    why: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certificate says now: people may have labelled some of its samples since.

    Attributes
    ----------
    certificate : Certificate
    n_labels : int
        How many samples the model labels now.
    n_found : int
        How many errors people have found since among the labels that it had when it was issued.
    """

    certificate: Certificate
    n_labels: int
    n_found: int

    @property
    def error_bound(self) -> float:
        """The bound on the share of errors among the labels that the model has now.

        The errors that the certificate allows, without those found since, can all be among them.

        Examples
        --------
        >>> from datetime import UTC, datetime
        >>> issued = datetime(2026, 1, 2, tzinfo=UTC)
        >>> promise = Certificate(1, 1, 1, issued, 0.1, 0.95, 0.09, 200, 36, 0, 0)
        >>> [Certified(promise, *each).error_bound for each in ((200, 0), (100, 0), (100, 8))]
        [0.09, 0.18, 0.1]
        >>> Certified(promise, 100, 19).error_bound  # more than the bound: the promise still holds
        0.01
        """
        issued = self.certificate
        most = _whole(issued.error_bound * issued.n_labelled)
        if self.n_found > most:  # that bound was wrong; the promise itself may still hold
            most = _whole(issued.max_error * issued.n_labelled)
        left = max(most - self.n_found, 0)
        return min(left / self.n_labels, 1.0) if self.n_labels else 0.0


def _whole(number: float) -> int:
    """The largest whole number below; 2.9999999999 is a 3 that was divided and multiplied."""
    return math.floor(number + 1e-6)


@dataclass(frozen=True, slots=True)
class ModelLabel:
    """A certified label of one sample.

    Attributes
    ----------
    sample_id : str
    position : int
    label : LabelValue
    probability : float
    source : str
        Where the sample came from.
    """

    sample_id: str
    position: int
    label: LabelValue
    probability: float
    source: str

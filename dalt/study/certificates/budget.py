"""The error budget of a project, from which every attempt at a certificate spends."""

from __future__ import annotations

from dalt.core.records import BadInput

SHARE = 0.9
"""Share of the remaining budget that an attempt spends: most projects need one attempt, and each
further one still gets a tenth of the one before."""
LEAST = 1e-7
"""An attempt that could spend less is refused."""


def allotted(spent: float, confidence: float) -> float:
    """The part of the error budget that the next attempt spends.

    All attempts of a project together spend less than 1 - `confidence`, so with that confidence
    *none* of its certificates is wrong, however many attempts there are and whenever they end.  If
    attempts ask for different confidences, the lowest of them counts.

    Parameters
    ----------
    spent : float
        By all earlier attempts, whatever their outcome.
    confidence : float in (0, 1)

    Raises
    ------
    BadInput
        If almost nothing is left, or `confidence` leaves almost nothing from the beginning.

    Examples
    --------
    >>> round(allotted(0.0, 0.95), 6), round(allotted(0.045, 0.95), 6)
    (0.045, 0.0045)
    """
    if SHARE * (1 - confidence) < LEAST:
        raise BadInput(
            f"confidence={confidence!r} leaves an error budget of {1 - confidence:.2g}, less than "
            f"an attempt needs ({LEAST / SHARE:.2g}); ask for a lower confidence=."
        )
    alpha = SHARE * (1 - confidence - spent)
    if alpha < LEAST:
        raise BadInput(
            f"Earlier attempts have used up the error budget of {1 - confidence:.2g}; ask for a "
            "lower confidence=, or label the rest."
        )
    return alpha

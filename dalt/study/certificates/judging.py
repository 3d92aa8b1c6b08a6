"""Judging an audit: when its promise holds, what people check next, and when it ends."""

from __future__ import annotations

from collections.abc import Callable

from dalt.core.audits import Audit, Checked, Reached, Verdict
from dalt.core.summaries import percent
from dalt.study.bounds import Draws, ErrorBound, Prior, Promise, first_number

WORTH_FIRST, WORTH_FURTHER = 0.5, 0.25
"""An audit ends if it would ask people for more samples than this share of those that the model
could label: of its first set, without which there is no certificate, and of further ones."""
_MOST_CHECKED = 0.8
"""Largest share of a set that people may have to check before the model labels the rest."""


def promise_of(n_samples: int, alpha: float, max_error: float) -> Promise:
    """The promise for a set of samples that a frozen model would label.

    Parameters
    ----------
    n_samples : int
    alpha : float in (0, 1)
        What the attempt spends of the error budget.
    max_error : float in (0, 1)
    """
    return Promise(ErrorBound(n_samples, alpha, Prior.of_model(max_error)), max_error)


def draws_needed(n_samples: int, alpha: float, max_error: float, share: float = 0.0) -> int | None:
    """How many draws an audit is likely to need.

    Parameters
    ----------
    n_samples : int
        Size of the set.
    alpha, max_error : float in (0, 1)
    share : float in [0, 1]
        How large a share of the set is wrong.

    Returns
    -------
    int or None
        None if so few samples would be left for the model that an audit is not worth it.
    """
    if n_samples < 1 or share >= max_error:
        return None
    found = promise_of(n_samples, alpha, max_error).expected(Draws(), share)
    return found if found is not None and found <= _MOST_CHECKED * n_samples else None


def draws_of(checked: Checked, n: int | None = None) -> Draws:
    """The draws of a rung, in the form that the bound needs.

    Parameters
    ----------
    checked : Checked
    n : int, optional
        As it would be if so many of the first samples were known and the model were right in all
        that are not known yet; by default as it is.
    """
    n = checked.n_drawn if n is None else n
    first, others = checked.marks[:n], checked.marks[n:]
    return Draws(n, first.count("w"), first.count("d"), len(others) - others.count("?"))


def least_due(promise: Promise, checked: Checked) -> int | None:
    """How many of the first samples have to be known at least; None if no number suffices."""
    n_drawn, n_known = checked.n_drawn, len(checked.marks) - checked.marks.count("?")
    most = promise.bound.n_all - 1 - n_known
    more = first_number(lambda n: promise.holds(draws_of(checked, n_drawn + n)), max(most, 0))
    return None if more is None else n_drawn + more


def least_new(checked: Checked, due: int) -> int:
    """How many of the first `due` samples are not known yet."""
    return checked.marks[:due].count("?") + max(due - len(checked.marks), 0)


def judge(audit: Audit, checked: Callable[[int], Checked]) -> Verdict:
    """Judge an audit by the answers so far.

    The rungs are tested in their fixed order, each at the audit's whole `alpha`, and none before
    the one below it was reached.  So the first rung whose promise is false, if any, is the only one
    that has to be reached by mistake, and that has a chance of at most `alpha` (fixed-sequence
    testing).

    Parameters
    ----------
    audit : Audit
    checked : callable
        What is known of the samples of a rung.

    References
    ----------
    Maurer, Hothorn and Lehmacher, Multiple comparisons in drug clinical trials, 1995.
    """
    reached: list[Reached] = []
    for rung in range(audit.testing, len(audit.rungs) + 1):
        promise = promise_of(audit.rungs[rung - 1], audit.alpha, audit.max_error)
        found = checked(rung)
        draws = draws_of(found)
        if promise.holds(draws):
            bound = promise.error(draws)
            reached.append(Reached(rung, found, promise.n_labelled(draws), bound))
            continue
        due = least_due(promise, found)
        gain = audit.rungs[-1] - audit.rungs[rung - 2] if rung > 1 else audit.rungs[0]
        why = _why_not(promise, found, due, gain, further=rung > 1)
        if why is None and due is not None:
            return Verdict(tuple(reached), rung, due)
        return Verdict(tuple(reached), rung, draws.n_drawn, "failed", why or "")
    return Verdict(tuple(reached), len(audit.rungs), 0, "held")


def _why_not(
    promise: Promise, checked: Checked, due: int | None, gain: int, *, further: bool
) -> str | None:
    """Why an audit ends; None if it goes on."""
    known = draws_of(checked, len(checked.marks))
    wrong = known.n_wrong + known.n_doubtful
    found = f"{wrong} of {known.n_drawn} samples that were checked were wrong or not answered"
    if due is None:
        return f"{found}: too few samples would be left for the model to label."
    if least_new(checked, due) > gain:
        return f"{found}: to check further would take more labels than the model could give."
    clean = promise.least(Draws()) or 0
    if known.n_drawn < clean:
        return None  # too early to give up
    more = promise.expected(known)
    if more is None or more > (WORTH_FURTHER if further else WORTH_FIRST) * gain:
        allowed = percent(promise.max_error)
        return f"{found}, more than {allowed} errors allow; label on, and try again."
    return None

"""The words of the report: one plain sentence for each finding."""

from __future__ import annotations

import math

from dalt.study.analysis.accuracy import Accuracy, Following
from dalt.study.analysis.answer import WORDS, whole
from dalt.study.analysis.findings import Findings
from dalt.study.analysis.shares import Difference, Share
from dalt.study.analysis.shifts import ClassShift, Shift
from dalt.study.analysis.speed import CONFIDENCE, GENERAL, Change
from dalt.study.analysis.stages import Learning
from dalt.study.analysis.workload import Workload

NOTHING = "–"


def arm(findings: Findings) -> str:
    """The treatment in words."""
    return WORDS.get(findings.units.treatment, findings.units.treatment)


def percent(share: float) -> str:
    """A share in whole per cent with a real minus.

    Examples
    --------
    >>> percent(0.314), percent(-0.05), percent(float("nan"))
    ('31 %', '−5 %', '–')
    """
    if not math.isfinite(share):
        return NOTHING
    return signed(whole(share)) + " %"


def signed(number: int) -> str:
    """A whole number with a real minus."""
    return f"−{-number}" if number < 0 else f"{number}"


def seconds(value: float) -> str:
    """Seconds with one decimal place, or two below 1.

    Examples
    --------
    >>> seconds(3.14), seconds(0.42)
    ('3.1 s', '0.42 s')
    """
    if not math.isfinite(value):
        return NOTHING
    return f"{value:.2f} s" if value < 1 else f"{value:,.1f} s"


def on_axis(value: float) -> str:
    """Seconds as written on an axis.

    Examples
    --------
    >>> on_axis(0.5), on_axis(2.0)
    ('0.5 s', '2 s')
    """
    return f"{value:,g} s"


def changed(change: Change) -> str:
    """A change with its interval."""
    return f"{percent(change.saved)} ({signed(whole(change.low))} to {signed(whole(change.high))})"


def spread(share: Share) -> str:
    """A share with its interval."""
    return f"{percent(share.value)} ({whole(share.low)} to {whole(share.high)})"


def points(difference: Difference | ClassShift) -> str:
    """A difference of shares in points, with its interval."""
    return (
        f"{signed(whole(difference.value))} points ({signed(whole(difference.low))} to "
        f"{signed(whole(difference.high))})"
    )


def about_claim(findings: Findings) -> str:
    """Whom the main interval is about."""
    fast = findings.speed
    assert fast is not None
    n = len(fast.annotators)
    sure = percent(CONFIDENCE)
    if fast.claim == "general":
        return (
            f"This is about annotators in general: {n} of them were compared, and the {sure} "
            f"interval uses Student's t with {n - 1} degrees of freedom."
        )
    people = "the one annotator who was" if n == 1 else f"the {n} annotators who were"
    return (
        f"This is about {people} compared ({sure} interval). A claim about annotators in general "
        f"needs at least {GENERAL}."
    )


def about_accuracy(found: Accuracy) -> str:
    """Non-inferiority in a sentence."""
    margin = whole(found.margin)
    by = (
        "known answers (gold)"
        if found.source == "gold"
        else "what the others say who saw no suggestion"
    )
    return {
        "unchanged": f"By {by}, accuracy is unchanged: a loss or gain of {margin} points is ruled "
        "out.",
        "higher": f"By {by}, accuracy is higher with assistance.",
        "not lower": f"By {by}, accuracy is not lower by {margin} points or more.",
        "slightly lower": f"By {by}, accuracy is lower with assistance, but by less than {margin} "
        "points.",
        "lower": f"By {by}, accuracy is lower with assistance; a loss of {margin} points or more "
        "is not ruled out.",
        "unclear": f"By {by}, no change of accuracy is shown, but a loss of {margin} points or "
        "more is not ruled out either: more judged labels are needed.",
    }[found.verdict]


def about_following(found: Following) -> str:
    """Automation bias in a sentence."""
    if found.accepted is None:
        return (
            "Too few wrong suggestions were judged to say how often people accept them: it takes "
            "gold samples, or samples that others labelled without a suggestion."
        )
    said = f"People accepted {spread(found.accepted)} of the wrong suggestions."
    if found.unaided is None:
        return said
    said += (
        f" Without a suggestion {spread(found.unaided)} gave the same wrong answer on samples "
        "that the model gets wrong."
    )
    if found.accepted.low > found.unaided.high:
        return f"{said} Wrong suggestions mislead people."
    return f"{said} The data do not show that wrong suggestions mislead people."


def about_shift(found: Shift | None) -> str:
    """Whether labels shift, in a sentence."""
    if found is None:
        return "Too few labels of two classes can be compared to say whether suggestions move them."
    if not found.moved:
        return (
            "No shift of the labels is shown: every class is given about as often with as without."
        )
    names = ", ".join(
        f"{each.label} ({signed(whole(each.value))} points)" for each in found.moved[:5]
    )
    more = len(found.moved) - 5
    return f"Labels shift with assistance: {names}{f' and {more} more' if more > 0 else ''}."


def about_learning(found: Learning) -> str:
    """Whether the effect changes over time."""
    if found.trend is None:
        return "Too few labels of both halves can be compared to say whether the effect changes."
    verdict = found.trend.verdict
    if verdict == "none":
        return "That the effect changes as the work goes on is not shown."
    direction = "grows" if verdict == "saves" else "shrinks"
    return (
        f"What is saved {direction} as the work goes on: assisted time in the second half is "
        f"{percent(abs(found.trend.saved))} {'lower' if verdict == 'saves' else 'higher'} than the "
        "effect of the first half would make it."
    )


def about_agreement(found: Difference | None) -> str:
    """Whether people agree more with assistance."""
    if found is None:
        return "Too few samples were labelled by two people in the same condition to compare them."
    said = f"Two people agree on {spread(found.treated)} of samples with, {spread(found.control)} "
    said += "without assistance."
    if found.low > 0:
        return (
            f"{said} More agreement is not more accuracy: people who see the same suggestion tend "
            "to follow it."
        )
    return f"{said} {'They agree less.' if found.high < 0 else 'No difference is shown.'}"


def about_skips(found: Difference | None) -> str:
    """Whether people skip more."""
    if found is None or (found.treated.value == 0 and found.control.value == 0):
        return ""
    said = f"{spread(found.treated)} of samples were skipped with, {spread(found.control)} without "
    said += "assistance"
    return f"{said}; no difference is shown." if found.low <= 0 <= found.high else f"{said}."


def about_workload(found: Workload) -> str:
    """How much work people felt it was."""
    said = (
        f"On NASA-TLX (0 to 100, less is easier) {found.n:,} "
        f"{'person' if found.n == 1 else 'people'} gave {found.treated:.0f} with and "
        f"{found.control:.0f} without assistance"
    )
    if not math.isfinite(found.low):
        return f"{said}; one person says nothing about others."
    low, high = signed(round(found.low)), signed(round(found.high))
    if found.low <= 0 <= found.high:
        return f"{said}: no difference is shown ({low} to {high})."
    return f"{said}: it felt {'easier' if found.high < 0 else 'harder'} ({low} to {high})."

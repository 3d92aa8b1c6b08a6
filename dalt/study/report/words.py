"""The words of the report: one plain sentence for each finding."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dalt.study.analysis.accuracy import Accuracy, Following
from dalt.study.analysis.answer import WORDS, against, whole
from dalt.study.analysis.findings import Findings
from dalt.study.analysis.shares import Difference, Share
from dalt.study.analysis.shifts import ClassShift, Shift
from dalt.study.analysis.speed import CONFIDENCE, GENERAL, Change
from dalt.study.analysis.stages import Learning
from dalt.study.analysis.units import CONTROL
from dalt.study.analysis.workload import Workload

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Sides:
    """The two conditions in words.

    Attributes
    ----------
    treatment : str
        "assistance" where nothing is suggested in the other condition.
    one, other : str
        As they stand after a number.
    """

    treatment: str
    one: str
    other: str


USUAL = Sides("assistance", "with", "without")
"""Where nothing is suggested in the other condition."""


def arm(findings: Findings) -> str:
    """The treatment in words."""
    return WORDS.get(findings.units.treatment, findings.units.treatment)


def sides(findings: Findings) -> Sides:
    """The conditions that were compared."""
    control = findings.units.control
    if control == CONTROL:
        return USUAL
    return Sides(arm(findings), f"with {arm(findings)}", against(control))


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


def about_accuracy(found: Accuracy, sides: Sides = USUAL) -> str:
    """Non-inferiority in a sentence."""
    margin, what = whole(found.margin), sides.treatment
    by = (
        "known answers (gold)"
        if found.source == "gold"
        else "what the others say who saw no suggestion"
    )
    return {
        "unchanged": f"By {by}, accuracy is unchanged: a loss or gain of {margin} points is ruled "
        "out.",
        "higher": f"By {by}, accuracy is higher with {what}.",
        "not lower": f"By {by}, accuracy is not lower by {margin} points or more.",
        "slightly lower": f"By {by}, accuracy is lower with {what}, but by less than {margin} "
        "points.",
        "lower": f"By {by}, accuracy is lower with {what}; a loss of {margin} points or more "
        "is not ruled out.",
        "unclear": f"By {by}, no change of accuracy is shown, but a loss of {margin} points or "
        "more is not ruled out either: more judged labels are needed.",
    }[found.verdict]


def about_following(found: Following, sides: Sides = USUAL) -> str:
    """Automation bias in a sentence."""
    if found.accepted is None:
        return (
            "Too few wrong suggestions were judged to say how often people accept them: it takes "
            "gold samples, or samples that others labelled without a suggestion."
        )
    where = "" if sides == USUAL else f" {sides.one}"
    said = f"People accepted {spread(found.accepted)} of the wrong suggestions{where}."
    if found.unaided is None:
        return said
    alone = sides == USUAL
    other = "Without a suggestion" if alone else sides.other.capitalize()
    said += (
        f" {other} {spread(found.unaided)} gave the same wrong answer on samples that the model "
        "gets wrong."
    )
    shown = found.accepted.low > found.unaided.high
    if alone:
        what = "wrong suggestions mislead people"
    else:
        what = f"people accept more wrong suggestions {sides.one}"
    return f"{said} {_sentence(what) if shown else f'The data do not show that {what}.'}"


def about_shift(found: Shift | None, sides: Sides = USUAL) -> str:
    """Whether labels shift, in a sentence."""
    if found is None:
        return "Too few labels of two classes can be compared to say whether they shift."
    if not found.moved:
        return (
            "No shift of the labels is shown: every class is given about as often "
            f"{sides.one} as {sides.other}."
        )
    names = ", ".join(
        f"{each.label} ({signed(whole(each.value))} points)" for each in found.moved[:5]
    )
    more = len(found.moved) - 5
    return f"Labels shift with {sides.treatment}: {names}{f' and {more} more' if more > 0 else ''}."


def about_learning(found: Learning, sides: Sides = USUAL) -> str:
    """Whether the effect changes over time."""
    if found.trend is None:
        return "Too few labels of both halves can be compared to say whether the effect changes."
    verdict = found.trend.verdict
    if verdict == "none":
        return "That the effect changes as the work goes on is not shown."
    direction = "grows" if verdict == "saves" else "shrinks"
    moved = "lower" if verdict == "saves" else "higher"
    return (
        f"What is saved {direction} as the work goes on: time with {sides.treatment} in the "
        f"second half is {percent(abs(found.trend.saved))} {moved} than the "
        "effect of the first half would make it."
    )


def about_agreement(found: Difference | None, sides: Sides = USUAL) -> str:
    """Whether people agree more with assistance."""
    if found is None:
        return "Too few samples were labelled by two people in the same condition to compare them."
    said = (
        f"Two people agree on {spread(found.treated)} of samples {sides.one}, "
        f"{spread(found.control)} {sides.other}{_assistance(sides)}."
    )
    if found.low > 0:
        return (
            f"{said} More agreement is not more accuracy: people who see the same suggestion tend "
            "to follow it."
        )
    return f"{said} {'They agree less.' if found.high < 0 else 'No difference is shown.'}"


def about_skips(found: Difference | None, sides: Sides = USUAL) -> str:
    """Whether people skip more."""
    if found is None or (found.treated.value == 0 and found.control.value == 0):
        return ""
    said = (
        f"{spread(found.treated)} of samples were skipped {sides.one}, {spread(found.control)} "
        f"{sides.other}{_assistance(sides)}"
    )
    return f"{said}; no difference is shown." if found.low <= 0 <= found.high else f"{said}."


def about_workload(found: Workload, sides: Sides = USUAL) -> str:
    """How much work people felt it was."""
    said = (
        f"On NASA-TLX (0 to 100, less is easier) {found.n:,} "
        f"{'person' if found.n == 1 else 'people'} gave {found.treated:.0f} {sides.one} "
        f"and {found.control:.0f} {sides.other}{_assistance(sides)}"
    )
    if not math.isfinite(found.low):
        return f"{said}; one person says nothing about others."
    low, high = signed(round(found.low)), signed(round(found.high))
    if found.low <= 0 <= found.high:
        return f"{said}: no difference is shown ({low} to {high})."
    return f"{said}: it felt {'easier' if found.high < 0 else 'harder'} ({low} to {high})."


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."


def _assistance(sides: Sides) -> str:
    """What "without" is without."""
    return " assistance" if sides == USUAL else ""

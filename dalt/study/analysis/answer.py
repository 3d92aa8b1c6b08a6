"""The one sentence that says whether assistance helps."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dalt.study.analysis.accuracy import Accuracy, accuracy
from dalt.study.analysis.matching import matched
from dalt.study.analysis.speed import OBSERVATIONS, Change, speed
from dalt.study.analysis.units import Units
from dalt.study.plan import MARGIN

WIDEST = 0.5
"""A wider interval of the time saved is of no use to anybody."""


@dataclass(frozen=True)
class Answer:
    """What assistance does, as plain values.

    Attributes
    ----------
    verdict : {"saves", "costs", "none"}
    change : Change
    accuracy : Accuracy or None
        None where too few labels are judged.
    claim : {"these", "general"}
        Whom `change` is about.
    n_annotators, n_treated, n_control : int
        Compared annotators and samples.
    treatment, control : str
        The condition, and the one that it is compared with; mostly "suggestions" and "none".
    """

    verdict: str
    change: Change
    accuracy: Accuracy | None
    claim: str
    n_annotators: int
    n_treated: int
    n_control: int
    treatment: str = "suggestions"
    control: str = "none"

    @property
    def sentence(self) -> str:
        """The answer in English.

        Examples
        --------
        >>> Answer("saves", Change(0.31, 0.24, 0.37, 40.0), None, "these", 3, 900, 50).sentence
        'Suggestions save 31 % of the time (24 to 37 %).'
        """
        parts = [time_sentence(self.change, self.treatment, self.control)]
        if self.accuracy is not None:
            parts.append(accuracy_sentence(self.accuracy))
        return "; ".join(parts) + "."

    def as_dict(self) -> dict[str, Any]:
        """Plain values for `project.status()` and JSON."""
        judged = self.accuracy
        return {
            "sentence": self.sentence,
            "verdict": self.verdict,
            "saved": self.change.saved,
            "low": self.change.low,
            "high": self.change.high,
            "claim": self.claim,
            "annotators": self.n_annotators,
            "with": self.n_treated,
            "without": self.n_control,
            "accuracy": None
            if judged is None
            else {"source": judged.source, "verdict": judged.verdict, **asdict(judged.compared)},
        }


def answer(units: Units, margin: float = MARGIN) -> Answer | None:
    """Say whether assistance helps; None until there is enough to say.

    "Enough" is `OBSERVATIONS` in each arm, and an interval of the time saved that is not wider
    than `WIDEST`.  Samples with suggestions that are wrong on purpose do not count.

    Parameters
    ----------
    units : Units
    margin : float in (0, 0.5]
        An accuracy that is lower by less than this counts as unchanged.

    Examples
    --------
    >>> from dalt.study.analysis.simulated import Scenario, simulated_study
    >>> answer(simulated_study(Scenario(annotators=1, labels=5)).units) is None
    True
    """
    units = units.own
    n_control = int((~units.treated).sum())
    if min(n_control, len(units) - n_control) < OBSERVATIONS:
        return None  # at once: most projects, most of the time
    found = matched(units)
    fast = speed(found)
    if fast is None or fast.main.high - fast.main.low > WIDEST:
        return None
    return Answer(
        verdict=fast.main.verdict,
        change=fast.main,
        accuracy=accuracy(units, margin),
        claim=fast.claim,
        n_annotators=len(fast.annotators),
        n_treated=fast.n_treated,
        n_control=fast.n_control,
        treatment=units.treatment,
        control=units.control,
    )


def time_sentence(change: Change, treatment: str = "suggestions", control: str = "none") -> str:
    """What happens to the time, without a full stop.

    Examples
    --------
    >>> time_sentence(Change(-0.12, -0.2, -0.03, 9.0))
    'Suggestions cost 12 % more time (3 to 20 %)'
    >>> time_sentence(Change(0.02, -0.05, 0.09, 9.0))
    'No effect of suggestions on time is shown (between 5 % more and 9 % less time)'
    >>> time_sentence(Change(0.4, 0.3, 0.5, 9.0), "verify", "suggestions")
    'Verifying by the page saves 40 % of the time (30 to 50 %), compared with suggestions'
    """
    said = _time_sentence(change, treatment)
    return said if control == "none" else f"{said}, compared {against(control)}"


def against(control: str) -> str:
    """The other condition in words.

    Examples
    --------
    >>> against("none"), against("order")
    ('without', 'with the order by likelihood')
    """
    return "without" if control == "none" else f"with {WORDS.get(control, repr(control))}"


def _time_sentence(change: Change, treatment: str) -> str:
    what = WORDS.get(treatment, f"the condition {treatment!r}")
    subject = what[0].upper() + what[1:]
    plural = treatment == "suggestions"
    if change.verdict == "saves":
        verb = "save" if plural else "saves"
        return f"{subject} {verb} {whole(change.saved)} % of the time ({_range(change)})"
    if change.verdict == "costs":
        verb = "cost" if plural else "costs"
        turned = Change(-change.saved, -change.high, -change.low, change.df)
        return f"{subject} {verb} {whole(turned.saved)} % more time ({_range(turned)})"
    more, less = whole(-change.low), whole(change.high)
    return f"No effect of {what} on time is shown (between {more} % more and {less} % less time)"


def accuracy_sentence(found: Accuracy) -> str:
    """What happens to the accuracy, without a full stop."""
    where = "accuracy on gold" if found.source == "gold" else "accuracy by audit"
    compared, margin = found.compared, whole(found.margin)
    points = f"{_points(compared.low)} to {_points(compared.high)} points"
    return {
        "unchanged": f"{where} unchanged ({points})",
        "higher": f"{where} higher ({points})",
        "not lower": f"{where} not lower by {margin} points or more ({points})",
        "slightly lower": f"{where} slightly lower, by less than {margin} points ({points})",
        "lower": f"{where} lower ({points})",
        "unclear": f"{where} not clear yet ({points})",
    }[found.verdict]


WORDS = {
    "suggestions": "suggestions",
    "emphasis": "emphasis on likely classes",
    "order": "the order by likelihood",
    "verify": "verifying by the page",
}
"""Conditions in words."""


def whole(share: float) -> int:
    """A share in whole per cent; 0 without a sign."""
    return round(100 * share) or 0


def _range(change: Change) -> str:
    return f"{whole(change.low)} to {whole(change.high)} %"


def _points(difference: float) -> str:
    number = whole(difference)
    return f"−{-number}" if number < 0 else f"+{number}" if number else "0"

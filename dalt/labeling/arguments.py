"""Argument checks of a session's methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from dalt.core.arguments import KEY, TEXT, TIME, Check, Unfit, instance_of, is_text, one, optional
from dalt.core.records import (
    Assignment,
    BadInput,
    Mode,
    Region,
    Sample,
    Suggestion,
    Timing,
    VerifyPage,
)
from dalt.core.timing import MOST_ACTIVE_SECONDS, seconds_of


def _assignment(value: Any) -> Any:
    if value is None:
        raise BadInput(
            "There is no sample to answer: session.next() gave None, because nothing is open now "
            "(session.done says whether that is for good)."
        )
    return _ASSIGNMENT(value)


def _label(value: Any) -> Any:
    if value is None:
        raise BadInput("submit() needs a label; session.skip(assignment) skips a sample.")
    return value


def _active(value: Any) -> float:
    seconds = seconds_of(value, MOST_ACTIVE_SECONDS)
    if seconds is None:
        raise Unfit(f"a number of seconds from 0 to {MOST_ACTIVE_SECONDS:.0f} (a day)")
    return seconds


def _sequence_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(map(fits, value))
    )


def _is_page_answer(value: Any) -> bool:
    if not isinstance(value, Sequence) or len(value) != 3:
        return False
    return is_text(value[0]) and isinstance(value[2], Suggestion)


_ASSIGNMENT = instance_of("what session.next() gave", Assignment)
ASSIGNMENT: Check = _assignment
LABEL: Check = _label
SAMPLE = instance_of("a sample, as assignment.sample and session.sample(sample_id) are", Sample)
SAMPLES = one("a list of samples", _sequence_of(lambda each: isinstance(each, Sample)))
SUGGESTION = instance_of("a Suggestion; Suggestion() where there was none", Suggestion)
REGION = instance_of("a Region", Region)
REGIONS = one("a list of Region", _sequence_of(lambda each: isinstance(each, Region)))
VERIFY_PAGE = instance_of("what session.next_page() gave", VerifyPage)
CORRECTIONS = instance_of("a dict from ids of samples to classes", Mapping)
PAGE_ANSWERS = one(
    "a list of (sample id, label or None, Suggestion)", _sequence_of(_is_page_answer)
)
WHEN = {"shown_at": optional(TIME), "active_seconds": optional(_active)}
MEASURED = {
    "timing": optional(instance_of("a Timing (dalt.core.timing)", Timing)),
    "arm": optional(TEXT),
}
MODE = one(
    "'single', 'verify' or 'blind'",
    lambda value: isinstance(value, str) and value in get_args(Mode),
)
ANSWER = {"key": optional(KEY), "mode": MODE, **WHEN}

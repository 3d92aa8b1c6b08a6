"""Everything that the report says, from a frame of label events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dalt.core.records import BadInput
from dalt.study.analysis.accuracy import Accuracy, Following, by_source, following
from dalt.study.analysis.answer import WORDS, Answer, against, answer
from dalt.study.analysis.matching import Matched, matched
from dalt.study.analysis.mixed import Mixed, mixed_model
from dalt.study.analysis.shares import Difference, difference
from dalt.study.analysis.shifts import Shift, agreement, shift, skips
from dalt.study.analysis.speed import OBSERVATIONS, Speed, speed
from dalt.study.analysis.stages import Learning, learning
from dalt.study.analysis.units import (
    PAGE,
    Units,
    arms_in_question,
    columns_of,
    compared_arms,
    units_of,
)
from dalt.study.analysis.workload import Given, Workload, workload
from dalt.study.plan import LARGEST_MARGIN, MARGIN

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN_SHARE = 0.2
"""A larger share of unknown times is a warning."""


@dataclass(frozen=True)
class Findings:
    """What a study, or samples without suggestions at random, say about assistance.

    Attributes
    ----------
    units : Units
        Everything in the two arms but suggestions that are wrong on purpose.
    matched : Matched
        What is compared for time.
    answer : Answer or None
        The sentence; None while nothing can be said.
    why_not : str
        Why nothing can be said; empty if something can.
    speed : Speed or None
    mixed : Mixed or None
    accuracies : tuple of Accuracy
        By gold and by audit, as far as there is enough of each.
    agreement, skips : Difference or None
    following : Following
    shift : Shift or None
    learning : Learning
    workload : Workload or None
    notes : tuple of str
        What a reader has to know: omissions and warnings.
    """

    units: Units
    matched: Matched
    answer: Answer | None
    why_not: str
    speed: Speed | None
    mixed: Mixed | None
    accuracies: tuple[Accuracy, ...]
    agreement: Difference | None
    skips: Difference | None
    following: Following
    shift: Shift | None
    learning: Learning
    workload: Workload | None
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The answer, or why there is none."""
        return self.why_not if self.answer is None else self.answer.sentence


def analyse(
    frame: pd.DataFrame,
    *,
    treatment: str | None = None,
    control: str | None = None,
    margin: float = MARGIN,
    renamed: Mapping[str, str] | None = None,
    tlx: Given | None = None,
) -> Findings:
    """Compare two arms of a frame of label events.

    Parameters
    ----------
    frame : DataFrame
        One row per event: event_id, annotator, sample_id, label, arm, active_seconds, and as far
        as known kind, mode, suggested, predicted, probability, batch, gold, study, block, planted.
    treatment, control : str, optional
        Arms; by default "suggestions" and "none", or as `compared_arms` says where one of these
        is missing.
    margin : float in (0, 0.5]
        An accuracy that is lower by less than this counts as unchanged.
    renamed : mapping of str to str, optional
        Present names of classes by former ones.
    tlx : path or mapping, optional
        Answers to NASA-TLX, as for `workload.workload`.

    Raises
    ------
    BadInput
        If a column is missing, the arms are the same, the margin is out of range, or the answers
        to NASA-TLX cannot be used.

    Examples
    --------
    >>> from dalt.study.analysis.simulated import Scenario, frame_of, simulated_study
    >>> study = simulated_study(Scenario(annotators=3, labels=200, saved=0.3), seed=5)
    >>> findings = analyse(frame_of(study.units))
    >>> findings.speed.claim, findings.answer.verdict
    ('these', 'saves')
    """
    if not 0 < margin <= LARGEST_MARGIN:
        raise BadInput(
            f"The margin of accuracy is a share above 0 and at most {LARGEST_MARGIN}, not {margin}."
        )
    columns = columns_of(frame)
    one, other = compared_arms(arms_in_question(columns), treatment, control)
    units = units_of(columns, treatment=one, control=other, renamed=renamed)
    return findings_of(units, margin=margin, tlx=tlx)


def findings_of(units: Units, *, margin: float = MARGIN, tlx: Given | None = None) -> Findings:
    """The same from units.

    Suggestions that are wrong on purpose count only for how often wrong ones are accepted.
    """
    follows = following(units)
    planted, units = units.planted, units.own
    felt = None if tlx is None else workload(tlx, units.treatment, units.control)
    found = matched(units)
    fast = speed(found)
    said = answer(units, margin)
    accuracies = by_source(units, margin)
    return Findings(
        units=units,
        matched=found,
        answer=said,
        why_not="" if said is not None else _why_not(units, found, fast),
        speed=fast,
        mixed=None if fast is None else mixed_model(found),
        accuracies=accuracies,
        agreement=agreement(units),
        skips=skips(units),
        following=follows,
        shift=shift(found),
        learning=learning(units),
        workload=felt,
        notes=(
            *_notes(units, found, fast, follows),
            *_about_audits(units, accuracies),
            *_about_planted(int(planted.sum())),
        ),
    )


def other_arms(frame: pd.DataFrame, findings: Findings) -> list[str]:
    """Arms beside the two that were compared, by name; of the newest study, if there is one."""
    seen = {each for each in arms_in_question(columns_of(frame)) if isinstance(each, str)}
    return sorted(seen - {findings.units.treatment, findings.units.control})


# --- in words -----------------------------------------------------------------------------------


def _why_not(units: Units, found: Matched, fast: Speed | None) -> str:
    """Why nothing can be said yet."""
    n = len(units)
    n_control = int((~units.treated).sum())
    said = "Nothing can be said yet: "
    what = WORDS.get(units.treatment, units.treatment)
    if n == 0:
        return (
            said + "no sample was assigned at random to one of the two conditions. Samples without "
            "suggestions come from [blind] share in project.toml, or from project.study()."
        )
    if min(n_control, n - n_control) < OBSERVATIONS:
        return (
            said + f"{_samples(n - n_control)} with {what} and {_samples(n_control)} "
            f"{against(units.control)} are labelled, and it takes at least {OBSERVATIONS} of each."
        )
    known = np.isfinite(units.seconds)
    if not known.any():
        return said + "none of the labels has a time that can be trusted."
    if fast is None and len(found.units) and np.ptp(np.log(found.units.seconds)) <= 1e-9:
        return said + "all labels took exactly the same time, so there is nothing to compare."
    if fast is None:
        return (
            said + f"too few {_counted(units)} of both conditions come from the same annotator at "
            f"the same stage of the work (it takes at least {OBSERVATIONS} of each)."
        )
    return said + "the time saved is known only within a range of more than 50 points."


def _counted(units: Units) -> str:
    """What counts as one observation."""
    assigned = PAGE in (units.treatment, units.control)
    return "blocks and pages" if assigned else "samples"


def _notes(units: Units, found: Matched, fast: Speed | None, follows: Following) -> tuple[str, ...]:
    notes = [*units.notes, *found.notes]
    notes += _about_times(units)
    notes += _about_arms(units)
    n_people = 0 if fast is None else len(fast.annotators)
    if n_people == 1:
        notes.append("One annotator was compared: this says nothing about other people.")
    if follows.model is not None and not follows.learned:
        notes.append(
            "The model has not learned anything useful: its suggestions are right no more often "
            "than the most frequent class would be."
        )
    return tuple(notes)


def _about_audits(units: Units, accuracies: tuple[Accuracy, ...]) -> list[str]:
    """Whether pages made the audited samples of one arm easier than those of the other."""
    if not units.pages_by_choice or all(each.source != "audit" for each in accuracies):
        return []
    return [
        "Pages to verify take easy samples, so accuracy by audit favours the assisted ones; "
        "accuracy on gold does not have this fault."
    ]


def _about_planted(n: int) -> list[str]:
    """Samples whose suggestions say nothing about the model's."""
    if not n:
        return []
    return [
        f"For {_samples(n)} the study drew a wrong suggestion on purpose: they count, in all "
        "conditions alike, only for how often wrong suggestions are accepted."
    ]


def _about_times(units: Units) -> list[str]:
    """Unknown times, and whether one arm has more of them."""
    known = np.isfinite(units.seconds)
    if known.all():
        return []
    n_unknown = int((~known).sum())
    notes = [
        f"The time of {_samples(n_unknown)} of {len(units):,} is unknown; the comparison of times "
        "is made without them."
    ]
    gap = difference(~known, units.treated, units.sample)
    if gap is not None and (gap.low > 0 or gap.high < 0):
        notes.append(
            f"Times are unknown more often in one condition ({gap.treated.value:.0%} against "
            f"{gap.control.value:.0%}): the comparison of times may be off."
        )
    elif n_unknown > UNKNOWN_SHARE * len(units):
        notes.append("That is a large share; the comparison of times may be off.")
    return notes


def _about_arms(units: Units) -> list[str]:
    """Whether the share of an arm was changed midway."""
    half = len(units) // 2
    if half < 2 * OBSERVATIONS:
        return []
    changed = difference(~units.treated, np.arange(len(units)) < half, units.batch_or_unit)
    if changed is None or abs(changed.value) < 0.1 or changed.low * changed.high <= 0:
        return []
    return [
        f"The share of samples in the condition {units.control!r} was changed midway "
        f"({changed.treated.value:.0%} in the first half, {changed.control.value:.0%} in the "
        "second). Samples are compared at the same stage, so the comparison holds."
    ]


def _samples(n: int) -> str:
    return "1 sample" if n == 1 else f"{n:,} samples"

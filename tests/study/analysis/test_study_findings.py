"""Everything together: what bad input and thin data are told, and the one sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dalt.core.records import BadInput
from dalt.study.analysis.accuracy import Accuracy
from dalt.study.analysis.answer import Answer, answer, time_sentence
from dalt.study.analysis.findings import Findings, analyse, findings_of, other_arms
from dalt.study.analysis.shares import Difference, Share
from dalt.study.analysis.simulated import Scenario, frame_of, simulated_study
from dalt.study.analysis.speed import Change
from dalt.study.report.document import StudyReport


def study(seed: int = 0, **given: Any) -> pd.DataFrame:
    return frame_of(simulated_study(replace(Scenario(), **given), seed).units)


def said(findings: Findings, part: str) -> bool:
    return any(part in note for note in findings.notes)


def test_a_study_with_an_effect_says_so() -> None:
    found = analyse(study(5))
    assert found.answer is not None and found.answer.verdict == "saves"
    assert found.sentence.startswith("Suggestions save ")
    assert found.answer.claim == "these" and found.notes == ()


def test_without_an_effect_none_is_said() -> None:
    found = analyse(study(1, saved=0.0, effects=0.0))
    assert found.sentence.startswith("No effect of suggestions on time is shown (between ")


def test_five_labels_say_nothing() -> None:
    found = analyse(study(annotators=1, labels=5))
    assert found.answer is None and found.speed is None
    assert found.sentence.startswith("Nothing can be said yet: ")
    assert found.sentence.endswith("and it takes at least 10 of each.")


def test_an_empty_frame_says_where_arms_come_from() -> None:
    found = analyse(study().iloc[:0])
    assert "no sample was assigned at random" in found.sentence


def test_one_annotator_is_told_apart_from_people() -> None:
    assert said(analyse(study(annotators=1)), "One annotator was compared")


def test_equal_times_are_nothing_to_compare() -> None:
    found = analyse(study().assign(active_seconds=1.5))
    assert found.sentence.endswith("exactly the same time, so there is nothing to compare.")


def test_missing_times_are_told_and_more_of_one_arm_is_a_warning() -> None:
    frame = study()
    frame.loc[(frame.arm == "none") & (frame.event_id % 3 == 0), "active_seconds"] = np.nan
    found = analyse(frame)
    assert said(found, "is unknown; the comparison of times is made without them")
    assert said(found, "Times are unknown more often in one condition")
    none = analyse(frame.assign(active_seconds=None))
    assert none.sentence.endswith("none of the labels has a time that can be trusted.")
    assert none.accuracies, "accuracy needs no times"


def test_a_share_changed_midway_is_told() -> None:
    one = study(annotators=1, design="samples", hidden=0.1, labels=300)
    other = study(annotators=1, design="samples", hidden=0.6, labels=300)
    other = other.assign(event_id=other.event_id + 300, sample_id="later " + other.sample_id)
    found = analyse(pd.concat([one, other]))
    assert said(found, "was changed midway (9 % in the first half") or said(found, "changed midway")


def test_a_model_that_learns_nothing_is_told() -> None:
    assert said(analyse(study(right=0.3, gold=0.5)), "has not learned anything useful")
    assert not said(analyse(study(right=1.0, gold=0.5)), "has not learned anything useful")


def test_what_is_wrong_on_purpose_counts_only_as_wrong() -> None:
    frame = study(gold=0.5, right=1.0, labels=400)
    planted = frame.gold.notna() & (frame.event_id % 2 == 0)
    led = planted & (frame.arm == "suggestions")
    frame.loc[led, ["label", "suggested", "predicted"]] = "no class"
    frame.loc[led, "active_seconds"] = 500.0
    clean = analyse(frame[~planted])
    assert analyse(frame).accuracies != clean.accuracies, "they would count"
    found = analyse(frame.assign(planted=planted))
    assert found.answer == clean.answer and found.accuracies == clean.accuracies
    assert found.following.model == clean.following.model and found.following.learned
    assert (found.shift, found.skips, found.learning) == (clean.shift, clean.skips, clean.learning)
    accepted, few = found.following.accepted, clean.following.accepted
    assert accepted is not None and few is not None
    assert accepted.n == few.n + led.sum() and accepted.value > 0.5 > few.value
    assert said(found, f"For {int(planted.sum())} samples the study drew a wrong suggestion on")


def test_audits_of_pages_are_told_to_be_uneven() -> None:
    shared: dict[str, Any] = {"shared": True, "gold": 0.0, "labels": 300, "annotators": 4}
    assert said(analyse(study(pages=True, **shared)), "accuracy by audit favours the assisted")
    assert not said(analyse(study(**shared)), "accuracy by audit")


def test_renamed_classes_and_contradicting_gold_are_told() -> None:
    frame = study(gold=0.5)
    frame.loc[frame.event_id < 50, "label"] = "former"
    frame = pd.concat([frame, frame.iloc[:1].assign(event_id=10_000, gold="class 1")])
    frame = pd.concat([frame, frame.iloc[:1].assign(event_id=10_001, gold="class 2")])
    found = analyse(frame, renamed={"former": "class 0"})
    assert said(found, "carried a former name") and said(found, "contradict themselves")


def test_an_adversarial_order_of_the_pool_moves_nothing() -> None:
    gaps = []
    for seed in range(12):
        made = simulated_study(Scenario(hard_first=True, samples=1.0, block=10), seed)
        fast = findings_of(made.units).speed
        assert fast is not None
        gaps.append(fast.these.saved - (1 - np.exp(made.effects.mean())))
    assert abs(np.mean(gaps)) < 0.05


def test_further_conditions_are_named_and_arms_can_be_chosen() -> None:
    frame = study()
    frame.loc[frame.event_id % 5 == 0, "arm"] = "emphasis"
    found = analyse(frame)
    assert other_arms(frame, found) == ["emphasis"]
    assert analyse(frame, treatment="emphasis").units.treatment == "emphasis"
    two = analyse(frame[frame.arm != "emphasis"].replace({"suggestions": "order"}))
    assert (two.units.treatment, two.units.control) == ("order", "none")


def test_two_conditions_of_a_study_are_named_in_the_sentence_and_the_report() -> None:
    scenario = Scenario(annotators=2, labels=480, design="pages", block=12, saved=0.4, gold=0.3)
    found = analyse(frame_of(simulated_study(scenario, 3).units))
    assert found.sentence.startswith("Verifying by the page saves ")
    assert ", compared with suggestions; accuracy on gold" in found.sentence
    report = StudyReport(found, "pets")
    for text in (report.text, report.html):
        assert "assistance" not in text
        assert not re.search(r"\bwithout\b", text.split("<h2>How")[0])
    assert "Typical time with verifying by the page" in report.html
    assert '<span class="b">with suggestions</span>' in report.html


def test_which_arms_are_compared_does_not_depend_on_how_many_labels_they_have() -> None:
    frame = study().replace({"none": "suggestions", "suggestions": "verify"})
    for part in (frame, frame.iloc[::3], frame[frame.arm == "verify"]):
        found = analyse(part)
        known = set(part.arm)
        assert found.units.treatment == "verify"
        assert found.units.control == ("suggestions" if "suggestions" in known else "none")


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(BadInput, match="Two arms are compared; 'none' is both"):
        analyse(study(), treatment="none", control="none")
    for margin in (5, 0.9, 0, float("nan")):  # as a study refuses them
        with pytest.raises(BadInput, match=rf"is a share above 0 and at most 0\.5, not {margin}"):
            analyse(study(), margin=margin)
    assert analyse(study(), margin=0.5)


def test_the_answer_is_silent_until_there_is_enough() -> None:
    assert answer(simulated_study(Scenario(annotators=1, labels=5)).units) is None
    noisy = simulated_study(Scenario(annotators=1, labels=24, noise=2.0)).units
    assert answer(noisy) is None, "an interval of more than 50 points helps nobody"


def judged(low: float, high: float) -> Accuracy:
    share = Share(0.95, 0.9, 0.98, 100)
    return Accuracy("gold", Difference(share, share, (low + high) / 2, low, high), 0.05)


@pytest.mark.parametrize(
    ("bounds", "ends"),
    [
        ((-0.03, 0.02), "; accuracy on gold unchanged (−3 to +2 points)."),
        ((-0.04, 0.09), "; accuracy on gold not lower by 5 points or more (−4 to +9 points)."),
        ((-0.04, -0.01), "; accuracy on gold slightly lower, by less than 5 points "),
        ((-0.2, -0.06), "; accuracy on gold lower (−20 to −6 points)."),
        ((0.01, 0.2), "; accuracy on gold higher (+1 to +20 points)."),
        ((-0.2, 0.1), "; accuracy on gold not clear yet (−20 to +10 points)."),
    ],
)
def test_the_sentence(bounds: tuple[float, float], ends: str) -> None:
    change = Change(0.31, 0.24, 0.37, 30.0)
    made = Answer("saves", change, judged(*bounds), "these", 3, 900, 50)
    assert made.sentence.startswith("Suggestions save 31 % of the time (24 to 37 %)" + ends[:20])
    assert ends in made.sentence
    assert made.as_dict()["accuracy"]["verdict"] == made.accuracy.verdict  # type: ignore[union-attr]


def test_other_conditions_have_a_sentence_too() -> None:
    change = Change(0.2, 0.1, 0.3, 9.0)
    assert time_sentence(change, "verify").startswith("Verifying by the page saves 20 % of")
    assert (
        time_sentence(change, "mine") == "The condition 'mine' saves 20 % of the time (10 to 30 %)"
    )

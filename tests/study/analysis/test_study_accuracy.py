"""Accuracy, wrong suggestions, the distribution of labels, agreement, NASA-TLX."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dalt.core.records import BadInput
from dalt.study.analysis.accuracy import accuracy, audited, by_source, following
from dalt.study.analysis.matching import matched
from dalt.study.analysis.shares import difference, share
from dalt.study.analysis.shifts import agreement, shift, skips
from dalt.study.analysis.simulated import Scenario, simulated_study
from dalt.study.analysis.units import Units
from dalt.study.analysis.workload import SCALES, workload


def units(seed: int = 0, **given: object) -> Units:
    base = Scenario(annotators=4, labels=400, gold=0.5)
    return simulated_study(replace(base, **given), seed).units  # type: ignore[arg-type]


def test_accuracy_on_gold_is_unchanged_only_where_the_interval_says_so() -> None:
    many = accuracy(units(), margin=0.08)
    assert many is not None and many.source == "gold" and many.verdict == "unchanged"
    few = accuracy(units().where(np.arange(1600) % 12 == 0), margin=0.02)
    assert few is not None and few.verdict == "unclear"


def test_harm_is_found() -> None:
    found = accuracy(units(harm=0.15, right=0.6))
    assert found is not None and found.verdict == "lower" and found.compared.high < 0


def test_a_small_certain_loss_is_not_called_unchanged() -> None:
    found = accuracy(units(harm=0.1), margin=0.3)
    assert found is not None and found.verdict == "slightly lower"


def test_without_gold_the_unassisted_labels_of_others_judge() -> None:
    shared = units(gold=0.0, shared=True, hidden=0.5)
    found = accuracy(shared)
    assert found is not None and found.source == "audit"
    assert by_source(shared) == (found,)


def test_an_audit_never_judges_a_label_by_itself_or_by_assisted_ones() -> None:
    made = units(gold=0.0, shared=True)
    references = audited(made)
    for row in range(0, len(made), 7):
        others = {
            made.label[other]
            for other in np.flatnonzero(made.sample == made.sample[row])
            if made.annotator[other] != made.annotator[row] and not made.treated[other]
        }
        assert references[row] is None if not others else references[row] in {*others, None}


def test_samples_hidden_from_everybody_cannot_judge_those_that_are_shown() -> None:
    made = units(gold=0.0, shared=True, design="samples", hidden=0.4)
    assert accuracy(made) is None


def test_who_follows_wrong_suggestions_is_told_from_who_errs_anyway() -> None:
    led = following(units(harm=0.5, right=0.6))
    assert led.accepted is not None and led.unaided is not None
    assert led.accepted.low > led.unaided.high
    assert led.learned
    calm = following(units(right=0.6))
    assert calm.accepted is not None and calm.unaided is not None
    assert calm.accepted.low <= calm.unaided.high


def test_a_model_that_learns_nothing_is_no_better_than_a_guess() -> None:
    assert not following(units(right=0.3)).learned


def test_the_same_distribution_is_no_shift_and_another_one_is() -> None:
    made = units()
    found = shift(matched(made))
    assert found is not None and found.moved == ()
    to = [
        "class 1" if t and row % 2 else old
        for row, (t, old) in enumerate(zip(made.treated, made.label, strict=True))
    ]
    moved = shift(matched(replace(made, label=to)))
    assert moved is not None and "class 1" in {each.label for each in moved.moved}
    assert moved.distance > 0.2


def test_what_pages_have_taken_is_no_shift() -> None:
    paged = units(pages=True, design="samples", hidden=0.3)
    fits = matched(paged)
    first = int(np.flatnonzero(fits.units.verified)[0])
    found = shift(fits)
    assert found is None or first > 0


def test_people_who_are_led_agree_more() -> None:
    made = units(shared=True, design="samples", hidden=0.5, accuracy=0.7, harm=0.0)
    same = [
        "class 0" if treated else label
        for treated, label in zip(made.treated, made.label, strict=True)
    ]
    found = agreement(replace(made, label=same))
    assert found is not None and found.treated.value == 1.0 and found.low > 0
    assert agreement(units()) is None, "nobody shares a sample"


def test_skips_are_compared() -> None:
    made = units()
    found = skips(replace(made, skipped=made.treated & (made.sample % 4 == 0)))
    assert found is not None and found.control.value == 0 and found.low > 0.2


def test_clustered_shares_are_wider() -> None:
    hits = np.repeat([True, True, False, True, True], 10)
    groups = np.repeat(np.arange(5), 10)
    alone, together = share(hits), share(hits, groups)
    assert alone.value == together.value == 0.8
    assert together.high - together.low > 2 * (alone.high - alone.low)
    assert share(np.ones(50, bool), groups).low == pytest.approx(share(np.ones(5, bool)).low)


def test_a_difference_needs_both_arms() -> None:
    assert difference(np.ones(3, bool), np.ones(3, bool)) is None


# --- NASA-TLX --------------------------------------------------------------------------------


def test_workload_is_compared_within_people(tmp_path: Path) -> None:
    rows = ["annotator,arm," + ",".join(SCALES)]
    for name, base in (("ana", 20), ("ben", 60), ("cem", 40)):
        rows.append(f"{name},none,{','.join([str(base + 20)] * 6)}")
        rows.append(f"{name},suggestions,{','.join([str(base + ord(name[0]) % 2)] * 6)}")
    path = tmp_path / "tlx.csv"
    path.write_text("\n".join(rows), "utf-8")
    found = workload(path, "suggestions", "none")
    assert found.n == 3 and found.high < 0
    assert found.scales[0][0] == "mental"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({("ana", "none"): [1, 2]}, "needs six numbers from 0 to 100"),
        ({("ana", "none"): [0, 0, 0, 0, 0, 101]}, "needs six numbers from 0 to 100"),
        ({("ana", "none"): None}, "needs six numbers from 0 to 100"),
        ({"ana": [1] * 6}, "given by \\(annotator, arm\\)"),
        ({("ana", "none"): [1] * 6}, "Nobody answered NASA-TLX for both 'suggestions' and 'none'"),
    ],
)
def test_wrong_workloads_are_refused(given: dict[object, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        workload(given, "suggestions", "none")  # type: ignore[arg-type]


def test_a_file_of_workloads_is_checked(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        workload(tmp_path / "none.csv", "suggestions", "none")
    path = tmp_path / "tlx.csv"
    path.write_text("annotator,arm\nana,none\n", "utf-8")
    with pytest.raises(BadInput, match="lacks the column 'mental'"):
        workload(path, "suggestions", "none")

"""Shares and their intervals."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalt.core.records import Label
from dalt.core.regions import Region
from dalt.labeling.quality.accuracy import (
    expected_calibration_error,
    suggestion_accuracy,
    suggestion_calibration,
    wilson,
)


def event(event_id, sample_id="a", label="cat", suggested="cat", **changes):
    made = Label(
        event_id=event_id,
        kind="label",
        sample_id=sample_id,
        label=label,
        annotator="ana",
        session="s",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        source="human",
        draw="uniform",
        suggested=suggested,
    )
    return replace(made, **changes)


@given(
    n=st.integers(1, 5_000),
    part=st.floats(0, 1),
    confidence=st.sampled_from([0.5, 0.9, 0.95, 0.99]),
)
def test_wilson_agrees_with_scipy(n, part, confidence):
    stats = pytest.importorskip("scipy.stats")
    successes = round(part * n)
    estimate = wilson(successes, n, confidence)
    theirs = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert estimate.low == pytest.approx(theirs.low, abs=1e-9)
    assert estimate.high == pytest.approx(theirs.high, abs=1e-9)
    assert (estimate.value, estimate.n) == (successes / n, n)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_wilson_is_exact_at_the_ends():
    assert wilson(0, 7).low == 0.0
    assert wilson(7, 7).high == 1.0


@pytest.mark.parametrize(
    ("successes", "n", "confidence"), [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)]
)
def test_wilson_refuses_impossible_counts(successes, n, confidence):
    with pytest.raises(ValueError, match=r"needed|between"):
        wilson(successes, n, confidence)


def test_accuracy_counts_uniform_draws_with_a_suggestion():
    rows = [
        event(1, "a"),
        event(2, "b", suggested="dog"),
        event(3, "c", draw="strategy", suggested="dog"),
        event(4, "d", suggested=None),
        event(5, "e", kind="skip", label=None, suggested="dog"),
    ]
    estimate = suggestion_accuracy(rows)
    assert estimate == wilson(1, 2)


def test_accuracy_is_none_without_such_a_sample():
    assert suggestion_accuracy([event(1, draw="strategy"), event(2, "b", suggested=None)]) is None


def test_no_regions_before_a_model_has_learned_are_no_guess() -> None:
    regions = (Region("span", "person", start=2, end=8),)
    before = event(1, label=regions, suggested=(), probability=None, snapshot=None)
    assert suggestion_accuracy([before]) is None
    proposed = event(2, "b", label=regions, suggested=regions, probability=None, snapshot=None)
    assert suggestion_accuracy([before, proposed]) == wilson(1, 1)


def test_none_of_several_classes_is_a_guess() -> None:
    assert suggestion_accuracy([event(1, label=(), suggested=(), snapshot=1)]) == wilson(1, 1)


def test_an_undone_answer_is_missing():
    undone = [event(1), event(2, kind="undo", label=None, supersedes=1)]
    assert suggestion_accuracy(undone) is None


def test_after_an_undo_the_first_suggestion_is_held_against_the_last_label():
    rows = [
        event(1, label="cat", suggested="cat"),
        event(2, kind="undo", label=None, supersedes=1),
        # By now the model has learned "cat" from event 1, or "dog" from elsewhere.
        event(3, label="dog", suggested="dog"),
    ]
    assert suggestion_accuracy(rows) == wilson(0, 1)


def test_a_second_annotator_is_not_counted_again():
    rows = [event(1, suggested="dog"), event(2, annotator="ben")]
    assert suggestion_accuracy(rows) == wilson(0, 1)


def test_a_sample_with_an_imported_label_is_not_counted():
    rows = [event(1, kind="import", source="import", draw=None, suggested=None), event(2)]
    assert suggestion_accuracy(rows) is None


def test_calibration_error_is_the_gap_between_sure_and_right():
    assert expected_calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0)
    assert expected_calibration_error([1.0] * 4, [False] * 4) == 1
    # Two bins, one of them off by 0.3, with a quarter of the samples.
    sure, right = [0.8] * 4 + [0.2] * 12, [True, True, False, False] + [False] * 12
    error = 0.25 * 0.3 + 0.75 * 0.2
    assert expected_calibration_error(sure, right) == pytest.approx(error)


@pytest.mark.parametrize(("sure", "right"), [([], []), ([0.5], [True, False])])
def test_calibration_error_needs_as_many_hits(sure, right):
    with pytest.raises(ValueError, match="as many"):
        expected_calibration_error(sure, right)


def test_calibration_looks_at_what_was_drawn_uniformly():
    events = [
        event(1, "a", probability=0.9),
        event(2, "b", probability=0.9, suggested="dog"),
        event(3, "c", probability=0.2, suggested="dog", draw="strategy"),
        event(4, "d", suggested=None),
    ]
    assert suggestion_calibration(events) == pytest.approx(0.4)  # sure of 0.9, right in a half


def test_calibration_is_none_without_such_a_sample():
    assert suggestion_calibration([event(1, draw="strategy", probability=0.5)]) is None
    several = event(1, label=("cat",), suggested=("cat",), probability=0.9)
    assert suggestion_calibration([several]) is None

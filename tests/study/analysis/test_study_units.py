"""Label events become units: one for each annotator and sample, in the arm it was assigned to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dalt.core.records import BadInput, Drawn, Label, utc_now
from dalt.study.analysis.units import (
    SHORTEST,
    arms_in_question,
    columns_of,
    columns_of_events,
    compared_arms,
    units_of,
)


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"annotator": "ana", "label": "cat", "arm": "none", "active_seconds": 2.0}
    made = [{"event_id": i + 1, "sample_id": f"s{i}", **base, **row} for i, row in enumerate(rows)]
    return pd.DataFrame(made)


def test_all_answers_to_a_sample_are_one_unit_in_its_first_arm() -> None:
    given = frame(
        {"sample_id": "x", "arm": "suggestions", "active_seconds": 2.0, "suggested": "dog"},
        {"sample_id": "x", "arm": None, "active_seconds": 3.0, "label": "dog"},
        {"sample_id": "y"},
    )
    units = units_of(columns_of(given))
    assert units.seconds.tolist() == [5.0, 2.0]
    assert units.treated.tolist() == [True, False]
    assert units.label == ["dog", "cat"] and units.suggested == ["dog", None]


def test_events_are_taken_in_their_order_whatever_the_frame_has() -> None:
    given = frame({"sample_id": "x", "label": "cat"}, {"sample_id": "x", "label": "dog"})
    assert units_of(columns_of(given.iloc[::-1])).label == ["dog"]


def test_skips_count_and_undos_do_not() -> None:
    given = frame({"label": None, "kind": "skip"}, {"kind": "label"}, {"kind": "undo"})
    units = units_of(columns_of(given))
    assert units.skipped.tolist() == [True, False]


@pytest.mark.parametrize("missing", [None, float("nan"), -1.0])
def test_an_unknown_time_stays_unknown(missing: float | None) -> None:
    given = frame({"sample_id": "x", "active_seconds": missing}, {"sample_id": "x"})
    assert np.isnan(units_of(columns_of(given)).seconds).tolist() == [True]


def test_a_time_of_zero_has_a_logarithm() -> None:
    assert units_of(columns_of(frame({"active_seconds": 0.0}))).seconds.tolist() == [SHORTEST]


def test_events_of_no_arm_are_left_out() -> None:
    given = frame({"arm": None}, {"arm": "order"}, {"arm": "none"})
    assert len(units_of(columns_of(given))) == 1


def test_renamed_classes_count_under_their_present_names() -> None:
    given = frame({"label": "kitty", "gold": "cat"}, {"label": ["kitty", "dog"]})
    units = units_of(columns_of(given), renamed={"kitty": "cat"})
    assert units.label == ["cat", ("cat", "dog")] and units.gold == ["cat", None]
    assert units.notes == (
        "2 labels carried a former name of a class and count under its present one.",
    )


def test_gold_that_contradicts_itself_judges_nothing() -> None:
    given = frame(
        {"sample_id": "x", "gold": "cat"}, {"sample_id": "x", "annotator": "ben", "gold": "dog"}
    )
    units = units_of(columns_of(given))
    assert units.gold == [None, None]
    assert "known answers of 1 sample contradict themselves" in units.notes[0]


def test_of_several_studies_the_newest_is_read() -> None:
    given = frame({"study": "first"}, {"study": "second"}, {"study": "second"})
    units = units_of(columns_of(given))
    assert len(units) == 2
    assert units.notes == (
        "Only the newest study is analysed; left out: 1 label of 1 earlier study.",
    )


def test_the_newest_study_has_the_largest_number_whoever_answers_last() -> None:
    """Ana got samples in the first study, and answers them when the second has begun."""
    given = frame(*({"study": each} for each in (2, 1, 1, None)))
    units = units_of(columns_of(given))
    assert len(units) == 1 and units.samples == ("s0",)
    assert units.notes == (
        "Only the newest study is analysed; left out: 2 labels of 1 earlier study and 1 label "
        "outside of studies.",
    )


def test_a_page_is_one_batch_and_others_have_none() -> None:
    given = frame(
        {"mode": "verify", "batch": "p", "arm": "suggestions"},
        {"mode": "verify", "batch": "p", "arm": "suggestions"},
        {"mode": "blind"},
    )
    batch = units_of(columns_of(given)).batch.tolist()
    assert batch[0] == batch[1] >= 0 and batch[2] == -1


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadInput, match=r"lacks the column 'arm'; it needs event_id, annotator"):
        columns_of(frame({}).drop(columns="arm"))


def test_events_of_the_store_give_the_same_columns() -> None:
    event = Label(1, "label", "x", "cat", "ana", "s", utc_now(), "human", active_seconds=2.0)
    columns = columns_of_events([event], {"x": "dog"})
    assert columns["gold"] == ["dog"] and columns["active_seconds"] == [2.0]
    assert len(units_of(columns)) == 0, "the event was assigned to no arm"


def test_what_a_study_drew_goes_with_its_events() -> None:
    events = [
        Label(n, "label", f"s{n}", "cat", "ana", "s", utc_now(), "human", arm="none")
        for n in range(3)
    ]
    drawn = {("ana", "s0"): Drawn(1, 4, None), ("ana", "s1"): Drawn(1, 5, "dog")}
    columns = columns_of_events(events, studies=drawn)
    assert columns["study"] == [1, 1, None] and columns["block"] == [4, 5, None]
    units = units_of(columns)
    assert units.planted.tolist() == [False, True, False]
    assert units.predicted == [None, "dog", None] and len(units.own) == 2
    assert units.block[0] != units.block[1] and units.block[2] == -1


def test_a_study_of_pages_is_compared_by_its_own_labels() -> None:
    """New projects hide some suggestions anyway: that is another question than the study's."""
    columns = columns_of(
        frame(
            {"arm": "none"},
            {"arm": "suggestions"},
            {"arm": "suggestions", "study": 1},
            {"arm": "verify", "study": 1},
        )
    )
    assert compared_arms(arms_in_question(columns)) == ("verify", "suggestions")
    units = units_of(columns, treatment="verify", control="suggestions")
    assert units.samples == ("s2", "s3")
    assert units.notes == (
        "Only the newest study is analysed; left out: 2 labels outside of studies.",
    )
    assert len(units_of(columns)) == 3, "hidden ones are the same question outside of the study"

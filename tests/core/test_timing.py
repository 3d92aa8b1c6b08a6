"""What a page measured of an answer: what is believed of it, and what is not known."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalt.core.records import BadInput, Timing
from dalt.core.timing import MOST_SECONDS, believed, believed_moment, seconds_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WHOLE = Timing(
    paint_seconds=0.02,
    first_key_seconds=1.5,
    commit_seconds=50.0,
    hidden_seconds=5.0,
    idle_seconds=10.0,
    n_keys=2,
    n_clicks=1,
)
ACTIVE = 35.0
PRESSES = {"n_keys": 2, "n_clicks": 1}


def known(timing: Timing | None) -> dict[str, float | int]:
    return {} if timing is None else timing.to_json()


def changed(**values: float | None) -> Timing:
    """`WHOLE` as a page might say it, also where it makes no sense."""
    return Timing.from_json({**WHOLE.to_json(), **values})


def test_what_adds_up_is_believed() -> None:
    assert believed(WHOLE, ACTIVE, wall_seconds=50.3) == (WHOLE, ACTIVE)


@pytest.mark.parametrize(
    "value", [-0.001, float("nan"), float("inf"), -math.inf, MOST_SECONDS + 1, 10**400, "1", True]
)
def test_a_time_that_cannot_be_true_is_not_known(value: Any) -> None:
    for name in ("paint_seconds", "first_key_seconds", "hidden_seconds", "idle_seconds"):
        timing, active = believed(changed(**{name: value}), ACTIVE)
        assert name not in known(timing)
        assert known(timing).items() < WHOLE.to_json().items(), "the others stay as they are"
        assert active == ACTIVE
    assert believed(WHOLE, value)[1] is None
    with pytest.raises(BadInput, match=r"idle_seconds=.*from 0 to 604800"):
        Timing(idle_seconds=value)


@pytest.mark.parametrize("value", [-1, 0.5, float("nan"), float("inf"), 10**9, "1", True])
def test_a_count_that_cannot_be_true_is_not_known(value: Any) -> None:
    timing, _ = believed(changed(n_keys=value), ACTIVE)
    assert known(timing).keys() == WHOLE.to_json().keys() - {"n_keys"}
    with pytest.raises(BadInput, match=r"n_clicks=.*a whole number from 0 to 1000000"):
        Timing(n_clicks=value)


@pytest.mark.parametrize(
    ("timing", "active"),
    [
        (
            Timing(commit_seconds=2.0, n_keys=2, n_clicks=1),
            2.5,
        ),  # looked at longer than it was there
        (changed(hidden_seconds=50.0), ACTIVE),
        (changed(idle_seconds=0.0), ACTIVE),  # ten seconds are missing
        (changed(commit_seconds=49.0), ACTIVE),
    ],
)
def test_where_times_contradict_each_other_none_is_known(timing: Timing, active: float) -> None:
    found, seconds = believed(timing, active)
    assert (known(found), seconds) == (PRESSES, None)


@pytest.mark.parametrize("name", ["paint_seconds", "first_key_seconds"])
def test_what_came_after_the_answer_is_not_known(name: str) -> None:
    found, seconds = believed(changed(**{name: 50.5}), ACTIVE)
    assert known(found) == {k: v for k, v in WHOLE.to_json().items() if k != name}
    assert seconds == ACTIVE


def test_a_first_key_goes_with_a_press() -> None:
    found, _ = believed(changed(n_keys=0, n_clicks=0), ACTIVE)
    assert known(found).keys().isdisjoint({"first_key_seconds", "n_keys", "n_clicks"})
    late, _ = believed(changed(n_keys=None, n_clicks=None), ACTIVE)
    assert late is not None and late.first_key_seconds == 1.5


@pytest.mark.parametrize(
    "wall", [8 * 3_600.0, 0.0, -3_600.0, 53.0, float("nan"), float("inf")],
    ids=["asleep", "stopped", "set back", "set", "nan", "infinite"],
)  # fmt: skip
def test_a_clock_that_was_set_or_slept_through_leaves_no_times(wall: float) -> None:
    """Nobody knows whose the night was; looking is counted by signs of life."""
    found, seconds = believed(WHOLE, ACTIVE, wall)
    assert (known(found), seconds) == (PRESSES, ACTIVE)


def test_a_clock_that_is_corrected_by_small_steps_is_believed() -> None:
    night = Timing(commit_seconds=36_000.0, hidden_seconds=0.0, idle_seconds=35_970.0)
    assert believed(night, 30.0, wall_seconds=36_018.0) == (night, 30.0)  # 500 millionths


def test_a_tab_left_overnight_was_looked_at_for_as_long_as_somebody_did() -> None:
    hidden = Timing(commit_seconds=40_000.0, hidden_seconds=39_997.0, idle_seconds=0.0, n_keys=1)
    assert believed(hidden, 3.0, wall_seconds=40_000.0) == (hidden, 3.0)


def test_days_of_looking_at_one_sample_are_not_known() -> None:
    days = Timing(commit_seconds=200_000.0, hidden_seconds=0.0, idle_seconds=0.0)
    assert believed(days, 200_000.0)[1] is None


def test_nothing_known_is_nothing() -> None:
    assert believed(Timing(), None) == (None, None)
    assert believed(Timing(), 2.0) == (None, 2.0)  # what a page of before says


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (NOW - timedelta(hours=5), True),  # it waited for the kernel
        (NOW + timedelta(seconds=30), True),
        (NOW + timedelta(hours=1), False),
        (NOW + timedelta(seconds=59), False),  # the answer would come more than a minute ahead
        (datetime(1970, 1, 1, tzinfo=UTC), False),  # the clock's battery is empty
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 5, 1, 11), False),  # whose morning?
        (None, False),
    ],
)
def test_a_moment_that_cannot_be_true_is_not_known(moment: datetime | None, kept: bool) -> None:
    assert believed_moment(moment, 2.0, NOW) == (moment if kept else None)


@given(
    n=st.integers(1, 48),
    seconds=st.floats(0, 1e5),
    keys=st.integers(0, 500),
    clicks=st.none() | st.integers(0, 500),
)
def test_shares_of_a_page_add_up_to_it(
    n: int, seconds: float, keys: int, clicks: int | None
) -> None:
    page = Timing(
        paint_seconds=0.1, commit_seconds=seconds, hidden_seconds=seconds, n_keys=keys,
        n_clicks=clicks,
    )  # fmt: skip
    shares = page.shares(n)
    assert len(shares) == n
    assert {(each.paint_seconds, each.commit_seconds) for each in shares} == {(0.1, seconds)}
    assert sum(each.hidden_seconds or 0 for each in shares) == pytest.approx(seconds)
    assert {each.idle_seconds for each in shares} == {None}
    counts = [each.n_keys or 0 for each in shares]
    assert sum(counts) == keys and max(counts) - min(counts) <= 1
    assert sum(each.n_clicks or 0 for each in shares) == (clicks or 0)
    assert (shares[0].n_clicks is None) == (clicks is None)


def test_a_page_of_nothing_has_no_shares() -> None:
    assert WHOLE.shares(0) == []


def test_numbers_of_numpy_become_plain_ones() -> None:
    timing = Timing(commit_seconds=np.float32(1.5), n_keys=np.int64(3))  # type: ignore[arg-type]
    assert [type(value) for value in timing.to_json().values()] == [float, int]
    assert seconds_of(np.float64(2)) == 2.0


@given(
    st.dictionaries(
        st.sampled_from(["paint_seconds", "commit_seconds", "idle_seconds", "n_keys", "later"]),
        st.floats() | st.integers() | st.text() | st.none() | st.booleans(),
    )
)
def test_whatever_is_read_is_believable_or_gone(said: dict[str, Any]) -> None:
    timing = Timing.from_json(said)
    assert Timing.from_json(timing.to_json()) == timing
    assert all(math.isfinite(value) and value >= 0 for value in timing.to_json().values())

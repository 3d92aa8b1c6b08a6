"""How long a sample was looked at, as the kernel takes it from a page: known, or left out."""

from __future__ import annotations

from typing import Any

import pytest
from page_messages import NOW, FakeSession, Page

from dalt.core.records import Timing, utc_now

LOOKED: dict[str, Any] = {
    "shown_at": "2026-01-02T03:04:05.000Z",
    "active_ms": 4_000,
    "timing": {
        "paint_ms": 20, "first_key_ms": 900, "commit_ms": 40_000, "hidden_ms": 6_000,
        "idle_ms": 30_000, "wall_ms": 40_010, "n_keys": 2, "n_clicks": 1,
    },
}  # fmt: skip
TIMING = Timing(
    paint_seconds=0.02,
    first_key_seconds=0.9,
    commit_seconds=40.0,
    hidden_seconds=6.0,
    idle_seconds=30.0,
    n_keys=2,
    n_clicks=1,
)


def timed(**values: Any) -> dict[str, Any]:
    return {**LOOKED, "timing": {**LOOKED["timing"], **values}}


def test_an_answer_carries_what_was_measured(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    page.answer("s0", "dog", **LOOKED)
    [event] = session.events
    assert (event.shown_at, event.active_seconds, event.timing) == (NOW, 4.0, TIMING)


def test_a_page_shares_out_what_was_measured_of_it(page: Page, session: FakeSession) -> None:
    session.learn(1, "cat", "dog")
    [said] = page.say("pages", size=2, held=[])
    page.verify(said["pages"][0], **LOOKED)
    assert [event.timing for event in session.events] == [TIMING, TIMING]  # the session shares it


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"active_ms": -1}, None),
        ({"active_ms": float("nan")}, None),
        ({"active_ms": float("inf")}, None),
        ({"active_ms": 1e300}, None),
        ({"active_ms": 10**400}, None),
        ({"active_ms": "soon"}, None),
        ({"active_ms": None}, None),
        ({"active_ms": 41_000}, None),  # longer than it was there
        ({"timing": "long"}, None),
        ({"timing": {"commit_ms": [1]}}, None),
        ({"timing": None}, 4.0),
        ({"timing": {}}, 4.0),
        (timed(commit_ms=-5), 4.0),
        (timed(commit_ms=float("nan")), 4.0),
        (timed(wall_ms=9e7), 4.0),  # a laptop asleep
        (timed(wall_ms=-9e7), 4.0),  # a clock that was set back
        (timed(wall_ms=float("nan")), 4.0),
        (timed(n_keys=-1, n_clicks=1e300), 4.0),
        (timed(idle_ms=0), None),
    ],
)
def test_no_answer_is_refused_for_its_times(
    page: Page, session: FakeSession, said: dict[str, Any], seconds: float | None
) -> None:
    page.say("ready", held=[])
    ack, *_ = page.answer("s0", "dog", **{**LOOKED, **said})
    assert ack["type"] == "ack"
    [event] = session.events
    assert (event.label, event.active_seconds) == ("dog", seconds)
    if "timing" in said:
        assert event.timing != TIMING, "what makes no sense is left out"


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-01-02T03:04:05",  # in which time zone?
        "+275760-09-13T00:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "2999-01-01T00:00:00.000Z",
        17,
        None,
    ],
)
def test_no_answer_is_refused_for_its_moment(
    page: Page, session: FakeSession, moment: object
) -> None:
    page.say("ready", held=[])
    ack, *_ = page.answer("s0", "dog", **{**LOOKED, "shown_at": moment})
    assert ack["type"] == "ack"
    [event] = session.events
    assert (event.label, event.shown_at) == ("dog", None)


def test_a_page_with_nonsensical_times_is_recorded(page: Page, session: FakeSession) -> None:
    session.learn(1, "cat", "dog")
    [said] = page.say("pages", size=2, held=[])
    ack, *_ = page.verify(said["pages"][0], shown_at=[], active_ms="x", timing=5)
    assert (ack["type"], ack["acknowledged"]) == ("ack", 2)
    assert {(each.shown_at, each.active_seconds, each.timing) for each in session.events} == {
        (None, None, None)
    }


def test_the_present_moment_is_believed(page: Page, session: FakeSession) -> None:
    now = utc_now().replace(microsecond=0)
    page.say("ready", held=[])
    page.answer("s0", "dog", shown_at=now.isoformat().replace("+00:00", "Z"))
    assert session.events[0].shown_at == now

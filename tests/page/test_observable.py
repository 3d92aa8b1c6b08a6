"""Traits of a page that notebooks observe and link."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from annotation_faces import Make, Plain, shown
from page_messages import FakeSession, Page
from waiting import until

from dalt.core.records import BadInput
from dalt.page import watch

TOLD = ("labels_made", "current", "mode")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "SOON", 0.0)


def test_traits_follow_the_page(page: Page) -> None:
    widget = page.widget
    assert (widget.labels_made, widget.current, widget.mode) == (0, None, "single")
    page.say("ready", held=[])
    until(lambda: widget.current == "s0", "the sample on screen is not told")
    page.answer("s0", "dog")
    until(lambda: (widget.labels_made, widget.current) == (1, "s1"), "the answer is not told")
    page.answer("s1", None)
    until(lambda: widget.current == "s2", "the skip is not told")
    assert widget.labels_made == 1
    page.say("mode", mode="verify")
    until(lambda: (widget.mode, widget.current) == ("verify", None), "the grid is not told")
    page.say("bye")
    page.say("mode", mode="single")
    until(lambda: widget.mode == "single", "the mode is not told")
    assert widget.current is None


def test_functions_that_observe_run_on_another_thread_and_may_fail(
    page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[tuple[int, str]] = []

    def fails(change: Any) -> None:
        raise ValueError("my own mistake")

    def notes(change: Any) -> None:
        seen.append((change["new"], threading.current_thread().name))

    page.widget.observe(fails, names="labels_made")
    page.widget.observe(notes, names="labels_made")
    page.say("ready", held=[])
    page.answer("s0", "dog")
    until(lambda: seen == [(1, "watch")], "the other function is not called")
    told = [each["message"] for each in page.heard if each["type"] == "failed"]
    assert told == ["observe failed: ValueError: my own mistake"]
    page.widget.unobserve(notes, names="labels_made")
    page.widget.unobserve(fails, names="labels_made")
    page.answer("s1", "dog")
    until(lambda: page.widget.labels_made == 2, "the page goes on")
    assert len(seen) == 1 and "my own mistake" in capsys.readouterr().err


def test_a_slow_function_delays_no_answer(page: Page) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(change: Any) -> None:
        begun.set()
        go_on.wait(30)

    page.widget.observe(slow, names="labels_made")
    page.say("ready", held=[])
    page.answer("s0", "dog")
    assert begun.wait(30)
    assert page.answer("s1", "dog")[0]["type"] == "ack"
    go_on.set()
    until(lambda: page.widget.labels_made == 2, "what came meanwhile is not told")


@pytest.mark.parametrize("name", TOLD)
def test_they_are_read_only_for_people_and_front_ends(page: Page, name: str) -> None:
    widget = page.widget
    before = getattr(widget, name)
    with pytest.raises(BadInput, match=f"{name} is read-only: it says what the page does"):
        setattr(widget, name, before)
    widget.set_state({name: "verify" if name == "mode" else None if name == "current" else 9})
    assert getattr(widget, name) == before
    assert name in widget.get_state()  # for jslink


def test_a_closed_page_tells_nothing_more(session: FakeSession) -> None:
    others = set(threading.enumerate())
    page = Page(session)
    page.say("ready", held=[])
    until(lambda: page.widget.current == "s0", "the sample on screen is not told")
    page.widget.close()
    until(
        lambda: not [each for each in threading.enumerate() if each not in others],
        "a closed page keeps a thread",
    )


@pytest.mark.usefixtures("at_once")
def test_a_loop_tells_its_labels(make: Make) -> None:
    plain = Plain()
    loop = shown(make(), plain)
    for answer in ("ball", None, "ball"):
        plain.submit(answer)
    until(lambda: loop.labels_made == 2, "labels of the loop are not told")

"""Answers, from what a person said to what is recorded: the parts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from session_parts import BRIGHT, DARK, Given

import dalt
from dalt.core.records import Assignment, Draw, Region, Suggestion, Timing
from dalt.labeling.answering import Answerer
from dalt.labeling.assigning import Assigner
from dalt.labeling.responses import PageResponse, Response, ResponseChecker
from dalt.labeling.suggesting import Suggester

SHOWN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SAID = Suggestion((DARK, BRIGHT), (0.95, 0.05), 1)


@pytest.fixture
def answerer(given: Given) -> Answerer:
    return Answerer(given.context, given.checker, given.trainer)


@pytest.fixture
def assignment(given: Given) -> Assignment:
    found = Assigner(given.context, given.suggester, given.trainer).next()
    assert found is not None
    return found


def response(sample_id: str, **changes: Any) -> Response:
    said: dict[str, Any] = {"label": DARK, "key": "k", "suggestion": SAID, "shown_at": SHOWN}
    return Response(sample_id=sample_id, **(said | changes))


# --- the check ------------------------------------------------------------------------------


def test_an_answer_has_all_of_the_response(given: Given) -> None:
    draw = Draw("uniform", 0.25, 4)
    answer = given.checker.checked(
        response(given.ids[0], label=BRIGHT, active_seconds=1.5, draw=draw, batch="page")
    )
    assert (answer.kind, answer.label, answer.key, answer.batch) == ("label", BRIGHT, "k", "page")
    assert (answer.annotator, answer.session) == ("ana", given.context.id)
    assert (answer.suggested, answer.probability, answer.snapshot) == (DARK, 0.95, 1)
    assert (answer.shown_at, answer.active_seconds, answer.draw) == (SHOWN, 1.5, draw)
    assert answer.mode == "single"


def test_no_label_is_a_skip(given: Given) -> None:
    answer = given.checker.checked(response(given.ids[0], label=None))
    assert (answer.kind, answer.label) == ("skip", None)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"label": "dork"}, dalt.UnknownClass, "Did you mean 'dark'"),
        ({"label": [DARK, BRIGHT]}, dalt.BadInput, "one class"),
        ({"shown_at": datetime(2026, 1, 2)}, dalt.BadInput, "needs a time zone"),
    ],
)
def test_what_cannot_be_an_answer_is_refused(
    given: Given, changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        given.checker.checked(response(given.ids[0], **changes))


@pytest.mark.parametrize(
    ("suggestion", "mode", "expected"),
    [
        (Suggestion(), "single", "blind"),
        (SAID, "single", "single"),  # it was on screen, whatever the settings say now
        (Suggestion(), "verify", "verify"),
    ],
)
def test_an_answer_is_blind_if_nothing_was_shown_on_purpose(
    given: Given, suggestion: Suggestion, mode: str, expected: str
) -> None:
    blind = Suggester(given.context, given.trainer, blind=True)
    checker = ResponseChecker(given.context, given.files, blind)
    answer = checker.checked(response(given.ids[0], suggestion=suggestion, mode=mode))
    assert answer.mode == expected


def test_regions_are_no_answer_where_samples_have_classes(given: Given) -> None:
    with pytest.raises(dalt.DaltError):
        given.checker.checked(response(given.ids[0], label=[Region("span", DARK, start=0, end=2)]))


def test_responses_to_a_page_share_its_time_and_its_key() -> None:
    draw = Draw("verify", 1.0, 9)
    answers = [("one", DARK, SAID), ("two", None, Suggestion())]
    page = PageResponse(
        answers=answers, key="page", shown_at=SHOWN, active_seconds=5.0, draws={"one": draw}
    )
    first, second = page.by_sample()
    assert first == response(
        "one", key="page:one", active_seconds=2.5, mode="verify", draw=draw, batch="page"
    )
    assert second == replace(
        first, sample_id="two", label=None, key="page:two", suggestion=Suggestion(), draw=None
    )
    untimed = PageResponse(answers=answers, key="page", shown_at=None, active_seconds=None)
    assert {(each.active_seconds, each.timing) for each in untimed.by_sample()} == {(None, None)}
    timing = Timing(commit_seconds=9.0, idle_seconds=4.0, n_keys=3)
    timed = replace(page, timing=timing, arm="verify").by_sample()
    assert [each.timing for each in timed] == timing.shares(2)
    assert {each.arm for each in timed} == {"verify"}


def test_what_was_measured_and_drawn_goes_into_the_answer(given: Given) -> None:
    timing = Timing(commit_seconds=2.0, n_keys=1)
    answer = given.checker.checked(response(given.ids[0], timing=timing, arm="none"))
    assert (answer.timing, answer.arm) == (timing, "none")


# --- recording ------------------------------------------------------------------------------


def test_an_answer_is_recorded_and_wakes_the_trainer(
    given: Given, answerer: Answerer, assignment: Assignment
) -> None:
    event = answerer.submit(assignment, BRIGHT, shown_at=SHOWN, active_seconds=2.0)
    assert list(given.store.events.all()) == [event]
    assert (event.label, event.suggested, event.shown_at) == (BRIGHT, DARK, SHOWN)
    assert (event.draw, event.session) == (assignment.draw.kind, given.context.id)  # type: ignore[union-attr]
    assert given.trainer.n_wakes == 1


def test_the_same_key_records_once(answerer: Answerer, assignment: Assignment) -> None:
    first = answerer.submit(assignment, DARK, key="k")
    assert answerer.submit(assignment, DARK, key="k") == first
    with pytest.raises(dalt.KeyUsed, match="'k' has recorded something else already"):
        answerer.submit(assignment, BRIGHT, key="k")
    with pytest.raises(dalt.BadInput):
        answerer.skip(assignment, key="k")
    assert answerer.skip(assignment, key="other").kind == "skip"


def test_what_is_refused_is_not_recorded(
    given: Given, answerer: Answerer, assignment: Assignment
) -> None:
    with pytest.raises(dalt.UnknownClass):
        answerer.submit(assignment, "dork")
    with pytest.raises(dalt.UnknownSample):
        answerer.answer("nowhere", DARK, key="k", suggestion=SAID)
    with pytest.raises(dalt.BadInput, match=r"mode is 'single', 'verify' or 'blind', not 'page'"):
        answerer.submit(assignment, DARK, mode="page")  # type: ignore[arg-type]
    assert list(given.store.events.all()) == []
    assert given.trainer.n_wakes == 0


def test_a_late_answer_takes_its_draw_from_the_lease(
    given: Given, answerer: Answerer, assignment: Assignment
) -> None:
    event = answerer.answer(assignment.sample.id, DARK, key="k", suggestion=SAID)
    assert event.draw == assignment.draw.kind  # type: ignore[union-attr]
    other = next(each for each in given.ids if each != assignment.sample.id)
    assert answerer.answer(other, DARK, key="l", suggestion=SAID).draw is None


def test_a_key_is_short_enough_for_every_database(
    answerer: Answerer, assignment: Assignment
) -> None:
    with pytest.raises(dalt.BadInput, match=r"key is text of at most 500 characters, not 'kkk"):
        answerer.submit(assignment, DARK, key="k" * 10_000)
    assert answerer.submit(assignment, DARK, key="𓂀" * 500).key == "𓂀" * 500

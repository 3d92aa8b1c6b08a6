"""Where a trainer stands, without a trainer."""

from __future__ import annotations

import sys
import threading

import pytest
from waiting import PATIENCE

from dalt.core.records import TookTooLong, TrainingFailed
from dalt.learning.training.standing import Seen, TrainerStatus

NOTHING: Seen = (0, "", 0, (), False)
FIRST: Seen = (1, "abc", 40, ("cat", "dog"), False)


@pytest.fixture
def standing() -> TrainerStatus:
    return TrainerStatus(NOTHING)


def test_subscribers_are_told_news_alone_and_until_they_end_it(standing: TrainerStatus) -> None:
    told: list[tuple[str, str, Seen]] = []
    end = standing.subscribe(lambda: told.append(standing.now()))
    standing.tell("learning")
    standing.tell("learning")
    standing.tell("idle", seen=FIRST)
    standing.tell("idle")
    standing.tell("failed", "no room on the disk")
    end()
    end()
    standing.tell("idle")
    assert told == [
        ("learning", "", NOTHING),
        ("idle", "", FIRST),
        ("failed", "no room on the disk", FIRST),
    ]


def test_a_subscriber_that_fails_keeps_nothing_from_the_others(
    standing: TrainerStatus, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    standing.subscribe(lambda: 1 // 0)  # type: ignore[arg-type]
    standing.subscribe(lambda: sys.exit("no licence"))  # which would end the trainer's thread
    standing.subscribe(lambda: told.append(standing.state))
    standing.tell("idle")
    assert told == ["idle"]
    assert "ZeroDivisionError" in caplog.text and "no licence" in caplog.text


def test_waiting_ends_when_another_thread_brings_it_about(standing: TrainerStatus) -> None:
    worker = threading.Thread(target=lambda: standing.tell("idle", seen=FIRST))
    standing.wait(lambda: standing.seen == FIRST, PATIENCE, worker.start)
    worker.join()
    assert standing.state == "idle"


def test_what_was_reached_and_failed_is_an_error_with_its_cause(standing: TrainerStatus) -> None:
    cause = ValueError("no such class")
    standing.tell("failed", "ValueError: no such class", cause=cause, seen=FIRST)
    with pytest.raises(TrainingFailed, match="no such class") as caught:
        standing.wait(lambda: True, None, lambda: None)
    assert caught.value.__cause__ is cause


def test_only_looks_that_began_since_count_as_failed(standing: TrainerStatus) -> None:
    standing.tell("failed", "the disk is gone")
    for _ in range(5):
        standing.note_broken_look()
    with pytest.raises(TookTooLong):
        standing.wait(lambda: False, 0.0, standing.note_broken_look)

    def two_looks() -> None:
        standing.note_broken_look()
        standing.note_broken_look()

    with pytest.raises(TrainingFailed, match="the disk is gone"):
        standing.wait(lambda: False, PATIENCE, two_looks)


def test_nobody_waits_for_a_trainer_that_ends(standing: TrainerStatus) -> None:
    with pytest.raises(TookTooLong, match="wait longer"):
        standing.wait(lambda: False, None, standing.end)


def test_what_will_never_hold_raises(standing: TrainerStatus) -> None:
    def never() -> bool:
        raise LookupError

    with pytest.raises(LookupError):
        standing.wait(never, PATIENCE, lambda: None)

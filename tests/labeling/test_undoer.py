"""Undo and redo: the part alone, with a real store."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from session_parts import BRIGHT, DARK, Given

from dalt.core.records import Label, Suggestion
from dalt.labeling.answering import Answerer
from dalt.labeling.undoing import Undoer
from dalt.labeling.verifying import Verifier

SAID = Suggestion((BRIGHT, DARK), (0.6, 0.4), 7)
Say = Callable[[int, str | None], Label]


@pytest.fixture
def undoer(given: Given) -> Undoer:
    return Undoer(given.context, given.suggester, given.trainer)


@pytest.fixture
def say(given: Given) -> Say:
    answerer = Answerer(given.context, given.checker, given.trainer)

    def answer(at: int, label: str | None) -> Label:
        return answerer.answer(given.ids[at], label, key=f"{at}:{label}", suggestion=SAID)

    return answer


def labels(given: Given) -> dict[str, object]:
    return {each.sample_id: each.label for each in given.store.labels.current()}


def test_answers_are_taken_back_the_newest_first_and_recorded_again(
    given: Given, undoer: Undoer, say: Say
) -> None:
    say(0, DARK)
    say(1, BRIGHT)
    [assignment] = undoer.undo()
    assert assignment.sample.id == given.ids[1]
    assert assignment.suggestion.snapshot == 1, "the newest snapshot's"
    assert labels(given) == {given.ids[0]: DARK}
    assert given.store.samples.counts().leased == 1
    undoer.undo()
    assert labels(given) == {}
    assert [event.label for _ in range(2) for event in undoer.redo()] == [DARK, BRIGHT]
    assert labels(given) == {given.ids[0]: DARK, given.ids[1]: BRIGHT}


def test_the_trainer_is_told_only_of_what_changed(given: Given, undoer: Undoer, say: Say) -> None:
    assert undoer.undo() == [] and undoer.redo() == []
    assert given.trainer.n_wakes == 0
    say(0, DARK)
    undoer.undo()
    undoer.redo()
    assert given.trainer.n_wakes == 3


def test_a_key_takes_back_once_and_nothing_that_is_newer_than_known(
    given: Given, undoer: Undoer, say: Say
) -> None:
    known = say(0, DARK).event_id
    say(1, BRIGHT)
    first = undoer.take_back("u", up_to=known)
    assert [each.sample.id for each in first.assignments] == [given.ids[0]]
    again = undoer.take_back("u", up_to=undoer.newest_event)
    assert [each.sample.id for each in again.assignments] == [given.ids[0]]
    assert labels(given) == {given.ids[1]: BRIGHT}


def test_a_page_comes_back_whole_with_what_was_on_screen(given: Given, undoer: Undoer) -> None:
    verifier = Verifier(given.context, given.suggester, given.checker, given.trainer)
    verifier.answer_page(
        [(given.ids[0], BRIGHT, SAID), (given.ids[1], DARK, SAID), (given.ids[2], None, SAID)],
        key="p",
    )
    undone = undoer.take_back()
    assert undone.page is not None and undone.page.assignments == undone.assignments
    assert undone.page.label == BRIGHT, "what was suggested, not what a snapshot says now"
    assert undone.page.corrections == {given.ids[1]: DARK, given.ids[2]: None}
    shown = {each.suggestion for each in undone.page.assignments}
    assert shown == {Suggestion((BRIGHT,), (0.6,), 7)}
    assert len(undoer.redo()) == 3

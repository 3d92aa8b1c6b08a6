"""Pages to verify: the part alone, with a real store."""

from __future__ import annotations

import pytest
from session_parts import BRIGHT, DARK, Given, N

import dalt
from dalt.core.records import Suggestion
from dalt.labeling.context import SessionContext
from dalt.labeling.suggesting import Suggester
from dalt.labeling.verifying import Verifier


@pytest.fixture
def verifier(given: Given) -> Verifier:
    return Verifier(given.context, given.suggester, given.checker, given.trainer)


def test_pages_of_one_class_are_leased_and_recorded(given: Given, verifier: Verifier) -> None:
    page = verifier.next_page()
    assert page is not None and page.label == DARK
    found = [each.sample.id for each in page.assignments]
    assert found == given.ids[:9] and given.store.samples.counts().leased == 9
    events = verifier.verify(page, {found[0]: BRIGHT, found[1]: None}, active_seconds=18.0)
    assert [event.label for event in events] == [BRIGHT, None, *[DARK] * 7]
    assert {(event.mode, event.draw, event.active_seconds) for event in events} == {
        ("verify", "verify", 2.0)
    }
    assert len({event.batch for event in events}) == 1
    assert given.trainer.n_wakes == 1
    rest = verifier.next_page()
    assert rest is not None and rest.label == BRIGHT and len(rest.assignments) == N - 9


def test_a_page_is_recorded_whole_or_not_at_all(given: Given, verifier: Verifier) -> None:
    page = verifier.next_page(size=3)
    assert page is not None
    first = page.assignments[0].sample.id
    with pytest.raises(dalt.UnknownClass):
        verifier.verify(page, {first: "dork"})
    with pytest.raises(dalt.BadInput, match="for none of this page's 3 samples"):
        verifier.verify(page, {given.ids[-1]: BRIGHT})
    with pytest.raises(dalt.UnknownSample):
        verifier.answer_page(
            [(first, DARK, Suggestion()), ("nowhere", DARK, Suggestion())], key="k"
        )
    assert list(given.store.events.all()) == []


def test_a_page_sent_again_records_nothing_twice(given: Given, verifier: Verifier) -> None:
    answers = [(each, DARK, Suggestion()) for each in given.ids[:3]]
    first = verifier.answer_page(answers, key="p")
    assert verifier.answer_page(answers, key="p") == first
    assert len(list(given.store.events.all())) == 3


def test_who_is_blind_gets_no_page(given: Given) -> None:
    blind = Suggester(given.context, given.trainer, blind=True)
    assert Verifier(given.context, blind, given.checker, given.trainer).next_page() is None


def test_the_class_of_the_page_before_stays(given: Given, verifier: Verifier) -> None:
    page = verifier.next_page(size=2)
    assert page is not None and page.label == DARK
    for at in range(2, 7):  # of the surely dark ones fewer are left than of the bright ones
        verifier.answer_page([(given.ids[at], DARK, Suggestion())], key=str(at))
    other = SessionContext(given.context.live, given.store, "ana")
    new = Verifier(other, given.suggester, given.checker, given.trainer).next_page(size=2)
    assert new is not None and new.label == BRIGHT
    other.release()
    stays = verifier.next_page(size=2)
    assert stays is not None and stays.label == DARK

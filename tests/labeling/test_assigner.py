"""Which sample is given: chance, and the part that leases."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from session_parts import DARK, Given, N

import dalt
from dalt.labeling.answering import Answerer
from dalt.labeling.assigning import SILENT_SECONDS, Assigner, Draws
from dalt.labeling.context import SessionContext


def test_a_replay_draws_the_same_and_each_session_differently() -> None:
    def drawn(*who: object) -> list[bool]:
        draws = Draws(*who)  # type: ignore[arg-type]
        return [draws.uniform(0.5) for _ in range(40)]

    assert drawn(3, "ana", 0) == drawn(3, "ana", 0)
    assert len({tuple(drawn(*who)) for who in ((3, "ana", 0), (3, "ana", 1), (3, "ben", 0))}) == 3
    expected = random.Random("3:ana:0")
    assert drawn(3, "ana", 0) == [expected.random() < 0.5 for _ in range(40)]


def test_gold_changes_nothing_in_the_other_draws() -> None:
    plain, with_gold = Draws(3, "ana", 0), Draws(3, "ana", 0)
    picks = []
    for _ in range(40):
        picks.append(with_gold.gold(0.5))
        assert with_gold.uniform(0.5) == plain.uniform(0.5)
    given = [pick for pick in picks if pick is not None]
    assert 0 < len(given) < 40 and all(0 <= pick < 1 for pick in given)
    assert Draws(3, "ana", 0).gold(0.0) is None


def test_threads_take_turns_at_the_draws() -> None:
    draws, alone = Draws(3, "ana", 0), Draws(3, "ana", 0)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: draws.uniform(0.5), range(400)))
    assert sum(together) == sum(alone.uniform(0.5) for _ in range(400))


@pytest.fixture
def assigner(given: Given) -> Assigner:
    return Assigner(given.context, given.suggester, given.trainer)


def test_each_sample_is_leased_once_with_its_suggestion(given: Given, assigner: Assigner) -> None:
    assignments = [assigner.next() for _ in range(N)]
    assert {each.sample.id for each in assignments if each} == set(given.ids)
    assert {each.suggestion.snapshot for each in assignments if each} == {1}
    assert assigner.next() is None and not assigner.done
    given.context.release()
    assert assigner.next() is not None


def test_a_session_takes_over_what_nobody_renews_in_a_former_one_of_its_annotator(
    given: Given, assigner: Assigner
) -> None:
    """A tab that was closed without a word, and one that somebody still looks at."""
    for _ in range(N):
        assert assigner.next() is not None
    seconds = given.context.settings.lease_seconds
    for name, own in (("ben", False), ("ana", True)):
        later = SessionContext(given.context.live, given.store, name)
        after = Assigner(later, given.suggester, given.trainer)
        given.store.leases.renew(given.context.id, seconds - SILENT_SECONDS / 2)
        assert after.next() is None and after.held_elsewhere is own  # it lives
        given.store.leases.renew(given.context.id, seconds - SILENT_SECONDS - 1)
        taken = after.next()
        assert (taken is not None) is own
    assert not after.held_elsewhere
    assert {after.next() is None for _ in range(N - 1)} == {False}
    assert after.next() is None


def test_a_gold_sample_comes_among_the_others(given: Given, assigner: Assigner) -> None:
    path = given.folder / "project.toml"
    path.write_text(path.read_text("utf-8").replace("[labeling]", "[labeling]\ngold_share = 1.0"))
    given.context.live.look_again()
    given.store.adjudications.decide({given.ids[4]: DARK}, "gold", "owner", "session", key="g")
    assignment = assigner.next()
    assert assignment is not None and assignment.draw is not None
    assert (assignment.sample.id, assignment.draw.kind) == (given.ids[4], "gold")


def test_an_answer_is_opened_again_with_what_was_answered(given: Given, assigner: Assigner) -> None:
    answerer = Answerer(given.context, given.checker, given.trainer)
    assignment = assigner.next()
    assert assignment is not None
    event = answerer.submit(assignment, DARK)
    [again] = assigner.reopen([assignment.sample.id, given.ids[-1]])
    assert (again.sample, again.answered) == (assignment.sample, event)
    assigner.keep(again.sample.id)
    assert given.store.samples.counts().leased == 0


def test_without_samples_a_warning_says_how_to_add_some(
    given: Given, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        dalt.Project.create(tmp_path_factory.mktemp("e") / "e.dalt", classes=[DARK]) as project,
        pytest.warns(UserWarning, match=r"add some with project\.add_images"),
    ):
        session = project.session("ana")
        assert session.next() is None
        assert session.empty and not session.done

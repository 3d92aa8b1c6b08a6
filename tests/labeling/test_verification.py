"""Verifying by the page without a browser: what is on a page, what is recorded, what undo does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stored import follow

import dalt
from dalt.core.records import Assignment, Estimate, Suggestion, VerifyPage
from dalt.labeling.page_choice import CONFIDENT, choose_page, page_size, quicker_mode
from dalt.labeling.session import Session

N = 40


def shares(*first: float) -> np.ndarray:
    """Rows of two classes from the probability of the first one."""
    return np.array([[share, 1 - share] for share in first], np.float32)


def sure_of(n_dark: int, n: int = N) -> np.ndarray:
    """The first `n_dark` samples are dark, the others bright, the later the less surely."""
    doubt = np.linspace(0.0, 0.05, n)
    return shares(*(1 - doubt[:n_dark]), *doubt[n_dark:])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    create(tmp_path / "p.dalt").close()
    with follow(tmp_path / "p.dalt", sure_of(30)) as made:
        yield made


def create(folder: Path, uniform_share: float = 0.1) -> dalt.Project:
    made = dalt.Project.create(folder, classes=["dark", "bright"], uniform_share=uniform_share)
    made.add_texts([f"text {i}" for i in range(N)], progress=False)
    return made


@pytest.fixture
def session(project: dalt.Project) -> Session:
    return project.session(annotator="ana")


def take(session: Session, size: int = 24) -> VerifyPage:
    page = session.next_page(size)
    assert page is not None
    return page


def ids(page: VerifyPage) -> list[str]:
    return [each.sample.id for each in page.assignments]


# --- choosing -----------------------------------------------------------------------------


def test_the_next_page_is_of_the_same_class_while_it_fills_one() -> None:
    rows = np.array([[0.95, 0.05]] * 6 + [[0.05, 0.95]] * 3, np.float32)
    free = np.ones(9, bool)
    assert choose_page(rows, free, [0, 1])[0] == 0  # type: ignore[index]
    assert choose_page(rows, free, [0, 1], stay=1, size=3)[0] == 1  # type: ignore[index]
    assert choose_page(rows, free, [0, 1], stay=1, size=4)[0] == 0  # type: ignore[index]
    assert choose_page(rows, free, [0], stay=1, size=3)[0] == 0  # type: ignore[index]


def test_the_class_with_most_sure_samples_is_first() -> None:
    rows = shares(0.1, 0.05, 0.75, 0.76, 0.77, 0.78)
    column, positions = choose_page(rows, np.ones(6, bool), [0, 1]) or (None, None)
    assert column == 1 and positions is not None and positions.tolist() == [1, 0]


def test_without_sure_samples_the_confident_ones_decide() -> None:
    rows = shares(0.2, 0.8, 0.75, 0.6)
    column, positions = choose_page(rows, np.ones(4, bool), [0, 1]) or (None, None)
    assert column == 0 and positions is not None and positions.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("rows", "free", "allowed"),
    [
        (shares(CONFIDENT - 0.01, 0.5), [True, True], [0, 1]),
        (shares(0.9, 0.6), [False, True], [0, 1]),
        (shares(0.9), [True], [1]),
        (shares(0.9), [True], []),
        (shares(), [True], [0, 1]),
    ],
    ids=["not confident", "not free", "class gone", "no class", "added after the snapshot"],
)
def test_nothing_to_choose(rows: np.ndarray, free: list[bool], allowed: list[int]) -> None:
    assert choose_page(rows.reshape(-1, 2), np.array(free), allowed) is None


@pytest.mark.parametrize(("share", "n"), [(1.0, 24), (0.9, 24), (0.8, 15), (0.7, 10), (0.0, 3)])
def test_pages_are_shorter_where_the_model_is_less_sure(share: float, n: int) -> None:
    assert page_size([share] * 100, 24) == n


@pytest.mark.parametrize(
    ("accuracy", "mode"),
    [
        (None, None),
        (Estimate(1.0, 0.9, 1.0, 9), None),
        (Estimate(0.9, 0.8, 0.95, 40), "verify"),
        (Estimate(0.05, 0.01, 0.1, 40), "single"),
        (Estimate(0.2, 0.05, 0.5, 10), None),
    ],
)
def test_the_quicker_mode_follows_the_measured_accuracy(
    accuracy: Estimate | None, mode: str | None
) -> None:
    assert quicker_mode(accuracy) == mode


# --- pages --------------------------------------------------------------------------------


def test_a_page_holds_one_class_most_confident_first(session: Session) -> None:
    page = take(session)
    assert page.label == "dark"
    assert [each.sample.position for each in page.assignments] == list(range(24))
    assert {each.suggestion.top for each in page.assignments} == {"dark"}
    draws = {each.draw for each in page.assignments}
    assert [(d.kind, d.probability, d.n_candidates) for d in draws if d] == [("verify", 1.0, 30)]


def test_pages_do_not_overlap_and_end(session: Session) -> None:
    pages = []
    while (page := session.next_page(size=8)) is not None:
        pages.append(page)
    leased = [sample_id for page in pages for sample_id in ids(page)]
    assert len(leased) == len(set(leased)) == N
    assert {page.label for page in pages} == {"dark", "bright"}
    assert not session.done


def test_no_page_before_the_first_snapshot(tmp_path: Path) -> None:
    with create(tmp_path / "new.dalt") as project:
        assert project.session(annotator="ana").next_page() is None


def test_what_was_skipped_or_is_held_is_on_no_page(project: dalt.Project, session: Session) -> None:
    page = take(session, size=2)
    session.verify(page, dict.fromkeys(ids(page)))
    held = take(project.session(annotator="ben"), size=4)
    assert set(ids(page)) <= set(ids(held)), "a skip comes back for others"
    rest = take(session, size=N)
    assert not set(ids(rest)) & {*ids(page), *ids(held)}


def test_a_renamed_class_goes_by_its_present_name(project: dalt.Project) -> None:
    project.rename_class("dark", "Dark")
    session = project.session(annotator="ana")
    page = take(session)
    assert page.label == "Dark"
    assert {event.label for event in session.verify(page)} == {"Dark"}


def test_a_class_that_is_gone_is_not_verified(project: dalt.Project, session: Session) -> None:
    file = project.folder / "project.toml"
    file.write_text(file.read_text().replace('"dark"', '"dim"'))
    assert take(session).label == "bright"


def test_a_multi_label_project_says_that_it_has_no_pages(tmp_path: Path) -> None:
    with (
        dalt.Project.create(tmp_path / "m.dalt", classes=["a", "b"], multi_label=True) as project,
        pytest.raises(dalt.BadInput, match="where a sample has one class"),
    ):
        project.session(annotator="ana").next_page()


def test_a_page_of_nothing_is_refused(session: Session) -> None:
    with pytest.raises(dalt.BadInput, match="at least 1"):
        session.next_page(size=0)


# --- verifying ----------------------------------------------------------------------------


def test_each_sample_has_an_event_of_its_own(project: dalt.Project, session: Session) -> None:
    page = take(session, size=5)
    wrong, unsure = ids(page)[1], ids(page)[3]
    events = session.verify(page, {wrong: "bright", unsure: None}, active_seconds=10.0)
    assert [event.sample_id for event in events] == ids(page)
    assert [event.label for event in events] == ["dark", "bright", "dark", None, "dark"]
    assert [event.kind for event in events] == ["label", "label", "label", "skip", "label"]
    assert {event.mode for event in events} == {event.draw for event in events} == {"verify"}
    assert {event.suggested for event in events} == {"dark"}
    assert {event.active_seconds for event in events} == {2.0}
    assert len(project.labels()) == 4 and len(project.history()) == 5


@pytest.mark.parametrize(
    ("correction", "error"),
    [({"somewhere else": "dark"}, "for none of this page"), ({"": "brigth"}, "Did you mean")],
)
def test_a_correction_that_makes_no_sense_records_nothing(
    project: dalt.Project, session: Session, correction: dict[str, str], error: str
) -> None:
    page = take(session, size=3)
    wanted = {sample_id or ids(page)[1]: label for sample_id, label in correction.items()}
    with pytest.raises(dalt.DaltError, match=error):
        session.verify(page, wanted)
    assert project.history().empty


def test_a_page_sent_again_never_doubles(project: dalt.Project, session: Session) -> None:
    page = take(session, size=4)
    first = session.verify(page, key="k")
    assert session.verify(page, key="k") == first
    with pytest.raises(dalt.KeyUsed):
        session.verify(page, {ids(page)[0]: "bright"}, key="k")
    wrong: Any
    for wrong in ([], {}, -(10**5_000), "half \ud800", None):
        with pytest.raises(dalt.BadInput):
            session.answer_page([(wrong, "dark", Suggestion())], key="k")
    part = [(sample_id, "dark", Suggestion()) for sample_id in ids(page)[2:]]
    assert session.answer_page(part, key="k") == first[2:]
    assert len(project.history()) == 4


def test_the_rest_of_a_page_can_be_sent_later(project: dalt.Project, session: Session) -> None:
    page = take(session, size=4)
    answers = [(each.sample.id, "dark", each.suggestion) for each in page.assignments]
    session.answer_page(answers[:2], key="k")
    session.answer_page(answers, key="k")
    assert project.history().sample_id.tolist() == ids(page)
    assert len(session.undo()) == 4


def test_undo_takes_the_whole_page_back(project: dalt.Project, session: Session) -> None:
    before = session.next()
    assert before is not None
    session.submit(before, "dark")
    page = take(session, size=4)
    session.verify(page, {ids(page)[0]: "bright", ids(page)[1]: None})
    reopened = session.undo()
    assert [each.sample.id for each in reopened] == ids(page)
    assert [each.draw for each in reopened] == [each.draw for each in page.assignments]
    assert project.labels().sample_id.tolist() == [before.sample.id]
    assert project.samples().status.tolist().count("leased") == 4
    again = session.verify(VerifyPage(page.label, tuple(reopened)))
    assert [event.label for event in again] == ["dark"] * 4
    assert len(session.undo()) == 4 and len(session.undo()) == 1


def test_a_resent_undo_of_a_page_takes_nothing_more_back(
    project: dalt.Project, session: Session
) -> None:
    for _ in range(2):
        session.verify(take(session, size=3))
    first = session.undo("u")
    assert [a.sample for a in session.undo("u")] == [a.sample for a in first]
    assert len(project.labels()) == 3


def test_a_page_of_an_earlier_sitting_is_taken_back_as_the_page_it_was(
    project: dalt.Project, session: Session
) -> None:
    page = take(session, size=4)
    first, second = ids(page)[:2]
    recorded = session.verify(page, {first: "bright", second: None})
    session.close()
    project.close()
    project = follow(project.folder, 1 - sure_of(30), version=2)  # whatever is suggested now
    later = project.session(annotator="ana")
    again = later.take_back().page
    assert again is not None and again.label == page.label
    assert [each.sample for each in again.assignments] == [e.sample for e in page.assignments]
    assert again.corrections == {first: "bright", second: None}
    for now, before in zip(again.assignments, page.assignments, strict=True):
        assert now.draw == before.draw
        assert now.suggestion.top == before.suggestion.top
        assert now.suggestion.top_probability == before.suggestion.top_probability
        assert now.suggestion.snapshot == before.suggestion.snapshot
    redone = later.redo()
    assert [event.label for event in redone] == [event.label for event in recorded]
    assert {event.batch for event in redone} != {None}
    # What was redone is a page to every sitting after it.
    last = project.session(annotator="ana").take_back().page
    assert last is not None and (last.label, last.corrections) == (again.label, again.corrections)
    project.close()


def test_a_page_of_one_sample_stays_a_page(project: dalt.Project, session: Session) -> None:
    session.verify(take(session, size=1))
    assert session.take_back().page is not None
    session.redo()
    assert session.take_back().page is not None
    session.submit(take(session, size=1).assignments[0], "dark", mode="verify")
    assert session.take_back().page is None, "it was answered by itself"


def test_a_page_whose_class_has_another_name_now(project: dalt.Project, session: Session) -> None:
    page = take(session, size=3)
    session.verify(page, {ids(page)[0]: "bright"})
    project.rename_class("dark", "dusky")
    project.rename_class("bright", "light")
    again = project.session(annotator="ana").take_back().page
    assert again is not None
    assert (again.label, again.corrections) == ("dusky", {ids(page)[0]: "light"})
    assert {each.suggestion.top for each in again.assignments} == {"dusky"}


def test_a_page_whose_class_is_gone_comes_back_as_single_samples(
    project: dalt.Project, session: Session
) -> None:
    page = take(session, size=3)
    session.verify(page)
    path = project.folder / "project.toml"
    path.write_text(path.read_text().replace('name = "dark"', 'name = "fish"'))
    undone = project.session(annotator="ana").take_back()
    assert undone.page is None
    assert [each.sample.id for each in undone.assignments] == ids(page)


def test_a_late_undo_or_redo_that_had_nothing_to_do_does_nothing(
    project: dalt.Project, session: Session
) -> None:
    known = session.newest_event
    assert session.take_back("u", up_to=known).assignments == ()
    assert session.redo("r", up_to=known) == []
    session.verify(take(session, size=3))
    other = project.session(annotator="ana")  # the same person in another tab
    assert other.take_back("u", up_to=known).assignments == ()
    assert len(project.labels()) == 3
    session.undo()
    assert other.redo("r", up_to=known) == []
    assert len(project.labels()) == 0
    assert len(session.redo("r2", up_to=session.newest_event)) == 3


def test_a_later_label_of_a_verified_sample_outlives_the_page(
    project: dalt.Project, session: Session
) -> None:
    page = take(session, size=3)
    session.verify(page)
    session.submit(page.assignments[0], "bright")
    assert len(session.undo()) == 1, "the newest answer goes first"
    assert set(project.labels().label) == {"dark"}
    assert len(session.undo()) == 3


def test_verified_samples_leave_the_accuracy_as_it_is(tmp_path: Path) -> None:
    create(tmp_path / "u.dalt", uniform_share=1.0).close()
    with follow(tmp_path / "u.dalt", sure_of(30)) as project:
        session = project.session(annotator="ana")

        def uniform(label: str) -> Assignment:
            assignment = session.next()
            assert assignment is not None and assignment.draw is not None
            assert assignment.draw.kind == "uniform"
            session.submit(assignment, label)
            return assignment

        for label in ("dark", "dark", "bright"):
            uniform(label)
        before = session.standing().accuracy
        assert before is not None and before.n == 3
        session.verify(take(session))
        assert session.standing().accuracy == before
        # Drawn uniformly, skipped, and then verified by somebody else: still not counted.
        skipped = session.next()
        assert skipped is not None
        session.skip(skipped)
        other = project.session(annotator="ben")
        other.verify(take(other, size=N))
        assert session.standing().accuracy == before


# --- from page to page --------------------------------------------------------------------


def test_pages_of_a_sitting_stay_with_a_class_until_it_is_used_up(session: Session) -> None:
    seen = []
    while page := session.next_page(5):
        seen.append(page.label)
        session.verify(page)
    assert seen == ["dark"] * 6 + ["bright"] * 2  # 30 and 10 samples


@pytest.mark.parametrize(("wrong", "mode"), [(0, "verify"), (12, "verify"), (24, None)])
def test_pages_that_were_verified_say_whether_more_of_them_pay(
    session: Session, wrong: int, mode: str | None
) -> None:
    assert session.standing().quicker is None
    page = take(session)
    session.verify(page, dict.fromkeys(ids(page)[:wrong], "bright"))
    assert session.standing().quicker == mode
    session.undo()
    assert session.standing().quicker is None  # what was taken back says nothing


def test_pages_go_before_uniform_draws_and_too_few_of_them_say_nothing() -> None:
    poor, good = Estimate(0.05, 0.0, 0.1, 40), Estimate(0.98, 0.93, 0.99, 100)
    assert quicker_mode(poor, good) == "verify"
    assert quicker_mode(good, Estimate(0.0, 0.0, 0.3, 9)) == "verify"

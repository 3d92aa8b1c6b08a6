"""The headless loop of an annotator, as scripts and pages use it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from assignments import assigned

import dalt
from dalt.core.records import Suggestion
from dalt.labeling.session import Session

N_IMAGES = 12


def images(n: int = N_IMAGES) -> np.ndarray:
    """Grey squares, every second one bright."""
    shades = [10 + i if i % 2 == 0 else 150 + i for i in range(n)]
    return np.array(shades, np.uint8).repeat(64).reshape(n, 8, 8)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(
        tmp_path / "squares.dalt", classes=["dark", "bright"], uniform_share=0.0
    ) as made:
        made.add_images(images(), progress=False)
        yield made


@pytest.fixture
def session(project: dalt.Project) -> Session:
    return project.session(annotator="ana")


def test_nothing_is_leased_before_next(project: dalt.Project, session: Session) -> None:
    assert set(project.samples().status) == {"open"}
    assigned(session)
    assert project.samples().status.tolist().count("leased") == 1


def test_next_leases_another_sample_each_time_until_none(session: Session) -> None:
    ids = {assigned(session).sample.id for _ in range(N_IMAGES)}
    assert len(ids) == N_IMAGES
    assert session.next() is None
    assert not session.done, "they are held, and may come back"


def test_submit_returns_the_committed_event(project: dalt.Project, session: Session) -> None:
    shown = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assignment = assigned(session)
    event = session.submit(assignment, "dark", shown_at=shown, active_seconds=1.25)
    assert (event.label, event.annotator, event.source) == ("dark", "ana", "human")
    row = project.history().iloc[0]
    assert row.sample_id == assignment.sample.id
    assert row.shown_at == shown and row.active_seconds == 1.25
    assert assignment.draw and row.draw == assignment.draw.kind and row["mode"] == "single"


def test_answers_come_in_any_order(project: dalt.Project, session: Session) -> None:
    first, second = assigned(session), assigned(session)
    session.submit(second, "bright")
    session.submit(first, "dark")
    labels = project.labels().set_index("sample_id").label
    assert labels[second.sample.id] == "bright" and labels[first.sample.id] == "dark"


def test_an_unknown_class_is_refused_and_nothing_recorded(
    project: dalt.Project, session: Session
) -> None:
    with pytest.raises(dalt.UnknownClass, match="Did you mean 'bright'"):
        session.submit(assigned(session), "brigth")
    assert project.history().empty


@pytest.mark.parametrize("label", [7, b"dark"])
def test_a_label_that_is_no_text_is_refused(session: Session, label: object) -> None:
    with pytest.raises(dalt.UnknownClass):
        session.submit(assigned(session), label)  # type: ignore[arg-type]


def test_a_list_is_refused_where_a_sample_has_one_class(
    project: dalt.Project, session: Session
) -> None:
    with pytest.raises(dalt.BadInput, match="multi_label=True"):
        session.submit(assigned(session), ["dark"])
    assert project.history().empty


def test_a_time_without_a_zone_is_refused(project: dalt.Project, session: Session) -> None:
    with pytest.raises(dalt.BadInput, match="time zone"):
        session.submit(assigned(session), "dark", shown_at=datetime(2026, 1, 1))
    assert project.history().empty


def test_an_annotator_needs_a_name(project: dalt.Project) -> None:
    with pytest.raises(dalt.BadInput, match="needs a name"):
        project.session(annotator=" ")


def test_the_same_key_records_once(project: dalt.Project, session: Session) -> None:
    assignment = assigned(session)
    first = session.submit(assignment, "dark", key="k")
    assert session.submit(assignment, "dark", key="k") == first
    project.rename_class("dark", "unlit")
    assert session.submit(assignment, "unlit", key="k") == first, "the class is the same"
    with pytest.raises(dalt.KeyUsed):
        session.submit(assignment, "bright", key="k")
    assert len(project.history()) == 1


def test_undo_reopens_for_the_same_person(project: dalt.Project, session: Session) -> None:
    assignment = assigned(session)
    session.submit(assignment, "dark")
    reopened = session.undo()
    assert [a.sample for a in reopened] == [assignment.sample]
    assert reopened[0].draw == assignment.draw
    assert project.labels().empty
    session.submit(reopened[0], "bright")
    assert project.labels().label.tolist() == ["bright"]
    assert project.history().kind.tolist() == ["label", "undo", "label"]


def test_undo_takes_a_skip_back(project: dalt.Project, session: Session) -> None:
    assignment = assigned(session)
    session.skip(assignment)
    assert [a.sample for a in session.undo()] == [assignment.sample]
    assert session.undo() == []


def test_done_when_all_is_labelled_or_skipped(session: Session) -> None:
    for number in range(N_IMAGES):
        assignment = assigned(session)
        if number % 3:
            session.submit(assignment, "dark")
        else:
            session.skip(assignment)
    assert session.next() is None and session.done
    standing = session.standing()
    assert (standing.n_labelled, standing.n_skipped) == (8, 4)


def test_what_was_skipped_can_be_asked_once_more(session: Session) -> None:
    first, second = assigned(session), assigned(session)
    session.skip(first)
    session.submit(second, "dark")
    assert session.skipped() == [first.sample.id]
    (again,) = session.reopen(session.skipped())
    session.submit(again, "bright")
    assert session.skipped() == []


def test_closing_frees_what_was_held(project: dalt.Project, session: Session) -> None:
    assigned(session)
    session.close()
    assert set(project.samples().status) == {"open"}


def test_an_answer_by_id_needs_no_lease(project: dalt.Project, session: Session) -> None:
    sample_id = project.samples().sample_id[3]
    session.answer(sample_id, "dark", key="from an outbox", suggestion=Suggestion())
    assert project.labels().sample_id.tolist() == [sample_id]


def test_sessions_draw_a_share_uniformly(tmp_path: Path) -> None:
    with dalt.Project.create(
        tmp_path / "many.dalt", classes=["dark", "bright"], uniform_share=0.5
    ) as project:
        project.add_images(images(60), progress=False)
        project.add_embeddings(np.arange(120.0).reshape(60, 2), progress=False)
        session = project.session(annotator="ana")
        draws = [draw for _ in range(40) if (draw := assigned(session).draw)]
    kinds = [draw.kind for draw in draws]
    assert 10 <= kinds.count("uniform") <= 30
    assert all(0 < draw.probability <= 1 for draw in draws)
    assert [draw.n_candidates for draw in draws] == list(range(60, 20, -1))


@pytest.mark.usefixtures("brief_training")
def test_suggestions_come_with_the_snapshot_and_are_recorded(tmp_path: Path) -> None:
    with dalt.Project.create(
        tmp_path / "s.dalt", classes=["dark", "bright"], uniform_share=0.0
    ) as project:
        ids = project.add_images(images(40), progress=False)
        truth = {sample_id: ("dark", "bright")[i % 2] for i, sample_id in enumerate(ids)}
        project.encode(progress=False)
        session = project.session(annotator="ana")
        before = assigned(session)
        assert before.suggestion == Suggestion() and before.suggestion.top is None
        session.submit(before, truth[before.sample.id])
        for _ in range(5):
            assignment = assigned(session)
            session.submit(assignment, truth[assignment.sample.id])
        project.trainer.wait(60)
        after = assigned(session)
        assert after.suggestion.snapshot == session.snapshot_version
        assert set(after.suggestion.classes) == {"dark", "bright"}
        assert sum(after.suggestion.probabilities) == pytest.approx(1, abs=1e-5)
        event = session.submit(after, truth[after.sample.id])
        assert event.suggested == after.suggestion.top == truth[after.sample.id]
        assert event.probability == after.suggestion.probabilities[0]
        assert event.snapshot == after.suggestion.snapshot

"""Which loop a widget belongs to, and what a loop holds for whoever sees it."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from annotation_faces import CLASSES, Listed, Make, Plain, labels_of, leases_of, shown
from ipyannotations import generic, images
from waiting import until

import dalt
from dalt.core.records import BadInput, utc_now
from dalt.page import annotation_loop, lease_keeper
from dalt.page.annotation_faces import face_for
from dalt.page.lease_keeper import LeaseKeeper

pytestmark = pytest.mark.usefixtures("at_once")


def hold_longer(project: dalt.Project) -> None:
    """From the next renewal on samples are held for minutes, and no longer for a second."""
    file = project.folder / "project.toml"
    before = file.read_text()
    after = before.replace("lease_seconds = 1.0", "lease_seconds = 600.0")
    assert after != before
    whole = file.with_suffix(".new")
    whole.write_text(after)
    whole.replace(file)  # a project reads it meanwhile


def is_held(project: dalt.Project, sample_ids: set[str]) -> bool:
    soon = utc_now() + timedelta(seconds=300)
    return {id for id, until in leases_of(project).items() if until > soon} == sample_ids


def keepers() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "lease_keeper"}


# --- one loop of a widget -------------------------------------------------------------------


def test_a_cell_that_runs_again_records_each_answer_once(make: Make) -> None:
    project = make()
    widget = generic.ClassLabeller(CLASSES)
    former = shown(project, widget)
    loop = shown(project, widget)
    assert former.current is None
    widget.submit(widget.control_elements.buttons["ball"])
    assert labels_of(project) == ["ball"]
    loop.close()
    loop.close()
    widget.submit(widget.control_elements.buttons["ball"])
    assert labels_of(project) == ["ball"] and widget.submission_functions == []


@pytest.mark.parametrize("kind", [Plain, Listed])
def test_only_the_newest_loop_of_a_widget_records(make: Make, kind: Callable[[], Any]) -> None:
    project, widget = make(n=3), kind()
    former = shown(project, widget)
    loop = shown(project, widget)
    assert former.current is None and loop.current is not None
    assert set(leases_of(project)) == {loop.current.sample.id}
    seen = loop.current.sample.id
    widget.submit("ball")
    assert [sample.id for sample, _ in project.session("ana").recent()] == [seen]


@pytest.mark.parametrize("kind", [Plain, Listed])
def test_a_widget_of_two_projects_records_in_the_one_that_it_shows(
    make: Make, kind: Callable[[], Any]
) -> None:
    one, other, widget = make(), make(), kind()
    shown(one, widget)
    shown(other, widget)
    widget.submit("ball")
    assert (labels_of(one), labels_of(other)) == ([], ["ball"])
    assert leases_of(one) == {}


def test_a_widget_that_is_refused_keeps_its_loop(make: Make) -> None:
    project, boxes = make(), make("boxes")
    widget = generic.ClassLabeller(CLASSES)
    loop = shown(project, widget)
    with pytest.raises(dalt.DaltError, match="does not fit"):
        boxes.label("ana", widget=widget)
    widget.submit(widget.control_elements.buttons["ball"])
    assert labels_of(project) == ["ball"] and loop.current is not None


def test_two_widgets_have_a_loop_each(make: Make) -> None:
    project, one, other = make(), Plain(), Plain()
    shown(project, one)
    shown(project, other)
    one.submit("ball")
    other.submit("brick")
    assert labels_of(project) == ["ball", "brick"]


@pytest.mark.parametrize(
    ("task", "widget"),
    [("boxes", lambda: images.BoxAnnotator(options=CLASSES)), ("classes", Listed)],
)
def test_a_former_loop_is_not_kept_alive(make: Make, task: Any, widget: Callable[[], Any]) -> None:
    project, face = make(task), widget()
    former = weakref.ref(shown(project, face))
    shown(project, face)
    gc.collect()
    assert former() is None


def test_a_closed_face_is_not_kept_alive_by_its_canvas(make: Make) -> None:
    widget = images.BoxAnnotator(options=CLASSES)
    face = face_for(widget, make("boxes").session("ana"))
    there = weakref.ref(face)
    face.close()
    del face
    gc.collect()
    assert there() is None


# --- what is held ---------------------------------------------------------------------------


def test_nothing_is_leased_before_it_is_shown_and_nothing_held_after(make: Make) -> None:
    project = make(n=1)
    loop = project.label("ana", widget=Plain())
    with project.session("ben") as other:
        held, leased = other.next(), [loop.current]
        loop.show()
        leased.append(loop.current)
        assert held is not None and leased == [None, None]
        assert "others are labeling the last ones" in loop.status
        other.release()
        [_, again] = loop.children
        again.click()
        assert loop.current is not None
        assert other.next() is None
        loop.close()
        assert other.next() is not None


def test_nobody_gets_a_sample_that_is_on_screen(make: Make) -> None:
    project = make(n=2, lease_seconds=1.0)
    loop = shown(project, Plain())
    assert loop.current is not None
    sample_id = loop.current.sample.id
    hold_longer(project)
    until(lambda: is_held(project, {sample_id}))
    with project.session("ben") as other:
        given = other.next()
        assert given is not None and given.sample.id != sample_id
        assert other.next() is None
    loop.close()
    assert leases_of(project) == {}


def test_a_sample_that_waits_after_an_undo_is_held_too(make: Make) -> None:
    project = make(n=3, lease_seconds=1.0)

    class Undoing(Plain):
        def on_undo(self, function: Callable[[], None]) -> None:
            self.undo = function

    plain = Undoing()
    loop = shown(project, plain)
    samples = [loop.current]
    plain.submit("ball")
    samples.append(loop.current)
    plain.undo()
    hold_longer(project)
    until(lambda: is_held(project, {each.sample.id for each in samples if each is not None}))


def test_after_an_hour_without_an_answer_others_may_get_the_sample(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, plain = make(lease_seconds=1.0), Plain()
    before = keepers()
    monkeypatch.setattr(lease_keeper, "IDLE_SECONDS", 0.0)  # the hour is over at once
    loop = shown(project, plain)
    until(lambda: loop.status == annotation_loop.EXPIRED)
    until(lambda: keepers() <= before)
    monkeypatch.undo()
    monkeypatch.setattr(annotation_loop, "LOOK_SECONDS", 0.0)
    plain.submit("ball")  # they are back
    assert labels_of(project) == ["ball"] and loop.current is not None
    sample_id = loop.current.sample.id
    hold_longer(project)
    until(lambda: is_held(project, {sample_id}))


def test_renewing_ends_with_the_loop_and_with_the_project(make: Make) -> None:
    before = keepers()
    project = make(lease_seconds=1.0)
    loop = shown(project, Plain())
    until(lambda: keepers() - before)
    loop.close()
    until(lambda: keepers() <= before)
    shown(project, Plain())
    until(lambda: keepers() - before)
    project.close()
    until(lambda: keepers() <= before)


def test_nothing_is_renewed_after_the_end(make: Make) -> None:
    session = make(lease_seconds=1.0).session("ana")
    keeper = LeaseKeeper(session, lambda: None)
    ended = threading.Event()
    keeper.keep()
    left = keeper.renew(ended)
    assert left is not None and left == pytest.approx(1 / 3)
    ended.set()
    assert keeper.renew(ended) is None
    keeper.stop()


def test_renewing_keeps_no_keeper_alive(make: Make) -> None:
    before = keepers()
    keeper = LeaseKeeper(make(lease_seconds=1.0).session("ana"), lambda: None)
    keeper.keep()
    there = weakref.ref(keeper)
    del keeper
    until(lambda: there() is None)
    until(lambda: keepers() <= before)


def test_a_face_on_which_nothing_can_be_noted_is_refused(make: Make) -> None:
    class Narrow:
        __slots__ = ("data",)

        def __init__(self) -> None:
            self.data = None

        def display(self, content: Any) -> None: ...

        def on_submit(self, function: Any) -> None: ...

    with pytest.raises(BadInput, match="leave out __slots__"):
        make().label("ana", widget=Narrow())

"""DALT's loop behind widgets of others: real ones, on real projects."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotation_faces import CLASSES, Make, Plain, labels_of, leases_of, shown
from ipyannotations import images
from ipyannotations.images.canvases.shapes import BoundingBox
from ipywidgets import DOMWidget
from PIL import Image
from waiting import until

from dalt.core.records import BadInput, Region
from dalt.page import annotation_loop

pytestmark = pytest.mark.usefixtures("at_once")


# --- any object -----------------------------------------------------------------------------


def test_any_object_with_three_names_can_be_the_face(make: Make) -> None:
    project = make()
    plain = Plain()
    loop = shown(project, plain)
    assert isinstance(plain.displayed[0], Image.Image) and plain.displayed[0].size == (60, 40)
    assert plain.data == ""  # nothing is likely yet
    plain.submit("ball")
    plain.submit(None)  # a skip
    plain.submit(["ball"])
    assert "this project takes one class" in loop.status
    plain.submit("brick")
    assert labels_of(project) == ["ball", None, "brick"] and len(plain.displayed) == 4
    assert not [each for each in loop.children if not isinstance(each, DOMWidget)]


def test_a_hidden_suggestion_is_no_first_answer(make: Make) -> None:
    settings = {"blind": {"share": 1}, "page": {"suggestions_from": 0}}
    project = make(settings=settings)
    project.add_embeddings(np.arange(16.0).reshape(8, 2).astype(np.float32))
    first = project.session("ben")
    for label in ("ball", "brick"):
        assignment = first.next()
        assert assignment is not None
        first.submit(assignment, label)
    project.trainer.wait(60)
    plain = Plain()
    loop = shown(project, plain)
    assert plain.data == "" and "Nothing is suggested for this one" in loop.status
    plain.submit("ball")
    newest = project.history().iloc[-1]
    assert (newest.arm, newest["mode"]) == ("none", "blind")


def test_its_data_are_those_of_the_library_in_the_pixels_of_the_picture(make: Make) -> None:
    project = make("boxes")
    plain = Plain()
    shown(project, plain)
    plain.submit([{"type": "box", "label": "ball", "xyxy": [1, 2.5, 30, 40]}])
    assert labels_of(project) == [(Region("box", "ball", ((1.0, 2.5), (30.0, 40.0))),)]
    tagged = make("spans")
    other = Plain()
    loop = shown(tagged, other)
    assert loop.current is not None
    other.submit([(0, 3, "ball")])
    assert labels_of(tagged) == [(Region("span", "ball", start=0, end=3),)]


def test_what_its_display_raises_is_told_and_the_sample_can_be_skipped(make: Make) -> None:
    project = make()

    class Choosy(Plain):
        def display(self, content: Any) -> None:
            super().display(content)
            if len(self.displayed) == 2:
                raise ValueError("no picture of mine")

    choosy = Choosy()
    loop = shown(project, choosy)
    choosy.submit("ball")
    assert loop.status.startswith("This sample cannot be shown: ValueError: no picture of mine")
    choosy.submit("ball")
    assert "nothing is recorded: skip it" in loop.status
    choosy.submit(None)
    choosy.submit("brick")
    assert labels_of(project) == ["ball", None, "brick"]


@pytest.mark.parametrize("kind", [TypeError, RuntimeError, KeyError])
def test_any_error_of_the_widget_is_told_and_its_sample_stays(
    make: Make, kind: type[Exception]
) -> None:
    project = make()

    class Broken(Plain):
        broken = False

        def display(self, content: Any) -> None:
            if self.broken:
                raise kind("out of order")
            super().display(content)

    broken = Broken()
    loop = shown(project, broken)
    broken.broken = True
    broken.submit("ball")
    sample = loop.current
    assert sample is not None and labels_of(project) == ["ball"]
    assert loop.status.startswith(f"This sample cannot be shown: {kind.__name__}: ")
    assert loop.status.endswith(". Skip it, or look again.")
    broken.submit("brick")
    assert "nothing is recorded" in loop.status
    for _ in range(3):
        loop.children[-1].click()
    loop.show()
    assert loop.current is sample and set(leases_of(project)) == {sample.sample.id}
    broken.broken = False
    loop.children[-1].click()
    broken.submit("brick")
    assert labels_of(project) == ["ball", "brick"] and len(loop.children) == 1


def test_data_whose_reading_fails_are_told(make: Make) -> None:
    class Odd(list[Any]):
        def __iter__(self) -> Any:
            raise RuntimeError("cannot be read")

    project, plain = make("boxes"), Plain()
    loop = shown(project, plain)
    plain.submit(Odd())
    assert loop.status == "Nothing is recorded. RuntimeError: cannot be read."
    assert labels_of(project) == []


def test_a_widget_that_takes_no_function_holds_nothing(make: Make) -> None:
    class Deaf(Plain):
        def on_submit(self, function: Any) -> None:
            raise TypeError("no functions here")

    project = make()
    with pytest.raises(TypeError, match="no functions here"):
        project.label("ana", widget=Deaf())
    assert leases_of(project) == {}


@pytest.mark.parametrize("at", ["display", "data"])
def test_a_kernel_that_is_interrupted_can_go_on(make: Make, at: str) -> None:
    class Interrupted(Plain):
        n = 0

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if name == at:
                self.stumble()

        def display(self, content: Any) -> None:
            super().display(content)
            if at == "display":
                self.stumble()

        def stumble(self) -> None:
            self.n += 1
            if self.n == (2 if at == "display" else 3):
                raise KeyboardInterrupt

    project, plain = make(), Interrupted()
    loop = shown(project, plain)
    with pytest.raises(KeyboardInterrupt):
        plain.submit("ball")
    assert loop.status == annotation_loop.INTERRUPTED and labels_of(project) == ["ball"]
    plain.submit("brick")
    assert labels_of(project) == ["ball"]
    loop.children[-1].click()
    plain.submit("brick")
    assert labels_of(project) == ["ball", "brick"] and len(leases_of(project)) == 1


def test_a_loop_that_is_closed_during_an_answer_records_it_and_holds_nothing(make: Make) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Plain):
        def display(self, content: Any) -> None:
            super().display(content)
            if len(self.displayed) == 2:
                entered.set()
                assert go_on.wait(60)

    project, slow = make(), Slow()
    loop = shown(project, slow)
    submits = threading.Thread(target=slow.submit, args=("ball",))
    submits.start()
    assert entered.wait(60)
    closes = threading.Thread(target=loop.close)
    closes.start()
    go_on.set()
    submits.join()
    closes.join()
    assert labels_of(project) == ["ball"] and loop.current is None
    assert leases_of(project) == {}


def test_a_loop_can_be_closed_by_its_own_widget(make: Make) -> None:
    project = make()

    class Closing(Plain):
        def display(self, content: Any) -> None:
            super().display(content)
            if len(self.displayed) == 2:
                loop.close()

    closing = Closing()
    loop = shown(project, closing)
    closing.submit("ball")
    closing.submit("brick")
    assert labels_of(project) == ["ball"] and leases_of(project) == {}


# --- the loop -------------------------------------------------------------------------------


def test_an_undo_brings_the_sample_back_with_its_answer(make: Make) -> None:
    project = make("boxes")
    widget = images.BoxAnnotator(options=CLASSES)
    loop = shown(project, widget)
    first = loop.current
    widget.canvas.annotations.append(BoundingBox((70, 70, 140, 140), label="brick"))
    widget.submit()
    second = loop.current
    assert first is not None and second is not None
    widget.undo()
    assert loop.current is not None and loop.current.sample == first.sample
    assert [each["label"] for each in widget.data] == ["brick"]
    assert labels_of(project) == []
    widget.submit()
    assert loop.current == second  # the one that was on screen comes back
    widget.skip()
    assert [bool(label) for label in labels_of(project)] == [True, False]


def test_a_second_click_answers_no_sample_that_nobody_has_seen(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotation_loop, "LOOK_SECONDS", 1_000.0)
    project = make()
    plain = Plain()
    loop = shown(project, plain)
    plain.submit("ball")
    assert loop.status == annotation_loop.NOBODY_SAW and labels_of(project) == []


def test_labels_go_to_the_users_function_and_closed_projects_are_told(make: Make) -> None:
    project, told, there = make(), [], threading.Event()

    def on_label(label: Any) -> None:
        told.append(label.label)
        there.set()

    plain = Plain()
    loop = shown(project, plain, on_label=on_label)
    plain.submit("ball")
    assert there.wait(60) and told == ["ball"]
    assert repr(loop) == "AnnotationLoop('0', annotator='ana', widget=Plain)"
    project.close()
    plain.submit("brick")
    assert loop.status.startswith("Nothing is recorded. This project is closed")


def test_a_function_that_fails_is_told_beside_the_next_sample(make: Make) -> None:
    project, plain = make(n=3), Plain()
    loop = shown(project, plain, on_label=lambda _: 1 // 0)
    plain.submit("ball")
    until(lambda: "on_label failed: ZeroDivisionError" in loop.status)
    assert loop.status.startswith("1 of 3 samples are labelled.")
    plain.submit(None)
    assert "failed" not in loop.status
    with pytest.raises(BadInput, match="takes a function, not None"):
        loop.on_label(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"language": "ko"}, {"owner": True}, {"ahead": 50}])
def test_what_is_of_the_page_alone_is_refused_beside_a_widget(
    make: Make, given: dict[str, Any]
) -> None:
    with pytest.raises(BadInput, match="only work with DALT's own page"):
        make().label("ana", widget=Plain(), **given)


def test_ipyannotations_is_imported_by_whoever_uses_it(tmp_path: Path) -> None:
    code = (
        "import sys, numpy, dalt\n"
        "class Plain:\n"
        "    data = ''\n"
        "    def display(self, content): pass\n"
        "    def on_submit(self, function): pass\n"
        "project = dalt.Project.create(sys.argv[1], classes=['a'])\n"
        "project.add_images(numpy.zeros((1, 8, 8), numpy.uint8), progress=False)\n"
        "project.label('ana', widget=Plain()).show()\n"
        "print([name for name in sys.modules if name.startswith(('ipyannot', 'ipycanvas'))])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "p.dalt")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


class Undoing(Plain):
    """One that can undo."""

    def on_undo(self, function: Callable[[], None]) -> None:
        self.undo = function


def test_an_undo_shows_the_former_class(make: Make) -> None:
    project, plain = make(n=3), Undoing()
    loop = shown(project, plain)
    first = loop.current
    plain.submit("brick")
    assert first is not None and plain.data == ""
    plain.undo()
    assert loop.current is not None and loop.current.sample == first.sample
    assert plain.data == "brick" and loop.status.startswith("Your last answer: brick.")


def test_an_undo_shows_the_former_classes(make: Make) -> None:
    project, plain = make(multi_label=True, n=3), Undoing()
    loop = shown(project, plain)
    for former, said in (([], "none of the classes"), (["ball", "brick"], "ball, brick")):
        plain.submit(former)
        plain.undo()
        assert plain.data == former and loop.status.startswith(f"Your last answer: {said}.")

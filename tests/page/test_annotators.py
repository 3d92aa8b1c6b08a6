"""ipyannotations' canvases as the page uses them, without a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

import dalt
from dalt.core.records import ClassSpec, Region, Shape
from dalt.core.settings.settings import SHAPES
from dalt.page.annotators import Annotator, View, colours_of
from dalt.widgets import LabelPage

POINTS: dict[str, list[list[float]]] = {
    "box": [[1.25, 2], [30.5, 40]],
    "polygon": [[1.25, 2], [30.5, 40], [3, 9.75]],
    "point": [[1.25, 2]],
}
PLAIN = """
import sys, numpy, dalt
project = dalt.Project.create(sys.argv[1], classes=["a", "b"])
project.add_images(numpy.zeros((1, 8, 8), numpy.uint8), progress=False)
page = project.label("ana")
page._receive({"type": "ready", "page": "p"}, [])
heavy = ("ipyannotations", "ipycanvas", "ipyevents", "palettable")
print([name for name in sys.modules if name.startswith(heavy)])
"""


def region(shape: str, label: str = "cat", proposed: bool = False) -> dict[str, Any]:
    return {"label": label, "points": POINTS[shape], "proposed": proposed}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Callable[[Annotator], list[tuple[Any, ...]]]:
    """What an annotator has its canvas draw, as (command, arguments)."""

    def listen(annotator: Annotator) -> list[tuple[Any, ...]]:
        from ipycanvas.canvas import COMMANDS

        names = {number: name for name, number in COMMANDS.items()}
        sent: list[tuple[Any, ...]] = []

        def send(command: list[Any], buffers: list[Any] | None = None) -> None:
            sent.append(("message",))
            sent.extend((names[each[0]], *(each[1:2] or [None])) for each in command)

        monkeypatch.setattr(annotator.canvas._canvas_manager, "_send_custom", send)
        return sent

    return listen


@pytest.mark.parametrize("shape", ["box", "polygon", "point"])
def test_regions_are_drawn_by_one_message_at_their_exact_places(shape: Shape, drawn: Any) -> None:
    annotator = Annotator(shape)
    sent = drawn(annotator)
    view = View((40, 40), (400, 400), margin=8)
    annotator.show([region(shape)], view, {"cat": "#ff0000"})
    names = [name for name, *_ in sent]
    assert names[:3] == ["message", "switchCanvas", "clear"] and names.count("message") == 1
    # The second time, too: a browser that was reloaded knows of no canvas.
    annotator.show([region(shape)], view, {"cat": "#ff0000"})
    assert names[:3] == [name for name, *_ in sent][len(names) : len(names) + 3]
    first = next(rest[0] for name, *rest in sent if name in ("moveTo", "fillArc"))
    assert first[:2] == [20.5, 28.0]
    [told] = annotator.canvas.data
    assert told["label"] == "cat" and 1.25 in np.ravel(next(reversed(told.values())))


@pytest.mark.parametrize("shape", ["box", "polygon", "point"])
def test_proposals_are_dashed_and_others_are_not(shape: Shape, drawn: Any) -> None:
    annotator = Annotator(shape)
    sent = drawn(annotator)
    regions = [region(shape, "cat", proposed=True), region(shape, "dog")]
    annotator.show(regions, View((40, 40), (400, 400)), {"cat": "#ff0000", "dog": "#0000ff"})
    dashed = False
    strokes = []
    for name, *rest in sent:
        if name == "setLineDash":
            dashed = bool(rest[0][0])
        elif name in ("stroke", "strokeArc"):
            strokes.append(dashed)
    assert strokes == [True, False]


def test_the_canvas_is_as_sharp_as_the_screen_and_not_larger_than_it_can_be() -> None:
    assert View((10, 10), (100, 50), margin=8, ratio=2).size == (232, 132)
    assert max(View((10, 10), (3_000, 50), margin=8, ratio=3).size) <= 4_000


def test_colours_of_any_kind_are_understood() -> None:
    specs = [ClassSpec("a", colour="#0072b2"), ClassSpec("b", colour="red"), ClassSpec("c"),
             ClassSpec("d", colour="color-mix(in srgb, red, blue)")]  # fmt: skip
    assert list(colours_of(specs).values()) == ["#0072b2", "#ff0000", "#000000", "#000000"]


def made(folder: Path, task: Any, n: int) -> dalt.Project:
    project = dalt.Project.create(folder / "r.dalt", classes=["cat", "dog"], task=task)
    pixels = np.random.default_rng(0).integers(0, 255, (n, 20, 30), np.uint8)
    project.add_images(pixels, progress=False)
    return project


@pytest.mark.parametrize("task", ["boxes", "polygons", "points"])
def test_fifty_samples_make_no_widget(tmp_path: Path, task: str) -> None:
    shape = SHAPES[task]
    with made(tmp_path, task, 60) as project:
        Annotator("box").close()  # what ipyannotations makes once, when it is imported
        before = set(_instances)
        page: LabelPage = project.label("ana")
        said: list[dict[str, Any]] = []
        page.send = lambda content, _buffers=None: said.append(content)
        page._receive({"type": "ready", "page": "p"}, [])
        n_widgets = len(_instances)
        shown = [each for message in said for each in message.get("samples", ())]
        for at in range(50):
            sample = shown[at]
            assert sample["size"] == (30, 20)
            points = [[x / 2, y / 4] for x, y in POINTS[shape]]
            page._receive(
                {"type": "draw_regions", "key": str(at), "size": [30, 20], "frame": [300, 200],
                 "margin": 8, "ratio": 1, "regions": [region(shape)] * 3}, [],
            )  # fmt: skip
            page._receive(
                {"type": "answer", "key": str(at), "sample_id": sample["id"], "page": "p",
                 "label": [{"shape": shape, "label": "cat", "points": points}]}, [],
            )  # fmt: skip
            shown = [each for message in said for each in message.get("samples", ())]
        assert len(project.labels()) == 50
        keys = [each["key"] for each in said if each["type"] == "regions_drawn"]
        assert keys == [str(at) for at in range(50)]
        assert not [each for each in said if each["type"] == "failed"]
        assert len(_instances) == n_widgets
        page.close()
        left = [each for key, each in _instances.items() if key not in before]
        assert [type(each).__name__ for each in left] in ([], ["Layout"])  # the page's own


def test_a_drawing_that_makes_no_sense_is_left_out_and_says_nothing(tmp_path: Path) -> None:
    with made(tmp_path, "boxes", 2) as project:
        page = project.label("ana")
        said: list[dict[str, Any]] = []
        page.send = lambda content, _buffers=None: said.append(content)
        page._receive({"type": "draw_regions", "key": "k", "size": [0, 0], "frame": [1, 1]}, [])
        assert said == []
        good = {"type": "draw_regions", "key": "k", "size": [9, 9], "frame": [9, 9], "margin": 0}
        page._receive(good | {"ratio": 1, "regions": [region("box")]}, [])
        assert [each["type"] for each in said] == ["regions_drawn"]


def test_a_page_that_marks_nothing_carries_no_annotator(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path / "p.dalt")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_what_is_learned_changes_the_proposals_of_pictures_that_wait(tmp_path: Path) -> None:
    pixels = np.full((8, 40, 60), 30, np.uint8)
    for at in range(8):
        pixels[at, 10 + at : 20 + at, 30:45] = 255
    project = dalt.Project.create(tmp_path / "r.dalt", classes=["cat", "dog"], task="boxes")
    with project:
        project.add_images(pixels, progress=False)
        page = project.label("ana")
        said: list[dict[str, Any]] = []
        page.send = lambda content, _buffers=None: said.append(content)
        page._receive({"type": "ready", "page": "p"}, [])
        [first, *_] = next(each["samples"] for each in said if each.get("samples"))
        assert first["proposals"] == []
        with project.session("ben") as session:
            given = session.next()
            assert given is not None
            at = int(given.sample.source)
            session.submit(given, [Region("box", "dog", ((30, 10 + at), (45, 20 + at)))])
            session.catch_up()
        page._refresh()
        [newest] = [each for each in said if each["type"] == "refresh"][-1:]
        labels = [
            proposal["region"]["label"]
            for told in newest["suggestions"].values()
            for proposal in told["proposals"]
        ]
        assert labels and set(labels) == {"dog"}
        page.close()

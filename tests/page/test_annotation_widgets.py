"""ipyannotations' widgets as the face of DALT's loop, on real projects."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from annotation_faces import CLASSES, WORDS, Make, labels_of, shown
from ipyannotations import generic, images, text
from ipyannotations.images.canvases.shapes import BoundingBox, Polygon
from ipycanvas.canvas import COMMANDS
from ipywidgets.widgets.widget import _instances
from PIL import Image

from dalt.core.records import BadInput, Region, Sample, Task
from dalt.core.settings.settings import SHAPES

pytestmark = pytest.mark.usefixtures("at_once")


# --- regions --------------------------------------------------------------------------------

ANNOTATORS = {
    "boxes": images.BoxAnnotator,
    "polygons": images.PolygonAnnotator,
    "points": images.PointAnnotator,
}


def square_of(sample: Sample, task: Task) -> Region:
    """The bright square of a picture, marked."""
    top = 10 + int(sample.source) % 20
    corners = ((30.0, top), (45.0, top), (45.0, top + 10.0), (30.0, top + 10.0))
    points = {
        "boxes": (corners[0], corners[2]),
        "polygons": corners,
        "points": ((37.5, top + 5.0),),
    }
    return Region(SHAPES[task], "brick", points[task])


@pytest.mark.parametrize("task", ANNOTATORS)
def test_proposals_come_to_their_exact_places_and_go_as_they_came(make: Make, task: Task) -> None:
    project = make(task)
    with project.session("ben") as session:  # somebody marks the same in some pictures
        for _ in range(4):
            given = session.next()
            assert given is not None
            session.submit(given, [square_of(given.sample, task)])
        session.catch_up()
    widget = ANNOTATORS[task](options=CLASSES)
    loop = shown(project, widget)
    assert loop.current is not None
    sample = loop.current.sample
    proposed = [each.region for each in loop.session.propose(sample)]
    assert proposed and f"{len(proposed)} proposed" in loop.status
    # A picture of 60 × 40 fills a canvas of 700 × 500 as far as it can.
    assert Image.open(io.BytesIO(widget.canvas.current_image.value)).size == (700, 467)
    scale = np.array([700 / 60, 467 / 40])
    drawn = np.ravel([each for each in widget.data[0].values() if not isinstance(each, str)])
    assert drawn == pytest.approx(np.ravel(np.array(proposed[0].points) * scale))
    widget.submit()
    [event] = project.session("ana").recent()
    assert event[1].label == tuple(proposed) and event[1].suggested == tuple(proposed)
    assert event[0].id == sample.id and event[1].shown_at is not None
    assert event[1].active_seconds is not None and event[1].active_seconds >= 0
    assert loop.current.sample.id != sample.id and "5 of 8" in loop.status


def test_what_the_hand_draws_is_recorded_in_the_pixels_of_the_picture(make: Make) -> None:
    project = make("boxes")
    widget = images.BoxAnnotator(options=CLASSES)
    shown(project, widget)
    widget.class_selector.value = "brick"
    top = widget.canvas.image_extent[1]  # the picture stands in the middle of the canvas
    widget.canvas.on_click(70, top + 93.4)
    widget.canvas.on_drag(350, top + 233.5)
    widget.canvas.on_release(350, top + 233.5)
    widget.submit()
    [[region]] = labels_of(project)
    assert region.label == "brick"
    assert np.abs(np.array(region.points) - ((6, 8), (30, 20))).max() < 0.1


def test_what_is_wrong_is_told_and_not_recorded_and_can_be_mended(make: Make) -> None:
    project = make("boxes")
    widget = images.BoxAnnotator(options=CLASSES)
    loop = shown(project, widget)
    before = loop.current
    box = BoundingBox((9, 9, 9, 90), label="ball")
    widget.canvas.annotations.append(box)
    widget.submit()
    assert loop.status.startswith("Nothing is recorded. A box of 'ball' has no area")
    box.xyxy, box.label = (9, 9, 90, 90), "boat"
    widget.submit()
    assert "There is no class 'boat'" in loop.status and loop.current is before
    box.xyxy, box.label = (9, 9, 2_000, 90), "ball"
    widget.submit()
    assert "lies outside its picture" in loop.status and labels_of(project) == []
    box.xyxy = (9, 9, 90, 90)
    widget.submit()
    assert len(labels_of(project)) == 1 and loop.current is not before


def test_a_polygon_that_is_not_closed_is_not_lost_in_silence(make: Make) -> None:
    project = make("polygons")
    widget = images.PolygonAnnotator(options=CLASSES)
    loop = shown(project, widget)
    for x, y in ((70, 120), (350, 120), (350, 300)):
        widget.canvas.on_click(x, y)
    widget.submit()
    assert "A polygon is not closed yet" in loop.status and labels_of(project) == []
    widget.canvas.on_click(70, 120)
    widget.submit()
    [[region]] = labels_of(project)
    assert region.shape == "polygon" and len(region.points) == 3 and region.label == "ball"


def test_a_page_that_comes_later_gets_the_picture_and_what_is_drawn(make: Make) -> None:
    project = make("polygons")
    widget = images.PolygonAnnotator(options=CLASSES)
    shown(project, widget)
    sent: list[Any] = []
    manager = widget.canvas._canvas_manager  # noqa: SLF001  the only way to what is drawn
    manager._send_custom = lambda command, buffers=None: sent.append(command)  # noqa: SLF001
    closed = Polygon([(7, 7), (90, 7), (90, 90), (7, 7)], label="brick")
    widget.canvas.polygons.append(closed)
    widget.canvas.on_click(70, 120)
    before, opened = widget.data, list(widget.canvas.current_polygon.points)
    sent.clear()
    widget.canvas[-1]._handle_frontend_event(  # noqa: SLF001  as its page does
        None, {"event": "client_ready"}, []
    )
    assert widget.data == before and widget.canvas.current_polygon.points == opened
    # The first that is sent says which canvas is meant: the browser knows of none.
    assert sent[0][0][0] == COMMANDS["switchCanvas"]


def test_pictures_leave_no_widgets_behind(make: Make) -> None:
    project = make("boxes", n=30)
    widget = images.BoxAnnotator(options=CLASSES)
    loop = shown(project, widget)
    widget.submit()
    before = len(_instances)
    for _ in range(20):
        widget.submit()
    assert len(labels_of(project)) == 21 and len(_instances) == before
    loop.close()


# --- spans ----------------------------------------------------------------------------------


def test_spans_are_recorded_in_code_points_and_proposed_in_a_browsers_units(make: Make) -> None:
    project = make("spans", classes=["person", "town"])
    widget = text.TextTagger(classes=["person", "town"])
    loop = shown(project, widget)
    for _ in WORDS:
        assert loop.current is not None
        raw = loop.session.display(loop.current.sample).text
        assert widget.text_widget.text == raw.replace("&O", "\uff06O")
        units = raw.encode("utf-16-le")
        spans = []
        for name, label in (("Ada", "person"), ("Bob", "person"), ("Rome", "town")):
            at = units.find(name.encode("utf-16-le")) // 2
            if at >= 0:
                spans.append((at, at + len(name), label))
        if "\U0001f600" in raw:
            assert set(widget.data) <= set(spans)  # what was marked before is proposed here
        widget.data = spans
        widget.submit()
    found = {
        (loop.session.display(sample).text[span.start : span.end], span.label)
        for sample, event in project.session("ana").recent()
        for span in event.label or ()
        if isinstance(span, Region)
    }
    assert found == {("Ada", "person"), ("Bob", "person"), ("Rome", "town")}
    assert loop.status == "That was the last sample: all are labelled or skipped."


def test_spans_that_overlap_are_told(make: Make) -> None:
    project = make("spans", classes=["person", "town"])
    widget = text.TextTagger(classes=["person", "town"])
    loop = shown(project, widget)
    widget.data = [(0, 4, "person"), (2, 7, "town")]
    widget.submit()
    assert "overlap, which TextTagger cannot show" in loop.status and labels_of(project) == []


def test_a_former_answer_that_the_widget_cannot_show_is_not_taken_back(make: Make) -> None:
    project = make("spans", classes=["person", "town"])
    spans = [Region("span", "person", start=0, end=9), Region("span", "town", start=4, end=9)]
    with project.session("ana") as session:
        given = session.next()
        assert given is not None
        session.submit(given, spans)
    widget = text.TextTagger(classes=["person", "town"])
    loop = shown(project, widget)
    current = loop.current
    widget.undo_fns[0]()
    assert "Your last answer stays as it is. The spans 0–9 and 4–9 overlap" in loop.status
    assert labels_of(project) == [tuple(spans)] and loop.current is current
    widget.data = []
    widget.submit()
    assert labels_of(project) == [tuple(spans), ()]


# --- classes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labeller", [images.ClassLabeller, text.ClassLabeller, generic.ClassLabeller]
)
def test_a_class_is_recorded_learned_and_then_stands_out(make: Make, labeller: Any) -> None:
    project = make(n=40)
    project.add_embeddings(np.eye(2, dtype=np.float32)[np.arange(40) % 2])
    widget = labeller()  # it gets the classes
    loop = shown(project, widget)
    truth = {sample: at % 2 for at, sample in enumerate(project.samples().sample_id)}
    for _ in range(12):
        assert loop.current is not None
        name = CLASSES[truth[loop.current.sample.id]]
        widget.submit(widget.control_elements.buttons[name])
    project.trainer.wait(60)
    widget.skip()
    assert loop.current is not None and loop.current.suggestion.top in CLASSES
    suggestion = loop.current.suggestion
    top = suggestion.top
    assert widget.data == top and f"Likely: {top}" in loop.status
    bold = [each.description for each in widget.control_elements.buttons.values()
            if each.button.style.font_weight == "bold"]  # fmt: skip
    assert bold == [top]
    widget.submit(widget.control_elements.buttons["ball"])
    newest = project.session("ana").recent(1)[0][1]
    assert (newest.label, newest.suggested) == ("ball", top)
    assert newest.snapshot == suggestion.snapshot is not None


def test_a_list_to_choose_from_never_submits_its_caption(make: Make) -> None:
    names = [f"class {n}" for n in range(20)]
    project = make(classes=names)
    widget = text.ClassLabeller(options=names)
    loop = shown(project, widget)
    assert widget.control_elements.button.disabled
    widget.submit(widget.control_elements.button)
    assert "There is no class 'Submit.'" in loop.status and labels_of(project) == []
    widget.control_elements.dropdown.value = "class 7"
    widget.submit(widget.control_elements.button)
    assert labels_of(project) == ["class 7"]


@pytest.mark.parametrize("labeller", [images.MulticlassLabeller, text.MulticlassLabeller])
def test_several_classes_are_recorded_and_the_likely_ones_chosen(make: Make, labeller: Any) -> None:
    project = make(multi_label=True, n=40)
    project.add_embeddings(np.eye(2, dtype=np.float32)[np.arange(40) % 2])
    widget = labeller(options=CLASSES)
    loop = shown(project, widget)
    for _ in range(6):
        widget.data = ["ball"]
        widget.submit()
    widget.data = []
    widget.submit()
    assert labels_of(project) == [("ball",)] * 6 + [()]
    project.trainer.wait(60)
    widget.skip()
    assert loop.current is not None
    assert widget.data == list(loop.current.suggestion.likely) == ["ball"]


@pytest.mark.parametrize("several", [False, True])
def test_a_class_that_somebody_typed_is_told_and_not_kept(make: Make, several: bool) -> None:
    project = make(multi_label=several)
    widget: Any = (generic.MulticlassLabeller if several else generic.ClassLabeller)(CLASSES)
    loop = shown(project, widget)
    widget.freetext_widget.value = "boat"
    if several:
        widget.freetext_submission(widget.freetext_widget)
        widget.submit()
    else:
        widget.submit(widget.freetext_widget)
    assert "There is no class 'boat' in this project" in loop.status
    assert labels_of(project) == [] and widget.options == CLASSES
    # What is typed there are no answers.
    assert widget.event_watcher.watched_events == []
    if several:
        assert widget.data == []


def test_a_sentiment_is_recorded_where_the_classes_are_those(make: Make) -> None:
    project = make(classes=["positive", "neutral", "negative"])
    widget = text.SentimentLabeller()
    shown(project, widget)
    widget.submit(widget.buttons[2])
    assert labels_of(project) == ["positive"]
    with pytest.raises(BadInput, match=r"take ipyannotations\.text\.ClassLabeller\(options=\["):
        make().label("ana", widget=text.SentimentLabeller())


def test_a_class_that_is_added_or_renamed_is_offered_with_the_next_sample(make: Make) -> None:
    project = make("boxes")
    widget = images.BoxAnnotator(options=CLASSES)
    shown(project, widget)
    project.add_class("boat")
    project.rename_class("ball", "sphere")
    widget.skip()
    assert widget.options == ["sphere", "brick", "boat"]
    assert set(widget.canvas.colormap) == set(widget.options)


# --- which widgets fit ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "widget", "sentence"),
    [
        ("boxes", images.PolygonAnnotator, r"PolygonAnnotator does not fit .*use BoxAnnotator"),
        ("points", text.TextTagger, r"TextTagger does not fit .*use PointAnnotator"),
        ("classes", images.BoxAnnotator, r"BoxAnnotator .* ClassLabeller of ipyannotations"),
        ("classes", images.MulticlassLabeller, r"MulticlassLabeller does not fit"),
        ("classes", text.FreetextAnnotator, r"FreetextAnnotator does not fit"),
        ("boxes", lambda: images.BoxAnnotator(options=["a"]), r"options=\['ball', 'brick'\]"),
        ("spans", text.TextTagger, r"classes=\['ball', 'brick'\]"),
        ("classes", object, r"without display, on_submit, data"),
        ("classes", lambda: "canvas", r"without display, on_submit, data"),
    ],
)
def test_a_widget_that_does_not_fit_is_refused_by_a_sentence_with_the_way_out(
    make: Make, task: Task, widget: Callable[[], Any], sentence: str
) -> None:
    project = make(task)
    with pytest.raises(BadInput, match=sentence) as caught:
        project.label("ana", widget=widget())
    assert "\n" not in str(caught.value)


def test_classes_that_a_tagger_would_take_for_markup_are_refused(make: Make) -> None:
    names = ["<i>person", "town"]
    project = make("spans", classes=names)
    with pytest.raises(BadInput, match="takes names of classes for markup"):
        project.label("ana", widget=text.TextTagger(classes=names))


def test_no_child_without_a_view_stands_in_the_way(make: Make) -> None:
    project = make("boxes")
    widget = images.BoxAnnotator(options=CLASSES)
    assert widget.event_watcher in widget.children
    shown(project, widget)
    assert widget.event_watcher not in widget.children

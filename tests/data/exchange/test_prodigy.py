"""Tasks of Prodigy: what was accepted is a label, and nothing else is."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from dalt.core.records import BadInput, ClassSet, LabelValue, Region
from dalt.data.exchange.entries import Content, Entry
from dalt.data.exchange.items import Reading, Unusable
from dalt.data.exchange.objects import item_of
from dalt.data.exchange.prodigy import write_prodigy

CLASSES = ClassSet(("ORG", "PER"))
MANY = ClassSet(("ORG", "PER"), multi=True)
SPANS = ClassSet(("ORG", "PER"), shape="span", multi=True)
BOXES = ClassSet(("ORG", "PER"), shape="box", multi=True)
POLYGONS = ClassSet(("ORG", "PER"), shape="polygon", multi=True)
TEXT = {"text": "EU rejects German call", "_input_hash": 1, "_task_hash": 2}
OPTIONS = [{"id": "ORG", "text": "Organisation"}, {"id": "PER", "text": "Person"}]


def item(row: dict[str, Any], classes: ClassSet = CLASSES) -> Any:
    return item_of("Line 1", row, classes, Reading())


def test_a_class_that_was_accepted_is_the_label() -> None:
    found = item(TEXT | {"label": "ORG", "answer": "accept", "_annotator_id": "set-ana"})
    assert (found.label, found.text, found.annotator) == ("ORG", TEXT["text"], "set-ana")


def test_a_class_that_was_rejected_says_not_which_is_right() -> None:
    found = item(TEXT | {"label": "ORG", "answer": "reject"})
    assert isinstance(found, Unusable) and "rejected in Prodigy: 'ORG' is wrong" in found.why
    assert item(TEXT | {"label": "ORG", "answer": "ignore"}).why == "was ignored in Prodigy"


def test_chosen_options_are_the_classes() -> None:
    row = TEXT | {"options": OPTIONS, "accept": ["PER"], "answer": "accept"}
    assert (item(row).label, item(row, MANY).label) == ("PER", ["PER"])
    none = row | {"accept": []}
    assert (item(none), item(none, MANY).label) == (Unusable("Line 1", "has no label"), [])
    both = item(row | {"accept": ["PER", "ORG"]})
    assert isinstance(both, Unusable) and "has 2 classes (PER, ORG)" in both.why


def test_options_with_numbers_stand_for_their_texts() -> None:
    options = [{"id": 0, "text": "ORG"}, {"id": 1, "text": "PER"}]
    assert item(TEXT | {"options": options, "accept": [1], "answer": "accept"}).label == "PER"
    numbered = ClassSet(("0", "1"))
    assert item(TEXT | {"options": options, "accept": [1], "answer": "accept"}, numbered).label == 1


def test_spans_come_in_and_no_spans_mean_that_nothing_is_there() -> None:
    spans = [
        {"start": 0, "end": 2, "token_start": 0, "token_end": 0, "label": "ORG"},
        {"start": 11, "end": 17, "label": "PER"},
    ]
    found = item(TEXT | {"spans": spans, "answer": "accept", "tokens": []}, SPANS)
    assert [(each["start"], each["end"], each["label"]) for each in found.label] == [
        (0, 2, "ORG"),
        (11, 17, "PER"),
    ]
    assert item(TEXT | {"answer": "accept"}, SPANS).label == []


def test_another_kind_of_answer_is_reported() -> None:
    spans = TEXT | {"spans": [{"start": 0, "end": 2, "label": "ORG"}], "answer": "accept"}
    assert item(spans).why == "marks spans, and this project asks for classes"
    assert item(TEXT | {"label": "ORG", "answer": "accept"}, SPANS).why == (
        "has no spans, but a class"
    )
    assert item(TEXT | {"spans": 5, "answer": "accept"}, SPANS).why == "has no spans, but 5"


PICTURE = {"image": "photos/a.png", "width": 200, "height": 100, "answer": "accept"}


def test_boxes_are_in_pixels() -> None:
    corners = [[10, 20], [10, 60], [50, 60], [50, 20]]
    box = {"label": "ORG", "type": "rect", "points": corners}
    sized = box | {"x": 10, "y": 20, "width": 40, "height": 40, "center": [30, 40]}
    for each in (box, sized):
        found = item(PICTURE | {"spans": [each]}, BOXES)
        assert found.label == [{"shape": "box", "label": "ORG", "points": [[10, 20], [50, 60]]}]
        assert (found.source, found.size) == ("photos/a.png", (200, 100))


def test_regions_of_another_shape_are_told() -> None:
    points = [[1, 2], [30, 4], [5, 60]]
    drawn = [{"label": "ORG", "type": "polygon", "points": points}]
    assert item(PICTURE | {"spans": drawn}, POLYGONS).label[0]["points"] == points
    found = item(PICTURE | {"spans": drawn}, BOXES)
    assert isinstance(found, Unusable) and "a region of the type 'polygon' ('ORG')" in found.why


def test_a_picture_within_the_task_is_known_by_its_path() -> None:
    data = {"image": "data:image/png;base64,AA==", "label": "ORG", "answer": "accept"}
    assert item(data | {"path": "photos/a.png"}).source == "photos/a.png"
    assert item(data | {"meta": {"file": "a.png"}}).source == "a.png"
    assert isinstance(item(data), Unusable)


# --- written ----------------------------------------------------------------------------


def entry(content: Content, *labels: LabelValue, kind: Any = "text") -> Entry:
    answers = tuple((f"person {n}", label) for n, label in enumerate(labels))
    return Entry("f00d", kind, "7", answers, lambda: content)


def written(*entries: Entry, classes: ClassSet) -> list[dict[str, Any]]:
    file = io.StringIO()
    assert write_prodigy(entries, file, classes) == len(file.getvalue().splitlines())
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_a_task_for_each_annotator_as_db_in_reads_them() -> None:
    first, second = written(entry(Content(text="EU"), "ORG", "PER"), classes=CLASSES)
    options = [{"id": "ORG", "text": "ORG"}, {"id": "PER", "text": "PER"}]
    assert first == {
        "text": "EU",
        "meta": {"sample_id": "f00d", "source": "7"},
        "options": options,
        "accept": ["ORG"],
        "answer": "accept",
        "_annotator_id": "person 0",
    }
    assert (second["accept"], second["_annotator_id"]) == (["PER"], "person 1")


def test_boxes_have_all_that_prodigy_draws() -> None:
    label = (Region("box", "ORG", points=((10, 20), (50, 60))),)
    content = Content(data=b"png", ending=".png", width=200, height=100)
    (task,) = written(entry(content, label, kind="image"), classes=BOXES)
    assert task["image"] == "data:image/png;base64,cG5n"
    (span,) = task["spans"]
    assert span == {
        "label": "ORG",
        "type": "rect",
        "points": [[10, 20], [10, 60], [50, 60], [50, 20]],
        "x": 10,
        "y": 20,
        "width": 40,
        "height": 40,
        "center": [30, 40],
    }
    found = item(task, BOXES)
    assert (found.label, found.sample_id) == ([label[0].to_json()], "f00d")


def test_what_prodigy_lacks_is_refused() -> None:
    points = ClassSet(("eye",), shape="point", multi=True)
    with pytest.raises(BadInput, match="Prodigy has no points"):
        written(classes=points)
    with pytest.raises(BadInput, match="this project has table samples"):
        written(entry(Content(), "ORG", kind="table"), classes=CLASSES)

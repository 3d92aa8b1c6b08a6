"""Examples of doccano, of its present and its former versions."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from dalt.core.records import BadInput, ClassSet, Region
from dalt.data.exchange.doccano import write_doccano
from dalt.data.exchange.entries import Content, Entry
from dalt.data.exchange.items import Reading, Unusable
from dalt.data.exchange.objects import item_of

CLASSES = ClassSet(("ORG", "PER"))
MANY = ClassSet(("ORG", "PER"), multi=True)
SPANS = ClassSet(("ORG", "PER"), shape="span", multi=True)
BOXES = ClassSet(("ORG", "PER"), shape="box", multi=True)
TEXT = "EU rejects German call"
ORG = {"shape": "span", "label": "ORG", "start": 0, "end": 2}


def item(row: dict[str, Any], classes: ClassSet = CLASSES) -> Any:
    return item_of("Line 1", row, classes, Reading())


@pytest.mark.parametrize(
    "row",
    [
        {"id": 1, "text": TEXT, "label": [[0, 2, "ORG"]]},
        {"id": 1, "text": TEXT, "label": [[0, 2, "ORG"]], "Comments": []},
        {"id": 1, "text": TEXT, "labels": [[0, 2, "ORG"]], "meta": {}, "annotation_approver": "a"},
        {
            "id": 1,
            "text": TEXT,
            "entities": [{"id": 3, "label": "ORG", "start_offset": 0, "end_offset": 2}],
            "relations": [{"id": 0, "from_id": 3, "to_id": 3, "type": "is"}],
            "Comments": [],
        },
        {
            "id": 1,
            "text": TEXT,
            "annotations": [{"label": "ORG", "start_offset": 0, "end_offset": 2, "user": 1}],
            "meta": {},
        },
    ],
)
def test_spans_of_all_versions(row: dict[str, Any]) -> None:
    found = item(row, SPANS)
    assert (found.label, found.text, found.row) == ([ORG], TEXT, None)


@pytest.mark.parametrize(
    "row",
    [
        {"id": 1, "text": TEXT, "label": ["ORG"]},
        {"id": 1, "text": TEXT, "labels": ["ORG"], "meta": {"source": "1"}, "Comments": []},
        {"id": 1, "text": TEXT, "annotations": [{"label": "ORG", "user": 1}], "meta": {}},
        {"id": 1, "filename": "a.png", "label": ["ORG"], "Comments": []},
    ],
)
def test_classes_of_all_versions(row: dict[str, Any]) -> None:
    found = item(row)
    assert found.label == "ORG"
    assert (found.text, found.source) == (row.get("text"), row.get("filename"))
    assert item(row, MANY).label == ["ORG"]


@pytest.mark.parametrize("classes", [CLASSES, MANY, SPANS])
def test_an_empty_list_can_mean_that_nobody_has_labelled_it(classes: ClassSet) -> None:
    row = {"id": 1, "text": TEXT, "label": [], "Comments": []}
    assert item(row, classes).why.startswith("has no label (doccano writes an empty list")


def test_an_empty_list_that_someone_approved_is_an_answer() -> None:
    row = {"id": 1, "text": TEXT, "label": [], "annotation_approver": "ana"}
    assert item(row, SPANS).label == item(row, MANY).label == []
    assert item(row) == Unusable("Line 1", "has no label")


def test_boxes_are_in_pixels() -> None:
    box = {"id": 1, "x": 10, "y": 20, "width": 40, "height": 50.5, "label": "ORG"}
    found = item({"id": 1, "filename": "a.png", "bbox": [box], "Comments": []}, BOXES)
    assert found.label == [{"shape": "box", "points": [[10, 20], [50, 70.5]], "label": "ORG"}]
    broken = item({"id": 1, "filename": "a.png", "bbox": [{"x": 1}], "Comments": []}, BOXES)
    assert isinstance(broken, Unusable) and "is no region with a class" in broken.why
    number = item({"id": 1, "filename": "a.png", "bbox": 5, "Comments": []}, BOXES)
    assert number.why == "has no list of regions, but 5"


def test_metadata_and_ids_of_ours_come_back() -> None:
    row = {"id": 1, "text": TEXT, "sample_id": "f00d", "label": ["ORG"], "Comments": []}
    assert item(row).sample_id == "f00d"


# --- written ----------------------------------------------------------------------------


def test_texts_go_out_as_doccano_imports_them() -> None:
    content = Content(text=TEXT)
    for classes, label, said in (
        (CLASSES, "ORG", ["ORG"]),
        (MANY, (), []),
        (SPANS, (Region("span", "ORG", start=0, end=2),), [[0, 2, "ORG"]]),
    ):
        file = io.StringIO()
        entries = [Entry("f00d", "text", "1", (("ana", label),), lambda: content)]
        assert write_doccano(entries, file, classes) == 1
        row = json.loads(file.getvalue())
        assert row == {"text": TEXT, "label": said, "sample_id": "f00d"}
        back = item(row, classes)
        assert back.label == ("ORG" if classes is CLASSES else [ORG] if said else [])


def test_what_doccano_lacks_is_refused() -> None:
    with pytest.raises(BadInput, match="doccano imports no boxes"):
        write_doccano([], io.StringIO(), BOXES)
    entries = [Entry("f00d", "text", "1", (("a", "ORG"), ("b", "PER")), Content)]
    with pytest.raises(BadInput, match="has 2 different labels, and doccano has room for one"):
        write_doccano(entries, io.StringIO(), CLASSES)

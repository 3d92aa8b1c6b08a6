"""JSON objects of others: how they name texts, classes and spans, and what is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.items import Imported, Reading, Unusable
from dalt.data.exchange.objects import is_json_list, item_of, read_objects
from dalt.data.formats import found_format

CLASSES = ClassSet(("ORG", "PER"))
MANY = ClassSet(("ORG", "PER"), multi=True)
SPANS = ClassSet(("ORG", "PER"), shape="span", multi=True)
TEXT = "EU rejects German call"
ORG = {"shape": "span", "label": "ORG", "start": 0, "end": 2}


def item(row: Any, classes: ClassSet = CLASSES, **reading: str) -> Any:
    return item_of("Line 1", row, classes, Reading(**reading))


@pytest.mark.parametrize("name", ["text", "Text", "sentence", "review", "Tweet Text", "content"])
@pytest.mark.parametrize("label", ["label", "Category", "class", "target", "sentiment"])
def test_texts_and_classes_by_the_names_that_people_use(name: str, label: str) -> None:
    found = item({"id": 5, name: TEXT, "split": "train", label: "ORG"})
    assert (found.text, found.label, found.row) == (TEXT, "ORG", None)


@pytest.mark.parametrize("name", ["file_name", "filename", "image", "path", "image_path", "audio"])
def test_files_by_the_names_that_people_use(name: str) -> None:
    assert item({name: "photos/a.png", "label": "ORG"}).source == "photos/a.png"


def test_fields_of_any_name_are_named_by_who_knows_them() -> None:
    row = {"a": "no", "b": TEXT, "c": "ORG", "label": "x", "text": "y"}
    found = item(row, sample="b", label="c")
    assert (found.text, found.label) == (TEXT, "ORG")
    assert item(row, sample="z", label="c") == Unusable("Line 1", "has nothing in the field 'z'")
    assert item(row, label="z") == Unusable("Line 1", "has no field 'z'")


def test_a_number_is_a_row_only_in_our_own_fields() -> None:
    for field in ("source", "sample_source", "path", "row"):
        assert item({field: "1", "label": "ORG"}).row == "1"
        assert item({field: 1, "label": "ORG"}).row == "1"
    assert item({"text": "1", "label": "ORG"}).row is None
    assert item({"text": "1", "source": "1", "label": "ORG"}).row is None
    assert item({"sample_id": "f00d", "sample_source": "1", "label": "ORG"}).row is None
    assert isinstance(item({"image_id": "1", "label": "ORG"}), Unusable)
    assert isinstance(item({"id": "1", "label": "ORG"}), Unusable)
    assert item({"a": "1", "label": "ORG"}, sample="a").row is None


@pytest.mark.parametrize(
    ("value", "one", "several"),
    [
        ("ORG", "ORG", "ORG"),
        (1, 1, 1),
        (["ORG"], "ORG", ["ORG"]),
        ([{"label": "ORG", "user": 1}], "ORG", ["ORG"]),
        ({"ORG": 1.0, "PER": 0.0}, "ORG", ["ORG"]),
        ({"ORG": True, "PER": False}, "ORG", ["ORG"]),
        ({"label": "ORG", "by": "ana"}, "ORG", "ORG"),
        ({"choices": ["ORG"]}, "ORG", ["ORG"]),
        ({"displayName": "ORG"}, "ORG", "ORG"),
        (["ORG", "PER"], "has 2 classes (ORG, PER)", ["ORG", "PER"]),
        ([], "has no label", []),
        (None, "has no label", "has no label"),
        ("", "has no label", "has no label"),
        ([[0, 2, "ORG"]], "marks spans", "marks spans"),
        ([{"start": 0, "end": 2, "label": "ORG"}], "marks regions", "marks regions"),
        ([None], "has a label that is no class: None", "has a label that is no class: None"),
        ({"a": "b"}, "has a label that is no class", "has a label that is no class"),
    ],
)
def test_the_forms_of_classes(value: Any, one: Any, several: Any) -> None:
    for classes, wanted in ((CLASSES, one), (MANY, several)):
        found = item({"text": TEXT, "label": value}, classes)
        if isinstance(found, Unusable):
            assert found.why.startswith(wanted)
        else:
            assert found.label == wanted


def test_scores_of_classes_as_spacy_has_them() -> None:
    assert item({"text": TEXT, "cats": {"ORG": 0.9, "PER": 0.1}}).label == "ORG"


@pytest.mark.parametrize(
    ("field", "span"),
    [
        ("label", [0, 2, "ORG"]),
        ("entities", [0, 2, "ORG"]),
        ("spans", {"start": 0, "end": 2, "label": "ORG"}),
        ("entities", {"start_offset": 0, "end_offset": 2, "label": "ORG", "id": 3}),
        ("annotations", {"start": 0, "end": 2, "tag": "ORG"}),
        ("text_segment_annotations", {"startOffset": 0, "endOffset": 2, "displayName": "ORG"}),
        ("annotation", {"start": 0, "end": 2, "label": ["ORG"]}),
        ("ner", {"begin": 0, "end": 2, "type": "ORG"}),
        ("entities", {"start": 0.0, "end": 2.0, "entity_group": "ORG", "score": 0.9}),
    ],
)
def test_the_forms_of_spans(field: str, span: Any) -> None:
    assert item({"text": TEXT, field: [span]}, SPANS).label == [ORG]


def test_spans_have_all_their_classes_and_their_text() -> None:
    said = {"start": 0, "end": 2, "labels": ["ORG", "PER"], "text": "EU"}
    found = item({"text": TEXT, "spans": [said]}, SPANS)
    assert found.label == [ORG | {"text": "EU"}, ORG | {"label": "PER", "text": "EU"}]


def test_a_span_that_is_none_is_told_and_alone_it_is_no_label() -> None:
    found = item({"text": TEXT, "spans": [[0, 2], [0, 2, "ORG"], {"start": 1, "end": 2}]}, SPANS)
    assert found.label == [ORG]
    assert found.left_out == (
        "[0, 2] is no span with start, end and class",
        "the span 1–2 has no class",
    )
    assert isinstance(item({"text": TEXT, "spans": [[0, 2]]}, SPANS), Unusable)
    assert isinstance(item({"text": TEXT, "label": "ORG"}, SPANS), Unusable)
    assert item({"text": TEXT, "entities": []}, SPANS).label == []


def test_pairs_as_scripts_for_spacy_have_them() -> None:
    assert item([TEXT, {"entities": [[0, 2, "ORG"]]}], SPANS).label == [ORG]
    assert item([TEXT, {"cats": {"ORG": 1, "PER": 0}}]).label == "ORG"


def test_who_labelled_is_read() -> None:
    assert item({"text": TEXT, "label": "ORG", "annotator": "ana"}).annotator == "ana"
    assert item({"text": TEXT, "label": "ORG", "worker_id": 7}).annotator == "7"


def test_our_own_rows_say_in_source_who_labelled() -> None:
    row = {"sample_id": "f00d", "label": "ORG", "source": "human", "sample_source": "a.png"}
    assert (item(row).sample_id, item(row).source) == ("f00d", "a.png")
    unknown = {"sample_id": "f00d", "label": "ORG", "suggested": "PER", "source": "human"}
    assert (item(unknown).source, item(unknown).text, item(unknown).row) == (None, None, None)


def test_a_cell_of_label_studios_csv_is_read() -> None:
    boxes = ClassSet(("ORG", "PER"), shape="box", multi=True)
    cell = [{"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["ORG"],
             "original_width": 200, "original_height": 100}]  # fmt: skip
    found = item({"image": "a.png", "label": cell}, boxes)
    assert found.label == [{"shape": "box", "label": "ORG", "points": [[20, 20], [80, 60]]}]
    spans = [{"start": 0, "end": 2, "text": "EU", "labels": ["ORG"]}]
    assert item({"text": TEXT, "label": spans}, SPANS).label == [ORG | {"text": "EU"}]


# --- files ------------------------------------------------------------------------------


def test_a_broken_line_does_not_keep_the_others_out(tmp_path: Path) -> None:
    good = json.dumps({"text": TEXT, "label": "ORG"})
    path = tmp_path / "in.jsonl"
    path.write_text(f"{good}\n\n[1]\n{good[:9]}\n{good}\n{good[:-3]}", "utf-8-sig")
    found = list(read_objects(path, CLASSES, Reading()))
    assert [each.where for each in found if isinstance(each, Imported)] == ["Line 1", "Line 5"]
    assert [each for each in found if isinstance(each, Unusable)] == [
        Unusable(f"Line {number}", "is no JSON object") for number in (3, 4, 6)
    ]


def test_one_list_of_json_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([{"text": TEXT, "label": "ORG"}, 5], indent=2))
    assert is_json_list(path) and found_format(path) == "json"
    first, second = read_objects(path, CLASSES, Reading())
    assert isinstance(first, Imported) and first.where == "Item 1"
    assert second == Unusable("Item 2", "is no JSON object")


@pytest.mark.parametrize(
    "said",
    [
        {"data": [{"text": TEXT, "label": "ORG"}]},
        {"version": 1, "examples": [{"text": TEXT, "label": "ORG"}]},
        {"classes": ["ORG"], "annotations": [[TEXT, {"cats": {"ORG": 1}}]]},
        {"text": TEXT, "label": "ORG"},
    ],
)
def test_rows_may_be_wrapped(tmp_path: Path, said: Any) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(said))
    (found,) = read_objects(path, CLASSES, Reading())
    assert isinstance(found, Imported) and (found.label, found.text) == ("ORG", TEXT)
    assert is_json_list(path) == ("text" not in said)


def test_coco_is_not_taken_for_rows(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"images": [{"id": 1}], "annotations": [{"id": 1}]}))
    assert found_format(path) == "coco"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_encodings_of_windows_are_known_by_their_marks(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "고양이", "label": "ORG"}\n' * 2, encoding)
    assert [each.text for each in read_objects(path, CLASSES, Reading())] == ["고양이"] * 2  # type: ignore[union-attr]


def test_what_is_not_utf_8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"text": "\xff", "label": "ORG"}\n')
    with pytest.raises(BadInput, match="is not in UTF-8"):
        list(read_objects(path, CLASSES, Reading()))

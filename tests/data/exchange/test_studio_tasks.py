"""Exports of Label Studio: whose answers count, what they mark, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.items import Imported, Reading, Unusable
from dalt.data.exchange.studio_results import answer_of, fits
from dalt.data.exchange.studio_tasks import is_label_studio, read_label_studio

PETS = ClassSet(("cat", "dog"))
MANY = ClassSet(("cat", "dog"), multi=True)
BOXES = ClassSet(("cat", "dog"), shape="box", multi=True)
POLYGONS = ClassSet(("cat", "dog"), shape="polygon", multi=True)
POINTS = ClassSet(("cat", "dog"), shape="point", multi=True)
SPANS = ClassSet(("cat", "dog"), shape="span", multi=True)
NONE = Reading()


def choice(*names: str, control: str = "label") -> dict[str, Any]:
    about = {"from_name": control, "to_name": "text", "type": "choices"}
    return about | {"value": {"choices": list(names)}}


def marked(type: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    about = {"id": "r1", "from_name": "label", "to_name": "image", "type": type}
    size = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    return about | size | {"value": value} | more


def rectangle(*names: str, **more: Any) -> dict[str, Any]:
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0}
    return marked("rectanglelabels", value | {"rectanglelabels": list(names)} | more)


def task(*results: list[Any], data: Any = None, **more: Any) -> dict[str, Any]:
    annotations = [
        {"id": n, "completed_by": n, "result": result} for n, result in enumerate(results, 1)
    ]
    return {"id": 7, "data": data or {"text": "I like cats"}, "annotations": annotations} | more


def read(
    tmp_path: Path, tasks: Any, classes: ClassSet = PETS, reading: Reading = NONE
) -> list[Any]:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(tasks), "utf-8")
    return list(read_label_studio(path, classes, reading))


def one(tmp_path: Path, result: list[Any], classes: ClassSet, data: Any = None) -> Any:
    (item,) = read(tmp_path, [task(result, data=data or {"image": "a.png"})], classes)
    return item


# --- whose answers count ----------------------------------------------------------------


def test_each_person_has_a_label(tmp_path: Path) -> None:
    first, second = read(tmp_path, [task([choice("cat")], [choice("dog")])])
    assert isinstance(first, Imported) and isinstance(second, Imported)
    assert (first.label, first.annotator) == ("cat", "label-studio:1")
    assert (second.label, second.annotator) == ("dog", "label-studio:2")
    assert first.where == "Task 7" and first.text == "I like cats" and first.row is None


def test_the_newest_answer_of_a_person_comes_first(tmp_path: Path) -> None:
    said = task([choice("cat")], [choice("dog")])
    for each, day in zip(said["annotations"], ("2024-01-01", "2024-02-02"), strict=True):
        each |= {"completed_by": {"email": "ana@x.org"}, "updated_at": day}
    labels = [(each.label, each.annotator) for each in read(tmp_path, [said])]
    assert labels == [("dog", "ana@x.org"), ("cat", "ana@x.org")]


def test_cancelled_answers_predictions_and_drafts_are_no_labels(tmp_path: Path) -> None:
    guessed = {
        "predictions": [{"result": [choice("dog")]}],
        "drafts": [{"result": [choice("dog")]}],
    }
    said = task([choice("cat")], [choice("dog")], **guessed)
    said["annotations"][1]["was_cancelled"] = True
    assert [each.label for each in read(tmp_path, [said, task(**guessed)])] == ["cat"]


def test_an_empty_answer_is_reported_with_its_task(tmp_path: Path) -> None:
    empty, good = read(tmp_path, [task([]), task([choice("cat")], id=8)])
    assert empty == Unusable("Task 7", "has no label")
    assert isinstance(good, Imported)


@pytest.mark.parametrize("result", [7, "cat", {"type": "choices"}, [{"type": "x", "value": "y"}]])
def test_a_result_that_makes_no_sense_never_means_that_nothing_is_there(
    tmp_path: Path, result: Any
) -> None:
    path = tmp_path / "in.json"
    said = {"id": 1, "data": {"text": "a"}, "annotations": [{"result": result}]}
    path.write_text(json.dumps([said]))
    boxes = ClassSet(("cat",), shape="box")
    found = list(read_label_studio(path, boxes, Reading()))
    sure = [each for each in found if isinstance(each, Imported) and not isinstance(result, list)]
    assert len(found) == 1 and not sure


def test_an_empty_answer_is_none_of_several_classes_and_nothing_drawn(tmp_path: Path) -> None:
    for classes in (MANY, BOXES, SPANS):
        assert one(tmp_path, [], classes).label == []


def test_the_first_versions_said_completions(tmp_path: Path) -> None:
    said = task([choice("cat")], [choice("dog")])
    said["completions"] = said.pop("annotations")
    said["completions"][1]["skipped"] = True
    assert [each.label for each in read(tmp_path, [said])] == ["cat"]


def test_one_task_alone_is_read(tmp_path: Path) -> None:
    assert [each.label for each in read(tmp_path, task([choice("cat")]))] == ["cat"]


# --- several questions ------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, -1])
def test_the_question_with_the_projects_classes_counts(tmp_path: Path, order: int) -> None:
    answers = [choice("cat"), choice("Negative", control="sentiment")][::order]
    (item,) = read(tmp_path, [task(answers)])
    assert (item.label, item.left_out) == (
        "cat",
        ("'Negative' answers another question ('sentiment')",),
    )


def test_an_answer_to_another_question_alone_is_no_label(tmp_path: Path) -> None:
    other = choice("Negative", control="sentiment")
    for classes in (PETS, MANY):
        _, item = read(tmp_path, [task([choice("cat"), other]), task([other], id=8)], classes)
        assert item == Unusable(
            "Task 8",
            "has no answer to the question here: 'Negative' answers another question ('sentiment')",
        )


def test_two_questions_with_the_same_classes_have_to_be_named(tmp_path: Path) -> None:
    tasks = [task([choice("cat", control="first"), choice("dog", control="second")])]
    with pytest.raises(BadInput, match=r"several questions \(first, second\): name the one"):
        read(tmp_path, tasks)
    (item,) = read(tmp_path, tasks, reading=Reading(label="second"))
    assert item.label == "dog"
    with pytest.raises(
        BadInput, match=r"no answers to a question 'third' .*; it has first, second"
    ):
        read(tmp_path, tasks, reading=Reading(label="third"))


def test_several_classes_come_from_several_questions(tmp_path: Path) -> None:
    classes = ClassSet(("cat", "dog", "big", "small"), multi=True)
    said = [choice("cat"), choice("big", control="size"), choice("Ugh", control="mood")]
    item = one(tmp_path, said, classes)
    assert item.label == ["cat", "big"]
    assert item.left_out == ("'Ugh' answers another question ('mood')",)


def test_classes_that_a_project_lacks_do_not_hide_its_question(tmp_path: Path) -> None:
    tasks = [task([choice(name)], id=n) for n, name in enumerate(("cat", "cow", "dog"))]
    assert [each.label for each in read(tmp_path, tasks)] == ["cat", "cow", "dog"]


def test_texts_ratings_relations_and_regions_own_classes_are_no_answers(tmp_path: Path) -> None:
    of_region = choice("dog") | {"value": {"start": 0, "end": 2, "choices": ["dog"]}}
    more = [
        {"from_name": "why", "type": "textarea", "value": {"text": ["dog"]}},
        {"from_name": "stars", "type": "rating", "value": {"rating": 4}},
        {"from_name": "order", "type": "ranker", "value": {"ranker": {"_": ["dog"]}}},
        {"type": "relation", "from_id": "a", "to_id": "b"},
    ]
    item = one(tmp_path, [choice("cat"), *more, of_region], PETS)
    assert (item.label, len(item.left_out)) == ("cat", 1)


def test_two_classes_are_not_one(tmp_path: Path) -> None:
    item = one(tmp_path, [choice("cat", "dog")], PETS)
    assert isinstance(item, Unusable) and item.why.startswith("has 2 classes (cat, dog)")
    assert one(tmp_path, [choice("cat", "dog")], MANY).label == ["cat", "dog"]


# --- regions ----------------------------------------------------------------------------


def test_a_box_with_two_classes_is_two_boxes(tmp_path: Path) -> None:
    item = one(tmp_path, [rectangle("cat", "dog")], BOXES)
    points = [[20, 20], [80, 60]]
    assert item.label == [
        {"shape": "box", "label": name, "points": points} for name in ("cat", "dog")
    ]
    assert item.size == (200, 100)


def test_without_the_size_of_the_picture_points_are_shares(tmp_path: Path) -> None:
    result = rectangle("cat")
    del result["original_width"]
    (box,) = one(tmp_path, [result], BOXES).label
    assert box["shares"] and box["points"] == [[0.1, 0.2], [0.4, 0.6]]


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (rectangle("cat", rotation=30), "a box (cat) is rotated by 30°"),
        (rectangle("cat") | {"image_rotation": 90}, "the picture was turned by 90°"),
        (marked("brushlabels", {"format": "rle", "rle": [1], "brushlabels": ["cat"]}), "masks are"),
        (
            marked(
                "ellipselabels",
                {"x": 1, "y": 2, "radiusX": 3, "radiusY": 4, "ellipselabels": ["cat"]},
            ),
            "an ellipse (cat): there are no ellipses here",
        ),
        (
            marked("polygonlabels", {"points": [[1, 2], [3, 4], [5, 6]], "polygonlabels": ["cat"]}),
            "a polygon (cat): this project marks boxes",
        ),
        (rectangle(), "a box without a class"),
        (marked("rectangle", {"x": 1, "y": 2, "width": 3, "height": 4}), "a region without a"),
    ],
)
def test_what_is_no_box_here_is_told_and_the_others_come_in(
    tmp_path: Path, result: dict[str, Any], why: str
) -> None:
    item = one(tmp_path, [result, rectangle("dog") | {"id": "r2"}], BOXES)
    assert [each["label"] for each in item.label] == ["dog"]
    (said,) = item.left_out
    assert why in said
    alone = one(tmp_path, [result], BOXES)  # "nothing is there" would be wrong
    assert isinstance(alone, Unusable) and why in alone.why


def test_a_region_drawn_apart_from_its_class_is_one_region(tmp_path: Path) -> None:
    place = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0}
    drawn = [
        marked("rectangle", place, from_name="shape"),
        marked("labels", place | {"labels": ["cat"]}),
    ]
    item = one(tmp_path, drawn, BOXES)
    assert item.label == [{"shape": "box", "label": "cat", "points": [[20, 20], [80, 60]]}]
    assert item.left_out == ()


def test_polygons_and_rotated_boxes_are_polygons(tmp_path: Path) -> None:
    value = {"points": [[0, 0], [50, 0], [50, 100]], "closed": True, "polygonlabels": ["cat"]}
    item = one(tmp_path, [marked("polygonlabels", value), rectangle("dog", rotation=90)], POLYGONS)
    assert item.left_out == ()
    assert item.label[0]["points"] == [[0, 0], [100, 0], [100, 100]]
    assert item.label[1]["points"] == [[20, 20], [20, 80], [-20, 80], [-20, 20]]


def test_key_points_are_points(tmp_path: Path) -> None:
    value = {"x": 25, "y": 50, "width": 0.5, "keypointlabels": ["cat"]}
    item = one(tmp_path, [marked("keypointlabels", value)], POINTS)
    assert item.label == [{"shape": "point", "label": "cat", "points": [[50, 50]]}]


def test_classes_of_a_picture_are_not_its_boxes(tmp_path: Path) -> None:
    whole = choice("cat", control="animal")
    assert isinstance(one(tmp_path, [whole], BOXES), Unusable)  # no boxes were asked for
    tasks = [task([rectangle("cat"), whole]), task([whole], id=8)]
    assert [each.label for each in read(tmp_path, tasks, BOXES)][1] == []  # none were drawn


def span(value: dict[str, Any], type: str = "labels") -> dict[str, Any]:
    return {"from_name": "label", "to_name": "text", "type": type, "value": value}


def test_spans_say_their_text_and_have_all_their_classes(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        [span({"start": 7, "end": 11, "text": "cats", "labels": ["cat", "dog"]})],
        SPANS,
        {"text": "I like cats"},
    )
    about = {"shape": "span", "start": 7, "end": 11, "text": "cats"}
    assert item.label == [about | {"label": name} for name in ("cat", "dog")]
    assert item.text == "I like cats"


def test_spans_in_html_count_from_its_text(tmp_path: Path) -> None:
    place = {"start": "/div[1]/text()[1]", "end": "/div[1]/text()[1]", "startOffset": 2,
             "endOffset": 4, "text": "ca", "hypertextlabels": ["cat"]}  # fmt: skip
    here = place | {"globalOffsets": {"start": 12, "end": 14}}
    item = one(tmp_path, [span(here, "hypertextlabels"), span(place, "hypertextlabels")], SPANS)
    assert [(each["start"], each["end"]) for each in item.label] == [(12, 14)]
    assert "no globalOffsets" in item.left_out[0]


def test_parts_of_sounds_and_series_are_told(tmp_path: Path) -> None:
    sound = span({"start": 0.5, "end": 1.5, "channel": 0, "labels": ["cat"]})
    series = span({"start": 1, "end": 2, "timeserieslabels": ["cat"]}, "timeserieslabels")
    item = one(tmp_path, [sound, series], SPANS)
    assert isinstance(item, Unusable)
    assert "parts of sounds are not marked here, and 1 more" in item.why


# --- samples ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ({"id": "17", "text": "I like cats"}, {"text": "I like cats"}),
        ({"text": "1"}, {"text": "1"}),
        ({"source": "0"}, {"row": "0"}),
        ({"source": "reuters", "body": "x y"}, {"source": "reuters", "text": "x y"}),
        ({"source": "3", "body": "x y"}, {"text": "x y"}),
        ({"my_field": "I like cats", "no": 3}, {"text": "I like cats"}),
        ({"image": "/data/upload/3/0a1b2c3d-a.png"}, {"source": "/data/upload/3/0a1b2c3d-a.png"}),
        ({"image": "s3://bucket/a.png", "caption": "no"}, {"source": "s3://bucket/a.png"}),
        ({"pic": "photos/a.png"}, {"source": "photos/a.png", "text": "photos/a.png"}),
        (
            {"pic": "photos/a.png", "caption": "A cat that sleeps on a red chair"},
            {"source": "photos/a.png", "text": "A cat that sleeps on a red chair"},
        ),
        ({"sample_id": "f00d", "source": "3"}, {"sample_id": "f00d"}),
        ({"image": "data:image/png;base64,AA", "sample_id": "f00d"}, {"sample_id": "f00d"}),
    ],
)
def test_tasks_name_their_samples(
    tmp_path: Path, data: dict[str, Any], names: dict[str, str]
) -> None:
    (item,) = read(tmp_path, [task([choice("cat")], data=data)])
    assert isinstance(item, Imported)
    found = {name: getattr(item, name) for name in ("sample_id", "row", "source", "text")}
    assert {name: value for name, value in found.items() if value is not None} == names


def test_what_is_shown_to_people_names_the_sample(tmp_path: Path) -> None:
    data = {"title": "Cats", "text": "I like cats"}
    said = task([choice("cat") | {"to_name": "title"}], data=data)
    assert read(tmp_path, [said])[0].text == "Cats"
    (item,) = read(tmp_path, [said], reading=Reading(sample="text"))
    assert item.text == "I like cats"


# --- JSON-MIN ---------------------------------------------------------------------------

MIN = {"text": "I like cats", "id": 7, "annotator": 2, "annotation_id": 9, "lead_time": 1.5,
       "created_at": "2024-01-01", "updated_at": "2024-01-01"}  # fmt: skip


def short(**answers: Any) -> dict[str, Any]:
    """A task as Label Studio writes it: data, id, answers, and about the annotation."""
    about = dict(MIN)
    return {"text": about.pop("text"), "id": about.pop("id")} | answers | about


def test_json_min_has_one_choice_as_a_word_and_several_in_a_list(tmp_path: Path) -> None:
    (item,) = read(tmp_path, [short(label="cat", sentiment="Negative")])
    assert isinstance(item, Imported)
    assert (item.label, item.text, item.annotator) == ("cat", "I like cats", "label-studio:2")
    assert (item.where, len(item.left_out)) == ("Task 7", 1)
    (item,) = read(tmp_path, [short(label={"choices": ["cat", "dog"]})], MANY)
    assert item.label == ["cat", "dog"]


def test_json_min_has_regions_without_their_types(tmp_path: Path) -> None:
    value = {"start": 7, "end": 11, "text": "cats", "labels": ["cat"]}
    (item,) = read(tmp_path, [short(ner=[value])], SPANS)
    assert item.label == [{"shape": "span", "label": "cat", "start": 7, "end": 11, "text": "cats"}]
    box = rectangle("cat")["value"] | {"original_width": 200, "original_height": 100}
    (item,) = read(tmp_path, [short(box=[box]) | {"image": "a.png"}], BOXES)
    assert item.label == [{"shape": "box", "label": "cat", "points": [[20, 20], [80, 60]]}]
    assert (item.source, item.size) == ("a.png", (200, 100))


def test_a_field_of_the_data_that_looks_like_a_class_is_not_the_answer(tmp_path: Path) -> None:
    said = {"guess": "dog"} | short(label="cat")
    (item,) = read(tmp_path, [said])
    assert (item.label, item.left_out) == ("cat", ())


# --- files ------------------------------------------------------------------------------


def test_exports_are_recognised_by_their_first_task(tmp_path: Path) -> None:
    for said, known in (
        ([task([])], True),
        (task([]), True),
        ([short(label="cat")], True),
        ([{"text": "I like cats", "label": "cat"}], False),
        ({"images": [], "annotations": []}, False),
        ([], False),
    ):
        (tmp_path / "in.json").write_text(json.dumps(said))
        assert is_label_studio(tmp_path / "in.json") == known, said


def test_what_is_broken_is_reported_and_the_rest_comes_in(tmp_path: Path) -> None:
    broken = [
        {"id": 1, "data": "x", "annotations": []},
        {"id": 2, "data": {"text": "x"}, "annotations": "x"},
        task([{"type": "choices"}], id=3),
        task([choice("cat")], id=4, data={"n": 5}),
        [5],
    ]
    *unusable, good = read(tmp_path, [*broken, task([choice("cat")])])
    assert [(each.where, each.why[:20]) for each in unusable] == [
        ("Task 1", "has no data"),
        ("Task 2", "has annotations that"),
        ("Task 3", "cannot be understood"),
        ("Task 4", "names no sample in n"),
        ("Task 5", "is no JSON object"),
    ]
    assert isinstance(good, Imported)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_one_task_a_line_and_the_encodings_of_windows(tmp_path: Path, encoding: str) -> None:
    data = {"text": "고양이"}
    lines = [json.dumps(task([choice("cat")], data=data), ensure_ascii=False) for _ in range(2)]
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines), encoding)
    assert is_label_studio(path)
    assert [each.text for each in read_label_studio(path, PETS, NONE)] == ["고양이"] * 2  # type: ignore[union-attr]


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    text = json.dumps([task([choice("cat")]), task([choice("cat")])])
    (tmp_path / "in.json").write_text(text[:-20])
    with pytest.raises(BadInput, match=r"in\.json' is not valid JSON \(element 2 is broken\)"):
        list(read_label_studio(tmp_path / "in.json", PETS, NONE))


@pytest.mark.parametrize("kind", [{"a": 1}, ["choices"], True, 7, None])
def test_a_result_whose_type_is_no_text_is_no_answer(kind: object) -> None:
    odd = {"type": kind, "value": {"choices": ["cat"]}}
    assert not fits(odd, PETS)
    answered: list[dict[str, Any]] = [odd, {"type": "choices", "value": {"choices": ["dog"]}}]
    assert answer_of(answered, PETS).label == "dog"

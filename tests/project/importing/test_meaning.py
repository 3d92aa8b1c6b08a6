"""What labels of files mean: numbers as classes, regions turned or in shares, spans by text."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assignments import assigned
from PIL import Image, ImageOps

import dalt
from dalt.core.records import BadInput, ClassSet, Region, UnknownClass
from dalt.data.formats import Imported
from dalt.project.importing.class_names import ClassNames
from dalt.project.importing.meaning import LabelMeaning
from dalt.project.importing.pictures import placed
from dalt.project.importing.spans import settled

NUMBERS = ClassNames(ClassSet(("0", "1", "01", "cat", "2.0", "true")))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (1, "1"), (1.0, "1"), (np.int64(1), "1"), (np.float64(0), "0"), ("1.0", "1"), ("1.00", "1"),
        ("01", "01"), ("01.0", "01"), (2, "2.0"), ("2.0", "2.0"), (True, "true"), (" cat\n", "cat"),
        ("1.5", "1.5"), (1.5, "1.5"), (3, "3"), ("Cat", "Cat"), (["cat"], "cat"), ([1], "1"),
    ],
)  # fmt: skip
def test_numbers_name_classes_that_there_are(given: Any, meant: str) -> None:
    assert NUMBERS.read(given) == meant


def test_lists_and_regions_have_numbers_as_classes_too() -> None:
    several = ClassNames(ClassSet(("1", "b"), multi=True))
    assert several.read('[1.0, "b"]') == ["1", "b"] == several.read([1, " b"])
    assert several.read([{"label": 1, "start": 0}]) == [{"label": "1", "start": 0}]
    assert several.unknown(several.read([{"label": 7}, "c", "b"])) == ["7", "c"]
    assert ClassNames(ClassSet(("1",))).read(Decimal("1.0")) == "1"


# --- spans ----------------------------------------------------------------------------------------

TEXT = "\U0001f600 \ud55c a\u0301 cat \U0001f600 cat"


def counted(text: str, unit: str) -> int:
    """How long a text is in code points, UTF-16 units or bytes of UTF-8."""
    return (
        len(text)
        if unit == "points"
        else len(text.encode("utf-16-le")) // 2
        if unit == "utf-16"
        else len(text.encode())
    )


@pytest.mark.parametrize("unit", ["points", "utf-16", "utf-8"])
def test_the_marked_characters_settle_how_offsets_count(unit: str) -> None:
    places = [(2, 3), (7, 10), (13, 16)]
    spans = [
        {"start": counted(TEXT[:a], unit), "end": counted(TEXT[:b], unit), "text": TEXT[a:b]}
        for a, b in places
    ]
    del spans[1]["text"]  # it counts as the others do
    assert [(each["start"], each["end"]) for each in settled(spans, TEXT)] == places


def test_spans_that_mark_something_else_are_refused() -> None:
    with pytest.raises(
        BadInput, match=r"^The span 0–3 marks 'dog', but the sample has '\U0001f600"
    ):
        settled([{"start": 0, "end": 3, "text": "dog"}], TEXT)
    with pytest.raises(BadInput, match="begins or ends inside a character"):
        settled([{"start": 3, "end": 4, "text": "\ud55c"}, {"start": 1, "end": 2}], TEXT)


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_regions_of_the_picture_as_it_is_stored_are_turned_with_it(orientation: int) -> None:
    stored = np.zeros((20, 40), np.uint8)
    stored[3:9, 5:17] = 255
    picture = Image.fromarray(stored)
    picture.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(picture))
    box = {"shape": "box", "label": "a", "points": [[5, 3], [17, 9]]}
    [found] = placed([box], (40, 20), (20, 40), lambda: orientation)
    (left, top), (right, bottom) = found["points"]
    assert upright[int(top) : int(bottom), int(left) : int(right)].all()
    assert upright.sum() == 255 * (right - left) * (bottom - top)
    share = {**box, "points": [[5 / 40, 3 / 20], [17 / 40, 9 / 20]], "shares": True}
    assert placed([share], (40, 20), (20, 40), lambda: orientation)[0]["points"] == found["points"]


def test_labels_of_a_picture_of_another_size_are_refused() -> None:
    box = {"shape": "box", "label": "a", "points": [[1, 1], [2, 2]]}
    for given in ((41, 20), (20, 40)):  # the second would fit only if the file said it was turned
        with pytest.raises(BadInput, match=rf"picture of {given[0]} × {given[1]} pixels, and the"):
            placed([box], given, (40, 20), lambda: 1)
    assert (
        placed([box], (40, 20), (40, 20), lambda: 1)
        == [box]
        == placed([box], (0, 0), (4, 4), lambda: 1)
    )


# --- as an answer is checked ----------------------------------------------------------------------


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "b.dalt", classes=["cat"], task="boxes") as project:
        project.add_images(
            np.zeros((2, 30, 40), np.uint8) + np.arange(2, dtype=np.uint8)[:, None, None],
            progress=False,
        )
        yield project


@pytest.fixture
def spans(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "s.dalt", classes=["cat"], task="spans") as project:
        project.add_texts(["a cat"], progress=False)
        yield project


def both(project: dalt.Project, label: list[dict[str, Any]]) -> tuple[object, object]:
    """What an import and a session make of the same label of the same sample."""
    said: list[object] = []
    with project.session("ana") as session:
        asked = assigned(session)
        meaning = LabelMeaning(project.settings, project.workspace.files)
        for ask in (
            lambda: meaning.of(Imported("", label), asked.sample),
            lambda: session.submit(asked, [Region.from_json(each) for each in label]).label,
        ):
            try:
                said.append(ask())
            except dalt.DaltError as error:
                said.append(str(error))
    return said[0], said[1]


@pytest.mark.parametrize("corner", [(40, 30), (41.5, 31), (60, 30), (40, 90)])
def test_a_box_is_cut_or_refused_as_an_answer_is(
    boxes: dalt.Project, corner: tuple[float, float]
) -> None:
    imported, answered = both(
        boxes, [{"shape": "box", "label": "cat", "points": [[5, 5], list(corner)]}]
    )
    assert imported == answered


@pytest.mark.parametrize("end", [5, 6])
def test_a_span_is_refused_as_an_answer_is(spans: dalt.Project, end: int) -> None:
    imported, answered = both(spans, [{"shape": "span", "label": "cat", "start": 2, "end": end}])
    assert imported == answered
    assert isinstance(imported, str) == (end > 5)


def test_a_class_in_other_letters_is_named() -> None:
    with pytest.raises(UnknownClass, match="Did you mean 'spam'"):
        ClassSet(("spam", "fine")).checked("SPAM")

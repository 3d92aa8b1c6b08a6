"""Labels as ipyannotations' widgets have them, and back: nothing moves."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipyannotations.images.canvases import shapes

from dalt.core.records import BadInput, Display, Region, Shape
from dalt.page.annotation_data import (
    ClassData,
    PictureData,
    SpanData,
    in_code_points,
    n_units,
    overlapping,
    without_markup,
)
from dalt.page.annotation_display import as_content, as_output, fitted, png

places = st.floats(0, 4_000, allow_nan=False)
scales = st.floats(0.01, 90, allow_nan=False)
letters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("&<>;#amptl\r\n\0")
texts = st.text(letters, min_size=1, max_size=40)


@st.composite
def regions(draw: st.DrawFn, shape: Shape) -> Region:
    if shape == "box":
        left, top, width, height = (draw(st.floats(0.02, 2_000)) for _ in range(4))
        return Region("box", "cat", ((left, top), (left + width, top + height)))
    n = draw(st.integers(3, 7)) if shape == "polygon" else 1
    points = draw(st.lists(st.tuples(places, places), min_size=n, max_size=n, unique=True))
    return Region(shape, "cat", tuple(points))


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, list[Region]]:
    text = draw(texts)
    ends = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text)))
    pairs = {(start, end) for start, end in draw(st.lists(ends, max_size=5)) if start < end}
    return text, [Region("span", "word", start=start, end=end) for start, end in sorted(pairs)]


@pytest.mark.parametrize("shape", ["box", "polygon", "point"])
@given(data=st.data(), along=scales, down=scales)
def test_a_proposal_that_nobody_touches_comes_back_exactly(
    shape: Shape, data: st.DataObject, along: float, down: float
) -> None:
    label = data.draw(st.lists(regions(shape), max_size=4))
    form = PictureData(shape, (along, down))
    written = form.write(label)
    # As JSON has it, too: lists in place of tuples.
    listed = [
        {key: np.asarray(each[key]).tolist() if key not in ("type", "label") else each[key]
         for key in each} for each in written
    ]  # fmt: skip
    assert form.read(written) == label
    assert form.read(listed) == label


@pytest.mark.parametrize("shape", ["box", "polygon", "point"])
@given(data=st.data(), scale=st.floats(0.1, 90))
def test_what_was_drawn_lies_where_it_was_drawn_to_a_hundredth_of_a_pixel(
    shape: Shape, data: st.DataObject, scale: float
) -> None:
    drawn = data.draw(regions(shape).map(lambda each: PictureData(shape).write([each])))
    try:
        [found] = PictureData(shape, (scale, scale)).read(drawn)
    except BadInput as error:  # smaller than a hundredth of a pixel
        assert "no area" in str(error) or "fewer than three" in str(error)
        return
    [expected] = PictureData(shape).read(drawn)
    there = np.array(expected.points) / scale
    assert np.abs(np.array(found.points) - there).max() <= 0.0051 + 0.0051 / scale


@given(spans(), st.booleans())
def test_spans_are_the_same_in_code_points_and_in_a_browsers_units(
    given_: tuple[str, list[Region]], in_utf16: bool
) -> None:
    text, label = given_
    form = SpanData(text, in_utf16)
    written = form.write(label)
    assert form.read(written) == label
    units = text.encode("utf-16-le")
    for (start, end, _), span in zip(written, label, strict=True):
        cut = units[2 * start : 2 * end].decode("utf-16-le") if in_utf16 else text[start:end]
        assert cut == text[span.start : span.end]


@given(texts)
def test_a_text_without_markup_has_the_same_length_and_offsets(text: str) -> None:
    shown = without_markup(text)
    assert len(shown) == len(text) and n_units(shown) == n_units(text)
    assert not set(shown) & set("<>\r\0") and html.unescape(shown) == shown
    for at in range(len(text) + 1):
        assert in_code_points(text, n_units(text[:at])) == at


@pytest.mark.parametrize(
    ("shape", "made", "points"),
    [
        ("box", shapes.BoundingBox((7, 30, 20, 3), label="cat"), ((7, 3), (20, 30))),
        ("point", shapes.Point((7, 30), label="cat"), ((7, 30),)),
        (
            "polygon",
            shapes.Polygon([(1, 1), (9, 1), (9, 9), (1, 1)], label="cat"),
            ((1, 1), (9, 1), (9, 9)),
        ),
    ],
)
def test_what_the_librarys_own_shapes_say_is_read(shape: Shape, made: Any, points: Any) -> None:
    assert PictureData(shape).read([made.data]) == [Region(shape, "cat", points)]
    [written] = PictureData(shape).write([Region(shape, "cat", points)])
    assert type(made).from_data(dict(written)).label == "cat"


BOX = {"type": "box", "label": "cat", "xyxy": (1, 2, 3, 4)}


@pytest.mark.parametrize(
    ("shape", "data", "sentence"),
    [
        ("box", None, "takes a list with {'type': 'box'"),
        ("box", "cat", "takes a list with {'type': 'box'"),
        ("box", BOX, "takes a list with {'type': 'box'"),
        ("box", [3], "submitted 3; this project"),
        ("box", [BOX | {"xyxy": (1, 2, 3)}], "takes a list with"),
        ("box", [BOX | {"xyxy": ("a", 2, 3, 4)}], "takes a list with"),
        ("box", [BOX | {"xyxy": (1, 2, 1, 4)}], "A box of 'cat' has no area"),
        ("box", [BOX | {"xyxy": (1, 2, float("inf"), 4)}], "points of a region"),
        ("box", [BOX | {"label": None}], "A box has no class"),
        ("polygon", [BOX], "takes a list with {'type': 'polygon'"),
        ("point", [{"type": "box", "label": "cat", "coordinates": (1, 2)}], "'type': 'point'"),
        (
            "polygon",
            [{"type": "polygon", "label": "cat", "points": [(1, 1), (2, 2), (1, 1)]}],
            "fewer than three corners",
        ),
    ],
)
def test_what_is_no_region_is_refused_by_a_sentence(
    shape: Shape, data: object, sentence: str
) -> None:
    with pytest.raises(BadInput) as caught:
        PictureData(shape).read(data)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("", "takes a list of (start, end, class)"),
        (None, "takes a list of (start, end, class)"),
        ([(1, 2)], "takes a list of (start, end, class)"),
        ([(1.5, 2, "word")], "takes a list of (start, end, class)"),
        ([(0, 3, None)], "takes a list of (start, end, class)"),
        ([(0, 4, "word")], "is not in this text of 3 characters"),
        ([(-1, 2, "word")], "is not in this text of 3 characters"),
        ([(2, 2, "word")], "is not in this text of 3 characters"),
    ],
)
@pytest.mark.parametrize("in_utf16", [False, True])
def test_what_is_no_span_is_refused_by_a_sentence(
    data: object, sentence: str, in_utf16: bool
) -> None:
    with pytest.raises(BadInput) as caught:
        SpanData("abc", in_utf16).read(data)
    assert sentence in str(caught.value)


def test_classes_are_told_from_lists_of_them() -> None:
    one, several = ClassData(multi=False), ClassData(multi=True)
    assert (one.write(None), one.write("cat"), one.read("cat")) == ("", "cat", "cat")
    assert (several.write(()), several.read(("cat",))) == ([], ["cat"])
    with pytest.raises(BadInput, match="takes one class"):
        one.read(["cat"])
    with pytest.raises(BadInput, match="a list of classes"):
        several.read("cat")


def test_spans_that_share_a_character_are_found() -> None:
    one, two, three = (
        Region("span", "word", start=start, end=end) for start, end in ((4, 9), (0, 4), (8, 10))
    )
    assert overlapping([one, two]) is None
    assert overlapping([one, two, three]) == (one, three)


def test_samples_are_handed_on_as_common_objects() -> None:
    from PIL import Image

    picture = Image.fromarray(np.arange(32, dtype=np.uint8).reshape(4, 8))
    shown = as_content(Display("image", data=png(picture)))
    assert shown.mode == "L" and shown.tobytes() == picture.tobytes()
    assert as_content(Display("table", rows=(("a", "1"),))) == {"a": "1"}
    assert as_content(Display("audio", data=b"RIFF")) == b"RIFF"
    # A small picture grows without a blur, a large one keeps its sides' proportion.
    large = fitted(picture, (80, 80))
    assert large.size == (80, 40) and set(large.tobytes()) == set(picture.tobytes())
    assert fitted(Image.new("RGB", (4_000, 1_000)), (700, 500)).size == (700, 175)


@pytest.mark.parametrize("content", ["<script>x</script>", {"<script>": "<script>"}])
def test_no_text_of_a_sample_is_markup_in_a_cell(content: object) -> None:
    assert "<script>" not in as_output(content, (9, 9))["text/html"]


def test_sounds_are_played_by_what_they_are() -> None:
    for start, kind in ((b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"RIFF", "audio/wav")):
        assert f"data:{kind};base64," in as_output(start, (9, 9))["text/html"]

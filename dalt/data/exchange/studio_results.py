"""Results of Label Studio as labels: which control counts, and what each result marks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.label_forms import AnotherQuestion, Answer, only, wanted, whole

Result = Mapping[str, Any]
_CHOICES = frozenset({"choices", "taxonomy"})
_BARE = frozenset({"rectangle", "polygon", "keypoint", "ellipse", "brush", "bitmask", "vector"})
"""Types of regions drawn without a class: a result of the same id and another type has it."""

_TOO_LONG = 1 << 31
"""Pixels that no side of a picture has."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A region as Label Studio has it.

    Attributes
    ----------
    shape : str
        A shape of `Region`, or what it is in words.
    why : str
        Why it cannot be a region here; empty if it can.
    """

    shape: str
    why: str = ""


def answer_of(
    result: Iterable[Result], classes: ClassSet, controls: frozenset[str | None] | None = None
) -> Answer:
    """Convert the results of one annotation.

    Parameters
    ----------
    result : iterable of mapping
    classes : ClassSet
    controls : set of str, optional
        Names (``from_name``) of the controls that ask the project's question; by default all.
        An empty set: there is none, so what was not drawn was not asked.

    Raises
    ------
    NoLabel
        If they do not answer the project's question.
    BadInput
        If they make no sense.

    Examples
    --------
    >>> said = [{"type": "choices", "value": {"choices": ["cat"]}}]
    >>> answer_of(said, ClassSet(("cat", "dog"))).label
    'cat'
    """
    listed = [each for each in result if isinstance(each, Mapping)]
    for each in listed:
        if (_kind(each) == "choices" or _has_class(each)) and not _has_value(each):
            raise BadInput("A result of Label Studio makes no sense (it has no value).")
    try:
        if classes.shape is None:
            return _chosen(listed, classes, controls)
        return _drawn(listed, classes, controls)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise BadInput(f"A result of Label Studio makes no sense ({error!r}).") from None


def control_of(each: Result) -> str | None:
    """The name of the control that a result is of; None where it does not say."""
    name = each.get("from_name")
    return name if isinstance(name, str) else None


def fits(each: Result, classes: ClassSet) -> bool:
    """Whether a result is of the kind that the project's labels are."""
    if classes.shape is None:
        return _is_choice(each)
    if not _has_class(each) or not _has_value(each):
        return False
    shape = marked(each).shape
    return shape == classes.shape or (shape == "box" and classes.shape == "polygon")


def names_in(each: Result) -> list[Any]:
    """The classes of a result; none where it has none."""
    value = each.get("value")
    if not isinstance(value, Mapping):
        return []
    type = _kind(each)
    said = value.get(type) if type else None
    if said is None:
        said = next((value[k] for k in value if k == "choices" or k.endswith("labels")), None)
    if said is None:
        return []
    if type == "taxonomy":  # paths from the top: the class is where each ends
        paths = said if isinstance(said, list) else []
        return [path[-1] for path in paths if isinstance(path, list) and path]
    return list(said) if isinstance(said, list | tuple) else [said]


def _kind(each: Result) -> str:
    """The type of a result; empty where a file has something else in its place."""
    kind = each.get("type")
    return kind if isinstance(kind, str) else ""


def _is_choice(each: Result) -> bool:
    """Whether classes of a whole sample were chosen, not of a region of it."""
    value = each.get("value")
    if _kind(each) not in _CHOICES or not isinstance(value, Mapping):
        return False
    return not any(name in value for name in ("x", "points", "start", "rle", "ranges"))


def _has_value(each: Result) -> bool:
    return isinstance(each.get("value"), Mapping)


def _has_class(each: Result) -> bool:
    return _kind(each).endswith("labels")


def _chosen(
    result: Sequence[Result], classes: ClassSet, controls: frozenset[str | None] | None
) -> Answer:
    found: list[Any] = []
    others: list[str] = []
    answered = False
    for each in result:
        if _is_choice(each) and (controls is None or control_of(each) in controls):
            answered = True
            found += names_in(each)
        elif _kind(each) in _CHOICES or _has_class(each):
            others.append(_other(each))
    if others and not answered:
        raise AnotherQuestion(f"has no answer to the question here: {_several(others)}")
    if classes.multi:
        return Answer(found, others=tuple(others))
    return Answer(only(found), others=tuple(others))


def _other(each: Result) -> str:
    said = ", ".join(map(str, names_in(each)))
    question = shown(control_of(each), 100)
    return f"{shown(said, 100)} answers another question ({question})"


def _several(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - 3} more" if len(parts) > 3 else ""
    return ", ".join(parts[:3]) + more


def _drawn(
    result: Sequence[Result], classes: ClassSet, controls: frozenset[str | None] | None
) -> Answer:
    found: list[dict[str, Any]] = []
    left_out: list[str] = []
    others: list[str] = []
    with_class = {each.get("id") for each in result if _has_class(each)}
    for each in result:
        ours = not controls or control_of(each) in controls
        if _kind(each) in _CHOICES or (_has_class(each) and not ours):
            others.append(_other(each))
        elif _has_class(each):
            regions, why = _regions(each, classes)
            found += regions
            left_out += [why] if why else []
        elif _kind(each) in _BARE and each.get("id") not in with_class:
            left_out.append(f"a region without a class ({each['type']})")
    if others and not left_out and controls is not None and not controls:
        raise AnotherQuestion(f"has no answer to the question here: {_several(others)}")
    answer = whole(found, left_out, wanted(classes))
    return Answer(answer.label, answer.left_out, tuple(others))


def named_by_control(result: Iterable[Result], classes: ClassSet) -> dict[str | None, list[Any]]:
    """The classes that the controls of the project's kind name."""
    said: dict[str | None, list[Any]] = {}
    for each in result:
        if isinstance(each, Mapping) and fits(each, classes):
            said.setdefault(control_of(each), []).extend(names_in(each))
    return said


def fitting(
    said: Mapping[str | None, Collection[Any]], classes: ClassSet
) -> frozenset[str | None] | None:
    """The controls that ask the project's question, by the classes that they have.

    Regions, and several classes for a sample, may come from several controls.

    Parameters
    ----------
    said : mapping
        From a control of the project's kind to its classes, or to those that were chosen.

    Returns
    -------
    frozenset of str, or None
        None where several may be meant.

    Examples
    --------
    >>> pets = ClassSet(("cat", "dog"))
    >>> sorted(fitting({"animal": ["cat"], "mood": ["good", "bad"]}, pets))
    ['animal']
    >>> fitting({"first": ["cat"], "second": ["cat", "dog"]}, pets) is None
    True
    """
    if len(said) < 2:
        return frozenset(said)
    known = {*classes.names, *classes.former}
    share = {
        control: sum(str(name) in known for name in names) / max(len(names), 1)
        for control, names in said.items()
    }
    most = max(share.values())
    good = [control for control in said if share[control] >= min(most, 0.5)] if most else []
    if classes.shape is None and len(good) > 1:
        each = [str(name) for control in good for name in said[control]]
        if not classes.multi:
            good = [control for control in good if share[control] == most]
            return frozenset(good) if len(good) == 1 else None
        if len(set(each)) < len(each):
            return None
    return frozenset(good) if good else None


# --- regions ----------------------------------------------------------------------------


def marked(each: Result) -> Marked:
    """What a result marks, by its value: ``labels`` may go with any of them.

    Examples
    --------
    >>> marked({"type": "labels", "value": {"start": 0, "end": 2, "labels": ["ORG"]}}).shape
    'span'
    """
    value = each["value"]
    type = str(each.get("type"))
    if "rle" in value or "imageDataURL" in value or type.startswith(("brush", "bitmask")):
        return Marked("brush mask", "masks are not drawn here")
    if "sequence" in value or type.startswith("video"):
        return Marked("region of a video", "there are no videos here")
    if type.startswith("timeseries"):
        return Marked("part of a time series", "there are no time series here")
    if "vertices" in value or type.startswith("vector"):
        return Marked("vector", "there are no vectors here")
    if "radiusX" in value:
        return Marked("ellipse", "there are no ellipses here")
    if "points" in value:
        return Marked("polygon", _turned(each))
    if "x" in value:
        return Marked("box" if "width" in value and "height" in value else "point", _turned(each))
    if "start" not in value:
        return Marked("region", f"its type {shown(type)} is not known")
    return _marked_text(value)


def _turned(each: Result) -> str:
    turn = each.get("image_rotation") or 0
    return f"the picture was turned by {turn}° in Label Studio" if turn else ""


def _marked_text(value: Result) -> Marked:
    if "channel" in value or isinstance(value["start"], float):
        return Marked("part of a sound", "parts of sounds are not marked here")
    if "globalOffsets" not in value and "startOffset" in value:
        return Marked("span", "it has no globalOffsets, only a place in the page's HTML")
    return Marked("span")


def _regions(each: Result, classes: ClassSet) -> tuple[list[dict[str, Any]], str]:
    """A region once for each of its classes, or why there is none."""
    what = marked(each)
    names = names_in(each)
    article = "an" if what.shape[0] in "aeiou" else "a"
    about = f"{article} {what.shape} ({', '.join(map(str, names))})"
    if what.why:
        return [], f"{about}: {what.why}"
    if not names:
        return [], f"{article} {what.shape} without a class"
    value = each["value"]
    if what.shape == "span" and classes.shape == "span":
        placed: dict[str, Any] = _span(value)
    elif what.shape == classes.shape or (what.shape == "box" and classes.shape == "polygon"):
        if value.get("rotation") and classes.shape == "box":
            turned = f"{value['rotation']:g}°"
            return [], f"{about} is rotated by {turned}: boxes here are upright; draw a polygon"
        placed = _placed(each, value, str(classes.shape))
    else:
        return [], f"{about}: this project marks {wanted(classes)}"
    return [{"shape": classes.shape, "label": name} | placed for name in names], ""


def _span(value: Result) -> dict[str, Any]:
    offsets = value.get("globalOffsets") or value
    span = {"start": int(offsets["start"]), "end": int(offsets["end"])}
    text = value.get("text")
    return span | ({"text": text} if isinstance(text, str) and text else {})


def _placed(each: Result, value: Result, shape: str) -> dict[str, Any]:
    """Points in pixels where the size of the picture is there, else as shares."""
    size = size_of(each)
    if shape == "polygon" and "points" in value:
        corners = [(x, y) for x, y in value["points"]]
    elif shape == "point":
        corners = [(value["x"], value["y"])]
    elif shape == "box":
        right, bottom = value["x"] + value["width"], value["y"] + value["height"]
        corners = [(value["x"], value["y"]), (right, bottom)]
    else:
        corners = list(_corners(value, size or (1, 1)))
    if size is None:
        return {"points": [[x / 100, y / 100] for x, y in corners], "shares": True}
    width, height = size
    points = [[round(x * width / 100, 2), round(y * height / 100, 2)] for x, y in corners]
    return {"points": points}


def _corners(value: Result, size: tuple[int, int]) -> Iterator[tuple[float, float]]:
    """The corners of a box that is turned about its upper left one, in percent."""
    if value.get("rotation") and size == (1, 1):
        raise ValueError("a rotated box comes without the size of its picture")
    turn = radians(value.get("rotation") or 0)
    across, down = value["width"] * size[0], value["height"] * size[1]
    for right, below in ((0, 0), (across, 0), (across, down), (0, down)):
        x = right * cos(turn) - below * sin(turn)
        y = right * sin(turn) + below * cos(turn)
        yield value["x"] + x / size[0], value["y"] + y / size[1]


def size_in(result: Iterable[Result]) -> tuple[int, int] | None:
    """Width and height of the picture that results are of, where one of them says so."""
    return next((size for each in result if (size := size_of(each))), None)


def _length(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and 0 < value < _TOO_LONG else 0


def size_of(each: Result) -> tuple[int, int] | None:
    """Width and height of the picture that a result is of."""
    for said in (each, each.get("value")):
        if not isinstance(said, Mapping):
            continue
        width, height = _length(said.get("original_width")), _length(said.get("original_height"))
        if width and height:
            return width, height
    return None

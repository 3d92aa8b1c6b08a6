"""Label Studio: tasks with annotations as JSON, and converting results to labels and back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from dalt.core.records import BadInput, ClassSet, Kind, LabelValue, Region
from dalt.data.exchange.entries import Content, Entry, names_of, read_json, regions_of
from dalt.data.exchange.items import Imported, Item, Reading

MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
        ".webp": "image/webp", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac",
        ".ogg": "audio/ogg"}  # fmt: skip
_OBJECTS = {"image": "Image", "text": "Text", "audio": "Audio", "table": "Text"}
_CONTROLS = {
    None: ("Choices", "choices"),
    "box": ("RectangleLabels", "rectanglelabels"),
    "polygon": ("PolygonLabels", "polygonlabels"),
    "point": ("KeyPointLabels", "keypointlabels"),
    "span": ("Labels", "labels"),
}
_SHAPES = {kind: shape for shape, (_, kind) in _CONTROLS.items()}


@dataclass(frozen=True, slots=True)
class Config:
    """The part of a labeling configuration that matches a DALT project.

    Attributes
    ----------
    from_name, to_name : str
        Names of the control and of the object that it marks.
    type : str
        Type of its results: "choices", "rectanglelabels", …
    value : str
        The key of the object in the task's data.
    """

    from_name: str = "label"
    to_name: str = "sample"
    type: str = "choices"
    value: str = "sample"


def config_of(xml: str, classes: ClassSet) -> Config:
    """Find the part of a Label Studio configuration that matches a project.

    Raises
    ------
    BadInput
        If it is not such XML, or has no control of the kind that the project needs.

    Examples
    --------
    >>> pets = ClassSet(("cat", "dog"))
    >>> config_of(labeling_config("image", pets), pets).type
    'choices'
    """
    tag, type = _CONTROLS[classes.shape]
    if re.search(r"<!(DOCTYPE|ENTITY)", xml, re.IGNORECASE):
        raise BadInput("The labeling configuration declares entities; it needs none.")
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError) as error:
        raise BadInput(f"The labeling configuration is not valid XML ({error}).") from None
    control = next((each for each in root.iter(tag) if each.get("toName")), None)
    if control is None:
        raise BadInput(f"The labeling configuration has no <{tag}>, which this project needs.")
    target = (control.get("toName") or "").split(",")[0]
    value = next((e.get("value", "") for e in root.iter() if e.get("name") == target), "")
    return Config(control.get("name", ""), target, type, value.lstrip("$"))


def labeling_config(kind: Kind, classes: ClassSet) -> str:
    """Make a labeling configuration for the project."""
    tag, _ = _CONTROLS[classes.shape]
    option = "Choice" if tag == "Choices" else "Label"
    several = ' choice="multiple"' if tag == "Choices" and classes.multi else ""
    options = "".join(f"<{option} value={quoteattr(name)}/>" for name in classes.names)
    shown = f'<{_OBJECTS[kind]} name="sample" value="$sample"/>'
    return f'<View>{shown}<{tag} name="label" toName="sample"{several}>{options}</{tag}></View>'


# --- results ----------------------------------------------------------------------------


def result_of(
    label: LabelValue, config: Config, size: tuple[int, int], score: float | None = None
) -> list[dict[str, Any]]:
    """Convert a label to Label Studio's results; an empty list means "none of them".

    Parameters
    ----------
    label : LabelValue
    config : Config
    size : (int, int)
        Width and height of the picture: Label Studio uses percentages of them.
    score : float, optional
    """
    about = {"from_name": config.from_name, "to_name": config.to_name, "type": config.type}
    if score is not None:
        about["score"] = score  # type: ignore[assignment]
    regions = regions_of(label)
    if regions:
        return [
            {"id": f"r{number}"} | about | _placed(region, config, size)
            for number, region in enumerate(regions)
        ]
    names = names_of(label)
    return [about | {"value": {"choices": names}}] if names else []


def _placed(region: Region, config: Config, size: tuple[int, int]) -> dict[str, Any]:
    if region.shape == "span":
        value: dict[str, Any] = {"start": region.start, "end": region.end}
        return {"value": value | {config.type: [region.label]}}
    points = [(100 * x / size[0], 100 * y / size[1]) for x, y in region.points]
    (x, y), last = points[0], points[-1]
    if region.shape == "box":
        value = {"x": x, "y": y, "width": last[0] - x, "height": last[1] - y, "rotation": 0}
    elif region.shape == "point":
        value = {"x": x, "y": y, "width": 0.5}
    else:
        value = {"points": [list(point) for point in points], "closed": True}
    about = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
    return about | {"value": value | {config.type: [region.label]}}


def label_of(result: Sequence[Mapping[str, Any]], classes: ClassSet) -> Any:
    """Convert Label Studio's results to a label, ignoring unrelated ones.

    Raises
    ------
    BadInput
        If they are not valid.
    """
    _, type = _CONTROLS[classes.shape]
    found = []
    try:
        for each in result:
            if each.get("type") == type:
                found += _said(each, type)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadInput(f"A result of Label Studio makes no sense ({error!r}).") from None
    if classes.shape or classes.multi:
        return found
    if len(found) != 1:
        raise BadInput(f"An annotation has {len(found)} classes; a sample of this project has one.")
    return found[0]


def _said(each: Mapping[str, Any], type: str) -> list[Any]:
    value = each["value"]
    shape, names = _SHAPES[type], value[type]
    if shape is None:
        return list(names)
    about: dict[str, Any] = {"shape": shape, "label": names[0]}
    if shape == "span":
        return [about | {"start": int(value["start"]), "end": int(value["end"])}]
    if value.get("rotation"):
        raise BadInput("DALT has no rotated boxes as Label Studio does: draw a polygon.")
    width, height = each["original_width"], each["original_height"]
    if shape == "box":
        right, bottom = value["x"] + value["width"], value["y"] + value["height"]
        points = [(value["x"], value["y"]), (right, bottom)]
    elif shape == "point":
        points = [(value["x"], value["y"])]
    else:
        points = [tuple(point) for point in value["points"]]
    placed = [[round(x * width / 100, 2), round(y * height / 100, 2)] for x, y in points]
    return [about | {"points": placed}]


# --- files ------------------------------------------------------------------------------


def write_label_studio(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write tasks with annotations for Label Studio, including pictures and sounds.

    The data of a task has ``sample`` (the content) and ``sample_id``.
    """
    count = 0
    file.write("[")
    for number, entry in enumerate(entries, 1):
        task = _task(number, entry, classes)
        file.write(("," if number > 1 else "") + "\n" + json.dumps(task, ensure_ascii=False))
        count += len(entry.answers)
    file.write("\n]\n")
    return count


def task_data(entry: Entry, content: Content) -> dict[str, Any]:
    """A sample's content in the data of a task."""
    if entry.kind in ("image", "audio"):
        mime = MIME.get(content.ending.lower(), "application/octet-stream")
        shown = f"data:{mime};base64,{base64.b64encode(content.data).decode()}"
    elif entry.kind == "text":
        shown = content.text
    else:
        shown = "\n".join(f"{name}: {value}" for name, value in content.row.items())
    return {"sample": shown, "sample_id": entry.sample_id, "source": entry.source}


def _task(number: int, entry: Entry, classes: ClassSet) -> dict[str, Any]:
    content = entry.content()
    config = Config(type=_CONTROLS[classes.shape][1])
    size = (content.width or 1, content.height or 1)
    annotations = [
        {"result": result_of(label, config, size), "annotator": annotator}
        for annotator, label in entry.answers
    ]
    return {"id": number, "data": task_data(entry, content), "annotations": annotations}


def is_label_studio(path: Path) -> bool:
    """Whether it is one JSON list."""
    return path.suffix.lower() == ".json" and isinstance(read_json(path), list)


def read_label_studio(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read labels of an export of Label Studio (JSON), ignoring cancelled annotations.

    Samples are known by ``sample_id`` or ``source`` in the data of a task, or by a value that
    is the source of a sample.

    Raises
    ------
    BadInput
        If it is not such a file.
    """
    said = read_json(path)
    if not isinstance(said, list) or not all(isinstance(task, dict) for task in said):
        raise BadInput(f"{str(path)!r} is not a list of tasks as Label Studio exports it (JSON).")
    for number, task in enumerate(said, 1):
        data = task.get("data")
        if not isinstance(data, dict):
            raise BadInput(f"Task {task.get('id', number)} of {str(path)!r} has no data.")
        for each in task.get("annotations") or ():
            if each.get("was_cancelled"):
                continue
            yield Imported(
                f"Task {task.get('id', number)}",
                label_of(each.get("result") or (), classes),
                sample_id=data.get("sample_id"),
                source=data.get("source") or _only_text(data),
                annotator=each.get("annotator") or annotator_of(each.get("completed_by")),
            )


def annotator_of(completed_by: Any) -> str | None:
    """The annotator's name here for a person of Label Studio."""
    if isinstance(completed_by, Mapping):
        completed_by = completed_by.get("email") or completed_by.get("id")
    if completed_by is None:
        return None
    return completed_by if isinstance(completed_by, str) else f"label-studio:{completed_by}"


def _only_text(data: Mapping[str, Any]) -> str | None:
    return next((value for value in data.values() if isinstance(value, str)), None)

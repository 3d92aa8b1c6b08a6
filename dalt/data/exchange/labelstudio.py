"""Label Studio: its configurations, converting results to labels and back, and writing tasks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from dalt.core.records import BadInput, ClassSet, Kind, LabelValue, Region
from dalt.data.exchange.entries import Content, Entry, names_of, regions_of
from dalt.data.exchange.label_forms import AnotherQuestion, NoLabel
from dalt.data.exchange.pictures import as_data_address
from dalt.data.exchange.studio_results import answer_of, fitting, named_by_control

_OBJECTS = {"image": "Image", "text": "Text", "audio": "Audio", "table": "Text"}
_CONTROLS = {
    None: ("Choices", "choices"),
    "box": ("RectangleLabels", "rectanglelabels"),
    "polygon": ("PolygonLabels", "polygonlabels"),
    "point": ("KeyPointLabels", "keypointlabels"),
    "span": ("Labels", "labels"),
}


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
    controls = [each for each in root.iter(tag) if each.get("toName") and not _per_region(each)]
    if not controls:
        raise BadInput(f"The labeling configuration has no <{tag}>, which this project needs.")
    control = _best(controls, classes)
    target = (control.get("toName") or "").split(",")[0]
    value = next((e.get("value", "") for e in root.iter() if e.get("name") == target), "")
    return Config(control.get("name", ""), target, type, value.lstrip("$"))


def _per_region(control: ElementTree.Element) -> bool:
    return control.get("perRegion", "").lower() == "true"


def _best(controls: Sequence[ElementTree.Element], classes: ClassSet) -> ElementTree.Element:
    """The control with the project's classes; the first where several have them, or none."""
    said: dict[str | None, list[str]] = {
        str(number): [
            name
            for each in control.iter()
            if each is not control and (name := each.get("alias") or each.get("value"))
        ]
        for number, control in enumerate(controls)
    }
    found = fitting(said, classes) or frozenset()
    known = [number for number in range(len(controls)) if str(number) in found]
    if not known:
        names = {*classes.names, *classes.former}
        known = [n for n in range(len(controls)) if names & set(said[str(n)])]
    return controls[known[0] if known else 0]


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
    label: LabelValue,
    config: Config,
    size: tuple[int, int],
    score: float | None = None,
    text: str = "",
) -> list[dict[str, Any]]:
    """Convert a label to Label Studio's results; an empty list means "none of them".

    Parameters
    ----------
    label : LabelValue
    config : Config
    size : (int, int)
        Width and height of the picture: Label Studio uses percentages of them.
    score : float, optional
    text : str
        What spans mark parts of; empty if those are not to be written along.
    """
    about = {"from_name": config.from_name, "to_name": config.to_name, "type": config.type}
    if score is not None:
        about["score"] = score  # type: ignore[assignment]
    regions = regions_of(label)
    if regions:
        return [
            {"id": f"r{number}"} | about | _placed(region, config, size, text)
            for number, region in enumerate(regions)
        ]
    names = names_of(label)
    return [about | {"value": {"choices": names}}] if names else []


def _placed(region: Region, config: Config, size: tuple[int, int], text: str) -> dict[str, Any]:
    if region.shape == "span":
        value: dict[str, Any] = {"start": region.start, "end": region.end}
        if text:
            value["text"] = text[region.start : region.end]
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


def label_of(
    result: Sequence[Mapping[str, Any]], classes: ClassSet, config: Config | None = None
) -> Any:
    """Convert Label Studio's results to a label, ignoring unrelated ones.

    Parameters
    ----------
    result : sequence of mapping
    classes : ClassSet
    config : Config, optional
        Names the control whose results count; by default those with the project's classes do.

    Raises
    ------
    AnotherQuestion
        If they are answers to other questions only.
    BadInput
        If they are not valid, or hold what is none of the project's labels.
    """
    if config is not None:
        controls: frozenset[str | None] | None = frozenset({config.from_name})
    else:
        controls = fitting(named_by_control(result, classes), classes) or None
    try:
        answer = answer_of(result, classes, controls)
    except AnotherQuestion:
        raise
    except NoLabel as why:
        raise BadInput(f"An annotation {why}.") from None
    if answer.left_out:
        raise BadInput(f"An annotation has {answer.left_out[0]}.")
    return answer.label


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
        shown = as_data_address(content)
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
        {"result": result_of(label, config, size, text=content.text), "annotator": annotator}
        for annotator, label in entry.answers
    ]
    return {"id": number, "data": task_data(entry, content), "annotations": annotations}

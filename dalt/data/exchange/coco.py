"""COCO: one JSON file of images, categories and annotations."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import IO, Any

from dalt.core.records import ClassSet, LabelValue, Region
from dalt.data.exchange.entries import (
    Entry,
    names_of,
    picture_name,
    regions_of,
    require_kind,
)


def write_coco(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write boxes, polygons and points, or the classes of whole images, as COCO.

    Whole images have annotations without a box.  In addition to COCO's fields an image has
    ``sample_id`` and ``annotators``, and an annotation has ``annotator``.
    """
    number = {name: index for index, name in enumerate(classes.names, 1)}
    count, n_annotations = 0, 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as aside:  # images come first, in one pass
        file.write('{"info": {"description": "labels of a DALT project"},\n"images": [')
        for image_id, entry in enumerate(entries, 1):
            require_kind(entry, ("image",), "COCO")
            content = entry.content()
            image = {
                "id": image_id,
                "file_name": picture_name(entry, content.ending),
                "width": content.width,
                "height": content.height,
                "sample_id": entry.sample_id,
                "annotators": [annotator for annotator, _ in entry.answers],
            }
            file.write(("," if count else "") + "\n" + json.dumps(image, ensure_ascii=False))
            for annotator, label in entry.answers:
                for said in _annotations(label, number):
                    n_annotations += 1
                    said = {"id": n_annotations, "image_id": image_id} | said
                    line = json.dumps(said | {"annotator": annotator}, ensure_ascii=False)
                    aside.write(("," if n_annotations > 1 else "") + "\n" + line)
            count += len(entry.answers)
        file.write('\n],\n"annotations": [')
        aside.seek(0)
        while part := aside.read(1 << 20):
            file.write(part)
    categories: list[dict[str, Any]] = [
        {"id": index, "name": name} for name, index in number.items()
    ]
    if classes.shape == "point":  # what COCO's tools ask of categories with keypoints
        for each in categories:
            each |= {"keypoints": [each["name"]], "skeleton": []}
    file.write('\n],\n"categories": ' + json.dumps(categories, ensure_ascii=False) + "}\n")
    return count


def _annotations(label: LabelValue, number: dict[str, int]) -> Iterator[dict[str, Any]]:
    for name in names_of(label):
        yield {"category_id": _number(name, number)}
    for region in regions_of(label):
        yield {"category_id": _number(region.label, number)} | _shape(region)


def _number(name: str, number: dict[str, int]) -> int:
    return number.setdefault(name, len(number) + 1)  # a removed class keeps its labels


def _shape(region: Region) -> dict[str, Any]:
    xs, ys = zip(*region.points, strict=True)
    left, top = min(xs), min(ys)
    width, height = round(max(xs) - left, 6), round(max(ys) - top, 6)
    said: dict[str, Any] = {"bbox": [left, top, width, height], "iscrowd": 0}
    if region.shape == "point":
        return said | {"area": 0, "keypoints": [xs[0], ys[0], 2], "num_keypoints": 1}
    if region.shape == "polygon":
        flat = [value for point in region.points for value in point]
        return said | {"area": _area(region), "segmentation": [flat]}
    return said | {"area": round(width * height, 6), "segmentation": []}


def _area(region: Region) -> float:
    points = [*region.points, region.points[0]]
    pairs = pairwise(points)
    return round(abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2, 6)

"""YOLO in Ultralytics' layout: images, label files with shares of the sides, data.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from dalt.core.records import BadInput, ClassSet, Region
from dalt.data.exchange.entries import (
    Content,
    Entry,
    new_folder,
    only_label,
    regions_of,
    require_kind,
)
from dalt.data.exchange.folders import write_classes

DATA = "data.yaml"


def write_yolo(entries: Iterable[Entry], path: Path, classes: ClassSet) -> int:
    """Write boxes or polygons, or for whole images the folders of YOLO classification.

    Raises
    ------
    BadInput
        If samples are not images, annotators disagree, or regions are points or spans.
    """
    with new_folder(path) as folder:
        if classes.shape is None:
            (folder / "train").mkdir()
            return write_classes(entries, folder / "train")
        number = {name: index for index, name in enumerate(classes.names)}
        for part in ("images", "labels"):
            (folder / part / "train").mkdir(parents=True)
        count = 0
        for entry in entries:
            require_kind(entry, ("image",), "YOLO")
            content, regions = entry.content(), regions_of(only_label(entry, "YOLO"))
            lines = "".join(_line(region, content, number) for region in regions)
            (folder / "images/train" / f"{entry.sample_id}{content.ending}").write_bytes(
                content.data
            )
            (folder / "labels/train" / f"{entry.sample_id}.txt").write_text(lines)
            count += 1
        names = "".join(
            f"  {index}: {json.dumps(name, ensure_ascii=False)}\n" for name, index in number.items()
        )
        (folder / DATA).write_text(
            f"train: images/train\nval: images/train\nnames:\n{names}", encoding="utf-8"
        )
        return count


def _line(region: Region, content: Content, number: dict[str, int]) -> str:
    if region.shape not in ("box", "polygon"):
        raise BadInput(f"YOLO holds boxes and polygons, no {region.shape}s; choose coco.")
    index = number.setdefault(region.label, len(number))
    shares = [(x / content.width, y / content.height) for x, y in region.points]
    if region.shape == "box":
        (left, top), (right, bottom) = shares
        shares = [((left + right) / 2, (top + bottom) / 2), (right - left, bottom - top)]
    return " ".join([str(index), *(f"{value:.10f}" for pair in shares for value in pair)]) + "\n"

"""labelme: a file of JSON for each picture, with polygons, boxes, points, masks and flags."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet, Region
from dalt.data.exchange.beside import Pictures, named_by
from dalt.data.exchange.drawn import (
    TURNED,
    Broken,
    Drawn,
    Point,
    Points,
    Unfit,
    class_name,
    number,
    settled,
)
from dalt.data.exchange.entries import (
    Content,
    Entry,
    files_ending,
    id_of_name,
    is_or_holds,
    names_of,
    new_folder,
    only_label,
    read_json,
    regions_of,
    require_kind,
)
from dalt.data.exchange.items import Imported, Item, Reading, Unusable

VERSION = "5.5.0"
"""Of the form of the files that are written."""
_SHAPES = {"box": "rectangle", "polygon": "polygon", "point": "point"}


def write_labelme(entries: Iterable[Entry], path: Path, classes: ClassSet) -> int:
    """Write pictures with a file of JSON each; classes of whole pictures are flags.

    Raises
    ------
    BadInput
        If samples are not images, or annotators disagree.
    """
    with new_folder(path) as folder:
        count = 0
        for entry in entries:
            require_kind(entry, ("image",), "labelme")
            content, label = entry.content(), only_label(entry, "labelme")
            name = f"{entry.sample_id}{content.ending}"
            (folder / name).write_bytes(content.data)
            flags = {} if classes.shape else dict.fromkeys(classes.names, False)
            flags |= dict.fromkeys(names_of(label), True)
            said = _file(name, content, flags, regions_of(label))
            target = folder / f"{entry.sample_id}.json"
            target.write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
            count += 1
        return count


def _file(
    name: str, content: Content, flags: Mapping[str, bool], regions: Iterable[Region]
) -> dict[str, Any]:
    shapes: list[dict[str, Any]] = [
        {
            "label": region.label,
            "points": [list(point) for point in region.points],
            "group_id": None,
            "description": "",
            "shape_type": _SHAPES[region.shape],
            "flags": {},
            "mask": None,
        }
        for region in regions
    ]
    return {
        "version": VERSION,
        "flags": dict(flags),
        "shapes": shapes,
        "imagePath": name,
        "imageData": None,
        "imageHeight": content.height,
        "imageWidth": content.width,
    }


def is_labelme(path: Path) -> bool:
    """Whether it is a file of labelme, or a folder with one among its first files of JSON."""
    return is_or_holds(path, ".json", _looks_so)


def _looks_so(path: Path) -> bool:
    """Whether the first and the last characters name shapes and the picture of one file."""
    try:
        with path.open("rb") as file:
            data = file.read(1 << 16)
            file.seek(max(0, path.stat().st_size - (1 << 12)))
            data += file.read(1 << 12)
    except OSError:
        return False
    return re.search(rb'"shapes"\s*:\s*\[', data) is not None and b'"imagePath"' in data


def read_labelme(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read labelme's files; in a project of classes the flags that are set, or those of shapes."""
    root = path if path.is_dir() else path.parent
    pictures = Pictures()
    for file in files_ending(path, ".json"):
        where = repr(file.relative_to(root).as_posix())
        if path.is_dir() and not _looks_so(file):
            continue
        try:
            said = read_json(file)
        except BadInput as error:
            yield Unusable(where, f"cannot be read: {error}".rstrip("."))
            continue
        if not isinstance(said, dict) or not isinstance(said.get("shapes"), list):
            yield Unusable(where, "is not a file of labelme: it has no list 'shapes'")
            continue
        drawn = _objects(said, classes)
        yield settled(_named(said, file, where, root, pictures), drawn, classes)


def _named(
    said: Mapping[str, Any], file: Path, where: str, root: Path, pictures: Pictures
) -> Imported:
    name = said.get("imagePath")
    name = name if isinstance(name, str) else ""
    found = named_by(file, name, root) if name else None
    if found is None:
        beside = pictures.of([file.parent], file.stem)
        found = beside[0] if len(beside) == 1 else None
    return Imported(
        where,
        None,
        sample_id=id_of_name(file.stem),
        source=str(found.absolute()) if found else name or file.stem,
        files=(found,) if found else (),
        size=_size(said),
    )


def _size(said: Mapping[str, Any]) -> tuple[int, int] | None:
    width, height = said.get("imageWidth"), said.get("imageHeight")
    if isinstance(width, int) and isinstance(height, int) and min(width, height) > 0:
        return width, height
    return None


def _objects(said: Mapping[str, Any], classes: ClassSet) -> Iterator[Drawn | Broken]:
    if classes.shape is None:
        flags = said.get("flags")
        raised = [name for name, up in flags.items() if up] if isinstance(flags, dict) else []
        if raised or flags:
            yield from (Drawn(f"flag {name!r}", str(name)) for name in raised)
            return
    for order, shape in enumerate(said["shapes"], 1):
        yield _drawn(shape, f"shape {order}", classes)


def _drawn(said: Any, where: str, classes: ClassSet) -> Drawn | Broken:
    try:
        if not isinstance(said, dict):
            raise Unfit("is no JSON object")
        label = class_name(said.get("label"))
        where = f"{where} ({label})"
        if classes.shape is None:
            return Drawn(where, label)
        return _shape(said, where, label, classes)
    except Unfit as why:
        return Broken(where, str(why))


def _shape(said: Mapping[str, Any], where: str, label: str, classes: ClassSet) -> Drawn:
    kind = said.get("shape_type") or "polygon"  # the first versions had nothing else
    points = _points(said.get("points"))
    if kind == "polygon":
        return Drawn(where, label, polygons=[points])
    if kind == "rectangle":
        return Drawn(where, label, box=points, polygons=[_corners(points)])
    if kind == "rotation":  # of AnyLabeling
        return Drawn(where, label, polygons=[points], no_box=TURNED)
    if kind in ("point", "points"):
        return Drawn(where, label, points=[Point(x, y) for x, y in points])
    if kind == "mask":
        outlines = _mask(said, points) if classes.shape == "polygon" else ()
        return Drawn(where, label, box=points, polygons=outlines)
    if kind == "circle" and len(points) == 2:
        (x, y), (across, down) = points
        radius = ((across - x) ** 2 + (down - y) ** 2) ** 0.5
        box = ((x - radius, y - radius), (x + radius, y + radius))
        return Drawn(
            where, label, box=box, no_polygon="is a circle, and this project marks polygons"
        )
    raise Unfit(f"is a {shown(kind)}, which is no {classes.shape}")


def _points(given: Any) -> list[tuple[float, float]]:
    try:
        return [(number(x), number(y)) for x, y in given]
    except (TypeError, ValueError) as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit(f"has {shown(given)} as its points") from None


def _corners(points: Points) -> Points:
    """All corners of a box that is drawn by two of them."""
    if len(points) != 2:
        return points
    (left, top), (right, bottom) = points
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _mask(said: Mapping[str, Any], points: Points) -> list[Points]:
    """Polygons around a mask, a PNG that lies between two corners."""
    import numpy as np
    from PIL import Image

    from dalt.data.exchange.masks import LARGEST, outlines

    try:
        data = base64.b64decode(said.get("mask") or "", validate=True)
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if picture.width * picture.height > LARGEST:
                raise ValueError
            mask = np.asarray(picture.convert("L")) > 0
    except (OSError, TypeError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Unfit("has a mask that is no PNG, or a large one") from None
    if not points:
        raise Unfit("has a mask without its corners")
    left, top = (int(min(values)) for values in zip(*points, strict=True))
    return outlines(mask, left, top)

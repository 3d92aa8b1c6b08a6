"""YOLO in Ultralytics' layout: images, label files with shares of the sides, data.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet, Region
from dalt.data.exchange.entries import (
    Content,
    Entry,
    files_below,
    new_folder,
    only_label,
    regions_of,
    require_kind,
)
from dalt.data.exchange.folders import read_image_folder, write_classes
from dalt.data.exchange.items import Imported, Item, Reading

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
            f"path: .\ntrain: images/train\nval: images/train\nnames:\n{names}", encoding="utf-8"
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


def is_yolo(path: Path) -> bool:
    """Whether it is a folder with a ``data.yaml``."""
    return (path / DATA).is_file()


def read_yolo(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read the labels of a folder in Ultralytics' layout.

    Raises
    ------
    BadInput
        If ``data.yaml`` has no names, or a line is not valid.
    """
    if not (path / DATA).is_file():
        yield from read_image_folder(path, classes, reading)
        return
    names = _names(path / DATA)
    images = {file.stem: file for file in files_below(path / "images")}
    for file in files_below(path / "labels"):
        if file.suffix != ".txt" or file.stem == "classes":
            continue
        image = images.get(file.stem)
        if image is None:
            raise BadInput(f"{str(file)!r} has no image {file.stem!r} beside it.")
        size = _size(image)
        yield Imported(
            f"{file.relative_to(path).as_posix()!r}",
            [_region(line, names, size, file) for line in file.read_text().splitlines() if line],
            sample_id=file.stem,
            files=(image,),
        )


def _size(image: Path) -> tuple[int, int]:
    """Width and height of the upright picture, from its header."""
    try:
        with Image.open(image) as picture:
            width, height = picture.size
            return (height, width) if picture.getexif().get(0x0112, 1) >= 5 else (width, height)
    except (OSError, ValueError):
        raise BadInput(f"{str(image)!r} is no picture.") from None


def _region(line: str, names: dict[int, str], size: tuple[int, int], file: Path) -> Any:
    try:
        index, *numbers = line.split()
        name, values = names[int(index)], [float(number) for number in numbers]
        pairs = list(zip(values[::2], values[1::2], strict=True))
        if len(pairs) < 2:
            raise ValueError
    except (ValueError, KeyError):
        raise BadInput(f"{shown(str(file))}: {shown(line)} is no line of YOLO.") from None
    if len(pairs) == 2:
        (x, y), (width, height) = pairs
        pairs = [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]
    points = [[round(x * size[0], 2), round(y * size[1], 2)] for x, y in pairs]
    return {"shape": "box" if len(pairs) == 2 else "polygon", "label": name, "points": points}


def _names(file: Path) -> dict[int, str]:
    """The names of ``data.yaml``: as a list in brackets, a list of dashes, or numbered."""
    found: dict[int, str] = {}
    inside = False
    for line in file.read_text("utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line.startswith((" ", "-")):
            inside = line.startswith("names:")
            rest = line.removeprefix("names:").strip()
            if inside and rest.startswith("["):
                names = [_unquoted(part) for part in rest.strip("[]").split(",")]
                return dict(enumerate(names))
        elif inside and line.lstrip().startswith("- "):
            found[len(found)] = _unquoted(line.lstrip()[2:])
        elif inside:
            index, _, name = line.strip().partition(":")
            if not index.isdigit():
                break
            found[int(index)] = _unquoted(name)
    if not found:
        raise BadInput(f"{str(file)!r} has no names of classes.")
    return found


def _unquoted(text: str) -> str:
    text = text.strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text.strip('"')
    return text.strip("'")

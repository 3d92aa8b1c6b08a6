"""CVAT's XML for images: boxes, polygons, points, masks, skeletons, and tags of whole images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import radians
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from dalt.core.records import BadInput, ClassSet, LabelValue, Region
from dalt.data.exchange.beside import found_inside
from dalt.data.exchange.drawn import (
    TURNED,
    Broken,
    Drawn,
    Point,
    Points,
    Unfit,
    class_name,
    number,
    pairs,
    settled,
    turned_corners,
)
from dalt.data.exchange.entries import (
    Entry,
    id_of_name,
    names_of,
    only_label,
    picture_name,
    regions_of,
    require_kind,
)
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.xml_files import elements, root_tag

_SHAPES = frozenset(
    ("box", "polygon", "polyline", "points", "tag", "mask", "ellipse", "cuboid", "skeleton")
)
_CORNERS = ("xtl", "ytl", "xbr", "ybr")


def write_cvat(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write CVAT's XML for images: boxes, polygons, points, or tags of whole images.

    Raises
    ------
    BadInput
        If samples are not images, or annotators disagree.
    """
    labels = "".join(f"<label><name>{escape(each)}</name></label>" for each in classes.names)
    file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n')
    file.write(f"<meta><task><labels>{labels}</labels></task></meta>\n")
    count = 0
    for entry in entries:
        require_kind(entry, ("image",), "CVAT's XML")
        content, label = entry.content(), only_label(entry, "CVAT's XML")
        name = quoteattr(picture_name(entry, content.ending))
        size = f'width="{content.width}" height="{content.height}"'
        file.write(f'<image id="{count}" name={name} {size}>\n')
        file.writelines(_shapes(label))
        file.write("</image>\n")
        count += 1
    file.write("</annotations>\n")
    return count


def _shapes(label: LabelValue) -> Iterator[str]:
    for name in names_of(label):
        yield f'<tag label={quoteattr(name)} source="manual"></tag>\n'
    for region in regions_of(label):
        about = f'label={quoteattr(region.label)} source="manual" occluded="0"'
        yield f'<{_placed(region)} {about} z_order="0"/>\n'


def _placed(region: Region) -> str:
    if region.shape == "box":
        values = (value for point in region.points for value in point)
        corners = zip(_CORNERS, values, strict=True)
        return "box " + " ".join(f'{name}="{value}"' for name, value in corners)
    points = ";".join(f"{x},{y}" for x, y in region.points)
    return f'{"polygon" if region.shape == "polygon" else "points"} points="{points}"'


def is_cvat(path: Path) -> bool:
    """Whether it is a file of XML whose root is ``annotations``, or a folder with one."""
    return (file := _file(path)) is not None and root_tag(file) == "annotations"


def _file(path: Path) -> Path | None:
    """The file itself, or that of a folder as CVAT exports it with the pictures."""
    found = path / "annotations.xml" if path.is_dir() else path
    return found if found.is_file() and found.suffix.lower() == ".xml" else None


def read_cvat(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read CVAT's XML for images; images on which nothing is drawn have no regions.

    Raises
    ------
    BadInput
        If it is not such XML, or CVAT's XML for videos.
    """
    file = _file(path) or path
    if root_tag(file) not in ("annotations", ""):
        raise BadInput(f"{str(file)!r} is not CVAT's XML: its root is not 'annotations'.")
    pictures = file.parent / "images" if path.is_dir() else None
    for order, element in enumerate(elements(file), 1):
        if element.tag == "track":
            raise BadInput(
                f"{str(file)!r} is CVAT's XML for videos, whose frames have no names: export "
                "'CVAT for images 1.1' from CVAT."
            )
        if element.tag == "image":
            yield _item(element, order, classes, pictures)


def _item(image: Element, order: int, classes: ClassSet, pictures: Path | None) -> Item:
    name = (image.get("name") or "").strip()
    if not name:
        return Unusable(f"Image {image.get('id', order)}", "has no name")
    source = "/".join(filter(None, (image.get("subset"), name)))
    found = found_inside(pictures, source) if pictures else None
    item = Imported(
        f"Image {name!r}",
        None,
        sample_id=id_of_name(Path(name).stem),
        source=str(found.absolute()) if found else source,
        files=(found,) if found else (),
        size=_size(image),
    )
    drawn = (
        _drawn(each, f"{each.tag} {number}", classes)
        for number, each in enumerate(image, 1)
        if each.tag in _SHAPES and each.get("outside") != "1"
    )
    return settled(item, drawn, classes)


def _size(image: Element) -> tuple[int, int] | None:
    try:
        width, height = int(image.get("width", "")), int(image.get("height", ""))
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None


def _drawn(said: Element, where: str, classes: ClassSet) -> Drawn | Broken:
    try:
        label = class_name(said.get("label"))
        where = f"{where} ({label})"
        if said.tag == "tag":
            return _of_whole_image(where, label, classes)
        if classes.shape is None:
            return Drawn(where, label)
        if said.tag == "box":
            return _box(said, where, label)
        if said.tag == "mask":
            return _mask(said, where, label, classes)
        if said.tag == "ellipse":
            return _ellipse(said, where, label)
        if said.tag == "skeleton":
            return Drawn(where, label, points=list(_parts_of_skeleton(said)))
        if said.tag == "polygon":
            return Drawn(where, label, polygons=[_points(said)])
        if said.tag == "points":
            return Drawn(where, label, points=[Point(x, y) for x, y in _points(said)])
        raise Unfit(f"is a {said.tag}, and this project marks {_marks(classes)}")
    except Unfit as why:
        return Broken(where, str(why))


def _marks(classes: ClassSet) -> str:
    return {"box": "boxes", "polygon": "polygons", "point": "points"}.get(
        classes.shape or "", "parts of texts"
    )


def _of_whole_image(where: str, label: str, classes: ClassSet) -> Drawn:
    if classes.shape is not None:
        raise Unfit(f"is of the whole image, and this project marks {_marks(classes)}")
    return Drawn(where, label)


def _attributes(said: Element, *names: str) -> list[float]:
    for name in names:
        if said.get(name) is None:
            raise Unfit(f"has no {name}")
    return [number(said.get(name)) for name in names]


def _turn(said: Element) -> float:
    return number(said.get("rotation") or "0") % 360


def _box(said: Element, where: str, label: str) -> Drawn:
    left, top, right, bottom = _attributes(said, *_CORNERS)
    if left >= right or top >= bottom:
        raise Unfit(f"is a box of no size, from {left:g}, {top:g} to {right:g}, {bottom:g}")
    turn = _turn(said)
    middle, size = ((left + right) / 2, (top + bottom) / 2), (right - left, bottom - top)
    corners = turned_corners(*middle, *size, radians(turn))
    return Drawn(
        where,
        label,
        box=((left, top), (right, bottom)),
        polygons=[corners],
        no_box=TURNED if turn else "",
    )


def _ellipse(said: Element, where: str, label: str) -> Drawn:
    x, y, across, down = _attributes(said, "cx", "cy", "rx", "ry")
    if across <= 0 or down <= 0:
        raise Unfit("is an ellipse of no size")
    return Drawn(
        where,
        label,
        box=((x - across, y - down), (x + across, y + down)),
        no_box="is a turned ellipse, and boxes here are upright" if _turn(said) else "",
        no_polygon="is an ellipse, and this project marks polygons",
    )


def _mask(said: Element, where: str, label: str, classes: ClassSet) -> Drawn:
    left, top, width, height = (int(value) for value in _attributes(
        said, "left", "top", "width", "height"
    ))  # fmt: skip
    if width <= 0 or height <= 0:
        raise Unfit("is a mask of no size")
    box = ((left, top), (left + width, top + height))
    if classes.shape != "polygon":
        return Drawn(where, label, box=box)
    from dalt.data.exchange.masks import cvat_outlines

    try:
        runs = [int(each) for each in said.get("rle", "").split(",")]
    except ValueError:
        raise Unfit("has a mask without run lengths") from None
    return Drawn(where, label, polygons=cvat_outlines(runs, left, top, width, height))


def _points(said: Element) -> Points:
    given = (said.get("points") or "").strip().strip(";")
    if not given:
        raise Unfit("has no points")
    return pairs([value for point in given.split(";") for value in point.split(",")])


def _parts_of_skeleton(said: Element) -> Iterator[Point]:
    for part in said.iter("points"):
        if part.get("outside") != "1":
            for x, y in _points(part):
                yield Point(x, y, part.get("label"))

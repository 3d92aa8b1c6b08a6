"""Pascal VOC: a file of XML for each picture, with boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet, Region
from dalt.data.exchange.beside import Pictures, is_there, parts_of
from dalt.data.exchange.drawn import (
    TURNED,
    Broken,
    Drawn,
    Points,
    Unfit,
    class_name,
    number,
    pairs,
    settled,
    turned_corners,
)
from dalt.data.exchange.entries import (
    Content,
    Entry,
    files_ending,
    id_of_name,
    is_or_holds,
    new_folder,
    only_label,
    regions_of,
    require_kind,
)
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.xml_files import root_tag, text_of, whole

CORNERS = ("xmin", "ymin", "xmax", "ymax")
_PICTURES = ("JPEGImages", "images", "Images", "imgs")
_ANNOTATIONS = ("annotations", "annotation", "xmls", "xml", "labels")


def write_voc(entries: Iterable[Entry], path: Path, classes: ClassSet) -> int:
    """Write ``JPEGImages``, ``Annotations`` and ``ImageSets/Main/train.txt``: boxes.

    Raises
    ------
    BadInput
        If samples are not images, annotators disagree, or regions are no boxes.
    """
    if classes.shape != "box":
        raise BadInput("Pascal VOC holds boxes; choose coco.")
    with new_folder(path) as folder:
        for part in ("JPEGImages", "Annotations", "ImageSets/Main"):
            (folder / part).mkdir(parents=True)
        names = []
        for entry in entries:
            require_kind(entry, ("image",), "Pascal VOC")
            content, regions = entry.content(), regions_of(only_label(entry, "Pascal VOC"))
            name = f"{entry.sample_id}{content.ending}"
            (folder / "JPEGImages" / name).write_bytes(content.data)
            made = ElementTree(_annotation(name, content, regions))
            made.write(folder / "Annotations" / f"{entry.sample_id}.xml", encoding="utf-8")
            names.append(entry.sample_id)
        (folder / "ImageSets/Main/train.txt").write_text("".join(f"{name}\n" for name in names))
        return len(names)


def _annotation(name: str, content: Content, regions: Iterable[Region]) -> Element:
    root = Element("annotation")
    SubElement(root, "folder").text = "JPEGImages"
    SubElement(root, "filename").text = name
    size = SubElement(root, "size")
    for side, pixels in (("width", content.width), ("height", content.height), ("depth", 3)):
        SubElement(size, side).text = str(pixels)
    SubElement(root, "segmented").text = "0"
    for region in regions:
        said = SubElement(root, "object")
        SubElement(said, "name").text = region.label
        SubElement(said, "pose").text = "Unspecified"
        SubElement(said, "truncated").text = "0"
        SubElement(said, "difficult").text = "0"
        box = SubElement(said, "bndbox")
        values = [value for point in region.points for value in point]
        for tag, value in zip(CORNERS, values, strict=True):
            SubElement(box, tag).text = str(int(value) if value == int(value) else value)
    indent(root)
    return root


def is_voc(path: Path) -> bool:
    """Whether it is a file of VOC, or a folder with one among its first files of XML."""
    return is_or_holds(path, ".xml", lambda file: root_tag(file) == "annotation")


def read_voc(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read boxes, and the polygons that some programs write beside them.

    Corners are taken as they are written: as by nearly all programs of today they count from 0.
    """
    root = path if path.is_dir() else path.parent
    pictures = Pictures()
    for file in files_ending(path, ".xml"):
        where = repr(file.relative_to(root).as_posix())
        try:
            said = whole(file)
        except BadInput as error:
            yield Unusable(where, f"cannot be read: {error}".rstrip("."))
            continue
        if said.tag == "annotation":
            item = _named(said, file, where, root, pictures)
            found = said.findall("object")
            drawn = (_drawn(each, f"object {order}") for order, each in enumerate(found, 1))
            yield item if isinstance(item, Unusable) else settled(item, drawn, classes)


def _named(
    said: Element, file: Path, where: str, root: Path, pictures: Pictures
) -> Imported | Unusable:
    """What the file says of its picture: a file beside it, or else the name in it."""
    name = text_of(said, "filename") or text_of(said, "path")
    last = parts_of(name)[-1:]
    places = list(_places(file, root))
    named = [each for place in places if last and is_there(each := place / last[0])][:1]
    beside = pictures.of(places, file.stem)
    if not named and last:
        named = pictures.of(places, last[0])  # labelImg once wrote names without ending
    if named and beside and named[0] not in beside:
        return Unusable(where, f"names {shown(last[0])} and lies beside {shown(beside[0].name)}")
    found = named or beside
    if len(found) > 1:
        names = " and ".join(shown(each.name) for each in found)
        return Unusable(where, f"can belong to each of {names}")
    folder = parts_of(text_of(said, "folder"))
    source = "/".join([*folder, *last]) if last else file.stem
    return Imported(
        where,
        None,
        sample_id=id_of_name(file.stem),
        source=str(found[0].absolute()) if found else source,
        files=tuple(found),
        size=_size(said),
    )


def _places(file: Path, root: Path) -> Iterator[Path]:
    """Folders that can have the picture: the same one, and those that stand beside annotations."""
    yield file.parent
    inner = file.parent.relative_to(root).parts
    for place in reversed(range(len(inner))):
        if inner[place].lower() in _ANNOTATIONS:
            for name in _PICTURES:
                yield root.joinpath(*inner[:place], name, *inner[place + 1 :])
            return
    yield from (file.parent / name for name in _PICTURES)


def _size(said: Element) -> tuple[int, int] | None:
    try:
        width, height = (int(float(text_of(said, f"size/{side}"))) for side in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if width > 0 and height > 0 else None


def _drawn(said: Element, where: str) -> Drawn | Broken:
    try:
        label = class_name(text_of(said, "name"))
        where = f"{where} ({label})"
        box, turned = said.find("bndbox"), said.find("robndbox")
        polygon = said.find("polygon")
        polygons: list[Points] = []
        if polygon is not None and len(polygon):
            polygons = [_polygon(polygon)]
        if box is not None:
            corners = pairs([_number(box, corner) for corner in CORNERS])
            (left, top), (right, bottom) = corners
            if left >= right or top >= bottom:
                raise Unfit(f"is a box of no size, from {left:g}, {top:g} to {right:g}, {bottom:g}")
            return Drawn(where, label, box=corners, polygons=polygons)
        if turned is not None:
            polygons = [_turned(turned)]
        return Drawn(where, label, polygons=polygons, no_box=TURNED if turned is not None else "")
    except Unfit as why:
        return Broken(where, str(why))


def _number(box: Element, corner: str) -> float:
    text = text_of(box, corner)
    if not text:
        raise Unfit(f"has a box without {corner}")
    return number(text)


def _turned(box: Element) -> list[tuple[float, float]]:
    """The corners of a box of roLabelImg, whose angle is in radians."""
    x, y, width, height, angle = (_number(box, each) for each in ("cx", "cy", "w", "h", "angle"))
    return turned_corners(x, y, width, height, angle)


def _polygon(said: Element) -> list[list[float]]:
    """``x1``, ``y1``, ``x2``, … as by Roboflow, or points with x and y as by LabelMe's web page."""
    points = said.findall("pt") or said.findall("point")
    if points:
        return pairs([text_of(each, axis) for each in points for axis in ("x", "y")])
    return pairs([(each.text or "").strip() for each in said if each.tag[:1] in ("x", "y")])

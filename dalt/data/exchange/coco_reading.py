"""Reading COCO: object detection, instance segmentation, keypoints, and classes of images."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.beside import named_by
from dalt.data.exchange.drawn import (
    Broken,
    Drawn,
    Point,
    Points,
    Unfit,
    class_name,
    number,
    pairs,
    settled,
)
from dalt.data.exchange.entries import files_ending, is_or_holds, read_json
from dalt.data.exchange.items import Imported, Item, Reading, Unusable

_LISTS = re.compile(rb'"(images|categories)"\s*:\s*\[|"image_id"\s*:')
Json = Mapping[str, Any]
_ONLY_A_BOX = "has a box and no polygon, and this project marks polygons"


@dataclass(slots=True)
class _Picture:
    """An image of the file with its annotations, by annotator."""

    where: str
    about: Json
    annotations: dict[str | None, list[Json]] = field(default_factory=dict)


class _Pictures:
    """The images of a file by their ids, and by their names where several ids mean one file."""

    def __init__(self) -> None:
        self._by_key: dict[str, _Picture | None] = {}
        self._by_name: dict[tuple[str | None, str | None], _Picture] = {}

    def __iter__(self) -> Iterator[_Picture]:
        yield from self._by_name.values()

    def add(self, about: Any, order: int) -> Unusable | None:
        """Take an image, or say why not."""
        if not isinstance(about, dict) or about.get("id") is None:
            return Unusable(f"Image number {order}", "has no id")
        key, where = _key(about["id"]), f"Image {about['id']}"
        name = (_text(about.get("sample_id")), _source(about))
        if name == (None, None):
            return Unusable(where, "has no file_name")
        annotators = about.get("annotators")
        names = annotators if isinstance(annotators, list) and annotators else [None]
        picture = _Picture(where, about, {_text(each): [] for each in names})
        picture = self._by_name.setdefault(name, picture)
        if self._by_key.setdefault(key, picture) is picture:
            return None
        self._by_key[key] = None  # nobody can tell which of them an annotation means
        return Unusable(where, f"stands for several files, {shown(name[1])} is one of them")

    def annotate(self, said: Any, order: int) -> Unusable | None:
        """Take an annotation, or say why not."""
        if not isinstance(said, dict):
            return Unusable(f"Annotation number {order}", "is no JSON object")
        where, image = f"Annotation {said.get('id', order)}", said.get("image_id")
        if (key := _key(image)) not in self._by_key:
            return Unusable(where, f"is of image {shown(image)}, which is not in the file")
        if (picture := self._by_key[key]) is None:
            return Unusable(where, f"is of image {shown(image)}, which stands for several files")
        picture.annotations.setdefault(_text(said.get("annotator")), []).append(said)
        return None


def is_coco(path: Path) -> bool:
    """Whether it is a file of COCO by its beginning, or a folder with one."""
    return is_or_holds(path, ".json", _looks_so)


def is_json_object(path: Path) -> bool:
    """Whether it is a file of one JSON object: what no other format knows is held to be COCO."""
    return path.suffix.lower() == ".json" and _beginning(path).lstrip().startswith(b"{")


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(1 << 16)
    except OSError:
        return b""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "ignore").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _looks_so(path: Path) -> bool:
    data = _beginning(path).lstrip()
    return data.startswith(b"{") and _LISTS.search(data) is not None


def read_coco(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read labels of a COCO file, or of all in a folder.

    Images without annotations have none of the classes.  A project of boxes takes each ``bbox``,
    one of polygons all parts of each ``segmentation``, and one of points the keypoints that are
    labelled.

    Raises
    ------
    BadInput
        If it is not a COCO file, or several files of a folder are about the same pictures.
    """
    if not path.is_dir():
        yield from _of_file(read_json(path), path, classes)
        return
    files = [each for each in files_ending(path, ".json") if _looks_so(each)]
    _refuse_overlap(files)
    for file in files:
        within = file.relative_to(path).as_posix()
        for item in _of_file(read_json(file), file, classes):
            where = f"{item.where} of {within!r}"
            if isinstance(item, Unusable):
                yield replace(item, where=where)
                continue
            found = named_by(file, item.source or "", path)
            if found is None:
                yield replace(item, where=where)
            else:  # as Roboflow lays it out: the file stands among the pictures of its part
                yield replace(item, where=where, source=str(found.absolute()), files=(found,))


def _refuse_overlap(files: Sequence[Path]) -> None:
    """Refuse files of one folder about the same pictures: the last one's labels would win."""
    seen: dict[tuple[Path, str], Path] = {}
    folders = Counter(file.parent for file in files)
    for file in files:
        if folders[file.parent] < 2:
            continue
        for about in _list(read_json(file), "images", file):
            key = (file.parent, _source(about) or "") if isinstance(about, dict) else None
            if key is not None and seen.setdefault(key, file) != file:
                raise BadInput(
                    f"{str(seen[key])!r} and {file.name!r} are about the same pictures; import "
                    "one of them."
                )


def _of_file(said: Any, path: Path, classes: ClassSet) -> Iterator[Item]:
    lists = {name: _list(said, name, path) for name in ("images", "annotations")}
    categories = _categories(said, path)
    pictures = _Pictures()
    for add, name in ((pictures.add, "images"), (pictures.annotate, "annotations")):
        for order, each in enumerate(lists[name], 1):
            if problem := add(each, order):
                yield problem
    for picture in pictures:
        for annotator, given in picture.annotations.items():
            item = Imported(
                picture.where,
                None,
                sample_id=_text(picture.about.get("sample_id")),
                source=_source(picture.about),
                annotator=annotator,
                size=_size(picture.about),
            )
            drawn = (_drawn(each, categories, classes) for each in given)
            yield settled(item, drawn, classes)


def _list(said: Any, name: str, path: Path) -> list[Any]:
    found = said.get(name) if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise BadInput(f"{str(path)!r} is not a COCO file: it has no list {name!r}.")
    return found


def _categories(said: Json, path: Path) -> dict[str, Json] | None:
    """Categories by id; None if the file has no list of them."""
    if said.get("categories") is None:
        return None
    return {
        _key(each["id"]): each
        for each in _list(said, "categories", path)
        if isinstance(each, dict) and "id" in each
    }


def _key(given: Any) -> str:
    """An id, which some programs write as a number here and as text there."""
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return str(given) if isinstance(given, str | int) else shown(given)


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) and given else None


def _source(about: Json) -> str | None:
    return next(
        (name for key in ("file_name", "coco_url") if (name := _text(about.get(key)))), None
    )


def _size(about: Json) -> tuple[int, int] | None:
    try:
        width, height = int(number(about.get("width"))), int(number(about.get("height")))
    except Unfit:
        return None
    return (width, height) if width > 0 and height > 0 else None


def _drawn(said: Json, categories: dict[str, Json] | None, classes: ClassSet) -> Drawn | Broken:
    where = f"annotation {said.get('id', '?')}"
    try:
        category = _category(said, categories, classes)
        label = class_name(category.get("name"))
        if classes.shape == "box":
            return _as_box(said, where, label)
        if classes.shape == "polygon":
            polygons = polygons_of(said)
            no_polygon = _ONLY_A_BOX if said.get("bbox") and not polygons else ""
            return Drawn(where, label, polygons=polygons, no_polygon=no_polygon)
        if classes.shape == "point":
            return Drawn(where, label, points=keypoints_of(said, category))
        return Drawn(where, label)
    except Unfit as why:
        return Broken(where, str(why))


def _category(said: Json, categories: dict[str, Json] | None, classes: ClassSet) -> Json:
    given = said.get("category_id")
    if given is None:
        raise Unfit("has no category")
    key = _key(given)
    if categories is None:
        if key in classes.names:
            return {"name": key}
        raise Unfit(f"has category {shown(given)}, and the file does not name its categories")
    if key not in categories:
        raise Unfit(f"has category {shown(given)}, which the file does not name")
    return categories[key]


def _as_box(said: Json, where: str, label: str) -> Drawn:
    """The box of an annotation; what else it has is not looked at."""
    given = said.get("bbox")
    if not given:
        return Drawn(where, label, polygons=polygons_of(said))
    if not isinstance(given, list) or len(given) != 4:
        raise Unfit(f"has {shown(given)} as its box, which is not x, y, width and height")
    x, y, width, height = (number(each) for each in given)
    if width <= 0 or height <= 0:
        raise Unfit(f"is a box of no size, {width:g} × {height:g} pixels")
    attributes = said.get("attributes")
    turned = attributes.get("rotation") if isinstance(attributes, dict) else None
    if turned and number(turned) % 360:
        raise Unfit(f"is turned by {number(turned):g} degrees, and boxes here are upright")
    return Drawn(where, label, box=((x, y), (round(x + width, 6), round(y + height, 6))))


def polygons_of(said: Json) -> list[Points]:
    """The parts of an object by its ``segmentation``.

    Raises
    ------
    Unfit
        If it makes no sense, or is a crowd.

    Examples
    --------
    >>> polygons_of({"segmentation": [[1, 2, 3, 4, 5, 1]]})
    [[[1, 2], [3, 4], [5, 1]]]
    """
    given = said.get("segmentation")
    if not given:
        return []
    if said.get("iscrowd") in (1, True, "1"):
        raise Unfit(
            "is a crowd, one mask around several objects; if it is one object, iscrowd is 0"
        )
    if isinstance(given, dict):
        return _outlined(given)
    if not isinstance(given, list):
        raise Unfit(f"has {shown(given)} as its segmentation")
    if not isinstance(given[0], list | dict):  # one part without the list around it
        return [pairs(given)]
    if len(given) > 2 and all(isinstance(each, list) and len(each) == 2 for each in given):
        return [pairs([value for point in given for value in point])]
    parts: list[Points] = []
    for part in given:
        if isinstance(part, dict):
            parts += _outlined(part)
            continue
        if not isinstance(part, list):
            raise Unfit(f"has {shown(part)} as a part of its segmentation")
        nested = part and all(isinstance(point, list) for point in part)
        parts.append(pairs([value for point in part for value in point] if nested else part))
    return parts


def _outlined(mask: dict[str, Any]) -> list[Points]:
    from dalt.data.exchange.masks import coco_outlines

    return coco_outlines(mask)


def keypoints_of(said: Json, category: Json) -> list[Point] | None:
    """The labelled ``keypoints``; those with v = 0 have no place.

    Raises
    ------
    Unfit
        If they make no sense.

    Examples
    --------
    >>> keypoints_of({"keypoints": [5, 6, 2, 0, 0, 0]}, {})
    [Point(x=5, y=6, name=None)]
    """
    given = said.get("keypoints")
    if not given:
        return None
    if isinstance(given, list) and all(isinstance(each, list) for each in given):
        given = [value for each in given for value in each]
    if not isinstance(given, list) or len(given) % 3:
        raise Unfit("has keypoints that are not x, y and visibility each")
    values = [number(each) for each in given]
    names = category.get("keypoints")
    names = names if isinstance(names, list) and len(names) * 3 == len(values) else None
    return [
        Point(values[at], values[at + 1], str(names[at // 3]) if names else None)
        for at in range(0, len(values), 3)
        if values[at + 2] > 0
    ]

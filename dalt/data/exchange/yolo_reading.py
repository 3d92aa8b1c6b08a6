"""Reading YOLO as Ultralytics, Roboflow, CVAT, Label Studio, labelImg and darknet lay it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dalt.core.errors import shown
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.beside import read_text
from dalt.data.exchange.drawn import Broken, Drawn, Point, Unfit, number, settled
from dalt.data.exchange.entries import id_of_name
from dalt.data.exchange.folders import read_image_folder
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.yolo_files import LabelFile, has_label_files, label_files
from dalt.data.exchange.yolo_names import (
    INNER,
    YAML,
    Description,
    classes_near,
    description_of,
    folder_with_names,
    names_classes,
    yaml_of,
)

FARTHEST = 0.5
"""How far outside of a picture, in its sides, a number can be that is a share of it at all."""

_WRAPPED = 3
_NO_OUTLINE = "is a pose, a box and keypoints, and this project marks polygons"


def is_yolo(path: Path) -> bool:
    """Whether it is a folder of YOLO, alone in another one or not, or its file of YAML."""
    if path.is_file():
        return path.suffix.lower() in YAML and names_classes(path)
    if path.is_dir() and _is_part(path):
        return True
    return path.is_dir() and any(map(_is_root, dict.fromkeys((path, _unwrapped(path)))))


def _is_part(path: Path) -> bool:
    """Whether a folder holds labels, and their classes are named in one above it."""
    path = path.absolute()
    return path.name.lower() in INNER and has_label_files(path) and folder_with_names(path) != path


def _unwrapped(path: Path) -> Path:
    """The folder that an archive was packed from, if nothing is around it but folders."""
    for _ in range(_WRAPPED):
        inner = [each for each in path.iterdir() if not each.name.startswith((".", "__MACOSX"))]
        if len(inner) != 1 or not inner[0].is_dir():
            break
        path = inner[0]
    return path


def _is_root(path: Path) -> bool:
    found = yaml_of(path)
    if any(path.glob("obj.*")) or (found is not None and names_classes(found)):
        return True
    return any(_mentions(path)) and has_label_files(path)


def _mentions(path: Path) -> Iterator[bool]:
    yield (path / "labels").is_dir()
    for pattern in ("*.names", "classes.txt", "*/classes.txt", "*/*/classes.txt"):
        yield any(path.glob(pattern))


def read_yolo(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read detection, segmentation and pose; a folder of classified pictures by its folders.

    A file of labels counts for the picture of its name in the same part of the folder.  Its
    numbers are shares of the picture's sides.

    Raises
    ------
    BadInput
        If the names of classes are missing or make no sense.
    """
    if path.is_dir() and not _is_root(path) and _is_root(inner := _unwrapped(path)):
        path = inner
    root = path if path.is_dir() else path.parent
    part = None
    if path.is_dir() and _is_part(path):
        part, root = path.absolute(), folder_with_names(path.absolute())
    description = description_of(path if part is None else root)
    files = label_files(root, description, part)
    first = next(files, None)
    if first is None:
        if description is None and any(each.is_dir() for each in root.iterdir()):
            yield from read_image_folder(root, classes, reading)
            return
        raise BadInput(f"{str(root)!r} holds no files of labels; name the folder that has them.")
    named = _Names(root, description)
    yield _item(first, part or root, named, classes)
    for file in files:
        yield _item(file, part or root, named, classes)


class _Names:
    """Names of the classes that hold for each file of labels."""

    def __init__(self, root: Path, description: Description | None) -> None:
        self._root = root
        self._given = description
        self._near: dict[Path, Description | None] = {}

    def of(self, file: Path) -> Description | None:
        if self._given is not None:
            return self._given
        folder = file.parent
        if folder not in self._near:
            found = classes_near(folder, self._root)
            self._near[folder] = Description(*found) if found else None
        return self._near[folder]


def _item(file: LabelFile, root: Path, named: _Names, classes: ClassSet) -> Item:
    where = repr(file.path.relative_to(root).as_posix())
    if len(file.pictures) > 1:
        names = " and ".join(shown(each.name) for each in file.pictures)
        return Unusable(where, f"can belong to each of {names}")
    try:
        description = named.of(file.path)
        lines = read_text(file.path).splitlines()
    except BadInput as error:
        return Unusable(where, f"cannot be read: {error}".rstrip("."))
    if description is None:
        return Unusable(where, "has numbers of classes, and no data.yaml or classes.txt names them")
    item = Imported(
        where,
        None,
        sample_id=id_of_name(file.path.stem),
        source=str(file.pictures[0].absolute()) if file.pictures else file.source,
        files=file.pictures,
    )
    drawn = (
        _drawn(line.split(), f"line {order}", description)
        for order, line in enumerate(lines, 1)
        if line.strip()
    )
    return settled(item, drawn, classes)


def _drawn(words: Sequence[str], where: str, description: Description) -> Drawn | Broken:
    try:
        index, *values = (number(word) for word in words)
        if index not in description.names:
            n = len(description.names)
            raise Unfit(f"has class {shown(words[0])}, and {description.said_in} names {n:,}")
        _check_shares(values[:4])
        if description.pose is None and not _looks_like_pose(values):
            drawn = _box_or_polygon(values)
        else:
            drawn = _pose(values, description)
    except Unfit as why:
        return Broken(where, str(why))
    return replace(drawn, where=where, label=description.names[int(index)], shares=True)


def _check_shares(values: Sequence[float]) -> None:
    for value in values:
        if not -FARTHEST <= value <= 1 + FARTHEST:
            raise Unfit(f"has {value:g}, and YOLO's numbers are shares of the sides, from 0 to 1")


def _box_or_polygon(values: Sequence[float]) -> Drawn:
    """A box, or the corners of a polygon; one number more is the confidence of a prediction."""
    if len(values) in (4, 5):
        return Drawn("", "", box=_corners(values))
    if len(values) < 6:
        raise Unfit(f"has {len(values)} numbers after its class; a box has 4, a polygon 6 or more")
    flat = values[: len(values) // 2 * 2]
    _check_shares(flat)
    return Drawn("", "", polygons=[list(zip(flat[::2], flat[1::2], strict=True))])


def _corners(values: Sequence[float]) -> list[tuple[float, float]]:
    x, y, width, height = values[:4]
    if width <= 0 or height <= 0:
        raise Unfit("is a box of no size")
    return [(x - width / 2, y - height / 2), (x + width / 2, y + height / 2)]


def _looks_like_pose(values: Sequence[float]) -> bool:
    """Whether every third number after a box can only be the visibility of a keypoint."""
    seen = values[6 : len(values) - (len(values) - 4) % 3 : 3]
    return (
        len(values) >= 7
        and (len(values) - 4) % 3 == 0
        and set(seen) <= {0, 1, 2}
        and (2 in seen or len(seen) >= 4)
    )


def _pose(values: Sequence[float], description: Description) -> Drawn:
    """A box and the keypoints that are labelled; without visibility (0, 0) is none."""
    n, dimensions = description.pose or ((len(values) - 4) // 3, 3)
    if len(values) not in (4 + n * dimensions, 5 + n * dimensions):
        raise Unfit(
            f"has {len(values)} numbers after its class; a pose of {n} keypoints has "
            f"{4 + n * dimensions}"
        )
    names = description.keypoints if len(description.keypoints) == n else (None,) * n
    points = []
    for order, name in enumerate(names):
        x, y, *seen = values[4 + order * dimensions : 4 + (order + 1) * dimensions]
        if seen[0] > 0 if seen else (x, y) != (0, 0):
            _check_shares((x, y))
            points.append(Point(x, y, name))
    return Drawn("", "", box=_corners(values), points=points, no_polygon=_NO_OUTLINE)

"""Files of labels in YOLO's folders, and the pictures that they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dalt.data.exchange.beside import Pictures, found_inside, is_picture, parts_of, read_text
from dalt.data.exchange.entries import files_below
from dalt.data.exchange.yolo_names import CLASSES, Description

LISTS = ("train.txt", "val.txt", "valid.txt", "validation.txt", "test.txt")
_OTHERS = re.compile(r"readme|license|licence|notes?\.|requirements|changelog", re.IGNORECASE)
_NUMBERS = re.compile(r"\s*(\d+(\.0*)?(\s+[-+.\deE]+){4,}\s*)?")


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A file of labels.

    Attributes
    ----------
    path : Path
    pictures : tuple of Path
        Those that it belongs to; several cannot be told apart.
    source : str
        The picture as a list names it, or its place without ending if there is none.
    """

    path: Path
    pictures: tuple[Path, ...]
    source: str


def label_files(
    root: Path, description: Description | None, part: Path | None = None
) -> Iterator[LabelFile]:
    """Yield the files of labels of a folder.

    Those of the parts that its description names, or all below it; or those of one folder below
    it.  A file belongs to the picture of its name beside it, or in the folder ``images`` that
    stands where its own is ``labels``.
    """
    finder = _Finder(root)
    if part is not None:
        yield from finder.below(part)
        return
    parts = description.parts if description else ()
    found = {each.path: each for part in parts for each in finder.of_part(part)}
    yield from found.values() or finder.below(root)


def has_label_files(root: Path) -> bool:
    """Whether there is a file below a folder that looks like one of labels."""
    return next(_Finder(root).below(root), None) is not None


class _Finder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._pictures = Pictures()

    def of_part(self, part: str) -> Iterator[LabelFile]:
        """The files of a part: a folder of pictures, or a list of them."""
        folder = found_inside(self._root, part, folders=True)
        if folder is not None:
            for each in dict.fromkeys((self._swapped(folder, "images", "labels"), folder)):
                yield from self.below(each)
            return
        listed = found_inside(self._root, part)
        if listed is not None and listed.suffix.lower() == ".txt":
            for line in read_text(listed).splitlines():
                if line.strip():
                    yield from self._listed(line.strip())

    def below(self, folder: Path) -> Iterator[LabelFile]:
        """The files of labels in a folder and below it."""
        for file in files_below(folder):
            name = file.name.lower()
            if file.suffix.lower() != ".txt" or name in CLASSES or name in LISTS:
                continue
            pictures = self._of(file)
            if not pictures and (_OTHERS.match(name) or not self._is_labels(file)):
                continue
            place = self._swapped(file.parent, "labels", "images").relative_to(self._root)
            yield LabelFile(file, pictures, (place / file.stem).as_posix())

    def _listed(self, line: str) -> Iterator[LabelFile]:
        parts = parts_of(line)
        if not parts:
            return
        beside = PurePosixPath(*parts).with_suffix(".txt")
        for each in (_swapped(beside, "images", "labels"), beside):
            if file := found_inside(self._root, str(each)):
                yield LabelFile(file, self._of(file, parts[-1]), line)
                return

    def _of(self, file: Path, name: str = "") -> tuple[Path, ...]:
        """The pictures of a file of labels, or the one of a name."""
        places = (self._swapped(file.parent, "labels", "images"), file.parent)
        stem = Path(file.stem).stem if is_picture(Path(file.stem)) else file.stem
        found = self._pictures.of(places, stem)
        exact = [each for each in found if each.name in (name, file.stem)]
        return tuple(exact or found)

    def _swapped(self, folder: Path, one: str, other: str) -> Path:
        return self._root / _swapped(
            PurePosixPath(*folder.relative_to(self._root).parts), one, other
        )

    def _is_labels(self, file: Path) -> bool:
        if "labels" in (part.lower() for part in file.relative_to(self._root).parts[:-1]):
            return True
        try:
            with file.open("rb") as opened:
                line = opened.readline(2000).decode("utf-8-sig", "replace")
        except OSError:
            return False
        return bool(line.strip()) and _NUMBERS.fullmatch(line) is not None


def _swapped(path: PurePosixPath, one: str, other: str) -> PurePosixPath:
    """A path with another name for the last folder of a name, as YOLO finds labels of pictures."""
    parts = list(path.parts)
    for place in reversed(range(len(parts))):
        if parts[place].lower() == one:
            parts[place] = other.capitalize() if parts[place][0].isupper() else other
            break
    return PurePosixPath(*parts)

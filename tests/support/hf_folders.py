"""Folders of pictures as Hugging Face's library has them, and what is read of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dalt.core.records import ClassSet
from dalt.data.formats import Imported, Item, Reading, found_format, read_any

PETS = ClassSet(("cat", "dog"))
BOXES = ClassSet(("cat", "dog"), shape="box")


def pictures(folder: Path, n: int = 4) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = np.random.default_rng(1).integers(0, 255, (n, 50, 100, 3), dtype=np.uint8)
    paths = [folder / f"{number}.png" for number in range(n)]
    for path, pixels in zip(paths, drawn, strict=True):
        Image.fromarray(pixels).save(path)
    return paths


def read(path: Path, classes: ClassSet = PETS, **options: Any) -> list[Item]:
    assert found_format(path) == "huggingface"
    return list(read_any(path, None, classes, Reading(**options)))


def labels(items: list[Item]) -> list[Any]:
    return [each.label if isinstance(each, Imported) else each.why for each in items]

"""Files of labels as their readers see them, without a project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from assignments import assigned
from PIL import Image

import dalt
from dalt.core.records import ClassSet, Region, Shape
from dalt.core.suggestions import Task
from dalt.data.formats import Imported, Item, Unusable, read_any


def items(
    path: Path,
    shape: Shape | None = "box",
    *,
    names: Sequence[str] = ("cat", "dog"),
    multi: bool = False,
    format: str | None = None,
) -> list[Item]:
    """What a file or folder has for a project."""
    return list(read_any(path, format, ClassSet(tuple(names), multi=multi, shape=shape)))


def taken(found: Sequence[Item]) -> list[Any]:
    """Labels of items, all of which have to be usable."""
    assert all(isinstance(each, Imported) for each in found), found
    return [each.label for each in found if isinstance(each, Imported)]


def drawn(found: Sequence[Item]) -> list[tuple[str, list[list[float]]]]:
    """Class and points of each region, rounded; all items have to be usable."""
    return [
        (region["label"], [[round(x, 4), round(y, 4)] for x, y in region["points"]])
        for label in taken(found)
        for region in label
    ]


def refused(found: Sequence[Item]) -> list[str]:
    """What is said of items that are unusable, and of parts that are left out."""
    said = []
    for each in found:
        if isinstance(each, Unusable):
            said.append(f"{each.where} {each.why}")
        else:
            said += [f"{each.where}: {part}" for part in each.left_out]
    return said


def picture(path: Path, seed: int = 1, size: tuple[int, int] = (64, 48)) -> Path:
    """A picture of noise, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


def written(path: Path, content: str | bytes | dict[str, Any]) -> Path:
    """A file with its folders; a dict is JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def exported(folder: Path, task: Task, label: list[Region] | str, format: str, name: str) -> Path:
    """A project's export of one labelled picture, ``photos/a.png`` of 64 × 48 pixels."""
    picture(folder / "photos/a.png")
    with dalt.Project.create(folder / "out.dalt", classes=["cat", "dog"], task=task) as project:
        project.add_images(folder / "photos", progress=False)
        with project.session("ana") as session:
            session.submit(assigned(session), label)
        assert project.export(folder / name, format) == 1
    return folder / name


def by_source(project: dalt.Project) -> dict[str, Any]:
    """The label of each sample by where it came from."""
    samples = project.samples()
    source = dict(zip(samples["sample_id"], samples["source"], strict=True))
    labels = project.labels()
    return {
        source[key]: label for key, label in zip(labels["sample_id"], labels["label"], strict=True)
    }

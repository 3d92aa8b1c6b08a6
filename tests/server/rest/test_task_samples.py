"""The samples of Label Studio's tasks: found as an import finds them, without reading any file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import dalt
from dalt.core.records import BadInput
from dalt.server.rest.backend import Backend
from dalt.server.rest.task_samples import TaskSamples


def tasks(project: dalt.Project) -> TaskSamples:
    space = project.workspace
    return TaskSamples(Backend(space.live, space.store, space.files, project.trainer, space.cache))


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_texts(["zero", "two", "1"], progress=False)
        yield project


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[dalt.Project]:
    for number, name in enumerate(("a.png", "x/b.png", "y/b.png")):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4), number, np.uint8)).save(tmp_path / "photos" / name)
    with dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project:
        project.add_images(tmp_path / "photos", progress=False)
        yield project


def source(found: Any) -> str | None:
    return None if found is None else found.source


@pytest.mark.parametrize(
    ("data", "field", "where"),
    [
        ({"text": "1"}, "text", "2"),
        ({"text": "1"}, "", "2"),
        ({"id": "17", "text": "zero"}, "", "0"),
        ({"source": "1"}, "", "1"),
        ({"source": "1", "text": "zero"}, "text", "0"),
        ({"source": "1", "text": "of another project"}, "text", None),
        ({"context": "two", "text": "zero"}, "text", "0"),
        ({"text": "nowhere", "n": 7}, "text", None),
        ({}, "text", None),
    ],
)
def test_texts_are_known_by_their_content(
    texts: dalt.Project, data: dict[str, Any], field: str, where: str | None
) -> None:
    assert source(tasks(texts).find(data, field)) == where


def test_the_id_comes_first_and_two_texts_are_refused(texts: dalt.Project) -> None:
    last = texts.samples().sample_id[2]
    assert source(tasks(texts).find({"text": "zero", "sample_id": last}, "text")) == "2"
    with pytest.raises(BadInput, match="The data of this task names 2 samples; sample_id names"):
        tasks(texts).find({"one": "zero", "other": "two"})


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("/data/upload/3/0a1b2c3d-a.png", "photos/a.png"),
        ("http://localhost:8080/data/local-files/?d=photos/x/b.png", "photos/x/b.png"),
        ("s3://bucket/y/b.png", "photos/y/b.png"),
        ("b.png", None),
        ("a" * 5_000, None),
    ],
)
def test_pictures_are_known_by_their_paths(
    pictures: dalt.Project, written: str, where: str | None
) -> None:
    assert source(tasks(pictures).find({"image": written}, "image")) == where


def test_a_file_that_a_task_names_is_not_read(pictures: dalt.Project, tmp_path: Path) -> None:
    (tmp_path / "photos/a.png").rename(tmp_path / "other.png")
    assert tasks(pictures).find({"image": str(tmp_path / "other.png")}, "image") is None

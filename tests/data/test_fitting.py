"""The formats that a page offers for a project: all that hold its labels, and no other."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dalt
from dalt.core.records import Region
from dalt.data.exchange.fitting import FITS, fitting
from dalt.data.exchange.registry import FORMATS
from dalt.data.formats import ROWS

ANSWERS: dict[str, Any] = {
    "classes": "a",
    "boxes": [Region("box", "a", ((0.0, 0.0), (3.0, 3.0)))],
    "polygons": [Region("polygon", "a", ((0.0, 0.0), (3.0, 0.0), (3.0, 3.0)))],
    "points": [Region("point", "a", ((1.0, 1.0),))],
    "spans": [Region("span", "a", start=0, end=3)],
}
CASES = [
    ("image", "boxes", False),
    ("text", "spans", False),
    *[
        pytest.param(case, marks=pytest.mark.slow)
        for case in (
            *[("image", task, False) for task in ("classes", "polygons", "points")],
            *[(kind, "classes", False) for kind in ("text", "table", "audio")],
            *[(kind, "classes", True) for kind in ("image", "text", "table", "audio")],
        )
    ],
]


def test_every_format_that_is_written_is_known_and_ends_as_it_should() -> None:
    written = {each.name: each for each in FORMATS if each.name not in ("json",)}
    assert set(FITS) == {*ROWS, *written}
    for name, each in written.items():
        assert (FITS[name].ending == "") == (each.write_folder is not None), name
    assert all(FITS[name].ending == f".{name}" for name in ROWS)


@pytest.fixture
def labelled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dalt.Project]:
    kind, task, multi = request.param
    folder = tmp_path / "fit.dalt"
    with dalt.Project.create(folder, classes=["a", "b"], task=task, multi_label=multi) as project:
        if kind == "image":
            rng = np.random.default_rng(0)
            project.add_images(rng.integers(0, 255, (2, 8, 8), dtype=np.uint8), progress=False)
        elif kind == "text":
            project.add_texts(["one two", "three four"], progress=False)
        elif kind == "table":
            project.add_table(pd.DataFrame({"x": [1, 2], "y": ["u", "v"]}), progress=False)
        else:
            project.add_audio([sound(tmp_path, 0), sound(tmp_path, 1)], progress=False)
        with project.session("ana") as session:
            assignment = session.next()
            assert assignment is not None
            several = ["a", "b"] if multi else ANSWERS[task]
            session.submit(assignment, several)
        yield project


def sound(folder: Path, seed: int) -> Path:
    path = folder / f"{seed}.wav"
    noise = np.random.default_rng(seed).normal(0, 3_000, 8_000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(noise.tobytes())
    return path


@pytest.mark.parametrize(
    "labelled", CASES, indirect=True, ids=lambda case: "-".join(map(str, case))
)
def test_what_is_offered_holds_the_labels_and_nothing_else_does(
    labelled: dalt.Project, tmp_path: Path
) -> None:
    settings, kind = labelled.settings, labelled.kind
    assert kind is not None
    offered = fitting(kind, settings.task, settings.multi_label)
    assert offered[:3] == ["csv", "xlsx", "jsonl"]
    for name, fit in FITS.items():
        target = tmp_path / f"out-{name}{fit.ending}"
        if name in offered:
            assert labelled.export(target, name, progress=False) == 1, name
            assert target.is_file() == bool(fit.ending), name
        elif (kind, name) != ("audio", "yolo"):  # it asks nobody whether a sound is a picture
            with pytest.raises(dalt.DaltError):
                labelled.export(target, name, progress=False)

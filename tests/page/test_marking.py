"""Pages that mark regions, without a browser: what the kernel carries and says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_shown import ALL_SHOWN
from comms import deliver
from ipywidgets.widgets.widget import _instances
from waiting import until

import dalt
from dalt.core.records import Region
from dalt.core.settings.settings import SHAPES
from dalt.widgets import LabelPage

POINTS: dict[str, list[list[float]]] = {
    "box": [[1.25, 2], [30.5, 40]],
    "polygon": [[1.25, 2], [30.5, 40], [3, 9.75]],
    "point": [[1.25, 2]],
}
PLAIN = """
import sys, numpy, dalt
project = dalt.Project.create(sys.argv[1], classes=["a", "b"], task=sys.argv[2])
project.add_images(numpy.zeros((1, 8, 8), numpy.uint8), progress=False)
page = project.label("ana")
data = {"method": "custom", "content": {"type": "ready", "page": "p"}}
page.comm.handle_msg({"content": {"data": data}, "buffers": []})
heavy = ("ipyannotations", "ipycanvas", "ipyevents", "palettable", "matplotlib")
heavy += ("dalt.page.owner", "dalt.page.protocol.owner")  # labelers have no use for it
print([name for name in sys.modules if name.startswith(heavy)])
"""


def made(folder: Path, task: Any, n: int) -> dalt.Project:
    project = dalt.Project.create(
        folder / "r.dalt", classes=["cat", "dog"], task=task, settings=ALL_SHOWN
    )
    pixels = np.random.default_rng(0).integers(0, 255, (n, 20, 30), np.uint8)
    project.add_images(pixels, progress=False)
    return project


@pytest.mark.parametrize("task", ["boxes", "polygons", "points"])
def test_fifty_samples_make_no_widget(tmp_path: Path, task: str) -> None:
    shape = SHAPES[task]
    with made(tmp_path, task, 60) as project:
        before = set(_instances)
        page: LabelPage = project.label("ana")
        said: list[dict[str, Any]] = []
        page.send = lambda content, _buffers=None: said.append(content)
        deliver(page.comm, {"type": "ready", "page": "p"})
        n_widgets = len(_instances)
        shown = [each for message in said for each in message.get("samples", ())]
        for at in range(50):
            sample = shown[at]
            assert sample["size"] == (30, 20)
            points = [[x / 2, y / 4] for x, y in POINTS[shape]]
            label = [{"shape": shape, "label": "cat", "points": points}]
            answer = {"type": "answer", "key": str(at), "sample_id": sample["id"], "label": label}
            deliver(page.comm, answer | {"page": "p"})
            shown = [each for message in said for each in message.get("samples", ())]
        assert len(project.labels()) == 50
        assert not [each for each in said if each["type"] == "failed"]
        assert len(_instances) == n_widgets
        page.close()
        left = [each for key, each in _instances.items() if key not in before]
        assert [type(each).__name__ for each in left] in ([], ["Layout"])  # the page's own


@pytest.mark.parametrize("task", ["classes", "boxes"])
def test_no_page_carries_what_it_has_no_use_for(tmp_path: Path, task: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path / "p.dalt"), task],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_what_is_learned_changes_the_proposals_of_pictures_that_wait(tmp_path: Path) -> None:
    pixels = np.full((8, 40, 60), 30, np.uint8)
    for at in range(8):
        pixels[at, 10 + at : 20 + at, 30:45] = 255
    project = dalt.Project.create(
        tmp_path / "r.dalt", classes=["cat", "dog"], task="boxes", settings=ALL_SHOWN
    )
    with project:
        project.add_images(pixels, progress=False)
        project.add_embeddings(np.eye(8, dtype=np.float32), progress=False)
        page = project.label("ana")
        said: list[dict[str, Any]] = []
        page.send = lambda content, _buffers=None: said.append(content)
        deliver(page.comm, {"type": "ready", "page": "p"})
        [first, *_] = next(each["samples"] for each in said if each.get("samples"))
        assert first["proposals"] == []
        with project.session("ben") as session:
            given = session.next()
            assert given is not None
            at = int(given.sample.source)
            session.submit(given, [Region("box", "dog", ((30, 10 + at), (45, 20 + at)))])
            session.catch_up()

        def proposed() -> set[str]:
            newest = [each for each in said if each["type"] == "refresh"][-1:]
            return {
                proposal["region"]["label"]
                for message in newest
                for told in message["suggestions"].values()
                for proposal in told["proposals"]
            }

        until(lambda: proposed() == {"dog"})
        page.close()

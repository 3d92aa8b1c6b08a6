"""Pages that mark regions, without a browser: what the kernel carries and says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

import dalt
from dalt.core.records import Region
from dalt.core.settings.settings import SHAPES
from dalt.labeling.session import Session
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
page._handle_custom_msg({"type": "ready", "page": "p"}, [])
heavy = ("ipyannotations", "ipycanvas", "ipyevents", "palettable", "matplotlib")
print([name for name in sys.modules if name.startswith(heavy)])
"""


class Heard(LabelPage):
    """A page that keeps what the kernel says, in the place of a browser."""

    def __init__(self, session: Session) -> None:
        self.heard: list[dict[str, Any]] = []
        super().__init__(session)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.heard.append(content)

    def say(self, message: dict[str, Any]) -> None:
        """Send a message as the browser does."""
        self._handle_custom_msg(message, [])

    def refresh(self) -> None:
        """Have the kernel say what a new snapshot says, at once."""
        self._refresh()

    @property
    def samples(self) -> list[dict[str, Any]]:
        """What came to be answered."""
        return [each for message in self.heard for each in message.get("samples", ())]


def made(folder: Path, task: Any, n: int) -> dalt.Project:
    project = dalt.Project.create(folder / "r.dalt", classes=["cat", "dog"], task=task)
    pixels = np.random.default_rng(0).integers(0, 255, (n, 20, 30), np.uint8)
    project.add_images(pixels, progress=False)
    return project


@pytest.mark.parametrize("task", ["boxes", "polygons", "points"])
def test_fifty_samples_make_no_widget(tmp_path: Path, task: str) -> None:
    shape = SHAPES[task]
    with made(tmp_path, task, 60) as project:
        before = set(_instances)
        page = Heard(project.session("ana"))
        page.say({"type": "ready", "page": "p"})
        n_widgets = len(_instances)
        for at in range(50):
            sample = page.samples[at]
            assert sample["size"] == (30, 20)
            points = [[x / 2, y / 4] for x, y in POINTS[shape]]
            page.say(
                {"type": "answer", "key": str(at), "sample_id": sample["id"], "page": "p",
                 "label": [{"shape": shape, "label": "cat", "points": points}]}
            )  # fmt: skip
        assert len(project.labels()) == 50
        assert not [each for each in page.heard if each["type"] == "failed"]
        assert len(_instances) == n_widgets
        page.close()
        left = [each for key, each in _instances.items() if key not in before]
        assert [type(each).__name__ for each in left] in ([], ["Layout"])  # the page's own


@pytest.mark.parametrize("task", ["classes", "boxes"])
def test_no_page_carries_a_library_that_draws(tmp_path: Path, task: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path / "p.dalt"), task],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_what_is_learned_changes_the_proposals_of_pictures_that_wait(tmp_path: Path) -> None:
    pixels = np.full((8, 40, 60), 30, np.uint8)
    for at in range(8):
        pixels[at, 10 + at : 20 + at, 30:45] = 255
    project = dalt.Project.create(tmp_path / "r.dalt", classes=["cat", "dog"], task="boxes")
    with project:
        project.add_images(pixels, progress=False)
        page = Heard(project.session("ana"))
        page.say({"type": "ready", "page": "p"})
        first = page.samples[0]
        assert first["proposals"] == []
        with project.session("ben") as session:
            given = session.next()
            assert given is not None
            at = int(given.sample.source)
            session.submit(given, [Region("box", "dog", ((30, 10 + at), (45, 20 + at)))])
            session.catch_up()
        page.refresh()
        [newest] = [each for each in page.heard if each["type"] == "refresh"][-1:]
        labels = [
            proposal["region"]["label"]
            for told in newest["suggestions"].values()
            for proposal in told["proposals"]
        ]
        assert labels and set(labels) == {"dog"}
        page.close()

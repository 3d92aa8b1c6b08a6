"""A project of two clear classes, and people who answer in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from comms import deliver

import dalt
from dalt.core.records import Suggestion
from dalt.widgets import LabelPage

PATIENCE = 60.0


class Page:
    """The browser's side of a page: remembers what it was told."""

    def __init__(self, widget: LabelPage) -> None:
        self.widget = widget
        self.heard: list[dict[str, Any]] = []
        widget.send = self._hear

    def _hear(self, content: dict[str, Any], _buffers: list[bytes] | None = None) -> None:
        self.heard.append(content)

    def send(self, type: str, **content: Any) -> None:
        deliver(self.widget.comm, {"type": type, "page": "one", **content})

    def last(self, type: str) -> dict[str, Any]:
        return [message for message in self.heard if message["type"] == type][-1]


def ids_of(project: dalt.Project) -> list[str]:
    return list(project.samples().sample_id)


def say(project: dalt.Project, who: str, sample_id: str, label: str | None) -> None:
    """An answer without having been asked."""
    key = f"{who}:{sample_id}:{label}"
    project.session(who).answer(sample_id, label, key=key, suggestion=Suggestion())


def taught(folder: Path, n: int, known: Sequence[int]) -> Path:
    """A project of `n` rows in two clear classes, of which the model knows some by position."""
    settings = {"page": {"suggestions_from": 0}}
    with dalt.Project.create(folder, classes=["low", "high"], seed=0, settings=settings) as made:
        made.add_table(pd.DataFrame({"x": range(n)}), progress=False)
        place = np.where(np.arange(n) < n // 2, -1.0, 1.0) + np.arange(n) / 1_000
        made.add_embeddings(
            np.stack([place, np.ones(n)], axis=1).astype(np.float32), progress=False
        )
        ids = ids_of(made)
        for position in known:
            say(made, "ben", ids[position], "low" if position < n // 2 else "high")
        made.trainer.wait(PATIENCE)
    return folder


def change(project: dalt.Project, old: str, new: str) -> None:
    path = project.folder / "project.toml"
    beside = path.with_suffix(".new")
    beside.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    beside.replace(path)  # another file, so that it is read again whatever the clock says

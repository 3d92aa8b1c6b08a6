"""Projects, and widgets of others over them, for tests of `dalt.page.annotation_loop`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

import numpy as np

import dalt
from dalt.page.annotation_loop import AnnotationLoop

CLASSES = ["ball", "brick"]
WORDS = [
    "Ada met Bob in Rome.",
    "Bob met \U0001f600 Ada in Oslo.",
    "Nobody met Bob.",
    "Rome&Oslo",
]
Make = Callable[..., dalt.Project]


def squares(n: int) -> np.ndarray:
    pixels = np.full((n, 40, 60), 30, np.uint8)
    for at in range(n):
        pixels[at, 10 + at % 20 : 20 + at % 20, 30:45] = 255 - at
    return pixels


def shown(project: dalt.Project, widget: Any, **how: Any) -> AnnotationLoop:
    loop = project.label("ana", widget=widget, **how)
    loop.show()
    return loop


def labels_of(project: dalt.Project) -> list[Any]:
    """What ana has answered, oldest first; None is a skip."""
    return [event.label for _, event in project.session("ana").recent()][::-1]


class Plain:
    """No widget of anybody: the three names that are needed."""

    def __init__(self) -> None:
        self.data: Any = None
        self.displayed: list[Any] = []
        self.submit: Callable[[Any], None]

    def display(self, content: Any) -> None:
        self.displayed.append(content)

    def on_submit(self, function: Callable[[Any], None]) -> None:
        self.submit = function


class Listed(Plain):
    """One that keeps every function, as ipyannotations' do, under a name of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.functions: list[Callable[[Any], None]] = []
        self.submit = self._submit

    def on_submit(self, function: Callable[[Any], None]) -> None:
        self.functions.append(function)

    def _submit(self, value: Any) -> None:
        for each in list(self.functions):
            each(value)


def leases_of(project: dalt.Project) -> dict[str, datetime]:
    """When the samples that are held would be free again, by sample."""
    with closing(sqlite3.connect(project.folder / "labels.db")) as db:
        rows = db.execute("SELECT sample_id, expires_at FROM leases WHERE active").fetchall()
    return {sample_id: datetime.fromisoformat(at) for sample_id, at in rows}

"""A project of two clear classes, and people who answer in it."""

from __future__ import annotations

from typing import Any

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


def change(project: dalt.Project, old: str, new: str) -> None:
    path = project.folder / "project.toml"
    beside = path.with_suffix(".new")
    beside.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    beside.replace(path)  # another file, so that it is read again whatever the clock says

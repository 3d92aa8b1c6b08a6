"""What the tests of the page without a browser share: a page, and projects behind other widgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from all_shown import ALL_SHOWN
from annotation_faces import CLASSES, WORDS, Make, squares
from page_messages import FakeSession, Page

import dalt
from dalt.core.records import Task
from dalt.page import annotation_loop


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def page(session: FakeSession) -> Page:
    return Page(session, ahead=3)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests answer sooner than a person can see anything."""
    monkeypatch.setattr(annotation_loop, "LOOK_SECONDS", 0.0)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a project; pictures have a bright square on the dark."""
    made: list[dalt.Project] = []

    def project(task: Task = "classes", n: int = 8, **settings: Any) -> dalt.Project:
        classes = settings.pop("classes", CLASSES)
        settings.setdefault("settings", ALL_SHOWN)
        new = dalt.Project.create(
            tmp_path / f"{len(made)}.dalt", classes=classes, task=task, **settings
        )
        made.append(new)
        if task == "spans":
            new.add_texts(WORDS, progress=False)
        else:
            new.add_images(squares(n), progress=False)
        return new

    yield project
    for each in made:
        each.close()

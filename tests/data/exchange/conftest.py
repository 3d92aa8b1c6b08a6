"""What the tests of other tools' formats share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import dalt


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., dalt.Project]]:
    """Makes projects of cats and dogs, unless told otherwise; closed at the end of the test."""
    made: list[dalt.Project] = []

    def new(**options: Any) -> dalt.Project:
        folder = tmp_path / f"{len(made)}.dalt"
        made.append(dalt.Project.create(folder, **({"classes": ["cat", "dog"]} | options)))
        return made[-1]

    yield new
    for project in made:
        project.close()

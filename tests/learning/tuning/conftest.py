"""What the tests of searches share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hidden_classes import hidden_classes, label

import dalt


@pytest.fixture(scope="session")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed project in which the default head cannot tell the classes, and a network can."""
    rows, classes = hidden_classes()
    folder = tmp_path_factory.mktemp("hidden") / "hidden.dalt"
    with dalt.Project.create(folder, classes=["low", "high"]) as made:
        made.add_table(pd.DataFrame({"x": np.arange(len(rows))}), progress=False)
        made.add_embeddings(rows)
        label(made, classes, 80)
    return folder


@pytest.fixture
def project(hidden: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    """A copy of `hidden` of the test's own."""
    with dalt.Project.open(shutil.copytree(hidden, tmp_path / "hidden.dalt")) as project:
        yield project

"""What the parts of a session are given, for the tests of each alone; a project of two classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from all_shown import ALL_SHOWN
from session_parts import Given, parts_of
from stored import open_store

import dalt
from dalt.storage.store import Store


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    with parts_of(tmp_path / "texts.dalt") as made:
        yield made


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    """Forty rows in two clear classes, embedded as they are."""
    made = dalt.Project.create(
        tmp_path / "two.dalt", classes=["low", "high"], seed=0, settings=ALL_SHOWN
    )
    made.add_table(pd.DataFrame({"x": range(40)}))
    given = np.where(np.arange(40) < 20, -1.0, 1.0) + np.arange(40) / 1_000
    made.add_embeddings(np.stack([given, np.ones(40)], axis=1).astype(np.float32))
    with made:
        yield made


@pytest.fixture
def store(project: dalt.Project) -> Iterator[Store]:
    with open_store(project.folder) as opened:
        yield opened

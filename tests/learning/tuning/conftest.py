"""What the tests of searches share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hidden_classes import hidden_classes, label

import dalt


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    """A project in which the default head cannot tell the classes, and a network can."""
    rows, classes = hidden_classes()
    with dalt.Project.create(tmp_path / "hidden.dalt", classes=["low", "high"]) as made:
        made.add_table(pd.DataFrame({"x": np.arange(len(rows))}), progress=False)
        made.add_embeddings(rows)
        label(made, classes, 80)
        yield made

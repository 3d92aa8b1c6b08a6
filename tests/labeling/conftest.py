"""What the parts of a session are given, for the tests of each alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from session_parts import Given, parts_of


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    with parts_of(tmp_path / "texts.dalt") as made:
        yield made

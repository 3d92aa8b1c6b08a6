"""What the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import NewPlace, samples

from dalt.storage.databases import Place
from dalt.storage.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


@pytest.fixture
def place(new_place: NewPlace) -> Place:
    return new_place()


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    made = Store(place, create=True, seed=3)
    made.samples.add(samples(10))
    yield made
    made.close()


@pytest.fixture
def file(path: Path) -> Iterator[Store]:
    """A store in SQLite, whose file is looked into."""
    made = Store(path, create=True, seed=3)
    made.samples.add(samples(10))
    yield made
    made.close()

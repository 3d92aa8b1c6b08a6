"""Logging out holds at once and for good, also where it cannot be written down at first."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_disks import SmallDisk, small_disk, why_none

from dalt.server.serve import Service
from dalt.server.web import identity
from dalt.server.web.identity import Doorkeeper, Person
from dalt.server.web.options import Options


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Those of a server whose folder is still to be made."""
    made = Service(tmp_path / "pets.dalt", token="a-token-of-twenty-signs", port=1).options()
    return replace(made, folder=str(tmp_path / "server"))


@pytest.fixture(params=["full", "gone"])
def trouble(request: pytest.FixtureRequest, options: Options) -> Iterator[SmallDisk | None]:
    """The server's folder is on a disk that is full, or somebody has swept it away."""
    folder = Path(options.folder)
    if request.param == "gone":
        yield None
        return
    if why_none():
        pytest.skip(why_none())
    with small_disk(folder, 1 << 20) as disk:
        disk.fill()
        yield disk


def logged_in(doorkeeper: Doorkeeper) -> tuple[Person, bytes]:
    person = doorkeeper.by_token("a-token-of-twenty-signs", "ana", "127.0.0.1")
    assert person is not None
    return person, doorkeeper.cookie(person).encode()


def test_a_login_ends_although_nothing_can_be_written_and_stays_so_after_a_restart(
    options: Options, trouble: SmallDisk | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_AGAIN", 0.0)
    doorkeeper = Doorkeeper(options)
    cookies = []
    for _ in range(3):
        person, cookie = logged_in(doorkeeper)
        assert doorkeeper.known(cookie) is not None
        doorkeeper.leave(person)  # raises nothing
        assert doorkeeper.known(cookie) is None
        cookies.append(cookie)
    if trouble is None:
        os.mkdir(options.folder)
    else:
        trouble.make_room()
    other, still = logged_in(doorkeeper)
    assert doorkeeper.known(still) == other  # whoever asks next lets it be written
    restarted = Doorkeeper(options)
    assert [restarted.known(cookie) for cookie in cookies] == [None] * 3
    assert restarted.known(still) is not None
    if trouble is None:
        shutil.rmtree(options.folder)

"""PostgreSQL on a disk that becomes full: one sentence, nothing lost, and on once there is room."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from small_disks import SmallDisk, small_disk, why_none
from stores import answer

from dalt.core.records import DaltError, DamagedStore, Sample, StoreUnreachable
from dalt.storage.databases import place_of
from dalt.storage.store import Store

ROOM = 160 * 2**20
"""Bytes: a new server takes 60 million, and its log grows."""
MOST = 20_000


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    if why := why_none():
        pytest.skip(why)
    # Not below pytest's folders, which nobody but root may enter: the server is not root.
    above = Path(tempfile.mkdtemp(dir="/tmp"))
    above.chmod(0o755)
    try:
        with small_disk(above / "disk", ROOM) as made:
            yield made
    finally:
        shutil.rmtree(above)


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_and_labeling_goes_on_once_there_is_room(
    disk: SmallDisk,
) -> None:
    with Cluster(disk.path / "data") as cluster:
        address = {"DALT_DATABASE_URL": cluster.url("full")}
        store = Store(place_of(Path(), "a1", "postgresql", address), create=True)
        store.samples.add([Sample(f"s{i:04d}", "text", str(i)) for i in range(MOST)])
        acknowledged = [store.answers.record(answer("s0000", "cat", "before")).key]
        disk.fill()
        said = refused(store, acknowledged)
        assert "\n" not in str(said) and len(str(said)) < 400
        assert isinstance(said, DamagedStore | StoreUnreachable)
        if isinstance(said, DamagedStore):
            assert "cannot be written: " in str(said) and "Make room on its disk" in str(said)
        disk.make_room()
        if cluster.process is not None and cluster.process.poll() is not None:
            cluster.process = None  # its own log found no room, and it ended; its owner starts it
            cluster.start()
        again = [
            store.answers.record(answer(f"s{i:04d}", "cat", f"k{i}")).key for i in range(MOST)[:40]
        ]
        keys = [event.key for event in store.events.all()]
        assert len(keys) == len(set(keys)), "none twice"
        assert set(acknowledged) | set(again) == set(keys), "none lost, and none that was refused"
        store.close()


def refused(store: Store, acknowledged: list[str]) -> DaltError:
    """Label until it is refused; every key that was acknowledged is noted."""
    for number in range(MOST):
        try:
            event = store.answers.record(answer(f"s{number:04d}", "cat", f"k{number}"))
        except DaltError as error:
            return error
        acknowledged.append(event.key)
    raise AssertionError("a full disk refused nothing")

"""Embedding over a real Dask cluster: two workers, each a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client, LocalCluster
from waiting import until

import dalt
from dalt import cli
from dalt.core.records import BadInput, ClusterFailed
from dalt.features import EmbeddingCache, UnreadableSamples
from dalt.learning.encoders import cluster as over

N_ROWS = 10_500
"""Batches enough that some wait while each worker has its own."""
LIMIT = 240


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as made:
        yield made


@pytest.fixture
def address(cluster: LocalCluster) -> str:
    cluster.wait_for_workers(2, timeout=60)
    return str(cluster.scheduler_address)


class Rows(list[dict[str, Any]]):
    """Table rows of which some cannot be read."""

    def __init__(self, n: int, bad: frozenset[int] = frozenset()) -> None:
        super().__init__(
            {"size": float(i % 97), "pet": "cat" if i % 3 else "dog"} for i in range(n)
        )
        self.bad = bad

    def __getitem__(self, position: Any) -> Any:
        if position in self.bad:
            raise OSError("truncated file")
        return super().__getitem__(position)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that has an encoder and forty rows: all else is embedding."""
    folder = tmp_path_factory.mktemp("trained")
    EmbeddingCache(folder).encode("table", Rows(40), seed=0)
    return folder


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Callable[[], EmbeddingCache]:
    def copy() -> EmbeddingCache:
        number = len(list(tmp_path.iterdir()))
        return EmbeddingCache(Path(shutil.copytree(trained, tmp_path / f"copy-{number}")))

    return copy


def encode_over(
    cache: EmbeddingCache, address: str, raw: Any, progress: Any = None
) -> np.ndarray[Any, Any]:
    with over.connected(address) as embed:
        return cache.encode("table", raw, seed=0, embed=embed, progress=progress)


def until_idle(address: str) -> None:
    """Wait until the scheduler holds no task."""

    def n_tasks(dask_scheduler: Any) -> int:
        return len(dask_scheduler.tasks)

    with Client(address, set_as_default=False) as client:
        until(lambda: not client.run_on_scheduler(n_tasks), seconds=LIMIT)


def test_a_cluster_gives_the_embeddings_of_one_process(
    address: str, copied: Callable[[], EmbeddingCache]
) -> None:
    said: list[int] = []
    here = copied().encode("table", Rows(N_ROWS), seed=0)
    there = encode_over(
        copied(), address, Rows(N_ROWS), lambda what, done, total: said.append(done)
    )
    np.testing.assert_array_equal(here, there)
    assert len(said) == 11 and said == sorted(said) and said[-1] == N_ROWS - 40
    until_idle(address)


def test_unreadable_samples_are_named_and_tried_again(
    address: str, copied: Callable[[], EmbeddingCache]
) -> None:
    cache = copied()
    with pytest.warns(UnreadableSamples, match=r"2 of 60 .*sample 45: truncated file"):
        embeddings = encode_over(cache, address, Rows(60, frozenset({45, 50})))
    assert cache.unreadable == (45, 50)
    np.testing.assert_array_equal(embeddings[45], embeddings[50])
    mended = encode_over(cache, address, Rows(60))
    here = copied().encode("table", Rows(60), seed=0)
    np.testing.assert_allclose(mended, here, rtol=1e-5, atol=1e-5)


def test_a_worker_that_dies_costs_no_sample(
    cluster: LocalCluster, address: str, copied: Callable[[], EmbeddingCache]
) -> None:
    killed: list[int] = []

    def kill_one(what: str, done: int, total: int) -> None:
        if not killed:  # batches are under way at both
            (pid, _) = (nanny.pid for nanny in cluster.workers.values())
            os.kill(pid, 9)
            killed.append(pid)

    embeddings = encode_over(copied(), address, Rows(N_ROWS), kill_one)
    here = copied().encode("table", Rows(N_ROWS), seed=0)
    np.testing.assert_array_equal(here, embeddings)
    assert killed
    until(lambda: killed[0] not in [nanny.pid for nanny in cluster.workers.values()], seconds=LIMIT)


def test_an_interruption_cancels_and_keeps_the_former_embeddings(
    address: str, copied: Callable[[], EmbeddingCache]
) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    cache = copied()
    with pytest.raises(KeyboardInterrupt):
        encode_over(cache, address, Rows(N_ROWS), interrupt)
    until_idle(address)
    assert cache.n_samples == 40
    assert len(encode_over(cache, address, Rows(N_ROWS))) == N_ROWS


def test_few_batches_are_under_way_at_a_time(
    address: str, copied: Callable[[], EmbeddingCache]
) -> None:
    n_read: list[int] = []
    ahead: list[int] = []

    class Counted(Rows):
        def __getitem__(self, position: Any) -> Any:
            n_read.append(position)
            return super().__getitem__(position)

    def compare(what: str, done: int, total: int) -> None:
        ahead.append(len(n_read) - done)

    encode_over(copied(), address, Counted(N_ROWS), compare)
    assert max(ahead) <= (2 * 2 + 1) * 1_000


@pytest.mark.slow
def test_a_project_is_encoded_over_a_cluster(address: str, tmp_path: Path) -> None:
    texts = [f"{'good' if i % 2 else 'bad'} dog number {i}" for i in range(60)]
    folders = [tmp_path / "here.dalt", tmp_path / "there.dalt", tmp_path / "cli.dalt"]
    for folder in folders:
        with dalt.Project.create(folder, classes=["good", "bad"]) as project:
            project.add_texts(texts, progress=False)
    with dalt.Project.open(folders[0]) as project:
        here = project.encode(progress=False)
    with dalt.Project.open(folders[1]) as project:
        np.testing.assert_array_equal(here, project.encode(dask=address, progress=False))
    assert cli.main(["encode", str(folders[2]), "--dask", address]) == 0
    with dalt.Project.open(folders[2]) as project:
        np.testing.assert_array_equal(here, project.encode(progress=False))


def test_images_go_over_a_cluster(address: str, tmp_path: Path, brief_training: None) -> None:
    images = np.random.default_rng(0).integers(0, 255, (30, 9, 7), dtype=np.uint8)
    results = []
    for name, dask in (("here", None), ("there", address)):
        with dalt.Project.create(tmp_path / f"{name}.dalt", classes=["a", "b"]) as project:
            project.add_images(images, progress=False)
            results.append(project.encode(dask=dask, progress=False))
    np.testing.assert_allclose(results[0], results[1], rtol=1e-5, atol=1e-6)


# --- what is refused ------------------------------------------------------------------------


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "mail.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
        yield project


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_nobody_at_the_address_is_one_sentence_before_any_training(
    texts: dalt.Project, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterFailed, match=rf"no Dask scheduler at tcp://127.0.0.1:{closed_port}"):
        texts.encode(dask=f"tcp://127.0.0.1:{closed_port}", progress=False)
    assert not (texts.folder / "embeddings").exists()


def test_another_kind_of_server_is_not_waited_for(
    texts: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over, "CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:  # never says a word
        port = server.getsockname()[1]
        with pytest.raises(ClusterFailed, match="There is no Dask scheduler"):
            texts.encode(dask=f"tcp://127.0.0.1:{port}", progress=False)


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:8786", "tcp://127.0.0.1", ""])
def test_what_is_no_address_is_refused(texts: dalt.Project, address: str) -> None:
    with pytest.raises(ClusterFailed, match=r"tcp://host:8786\.$"):
        texts.encode(dask=address, progress=False)


def test_a_cluster_without_workers_is_refused(texts: dalt.Project) -> None:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        pytest.raises(ClusterFailed, match="has no workers yet"),
    ):
        texts.encode(dask=empty.scheduler_address, progress=False)


def test_another_dalt_on_the_workers_is_refused(
    texts: dalt.Project, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over, "__version__", "9.9")  # here; the workers import their own
    with pytest.raises(ClusterFailed, match=rf"has DALT {dalt.__version__} but this is 9\.9"):
        texts.encode(dask=address, progress=False)


def test_a_scheduler_that_goes_away_keeps_the_former_embeddings(
    copied: Callable[[], EmbeddingCache],
) -> None:
    cache = copied()
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as leaving:

        def leave(what: str, done: int, total: int) -> None:
            leaving.close()

        with pytest.raises(ClusterFailed, match="went away"):
            encode_over(cache, leaving.scheduler_address, Rows(N_ROWS), leave)
    assert cache.n_samples == 40


def test_a_cluster_that_lost_its_workers_is_not_waited_for_without_end(
    copied: Callable[[], EmbeddingCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over, "WORKERLESS_SECONDS", 0.5)
    cache = copied()
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as left:

        def leave(what: str, done: int, total: int) -> None:
            left.scale(0)

        with pytest.raises(ClusterFailed, match="no workers left"):
            encode_over(cache, left.scheduler_address, Rows(N_ROWS), leave)
    assert cache.n_samples == 40


def test_without_dask_one_sentence_says_what_to_install(
    texts: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match=r'pip install "dalt\[dask\]"'):
        texts.encode(dask="tcp://127.0.0.1:8786", progress=False)

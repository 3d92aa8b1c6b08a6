"""The trainer: learns in the background, keeps its last snapshot, never blocks a label."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalt.core.records import Answer, ClassSet, Floats, LabelSet, NotEncoded, Sample, TrainingFailed
from dalt.learning.training.trainer import KEPT_SNAPSHOTS, Trainer, latest_snapshot
from dalt.model import Fitted, Pool, Snapshot
from dalt.storage.store import Store

N_SAMPLES = 60
CLASSES = ("even", "odd")
PATIENCE = 60.0  # seconds until a test gives up on a thread


class ReadyCache:
    """Embeddings that are there already, in the shape of an EmbeddingCache."""

    def __init__(self, folder: Path, n_samples: int = N_SAMPLES) -> None:
        self.folder = folder
        self.version: str | None = "f" * 64
        self.n_samples = n_samples

    def embeddings(self) -> Floats:
        points = np.random.default_rng(0).normal(size=(self.n_samples, 4)).astype(np.float32)
        points[::2] += 6.0
        return points


class CountingHead:
    """A head under the test's control: says how many labels it saw, waits or fails."""

    name = "counting"

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.parents: list[int | None] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.error: Exception | None = None

    def fit(
        self,
        pool: Pool,
        labels: LabelSet,
        n_classes: int,
        *,
        seed: int,
        parent: Snapshot | None = None,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> Fitted:
        self.seen.append(len(labels.positions))
        self.parents.append(None if parent is None else parent.version)
        self.entered.set()
        self.go_on.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        probabilities = np.full((pool.n_samples, n_classes), 1 / n_classes, np.float32)
        return Fitted({"state.seed": np.array([seed])}, probabilities)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "labels.db", create=True)
    made.samples.add([Sample(f"s{i:03d}", "image", str(i)) for i in range(N_SAMPLES)])
    yield made
    made.close()


@pytest.fixture
def head() -> CountingHead:
    return CountingHead()


@pytest.fixture
def make(store: Store, head: CountingHead, tmp_path: Path) -> Iterator[Callable[..., Trainer]]:
    made: list[Trainer] = []

    def build(**changes: object) -> Trainer:
        settings: dict[str, object] = {
            "classes": lambda: ClassSet(CLASSES),
            "seed": 0,
            "head": head,
        }
        cache = changes.pop("cache", None) or ReadyCache(tmp_path)
        trainer = Trainer(store, cache, tmp_path / "snapshots", **(settings | changes))  # type: ignore[arg-type]
        made.append(trainer)
        return trainer

    yield build
    head.go_on.set()
    for trainer in made:
        trainer.close()


def label(store: Store, number: int, name: str | None = None) -> None:
    name = name or CLASSES[number % 2]
    store.answers.record(Answer("label", f"s{number:03d}", name, "ana", "a", f"k{number}{name}"))


def test_wait_returns_when_every_label_has_been_read(
    make: Callable[..., Trainer], store: Store
) -> None:
    trainer = make()
    label(store, 0)
    label(store, 1)
    trainer.wait(PATIENCE)
    assert trainer.snapshot is not None
    assert (trainer.snapshot.version, trainer.snapshot.cursor) == (1, store.events.cursor())
    assert trainer.state == "idle"


def test_wait_without_labels_returns_at_once(make: Callable[..., Trainer]) -> None:
    trainer = make()
    trainer.wait(0.0)
    assert trainer.snapshot is None


def test_labels_that_come_during_a_fit_are_read_together(
    make: Callable[..., Trainer], store: Store, head: CountingHead
) -> None:
    trainer = make()
    head.go_on.clear()
    label(store, 0)
    trainer.start()
    assert head.entered.wait(PATIENCE)
    for number in range(1, 6):
        label(store, number)
        trainer.wake()
    assert trainer.state == "learning"
    head.go_on.set()
    trainer.wait(PATIENCE)
    assert head.seen == [1, 6]


def test_a_failing_fit_keeps_the_last_snapshot_and_says_why(
    make: Callable[..., Trainer], store: Store, head: CountingHead
) -> None:
    trainer = make()
    label(store, 0)
    trainer.wait(PATIENCE)
    head.error = ValueError("the matrix is singular\nand more")
    label(store, 1)
    with pytest.raises(TrainingFailed, match=r"the matrix is singular$") as failure:
        trainer.wait(PATIENCE)
    assert isinstance(failure.value.__cause__, ValueError)
    assert [trainer.state, trainer.snapshot and trainer.snapshot.version] == ["failed", 1]
    head.error = None
    label(store, 2)
    trainer.wait(PATIENCE)
    assert [trainer.state, trainer.snapshot and trainer.snapshot.version] == ["idle", 2]


def test_a_new_trainer_goes_on_from_the_files_without_fitting_again(
    make: Callable[..., Trainer], store: Store, head: CountingHead
) -> None:
    first = make()
    label(store, 0)
    first.wait(PATIENCE)
    first.close()
    again = make()
    assert again.snapshot is not None and again.snapshot.version == 1
    again.wait(PATIENCE)
    assert head.seen == [1], "nothing new to learn"
    label(store, 1)
    again.wait(PATIENCE)
    assert head.parents == [None, 1]
    assert [(r.version, r.parent) for r in store.snapshots.all()] == [(2, 1), (1, None)]


def test_only_the_newest_snapshots_keep_their_arrays(
    make: Callable[..., Trainer], store: Store, tmp_path: Path
) -> None:
    trainer = make()
    for number in range(KEPT_SNAPSHOTS + 2):
        label(store, number)
        trainer.wait(PATIENCE)
    files = sorted(p.name for p in (tmp_path / "snapshots").glob("*.safetensors"))
    assert files == [f"{v:08d}.safetensors" for v in (3, 4, 5)]
    assert len(store.snapshots.all()) == 5


def test_a_damaged_snapshot_file_falls_back_to_the_one_before(
    make: Callable[..., Trainer], store: Store, tmp_path: Path
) -> None:
    trainer = make()
    for number in range(2):
        label(store, number)
        trainer.wait(PATIENCE)
    (tmp_path / "snapshots" / "00000002.safetensors").write_bytes(b"torn")
    found = latest_snapshot(store, tmp_path / "snapshots")
    assert found is not None and found.version == 1


def test_a_second_trainer_follows_and_takes_over(
    make: Callable[..., Trainer], store: Store, head: CountingHead
) -> None:
    leader = make()
    label(store, 0)
    leader.wait(PATIENCE)
    other_head = CountingHead()
    follower = make(head=other_head)
    follower.start()
    label(store, 1)
    leader.wake()
    follower.wait(PATIENCE)
    assert follower.snapshot is not None and follower.snapshot.version == 2
    assert other_head.seen == [] and head.seen == [1, 2]
    leader.close()
    label(store, 2)
    follower.wait(PATIENCE)
    assert other_head.seen == [3]


def test_taking_every_label_back_ends_the_wait_and_keeps_the_snapshot(
    make: Callable[..., Trainer], store: Store, head: CountingHead
) -> None:
    trainer = make()
    label(store, 0)
    trainer.wait(PATIENCE)
    store.answers.undo("ana", "a", key="u", seconds=60.0)
    trainer.wait(PATIENCE)
    assert head.seen == [1] and trainer.snapshot is not None


def test_without_embeddings_it_waits_and_says_what_to_do(
    make: Callable[..., Trainer], store: Store, tmp_path: Path
) -> None:
    cache = ReadyCache(tmp_path)
    cache.version = None
    trainer = make(cache=cache)
    label(store, 0)
    with pytest.raises(NotEncoded, match=r"project\.encode\(\)"):
        trainer.wait(PATIENCE)
    assert trainer.candidates.size == 0


def test_a_label_of_a_sample_without_embedding_waits_and_the_others_are_learned(
    make: Callable[..., Trainer], store: Store, head: CountingHead, tmp_path: Path
) -> None:
    cache = ReadyCache(tmp_path, n_samples=40)
    trainer = make(cache=cache)
    label(store, 50)
    trainer.wait(PATIENCE)
    assert trainer.snapshot is None and trainer.state == "idle"
    label(store, 0)
    trainer.wait(PATIENCE)
    cache.n_samples = N_SAMPLES
    trainer.wait(PATIENCE)
    assert head.seen == [1, 2]


def test_embeddings_that_change_while_they_are_opened_keep_their_own_version(
    make: Callable[..., Trainer], store: Store, tmp_path: Path
) -> None:
    class Changing(ReadyCache):
        def embeddings(self) -> Floats:
            found = super().embeddings() + (0.0 if self.version == "b" * 64 else 100.0)
            self.version = "b" * 64  # another process puts its own in use just now
            return found

    class Keeping(CountingHead):
        def fit(self, pool: Pool, *args: Any, **options: Any) -> Fitted:
            self.pool = pool
            return super().fit(pool, *args, **options)

    head = Keeping()
    trainer = make(cache=Changing(tmp_path), head=head)
    label(store, 0)
    trainer.wait(PATIENCE)
    assert trainer.snapshot is not None and trainer.snapshot.encoder == "b" * 64
    assert np.abs(head.pool.embeddings).max() < 50


def test_closing_gives_up_a_fit_and_loses_no_label(
    make: Callable[..., Trainer], store: Store, head: CountingHead
) -> None:
    trainer = make()
    head.go_on.clear()
    label(store, 0)
    trainer.start()
    assert head.entered.wait(PATIENCE)
    closing = threading.Thread(target=trainer.close)
    closing.start()
    head.go_on.set()
    closing.join(PATIENCE)
    assert not closing.is_alive()
    again = make()
    again.wait(PATIENCE)
    assert again.snapshot is not None and again.snapshot.cursor == store.events.cursor()


def test_subscribers_hear_of_snapshots_until_they_leave(
    make: Callable[..., Trainer], store: Store
) -> None:
    trainer = make()
    versions: list[int | None] = []

    def listen() -> None:
        versions.append(trainer.snapshot.version if trainer.snapshot else None)

    def broken() -> None:
        raise RuntimeError("a page that went away")

    trainer.subscribe(broken)
    leave = trainer.subscribe(listen)
    label(store, 0)
    trainer.wait(PATIENCE)
    leave()
    label(store, 1)
    trainer.wait(PATIENCE)
    assert versions[-1] == 1


def test_the_cold_start_is_kept_and_the_same_in_every_process(
    make: Callable[..., Trainer], tmp_path: Path
) -> None:
    first = make().candidates
    assert sorted(first.tolist()) == sorted(set(first.tolist()))
    assert len(list((tmp_path / "snapshots").glob("start-*.npy"))) == 1
    np.testing.assert_array_equal(make().candidates, first)


def test_the_default_head_learns_two_clusters(store: Store, tmp_path: Path) -> None:
    cache: Any = ReadyCache(tmp_path)
    with Trainer(
        store,
        cache,
        tmp_path / "snapshots",
        classes=lambda: ClassSet(CLASSES),
        seed=0,
    ) as trainer:
        for number in range(6):
            label(store, number)
        trainer.wait(PATIENCE)
        assert trainer.snapshot is not None
        right = np.arange(N_SAMPLES) % 2 == np.argmax(trainer.snapshot.probabilities, axis=1)
        assert right.mean() > 0.95
        assert not {0, 1, 2, 3, 4, 5} & set(trainer.snapshot.order.tolist())


def test_importing_the_trainer_imports_no_torch() -> None:
    code = (
        "import sys, dalt.learning.training.trainer; "
        "print(sorted({'torch', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

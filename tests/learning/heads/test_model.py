"""Snapshots and pools: what is written is read back, or refused."""

import os
from dataclasses import replace

import numpy as np
import pytest

from dalt.core.records import BadInput, DamagedStore, LabelSet, NothingLearned
from dalt.learning.heads.registry import default_head
from dalt.model import Interrupted, Pool, Snapshot, check_labels


def points(n=60, dims=8, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, dims)) + 4 * np.eye(dims)[np.arange(n) % 3]).astype(np.float32)


def label_set(n=12, n_classes=3):
    positions = np.arange(n, dtype=np.int64)
    return LabelSet(positions, np.eye(n_classes, dtype=np.float32)[positions % 3], cursor=n)


@pytest.fixture(scope="module")
def snapshot():
    head = default_head()
    fitted = head.fit(Pool(points()), label_set(), 3, seed=1)
    return Snapshot(
        version=4,
        parent=3,
        cursor=12,
        seed=1,
        encoder="abc",
        head=head.name,
        classes=("a", "b", "c"),
        weights=fitted.weights,
        probabilities=fitted.probabilities,
        order=np.array([20, 30], np.int64),
        metrics={"share": 0.5},
    )


def test_a_saved_snapshot_is_read_back_whole(snapshot, tmp_path):
    path = tmp_path / "new folder" / "4.safetensors"
    snapshot.save(path)
    again = Snapshot.load(path)
    assert again.hash == snapshot.hash
    assert (again.version, again.parent, again.classes) == (4, 3, ("a", "b", "c"))
    assert again.metrics == {"share": 0.5}
    np.testing.assert_array_equal(again.order, [20, 30])
    np.testing.assert_array_equal(again.predict(points()), snapshot.predict(points()))
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_what_is_loaded_stays_on_disk_until_it_is_looked_at(snapshot, tmp_path):
    snapshot.save(tmp_path / "s")
    base: np.ndarray | None = Snapshot.load(tmp_path / "s").probabilities
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_a_save_that_fails_leaves_the_file_before_it(snapshot, tmp_path, monkeypatch):
    path = tmp_path / "s"
    snapshot.save(path)
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        replace(snapshot, version=5).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("field", ["version", "parent", "cursor", "seed", "encoder", "head"])
def test_the_hash_depends_on(snapshot, field):
    other = "other" if isinstance(getattr(snapshot, field), str) else 99
    assert replace(snapshot, **{field: other}).hash != snapshot.hash


def test_the_hash_depends_on_arrays_but_not_on_metrics(snapshot):
    changed = snapshot.probabilities.copy()
    changed[0] = changed[0][::-1]
    assert replace(snapshot, probabilities=changed).hash != snapshot.hash
    assert replace(snapshot, order=snapshot.order[::-1]).hash != snapshot.hash
    assert replace(snapshot, metrics={"seconds": 3.0}).hash == snapshot.hash


def test_a_suggestion_ranks_all_classes(snapshot):
    for position in range(60):
        suggestion = snapshot.suggestion(position)
        assert set(suggestion.classes) == {"a", "b", "c"}
        assert list(suggestion.probabilities) == sorted(suggestion.probabilities, reverse=True)
        assert suggestion.top == "abc"[snapshot.probabilities[position].argmax()]
        assert suggestion.snapshot == 4


@pytest.mark.parametrize("position", [-1, 60])
def test_a_sample_the_snapshot_has_not_seen_has_no_suggestion(snapshot, position):
    with pytest.raises(IndexError, match="snapshot 4 has not seen"):
        snapshot.suggestion(position)


@pytest.mark.parametrize("kept", [0, 4, 200, -1])
def test_a_file_cut_short_is_refused(snapshot, tmp_path, kept):
    path = tmp_path / "s"
    snapshot.save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DamagedStore, match="cannot be read"):
        Snapshot.load(path)


def test_other_files_are_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"probabilities": np.zeros((2, 2), np.float32)}, tmp_path / "other")
    with pytest.raises(DamagedStore, match="another format"):
        Snapshot.load(tmp_path / "other")
    with pytest.raises(DamagedStore, match="missing"):
        Snapshot.load(tmp_path / "missing")


def test_predict_refuses_embeddings_of_another_encoder(snapshot):
    with pytest.raises(BadInput, match="8 dims"):
        snapshot.predict(np.zeros((2, 5), np.float32))


def test_predict_says_when_nothing_was_learned(snapshot):
    with pytest.raises(NothingLearned):
        replace(snapshot, weights={}).predict(points())


def test_the_graph_is_kept_beside_the_embeddings(tmp_path):
    first = Pool(points(), tmp_path, "abc")
    first.prepare()
    (path,) = tmp_path.glob("graph-*")
    written = path.stat().st_mtime_ns
    again = Pool(points(), tmp_path, "abc")
    assert (again.graph.weights != first.graph.weights).nnz == 0
    assert path.stat().st_mtime_ns == written


def test_a_grown_pool_and_a_new_encoder_get_new_graphs(tmp_path):
    Pool(points(), tmp_path, "abc").prepare()
    (path,) = tmp_path.glob("graph-*")
    assert Pool(points(61), tmp_path, "abc").graph.n_samples == 61
    assert not path.exists()
    (path,) = tmp_path.glob("graph-*")
    Pool(points(61), tmp_path, "new").prepare()
    assert not path.exists()


def test_a_damaged_graph_is_built_again(tmp_path):
    whole = Pool(points(), tmp_path, "abc").graph
    (path,) = tmp_path.glob("graph-*")
    path.write_bytes(path.read_bytes()[:50])
    assert (Pool(points(), tmp_path, "abc").graph.weights != whole.weights).nnz == 0


def test_prepare_can_be_interrupted(tmp_path):
    with pytest.raises(Interrupted):
        Pool(points(), tmp_path, "abc").prepare(interrupted=lambda: True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (4,), (2, 2, 2)])
def test_a_pool_needs_rows_and_columns(shape):
    with pytest.raises(BadInput, match="samples, dims"):
        Pool(np.zeros(shape, np.float32))


def test_embeddings_that_are_not_finite_are_named():
    broken = points()
    broken[7, 2] = np.nan
    with pytest.raises(BadInput, match="row 7 is not finite"):
        Pool(broken).graph  # noqa: B018


@pytest.mark.parametrize(
    ("positions", "shape", "message"),
    [([], (0, 3), "no labels"), ([1], (1, 2), "3 classes"), ([60], (1, 3), "row 60")],
)
def test_labels_that_do_not_fit_are_refused(positions, shape, message):
    labels = LabelSet(np.array(positions, np.int64), np.ones(shape, np.float32), 1)
    with pytest.raises(BadInput, match=message):
        check_labels(Pool(points()), labels, 3)

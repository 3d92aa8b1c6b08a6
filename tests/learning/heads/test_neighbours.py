"""The graph of a pool: found exactly or nearly, in this process or apart from it."""

import sys

import numpy as np
import psutil
import pytest

from dalt.core.records import BadInput
from dalt.learning.heads import graph_process
from dalt.learning.heads.graph import build_graph, read_graph, write_graph
from dalt.learning.heads.graph_process import build_apart
from dalt.learning.heads.neighbours import EXACT_UP_TO, nearest, nearly_nearest, unheard
from dalt.model import Interrupted, Pool


def clustered(n=4_000, n_dims=16, seed=0):
    draws = np.random.default_rng(seed)
    centres = draws.normal(size=(40, n_dims))
    rows = centres[draws.integers(40, size=n)] + 0.5 * draws.normal(size=(n, n_dims))
    return rows.astype(np.float32)


def test_neighbours_are_the_nearest():
    embeddings = clustered(400)
    positions, cosines = nearest(embeddings, 5)
    rows = embeddings - embeddings.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    every = rows @ rows.T
    np.fill_diagonal(every, -2)
    np.testing.assert_allclose(np.sort(cosines, axis=1), np.sort(every, axis=1)[:, -5:], atol=1e-5)
    assert (positions != np.arange(400)[:, None]).all()


def test_most_of_the_nearest_are_found_without_comparing_all_pairs():
    embeddings = clustered(EXACT_UP_TO + 5_000)
    near, cosines = nearly_nearest(embeddings, 10)
    some = np.arange(0, len(embeddings), 100)
    rows = embeddings - embeddings.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    every = rows[some] @ rows.T
    every[np.arange(len(some)), some] = -2
    best = np.argpartition(-every, 10, axis=1)[:, :10]
    found = [len(set(a) & set(b)) / 10 for a, b in zip(near[some], best, strict=True)]
    assert np.mean(found) >= 0.97
    assert (near != np.arange(len(near))[:, None]).all()
    np.testing.assert_allclose(cosines[some, 0], every.max(axis=1), atol=0.01)


def test_the_search_is_the_same_each_time():
    first, again = nearly_nearest(clustered(), 10), nearly_nearest(clustered(), 10)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


def test_identical_samples_have_neighbours_too():
    near, _ = nearly_nearest(np.ones((300, 4), np.float32), 10)
    assert near.shape == (300, 10)
    assert ((near >= 0) & (near < 300)).all()
    assert np.isfinite(build_graph(np.ones((300, 4), np.float32), exact=False).weights.data).all()


def test_a_process_of_its_own_builds_the_same_graph(tmp_path):
    embeddings = clustered()
    here = build_graph(embeddings, exact=False)
    apart = build_apart(embeddings, tmp_path / "graph.safetensors", unheard)
    assert (here.weights != apart.weights).nnz == 0
    kept = read_graph(tmp_path / "graph.safetensors", len(embeddings))
    assert kept is not None
    assert (here.weights != kept.weights).nnz == 0
    assert abs(here.weights - here.weights.T).max() < 1e-6


def test_a_large_pool_is_searched_apart(tmp_path, monkeypatch):
    monkeypatch.setattr("dalt.learning.heads.kept_graph.EXACT_UP_TO", 1_000)
    embeddings = clustered()
    told = []
    pool = Pool(embeddings, tmp_path, "abc")
    pool.prepare(progress=lambda what, done, total: told.append((what, done, total)))
    assert (pool.graph.weights != build_graph(embeddings, exact=False).weights).nnz == 0
    assert told[0] == ("Finding neighbours", 0, 4_000)
    assert (Pool(embeddings).graph.weights != pool.graph.weights).nnz == 0  # kept nowhere


def test_the_process_ends_with_an_interruption(tmp_path):
    before = set(psutil.Process().children())

    def stop(done, total):
        raise Interrupted

    with pytest.raises(Interrupted):
        build_apart(clustered(), tmp_path / "graph.safetensors", stop)
    assert set(psutil.Process().children()) <= before
    assert not list(tmp_path.iterdir())


def test_a_process_that_says_nothing_for_long_can_be_stopped():
    told = []

    def stop_at_the_third(done, total):
        told.append((done, total))
        if len(told) == 3:
            raise Interrupted

    silent = "import time; print(0, 5, flush=True); time.sleep(60)"
    with pytest.raises(Interrupted):
        graph_process.run([sys.executable, "-c", silent], stop_at_the_third)
    assert told == [(0, 5)] * 3


def test_what_the_process_refuses_is_said_here(tmp_path):
    embeddings = clustered()
    embeddings[17, 3] = np.inf
    with pytest.raises(BadInput, match="row 17 is not finite"):
        build_apart(embeddings, tmp_path / "graph.safetensors", unheard)


def test_a_graph_with_wrong_indices_is_not_used(tmp_path):
    path = tmp_path / "graph.safetensors"
    graph = build_graph(clustered(100))
    write_graph(graph, path)
    assert read_graph(path, 100) is not None
    assert read_graph(path, 99) is None
    graph.weights.indices[5] = 100
    write_graph(graph, path)
    assert read_graph(path, 100) is None

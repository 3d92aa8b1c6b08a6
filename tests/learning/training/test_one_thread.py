"""All processes make the same snapshot: whatever is loaded when, fits compute in one thread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

import dalt
from dalt.learning.training import one_thread
from dalt.learning.training.one_thread import in_one_thread

TWO = {name: "2" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
NUMBERS = """
def numbers():
    pools = ThreadpoolController().info()
    return {pool["filepath"]: pool["num_threads"] for pool in pools}
"""
LATE = (
    """
import importlib, sys
import numpy
from threadpoolctl import ThreadpoolController
import dalt
from dalt.learning.training.one_thread import USED, in_one_thread
"""
    + NUMBERS
    + """
seen = []

def work():
    importlib.import_module(sys.argv[1])
    seen.append(numbers())
    return seen[-1]

before = numbers()
assert set(before.values()) == {2}, before
found = in_one_thread(work)
assert set(found.values()) == {1}, found
assert set(numbers().values()) == {2}, "as it was"
print(len(seen), len(found) > len(before))
"""
)
FIRST_FIT = (
    """
import sys
import dalt
from threadpoolctl import ThreadpoolController
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads import kernel
"""
    + NUMBERS
    + """
inverted, fit, seen = kernel.inverted, BlendHead.fit, []

def watched(matrix):
    found = inverted(matrix)
    seen.append(numbers())
    return found

kernel.inverted = watched
with dalt.Project.open(sys.argv[1]) as project:
    project.trainer.wait(60)
assert "scipy.linalg" in sys.modules
assert len(seen) and len(seen[0]) >= 2, seen
print({number for each in seen for number in each.values()})
"""
)


@pytest.fixture
def given_rows(tmp_path: Path) -> Path:
    """A project with labels that nobody has learned."""
    folder = tmp_path / "rows.dalt"
    with dalt.Project.create(folder, classes=["a", "b"]) as project:
        ids = project.add_texts([f"text {i}" for i in range(60)], progress=False).ids
        rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
        project.add_embeddings(rows, progress=False)
        said = "".join(f"{each},{'ab'[i % 2]}\n" for i, each in enumerate(ids[:20]))
        (tmp_path / "labels.csv").write_text(f"sample_id,label\n{said}")
        project.import_labels(tmp_path / "labels.csv", progress=False)
    return folder


def ran(code: str, *arguments: str) -> str:
    """What a fresh process prints, whose libraries begin with two threads."""
    environment = os.environ | TWO
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("library", "times"),
    [("json", 1), ("scipy.linalg", 1), ("sklearn.linear_model", 2)],
)
def test_a_library_that_the_work_loads_is_limited_too(library: str, times: int) -> None:
    """Work that was the first to load a library with threads is done again."""
    n_times, _ = ran(LATE, library).split()
    assert int(n_times) == times


def test_the_first_fit_of_a_process_is_in_one_thread(given_rows: Path) -> None:
    assert ran(FIRST_FIT, str(given_rows)) == "{1}"


def test_a_fit_waits_for_the_limits_of_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of OpenBLAS only one thread at a time sets the number, and the others are not told."""
    held, over = threading.Event(), threading.Event()

    def compute() -> None:
        with threadpool_limits(2):
            held.set()
            over.wait(60)

    other = threading.Thread(target=compute)
    other.start()
    held.wait(60)

    def pause() -> None:
        over.set()
        other.join()

    monkeypatch.setattr(one_thread, "_pause", pause)
    calls: list[set[int]] = []
    try:
        in_one_thread(lambda: calls.append(numbers()))
    finally:
        pause()  # where the libraries let two threads set the number, nobody has waited
    assert calls == [{1}]


def numbers() -> set[int]:
    return {pool["num_threads"] for pool in ThreadpoolController().info()}


def test_what_cannot_be_limited_is_told(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        threadpool_limits(2)

    with threadpool_limits(1), caplog.at_level("WARNING"):
        in_one_thread(work)
    assert len(calls) == 3
    assert "replay may find other hashes" in caplog.text

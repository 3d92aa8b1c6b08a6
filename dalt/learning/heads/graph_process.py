"""Builds the graph of a large pool in its own process.

There are three reasons: Faiss and torch each bring an OpenMP, and two of them in one process
crash on macOS; a process can be stopped at any moment; and its memory is freed.

    python -m dalt.learning.heads.graph_process EMBEDDINGS.npy GRAPH.safetensors

prints one line with the number of samples done and of all for each part it has finished.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dalt.core.arrays import open_npy, save_npy
from dalt.core.errors import NotWritten, last_line
from dalt.core.files import refusals_told
from dalt.core.records import BadInput, DaltError, Floats
from dalt.core.rights import make_folder
from dalt.learning.heads.graph import Graph, build_graph, read_graph, write_graph
from dalt.learning.heads.neighbours import Poll

REFUSED, NOT_WRITTEN = 3, 4
"""Exit codes: the embeddings cannot be used, or the graph cannot be written, as the last line of
stderr says."""
NICE = 10
SILENCE_SECONDS = 0.2


def build_apart(embeddings: Floats, path: Path | None, poll: Poll) -> Graph:
    """Build the graph in another process and map the file it wrote.

    Parameters
    ----------
    embeddings : ndarray or memmap of shape (n_samples, n_dims), float32
    path : Path or None
        File of the graph; None keeps it in memory only.
    poll : callable
        Gets the progress; may raise to stop, which ends the process.

    Raises
    ------
    BadInput
        If the embeddings hold NaN or infinite values.
    RuntimeError
        If the process failed; the message has its last output.
    """
    with tempfile.TemporaryDirectory() as scratch:
        target = path or Path(scratch) / "graph.safetensors"
        make_folder(target.parent)
        source = _file_of(embeddings, Path(scratch))
        run(
            [sys.executable, "-m", "dalt.learning.heads.graph_process", str(source), str(target)],
            poll,
        )
        graph = read_graph(target, len(embeddings))
        if graph is None:
            raise RuntimeError(f"The graph in {target} cannot be read; is the disk full?")
        # Without a path of its own the mapped file goes with the folder.
        return graph if path else Graph(graph.weights.copy())


def _file_of(embeddings: Floats, scratch: Path) -> Path:
    """The .npy file that is already mapped, or a copy."""
    name = getattr(embeddings, "filename", None)
    if name is not None and Path(name).suffix == ".npy":
        stored = open_npy(name)
        if stored.shape == embeddings.shape:
            return Path(name)
    path = scratch / "embeddings.npy"
    with path.open("wb") as file, refusals_told(scratch):
        save_npy(file, np.asarray(embeddings, np.float32))
    return path


def run(command: list[str], poll: Poll) -> None:
    """Run the searching process; `poll` gets the progress, and ends the process by raising."""
    with tempfile.TemporaryFile("w+") as said, _process(command, said.fileno()) as process:
        for done, total in _told(process):
            poll(done, total)
        code = process.wait()
        said.seek(0)
        reason = last_line(said.read(), f"exit code {code}")
    if code == REFUSED:
        raise BadInput(reason)
    if code == NOT_WRITTEN:
        raise NotWritten(reason)
    if code:
        raise RuntimeError(f"The search for neighbours failed: {reason}")


def _told(process: subprocess.Popen[str]) -> Iterator[tuple[int, int]]:
    """Yield the progress, repeating it during silence, so the caller can stop at any moment."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                lines.put(line)
        lines.put("")

    threading.Thread(target=listen, name="dalt-neighbours", daemon=True).start()
    done, total = 0, 0
    while True:
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=SILENCE_SECONDS)
            if not line:
                return
            done, total = map(int, line.split())
        if total:
            yield done, total


@contextlib.contextmanager
def _process(command: list[str], errors: int) -> Iterator[subprocess.Popen[str]]:
    """Start a process that finds the same package as this one, and never outlives it."""
    home = str(Path(__file__).parents[3])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
        env=environment,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def main(source: str, target: str) -> int:
    """Build the graph of the embeddings in one file and write it into another."""

    def tell(done: int, total: int) -> None:
        print(done, total, flush=True)

    if hasattr(os, "nice"):
        os.nice(NICE)  # the page goes first
    embeddings = np.load(source, mmap_mode="r", allow_pickle=False)
    try:
        write_graph(build_graph(embeddings, exact=False, poll=tell), Path(target))
    except DaltError as error:
        print(error, file=sys.stderr)
        return NOT_WRITTEN if isinstance(error, NotWritten) else REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""A trainer that cannot read what it learns on says so, ends when told to, and recovers."""

from __future__ import annotations

import queue
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assignments import assigned
from filelock import FileLock
from waiting import until

import dalt
from dalt.cli import main
from dalt.learning.heads.contract import Fitted
from dalt.learning.heads.registry import default_head
from dalt.server.web.supervisor import Supervisor

Break = Callable[[Path], None]
LIMIT = 120
"""Seconds until a process counts as hung."""


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:150])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def hold_nan(path: Path) -> None:
    rows = np.load(path)
    rows[3] = np.nan
    np.save(path, rows)


BROKEN: dict[str, Break] = {
    "truncated": truncate,
    "empty": empty,
    "missing": Path.unlink,
    "of one dimension": lambda path: np.save(path, np.zeros(12, np.float32)),
    "of text": lambda path: np.save(path, np.full((12, 2), "x")),
    "with NaN": hold_nan,
}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with embeddings and two labels that nobody has learned."""
    folder = tmp_path_factory.mktemp("labelled") / "tiny.dalt"
    with dalt.Project.create(folder, classes=["low", "high"]) as project:
        project.add_texts([f"text {number}" for number in range(12)])
        project.add_embeddings(embeddings())
    with dalt.Project.open(folder, thin=True) as project, project.session("ana") as session:
        for label in ("low", "high"):
            session.submit(assigned(session), label)
    return folder


@pytest.fixture
def folder(labelled: Path, tmp_path: Path) -> Path:
    """A copy of `labelled` of the test's own."""
    return Path(shutil.copytree(labelled, tmp_path / "tiny.dalt"))


def embeddings() -> np.ndarray:
    return np.arange(24, dtype=np.float32).reshape(12, 2)


def array_of(folder: Path) -> Path:
    [path] = (folder / "embeddings").glob("*.npy")
    return path


def train(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dalt.cli", "train", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_free(folder: Path) -> bool:
    with FileLock(folder / "snapshots/trainer.lock", timeout=0):
        return True


def of_process(folder: Path, *options: str) -> tuple[int, str]:
    """What the command returns, and what it says on stderr."""
    trainer = train(folder, *options)
    try:
        _, said = trainer.communicate(timeout=LIMIT)
    finally:
        trainer.kill()
    return trainer.returncode, said


@pytest.mark.parametrize("ruin", BROKEN.values(), ids=list(BROKEN))
def test_learning_once_on_broken_embeddings_ends_with_one_sentence(
    folder: Path, ruin: Break, capsys: pytest.CaptureFixture[str]
) -> None:
    ruin(array_of(folder))
    code, said = main(["train", str(folder), "--once"]), capsys.readouterr().err
    assert code == 1
    last = said.strip().splitlines()[-1]
    assert last.startswith("dalt: ") and "embeddings" in last and "encode again" in last
    assert is_free(folder)


def test_a_process_that_learns_once_on_broken_embeddings_ends(folder: Path) -> None:
    truncate(array_of(folder))
    code, said = of_process(folder, "--once")
    assert code == 1 and said.strip().splitlines()[-1].startswith("dalt: ")
    assert is_free(folder)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_trainer_on_broken_embeddings_says_so_recovers_and_ends_when_told_to(
    folder: Path, stop: signal.Signals
) -> None:
    whole = array_of(folder).read_bytes()
    truncate(array_of(folder))
    trainer = train(folder)
    beat = folder / "snapshots/trainer.json"
    try:
        until(lambda: beat.is_file() and '"failed"' in beat.read_text(), seconds=LIMIT)
        assert "encode again" in beat.read_text()
        array_of(folder).write_bytes(whole)
        until(lambda: '"idle"' in beat.read_text(), seconds=LIMIT)
        trainer.send_signal(stop)
        trainer.communicate(timeout=LIMIT)
    finally:
        trainer.kill()
    assert trainer.returncode == 0
    assert is_free(folder)


def test_a_trainer_in_the_kernel_refuses_to_wait_and_goes_on_after_encoding(folder: Path) -> None:
    path = array_of(folder)
    whole = path.read_bytes()
    with dalt.Project.open(folder, thin=False) as project:
        truncate(path)
        with pytest.raises((dalt.BadInput, dalt.TrainingFailed), match="encode again"):
            project.trainer.wait()
        with project.session("bob") as session:  # labels keep flowing
            session.submit(assigned(session), "low")
        path.write_bytes(whole)
        project.trainer.wait(LIMIT)
        assert project.trainer.snapshot is not None
        assert project.trainer.state == "idle"


def test_a_broken_order_to_start_with_is_made_anew(folder: Path) -> None:
    with dalt.Project.open(folder, thin=False) as project:
        project.trainer.prepare()
        expected = project.trainer.candidates.tolist()
    [path] = (folder / "snapshots").glob("start-*.npy")
    truncate(path)
    with dalt.Project.open(folder, thin=False) as project:
        project.trainer.prepare()
        assert np.load(path).tolist() == expected


def test_who_follows_a_trainer_in_trouble_waits_no_longer_than_it_takes_to_hear_of_it(
    folder: Path,
) -> None:
    hold_nan(array_of(folder))  # only who reads all of them finds it
    for start in (folder / "snapshots").glob("start-*.npy"):
        start.unlink()  # or it would be the fit that fails, and not the look
    trainer = train(folder)
    try:
        with dalt.Project.open(folder, thin=True) as project:
            with pytest.raises(dalt.TrainingFailed, match="is not finite"):
                project.trainer.wait()
            np.save(array_of(folder), embeddings())
            project.trainer.wait(LIMIT)  # and goes on when that is mended
            assert project.trainer.snapshot is not None
    finally:
        trainer.terminate()
        trainer.communicate(timeout=LIMIT)


@pytest.fixture
def learned(folder: Path) -> Path:
    """The same project after its labels were learned, with one more that was not."""
    with dalt.Project.open(folder, thin=False) as project:
        project.trainer.wait(LIMIT)
    with dalt.Project.open(folder, thin=True) as project, project.session("ben") as session:
        session.submit(assigned(session), "high")
    return folder


def snapshot_of(folder: Path) -> Path:
    return max((folder / "snapshots").glob("0*.safetensors"))


def test_a_cut_snapshot_and_broken_conditions_are_passed_over_when_learning_once(
    learned: Path,
) -> None:
    truncate(snapshot_of(learned))
    (learned / "snapshots/conditions.jsonl").write_bytes(b'{"version": 1, "who')
    trainer = train(learned, "--once")
    try:
        said, _ = trainer.communicate(timeout=LIMIT)
    finally:
        trainer.kill()
    assert trainer.returncode == 0
    assert "has read every label" in said
    with dalt.Project.open(learned, thin=True) as project:
        assert project.status()["snapshot"] == 2
    assert is_free(learned)


def test_a_trainer_that_begins_with_a_cut_snapshot_learns_and_ends_when_told_to(
    learned: Path,
) -> None:
    truncate(snapshot_of(learned))
    (learned / "snapshots/conditions.jsonl").write_bytes(b"\xff\xfe\0")
    trainer = train(learned)
    beat = learned / "snapshots/trainer.json"
    try:
        until(lambda: beat.is_file() and '"idle"' in beat.read_text(), seconds=LIMIT)
        trainer.send_signal(signal.SIGTERM)
        trainer.communicate(timeout=LIMIT)
    finally:
        trainer.kill()
    assert trainer.returncode == 0
    assert is_free(learned)


@pytest.mark.parametrize(
    "content", [b"[project", b"\xff\xfe\0", b""], ids=["cut", "binary", "empty"]
)
def test_a_broken_project_file_is_one_sentence_to_whoever_wants_to_learn(
    folder: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "project.toml").write_bytes(content)
    for options in ([], ["--once"]):
        code, said = main(["train", str(folder), *options]), capsys.readouterr().err
        assert code == 1
        assert said.startswith("dalt: ") and said.count("\n") == 1 and "project.toml" in said
    assert is_free(folder)


def test_a_process_with_a_broken_project_file_ends(folder: Path) -> None:
    (folder / "project.toml").write_bytes(b"[project")
    code, said = of_process(folder)
    assert code == 1 and said.startswith("dalt: ") and said.count("\n") == 1
    assert is_free(folder)


def test_the_trainer_of_a_server_says_what_is_broken_and_ends_with_it(folder: Path) -> None:
    path = folder / "project.toml"
    whole = path.read_bytes()
    path.write_bytes(whole[:20])
    lines: queue.Queue[str] = queue.Queue()
    supervisor = Supervisor(folder, say=lines.put)
    supervisor.start()
    try:
        assert "project.toml" in lines.get(timeout=LIMIT)
        path.write_bytes(whole)
        beat = folder / "snapshots/trainer.json"
        until(lambda: beat.is_file() and '"idle"' in beat.read_text(), seconds=LIMIT)
    finally:
        supervisor.close()
    assert is_free(folder)


class Leaving:
    """A head that somebody wrote, and that ends the program when it is first asked to learn."""

    name = "leaving"

    def __init__(self) -> None:
        self.asked = 0

    def fit(self, *given: Any, **options: Any) -> Fitted:
        self.asked += 1
        if self.asked == 1:
            sys.exit("no licence")
        return default_head().fit(*given, **options)


def test_a_head_that_would_end_the_program_fails_and_labeling_goes_on(folder: Path) -> None:
    head = Leaving()
    with dalt.Project.open(folder, head=head) as project, project.session("ana") as session:
        with pytest.raises(dalt.TrainingFailed, match="SystemExit: no licence"):
            project.trainer.wait(LIMIT)
        assert project.trainer.state == "failed"
        session.submit(assigned(session), "low")
        project.trainer.wait(LIMIT)
        assert head.asked == 2 and str(project.trainer.state) == "idle"

"""Thin projects: what a page's process follows, what it refuses, and what it never imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from all_shown import ALL_SHOWN
from waiting import PATIENCE, until_told

import dalt
from dalt.core.records import Task
from dalt.learning.training.follower import STOPPED, Follower
from dalt.learning.training.heartbeat import FILE, Listener, read_beat
from dalt.learning.training.trainer import Trainer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of 60 rows in two clusters, embedded."""
    path = tmp_path / "rows.dalt"
    with dalt.Project.create(path, classes=["low", "high"]) as project:
        project.add_texts([f"text {i}" for i in range(60)], progress=False)
        points = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
        points[30:] += 8
        project.add_embeddings(points, progress=False)
    return path


@pytest.fixture
def learning(folder: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(folder, thin=False) as project:
        project.trainer.wait(0)
        yield project


@pytest.fixture
def thin(folder: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(folder, thin=True) as project:
        yield project


def label(project: dalt.Project, n: int, annotator: str = "ana") -> None:
    with project.session(annotator) as session:
        for _ in range(n):
            asked = session.next()
            assert asked is not None
            session.submit(asked, "low" if asked.sample.position < 30 else "high")


def test_two_thin_projects_follow_one_trainer(learning: dalt.Project, folder: Path) -> None:
    learning.trainer.start()
    with (
        dalt.Project.open(folder, thin=True) as one,
        dalt.Project.open(folder, thin=True) as other,
    ):
        label(one, 6)
        label(other, 6, "ben")
        for project in (one, other):
            project.trainer.wait(PATIENCE)
        learning.trainer.wait(PATIENCE)
        found = [each.trainer.snapshot for each in (one, other, learning)]
        assert len({each.hash for each in found if each is not None}) == 1
        assert one.trainer.state == other.trainer.state == "idle"
        assert one.session("ana").suggest(one.samples().sample_id[0]).top == "low"


def test_the_arrays_of_a_followed_snapshot_stay_in_its_file(
    learning: dalt.Project, thin: dalt.Project
) -> None:
    learning.trainer.start()
    label(thin, 4)
    thin.trainer.wait(PATIENCE)
    snapshot = thin.trainer.snapshot
    assert snapshot is not None
    base: object = snapshot.probabilities
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)  # the same pages of memory for every kernel


def test_a_thin_project_begins_with_the_cold_start_of_the_others(
    learning: dalt.Project, thin: dalt.Project
) -> None:
    assert len(thin.trainer.candidates) == 60
    assert np.array_equal(thin.trainer.candidates, learning.trainer.candidates)


def test_without_a_trainer_it_says_so_and_labels_go_on(thin: dalt.Project) -> None:
    until_told(thin, lambda: thin.trainer.state == "stopped")
    assert thin.session("ana").standing().message == STOPPED
    label(thin, 3)
    assert len(thin.labels()) == 3
    assert not (thin.folder / "snapshots" / FILE).exists()  # it has not begun to learn itself


def test_it_learns_again_when_a_trainer_is_there(thin: dalt.Project, folder: Path) -> None:
    label(thin, 4)
    until_told(thin, lambda: thin.trainer.state == "stopped")
    with dalt.Project.open(folder, thin=False) as learning:
        learning.trainer.start()
        thin.trainer.wait(PATIENCE)
        assert thin.trainer.state == "idle"
    until_told(thin, lambda: thin.trainer.state == "stopped")  # an orderly end is told at once
    assert thin.trainer.snapshot is not None


def test_a_review_comes_from_the_trainer(learning: dalt.Project, thin: dalt.Project) -> None:
    learning.trainer.start()
    label(thin, 20)
    thin.trainer.wait(PATIENCE)
    theirs = thin.session("ana").review(PATIENCE)
    own = learning.session("ana").review(PATIENCE)
    assert len(theirs) == 20
    assert [(e.label.sample_id, e.quality) for e in theirs] == [
        (e.label.sample_id, e.quality) for e in own
    ]


def test_a_review_without_a_trainer_is_refused(thin: dalt.Project) -> None:
    label(thin, 4)
    with pytest.raises(dalt.TrainingFailed, match="learns no further for the moment"):
        thin.session("ana").review(PATIENCE)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("encode", lambda project: project.encode(progress=False)),
        ("fine_tune", lambda project: project.fine_tune(progress=False)),
        ("add_embeddings", lambda project: project.add_embeddings(np.ones((60, 2)))),
    ],
)
def test_a_thin_project_refuses_to_fit(
    thin: dalt.Project, name: str, call: Callable[[dalt.Project], object]
) -> None:
    with pytest.raises(dalt.ThinProject, match=rf"project\.{name}\(\) needs a project that learns"):
        call(thin)


def test_a_thin_project_takes_no_head(folder: Path) -> None:
    with pytest.raises(dalt.BadSettings, match="a thin project does not"):
        dalt.Project.open(folder, thin=True, head=object())


def test_the_environment_says_thin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, kind in (("1", Follower), ("", Trainer)):
        monkeypatch.setenv("DALT_THIN", value)
        with dalt.Project.open(folder) as project:
            assert type(project.training.trainer) is kind


def test_a_second_trainer_is_refused(learning: dalt.Project, folder: Path) -> None:
    learning.trainer.start()
    until_told(learning, lambda: read_beat(folder / "snapshots") is not None)
    done = subprocess.run(
        [sys.executable, "-m", "dalt.cli", "train", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("dalt: Process ")
    assert "learns for rows.dalt already" in done.stderr
    assert done.stderr.count("\n") == 1


def test_silence_is_told_from_signs_of_life(tmp_path: Path) -> None:
    beat = {
        "pid": 1, "started": "", "at": 0.0, "state": "idle", "message": "", "snapshot": None,
        "seen": [0, "", 0, [], False],
    }  # fmt: skip
    path = tmp_path / FILE
    listener = Listener(tmp_path, 60)
    assert listener.listen() is None
    path.write_text(json.dumps(beat))
    assert listener.listen() is None  # written long ago: whether it lives is not known yet
    path.write_text(json.dumps(beat | {"state": "learning"}))
    found = listener.listen()  # but now it has changed, whatever its clock says
    assert found is not None
    assert found.state == "learning"
    assert Listener(tmp_path, 60).listen() is None
    path.unlink()
    assert listener.listen() is None


# --- what it never imports ---------------------------------------------------------------------

HEAVY = ("torch", "pandas", "sklearn", "scipy", "faiss", "matplotlib", "skactiveml", "onnxruntime")

LABELLING = """
import json, sys, uuid
import dalt
from dalt.widgets import LabelPage

said = []
LabelPage.send = lambda page, content, buffers=None: said.append(content)
page = dalt.Project.open(sys.argv[1], thin=True).label(annotator="ana")
say = lambda **content: page._receive({"page": "p", **content}, [])
say(type="ready")
answer = json.loads(sys.argv[2])
samples = [each for one in said if one["type"] == "samples" for each in one["samples"]]
for each in samples[:3]:
    say(type="answer", key=uuid.uuid4().hex, sample_id=each["id"], label=answer,
        suggestion=each["suggestion"])
say(type="undo", key="an undo", up_to=None)
say(type="pages", held=[], size=4)
for one in [each for each in said if each["type"] == "pages"]:
    for each in one["pages"]:
        tiles = [{"sample_id": tile["id"], "label": "a"} for tile in each["samples"]]
        say(type="verify", key="page " + each["id"], page_id=each["id"], samples=tiles)
for kind in ("progress", "history"):
    say(type=kind)
verified = [each for each in said if each["type"] == "ack" and each["kind"] == "page"]
page.close()
print(json.dumps([[each["type"] for each in said], len(verified),
                  sorted(set(sys.argv[3].split()) & set(sys.modules))]))
"""

REGION = {"shape": "box", "label": "a", "points": [[1, 1], [20, 20]]}
SPAN = {"shape": "span", "label": "a", "start": 0, "end": 3}


def pool(project: dalt.Project, kind: str, folder: Path) -> None:
    random = np.random.default_rng(0)
    if kind == "images":
        project.add_images(random.integers(0, 255, (40, 48, 48, 3), np.uint8), progress=False)
    elif kind == "texts":
        project.add_texts([f"text {i}" for i in range(40)], progress=False)
    elif kind == "rows":
        frame = pd.DataFrame({"x": range(40), "y": [f"a{i}" for i in range(40)]})
        project.add_table(frame, progress=False)
    else:
        for i in range(40):
            soundfile.write(folder / f"{i}.wav", random.normal(size=2_000) / 9, 8_000)
        project.add_audio(folder, progress=False)


@pytest.mark.parametrize(
    ("kind", "task", "answer"),
    [
        ("images", "classes", "a"),
        ("texts", "classes", "a"),
        ("rows", "classes", "a"),
        ("audio", "classes", "a"),
        ("images", "boxes", [REGION]),
        ("images", "polygons", []),
        ("texts", "spans", [SPAN]),
    ],
)
def test_a_thin_page_stays_light(tmp_path: Path, kind: str, task: Task, answer: object) -> None:
    folder = tmp_path / "pool.dalt"
    (tmp_path / "clips").mkdir()
    with dalt.Project.create(folder, classes=["a", "b"], task=task, settings=ALL_SHOWN) as project:
        pool(project, kind, tmp_path / "clips")
        if task == "classes":
            points = np.repeat(np.eye(2, dtype=np.float32), 20, axis=0)
            project.add_embeddings(points, progress=False)
            with project.session("ben") as session:
                for _ in range(8):
                    asked = session.next()
                    assert asked is not None
                    session.submit(asked, "ab"[asked.sample.position // 20])
            project.trainer.wait(PATIENCE)
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c", LABELLING),
            *(str(folder), json.dumps(answer), " ".join(HEAVY)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.stderr == ""
    said, n_pages, loaded = json.loads(done.stdout)
    assert {"setup", "samples", "ack", "undone", "progress", "history"} <= set(said)
    assert bool(n_pages) == (task == "classes")
    assert loaded == []

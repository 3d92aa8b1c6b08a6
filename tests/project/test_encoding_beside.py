"""Labeling begins right after samples were added: encoding runs beside it, in its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from processes import runs, under
from waiting import PATIENCE, until

import dalt
from dalt.core.records import BadInput
from dalt.learning.encoders.best import BestEncoder
from dalt.learning.encoders.cache_files import encoding_alone
from dalt.learning.training import encoding_beside as module
from dalt.server.trainer_process import replay

TEXTS = [f"{pet} {verb} {n}" for pet in ("cat", "dog") for verb in ("sat", "ran") for n in range(9)]
SOON = "--soon"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dalt.Project]:
    """Texts without embeddings, in an environment that lets pages encode."""
    monkeypatch.setenv("DALT_ENCODE", "1")
    with dalt.Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"], seed=0) as made:
        made.add_texts(TEXTS)
        yield made


def label(project: dalt.Project, n: int) -> None:
    with project.session("ben") as session:
        for turn in range(n):
            given = session.next()
            assert given is not None
            session.submit(given, ("cat", "dog")[turn % 2])


def encoders(project: dalt.Project) -> list[psutil.Process]:
    """The processes that encode this project."""
    return [each for each in under(os.getpid(), str(project.folder)) if SOON in each.cmdline()]


def test_suggestions_come_though_nobody_encoded_and_the_trained_encoder_takes_over(
    project: dalt.Project,
) -> None:
    project.label("ana")
    label(project, 4)
    until(lambda: project.trainer.snapshot)
    snapshot = project.trainer.snapshot
    assert snapshot is not None and len(snapshot.probabilities) == len(TEXTS)
    until(lambda: project.status()["encoder_choice"]["name"] == "autoencoder")
    label(project, 1)
    project.trainer.wait()
    assert project.status()["labelled"] == 5
    until(lambda: not encoders(project))
    project.close()
    replayed = replay(project.folder)
    assert len(replayed) >= 2 and all(each.same for each in replayed)


def test_until_somebody_opens_a_page_nothing_is_started(project: dalt.Project) -> None:
    label(project, 1)
    with pytest.raises(dalt.NotEncoded):
        project.trainer.wait()
    assert encoders(project) == []


def test_the_environment_can_refuse_it(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_ENCODE", "0")
    project.label("ana")
    label(project, 1)
    with pytest.raises(dalt.NotEncoded):
        project.trainer.wait()
    assert encoders(project) == []


def test_samples_that_are_added_later_are_encoded_too(project: dalt.Project) -> None:
    project.encode(progress=False)
    project.label("ana")
    assert len(project.add_texts(["a bird flew"]).ids) == 1
    until(lambda: project.status()["encoded"] == len(TEXTS) + 1)


def test_embeddings_that_were_given_are_left_alone(project: dalt.Project) -> None:
    project.add_embeddings([[float(n), 1.0] for n in range(len(TEXTS))], progress=False)
    project.label("ana")
    project.add_texts(["a bird flew"])
    beside = project.training.beside
    assert beside.wanted
    beside.look()
    assert encoders(project) == [] and beside.message == ""


@pytest.mark.slow
def test_it_is_killed_and_another_one_goes_on(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.0)
    project.label("ana")
    [first] = until(lambda: encoders(project))
    first.kill()
    until(lambda: project.trainer.snapshot is None and project.status()["encoded"] == len(TEXTS))


def test_who_encodes_here_ends_it_and_has_no_rival(project: dalt.Project) -> None:
    project.label("ana")
    [beside] = until(lambda: encoders(project))
    project.encode("untrained", progress=False)
    assert not runs(beside)
    assert project.status()["encoder_choice"]["name"] == "untrained"
    project.training.beside.look()
    assert encoders(project) == []


def test_while_another_process_encodes_none_is_started(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    beside = project.training.beside
    beside.wanted = True
    with encoding_alone(project.workspace.cache.folder):
        beside.look()
        assert encoders(project) == []
    beside.look()
    assert len(encoders(project)) == 1


def test_it_ends_with_the_project(project: dalt.Project) -> None:
    project.label("ana")
    [beside] = until(lambda: encoders(project))
    project.close()
    assert not runs(beside)


@pytest.mark.slow
def test_it_ends_with_a_process_that_was_killed(project: dalt.Project) -> None:
    project.close()
    code = (
        "import sys, time, dalt\n"
        "project = dalt.Project.open(sys.argv[1])\n"
        "page = project.label('ana')\n"
        "time.sleep(600)\n"
    )
    kernel = subprocess.Popen([sys.executable, "-c", code, str(project.folder)])
    try:
        [beside] = until(lambda: under(kernel.pid, SOON))
    finally:
        os.kill(kernel.pid, signal.SIGKILL)
        kernel.wait()
    until(lambda: not runs(beside))


def test_why_it_failed_is_told_and_it_is_tried_again_later(project: dalt.Project) -> None:
    beside = project.training.beside
    beside.command += ["--encoder", "unheard-of"]
    project.label("ana")
    until(lambda: "could not be encoded" in beside.message)
    assert "There is no encoder 'unheard-of'" in beside.message
    until(lambda: project.trainer.message == beside.message)
    beside.look()
    assert encoders(project) == [], "there is a pause first"
    label(project, 1)
    with pytest.raises(dalt.NotEncoded, match="There is no encoder 'unheard-of'"):
        project.trainer.wait()


def test_two_cannot_encode_one_folder(project: dalt.Project) -> None:
    with (
        encoding_alone(project.workspace.cache.folder),
        pytest.raises(BadInput, match="Another process is encoding"),
    ):
        project.encode(progress=False)


def interrupt_after_the_first(project: dalt.Project) -> BestEncoder:
    best = BestEncoder(project.workspace.cache.folder)

    def interrupted(what: str, _done: int, _total: int) -> None:
        if best.begins and "autoencoder" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.encode(soon=True, progress=interrupted)
    assert best.begins and not best.is_complete
    return best


@pytest.mark.slow
def test_interrupted_after_the_first_candidate_the_next_process_makes_the_others(
    project: dalt.Project,
) -> None:
    best = interrupt_after_the_first(project)
    project.label("ana")
    until(lambda: project.status()["encoder_choice"]["name"] == "autoencoder")
    until(lambda: not encoders(project))
    assert best.is_complete


def test_a_candidate_that_fails_is_not_tried_again_and_again(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    best, beside = interrupt_after_the_first(project), project.training.beside
    beside.command = [sys.executable, "-c", "'It leaves out the candidate.'"]
    beside.wanted = True
    beside.look()
    assert beside.is_running

    def ended() -> bool:
        beside.look()
        return not beside.is_running

    until(ended)
    assert ended() and not best.is_complete and beside.message == ""


def test_a_project_closes_while_one_of_its_threads_encodes(project: dalt.Project) -> None:
    project.label("ana")
    until(lambda: encoders(project))
    closed: list[bool] = []

    def closing(_what: str, _done: int, _total: int) -> None:
        thread = threading.Thread(target=project.close, daemon=True)
        thread.start()
        thread.join(PATIENCE)
        closed.append(not thread.is_alive())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.encode(progress=closing)
    assert closed == [True]


def test_what_cannot_be_started_keeps_nobody_from_learning(project: dalt.Project) -> None:
    project.encode(progress=False)
    project.training.beside.command = [str(project.folder / "no-such-program")]
    project.label("ana")
    project.add_texts(["a bird flew"])
    beside = project.training.beside
    label(project, 2)
    project.trainer.wait()
    until(lambda: "could not be encoded" in beside.message)
    assert project.trainer.state == "idle"


def test_nothing_stays_behind_for_a_process_that_is_killed(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    beside = project.training.beside
    beside.wanted = True
    beside.look()
    assert beside.is_running and list(scratch.iterdir()) == []
    beside.close()

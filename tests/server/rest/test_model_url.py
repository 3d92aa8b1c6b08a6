"""Pages that take their suggestions from a model server, and what they do when it is away."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from asked import TOKEN, serving
from assignments import assigned

import dalt
from dalt.core.records import BadSettings, Suggestion
from dalt.learning.training.follower import Follower
from dalt.learning.training.remote_follower import (
    PAUSE_SECONDS,
    ModelServer,
    ServedFollower,
    ServerAway,
)

N = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two clusters, eight labels learned."""
    path = tmp_path_factory.mktemp("served") / "rows.dalt"
    with dalt.Project.create(path, classes=["low", "high"]) as project:
        project.add_texts([f"text {i}" for i in range(N)], progress=False)
        points = np.random.default_rng(0).normal(size=(N, 4)).astype(np.float32)
        points[N // 2 :] += 8
        project.add_embeddings(points, progress=False)
        with project.session("ana") as session:
            for _ in range(8):
                asked = assigned(session)
                session.submit(asked, "low" if asked.sample.position < N // 2 else "high")
        project.trainer.wait(60)
    return path


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with serving(folder) as asked:
        yield asked.url


@pytest.fixture
def elsewhere(folder: Path, tmp_path: Path) -> Path:
    """The same project without its snapshots: what it suggests comes from the server alone."""
    path = tmp_path / "rows.dalt"
    shutil.copytree(folder, path, ignore=shutil.ignore_patterns("snapshots"))
    return path


class Clock:
    """Goes on when it is told to."""

    now = 1.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one by which the pause ends after a server was away."""
    made = Clock()
    monkeypatch.setattr("dalt.learning.training.remote_follower.time", made)
    return made


def suggestions(project: dalt.Project, annotator: str = "ben") -> list[Suggestion]:
    with project.session(annotator) as session:
        return session.suggest_for(project.workspace.store.samples.all()[:5])


def test_the_page_suggests_what_the_server_says(
    folder: Path, elsewhere: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dalt.Project.open(folder, thin=True) as project:
        own = suggestions(project)
    monkeypatch.setenv("DALT_MODEL_URL", url)
    monkeypatch.setenv("DALT_MODEL_TOKEN", TOKEN)
    with dalt.Project.open(elsewhere) as project:  # it is thin: the address says so
        assert project.trainer.snapshot is None
        found = suggestions(project)
        with project.session("ben") as session:
            asked = assigned(session)
            event = session.submit(asked, "low")
    assert [each.classes for each in found] == [each.classes for each in own]
    assert [each.probabilities for each in found] == [each.probabilities for each in own]
    assert asked.suggestion.snapshot == event.snapshot == own[0].snapshot


def test_blind_annotators_get_nothing_from_it_either(
    elsewhere: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_MODEL_URL", url)
    monkeypatch.setenv("DALT_MODEL_TOKEN", TOKEN)
    with dalt.Project.open(elsewhere) as project, project.session("ben", blind=True) as session:
        assert session.suggest(project.samples().sample_id[0]).top is None


@pytest.mark.slow
def test_a_server_that_goes_and_comes_back(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While it is down the last snapshot answers; when it is back it is asked again."""
    monkeypatch.setenv("DALT_MODEL_TOKEN", TOKEN)
    with serving(folder) as asked:
        monkeypatch.setenv("DALT_MODEL_URL", asked.url)
        port = int(asked.url.rsplit(":", 1)[1])
        with dalt.Project.open(folder) as project:
            trainer = project.trainer
            assert isinstance(trainer, ServedFollower)
            first = suggestions(project)
            asked.process.kill()
            asked.process.wait()
            second = suggestions(project)
            assert "is away" in caplog.text
            third = suggestions(project)
            assert caplog.text.count("is away") == 1  # told once
            clock.now += PAUSE_SECONDS
            with serving(folder, port=port):
                fourth = suggestions(project)
            assert "answers again" in caplog.text
    assert first == second == third == fourth
    assert first[0].top is not None


def test_a_wrong_token_falls_back_and_is_told(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DALT_MODEL_URL", url)
    monkeypatch.setenv("DALT_MODEL_TOKEN", "wrong")
    with dalt.Project.open(folder) as project:
        assert suggestions(project)[0].top is not None
    assert "status 401: This needs the server's token" in caplog.text


def test_a_server_that_hangs_is_waited_for_no_longer_than_the_patience(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        server = ModelServer(address, "", patience_seconds=0.05)
        with pytest.raises(ServerAway, match="timed out"):
            server.suggest(["a"])
        server.close()


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b"nonsense\n"])
def test_what_is_no_model_server_is_away(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            for _ in range(2):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        server = ModelServer(f"http://127.0.0.1:{listening.getsockname()[1]}", "")
        for _ in range(2):
            with pytest.raises(ServerAway):
                server.suggest(["a"])
            server.close()
        thread.join()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "http://h:port"])
def test_an_address_that_makes_no_sense_is_one_line(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_MODEL_URL", url)
    with (
        dalt.Project.open(folder) as project,
        pytest.raises(BadSettings, match="is no http://HOST:PORT"),
    ):
        _ = project.trainer


def test_whoever_learns_does_not_ask(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_MODEL_URL", "http://127.0.0.1:9")
    with dalt.Project.open(folder, thin=False) as project:
        assert not isinstance(project.trainer, Follower)


def test_the_pause_ends(folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_MODEL_URL", "http://127.0.0.1:9")
    with dalt.Project.open(folder) as project:
        asked: list[int] = []
        ask = ModelServer.suggest

        def counted(server: ModelServer, sample_ids: Sequence[str]) -> dict[str, Suggestion]:
            asked.append(len(sample_ids))
            return ask(server, sample_ids)

        monkeypatch.setattr(ModelServer, "suggest", counted)
        for seconds, n_asked in [(0.0, 1), (0.9 * PAUSE_SECONDS, 1), (0.2 * PAUSE_SECONDS, 2)]:
            clock.now += seconds
            suggestions(project)
            assert len(asked) == n_asked

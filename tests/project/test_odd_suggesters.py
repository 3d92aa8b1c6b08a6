"""Sources that come and go, change, or say what no source may say."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from assignments import assigned
from waiting import PATIENCE, until

import dalt
from dalt.cli import main
from dalt.suggesters import Failures

N = 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rows.dalt"
    points = np.random.default_rng(0).normal(size=(N, 4)).astype(np.float32)
    points[N // 2 :] += 4
    with dalt.Project.create(path, classes=["low", "high"]) as project:
        project.add_texts([f"text {i}" for i in range(N)], progress=False)
        project.add_embeddings(points, progress=False)
    return path


@pytest.fixture
def project(folder: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(folder) as opened:
        opened.training.stepped()
        yield opened


def true(text: str) -> str:
    return "low" if int(text.split()[1]) < N // 2 else "high"


def votes(project: dalt.Project) -> list[Any]:
    parts = project.workspace.store.suggesters.votes()
    held = {each.position: each.content for part in parts for each in part}
    return [held.get(place) for place in range(N)]


def asking(name: str) -> int:
    """How many threads ask a source of this name."""
    return sum(each.name == f"dalt-suggester-{name}" for each in threading.enumerate())


class OwnSource:
    """A source as somebody else may write one."""

    version: Any = "1"
    together: Any = 8

    def __init__(self, suggest: Callable[[Sequence[Any]], Any]) -> None:
        self.failures: Any = Failures()
        self._suggest = suggest

    def suggest(self, raw: Sequence[Any], task: Any) -> Any:
        return self._suggest([raw[place] for place in range(len(raw))])


# --- they come and go ---------------------------------------------------------------------------


def test_a_former_version_that_answers_late_replaces_nothing(project: dalt.Project) -> None:
    begun, waits, over = threading.Event(), threading.Event(), threading.Event()

    def slow(raw: Sequence[Any]) -> list[Any]:
        begun.set()
        waits.wait(PATIENCE)
        over.set()
        return [{"low": 1.0}] * len(raw)

    project.add_suggester("rules", OwnSource(slow))
    assert begun.wait(PATIENCE)
    project.add_suggester("rules", lambda text: "high").wait(PATIENCE)
    waits.set()
    assert over.wait(PATIENCE)
    until(lambda: asking("rules") == 1)
    assert votes(project) == [{"high": 1.0}] * N


def test_a_source_that_another_process_takes_out_is_asked_no_more(
    project: dalt.Project, folder: Path
) -> None:
    rules = project.add_suggester("rules", lambda text: "low")
    rules.wait(PATIENCE)
    assert main(["suggest", str(folder), "remove", "rules"]) == 0
    until(lambda: rules.state == "ended")
    assert rules.message == "rules was taken out of the project."
    project.add_class("middle")  # it would have begun again, and come back
    until(lambda: asking("rules") == 0)
    assert len(project.suggesters()) == 0


def test_the_last_version_that_somebody_asks_holds(project: dalt.Project, folder: Path) -> None:
    first = project.add_suggester("rules", lambda text: "low")
    first.wait(PATIENCE)
    with dalt.Project.open(folder, thin=True) as other:
        store = other.workspace.store.suggesters
        number = store.named("rules").suggester_id  # type: ignore[union-attr]
        store.put("rules", "live", "another")
        samples = list(project.samples().sample_id)
        store.vote(number, {key: {"high": 1.0} for key in samples}, "another")
    until(lambda: first.state == "ended")
    assert first.message == "Another process asks another version of rules since."
    assert votes(project) == [{"high": 1.0}] * N


def test_another_version_of_a_stopped_source_is_asked_about_labelled_samples(
    project: dalt.Project,
) -> None:
    guesses = project.add_suggester("rules", lambda text: ["low", "high"][crc32(text.encode()) % 2])
    guesses.wait(PATIENCE)
    labelled: set[str] = set()
    with project.session("ana") as session:
        while project.suggesters().state.tolist() != ["stopped"]:
            asked = assigned(session)
            text = str(session.display(asked.sample).text)
            session.submit(asked, true(text))
            labelled.add(text)
            project.trainer.wait(PATIENCE)
    heard: set[str] = set()

    def better(text: str) -> str:
        heard.add(text)
        return true(text)

    project.add_suggester("rules", better)
    until(lambda: heard >= labelled)


def test_a_class_with_the_name_of_a_removed_one_gets_no_votes_of_that_one(
    project: dalt.Project,
) -> None:
    project.add_class("other")
    said = [{"text": f"text {i}", "label": "other"} for i in range(N)]
    project.add_suggestions(said, source="m", progress=False)
    project.remove_class("other")
    project.rename_class("high", "other")
    project.trainer.wait(PATIENCE)
    assert project.suggesters().n_votes.tolist() == [0]
    assert len(project.suggest()) == 0 or project.suggest().probability.max() < 0.6


# --- what they say ------------------------------------------------------------------------------

SAYS: dict[str, tuple[Callable[[Sequence[Any]], Any], str]] = {
    "too few": (lambda raw: [None], "OwnSource.suggest() gave 1 votes for 8 samples."),
    "nothing": (lambda raw: None, "OwnSource.suggest() gave None, not a list of votes."),
    "raises": (lambda raw: [1 / 0], "OwnSource.suggest() raised ZeroDivisionError: division by"),
}


@pytest.mark.parametrize("what", SAYS)
def test_a_source_that_is_none_has_stopped_in_one_sentence(
    project: dalt.Project, what: str
) -> None:
    suggest, said = SAYS[what]
    found = project.add_suggester("own", OwnSource(suggest))
    found.wait(PATIENCE)
    assert found.state == "failed"
    assert found.message.startswith(f"own has stopped: {said}")


@pytest.mark.parametrize("vote", [{"weather": 3.0}, {"low": float("nan")}, {"low": 0.9, "high": 2}])
def test_what_is_no_vote_is_not_recorded(project: dalt.Project, vote: Any) -> None:
    found = project.add_suggester("own", OwnSource(lambda raw: [vote] * len(raw)))
    found.wait(PATIENCE)
    assert votes(project) == [None] * N and project.suggesters().n_votes.tolist() == [0]
    assert "own failed on 40 samples; the first: own gave no vote: " in found.message


@pytest.mark.parametrize("vote", ["low", {"low": np.float32(1)}, np.array([1.0, 0.0])])
def test_votes_of_all_forms_are_taken_of_anybody_s_source(project: dalt.Project, vote: Any) -> None:
    project.add_suggester("own", OwnSource(lambda raw: [vote] * len(raw))).wait(PATIENCE)
    assert [each["low"] for each in votes(project)] == [1.0] * N


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("version", 3, "OwnSource.version is a text, not 3."),
        ("together", "many", "OwnSource.together is a whole number, not 'many'."),
        ("failures", 7, "OwnSource.failures has no count: make it by dalt.suggesters.Failures()."),
    ],
)
def test_what_only_looks_like_a_source_is_refused(
    project: dalt.Project, name: str, value: Any, said: str
) -> None:
    own = OwnSource(lambda raw: [None] * len(raw))
    setattr(own, name, value)
    with pytest.raises(dalt.BadInput) as refused:
        project.add_suggester("own", own)
    assert str(refused.value) == said and len(project.suggesters()) == 0


def test_words_that_no_database_takes_are_shown_all_the_same(project: dalt.Project) -> None:
    def rules(text: str) -> str:
        raise ValueError("half \ud800 nothing \0 red \x1b[31m" + "x" * 10_000)

    found = project.add_suggester("rules", rules)
    found.wait(PATIENCE)
    assert found.state == "done" and "raised ValueError: half � nothing � red" in found.message
    assert project.suggesters().trouble.tolist() == [found.message]
    assert len(found.message) <= 500


def test_huge_answers_take_no_time(project: dalt.Project) -> None:
    began = time.monotonic()
    project.add_suggester("rules", lambda text: "x" * 3_000_000).wait(PATIENCE)
    assert time.monotonic() - began < PATIENCE / 2
    [trouble] = project.suggesters().trouble
    assert "There is no class 'xxx" in trouble


# --- their names --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " ", " a", "a\nb", "\x1b[31mred", "\u202egnp", "x" * 81])
def test_names_that_would_spoil_a_page_or_terminal_are_refused(
    project: dalt.Project, name: str
) -> None:
    with pytest.raises(dalt.BadInput, match="needs a name of 1 to 80 printable characters"):
        project.add_suggester(name, lambda text: "low")


@pytest.mark.parametrize("name", ["모델 ☃", "<b>&", "{n}", "a,b|c", "👩\u200d🔬", "x" * 80])
def test_all_other_names_are_fine(project: dalt.Project, name: str) -> None:
    project.add_suggestions([{"text": "text 1", "label": "low"}], source=name, progress=False)
    assert project.suggesters().source.tolist() == [name]
    with project.session("ana") as session:
        session.submit(assigned(session), "low")
    project.remove_suggester(name)


# --- files --------------------------------------------------------------------------------------


def test_the_model_of_a_file_can_be_named(
    project: dalt.Project, folder: Path, tmp_path: Path
) -> None:
    def prediction(model: str, label: Any) -> dict[str, Any]:
        value = {"choices": [label]}
        result = [{"from_name": "c", "to_name": "text", "type": "choices", "value": value}]
        return {"model_version": model, "result": result, "score": 0.8}

    tasks = [
        {
            "data": {"text": "text 1"},
            "predictions": [prediction("a", "low"), prediction("b", "high")],
        },
        {"data": {"text": "text 2"}, "predictions": [{"model_version": "a", "result": 3}]},
    ]
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(tasks))
    with pytest.raises(dalt.BadInput, match=r"name one, model='NAME' \(--model\)"):
        project.add_suggestions(path, source="m", progress=False)
    project.add_suggestions(path, source="m", model="b", progress=False)
    assert votes(project)[1] == {"high": 0.8}
    assert main(["suggest", str(folder), "add", str(path), "--source", "n", "--model", "a"]) == 0
    assert votes(project)[1] == {"low": 0.8}


# --- servers ------------------------------------------------------------------------------------

HANGS = """
import socket, sys, time
import dalt
from dalt.suggesters import chat

server = socket.create_server(("127.0.0.1", 0))  # it takes requests and never answers
project = dalt.Project.open(sys.argv[1])
project.add_suggester("slow", chat(f"http://127.0.0.1:{server.getsockname()[1]}/v1", "m", key=None))
server.accept()
if sys.argv[2] == "closed":
    project.close()
print("done")
"""


@pytest.mark.parametrize("how", ["closed", "left open"])
def test_a_program_ends_while_a_server_does_not_answer(folder: Path, how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS, str(folder), how],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr

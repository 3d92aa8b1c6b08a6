"""``dalt finish``: begin an audit, show how far it is, and give it up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dalt
from dalt.cli import main

N = 120
PATH = "t.dalt"


@pytest.fixture(autouse=True)
def _labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with dalt.Project.create(PATH, classes=["low", "high"]) as project:
        project.add_table(pd.DataFrame({"x": range(N)}), progress=False)
        rows = np.repeat([[0.0, 1.0], [1.0, 0.0]], N // 2, axis=0)
        project.add_embeddings(
            rows + np.random.default_rng(0).normal(0, 0.05, rows.shape), progress=False
        )
    answer(24)
    yield


def answer(n: int) -> None:
    """Label the next samples rightly."""
    with dalt.Project.open(PATH) as project, project.session(annotator="ana") as session:
        for _ in range(n):
            asked = session.next()
            assert asked is not None
            session.submit(asked, "low" if asked.sample.position < N // 2 else "high")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["finish", PATH, *words]) == 0
    return capsys.readouterr().out


def test_an_audit_is_begun_shown_and_ends_in_a_certificate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        said(capsys, "--show")
        == "Nobody has asked for a certified finish: dalt finish begins one.\n"
    )
    assert json.loads(said(capsys, "--show", "--json")) is None
    begun = said(capsys, "--max-error", "0.25")
    assert "at most 25% errors, at 95% confidence" in begun and "more to check" in begun
    told = json.loads(said(capsys, "--show", "--json"))
    assert told["running"] and not told["holds"] and told["max_error"] == 0.25
    answer(told["least_more"])
    ended = said(capsys, "--max-error", "0.25")
    assert ended.startswith("The model labels ") and "of them are wrong" in ended
    labels = Path("labels.csv")
    assert main(["export", PATH, str(labels)]) == 0
    written = pd.read_csv(labels)
    assert (written.source == "model").sum() > N / 3


def test_a_certificate_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--max-error", "0.25")
    assert said(capsys, "--void") == "The model labels nothing any more.\n"
    assert said(capsys, "--void") == "There was nothing to give up.\n"
    assert "dalt finish --void" in said(capsys, "--show")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--max-error", "1"], "max_error=1.0: it is a share between 0 and 1"),
        (["--max-error", "0.00001"], "not sure enough"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["finish", PATH, *words]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("dalt: ") and says in line

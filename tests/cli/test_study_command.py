"""``dalt study``: begin, show and end a randomised study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dalt
from dalt.cli import main

PATH = "pets.dalt"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dalt.Project.create(PATH, classes=["cat", "dog"]).close()


def test_a_study_is_begun_shown_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", PATH]) == 0
    assert capsys.readouterr().out == (
        f"{PATH}: no study runs; `dalt study {PATH} start` begins one.\n"
    )
    begin = ["study", PATH, "start", "--block", "2", "--gold-share", "0", "--smallest-effect", ".2"]
    assert main(begin) == 0
    said = capsys.readouterr().out
    assert said.startswith("Study 1, suggestions against none, runs: 0 of ")
    assert "blocks of 2 samples" in said and "SHA-256" in said
    assert main(["study", PATH, "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["plan"]["block"] == 2 and shown["ended_at"] is None
    assert Path(shown["registration"]).is_file() and len(shown["hash"]) == 64
    assert main(["study", PATH, "end"]) == 0
    assert "ended" in capsys.readouterr().out
    assert main(["study", PATH, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) is None


def test_conditions_are_named_by_their_words(capsys: pytest.CaptureFixture[str]) -> None:
    begin = ["study", PATH, "start", "--gold-share", "0", "--conditions", "order", "emphasis"]
    assert main([*begin, "none"]) == 0
    assert "order against emphasis against none" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["end"], "No study runs in this project"),
        (["start", "--conditions", "verify", "--gold-share", "0"], "at least two different"),
        (["start", "--power", "2"], "power=2.0: it is a share from 0.5 to 0.99"),
        (["show", "--block", "2"], "a running study keeps its own"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["study", PATH, *words]) == (2 if "--block" in words else 1)
    printed = capsys.readouterr().err
    assert said in printed and printed.count("\n") == 1

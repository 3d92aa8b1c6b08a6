"""``dalt card``: print, write and check data cards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from assignments import answer_in_order
from refusals import said

import dalt
from dalt.cli import main

PATH = "pets.dalt"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with dalt.Project.create(PATH, classes=["cat", "dog"]) as project:
        project.add_texts(["one", "two"], progress=False)
        answer_in_order(project, ["cat"])


def test_a_card_is_printed_written_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", PATH]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("---\npretty_name:") and "ana" not in printed.split("dalt_card")[0]
    assert main(["card", PATH, "-o", "card.md", "--croissant", "card.json", "--names"]) == 0
    assert capsys.readouterr().out == (
        "card.md: the data card.\ncard.json: the data card as Croissant.\n"
    )
    assert "| ana |" in Path("card.md").read_text("utf-8")
    assert json.loads(Path("card.json").read_text("utf-8"))["name"] == "pets"
    for name in ("card.md", "card.json"):
        assert main(["card", PATH, "--check", name]) == 0
        assert capsys.readouterr().out == f"{name}: no label has changed since.\n"
    with dalt.Project.open(PATH) as project:
        answer_in_order(project, ["dog"], "ben")
    assert main(["card", PATH, "--check", "card.md"]) == 1
    assert capsys.readouterr().out == "card.md: labels have changed: 1 event since.\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-o", "."], "is a folder"),
        (["--check", "none.md"], "There is no file"),
        (["--check", f"{PATH}/project.toml"], "is not a data card"),
        (["--check", "card.md", "--names"], "--check only compares"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["card", PATH, *words]) == (2 if "--names" in words else 1)
    assert says in said(capsys)

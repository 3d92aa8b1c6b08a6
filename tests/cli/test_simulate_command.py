"""`dalt simulate`: a table for people, JSON for programs, one line for what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dalt
from dalt.cli import main
from dalt.project.simulating import Simulating
from dalt.study.simulation import experiment
from dalt.study.simulation.conditions import CONDITIONS

N = 30


@pytest.fixture(autouse=True)
def _pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with dalt.Project.create("p.dalt", classes=["dark", "bright"]) as project:
        project.add_texts([f"text {number}" for number in range(N)], progress=False)
        rows = np.where(np.arange(N) % 2, 5.0, -5.0)[:, None] + np.linspace(0, 1, N)[:, None]
        project.add_embeddings(rows, progress=False)
        ids = project.samples().sample_id
    labels = [("dark", "bright")[number % 2] for number in range(N)]
    pd.DataFrame({"sample_id": ids, "label": labels}).to_csv("truth.csv", index=False)
    yield


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["simulate", "p.dalt", "--truth", "truth.csv", "--seeds", "2", "--error", "0"]
    assert main([*command, "--conditions", "none", "suggestions"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["condition", "none", "suggestions"]
    assert lines[0].split("  ")[-1].strip() == "of unassisted"
    # 30 times M, Hick's law for two classes, and a key of 0.20 to 0.28 s.
    assert re.match(r"none +5[3-6] s \[\d+ s, .+\] +1\.00 \[1\.00, 1\.00\] +1\.000 ", lines[1])
    assert lines[1].endswith("1.00 [1.00, 1.00]") and not lines[2].endswith("1.00 [1.00, 1.00]")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["simulate", "p.dalt", "--truth", "truth.csv", "--seeds", "1", "--json"]
    assert main([*command, "--conditions", "none", "--error", "0"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["samples"], told["runs"], told["planned"]) == (N, 1, 1)
    [none] = told["conditions"]
    assert none["condition"] == "none" and none["accuracy"] == 1.0 and none["hours_low"] is None


def test_what_is_refused_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("short.csv").write_text("".join(Path("truth.csv").read_text().splitlines(True)[:-1]))
    assert main(["simulate", "p.dalt", "--truth", "short.csv"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("dalt: The truth lacks 1 of 30 samples")
    assert main(["simulate", "p.dalt", "--truth", "nowhere.csv"]) == 1
    assert "There is no file 'nowhere.csv'" in capsys.readouterr().err


def test_ctrl_c_prints_what_was_complete(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "CONDITIONS", {**CONDITIONS, "verify": interrupted})
    command = ["simulate", "p.dalt", "--truth", "truth.csv", "--seeds", "1", "--json"]
    assert main(command) == 130
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert [each["condition"] for each in told["conditions"]] == ["none", "suggestions"]
    assert (told["runs"], told["planned"]) == (2, 3)
    assert "2 of 3 runs were complete" in err and "interrupted" in err


def test_the_commands_defaults_are_those_of_the_method() -> None:
    from inspect import signature

    from dalt.cli import build_parser

    given = vars(build_parser().parse_args(["simulate", "p.dalt", "--truth", "truth.csv"]))
    usual = signature(Simulating.simulate).parameters
    names = ("seeds", "conditions", "page_size", "error", "anchoring", "missed", "sample", "label")
    assert {name: given[name] for name in names} == {name: usual[name].default for name in names}

"""`dalt import`: what it prints, and what it ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

import dalt
from dalt.cli import importing, main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"]) as project:
        project.add_texts([f"text {i}" for i in range(4)], progress=False)
        ids = project.samples().sample_id
    said = ["sample_id,label", f"{ids[0]},cat", f"{ids[1]},cow", "none,dog"]
    (tmp_path / "in.csv").write_text("\n".join(said) + "\n")
    return tmp_path


def ran(folder: Path, *options: str, file: str = "in.csv") -> int:
    return main(["import", str(folder / "t.dalt"), str(folder / file), *options])


def n_events(folder: Path) -> int:
    with dalt.Project.open(folder / "t.dalt", thin=True) as project:
        return len(project.history())


def test_it_prints_what_was_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(folder) == 0
    out, err = capsys.readouterr()
    assert out == f"{folder / 't.dalt'}: 1 new label, 2 left out.\n"
    assert [line for line in err.splitlines() if "left out" in line] == [
        "dalt: left out Line 3: There is no class 'cow' in this project. Classes: cat, dog",
        "dalt: left out Line 4: 'none' is no sample of this project; see project.samples()",
    ]
    assert "dalt: --create-classes makes the classes that the project lacks" in err
    assert ran(folder) == 0, "all is there already, and that is right"
    assert capsys.readouterr().out.endswith("0 new labels, 1 unchanged, 2 left out.\n")


def test_it_prints_no_thousands_of_lines(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PRINTED", 1)
    assert ran(folder) == 0
    assert "dalt: left out 1 more" in capsys.readouterr().err


def test_it_ends_with_1_where_nothing_came_in(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "none.csv").write_text("sample_id,label\nnone,dog\n")
    assert ran(folder, file="none.csv") == 1
    assert "Line 2 of" in capsys.readouterr().err


def test_strict_and_a_dry_run_record_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(folder, "--strict") == 1
    assert "cannot be imported, so nothing is" in capsys.readouterr().err
    assert ran(folder, "--dry-run") == 0
    assert "would have 1 new label, 2 left out." in capsys.readouterr().out
    assert n_events(folder) == 0


def test_classes_are_made_and_a_root_is_taken(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(folder, "--create-classes", "--root", str(folder)) == 0
    assert "2 new labels, 1 left out, 1 new class ('cow')." in capsys.readouterr().out
    assert ran(folder, "--root", str(folder / "nowhere")) == 1
    assert "There is no folder" in capsys.readouterr().err

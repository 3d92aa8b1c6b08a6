"""The commands about the samples of a project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

import dalt
from dalt.cli import main


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pictures(folder: str, *seeds: int) -> None:
    Path(folder).mkdir(exist_ok=True)
    for seed in seeds:
        pixels = np.random.default_rng(seed).integers(0, 255, (9, 9), dtype=np.uint8)
        Image.fromarray(pixels).save(f"{folder}/{seed}.png")


@pytest.fixture
def pets() -> None:
    pictures("photos", 1, 2, 3)
    assert main(["init", "pets.dalt", "--classes", "cat,dog", "--images", "photos"]) == 0


def ids() -> list[str]:
    with dalt.Project.open("pets.dalt") as project:
        return list(project.samples().sample_id)


@pytest.mark.usefixtures("pets", "brief_training")
def test_add_tells_what_is_new_and_embeds_it_by_the_same_encoder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pictures("more", 3, 4, 5)
    capsys.readouterr()
    assert main(["add", "pets.dalt", "--images", "more"]) == 0
    printed = capsys.readouterr().out
    assert "2 samples are new, 1 file has the content of another" in printed
    assert "Next: dalt encode pets.dalt" in printed, "there is no encoder yet"
    assert main(["encode", "pets.dalt"]) == 0
    with dalt.Project.open("pets.dalt") as project:
        before = project.status()["encoder"]
    pictures("more", 6)
    capsys.readouterr()
    assert main(["add", "pets.dalt", "--images", "more"]) == 0
    assert "1 sample is new" in (printed := capsys.readouterr().out)
    assert "6 samples embedded" in printed
    with dalt.Project.open("pets.dalt") as project:
        status = project.status()
    assert (status["encoder"], status["encoded"], status["samples"]) == (before, 6, 6)
    pictures("more", 7)
    assert main(["add", "pets.dalt", "--images", "more", "--no-encode"]) == 0
    assert "Next: dalt encode pets.dalt" in capsys.readouterr().out
    with dalt.Project.open("pets.dalt") as project:
        assert (project.status()["encoded"], project.status()["samples"]) == (6, 7)


def test_add_takes_all_kinds_as_init_does(capsys: pytest.CaptureFixture[str]) -> None:
    pd.DataFrame({"body": ["one", "two"], "n": [1, 2]}).to_csv("a.csv", index=False)
    pd.DataFrame({"body": ["two", "three"], "n": [2, 3]}).to_csv("b.csv", index=False)
    for i, name in enumerate(("a", "b")):
        Path(name).mkdir()
        soundfile.write(f"{name}/clip.wav", np.sin(np.arange(8_000) / (9 + i)), 8_000)
    np.save("b.npy", np.arange(1, 3, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2))
    np.save("a.npy", np.arange(2, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2))
    for kind, (first, second), n in (
        ("texts", (["--csv", "a.csv", "--text", "body"], ["--csv", "b.csv", "--text", "body"]), 3),
        ("rows", (["--csv", "a.csv", "--columns", "n"], ["--csv", "b.csv", "--columns", "n"]), 3),
        ("sounds", (["--audio", "a"], ["--audio", "b"]), 2),
        ("array", (["--npy", "a.npy"], ["--npy", "b.npy"]), 3),
    ):
        assert main(["init", f"{kind}.dalt", "--classes", "a,b", *first]) == 0
        assert main(["add", f"{kind}.dalt", *second]) == 0
        with dalt.Project.open(f"{kind}.dalt") as project:
            assert len(project.samples()) == n, kind


@pytest.mark.usefixtures("pets")
def test_add_where_embeddings_were_given_says_what_is_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    np.save("made.npy", np.eye(3, dtype=np.float32))
    assert main(["encode", "pets.dalt", "--embeddings", "made.npy"]) == 0
    pictures("more", 4)
    assert main(["add", "pets.dalt", "--images", "more"]) == 0
    assert "add_embeddings(array, sample_ids=" in capsys.readouterr().out


@pytest.mark.usefixtures("pets")
def test_remove_and_restore(capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = ids()
    assert main(["remove", "pets.dalt", first, second]) == 0
    assert "2 samples removed" in capsys.readouterr().out
    assert ids() == [third]
    Path("ids.txt").write_text(f"{first}\n\n{third}\n")
    assert main(["restore", "pets.dalt", "--file", "ids.txt"]) == 0
    assert "1 sample restored (1 were not removed)" in capsys.readouterr().out
    assert ids() == [first, third]
    pd.DataFrame({"label": ["a", "b"], "sample_id": [first, second]}).to_csv("ids.csv", index=False)
    assert main(["remove", "pets.dalt", third, "--file", "ids.csv"]) == 0
    assert "2 samples removed (1 were removed before)" in capsys.readouterr().out
    assert ids() == []
    table = pd.DataFrame({"label": ["é", "b"], "sample_id": [first, second]})
    table.to_csv("ids.txt", index=False, sep=";", encoding="utf-16")
    assert main(["restore", "pets.dalt", "--file", "ids.txt"]) == 0
    table.to_excel("ids.xlsx", index=False)
    assert main(["remove", "pets.dalt", "--file", "ids.xlsx"]) == 0
    assert "2 samples removed" in capsys.readouterr().out


@pytest.mark.usefixtures("pets")
def test_relocate(capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos").rename("pictures")
    Path("pictures/3.png").unlink()
    assert main(["relocate", "pets.dalt", "photos", "pictures"]) == 0
    printed = capsys.readouterr()
    assert "2 files found at pictures; 1 not found" in printed.out
    assert "photos/3.png: not found" in printed.err
    assert main(["relocate", "pets.dalt", "photos", "pictures"]) == 1
    assert "None of the 1 file is at pictures" in capsys.readouterr().err


WRONG = {
    "no project": (["add", "no.dalt", "--images", "photos"], "no project at no.dalt"),
    "no data": (["add", "pets.dalt", "--images", "nope"], "no file or folder nope"),
    "another kind": (["add", "pets.dalt", "--csv", "f.csv", "--text", "body"], "holds image"),
    "text without csv": (["add", "pets.dalt", "--npy", "a.npy", "--text", "x"], "--csv FILE"),
    "no ids": (["remove", "pets.dalt"], "Give the ids"),
    "unknown id": (["remove", "pets.dalt", "nope"], "no sample 'nope'"),
    "no file of ids": (["remove", "pets.dalt", "--file", "nope.txt"], "nope.txt"),
    "a file without ids": (["restore", "pets.dalt", "--file", "empty.txt"], "is empty"),
    "columns without ids": (["remove", "pets.dalt", "--file", "two.csv"], "called sample_id"),
    "nothing moved": (["relocate", "pets.dalt", "nope", "photos"], "No sample"),
}


@pytest.mark.usefixtures("pets")
@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_done_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.txt").write_text("\n")
    Path("two.csv").write_text("a,b\n1,2\n")
    Path("f.csv").write_text("body\none\n")
    command, named = WRONG[name]
    capsys.readouterr()
    assert main(command) == (2 if name in ("text without csv", "no ids") else 1)
    [line] = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("dalt: ") and named in line

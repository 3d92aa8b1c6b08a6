"""What a project cannot be made from: a sentence, and nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dalt
from dalt.core.records import LeftOut
from dalt.core.settings.classes import LONGEST_NAME
from dalt.core.settings.project_file import load


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_numbers_of_numpy_are_taken() -> None:
    dalt.Project.create(
        "pets.dalt",
        classes=np.array(["cat", "dog"]),
        seed=np.int64(3),  # type: ignore[arg-type]
        uniform_share=np.float64(0.5),
        lease_seconds=np.float32(60),  # type: ignore[arg-type]
        annotations_per_sample=np.int32(2),  # type: ignore[arg-type]
        multi_label=np.bool_(True),  # type: ignore[arg-type]
    ).close()
    made = load(Path("pets.dalt"))
    assert (made.seed, made.uniform_share, made.lease_seconds) == (3, 0.5, 60.0)
    assert (made.annotations_per_sample, made.multi_label) == (2, True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"guideline": "half \ud800"}, "guideline is valid Unicode"),
        ({"strategy": "\ud800"}, "strategy is valid Unicode"),
        ({"classes": [{"name": "cat", "description": "\ud800"}]}, "class 'cat' is valid Unicode"),
        ({"seed": 10**400}, "seed is a whole number from 0 to 9,223"),
        ({"lease_seconds": float("inf")}, "lease_seconds is a number of seconds above 0 and at"),
        ({"classes": np.array(5)}, "classes is a list of names"),
        ({"classes": ["c" * (LONGEST_NAME + 1)]}, "at most 500 characters, not 501"),
        ({"head": "logreg"}, "A head is .* not 'logreg'"),
        ({"head": 5}, "A head is .* not 5"),
    ],
)
def test_a_project_that_makes_no_sense_leaves_nothing(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(dalt.DaltError, match=said):
        dalt.Project.create("far/pets.dalt", **({"classes": ["cat", "dog"]} | wrong))
    assert os.listdir() == []


def test_a_project_that_cannot_be_written_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when ``project.toml`` is written: the way there is taken back."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    Path("there").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr("dalt.core.settings.project_file.write_atomically", full)
        for folder in ("far/pets.dalt", "there"):
            with pytest.raises(dalt.BadSettings, match="cannot be written: No space left"):
                dalt.Project.create(folder, classes=["cat", "dog"])
    assert os.listdir() == ["there"]
    assert os.listdir("there") == []
    dalt.Project.create("there", classes=["cat", "dog"]).close()


@pytest.mark.parametrize(
    "path",
    [
        "s3://bucket/p.dalt",
        "https://host/p.dalt",
        "file:///p.dalt",
        "",
        "~nosuchuser/p",
        "p" * 5_000,
    ],
)
def test_what_is_no_path_here_is_refused_everywhere(path: str) -> None:
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"]) as project:
        project.add_texts(["one"], progress=False)
        for method in (
            lambda: dalt.Project.create(path, classes=["cat", "dog"]),
            lambda: dalt.Project.open(path),
            lambda: project.export(path),
            lambda: project.import_labels(path),
        ):
            with pytest.raises(dalt.BadInput, match="path is a path") as refused:
                method()
            assert len(str(refused.value)) < 200
    assert os.listdir() == ["pets.dalt"]


def test_an_empty_path_is_not_the_working_folder() -> None:
    Path("mine.png").write_bytes(b"no picture")
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"]) as project:
        for add in (project.add_images, project.add_audio):
            with pytest.raises(dalt.BadInput, match="An empty path names no"):
                add("", progress=False)
            with pytest.warns(LeftOut, match="0: no path"):
                assert add(["", ""], progress=False).new == 0
        add_more: Any
        for add_more in (project.add_texts, project.add_table):
            with pytest.raises(dalt.BadInput):
                add_more("", progress=False)


def test_the_whole_disk_is_not_gone_through() -> None:
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"]) as project:
        for format in (None, "imagefolder", "yolo", "huggingface"):
            with pytest.raises(dalt.BadInput, match="'/' is the whole disk"):
                project.import_labels("/", format)


def test_a_missing_project_toml_is_named_and_the_way_out() -> None:
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"]) as project:
        project.add_texts(["one"], progress=False)
    text = Path("pets.dalt/project.toml").read_text()
    Path("pets.dalt/project.toml").unlink()
    for more in (False, True):
        if more:
            Path("pets.dalt/embeddings").mkdir(exist_ok=True)
        with pytest.raises(dalt.ProjectNotFound, match=r"project\.toml is missing .* backup"):
            dalt.Project.open("pets.dalt")
        with pytest.raises(dalt.DaltError, match=r"project\.toml is missing.*backup"):
            dalt.Project.create("pets.dalt", classes=["cat", "dog"])
    Path("pets.dalt/project.toml").write_text(text)
    with dalt.Project.open("pets.dalt") as project:
        assert project.status()["samples"] == 1


def test_what_takes_too_long_is_an_error_of_both_kinds() -> None:
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"]) as project:
        project.add_texts(["one", "two"], progress=False)
        project.add_embeddings(np.eye(2), progress=False)
        session = project.session("ana")
        for timeout in (float("inf"), 1e308, 10**400, float("nan"), -1):
            with pytest.raises(dalt.BadInput, match="a number of seconds from 0 to"):
                session.review(timeout=timeout)
        with pytest.raises(TimeoutError) as late:
            session.review(timeout=0)
        assert isinstance(late.value, dalt.DaltError)

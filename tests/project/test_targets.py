"""Nothing is written over a part of a project, or over the data that it was made from."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from assignments import assigned
from PIL import Image
from refusals import said

import dalt
from dalt.cli import main
from dalt.data.formats import FORMATS
from dalt.project.predicting import Predictions, write_file


@contextmanager
def pets(folder: Path) -> Iterator[dalt.Project]:
    """A project of three photos in a folder beside it, one of them labelled."""
    photos = folder / "photos"
    photos.mkdir()
    for number in range(3):
        pixels = np.full((8, 8), 60 * number, np.uint8)
        Image.fromarray(pixels).save(photos / f"{number}.png")
    with dalt.Project.create(folder / "pets.dalt", classes=["cat", "dog"]) as project:
        project.add_images(photos, progress=False)
        with project.session("ana") as session:
            session.submit(assigned(session), "cat")
        yield project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with pets(tmp_path) as project:
        yield project


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dalt.Project]:
    """One for tests that see that nothing of it has changed."""
    with pets(tmp_path_factory.mktemp("pets")) as project:
        yield project


def content(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, without what the trainer and SQLite do beside."""
    files = [path for path in folder.rglob("*") if path.is_file() and "snapshots" not in path.parts]
    return {str(path): path.read_bytes() for path in files if path.name != "labels.db-shm"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["labels.db", "project.toml", "labels.db-wal", "new", "images/x"])
def test_no_format_is_written_into_a_project(
    untouched: dalt.Project, format: str, name: str
) -> None:
    before = content(untouched.folder)
    with pytest.raises(dalt.BadInput, match=r"in the project pets\.dalt"):
        untouched.export(untouched.folder / name, format)
    assert content(untouched.folder) == before


def test_other_ways_to_name_a_part_of_a_project_are_seen_through(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link.dalt").symlink_to(project.folder, target_is_directory=True)
    (tmp_path / "link.csv").symlink_to(project.folder / "labels.db")
    monkeypatch.chdir(project.folder)
    before = content(project.folder)
    for path in (
        "labels.db",
        "../pets.dalt/labels.db",
        tmp_path / "link.dalt/labels.db",
        tmp_path / "link.csv",
        project.folder,
    ):
        with pytest.raises(dalt.BadInput, match="name a place outside"):
            project.export(path, "csv")
    assert content(project.folder) == before


def test_another_project_is_no_target_either(project: dalt.Project, tmp_path: Path) -> None:
    dalt.Project.create(tmp_path / "other.dalt", classes=["a", "b"]).close()
    with pytest.raises(dalt.BadInput, match=r"in the project other\.dalt"):
        project.export(tmp_path / "other.dalt/labels.db", "csv")


def test_a_hard_link_to_the_database_is_no_target_either(
    project: dalt.Project, tmp_path: Path
) -> None:
    os.link(project.folder / "labels.db", tmp_path / "linked")
    before = (project.folder / "labels.db").read_bytes()
    with pytest.raises(dalt.BadInput, match="was not written by an export"):
        project.export(tmp_path / "linked", "csv")
    assert (project.folder / "labels.db").read_bytes() == before


def test_raw_data_is_not_replaced(project: dalt.Project, tmp_path: Path) -> None:
    photo, table = tmp_path / "photos/0.png", tmp_path / "raw.csv"
    table.write_text("text,price\ngood,1\n")
    before = content(tmp_path / "photos")
    with pytest.raises(dalt.BadInput, match="is a sample of this project"):
        project.export(photo, "csv")
    with pytest.raises(dalt.BadInput, match="was not written by an export"):
        project.export(table)
    with pytest.raises(dalt.BadInput, match="is there already"):
        project.export(tmp_path / "photos", "imagefolder")
    assert content(tmp_path / "photos") == before
    assert table.read_text() == "text,price\ngood,1\n"


@pytest.mark.parametrize("name", ["raw.txt", "raw.json", "raw.npy", "raw.parquet"])
def test_no_file_is_replaced_that_no_export_wrote(
    project: dalt.Project, tmp_path: Path, name: str
) -> None:
    raw = tmp_path / name
    raw.write_bytes(b"raw data" * 50_000)
    with pytest.raises(dalt.BadInput, match="was not written by an export"):
        project.export(raw, "csv")
    assert raw.read_bytes() == b"raw data" * 50_000


def test_the_home_of_a_person_is_read_before_a_target_is_judged(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    before = content(project.folder)
    with pytest.raises(dalt.BadInput, match=r"in the project pets\.dalt"):
        project.export("~/pets.dalt/labels.db", "csv")
    assert content(project.folder) == before


@pytest.mark.parametrize(
    "name", ["labels.db", "project.toml", "snapshots/trainer.json", "team.json"]
)
def test_annotators_are_not_written_into_a_project(
    project: dalt.Project,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    before = content(project.folder)
    assert main(["annotators", "add", str(project.folder / name), "ana"]) == 1
    assert said(capsys)
    assert content(project.folder) == before


def test_annotators_are_not_written_over_a_sample_or_beside_it(
    project: dalt.Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    before = content(tmp_path / "photos")
    for action in (["add"], ["remove"]):
        assert main(["annotators", *action, str(tmp_path / "photos/0.png"), "ana"]) == 1
        assert "is no file of annotators" in said(capsys)
    assert content(tmp_path / "photos") == before


def test_a_file_beside_the_annotators_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    (tmp_path / "team.lock").write_text("of another program")
    assert main(["annotators", "add", str(tmp_path / "team"), "ana"]) == 0
    assert (tmp_path / "team.lock").read_text() == "of another program"


@pytest.mark.parametrize("name", ["", "labels.db", "images", "new.dalt"])
def test_no_project_is_made_over_a_part_of_another(
    project: dalt.Project, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.folder / "images").mkdir(exist_ok=True)
    before = content(project.folder)
    photos = str(project.folder.parent / "photos")
    assert main(["init", str(project.folder / name), "--classes", "a,b", "--images", photos]) == 1
    assert said(capsys)
    assert content(project.folder) == before


def test_no_project_is_made_over_samples(
    project: dalt.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(tmp_path / "photos")
    for target in (tmp_path / "photos", tmp_path / "photos/0.png"):
        assert main(["init", str(target), "--classes", "a,b", "--images", str(tmp_path / "photos")])
        assert "is there already" in said(capsys)
    assert content(tmp_path / "photos") == before


def test_an_export_may_be_written_again(project: dalt.Project, tmp_path: Path) -> None:
    for format in ("csv", "jsonl", "parquet", "coco", "label-studio"):
        for _ in range(2):
            assert project.export(tmp_path / f"out.{format}", format) == 1


def test_the_command_says_it_in_one_line(
    project: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project.folder / "labels.db"
    assert main(["export", str(project.folder), str(path), "--format", "csv"]) == 1
    said(capsys)
    assert len(project.labels()) == 1


@pytest.mark.parametrize("verb", ["export", "export_model", "model_card", "predict"])
def test_a_device_or_a_pipe_is_neither_replaced_nor_read_for_ever(
    project: dalt.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    pipe = tmp_path / "pipe.onnx"
    os.mkfifo(pipe)
    (tmp_path / "link.onnx").symlink_to(pipe)
    project.add_embeddings(np.eye(3, dtype=np.float32), progress=False)
    project.trainer.wait(60)
    for path in (pipe, tmp_path / "link.onnx"):
        with pytest.raises(dalt.BadInput, match=r"is a device, a pipe or a socket"):
            if verb == "predict":
                write_file(Predictions(None, None, []), path, lambda *step: None)  # type: ignore[arg-type]
            elif verb == "export":
                project.export(path, "csv")
            else:
                getattr(project, verb)(path)
    assert pipe.is_fifo() and (tmp_path / "link.onnx").is_symlink()

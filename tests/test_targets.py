"""Nothing is written over a part of a project, or over the data that it was made from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dalt
from dalt.cli import main
from dalt.formats import FORMATS


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(3):
        pixels = np.full((8, 8), 60 * number, np.uint8)
        Image.fromarray(pixels).save(photos / f"{number}.png")
    with dalt.Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]) as project:
        project.add_images(photos, progress=False)
        with project.session("ana") as session:
            session.submit(session.next(), "cat")
        yield project


def content(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, without what the trainer and SQLite do beside."""
    files = [path for path in folder.rglob("*") if path.is_file() and "snapshots" not in path.parts]
    return {str(path): path.read_bytes() for path in files if path.name != "labels.db-shm"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["labels.db", "project.toml", "labels.db-wal", "new", "images/x"])
def test_no_format_is_written_into_a_project(project: dalt.Project, format: str, name: str) -> None:
    before = content(project.folder)
    with pytest.raises(dalt.BadInput, match=r"in the project pets\.dalt"):
        project.export(project.folder / name, format)
    assert content(project.folder) == before


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


def test_a_hard_link_to_the_database_is_replaced_and_the_database_stays(
    project: dalt.Project, tmp_path: Path
) -> None:
    os.link(project.folder / "labels.db", tmp_path / "linked")
    before = (project.folder / "labels.db").read_bytes()
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


def test_an_export_may_be_written_again(project: dalt.Project, tmp_path: Path) -> None:
    for name in ("out.csv", "out.jsonl"):
        assert project.export(tmp_path / name) == 1
        assert project.export(tmp_path / name) == 1


def test_the_command_says_it_in_one_line(
    project: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project.folder / "labels.db"
    assert main(["export", str(project.folder), str(path), "--format", "csv"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("dalt: ") and said.count("\n") == 1
    assert len(project.labels()) == 1

"""Where samples came from, written one way; labels come in by any way to write it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignments import assigned
from PIL import Image

import dalt
from dalt.core.records import BadInput

WAYS = ("source", "absolute", "home", "labels", "here", "windows", "address")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with photographs beside where a project will be, and others far away."""
    for folder in ("home/photos/deep", "far"):
        (tmp_path / folder).mkdir(parents=True)
    random = np.random.default_rng(0)
    for name in ("home/photos/a.png", "home/photos/deep/b c.png", "far/d.png"):
        pixels = random.integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    return tmp_path / "home"


def made(home: Path, name: str = "pets.dalt", **options: Any) -> dalt.Project:
    project = dalt.Project.create(home / name, classes=["cat", "dog"], **options)
    project.add_images([home / "photos", home.parent / "far"], progress=False)
    return project


@pytest.fixture
def project(home: Path) -> Iterator[dalt.Project]:
    with made(home) as project:
        yield project


def written(source: str, path: str, way: str, home: Path, labels: Path) -> str:
    """One way to write where a sample's file is."""
    return {
        "source": source,
        "absolute": path,
        "home": os.path.relpath(path, home),
        "labels": os.path.relpath(path, labels),
        "here": os.path.relpath(path),
        "windows": os.path.relpath(path, home).replace("/", "\\"),
        "address": Path(path).as_uri(),
    }[way]


# --- how it is written ----------------------------------------------------------------------


def test_samples_have_their_source_and_the_absolute_path(project: dalt.Project, home: Path) -> None:
    frame = project.samples()
    assert list(frame.columns) == ["sample_id", "kind", "source", "status", "path", "sources"]
    far = home.parent / "far" / "d.png"
    assert frame.source.tolist() == ["photos/a.png", "photos/deep/b c.png", far.as_posix()]
    assert frame.path.tolist() == [
        str(home / "photos/a.png"), str(home / "photos/deep/b c.png"), str(far)
    ]  # fmt: skip
    assert all(Path(path).is_file() for path in frame.path)


def test_what_is_kept_in_the_project_has_no_path(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
        assert project.samples().path.tolist() == [None, None]


def test_a_name_that_is_no_unicode_has_a_path_that_opens(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(odd)
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_images([odd], progress=False)
        [path] = project.samples().path
        assert path == odd and Path(path).is_file()


@pytest.mark.parametrize("spelling", ["photos", "./photos/../photos/", "{home}/photos", "{link}"])
def test_however_a_folder_is_written_its_files_have_the_same_source(
    home: Path, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.parent / "link").symlink_to(home)
    monkeypatch.chdir(home)
    folder = spelling.format(home=home, link=home.parent / "link" / "photos")
    with dalt.Project.create(home / "p.dalt", classes=["cat", "dog"]) as project:
        project.add_images(folder, progress=False)
        assert project.samples().source.tolist() == ["photos/a.png", "photos/deep/b c.png"]
        assert project.add_images(home / "photos", progress=False).new == 0


def test_a_project_moved_with_its_data_finds_them(home: Path, tmp_path: Path) -> None:
    with dalt.Project.create(home / "p.dalt", classes=["cat", "dog"]) as project:
        project.add_images(home / "photos", progress=False)
    moved = tmp_path / "elsewhere"
    shutil.move(home, moved)
    with dalt.Project.open(moved / "p.dalt") as project:
        frame = project.samples()
        assert frame.source.tolist() == ["photos/a.png", "photos/deep/b c.png"]
        assert frame.path.tolist()[0] == str(moved / "photos/a.png")
        with project.session("ana") as session:
            assert session.display(assigned(session).sample).kind == "image"


# --- labels in ------------------------------------------------------------------------------


def as_csv(names: list[str], path: Path, column: str = "source") -> Path:
    frame = pd.DataFrame({column: names, "label": ["cat", "dog", "cat"]})
    frame.to_csv(path.with_suffix(".csv"), index=False)
    return path.with_suffix(".csv")


def as_parquet(names: list[str], path: Path) -> Path:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"path": names, "label": ["cat", "dog", "cat"]})
    frame.to_parquet(path.with_suffix(".parquet"), index=False)
    return path.with_suffix(".parquet")


def as_jsonl(names: list[str], path: Path) -> Path:
    rows = zip(names, ["cat", "dog", "cat"], strict=True)
    lines = [json.dumps({"sample_source": name, "label": label}) for name, label in rows]
    path.with_suffix(".jsonl").write_text("\n".join(lines))
    return path.with_suffix(".jsonl")


def as_coco(names: list[str], path: Path) -> Path:
    said = {
        "images": [{"id": n, "file_name": name} for n, name in enumerate(names)],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": n, "image_id": n, "category_id": category}
            for n, category in enumerate((1, 2, 1))
        ],
    }
    path.with_suffix(".json").write_text(json.dumps(said))
    return path.with_suffix(".json")


def as_label_studio(names: list[str], path: Path) -> Path:
    tasks = [
        {
            "id": n,
            "data": {"image": name},
            "annotations": [{"result": [{"type": "choices", "value": {"choices": [label]}}]}],
        }
        for n, (name, label) in enumerate(zip(names, ["cat", "dog", "cat"], strict=True))
    ]
    path.with_suffix(".json").write_text(json.dumps(tasks))
    return path.with_suffix(".json")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("write", [as_csv, as_parquet, as_jsonl, as_coco, as_label_studio])
def test_labels_come_in_by_every_way_to_write_a_path(
    project: dalt.Project,
    home: Path,
    write: Callable[[list[str], Path], Path],
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels, here = home.parent / "labels", home.parent / "here"
    labels.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    frame = project.samples()
    names = [
        written(source, path, way, home, labels)
        for source, path in zip(frame.source, frame.path, strict=True)
    ]
    assert project.import_labels(write(names, labels / "in")) == 3
    assert project.labels().label.tolist() == ["cat", "dog", "cat"]


@pytest.mark.parametrize("relative", [False, True])
def test_folders_of_yolo_come_in_by_absolute_and_relative_paths(
    home: Path, relative: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    with made(home, task="boxes") as project:
        frame, folder = project.samples(), home / "yolo"
        for part in ("images", "labels"):
            (folder / part).mkdir(parents=True)
        for number, path in enumerate(frame.path):  # named by others, known by content
            shutil.copy(path, folder / "images" / f"x{number}.png")
            (folder / "labels" / f"x{number}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
        (folder / "data.yaml").write_text("names: [cat, dog]\n")
        assert project.import_labels("yolo" if relative else folder) == 3
        assert [label[0]["label"] for label in project.labels().label] == ["cat"] * 3


@pytest.mark.parametrize("way", WAYS)
def test_gold_comes_in_by_every_way_to_write_a_path(
    project: dalt.Project, home: Path, way: str
) -> None:
    frame = project.samples()
    names = [
        written(source, path, way, home, home)
        for source, path in zip(frame.source, frame.path, strict=True)
    ]
    assert project.set_gold(as_csv(names, home / "gold", "path")) == 3


def test_the_other_copy_of_a_file_is_known_by_its_content(
    project: dalt.Project, home: Path
) -> None:
    copy = shutil.copy(home / "photos/a.png", home.parent / "copy.png")
    file = home / "in.csv"
    file.write_text(f"source,label\n{copy},dog\n")
    assert project.import_labels(file) == 1
    assert project.labels().sample_source.tolist() == ["photos/a.png"]


def test_a_link_below_the_project_and_where_it_leads_are_the_same_file(home: Path) -> None:
    (home / "linked").symlink_to(home.parent / "far")
    with dalt.Project.create(home / "p.dalt", classes=["cat", "dog"]) as project:
        project.add_images("linked" if Path.cwd() == home else home / "linked", progress=False)
        assert project.samples().source.tolist() == ["linked/d.png"]
        (home / "in.csv").write_text(f"path,label\n{home.parent / 'far' / 'd.png'},dog\n")
        assert project.import_labels(home / "in.csv") == 1


def test_a_path_that_can_mean_two_samples_is_refused(
    project: dalt.Project, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(home / "photos/a.png", home / "photos/deep/same.png")  # another name, not added
    Image.fromarray(np.full((8, 8), 7, np.uint8)).save(home / "photos/d.png")
    project.add_images(home / "photos" / "d.png", progress=False)
    monkeypatch.chdir(home.parent / "far")
    file = home / "photos" / "in.csv"
    file.write_text("source,label\nd.png,dog\n")
    with pytest.raises(BadInput, match=r"Line 2 of .*: 'd.png' is 2 samples of this project"):
        project.import_labels(file)
    with pytest.raises(BadInput, match=r", or name the folder that paths start from by root=… \("):
        project.import_labels(file)
    assert project.labels().empty
    assert project.import_labels(file, root=home / "photos") == 1


def test_a_path_of_nothing_is_named(project: dalt.Project, home: Path) -> None:
    (home / "in.csv").write_text("source,label\n/no/such.png,dog\n")
    with pytest.raises(BadInput, match=r"Line 2 of .*: '/no/such.png' is no sample"):
        project.import_labels(home / "in.csv")


def test_an_export_without_its_ids_comes_in_by_the_sources(
    project: dalt.Project, home: Path
) -> None:
    with project.session("ana") as session:
        while (asked := session.next()) is not None:
            session.submit(asked, "cat")
    project.export(home / "out.csv")
    pd.read_csv(home / "out.csv").drop(columns="sample_id").to_csv(home / "in.csv", index=False)
    with made(home, "other.dalt") as other:
        assert other.import_labels(home / "in.csv") == 3


def test_numbers_name_rows_in_json_lines(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
        (tmp_path / "in.jsonl").write_text('{"source": 0, "label": "a"}\n')
        assert project.import_labels(tmp_path / "in.jsonl") == 1

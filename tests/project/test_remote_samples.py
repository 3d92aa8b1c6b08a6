"""A project whose samples lie behind addresses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from web_folder import web_folder

import dalt
from dalt.cli import main
from dalt.core.records import BadInput

N = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web/photos").mkdir(parents=True)
    for number in range(N):
        file = io.BytesIO()
        Image.new("RGB", (9, 9), (60 * number, 0, 0)).save(file, "png")
        (tmp_path / f"web/photos/{number}.png").write_bytes(file.getvalue())
    return tmp_path / "web"


@pytest.fixture
def web(folder: Path) -> Iterator[tuple[str, list[str]]]:
    with web_folder(folder) as served:
        yield served


@pytest.fixture
def project(tmp_path: Path, web: tuple[str, list[str]]) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["red", "dark"]) as made:
        made.add_images(f"{web[0]}/photos/", progress=False)
        yield made


def test_from_adding_to_an_export(
    project: dalt.Project, web: tuple[str, list[str]], tmp_path: Path, brief_training: None
) -> None:
    address, asked = web
    asked.clear()
    with project.session("ana") as session:
        while (asked_for := session.next()) is not None:
            assert session.display(asked_for.sample).mime == "image/png"
            session.submit(asked_for, "red" if asked_for.sample.position else "dark")
    assert len(project.encode(progress=False)) == N
    assert project.export(tmp_path / "out", "imagefolder") == N
    assert asked == [], "what was added is in the cache"
    assert set(project.labels().sample_source) == {f"{address}/photos/{i}.png" for i in range(N)}
    assert (tmp_path / "p.dalt/cache").is_dir()


def test_adding_again_adds_what_is_new(
    project: dalt.Project, web: tuple[str, list[str]], folder: Path
) -> None:
    Image.new("RGB", (5, 5), "green").save(folder / "photos/new.png")
    added = project.add_images(f"{web[0]}/photos/", progress=False)
    assert (added.new, len(added), added.relocated) == (1, N + 1, 0)


def test_addresses_in_files_of_labels_are_compared_and_never_opened(
    project: dalt.Project, web: tuple[str, list[str]], tmp_path: Path, folder: Path
) -> None:
    address, asked = web
    asked.clear()
    known = pd.DataFrame({"source": [f"{address}/photos/1.png"], "label": ["red"]})
    known.to_csv(tmp_path / "known.csv", index=False)
    assert project.import_labels(tmp_path / "known.csv", progress=False) == 1
    Image.new("RGB", (5, 5), "green").save(folder / "secret.png")
    other = pd.DataFrame({"source": [f"{address}/secret.png"], "label": ["red"]})
    other.to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(BadInput, match=r"secret\.png"):
        project.import_labels(tmp_path / "other.csv", progress=False)
    assert asked == []


def test_files_move_between_addresses_and_folders(
    project: dalt.Project, web: tuple[str, list[str]], folder: Path
) -> None:
    address, _ = web
    found = project.relocate(f"{address}/photos/", folder / "photos", progress=False)
    assert (found, found.missing) == (N, ())
    assert set(project.samples().source) == {f"web/photos/{i}.png" for i in range(N)}
    (folder / "photos").rename(folder / "pictures")
    assert project.relocate(folder / "photos", f"{address}/pictures", progress=False) == N
    assert f"{address}/pictures/0.png" in set(project.samples().source)


def test_a_file_that_is_gone_is_found_behind_an_address(
    tmp_path: Path, web: tuple[str, list[str]], folder: Path
) -> None:
    with dalt.Project.create(tmp_path / "q.dalt", classes=["a", "b"]) as project:
        project.add_images(folder / "photos", progress=False)
        (folder / "photos").rename(folder / "pictures")
        added = project.add_images(f"{web[0]}/pictures/", progress=False)
        assert (added.new, added.relocated) == (0, N)


def test_the_command_line_takes_addresses(
    tmp_path: Path, web: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    made = str(tmp_path / "c.dalt")
    images = f"{web[0]}/photos/0.png"
    assert main(["init", made, "--classes", "a,b", "--images", images]) == 0
    assert main(["add", made, "--images", f"{web[0]}/photos/"]) == 0
    assert "3 samples are new, 1 known already" in capsys.readouterr().out
    assert main(["add", made, "--images", f"{web[0]}/nope/"]) == 1
    assert "no such file" in capsys.readouterr().err


def test_the_size_of_the_cache_is_a_setting(tmp_path: Path) -> None:
    made = dalt.Project.create(
        tmp_path / "s.dalt", classes=["a", "b"], settings={"data": {"cache_megabytes": 5}}
    )
    assert made.settings.data.cache_megabytes == 5
    made.close()


def test_pages_are_found_behind_addresses_and_where_they_move(
    tmp_path: Path, web: tuple[str, list[str]], folder: Path
) -> None:
    pages = [Image.new("L", (32, 32), shade) for shade in (0, 128, 255)]
    pages[0].save(folder / "scan.tif", save_all=True, append_images=pages[1:])
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        address = f"{web[0]}/scan.tif"
        project.add_images([address], pages=True, progress=False)
        states = project.workspace.store.samples.states()
        assert [each.source for each, _ in states] == [f"{address}#page={n}" for n in (1, 2, 3)]
        files = project.workspace.files
        shades = [int(np.asarray(files.load(each)).max()) for each, _ in states]
        assert shades == [0, 128, 255]
        assert project.relocate(address, folder / "scan.tif", progress=False) == 3
        (folder / "scan.tif").rename(folder / "photos/other.tif")
        added = project.add_images(folder / "photos/other.tif", pages=True, progress=False)
        assert (added.new, added.relocated) == (0, 3)
        assert set(project.samples().source) == {
            f"web/photos/other.tif#page={n}" for n in (1, 2, 3)
        }

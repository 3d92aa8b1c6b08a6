"""Files that were moved: found again by what is in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

import dalt
from dalt.core.records import BadInput, LeftOut

N = 4


def picture(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    for i in range(N):
        picture(tmp_path / f"disk/photos/{i % 2}/{i}.png", i)
    (tmp_path / "work").mkdir()
    return tmp_path


@pytest.fixture
def project(disk: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(disk / "work/p.dalt", classes=["cat", "dog"]) as made:
        made.add_images(disk / "disk/photos", progress=False)
        with made.session("ana") as session:
            while (asked := session.next()) is not None:
                session.submit(asked, "cat")
        yield made


def paths(project: dalt.Project) -> set[Path]:
    return {Path(path) for path in project.samples().path}


def test_a_known_file_at_a_new_place_is_referred_to_there(
    project: dalt.Project, disk: Path
) -> None:
    ids = project.samples().sample_id.tolist()
    shutil.move(disk / "disk/photos", disk / "work/pictures")
    added = project.add_images(disk / "work/pictures", progress=False)
    assert (added.new, added.relocated) == (0, N)
    assert added.sentence.startswith("0 samples are new, 4 found at a new place")
    assert project.samples().sample_id.tolist() == ids
    assert set(project.samples().source) == {f"pictures/{i % 2}/{i}.png" for i in range(N)}
    assert project.export(disk / "out", "imagefolder") == N
    assert len(project.history()) == N


def test_a_copy_changes_nothing_while_the_file_is_there(project: dalt.Project, disk: Path) -> None:
    before = paths(project)
    shutil.copytree(disk / "disk/photos", disk / "copy")
    added = project.add_images(disk / "copy", progress=False)
    assert (added.new, added.relocated, paths(project)) == (0, 0, before)


def test_a_file_that_holds_something_else_now_counts_as_gone(
    project: dalt.Project, disk: Path
) -> None:
    shutil.copytree(disk / "disk/photos", disk / "copy")
    picture(disk / "disk/photos/0/0.png", 99)
    assert project.add_images(disk / "copy", progress=False).relocated == 1
    assert disk / "copy/0/0.png" in paths(project)


def test_a_file_that_was_replaced_is_not_shown_for_the_old_sample(
    project: dalt.Project, disk: Path
) -> None:
    """A label must not go to a picture that nobody has seen for it."""
    (sample,) = [each for each in project.workspace.store.samples.all() if each.position == 0]
    files = project.workspace.files
    shown = files.display(sample)
    file = disk / "disk/photos/0/0.png"
    former = file.read_bytes()
    picture(file, 99)
    for read in (files.load, files.display, files.size, files.file_of):
        with pytest.raises(dalt.BadInput, match="has other content than when it was added; put"):
            read(sample)
    assert project.add_images(disk / "disk/photos", progress=False).new == 1
    file.write_bytes(former)
    assert files.display(sample) == shown


def test_audio_moves_as_pictures_do(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    tone = np.sin(np.arange(8_000) / 9)
    soundfile.write(tmp_path / "clips/a.wav", tone, 8_000)
    with dalt.Project.create(tmp_path / "s.dalt", classes=["a", "b"]) as project:
        project.add_audio(tmp_path / "clips", progress=False)
        (tmp_path / "clips").rename(tmp_path / "sounds")
        assert project.add_audio(tmp_path / "sounds", progress=False).relocated == 1
        assert project.samples().source.tolist() == ["sounds/a.wav"]
        (tmp_path / "sounds").rename(tmp_path / "noises")
        assert project.relocate(tmp_path / "sounds", tmp_path / "noises", progress=False) == 1


def test_a_folder_is_relocated_with_its_inner_folders(project: dalt.Project, disk: Path) -> None:
    (disk / "disk").rename(disk / "drive")
    found = project.relocate(disk / "disk", disk / "drive", progress=False)
    assert (found, found.missing) == (N, ())
    assert repr(found) == "4 samples were found at the new place."
    assert paths(project) == {disk / f"drive/photos/{i % 2}/{i}.png" for i in range(N)}
    assert len(project.labels()) == N


def test_files_are_found_under_other_names_too(project: dalt.Project, disk: Path) -> None:
    for i in range(N):
        (disk / f"disk/photos/{i % 2}/{i}.png").rename(disk / f"disk/photos/img_{i}.png")
    shutil.move(disk / "disk/photos", disk / "flat")
    assert project.relocate(disk / "disk/photos", disk / "flat", progress=False) == N
    assert paths(project) == {disk / f"flat/img_{i}.png" for i in range(N)}


def test_what_is_not_found_stays_and_is_told(project: dalt.Project, disk: Path) -> None:
    (disk / "disk").rename(disk / "drive")
    (disk / "drive/photos/0/0.png").unlink()
    picture(disk / "drive/photos/1/1.png", 99)
    with pytest.warns(LeftOut, match="2 of 4 files were not found"):
        found = project.relocate(disk / "disk", disk / "drive", progress=False)
    assert found == 2
    assert [Path(each.source).name for each in found.missing] == ["0.png", "1.png"]
    assert [each.reason.rpartition(" ")[2] for each in found.missing] == [
        str(disk / "drive/photos/0/0.png"),
        "content",
    ]
    assert disk / "disk/photos/0/0.png" in paths(project)


def test_one_file_is_relocated(project: dalt.Project, disk: Path) -> None:
    new = disk / "elsewhere.png"
    (disk / "disk/photos/0/0.png").rename(new)
    assert project.relocate(disk / "disk/photos/0/0.png", new, progress=False) == 1
    assert new in paths(project)


def test_paths_may_be_relative(
    project: dalt.Project, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(disk)
    (disk / "disk").rename(disk / "drive")
    assert project.relocate("disk/", "drive", progress=False) == N
    monkeypatch.chdir(disk / "work")
    assert project.relocate("../drive", "../drive", progress=False) == N


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [("nowhere", "disk", "No sample of this project was at 'nowhere'"),
     ("disk", "nowhere", "There is no file or folder 'nowhere'")],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    project: dalt.Project, disk: Path, monkeypatch: pytest.MonkeyPatch,
    old: str, new: str, named: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(disk)
    with pytest.raises(BadInput, match=named):
        project.relocate(old, new, progress=False)


def test_a_project_that_keeps_its_samples_has_no_files_to_find(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one"], progress=False)
        with pytest.raises(BadInput, match="keeps its samples itself"):
            project.relocate(tmp_path, tmp_path)

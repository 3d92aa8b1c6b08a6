"""One resolver of names: what it finds, and what it refuses because it can mean several."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dalt
from dalt.data.formats import Imported
from dalt.project.resolving.outcomes import Match
from dalt.project.resolving.resolver import Resolver

FILES = ("photos/a.png", "photos/sub/b.png", "photos/train/001.png", "photos/val/001.png",
         "photos/IMG_7.JPG", "photos/b c.png")  # fmt: skip
Find = Callable[..., str]


def picture(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(path, format="PNG")


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[dalt.Project]:
    for seed, name in enumerate(FILES):
        picture(tmp_path / "home" / name, seed)
    (tmp_path / "labels").mkdir()
    with dalt.Project.create(tmp_path / "home/p.dalt", classes=["cat", "dog"]) as project:
        project.add_images(tmp_path / "home/photos", progress=False)
        yield project


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_texts(["zero", "two", "1", "three\nlines"], progress=False)
        yield project


def resolver(project: dalt.Project, root: Path | None = None) -> Resolver:
    place = project.folder.parent.parent / "labels" / "in.csv"
    space = project.workspace
    return Resolver(space.store, space.files, space.kind, place, root)


def found(project: dalt.Project, item: Imported, root: Path | None = None) -> str:
    """The source of the sample that an item names, or the reason why it names none."""
    [outcome] = resolver(project, root).find([item])
    if isinstance(outcome, str):
        return outcome
    return project.workspace.store.samples.get(outcome.sample_id).source


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("a.png", "photos/a.png"),
        ("sub/b.png", "photos/sub/b.png"),
        ("photos\\sub\\b.png", "photos/sub/b.png"),
        ("D:\\data\\photos\\a.png", "photos/a.png"),
        ("/home/someone/data/photos/a.png", "photos/a.png"),
        ("/mnt/else/where/a.png", "photos/a.png"),
        ("old/train/001.png", "photos/train/001.png"),
        ("https://example.org/sets/val/001.png?x=1", "photos/val/001.png"),
        ("s3://bucket/photos/a.png", "photos/a.png"),
        ("/data/upload/12/0a1b2c3d-a.png", "photos/a.png"),
        ("/data/local-files/?d=photos/b%20c.png", "photos/b c.png"),
        ("img_7.jpg", "photos/IMG_7.JPG"),
    ],
)
def test_a_file_is_known_by_the_ending_of_its_path(
    pictures: dalt.Project, written: str, source: str
) -> None:
    assert found(pictures, Imported("", "cat", source=written)) == source


@pytest.mark.parametrize(
    "written", ["001.png", "elsewhere/001.png", "/data/upload/1/0a1b2c3d-001.png"]
)
def test_what_can_be_two_files_is_refused_by_name(pictures: dalt.Project, written: str) -> None:
    said = found(pictures, Imported("", "cat", source=written))
    assert said == f"{written!r} is 2 samples of this project; see project.samples()"


@pytest.mark.parametrize(
    "written", ["hotos/a.png.bak", "la.png", "photos/", "1", "/", "..", "x" * 5_000]
)
def test_part_of_a_name_is_no_name(pictures: dalt.Project, written: str) -> None:
    assert "is no sample of this project" in found(pictures, Imported("", "cat", source=written))


@pytest.mark.parametrize("written", ["photos/a.png", "D:\\data\\photos\\a.png"])
def test_who_looks_for_long_sees_samples_go_and_come_back(
    pictures: dalt.Project, written: str
) -> None:
    samples = pictures.samples()
    [gone] = samples.sample_id[samples.source == "photos/a.png"]
    pictures.remove([gone])
    for_long = resolver(pictures)
    item = Imported("", "cat", source=written)
    assert "is no sample of this project" in str(for_long.find([item])[0])
    pictures.restore([gone])
    assert [each.sample_id for each in for_long.find([item]) if isinstance(each, Match)] == [gone]


def test_two_paths_of_one_name_do_not_both_lead_to_the_only_file(pictures: dalt.Project) -> None:
    """The file of labels is about two pictures, and the project has one of them, or neither."""
    both = resolver(pictures)
    paths = ["x/a.png", "y/a.png", "photos/b c.png", "z/b c.png"]
    outcomes = both.find([Imported("", "cat", source=each) for each in paths])
    assert [isinstance(each, Match) for each in outcomes] == [False, False, True, False]
    assert "only its name in common" in str(outcomes[0])
    one_by_one = resolver(pictures)
    said = [one_by_one.find([Imported("", "cat", source=each)])[0] for each in paths[:2]]
    assert isinstance(said[0], Match) and "only its name in common" in str(said[1])


def test_a_folder_is_named_for_the_paths_of_the_file(pictures: dalt.Project) -> None:
    root = pictures.folder.parent / "photos/val"
    assert found(pictures, Imported("", "cat", source="001.png"), root) == "photos/val/001.png"
    assert found(pictures, Imported("", "cat", source="a.png"), root) == "photos/a.png"


def test_the_content_of_a_file_beside_comes_before_the_ending(
    pictures: dalt.Project, tmp_path: Path
) -> None:
    copy = tmp_path / "labels/images/001.png"
    copy.parent.mkdir()
    shutil.copy(tmp_path / "home/photos/val/001.png", copy)
    assert found(pictures, Imported("", 1, source="images/001.png")) == "photos/val/001.png"
    assert found(pictures, Imported("", 1, files=(copy,))) == "photos/val/001.png"
    item = Imported("", 1, sample_id="001", source="nowhere/001.png", files=(copy,))
    assert found(pictures, item) == "photos/val/001.png"


def test_files_of_two_samples_are_refused(pictures: dalt.Project, tmp_path: Path) -> None:
    files = tuple(tmp_path / "home" / name for name in FILES[:2])
    assert "is 2 samples" in found(pictures, Imported("", 1, files=files))


def test_samples_that_come_later_are_found(pictures: dalt.Project, tmp_path: Path) -> None:
    kept = resolver(pictures)
    assert isinstance(kept.find([Imported("", 1, source="late.png")])[0], str)
    picture(tmp_path / "home/more/late.png", 99)
    pictures.add_images(tmp_path / "home/more", progress=False)
    assert isinstance(kept.find([Imported("", 1, source="late.png")])[0], Match)


def test_no_file_is_read_where_that_is_not_wanted(pictures: dalt.Project, tmp_path: Path) -> None:
    os.rename(tmp_path / "home/photos/a.png", tmp_path / "home/other.png")
    space = pictures.workspace
    deaf = Resolver(space.store, space.files, space.kind, by_content=False)
    assert isinstance(deaf.find([Imported("", 1, source="other.png")])[0], str)
    assert found(pictures, Imported("", 1, source="other.png")) == "photos/a.png"


# --- texts and rows ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "source"),
    [
        (Imported("", 1, text="zero"), "0"),
        (Imported("", 1, text="1"), "2"),
        (Imported("", 1, row="1"), "1"),
        (Imported("", 1, source="1"), "1"),
        (Imported("", 1, text="1", source="1"), "2"),
        (Imported("", 1, text="zero", row="1"), "0"),
        (Imported("", 1, text=" zero\n"), "0"),
        (Imported("", 1, text="three\r\nlines"), "3"),
    ],
)
def test_a_text_is_known_by_its_content_and_never_as_a_number(
    texts: dalt.Project, item: Imported, source: str
) -> None:
    assert found(texts, item) == source


def test_a_row_is_not_taken_for_another_text(texts: dalt.Project) -> None:
    said = found(texts, Imported("", 1, text="a text of another project", row="0"))
    assert said == "'a text of another project' is no sample of this project; see project.samples()"


def test_a_row_of_two_tables_is_refused(texts: dalt.Project) -> None:
    texts.add_texts(["more"], progress=False)
    assert found(texts, Imported("", 1, row="0")).startswith("'0' is 2 samples of this project")


def test_the_id_comes_first(texts: dalt.Project) -> None:
    last = texts.samples().sample_id[3]
    assert found(texts, Imported("", 1, sample_id=last, row="0", text="zero")) == "3"
    assert found(texts, Imported("", 1, sample_id="unknown", row="0")) == "0"


def test_every_source_of_equal_content_names_its_sample(
    pictures: dalt.Project, tmp_path: Path
) -> None:
    kept = resolver(pictures)
    assert isinstance(kept.find([Imported("", 1, source="copied.png")])[0], str)
    (tmp_path / "home/more").mkdir()
    shutil.copy(tmp_path / "home/photos/a.png", tmp_path / "home/more/copied.png")
    pictures.add_images(tmp_path / "home/more", progress=False)
    (tmp_path / "home/more/copied.png").unlink()
    for written in ("more/copied.png", "D:\\copied.png"):
        assert found(pictures, Imported("", 1, source=written)) == "photos/a.png"
    assert isinstance(kept.find([Imported("", 1, source="copied.png")])[0], Match)

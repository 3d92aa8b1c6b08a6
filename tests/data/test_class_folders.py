"""Folders that are classes, as they come from Windows, a Mac, or with inner folders."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from raw_samples import noise, save

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.folders import read_image_folder
from dalt.data.exchange.items import Imported, Reading, Unusable

PETS = ClassSet(("cat", "Dog"), {"dog": "Dog"})


def read(folder: Path, classes: ClassSet = PETS) -> list[Imported | Unusable]:
    return list(read_image_folder(folder, classes, Reading()))


def labels(folder: Path, classes: ClassSet = PETS) -> dict[str, object]:
    found = read(folder, classes)
    return {each.where: each.label for each in found if isinstance(each, Imported)}


def unusable(folder: Path) -> dict[str, str]:
    return {each.where: each.why for each in read(folder) if isinstance(each, Unusable)}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("Thumbs.db", b"x", "is Windows' cache of thumbnails"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0" + bytes(40), "is Windows' cache of thumbnails"),
        ("desktop.ini", b"[.ShellClassInfo]", "is Windows' settings of a folder"),
        ("notes.txt", b"Buy milk.", "is neither a picture nor a sound"),
        ("list.csv", b"a,b\n1,2\n", "is neither a picture nor a sound"),
        ("a.jpg", b"<html><title>404</title>", "is a web page (HTML), which servers send in"),
        ("a.zip", b"PK\3\4" + bytes(30), "is an archive (zip)"),
    ],
)
def test_what_is_no_picture_is_passed_over_by_name(tmp_path, name, content, why):
    save(tmp_path / "cat" / "1.png")
    (tmp_path / "cat" / name).write_bytes(content)
    assert labels(tmp_path) == {"'cat/1.png'": "cat"}
    [(where, said)] = unusable(tmp_path).items()
    assert where == f"'cat/{name}'" and said.startswith(why)


@pytest.mark.parametrize("name", [".DS_Store", "._1.png", ".hidden/1.png"])
def test_hidden_files_are_no_items(tmp_path, name):
    save(tmp_path / "cat" / "1.png")
    (tmp_path / "cat" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "cat" / name).write_bytes(b"x")
    assert len(read(tmp_path)) == 1


def test_what_a_mac_puts_beside_the_folders_is_no_item(tmp_path):
    save(tmp_path / "cat" / "1.png")
    save(tmp_path / "__MACOSX" / "cat" / "1.png")
    assert list(labels(tmp_path)) == ["'cat/1.png'"]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("cat/1.png", "cat"),
        ("cat/batch1/1.png", "cat"),
        ("cat/2026/05/1.png", "cat"),
        ("train/cat/1.png", "cat"),
        ("set/train/cat/1.png", "cat"),
        ("dog/1.png", "Dog"),  # a former name
        ("bird/1.png", "bird"),  # no class of the project: the first folder, as torchvision does
        ("bird/batch1/1.png", "bird"),
        ("train/bird/1.png", "bird"),
        ("Validation/bird/batch/1.png", "bird"),
        ("train/1.png", "train"),
        ("a%2Fb/1.png", "a/b"),
    ],
)
def test_the_folder_that_is_a_class_names_the_class(tmp_path, path, label):
    save(tmp_path / path)
    found = labels(tmp_path)
    assert list(found) == [f"'{path}'"]
    assert PETS.present(str(found[f"'{path}'"])) == label


def test_two_classes_above_a_file_are_refused(tmp_path):
    save(tmp_path / "cat" / "dog" / "1.png", noise(4, 4))
    save(tmp_path / "Dog" / "dog" / "2.png", noise(4, 4, seed=1))  # both names of one class
    assert unusable(tmp_path) == {
        "'cat/dog/1.png'": "lies in the folders of 2 classes, 'cat' and 'Dog'"
    }
    assert list(labels(tmp_path)) == ["'Dog/dog/2.png'"]


def test_sound_in_class_folders_is_taken(tmp_path):
    (tmp_path / "cat").mkdir()
    soundfile.write(tmp_path / "cat" / "1.mp3", noise(1_000, 1, 0).astype("float32") / 300, 8_000)
    assert labels(tmp_path) == {"'cat/1.mp3'": "cat"}


def test_a_file_that_is_named_as_a_sample_may_have_any_content(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / f"{'0f' * 16}.png").write_bytes(b"x")
    [item] = read(tmp_path)
    assert isinstance(item, Imported) and item.sample_id == "0f" * 16


def test_a_folder_without_folders_is_refused(tmp_path):
    save(tmp_path / "1.png")
    with pytest.raises(BadInput, match="holds no folders with files in them"):
        read(tmp_path)

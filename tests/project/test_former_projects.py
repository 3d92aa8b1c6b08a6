"""Projects that DALT 0.1.0 made, before its modules moved: they open, label, replay and train."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from assignments import assigned

import dalt
from dalt.model import Snapshot
from dalt.server.trainer_process import replay

FORMER = Path(__file__).parent / "former"
"""What `make.py` there made; the two hashes are what that version said of its newest snapshots."""


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(FORMER / f"{name}.zip") as packed:
        packed.extractall(folder)
    return folder / f"{name}.dalt"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return unpacked("tables", tmp_path)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return unpacked("texts", tmp_path)


def test_labels_and_notes_are_those_that_were_given(tables: Path, texts: Path) -> None:
    with dalt.Project.open(tables, thin=True) as project:
        assert project.labels().label.value_counts().to_dict() == {"large": 21, "small": 3}
        assert project.history().kind.value_counts().to_dict() == {
            "label": 25,
            "skip": 1,
            "undo": 1,
        }
        assert [*project.notes().comment] == ["a comment"]
        assert [*project.choices().engine] == ["builtin"]
    with dalt.Project.open(texts, thin=True) as project:
        labels = project.labels()
        assert sorted(map(tuple, labels.label)) == [("dog",)] * 4 + [("kitten",)] * 4
        assert [*project.history().label[:2]] == [["dog"], ["cat"]], "as it was answered"


def snapshot_of(project: dalt.Project) -> Snapshot:
    assert project.trainer.snapshot is not None
    return project.trainer.snapshot


@pytest.mark.parametrize(
    ("name", "version", "hashed"),
    [
        ("tables", 3, "890af423cbb2cea30a8a6edf2ac378a23056ab593a3e8d095b46a8cf38e4516e"),
        ("texts", 5, "be498b2a60d5eb7c1fef3768e723b707075a72164fced6625328e0e6f9596754"),
    ],
)
def test_the_newest_snapshot_is_read_as_it_was_written(
    name: str, version: int, hashed: str, tmp_path: Path
) -> None:
    with dalt.Project.open(unpacked(name, tmp_path), thin=True) as project:
        snapshot = snapshot_of(project)
        assert (snapshot.version, snapshot.hash) == (version, hashed)
        assert project.suggest().snapshot.unique() == [version]


@pytest.mark.parametrize("name", ["tables", "texts"])
def test_it_is_replayed(name: str, tmp_path: Path) -> None:
    folder = unpacked(name, tmp_path)
    with dalt.Project.open(folder, thin=True) as project:
        newest = snapshot_of(project).version
    found = replay(folder)
    assert [each.version for each in found] == [*range(1, newest + 1)]
    assert not [each for each in found if each.again is None]
    # On another processor the last bits of a hash's numbers may differ.
    assert all(each.same or (each.difference or 0) < 1e-3 for each in found)


def test_labeling_and_training_go_on(tables: Path) -> None:
    with dalt.Project.open(tables) as project:
        before = snapshot_of(project).version
        with project.session(annotator="ana") as session:
            assert len(session.recent(30)) == 25  # with the skipped one
            assignment = assigned(session)
            assert set(assignment.suggestion.classes) == {"small", "large"}
            session.submit(assignment, "small")
        project.trainer.wait(60)
        assert snapshot_of(project).version > before
        assert len(project.labels()) == 25


def test_its_encoder_reads_new_rows(tables: Path) -> None:
    new = pd.DataFrame({"size": [1.0, 4.2], "colour": ["red", "blue"]})
    with dalt.Project.open(tables) as project:
        predicted = project.predict(new, progress=False)
        ids = project.add_table(new, progress=False)
        embeddings = project.encode(progress=False)
    assert [*predicted[predicted["rank"] == 1].label] == ["small", "large"]
    assert embeddings.shape == (62, 64) and len(ids) == 2


def test_given_embeddings_and_several_classes_go_on(texts: Path) -> None:
    with dalt.Project.open(texts) as project:
        before = snapshot_of(project).version
        with project.session(annotator="ben") as session:
            session.submit(assigned(session), ["kitten", "dog"])
        project.trainer.wait(60)
        assert snapshot_of(project).version > before
        assert np.isfinite(project.suggest().probability).all()

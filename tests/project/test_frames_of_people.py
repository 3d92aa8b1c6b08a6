"""Frames with names of their own: a ``sample_id`` that is not DALT's, columns of two levels."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import dalt


def labelled(folder: Path, frame: pd.DataFrame, column: str) -> dalt.Project:
    project = dalt.Project.create(folder / "p.dalt", classes=["x", "y"])
    project.add_texts(frame, column, progress=False)
    label_all(project)
    return project


def label_all(project: dalt.Project) -> None:
    with project.session("ana") as session:
        while (asked := session.next()) is not None:
            session.submit(asked, "x")


def test_a_sample_id_of_the_user_is_kept_and_not_taken_for_that_of_dalt(tmp_path: Path) -> None:
    frame = pd.DataFrame({"body": ["one", "two"], "sample_id": ["S1", "S2"]})
    with labelled(tmp_path, frame, "body") as project:
        assert [*project.samples(metadata=True).metadata_sample_id] == ["S1", "S2"]
        project.export(tmp_path / "out.csv")
        exported = pd.read_csv(tmp_path / "out.csv")
        assert sorted(exported.metadata_sample_id) == ["S1", "S2"]
        with pytest.warns(UserWarning, match="'sample_id' is 'dalt_sample_id'"):
            joined = project.join(frame, column="body")
        assert [*joined.sample_id] == ["S1", "S2"]
        assert [*joined.dalt_sample_id] == [*project.samples().sample_id]
        assert "dalt_sample_id" not in project.join(project.samples()).columns
    with dalt.Project.create(tmp_path / "t.dalt", classes=["x", "y"]) as table:
        table.add_table(frame, progress=False)
        label_all(table)
        with pytest.warns(UserWarning, match="dalt_sample_id"):
            assert [*table.join(frame).label] == ["x", "x"], "by their rows, not by these ids"


def test_ids_that_dalt_returned_say_nothing_new(tmp_path: Path) -> None:
    frame = pd.DataFrame({"body": ["one", "", "two"]})
    with dalt.Project.create(tmp_path / "p.dalt", classes=["x", "y"]) as project:
        with pytest.warns(UserWarning, match="Left out 1"):
            frame["sample_id"] = project.add_texts(frame, "body", progress=False)
        with pytest.warns(UserWarning, match="Left out 1"):
            project.add_texts(frame, "body", progress=False)
        assert "metadata_sample_id" not in project.samples(metadata=True).columns


def test_columns_of_two_levels_get_labels_without_a_warning_of_pandas(tmp_path: Path) -> None:
    frame = pd.DataFrame({"body": ["one", "two"], "label": ["a", "b"]})
    with labelled(tmp_path, frame[["body"]], "body") as project, warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        warnings.simplefilter("error", DeprecationWarning)
        frame.columns = pd.MultiIndex.from_tuples([("said", "body"), ("label", "old")])
        with pytest.warns(UserWarning, match="dalt_label"):
            joined = project.join(frame, column=("said", "body"))  # type: ignore[arg-type]
    assert [*joined[("dalt_label", "")]] == ["x", "x"]
    pd.testing.assert_frame_equal(joined[frame.columns], frame)


def test_join_knows_files_by_their_names_where_only_one_has_it(tmp_path: Path) -> None:
    for number, name in enumerate(("a/1.png", "a/2.png", "b/2.png")):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), number).save(tmp_path / "photos" / name)
    with dalt.Project.create(tmp_path / "p.dalt", classes=["x", "y"]) as project:
        project.add_images(tmp_path / "photos", progress=False)
        label_all(project)
        frame = pd.DataFrame({"file": ["1.png", "2.png", "b/2.png", r"C:\photos\a\2.png", "3.png"]})
        with pytest.warns(UserWarning, match="2 of 5 rows are no samples"):
            joined = project.join(frame, column="file")
        assert [*joined.label.fillna("-")] == ["x", "-", "x", "x", "-"]
        with pytest.raises(dalt.DaltError, match="No row of the column 'file' is a sample"):
            project.join(frame.tail(1), column="file")

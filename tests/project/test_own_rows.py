"""Your own rows back: every source of a sample, the labels of each row, and the other columns."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignments import assigned
from former_schema import make_former
from PIL import Image

import dalt
from dalt.cli import main
from dalt.core.records import LeftOut, Region

Make = Callable[..., dalt.Project]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[dalt.Project] = []

    def create(name: str = "p", classes: Any = ("x", "y"), **settings: Any) -> dalt.Project:
        made.append(dalt.Project.create(tmp_path / f"{name}.dalt", classes=classes, **settings))
        return made[-1]

    yield create
    for project in made:
        project.close()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three files, two of them with the same content."""
    folder = tmp_path / "photos"
    for name, value in (("a/1.png", 5), ("b/2.png", 9)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), value).save(folder / name)
    shutil.copy(folder / "a/1.png", folder / "b/1.png")
    return folder


def label_all(project: dalt.Project, label: str = "x", annotator: str = "ana") -> None:
    with project.session(annotator) as session:
        while (asked := session.next()) is not None:
            session.submit(asked, label)


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, engine="openpyxl")
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)


def texts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "body": ["hello", "bye", "hello", "", "hello"],
            "author": ["ana", "ben", "cem", "dan", None],
            "year": [2001, 2002, 2003, 2004, 2005],
            "label": ["?", "?", "?", "?", "?"],
        },
        index=[10, 20, 30, 40, 50],
    )


# --- sources --------------------------------------------------------------------------------------


def test_what_shares_a_sample_is_said_and_every_source_is_kept(make: Make, photos: Path) -> None:
    project = make()
    added = project.add_images(photos, progress=False)
    assert len(added) == 3 and added.new == 2
    assert "2 samples are new, 1 file has the content of another" in repr(added)
    assert "<li>photos/b/1.png has the content of photos/a/1.png</li>" in added._repr_html_()
    assert [*project.samples().source] == ["photos/a/1.png", "photos/b/2.png"]
    assert project.samples().sources[0] == ["photos/a/1.png", "photos/b/1.png"]
    again = project.add_images(photos, progress=False)
    assert "0 samples are new, 2 known already, 1 file has the content of another" in repr(again)
    assert project.samples().sources[0] == ["photos/a/1.png", "photos/b/1.png"], "kept once"


def test_a_known_file_from_a_new_place_is_one_more_source(
    make: Make, photos: Path, tmp_path: Path
) -> None:
    project = make()
    project.add_images(photos / "a", progress=False)
    shutil.copytree(photos / "a", tmp_path / "copies")
    added = project.add_images(tmp_path / "copies", progress=False)
    assert repr(added).startswith("0 samples are new, 1 file has the content of another")
    assert [*project.samples().sources] == [["photos/a/1.png", "copies/1.png"]]


def test_of_two_damaged_files_with_one_content_none_is_a_source(make: Make, photos: Path) -> None:
    for name in ("a/bad.png", "b/bad.png"):
        (photos / name).write_bytes(b"no picture")
    project = make()
    with pytest.warns(LeftOut, match="Left out 2 of 5"):
        added = project.add_images(photos, progress=False)
    assert [each.source for each in added.shared] == ["photos/b/1.png"]


@pytest.mark.parametrize("kind", ["texts", "rows", "array"])
def test_equal_texts_rows_and_arrays_keep_the_sources_of_all(make: Make, kind: str) -> None:
    project = make()
    if kind == "texts":
        added = project.add_texts(["one", "two", "one"], progress=False)
    elif kind == "rows":
        added = project.add_table(pd.DataFrame({"n": [1, 2, 1]}), progress=False)
    else:
        pixels = np.array([1, 2, 1], np.uint8).repeat(16).reshape(3, 4, 4)
        added = project.add_images(pixels, progress=False)
    what = {"texts": "text", "rows": "row", "array": "image"}[kind]
    assert f"2 samples are new, 1 {what} has the content of another" in repr(added)
    assert [*project.samples().sources] == [["0", "2"], ["1"]]


def test_dalt_init_says_what_shares_a_sample(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(photos.parent)
    assert main(["init", "p.dalt", "--classes", "x,y", "--images", "photos"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("p.dalt: 2 samples, 1 file has the content of another. Next: ")
    assert "dalt: photos/b/1.png has the content of photos/a/1.png" in said.err


def test_labels_have_a_row_for_each_sample_and_name_all_its_sources(
    make: Make, photos: Path
) -> None:
    project = make()
    project.add_images(photos, progress=False)
    label_all(project)
    labels = project.labels().sort_values("sample_source")
    assert labels.columns[-2:].tolist() == ["sample_source", "sources"]
    assert [*labels.sources] == [["photos/a/1.png", "photos/b/1.png"], ["photos/b/2.png"]]
    assert [*labels.sample_source] == ["photos/a/1.png", "photos/b/2.png"]


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("labels", ["each", "consensus"])
def test_an_export_has_a_row_for_each_source_and_comes_back(
    make: Make, photos: Path, tmp_path: Path, format: str, labels: Any
) -> None:
    project = make()
    project.add_images(photos, progress=False)
    label_all(project)
    path = tmp_path / f"labels.{format}"
    assert project.export(path, labels=labels) == 2, "labels, not rows"
    frame = read(path)
    assert sorted(frame.sample_source) == ["photos/a/1.png", "photos/b/1.png", "photos/b/2.png"]
    assert set(frame.label) == {"x"} and "metadata" not in frame
    if labels == "each":
        other = make("q")
        other.add_images(photos, progress=False)
        other.import_labels(path)
        assert [*other.labels().label] == ["x", "x"]


def test_a_label_by_any_source_finds_the_sample(make: Make, photos: Path, tmp_path: Path) -> None:
    project = make()
    project.add_images(photos, progress=False)
    (tmp_path / "in.csv").write_text("source,label\nphotos/b/1.png,y\n")
    shutil.rmtree(photos)
    assert project.import_labels(tmp_path / "in.csv") == 1
    assert [*project.labels().sample_source] == ["photos/a/1.png"]
    assert {source for _, source in project.workspace.store.samples.every_source()} == {
        "photos/a/1.png", "photos/b/1.png", "photos/b/2.png",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["C:\\\\data\\\\photos\\\\b\\\\1.png", "b/1.png", "/elsewhere/b/1.png"]
)
def test_a_label_by_the_ending_of_any_source_finds_the_sample(
    make: Make, photos: Path, tmp_path: Path, path: str
) -> None:
    project = make()
    project.add_images(photos, progress=False)
    shutil.rmtree(photos)
    other = path.replace("b", "a", 1)
    (tmp_path / "in.csv").write_text(f"source,label\n{path},y\n{other},y\n")
    assert project.import_labels(tmp_path / "in.csv") == 1
    assert [*project.labels().sample_source] == ["photos/a/1.png"]


def test_a_project_of_a_former_version_gets_both_tables(make: Make, photos: Path) -> None:
    project = make()
    project.add_images(photos / "a", progress=False)
    folder = project.folder
    project.close()
    make_former(folder / "labels.db", 7)
    with dalt.Project.open(folder) as project:
        added = project.add_images(
            pd.DataFrame({"path": [photos / "b/1.png"], "by": ["ana"]}), "path", progress=False
        )
        assert added.new == 0
        frame = project.samples(metadata=True)
        assert [*frame.sources] == [["photos/a/1.png", "photos/b/1.png"]] and [*frame.by] == ["ana"]
    with sqlite3.connect(folder / "labels.db") as db:
        assert db.execute("SELECT value FROM about WHERE name = 'schema'").fetchone() != ("7",)
    db.close()


# --- what is said where nobody looks at the result ------------------------------------------------


def test_the_line_of_progress_says_what_was_left_out(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make()
    with pytest.warns(LeftOut):
        project.add_texts(["one", "", "one"])
    said = capsys.readouterr().err
    assert "1 text has the content of another, 1 left out (text 1: empty text; " in said
    assert "text 2 has the content of text 0)" in said


# --- other columns --------------------------------------------------------------------------------


def test_the_other_columns_of_a_frame_are_kept(make: Make) -> None:
    project = make()
    with pytest.warns(LeftOut):
        project.add_texts(texts(), "body", progress=False)
    frame = project.samples(metadata=True)
    assert [*frame.author] == ["ana", "ben"] and [*frame.year] == [2001, 2002]
    assert [*frame.query("year > 2001").source] == ["20"]
    assert [*frame.label] == ["?", "?"]
    assert "author" not in project.samples()
    changed = texts().assign(author="eve")
    with pytest.warns(LeftOut):
        project.add_texts(changed, "body", progress=False)
    assert [*project.samples(metadata=True).author] == ["eve", "eve"], "the newest holds"
    with sqlite3.connect(project.folder / "labels.db") as db:
        before = db.execute("SELECT count(*) FROM details").fetchone()
    with pytest.warns(LeftOut):
        project.add_texts(changed, "body", progress=False)
    with sqlite3.connect(project.folder / "labels.db") as db:
        assert db.execute("SELECT count(*) FROM details").fetchone() == before == (8,)
    db.close()


def test_exports_have_the_other_columns_of_each_row(make: Make, tmp_path: Path) -> None:
    project = make()
    with pytest.warns(LeftOut):
        project.add_texts(texts(), "body", progress=False)
    label_all(project)
    for name in ("l.csv", "l.jsonl", "l.parquet"):
        project.export(tmp_path / name)
    frame = pd.read_csv(tmp_path / "l.csv")
    assert [*frame.columns[-4:]] == ["sample_source", "author", "year", "metadata_label"]
    rows = frame.set_index("sample_source").author.to_dict()
    assert rows[10] == "ana" and rows[30] == "cem" and rows[20] == "ben"
    assert len(frame) == 4 and np.isnan(rows[50])
    lines = [json.loads(line) for line in (tmp_path / "l.jsonl").read_text().splitlines()]
    said = {line["sample_source"]: line["metadata"] for line in lines}
    assert said["30"] == {"author": "cem", "year": 2003, "label": "?"}
    parquet = pd.read_parquet(tmp_path / "l.parquet").set_index("sample_source")
    assert parquet.author["30"] == "cem" and parquet.metadata_label["10"] == "?"
    assert project.import_labels(tmp_path / "l.csv") in (0, 2, 4)
    assert [*project.labels().label] == ["x", "x"]


def test_in_parquet_other_columns_keep_their_types(make: Make, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"body": ["a", "b"], "n": ["one", "2"], "share": [1, 0.5], "year": [2001, 2002],
         "seen": [True, False], "large": [2**63, 1]}
    )  # fmt: skip
    project = make()
    project.add_texts(frame, "body", progress=False)
    label_all(project)
    project.export(tmp_path / "l.parquet")
    found = pd.read_parquet(tmp_path / "l.parquet").sort_values("sample_source")
    assert found[["n", "share", "year", "seen", "large"]].to_numpy().tolist() == [
        ["one", 1.0, 2001, True, str(2**63)], ["2", 0.5, 2002, False, "1"],
    ]  # fmt: skip


def test_cells_that_a_row_could_not_hold_are_kept_as_text(make: Make) -> None:
    frame = pd.DataFrame({"body": ["a"], "tags": [["x", 1]], "when": [pd.Timestamp("2026-01-02")]})
    frame[7] = float("inf")
    project = make()
    project.add_texts(frame, "body", progress=False)
    (row,) = project.samples(metadata=True)[["tags", "when", "7"]].to_numpy().tolist()
    assert row == ["['x', 1]", "2026-01-02T00:00:00", "inf"]


def test_tables_keep_the_columns_that_are_no_part_of_a_row(make: Make) -> None:
    project = make()
    frame = pd.DataFrame({"n": [1, 2], "by": ["ana", "ben"], "sample_id": ["0a" * 16, "0b" * 16]})
    project.add_table(frame, columns=["n"], progress=False)
    assert [*project.samples(metadata=True).columns[-2:]] == ["sources", "by"]


def test_pictures_come_from_a_column_of_a_frame(make: Make, photos: Path) -> None:
    paths = [photos / "a/1.png", photos / "b/1.png", None, photos / "b/2.png"]
    frame = pd.DataFrame({"path": paths, "by": ["ana", "ben", "cem", "dan"]})
    project = make()
    with pytest.warns(LeftOut, match="no path"):
        frame["sample_id"] = project.add_images(frame, column="path", progress=False)
    assert [*frame.sample_id.isna()] == [False, False, True, False]
    assert [*project.samples(metadata=True).by] == ["ana", "dan"]
    assert project.samples().sources[0] == ["photos/a/1.png", "photos/b/1.png"]
    with pytest.raises(dalt.BadInput, match="Row 0 of the column 'path' is a folder"):
        project.add_images(pd.DataFrame({"path": [photos]}), progress=False)
    with pytest.raises(dalt.BadInput, match="There is no column 'file'"):
        project.add_images(frame, column="file", progress=False)
    with pytest.raises(dalt.BadInput, match="needs a DataFrame"):
        project.add_images([photos], column="path", progress=False)


def test_other_columns_stay_with_moved_and_removed_samples(
    make: Make, photos: Path, tmp_path: Path
) -> None:
    project = make()
    frame = pd.DataFrame({"path": [photos / "a/1.png", photos / "b/2.png"], "by": ["ana", "ben"]})
    ids = project.add_images(frame, "path", progress=False).ids
    label_all(project)
    photos.rename(tmp_path / "moved")
    assert project.add_images(tmp_path / "moved", progress=False).relocated == 2
    assert [*project.samples(metadata=True).by] == ["ana", "ben"]
    project.export(tmp_path / "l.csv")
    said = pd.read_csv(tmp_path / "l.csv").set_index("sample_source").by.to_dict()
    assert (said["moved/a/1.png"], said["moved/b/2.png"]) == ("ana", "ben")
    assert [*project.join(frame, "path").label] == ["x", "x"], "by their former paths"
    project.remove(ids[:1])
    assert [*project.samples(metadata=True).by] == ["ben"]
    with pytest.warns(UserWarning, match="1 of 2 rows is no sample"):
        assert [*project.join(frame, "path").label.isna()] == [True, False]


# --- row for row ----------------------------------------------------------------------------------


def test_join_gives_your_rows_back_with_their_labels(make: Make) -> None:
    frame = texts().astype({"author": "category"})
    before = frame.copy()
    project = make()
    with pytest.warns(LeftOut):
        project.add_texts(frame, "body", progress=False)
    label_all(project)
    with pytest.warns(UserWarning) as warned:
        joined = project.join(frame, column="body")
    assert [str(each.message) for each in warned] == [
        "1 of 5 rows is no sample of this project: it has no label and no 'sample_id'.",
        "This frame has columns of the names of DALT's, which are kept: 'label' is 'dalt_label' "
        "here.",
    ]
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(joined[frame.columns], before)
    assert [*joined.columns[4:]] == [
        "sample_id", "dalt_label", "suggested", "probability", "annotator", "created_at",
    ]  # fmt: skip
    assert [*joined.dalt_label.fillna("-")] == ["x", "x", "x", "-", "x"]
    assert [*joined.annotator.fillna("-")] == ["ana", "ana", "ana", "-", "ana"]
    assert joined.created_at.dtype == "datetime64[us, UTC]" and [*joined.created_at.isna()] == [
        False, False, False, True, False,
    ]  # fmt: skip


def test_join_takes_rows_by_the_columns_of_the_samples_or_by_their_ids(make: Make) -> None:
    project = make()
    frame = pd.DataFrame({"n": [1, 2, 1], "by": ["ana", "ben", "cem"]}, index=[5, 5, 6])
    ids = project.add_table(frame, columns=["n"], progress=False)
    label_all(project)
    assert [*project.join(frame).label] == [*project.join(frame, columns=["n"]).label]
    assert [*project.join(frame).label] == ["x"] * 3 and [*project.join(frame).index] == [5, 5, 6]
    shuffled = pd.DataFrame({"sample_id": [ids[1], ids[0], "other"]})
    with pytest.warns(UserWarning, match="1 of 3 rows is no sample"):
        joined = project.join(shuffled)
    assert [*joined.label.fillna("-")] == ["x", "x", "-"] and [*joined.columns][:2] == [
        "sample_id",
        "label",
    ]


def test_join_knows_pictures_by_their_paths_or_their_content(
    make: Make, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make()
    project.add_images(photos, progress=False)
    label_all(project)
    shutil.copy(photos / "b/2.png", tmp_path / "copy.png")
    monkeypatch.chdir(photos)
    frame = pd.DataFrame(
        {"file": [photos / "a/1.png", "photos/b/1.png", "b/2.png", str(tmp_path / "copy.png")]}
    )
    assert [*project.join(frame, column="file").label] == ["x"] * 4
    shutil.rmtree(photos / "a")
    assert [*project.join(frame.head(2)).label] == ["x"] * 2


def test_join_suggests_where_there_is_no_label(make: Make) -> None:
    project = make()
    words = [f"text {n}" for n in range(40)]
    ids = project.add_texts(words, progress=False)
    at = np.arange(40) % 2
    project.add_embeddings(np.stack([at * 4 - 2.0, at * 0.0], 1).astype(np.float32), progress=False)
    with project.session("ana") as session:
        for _ in range(20):
            asked = assigned(session)
            session.submit(asked, "xy"[asked.sample.position % 2])
    project.trainer.wait(60)
    joined = project.join(pd.DataFrame({"t": words}))
    labelled = joined.label.notna()
    assert labelled.sum() == 20 and [*joined.sample_id] == ids
    assert joined.suggested[labelled].isna().all() and joined.probability[labelled].isna().all()
    assert (joined.suggested == pd.Series(["xy"[n % 2] for n in range(40)]))[~labelled].all()
    assert joined.probability[~labelled].between(0.5, 1).all()


def test_join_has_the_consensus_of_several_and_decisions_before_it(make: Make) -> None:
    project = make(annotations_per_sample=3)
    ids = project.add_texts([f"text {n}" for n in range(6)], progress=False).ids
    for name, label in (("ana", "x"), ("ben", "x"), ("cem", "y")):
        label_all(project, label, name)
    project.set_gold({ids[0]: "y"}, annotator="owner")
    joined = project.join(pd.DataFrame({"sample_id": ids}))
    assert [*joined.label] == ["y"] + ["x"] * 5
    assert [*joined.annotator] == ["owner"] + ["ana, ben, cem"] * 5
    assert joined.probability[0] == 1 and joined.probability[1:].between(0.5, 1).all()


def test_join_holds_lists_of_classes_and_regions(make: Make) -> None:
    several = make("several", multi_label=True)
    several.add_texts(["one", "two"], progress=False)
    with several.session("ana") as session:
        session.submit(assigned(session), ["x", "y"])
        session.submit(assigned(session), [])
    assert sorted(several.join(pd.DataFrame({"t": ["one", "two"]})).label) == [[], ["x", "y"]]
    spans = make("spans", task="spans")
    spans.add_texts(["one"], progress=False)
    with spans.session("ana") as session:
        session.submit(assigned(session), [Region("span", "x", start=0, end=2)])
    (label,) = spans.join(pd.DataFrame({"t": ["one"]})).label
    assert label[0]["start"] == 0 and label[0]["label"] == "x"


@pytest.mark.parametrize(
    ("given", "arguments", "said"),
    [
        (["a"], {}, "join() takes a pandas DataFrame"),
        (pd.DataFrame({"a": ["one"], "b": ["two"]}), {}, "Name the column of the texts"),
        (pd.DataFrame({"a": ["one"]}), {"column": "b"}, "There is no column 'b'"),
        (pd.DataFrame({"a": ["other"]}), {}, "No row of this frame is a sample"),
        (pd.DataFrame({"a": ["one"]}), {"columns": ["a"]}, "columns= is for the rows of tables"),
    ],
)
def test_a_join_that_cannot_be_says_why(
    make: Make, given: Any, arguments: dict[str, Any], said: str
) -> None:
    project = make()
    with pytest.raises(dalt.BadInput, match="This project has no samples yet"):
        project.join(pd.DataFrame({"a": ["one"]}))
    project.add_texts(["one"], progress=False)
    with pytest.raises(dalt.BadInput) as error:
        project.join(given, **arguments)
    assert said in str(error.value)


def test_an_empty_frame_and_a_frame_joined_twice(make: Make) -> None:
    project = make()
    project.add_texts(["one"], progress=False)
    empty = project.join(pd.DataFrame({"a": pd.Series([], dtype=str)}))
    assert len(empty) == 0 and [*empty.columns][1:3] == ["sample_id", "label"]
    once = project.join(pd.DataFrame({"a": ["one"]}))
    with pytest.warns(UserWarning, match="'label' is 'dalt_label'"):
        twice = project.join(once)
    with pytest.warns(UserWarning, match="'label' is 'dalt_label_2'"):
        assert "dalt_created_at_2" in project.join(twice)

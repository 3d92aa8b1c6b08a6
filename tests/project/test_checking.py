"""A check of a project: what is damaged is told by name, and what can be is made anew."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from assignments import assigned

import dalt
from dalt.cli import main
from dalt.core.findings import Finding
from dalt.project import repairing
from dalt.project.checking import Checked, check


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with labels, embeddings and snapshots."""
    folder = tmp_path_factory.mktemp("sound") / "pets.dalt"
    with dalt.Project.create(folder, classes=["cat", "dog"], seed=1) as project:
        project.add_texts([f"text {i} of {i % 3}" for i in range(24)], progress=False)
        project.encode("autoencoder", progress=False)
        with project.session(annotator="ana") as session:
            for number in range(8):
                session.submit(assigned(session), ("cat", "dog")[number % 2])
        project.trainer.wait()
    assert looked(folder).ok
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    copy = tmp_path / sound.name
    shutil.copytree(sound, copy)
    return copy


def looked(folder: Path, *, repair: bool = False) -> Checked:
    return check(folder, repair=repair, progress=False)


def only(folder: Path) -> Finding:
    (found,) = looked(folder).findings
    return found


def sql(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "labels.db")) as db:
        db.execute(statement)
        db.commit()


def one(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[-1]


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def test_a_sound_project_is_sound_and_nothing_in_it_changes(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = looked(folder)
    assert (found.ok, found.findings, found.n_samples, found.n_events) == (True, (), 24, 8)
    assert found.newest == 8 and len(found.hash) == 64
    there = {path: path.read_bytes() for path in before}
    assert there == before


def test_a_missing_project_file_is_told_and_the_rest_is_checked(folder: Path) -> None:
    (folder / "project.toml").unlink()
    sql(folder, "UPDATE events SET label = 'x' WHERE event_id = 2")
    names = [(found.part, found.name) for found in looked(folder).findings]
    assert names[:2] == [("settings", "project.toml"), ("events", "event 2")]


def test_a_byte_order_mark_is_told_and_left_out(folder: Path) -> None:
    path = folder / "project.toml"
    was = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + was)
    assert "byte order mark" in only(folder).what
    found = looked(folder, repair=True)
    assert found.ok and [each.repaired for each in found.findings] == [True]
    assert path.read_bytes() == was


def test_settings_that_do_not_fit_the_labels_are_told(folder: Path) -> None:
    path = folder / "project.toml"
    path.write_text(path.read_text().replace('task = "classes"', 'task = "spans"'))
    assert 'task = "spans"' in only(folder).what


@pytest.mark.parametrize("at", [20, -100])
def test_one_flipped_byte_of_a_snapshot_is_told_and_a_newer_one_learned(
    folder: Path, at: int
) -> None:
    path = one(folder, "snapshots/[0-9]*.safetensors")
    flip(path, at)
    found = only(folder)
    assert (found.part, found.name) == ("snapshots", f"snapshots/{path.name}")
    looked(folder, repair=True)
    assert path.with_name(f"{path.name}.damaged").exists() and not path.exists()
    with dalt.Project.open(folder) as project:
        project.trainer.wait()
        assert not project.suggest().empty


@pytest.mark.parametrize("at", [3, 90, -400, -20, -1])
def test_one_flipped_byte_of_embeddings_is_told_and_they_are_made_anew(
    folder: Path, at: int
) -> None:
    path = one(folder, "embeddings/*.npy")
    was = path.read_bytes()
    flip(path, at)
    assert only(folder).name == f"embeddings/{path.name}"
    assert looked(folder, repair=True).ok
    assert path.read_bytes() == was


def test_rows_that_are_not_finite_are_named(folder: Path) -> None:
    rows = np.load(one(folder, "embeddings/*.npy"), mmap_mode="r+")
    rows[5] = np.nan
    rows.flush()
    assert any("row 5" in found.what for found in looked(folder).findings)


@pytest.mark.parametrize("length", [0, 50, 1_000])
def test_embeddings_cut_short_are_told(folder: Path, length: int) -> None:
    path = one(folder, "embeddings/*.npy")
    os.truncate(path, length)
    assert only(folder).name == f"embeddings/{path.name}"


def test_embeddings_without_a_checksum_are_those_of_a_former_version(folder: Path) -> None:
    path = one(folder, "embeddings/*.npy")
    rows = np.load(path)
    np.save(path, rows)
    assert looked(folder).ok
    rows[0] = np.inf
    np.save(path, rows)
    assert "not finite" in only(folder).what


def test_shortened_and_changed_samples_are_named(folder: Path) -> None:
    path = one(folder, "samples/*")
    flip(path, 3)
    with dalt.Project.open(folder, thin=True) as project:
        first = project.samples().sample_id[0]
    told = {found.name: found.what for found in looked(folder).findings}
    assert "is not what was added" in told[f"sample {first}"]
    os.truncate(path, path.stat().st_size - 30)
    told = {found.name: found.what for found in looked(folder).findings}
    assert len(told) > 2 and f"samples/{path.name}" in told


def test_files_that_are_gone_or_changed_are_named(tmp_path: Path) -> None:
    from PIL import Image

    for number in range(3):
        Image.new("L", (4, 4), number).save(tmp_path / f"{number}.png")
    with dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project:
        project.add_images([tmp_path / f"{n}.png" for n in range(3)], progress=False)
    assert looked(tmp_path / "p.dalt").ok
    (tmp_path / "0.png").unlink()
    flip(tmp_path / "1.png", -20)
    told = [found.what for found in looked(tmp_path / "p.dalt").findings]
    assert "0.png is missing" in told[0] and "1.png has other content" in told[1]


def test_what_follows_from_the_events_is_repaired_and_damaged_events_are_not(folder: Path) -> None:
    sql(folder, "DELETE FROM answers")
    sql(folder, "UPDATE tallies SET n = 3")
    sql(folder, "DROP INDEX events_pair")
    found = looked(folder, repair=True)
    assert found.ok and {each.part for each in found.findings} == {"state", "database"}
    with dalt.Project.open(folder, thin=True) as project:
        assert len(project.labels()) == 8
    sql(folder, "DELETE FROM events WHERE event_id = 3")
    found = looked(folder, repair=True)
    assert not found.ok and found.findings[0].name == "event 3"
    with dalt.Project.open(folder, thin=True) as project:
        assert len(project.labels()) == 7, "its answer was not taken away with it"


@pytest.mark.parametrize("what", ["array", "folder"])
def test_embeddings_of_another_project_are_told(folder: Path, tmp_path: Path, what: str) -> None:
    """They have the same shape, and a checksum that is right."""
    other = tmp_path / "other.dalt"
    shutil.copytree(folder, other)
    path = other / "project.toml"
    former = dalt.Project.open(other, thin=True)
    mine = former.settings.id
    former.close()
    path.write_text(path.read_text().replace(mine, "0" * 32))
    sql(other, f"UPDATE about SET value = '{'0' * 32}' WHERE name = 'project'")
    shutil.rmtree(other / "embeddings")
    with dalt.Project.open(other) as project:
        project.encode("autoencoder", progress=False)
    array = one(folder, "embeddings/*.npy")
    if what == "array":
        shutil.copyfile(one(other, "embeddings/*.npy"), array)
    else:
        shutil.rmtree(folder / "embeddings")
        shutil.copytree(other / "embeddings", folder / "embeddings")
    assert "belongs to something else" in only(folder).what
    assert looked(folder, repair=True).ok


@pytest.mark.parametrize("what", ["missing", "a file"])
def test_embeddings_that_are_gone_are_told_once_the_model_has_learned(
    folder: Path, what: str
) -> None:
    shutil.rmtree(folder / "embeddings")
    if what == "a file":
        (folder / "embeddings").write_text("")
    assert "are missing, and the model has learned from some" in only(folder).what


def test_a_changed_name_in_the_record_of_encoders_is_told(folder: Path) -> None:
    path = folder / "embeddings" / "current.json"
    path.write_text(path.read_text().replace("n_rows", "n_rovs"))
    assert "'n_rovs', which no DALT writes" in only(folder).what


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE samples SET location = '[]' WHERE position = 3", "cannot be checked to the end"),
        ("UPDATE samples SET location = '{' WHERE position = 3", "where JSON has to be"),
        ("UPDATE samples SET location = replace(location, 'length', 'lungth') WHERE position = 3",
         "is damaged or cut short"),
        ("UPDATE samples SET location = replace(location, 'file', 'fild') WHERE position = 3",
         "does not say where its copy is"),
        ("UPDATE snapshots SET metrics = 'x'", "where JSON has to be"),
        ("UPDATE events SET timing = '7' WHERE event_id = 2", "event 2: was changed"),
        ("INSERT INTO parties VALUES ('x', '7', '[]')", "is not the people that it is named after"),
    ],
)  # fmt: skip
def test_values_that_nothing_can_be_read_from_are_told(
    folder: Path, statement: str, why: str
) -> None:
    with dalt.Project.open(folder, thin=True) as project, project.session("ben") as session:
        assigned(session)
        sql(folder, statement)
        assert any(why in str(found) for found in looked(folder).findings)
    looked(folder, repair=True)


def test_a_repair_that_fails_is_told_beside_all_that_was_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip(one(folder, "embeddings/*.npy"), 90)
    flip(one(folder, "snapshots/[0-9]*.safetensors"), 20)
    monkeypatch.setattr(repairing, "_embed_again", lambda *_: os.stat("/nowhere"))
    found = looked(folder, repair=True)
    assert [each.part for each in found.findings if each.repaired] == ["snapshots"]
    assert found.findings[-1].what == "could not be made: No such file or directory."
    assert not found.ok


def test_settings_in_another_encoding_say_which_line(folder: Path) -> None:
    path = folder / "project.toml"
    path.write_bytes(path.read_bytes().replace(b"cat", "ch\xe2t".encode("latin-1"), 1))
    assert "is not UTF-8. Save it as UTF-8 in your editor." in only(folder).what


def test_a_file_that_is_no_database_is_told(folder: Path) -> None:
    (folder / "labels.db").write_bytes(b"nothing of the kind" * 100)
    assert only(folder).part == "database"


def test_no_folder_and_no_project_are_refused(tmp_path: Path) -> None:
    with pytest.raises(dalt.ProjectNotFound):
        check(tmp_path / "nowhere.dalt")
    with pytest.raises(dalt.ProjectNotFound):
        check(tmp_path)


def test_the_command_says_what_is_damaged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "24 samples, 8 events: all well." in said and "Event 8 has the hash " in said
    sql(folder, "UPDATE answers SET label = 'x' WHERE event_id = 1")
    assert main(["check", str(folder), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"] and told["findings"][0]["part"] == "state"
    assert main(["check", str(folder), "--repair"]) == 0
    assert capsys.readouterr().out.startswith("repaired: state: label of sample ")

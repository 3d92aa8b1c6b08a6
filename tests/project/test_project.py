"""The public contract of a project."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from brief import train_briefly
from PIL import Image

import dalt
from dalt.data.demo import demo_data

HISTORY = [
    "event_id", "kind", "sample_id", "label", "annotator", "session", "created_at", "source",
    "draw", "suggested", "probability", "snapshot", "mode", "shown_at", "active_seconds",
    "supersedes", "inclusion_probability", "n_candidates", "arm", "suggesters", "paint_seconds",
    "first_key_seconds", "commit_seconds", "hidden_seconds", "idle_seconds", "n_keys", "n_clicks",
]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]) as made:
        yield made


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dalt.Project]:
    """300 digits, 30 of them labelled."""
    data = demo_data("digits")
    folder = tmp_path_factory.mktemp("learned") / "digits.dalt"
    with (
        pytest.MonkeyPatch.context() as patch,
        dalt.Project.create(folder, classes=data.classes) as made,
    ):
        train_briefly(patch)
        ids = made.add_images(data.images[:300], progress=False)
        truth = dict(zip(ids, data.truth, strict=False))
        made.encode(progress=False)
        with made.session(annotator="ana") as session:
            for _ in range(30):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, truth[assignment.sample.id])
        made.trainer.wait(60)
        yield made


# --- creating and opening -----------------------------------------------------------------


def test_a_project_is_a_folder_that_opens_again(tmp_path: Path) -> None:
    with dalt.Project.create(
        tmp_path / "pets.dalt", classes=["cat", "dog"], seed=7, guideline="Look\nclosely."
    ) as made:
        ids = made.add_texts(["a", "b"], progress=False)
    with dalt.Project.open(tmp_path / "pets.dalt") as again:
        assert [c.name for c in again.classes] == ["cat", "dog"]
        assert [c.key for c in again.classes] == ["1", "2"]
        assert again.settings.seed == 7 and again.settings.guideline == "Look\nclosely."
        assert again.samples().sample_id.tolist() == ids


def test_creating_twice_is_refused_and_harms_nothing(project: dalt.Project) -> None:
    ids = project.add_texts(["a"], progress=False)
    with pytest.raises(dalt.ProjectExists, match="already"):
        dalt.Project.create(project.folder, classes=["x", "y"])
    assert project.samples().sample_id.tolist() == ids


def test_a_folder_with_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(dalt.ProjectExists, match="no project"):
        dalt.Project.create(tmp_path, classes=["x", "y"])
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_creating_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["x", "y"]):
        pass
    (tmp_path / "p.dalt" / "project.toml").unlink()  # as if the process died before it
    with dalt.Project.create(tmp_path / "p.dalt", classes=["x", "y"]) as made:
        assert made.samples().empty


def test_creating_never_takes_over_labels_whose_settings_are_gone(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "one.png")
    with dalt.Project.create(tmp_path / "p.dalt", classes=["x", "y"]) as project:
        project.add_images([tmp_path / "one.png"], progress=False)
    settings = tmp_path / "p.dalt" / "project.toml"
    kept = settings.read_text()
    settings.unlink()
    with pytest.raises(dalt.DaltError, match=r"whose project.toml is missing. Restore that file"):
        dalt.Project.create(tmp_path / "p.dalt", classes=["x", "y"])
    settings.write_text(kept)
    with dalt.Project.open(tmp_path / "p.dalt") as project:
        assert len(project.samples()) == 1


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ([], "needs classes"),
        (["cat", "cat"], "twice"),
        (["cat", " dog"], "blanks"),
        ("cat", "list of names"),
        ([{"name": "cat", "kay": "c"}], "A class has a name"),
        ([{"name": "cat", "key": "s"}], "it is for skip"),
        ([{"name": "cat", "key": "ab"}], "one character"),
        ([{"name": "a", "key": "x"}, {"name": "b", "key": "x"}], "'x' is given twice"),
        ([3], "A class is a name"),
    ],
)
def test_classes_that_make_no_sense_make_no_project(
    tmp_path: Path, classes: object, said: str
) -> None:
    with pytest.raises(dalt.BadSettings, match=said):
        dalt.Project.create(tmp_path / "p.dalt", classes=classes)  # type: ignore[arg-type]
    assert not (tmp_path / "p.dalt").exists()


def test_a_project_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(dalt.ProjectNotFound, match=r"Project\.create\("):
        dalt.Project.open(tmp_path / "nope.dalt")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[project]", "[project"), "not valid TOML"),
        (("uniform_share", "uniform_shares"), "Did you mean 'uniform_share'"),
        (("uniform_share = 0.1", "uniform_share = 3"), "from 0 to 1"),
        (("format = 1", "format = 9"), "newer DALT"),
    ],
)
def test_a_broken_project_file_says_what_is_wrong(
    project: dalt.Project, change: tuple[str, str], said: str
) -> None:
    path = project.folder / "project.toml"
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(dalt.BadSettings, match=said):
        dalt.Project.open(project.folder)


# --- data ---------------------------------------------------------------------------------


def test_adding_is_idempotent_and_keeps_the_input_order(project: dalt.Project) -> None:
    first = project.add_texts(["b", "a", "b"], progress=False)
    assert first[0] == first[2] != first[1] and first.new == 2
    again = project.add_texts(["a", "b"], progress=False)
    assert again == [first[1], first[0]] and again.new == 0
    assert project.samples().source.tolist() == ["0", "1"]


def test_a_bad_file_is_left_out_by_name_and_the_rest_goes_in(
    project: dalt.Project, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (5, 4), "red").save(folder / "good.png")
    (folder / "zero.png").touch()
    added = project.add_images(folder, progress=False)
    assert len(added) == 1
    assert [r.source for r in added.rejected] == ["photos/zero.png"]
    frame = project.samples()
    assert frame[["kind", "source", "status"]].iloc[0].tolist() == [
        "image", "photos/good.png", "open",
    ]  # fmt: skip


def test_one_project_holds_one_kind(project: dalt.Project) -> None:
    project.add_texts(["a"], progress=False)
    with pytest.raises(dalt.BadInput, match="holds text samples"):
        project.add_table(pd.DataFrame({"x": [1]}), progress=False)


def test_encoding_nothing_is_refused(project: dalt.Project) -> None:
    with pytest.raises(dalt.BadInput, match="add samples first"):
        project.encode(progress=False)


# --- before and after the first snapshot ----------------------------------------------------


def test_before_the_first_snapshot_frames_are_empty_with_their_columns(
    project: dalt.Project,
) -> None:
    project.add_texts(["a", "b"], progress=False)
    assert project.suggest().columns.tolist() == [
        "sample_id", "rank", "label", "probability", "snapshot",
    ]  # fmt: skip
    assert project.suggest().empty
    assert project.labels().columns.tolist()[:4] == ["sample_id", "label", "annotator", "source"]
    assert project.history().columns.tolist() == HISTORY
    with pytest.raises(dalt.NotEncoded, match="encode"):
        project.predict(["c"])


def test_suggestions_are_ranked_for_every_sample(learned: dalt.Project) -> None:
    frame = learned.suggest()
    assert len(frame) == 300 * 10
    first = frame.iloc[:10]
    assert first["rank"].tolist() == list(range(1, 11))
    assert first.probability.is_monotonic_decreasing
    assert first.probability.sum() == pytest.approx(1, abs=1e-4)
    assert learned.trainer.snapshot is not None
    assert set(frame.snapshot) == {learned.trainer.snapshot.version}


def test_suggestions_follow_the_ids_asked_for(learned: dalt.Project) -> None:
    ids = learned.samples().sample_id.tolist()
    wanted = [ids[5], ids[2]]
    assert learned.suggest(wanted).sample_id.unique().tolist() == wanted
    with pytest.raises(dalt.UnknownSample, match="nope"):
        learned.suggest(["nope"])


def test_predictions_for_new_data_are_better_than_chance(learned: dalt.Project) -> None:
    data = demo_data("digits")
    frame = learned.predict(data.images[300:400])
    top = frame[frame["rank"] == 1].label.tolist()
    right = np.mean([a == b for a, b in zip(top, data.truth[300:400], strict=True)])
    assert right > 0.5
    assert len(learned.samples()) == 300, "nothing was added to the pool"


def test_audio_from_files_to_predictions(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def record(folder: str, n: int) -> None:
        (tmp_path / folder).mkdir()
        for i in range(n):
            time = np.arange(4_000 + 900 * i) / 22_050
            tone = np.sin(2 * np.pi * (300 + 40 * i) * time)
            sound = tone if i % 2 else rng.normal(size=len(time)) / 4
            name = f"{i:02}-{'tone' if i % 2 else 'hiss'}.wav"
            soundfile.write(tmp_path / folder / name, sound * np.exp(-4 * time), 22_050)

    record("clips", 24)
    record("new", 6)
    (tmp_path / "clips" / "broken.wav").write_bytes(b"no sound")
    with dalt.Project.create(tmp_path / "s.dalt", classes=["hiss", "tone"]) as made:
        added = made.add_audio(tmp_path / "clips", progress=False)
        assert [str(each) for each in added.rejected] == [
            "clips/broken.wav: not audio that can be read"
        ]
        samples = made.samples()
        truth = dict(zip(samples.sample_id, samples.source.str[9:13], strict=True))
        assert made.encode(progress=False).shape == (24, 64)
        with made.session(annotator="ana") as session:
            for _ in range(8):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, truth[assignment.sample.id])
        made.trainer.wait(60)
        assert made.kind == "audio"
        top = made.predict(tmp_path / "new").query("rank == 1").label.tolist()
        assert top == ["hiss", "tone"] * 3
        one = made.predict([tmp_path / "new" / "01-tone.wav"]).query("rank == 1")
        assert one.label.tolist() == ["tone"]


def test_a_new_process_finds_labels_and_suggestions(learned: dalt.Project) -> None:
    with dalt.Project.open(learned.folder) as again:
        assert len(again.labels()) == 30
        pd.testing.assert_frame_equal(again.suggest(), learned.suggest())


def test_labels_made_outside_show_at_once(learned: dalt.Project) -> None:
    with sqlite3.connect(learned.folder / "labels.db") as db:
        (n_rows,) = db.execute("SELECT count(*) FROM answers WHERE kind = 'label'").fetchone()
    assert len(learned.labels()) == n_rows


def test_exports_by_ending(learned: dalt.Project, tmp_path: Path) -> None:
    assert learned.export(tmp_path / "out.csv") == 30
    frame = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert frame.sample_id.tolist() == learned.labels().sample_id.tolist()
    learned.export(tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["label"] for line in lines] == learned.labels().label.tolist()
    with pytest.raises(dalt.BadInput, match="csv"):
        learned.export(tmp_path / "out.xyz")


def test_status_counts(learned: dalt.Project) -> None:
    status = learned.status()
    assert status["samples"] == 300 and status["labelled"] == 30
    assert sum(status["by_class"].values()) == 30 == status["by_annotator"]["ana"]
    assert (status["calibration_error"] is None) == (status["accuracy"] is None)
    json.dumps(status)


@pytest.mark.parametrize("kind", ["text", "table"])
def test_text_and_tables_go_the_same_way(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    truth = ["good" if i % 2 else "bad" for i in range(60)]
    words = {"good": ["fine", "great", "lovely"], "bad": ["awful", "poor", "terrible"]}
    with dalt.Project.create(tmp_path / "p.dalt", classes=["good", "bad"]) as project:
        if kind == "text":
            texts = [" ".join(rng.choice(words[t], 6)) + f" {i}" for i, t in enumerate(truth)]
            ids = project.add_texts(pd.DataFrame({"body": texts}), column="body", progress=False)
        else:
            size = [rng.normal(5 if t == "good" else -5) for t in truth]
            frame = pd.DataFrame({"size": size, "colour": rng.choice(["red", "blue"], 60)})
            ids = project.add_table(frame, progress=False)
        project.encode(progress=False)
        answers = dict(zip(ids, truth, strict=True))
        with project.session(annotator="ana") as session:
            for _ in range(12):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, answers[assignment.sample.id])
        project.trainer.wait(60)
        top = project.suggest().query("rank == 1")
        assert (
            np.mean([answers[i] == t for i, t in zip(top.sample_id, top.label, strict=True)]) > 0.85
        )

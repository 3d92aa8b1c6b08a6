"""Several classes for one sample, and classes that come or change in mid-project."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from assignments import assigned
from former_schema import make_former

import dalt
from dalt import cli
from dalt.core.records import Answer, ClassSet, ClassSpec, Sample, Suggestion
from dalt.model import Pool
from dalt.storage.store import Store

PATIENCE = 60.0
N = 24


def images() -> np.ndarray:
    """Noise around four shades."""
    rng = np.random.default_rng(0)
    shades = np.array([20, 90, 160, 230]).repeat(N // 4)
    return np.clip(shades[:, None, None] + rng.normal(0, 4, (N, 8, 8)), 0, 255).astype(np.uint8)


def made(folder: Path, **options: object) -> dalt.Project:
    options = {"classes": ["cat", "dog"], "uniform_share": 0.0} | options
    project = dalt.Project.create(folder / "p.dalt", **options)  # type: ignore[arg-type]
    project.add_images(images(), progress=False)
    return project


@pytest.fixture
def multi(tmp_path: Path) -> Iterator[dalt.Project]:
    with made(tmp_path, multi_label=True) as project:
        yield project


@pytest.fixture
def single(tmp_path: Path) -> Iterator[dalt.Project]:
    with made(tmp_path) as project:
        yield project


# --- several classes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["dog", "cat"], ("cat", "dog")),
        (["dog", "dog"], ("dog",)),
        ("dog", ("dog",)),
        ([], ()),
    ],
)
def test_a_multi_label_answer_is_kept_in_the_order_of_the_classes(
    multi: dalt.Project, given: object, kept: tuple[str, ...]
) -> None:
    session = multi.session(annotator="ana")
    assert session.submit(assigned(session), given).label == kept  # type: ignore[arg-type]
    assert multi.labels().label.tolist() == [list(kept)]
    assert multi.history().label.tolist() == [list(kept)]
    assert multi.status()["labelled"] == 1, "none of the classes is an answer, too"


def test_an_unknown_class_in_a_list_records_nothing(multi: dalt.Project) -> None:
    session = multi.session(annotator="ana")
    with pytest.raises(dalt.UnknownClass, match="Did you mean 'dog'"):
        session.submit(assigned(session), ["cat", "dogs"])
    assert multi.history().empty


def test_lists_are_json_in_csv_and_lists_in_jsonl(multi: dalt.Project, tmp_path: Path) -> None:
    session = multi.session(annotator="ana")
    session.submit(assigned(session), ["cat", "dog"])
    multi.export(tmp_path / "out.csv")
    multi.export(tmp_path / "out.jsonl")
    assert json.loads(pd.read_csv(tmp_path / "out.csv").label[0]) == ["cat", "dog"]
    assert json.loads((tmp_path / "out.jsonl").read_text())["label"] == ["cat", "dog"]


def test_a_multi_label_project_learns_predicts_and_opens_again(multi: dalt.Project) -> None:
    truth = {
        sample: [["cat"], ["cat", "dog"], ["dog"], []][i // (N // 4)]
        for i, sample in enumerate(multi.samples().sample_id)
    }
    multi.encode(progress=False)
    with multi.session(annotator="ana") as session:
        for _ in range(16):
            assignment = assigned(session)
            session.submit(assignment, truth[assignment.sample.id])
        multi.trainer.wait(PATIENCE)
        event = session.submit(last := assigned(session), truth[last.sample.id])
    assert isinstance(event.suggested, tuple)
    assert set(event.suggested) == set(last.suggestion.likely)
    snapshot = multi.trainer.snapshot
    assert snapshot is not None and snapshot.multi
    assert np.isfinite(snapshot.probabilities).all()
    likely = multi.suggest().query("probability >= 0.5").groupby("sample_id").label.apply(set)
    hits = [likely.get(sample, set()) == set(names) for sample, names in truth.items()]
    assert np.mean(hits) > 0.6  # one in four by chance
    shared = dict(zip(multi.samples().sample_id, snapshot.probabilities, strict=True))
    new = multi.predict(images()[[7]])
    own = shared[new.sample_id[0]]
    assert new.set_index("label").probability["dog"] == pytest.approx(own[1], abs=0.3)
    multi.trainer.wait(PATIENCE)
    before = multi.suggest()
    with dalt.Project.open(multi.folder) as again:
        assert again.settings.multi_label
        pd.testing.assert_frame_equal(again.suggest(), before)


def test_a_strategy_of_one_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(dalt.BadSettings, match="multi-label"):
        dalt.Project.create(
            tmp_path / "p", classes=["a"], multi_label=True, strategy="skactiveml:Badge"
        )


def test_a_project_that_becomes_multi_label_reads_its_labels_as_lists(
    single: dalt.Project,
) -> None:
    session = single.session(annotator="ana")
    session.submit(assigned(session), "dog")
    path = single.folder / "project.toml"
    path.write_text(path.read_text().replace("multi_label = false", "multi_label = true"))
    assert single.labels().label.tolist() == [["dog"]]
    assert session.submit(assigned(session), ["cat", "dog"]).label == ("cat", "dog")


# --- the store ----------------------------------------------------------------------------


def test_a_database_of_the_former_schema_opens_with_its_labels(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    # What the second to last becomes is what the last was.
    names = ["cat", '["cat"]', '"cat"', "[x", '"A', r'"\"A"']
    store = Store(path, create=True)
    store.samples.add([Sample(f"s{i}", "text", str(i)) for i in range(len(names))])
    for i in range(len(names)):
        store.answers.record(Answer("label", f"s{i}", f"name {i}", "ana", "a", f"k{i}"))
    store.close()
    with sqlite3.connect(path) as db:  # as the former version wrote it
        for i, name in enumerate(names):
            for table in ("events", "answers"):
                db.execute(f"UPDATE {table} SET label = ? WHERE label = ?", (name, f"name {i}"))
    make_former(path, 1)
    for _ in range(2):
        store = Store(path)
        assert [event.label for event in store.events.all()] == names
        assert store.labels.label_set(names).targets.argmax(axis=1).tolist() == list(range(6))
        assert [event.batch for event in store.events.all()] == [None] * len(names)
        store.close()


def test_shares_of_annotators_class_by_class(tmp_path: Path) -> None:
    store = Store(tmp_path / "labels.db", create=True)
    store.samples.add([Sample("a", "text", "0"), Sample("b", "text", "1")])
    store.answers.record(Answer("label", "a", ("cat", "dog"), "ana", "s", "1"))
    store.answers.record(Answer("label", "a", ("dog",), "ben", "t", "2"))
    store.answers.record(Answer("label", "b", (), "ana", "s", "3"))
    labels = store.labels.label_set(ClassSet(("cat", "dog"), multi=True))
    assert labels.multi and labels.targets.tolist() == [[0.5, 1.0], [0.0, 0.0]]


# --- added and renamed --------------------------------------------------------------------


@pytest.mark.usefixtures("brief_training")
def test_a_class_added_is_known_at_once_and_learned(single: dalt.Project) -> None:
    single.encode(progress=False)
    session = single.session(annotator="ana")
    session.submit(assigned(session), "cat")
    single.trainer.wait(PATIENCE)
    assert single.add_class("bird") == ClassSpec("bird", "3", "#00a76b")
    single.trainer.wait(PATIENCE)
    for name in ("bird", "dog"):
        session.submit(assigned(session), name)
    single.trainer.wait(PATIENCE)
    suggestion = assigned(session).suggestion
    assert set(suggestion.classes) == {"cat", "dog", "bird"}
    assert sum(suggestion.probabilities) == pytest.approx(1, abs=1e-4)


def test_a_rename_changes_what_is_read_and_not_what_was_recorded(
    single: dalt.Project, tmp_path: Path
) -> None:
    session = single.session(annotator="ana")
    session.submit(assigned(session), "cat")
    single.rename_class("cat", "Cat")
    single.rename_class("Cat", "Feline")
    session.submit(assigned(session), "cat")  # a page that has not heard of it yet
    assert single.history().label.tolist() == ["cat", "Feline"]
    assert single.labels().label.tolist() == ["Feline", "Feline"]
    assert single.status()["by_class"] == {"Feline": 2, "dog": 0}
    single.export(tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv").label.tolist() == ["Feline", "Feline"]
    single.rename_class("Feline", "cat")
    assert single.labels().label.tolist() == ["cat", "cat"]
    assert single.classes[0].formerly == ("Cat", "Feline")


def test_suggestions_of_a_former_snapshot_have_the_names_of_now() -> None:
    classes = ClassSet(("Cat", "bird"), {"cat": "Cat"})
    former = Suggestion(("dog", "cat"), (0.7, 0.3), 4)
    assert classes.of_suggestion(former) == Suggestion(("Cat",), (0.3,), 4)


@pytest.mark.usefixtures("brief_training")
def test_probabilities_of_a_former_snapshot_by_the_classes_of_now(single: dalt.Project) -> None:
    single.encode(progress=False)
    with single.session(annotator="ana") as session:
        session.submit(assigned(session), "cat")
        single.trainer.wait(PATIENCE)
    snapshot = single.trainer.snapshot
    assert snapshot is not None
    cat, dog = snapshot.probabilities.T
    now = snapshot.columns(("dog", "bird", "cat"))
    np.testing.assert_array_equal(now, np.stack([dog, np.zeros(N), cat], axis=1))


@pytest.mark.usefixtures("brief_training")
def test_suggestions_in_frames_follow_a_rename_before_the_next_fit(single: dalt.Project) -> None:
    single.encode(progress=False)
    with single.session(annotator="ana") as session:
        session.submit(assigned(session), "cat")
        single.trainer.wait(PATIENCE)
    folder = single.folder
    single.close()
    with dalt.Project.open(folder) as again:  # no trainer runs here
        again.rename_class("cat", "Cat")
        assert set(again.suggest().label) == {"Cat", "dog"}
        assert set(again.predict(images()[:2]).label) == {"Cat", "dog"}


def test_comments_of_people_survive_and_the_file_is_never_half(single: dalt.Project) -> None:
    path = single.folder / "project.toml"
    path.write_text(
        path.read_text().replace('name = "cat"', '# whiskers\nname = "cat"  # or kitten')
    )
    single.rename_class("cat", "Cat")
    single.add_class("bird")
    text = path.read_text()
    assert "# whiskers" in text and "# or kitten" in text
    assert not list(single.folder.glob("*.part"))


def test_classes_that_are_a_plain_list_can_change_too(single: dalt.Project) -> None:
    path = single.folder / "project.toml"
    text = path.read_text()
    text = 'classes = ["cat", "dog"]\n' + text[: text.index("[[classes]]")]
    path.write_text(text)
    single.add_class("bird")
    single.rename_class("cat", "Cat")
    assert [spec.name for spec in single.classes] == ["Cat", "dog", "bird"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.add_class("dog"), "already"),
        (lambda p: p.add_class("cat"), "former name of the class 'Cat'"),
        (lambda p: p.add_class(" x"), "blanks"),
        (lambda p: p.rename_class("Cat", "dog"), "formerly = \\['Cat'\\]"),
        (lambda p: p.rename_class("bird", "x"), "no class 'bird'"),
    ],
)
def test_changes_that_make_no_sense_change_nothing(
    single: dalt.Project, change: object, said: str
) -> None:
    single.rename_class("cat", "Cat")
    before = (single.folder / "project.toml").read_text()
    with pytest.raises(dalt.DaltError, match=said):
        change(single)  # type: ignore[operator]
    assert (single.folder / "project.toml").read_text() == before


@pytest.mark.usefixtures("brief_training")
def test_the_trainer_notices_a_file_that_another_process_changed(single: dalt.Project) -> None:
    single.encode(progress=False)
    session = single.session(annotator="ana")
    session.submit(assigned(session), "cat")
    single.trainer.wait(PATIENCE)
    with dalt.Project.open(single.folder) as other:
        other.add_class("bird")
        assert [spec.name for spec in session.classes] == ["cat", "dog", "bird"]
        single.trainer.wait(PATIENCE)
        snapshot = single.trainer.snapshot
        assert snapshot is not None and snapshot.classes == ("cat", "dog", "bird")


def test_while_the_file_is_broken_the_last_settings_hold(single: dalt.Project) -> None:
    path = single.folder / "project.toml"
    whole = path.read_text()
    path.write_text(whole[:80])
    assert [spec.name for spec in single.classes] == ["cat", "dog"]
    path.write_text(whole.replace('name = "dog"', 'name = "hound"\nformerly = ["dog"]'))
    assert [spec.name for spec in single.classes] == ["cat", "hound"]


@pytest.mark.parametrize(
    ("former", "wrong", "message"),
    [
        ("uniform_share = 0.0", 'uniform_share = "0.0"', "uniform_share is a share from 0"),
        ("lease_seconds = 300.0", "lease_seconds = true", "lease_seconds is a number"),
        ('strategy = "cover"', "strategy = 3", "strategy is text"),
        ("multi_label = false", 'multi_label = "no"', "multi_label is true or false"),
        ("seed = 0", "seed = 0.5", "seed is a whole number"),
        ("seed = 0", "seed = -1", "seed is a whole number from 0 to .*, not -1"),
        ("format = 1", 'format = "1"', "format is a whole number"),
        ('guideline = ""', "guideline = 3", "guideline is text"),
        ('key = "1"', "key = 1", "key of a class is text"),
        ('description = ""', "formerly = 3", "formerly is a list"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_ends_nothing_that_runs(
    single: dalt.Project, former: str, wrong: str, message: str
) -> None:
    path = single.folder / "project.toml"
    text = path.read_text()
    assert former in text
    path.write_text(text.replace(former, wrong, 1))
    with pytest.raises(dalt.BadSettings, match=message):
        dalt.Project.open(single.folder)
    assert single.session(annotator="ana").next() is not None


@pytest.mark.parametrize("classes", ['"cat"', "5"])
def test_classes_that_are_no_list_are_refused(single: dalt.Project, classes: str) -> None:
    path = single.folder / "project.toml"
    head = path.read_text().partition("[[classes]]")[0]
    path.write_text(f"classes = {classes}\n{head}")
    with pytest.raises(dalt.BadSettings, match="classes is a list"):
        dalt.Project.open(single.folder)


def test_labels_of_a_class_that_is_gone_are_kept_and_not_learned(single: dalt.Project) -> None:
    session = single.session(annotator="ana")
    session.submit(assigned(session), "cat")
    path = single.folder / "project.toml"
    whole = path.read_text()
    path.write_text(whole.replace('name = "cat"', 'name = "fish"'))
    assert single.labels().label.tolist() == ["cat"]
    assert single.status()["by_class"] == {"fish": 0, "dog": 0, "cat": 1}
    path.write_text(whole)
    assert single.status()["by_class"] == {"cat": 1, "dog": 0}


def test_the_command_line_lists_adds_and_renames(
    single: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(single.folder)
    assert cli.main(["classes", folder, "--add", "bird"]) == 0
    assert cli.main(["classes", folder, "--rename", "cat=Cat"]) == 0
    out = capsys.readouterr().out
    assert "bird" in out and "formerly cat" in out
    assert cli.main(["classes", folder, "--rename", "cat"]) == 2
    assert "OLD=NEW" in capsys.readouterr().err


# --- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [["only"], ["cat", "dog", "never"]])
@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize("strategy", ["cover", "margin", "entropy"])
def test_one_class_and_classes_without_labels_keep_suggesting(
    tmp_path: Path, classes: list[str], multi_label: bool, strategy: str
) -> None:
    with made(tmp_path, classes=classes, multi_label=multi_label, strategy=strategy) as project:
        project.add_embeddings(images().reshape(N, -1).astype(np.float32))
        session = project.session(annotator="ana")
        for i in range(8):
            session.submit(assigned(session), classes[i % min(len(classes), 2)])
        project.trainer.wait(PATIENCE)
        suggestion = assigned(session).suggestion
        assert set(suggestion.classes) == set(classes)
        assert all(0 < share <= 1 for share in suggestion.probabilities)
        if not multi_label:
            assert sum(suggestion.probabilities) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("multi_label", [False, True])
def test_samples_that_are_all_the_same_keep_probabilities_defined(multi_label: bool) -> None:
    from dalt.core.records import LabelSet
    from dalt.learning.heads.registry import default_head

    pool = Pool(np.ones((40, 3), np.float32))
    targets = np.eye(2, dtype=np.float32)[[0, 1, 0]]
    labels = LabelSet(np.arange(3), targets, 3, multi_label)
    found = default_head().fit(pool, labels, 2, seed=0).probabilities
    assert np.isfinite(found).all() and (found > 0).all() and (found < 1).all()
    if not multi_label:
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)

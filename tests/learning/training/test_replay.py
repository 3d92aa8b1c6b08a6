"""The snapshots learned again from the events alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from assignments import assigned

import dalt
from dalt.cli import main
from dalt.core.records import Choice, ClassSet, Recipe, utc_now
from dalt.learning.heads.blend import BlendHead
from dalt.learning.training.replay_conditions import FILE, Conditions, read_conditions
from dalt.server.trainer_process import replay

N = 60


def points(n: int = N) -> np.ndarray:
    made = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    made[n // 2 :] += 4
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rows.dalt"
    with dalt.Project.create(path, classes=["low", "high"]) as project:
        project.add_texts([f"text {i}" for i in range(N)], progress=False)
        project.add_embeddings(points(), progress=False)
    return path


def answer(session: dalt.labeling.session.Session, n: int = 1) -> None:  # type: ignore[name-defined]
    for _ in range(n):
        asked = session.next()
        session.submit(asked, "low" if asked.sample.position < N // 2 else "high")


def test_whatever_was_done_the_hashes_come_out_the_same(folder: Path) -> None:
    """Labels, relabels, skips, undos, redos, gold, decisions, classes, removed samples."""
    with dalt.Project.open(folder) as project:
        ana, ben = project.session("ana"), project.session("ben")
        steps = [
            lambda: answer(ana, 3),
            lambda: ana.skip(assigned(ana)),
            lambda: answer(ben, 2),
            lambda: ana.undo(),
            lambda: answer(ana),
            lambda: ana.undo(),
            lambda: ana.redo(),
            lambda: relabel(project, ana),
            lambda: project.set_gold({project.samples().sample_id[5]: "low"}),
            lambda: ana.adjudicate(project.labels().sample_id[0], "high"),
            lambda: ana.undo_adjudication(),
            lambda: project.add_class("middle"),
            lambda: answer(ben, 2),
            lambda: project.rename_class("low", "deep"),
            lambda: ana.submit(assigned(ana), "deep"),
            lambda: project.set_gold({project.samples().sample_id[5]: None}),
            lambda: project.remove([labelled(project), *project.samples().sample_id[7:9]]),
            lambda: answer(ana),
            lambda: project.restore(removed(project)[:1]),
            lambda: project.remove(list(project.samples().sample_id[-3:])),
        ]
        for step in steps:
            step()
            project.trainer.wait(60)
        n_snapshots = len(project.workspace.store.snapshots.all())
        ana.close()
        ben.close()
    found = replay(folder)
    assert len(found) == n_snapshots >= 10
    assert [each.version for each in found if not each.same] == []


def labelled(project: dalt.Project) -> str:
    return str(project.labels().sample_id[0])


def removed(project: dalt.Project) -> list[str]:
    history = project.history()
    return list(history.sample_id[history.kind == "remove"])


def relabel(project: dalt.Project, session: dalt.labeling.session.Session) -> None:  # type: ignore[name-defined]
    sample_id = project.labels().sample_id[0]
    (assignment,) = session.reopen([sample_id])
    session.submit(assignment, "high")


def test_a_skip_in_the_place_of_a_label_is_replayed(folder: Path) -> None:
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        answer(session, 4)
        (again,) = session.reopen([project.labels().sample_id[0]])
        session.skip(again)
        answer(session)
        project.trainer.wait(60)
    assert all(each.same for each in replay(folder))


def test_labels_that_came_during_a_fit_are_no_part_of_it(folder: Path, monkeypatch) -> None:
    """The order of a snapshot leaves out what had been labelled when its labels were read."""
    from dalt.learning.heads.blend import BlendHead

    fit = BlendHead.fit
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        left = [1]

        def labelled_meanwhile(self, *arguments, **options):
            if left[0]:
                left[0] -= 1
                answer(session)
            return fit(self, *arguments, **options)

        monkeypatch.setattr(BlendHead, "fit", labelled_meanwhile)
        answer(session)
        project.trainer.wait(60)
        project.trainer.wait(60)  # for the label that came meanwhile
        assert not left[0]
    monkeypatch.undo()
    found = replay(folder)
    assert len(found) >= 2 and all(each.same for each in found)


def test_a_pool_that_grew_is_replayed_as_it_was(folder: Path) -> None:
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        answer(session, 3)
        project.trainer.wait(60)
        project.add_texts([f"more {i}" for i in range(10)], progress=False)
        ids = project.samples().sample_id.tolist()
        project.add_embeddings(points(10), ids[N:], progress=False)
        answer(session, 2)
        project.trainer.wait(60)
        in_use = project.workspace.cache.version
        kept = [
            each.encoder == in_use for each in reversed(project.workspace.store.snapshots.all())
        ]
    found = replay(folder)
    assert [each.same for each in found] == kept
    assert all(each.same or "embeddings" in each.why for each in found)


def test_it_says_where_the_first_difference_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        for _ in range(3):
            answer(session, 2)
            project.trainer.wait(60)
        project.add_embeddings(points() + 0.01, progress=False)
        answer(session)
        project.trainer.wait(60)
        newest = project.workspace.store.snapshots.all()[0]
    assert main(["replay", str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [each["same"] for each in found] == [each["version"] == newest.version for each in found]
    assert main(["replay", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith(f"{folder}: 1 of {len(found)} snapshots came out the same.")
    assert "dalt: Snapshot 1 is the first that did not: its embeddings" in said.err


def test_a_changed_event_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    with dalt.Project.open(folder) as project, project.session("ana") as session:
        answer(session, 2)
        project.trainer.wait(60)
        answer(session, 2)
        project.trainer.wait(60)
        newest = project.workspace.store.events.newest_id()
    with sqlite3.connect(folder / "labels.db") as db:  # somebody tampers with the last event
        (label,) = db.execute("SELECT label FROM events WHERE event_id = ?", (newest,)).fetchone()
        other = {"low": "high", "high": "low"}[label]
        db.execute("UPDATE events SET label = ? WHERE event_id = ?", (other, newest))
    db.close()
    found = replay(folder)
    assert not found[-1].same and found[0].same
    assert found[-1].difference is not None and found[-1].difference > 0


def test_lines_that_were_cut_short_take_no_others_along(folder: Path) -> None:
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        answer(session, 2)
        project.trainer.wait(60)
    path = folder / "snapshots" / FILE
    path.write_bytes(path.read_bytes() + b'{"version": 9, "wh')
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        answer(session, 2)
        project.trainer.wait(60)
        versions = {each.version for each in project.workspace.store.snapshots.all()}
    assert set(read_conditions(folder / "snapshots")) == versions
    assert all(each.same for each in replay(folder))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("blend", values={"half_way": 20.0}),
        Recipe("network", ({"kind": "linear", "units": 2},), {"epochs": 5}),
    ],
    ids=lambda recipe: recipe.kind,
)
def test_a_head_that_a_search_found_is_replayed_by_its_recipe(folder: Path, recipe: Recipe) -> None:
    with dalt.Project.open(folder) as project:
        label_with(project, recipe)
    assert all(each.same for each in replay(folder))


def label_with(project: dalt.Project, recipe: Recipe) -> None:
    """Labels of which the last are learned by a head that a search found."""
    with project.session("ana") as session:
        answer(session, 3)
        project.trainer.wait(60)
        choice = Choice(
            created_at=utc_now(), accepted=True, reason="It is better.", engine="builtin",
            versions={}, recipe=recipe, settings={}, score=0.9, seconds=1.0, trials=(),
            before="blend", comparison=None, cursor=1, n_labels=3,
            encoder=project.workspace.cache.version or "",
        )  # fmt: skip
        project.workspace.store.head_choices.add(choice)
        for _ in range(2):
            answer(session, 2)
            project.trainer.wait(60)
        assert project.trainer.snapshot is not None
        assert project.trainer.snapshot.head == recipe.name


@pytest.mark.parametrize("multi", [False, True], ids=["one class", "several"])
def test_a_tuned_head_of_an_earlier_version_is_replayed_and_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, multi: bool
) -> None:
    """Its heads did not calibrate, and its conditions say nothing of it."""
    if multi:
        folder = tmp_path / "several.dalt"
        with dalt.Project.create(folder, classes=["low", "high"], multi_label=True) as project:
            project.add_texts([f"text {i}" for i in range(N)], progress=False)
            project.add_embeddings(points(), progress=False)
    fit, to_json = BlendHead.fit, Conditions.to_json
    with monkeypatch.context() as patch, dalt.Project.open(folder) as project:
        patch.setattr(BlendHead, "fit", lambda self, *a, **k: fit(self.as_formerly(), *a, **k))
        patch.setattr(
            Conditions,
            "to_json",
            lambda self: {n: v for n, v in to_json(self).items() if n != "calibrated"},
        )
        label_with(project, Recipe("blend", values={"half_way": 20.0, "reach": 1.5}))
    n_former = len(replay(folder))
    assert b"calibrated" not in (folder / "snapshots" / FILE).read_bytes()
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        answer(session, 2)
        project.trainer.wait(60)
    found = replay(folder)
    assert len(found) > n_former and [each.version for each in found if not each.same] == []


def test_what_earlier_versions_have_learned_is_learned_as_they_did() -> None:
    """They did not calibrate, and their conditions do not speak of it."""
    said = Conditions(3, 5, ClassSet(("a", "b")), "cover").to_json()
    assert Conditions.from_json(said).calibrated
    del said["calibrated"]
    assert not Conditions.from_json(said).calibrated
    former = BlendHead(half_way=20.0, name="tuned:1").as_formerly()
    assert (former.half_way, former.name, former.calibrated) == (20.0, "tuned:1", False)

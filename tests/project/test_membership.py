"""Samples taken out of a project and back: what each part of it says then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from assignments import assigned
from PIL import Image

import dalt
from dalt.core.records import LeftOut, UnknownSample

N = 8


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(N):
        pixels = np.random.default_rng(i).integers(0, 255, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


@pytest.fixture
def project(tmp_path: Path, photos: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat", "dog"]) as made:
        made.add_images(photos, progress=False)
        made.add_embeddings(np.eye(N, dtype=np.float32), progress=False)
        yield made


def ids_of(project: dalt.Project) -> list[str]:
    return list(project.samples().sample_id)


def label_all(project: dalt.Project, annotator: str = "ana") -> None:
    with project.session(annotator) as session:
        while (asked := session.next()) is not None:
            session.submit(asked, "cat" if asked.sample.position % 2 else "dog")


def test_a_removed_sample_leaves_everything_but_the_history(
    project: dalt.Project, tmp_path: Path
) -> None:
    ids = ids_of(project)
    label_all(project)
    with project.session("ana") as session:
        session.note(ids[0], flagged=True, comment="blurred")
    project.set_gold({ids[0]: "cat", ids[2]: "dog"})
    assert project.remove(ids[:2]) == 2
    assert ids_of(project) == ids[2:]
    assert set(project.labels().sample_id) == set(ids[2:])
    assert len(project.notes()) == 0
    assert set(project.consensus().sample_id) == set(ids[2:])
    status = project.status()
    assert (status["samples"], status["encoded"], status["gold"]) == (N - 2, N - 2, 1)
    assert sum(status["by_class"].values()) == N - 2
    project.trainer.wait(60)
    assert set(project.suggest().sample_id) == set(ids[2:])
    with pytest.raises(UnknownSample, match=r"was removed.*project\.restore"):
        project.suggest(ids[:1])
    assert project.export(tmp_path / "labels.csv") == N - 2
    assert project.export(tmp_path / "folders", "imagefolder") == N - 2
    history = project.history()
    assert (history.kind == "label").sum() == N, "what was labelled is still recorded"
    assert history.sample_id[history.kind == "remove"].tolist() == ids[:2]


def test_training_and_review_do_not_see_it(project: dalt.Project) -> None:
    ids = ids_of(project)
    label_all(project)
    project.trainer.wait(60)
    before = project.workspace.store.labels.label_set(project.workspace.class_set)
    project.remove(ids[3:5])
    project.trainer.wait(60)
    after = project.workspace.store.labels.label_set(project.workspace.class_set)
    assert before.positions.tolist() == list(range(N))
    assert after.positions.tolist() == [0, 1, 2, 5, 6, 7]
    assert not set(project.review().sample_id) & set(ids[3:5])
    assert project.workspace.store.snapshots.all(limit=1)[0].n_labels == N - 2


def test_it_is_never_given_out_and_a_late_answer_is_told(project: dalt.Project) -> None:
    ids = ids_of(project)
    with project.session("ana") as ana:
        held = assigned(ana)
        project.remove([held.sample.id])
        with pytest.raises(UnknownSample, match=r"was removed from this project"):
            ana.submit(held, "cat")
        given = []
        while (asked := ana.next()) is not None:
            given.append(asked.sample.id)
            ana.skip(asked)
        assert sorted(given) == sorted(set(ids) - {held.sample.id})
        assert not ana.reopen([held.sample.id])
        assert ana.done
    assert len(project.labels()) == 0


def test_undo_passes_over_it_and_restoring_brings_its_label_back(project: dalt.Project) -> None:
    with project.session("ana") as ana:
        first, second = assigned(ana), assigned(ana)
        ana.submit(first, "cat")
        ana.submit(second, "dog")
        project.remove([second.sample.id])
        (reopened,) = ana.undo()
        assert reopened.sample.id == first.sample.id
        assert len(project.labels()) == 0
        assert project.restore([second.sample.id]) == 1
        labels = project.labels()
        assert (labels.sample_id.tolist(), labels.label.tolist()) == ([second.sample.id], ["dog"])
        (reopened,) = ana.undo()
        assert reopened.sample.id == second.sample.id


def test_adding_the_same_content_brings_it_back_from_where_it_is_now(
    project: dalt.Project, photos: Path, tmp_path: Path
) -> None:
    ids = ids_of(project)
    label_all(project)
    project.set_gold({ids[0]: "dog"})
    project.remove(ids[:3])
    photos.rename(tmp_path / "pictures")
    added = project.add_images(tmp_path / "pictures", progress=False)
    assert (added.new, added.restored, added.relocated) == (0, 3, N - 3)
    assert "3 back after their removal" in added.sentence
    assert ids_of(project) == ids, "at its former position"
    assert set(project.samples().source) == {f"pictures/{i}.png" for i in range(N)}
    assert len(project.labels()) == N
    assert project.status()["gold"] == 1


def test_labels_for_it_are_refused(project: dalt.Project, tmp_path: Path) -> None:
    ids = ids_of(project)
    project.remove(ids[:1])
    with pytest.raises(UnknownSample, match="was removed"):
        project.set_gold({ids[0]: "cat"})
    with project.session("ana") as ana, pytest.raises(UnknownSample, match="was removed"):
        ana.adjudicate(ids[0], "cat")


def test_an_id_that_never_was_removes_nothing(project: dalt.Project) -> None:
    ids = ids_of(project)
    with pytest.raises(UnknownSample, match="'nope'"):
        project.remove([ids[0], "nope"])
    assert ids_of(project) == ids
    assert project.remove([ids[0], ids[0]]) == 1
    assert project.remove(ids[:2]) == 1, "what is removed already does not count"
    assert project.restore([ids[0], ids[5]]) == 1


def test_its_file_is_not_read_any_more(
    project: dalt.Project, photos: Path, brief_training: None
) -> None:
    """Removed because it is damaged or gone: encoding goes on without a word about it."""
    ids = ids_of(project)
    for i in range(5):
        (photos / f"{i}.png").unlink()
    project.remove(ids[:5])
    embeddings = project.encode("autoencoder", progress=False)  # most of the pool is gone
    assert len(embeddings) == N - 5 == project.status()["encoded"]
    Image.new("RGB", (5, 5)).save(photos / "new.png")
    project.add_images(photos, progress=False)
    assert len(project.encode(progress=False)) == N - 4
    cache = project.workspace.cache
    assert cache.n_samples == N + 1 and cache.unreadable == (0, 1, 2, 3, 4)


def test_given_embeddings_need_no_row_for_it(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": range(6)})
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        ids = project.add_table(frame, progress=False)
        project.remove(ids.ids[1:3])
        rows = np.arange(8, dtype=np.float32).reshape(4, 2)
        given = project.add_embeddings(rows, progress=False)
        assert np.array_equal(given, rows), "in the order of samples()"
        assert project.workspace.cache.n_samples == 6


def test_a_page_keeps_the_answers_to_the_other_samples(tmp_path: Path) -> None:
    from dalt.core.records import Suggestion

    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        ids = project.add_texts(["one", "two", "three"], progress=False).ids
        project.remove(ids[1:2])
        with project.session("ana") as ana:
            page = [(sample_id, "a", Suggestion()) for sample_id in ids]
            with pytest.warns(LeftOut, match="1 of 3 samples of this page were removed"):
                events = ana.answer_page(page, key="page")
            assert [event.sample_id for event in events] == [ids[0], ids[2]]
            with pytest.raises(UnknownSample, match="was removed"):
                ana.answer_page(page[1:2], key="another")
        assert len(project.labels()) == 2


def test_regions_of_it_are_unlearned(tmp_path: Path) -> None:
    """A session that proposes spans goes on when a sample it learned from is removed."""
    from dalt.core.records import Region

    with dalt.Project.create(tmp_path / "t.dalt", classes=["name"], task="spans") as project:
        ids = project.add_texts(["Ana is here.", "Ana was there."], progress=False).ids
        with project.session("ana") as session:
            first = assigned(session)
            session.submit(first, [Region("span", "name", start=0, end=3)])
            second = assigned(session)
            assert [each.region.label for each in session.propose(second.sample)] == ["name"]
            project.remove([first.sample.id])
            assert session.propose(second.sample) == ()
            session.submit(second, [])
        assert set(project.labels().sample_id) == set(ids) - {first.sample.id}

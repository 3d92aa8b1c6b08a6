"""The review list and notes: without a page."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from former_schema import make_former
from numpy.typing import NDArray
from page_messages import Page
from stored import open_store
from waiting import until

import dalt
from dalt.core.records import Answer, LabelSet, Sample, Suggestion
from dalt.labeling.quality.accuracy import (
    disagreements,
    label_quality,
    set_disagreements,
    set_quality,
)
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.cross_validation import folds, leave_out
from dalt.model import Fitted, Pool
from dalt.storage.store import Store

PATIENCE = 60.0


def blobs(n: int, n_classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of well separated classes, and what each row is."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % n_classes
    points = rng.normal(size=(n, 4)).astype(np.float32)
    points[np.arange(n), truth] += 8
    return points, truth


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    points, _ = blobs(60)
    with dalt.Project.create(tmp_path / "p.dalt", classes=["0", "1", "2"]) as made:
        made.add_texts([f"text {i}" for i in range(len(points))], progress=False)
        made.add_embeddings(points)
        yield made


def label_all(project: dalt.Project, wrong: dict[int, str], annotator: str = "ana") -> None:
    with project.session(annotator) as session:
        while (asked := session.next()) is not None:
            at = asked.sample.position
            session.submit(asked, wrong.get(at, str(at % 3)))


# --- probabilities of labels that were left out ---------------------------------------------


def one_hot(given: np.ndarray, n_classes: int) -> LabelSet:
    targets = np.eye(n_classes, dtype=np.float32)[given]
    return LabelSet(np.arange(len(given)), targets, len(given))


def drain(steps):
    """The result of a generator, and how often it yielded."""
    n = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, n
        n += 1


def test_every_class_is_spread_over_the_folds() -> None:
    labels = one_hot(np.repeat([0, 1, 2], [20, 10, 3]), 3)
    found = folds(labels, 10, seed=1)
    for rows, least, most in ((slice(0, 20), 2, 2), (slice(20, 30), 1, 1), (slice(30, 33), 0, 1)):
        counts = np.bincount(found[rows], minlength=10)
        assert (counts.min(), counts.max()) == (least, most)
    assert (folds(labels, 10, seed=1) == found).all()


def test_no_label_has_a_part_in_what_is_said_of_it() -> None:
    points, truth = blobs(60)
    labels, pool = one_hot(truth, 3), Pool(points)
    seen: list[set[int]] = []

    def fit(part: LabelSet) -> Fitted:
        seen.append(set(part.positions.tolist()))
        # Says its own labels for certain, and of the others nothing.
        shares = np.zeros((60, 3), np.float32)
        shares[part.positions] = part.targets
        return Fitted({}, shares)

    found, n = drain(leave_out(fit, labels, seed=0))
    assert n == len(seen) == 10
    assert set.intersection(*seen) == set() and set.union(*seen) == set(range(60))
    assert (found == 0).all()
    head = BlendHead()
    found, _ = drain(leave_out(lambda part: head.fit(pool, part, 3, seed=0), labels, seed=0))
    assert (found.argmax(axis=1) == truth).all()


def test_a_class_with_one_label_cannot_be_judged() -> None:
    labels = one_hot(np.array([0, 0, 0, 1, 1, 2]), 3)
    alike = Fitted({}, np.full((6, 3), 1 / 3, np.float32))
    found, _ = drain(leave_out(lambda part: alike, labels, seed=0))
    assert np.isnan(found).any(axis=1).tolist() == [False] * 5 + [True]
    alone = one_hot(np.zeros(4, int), 3)
    assert np.isnan(drain(leave_out(lambda part: alike, alone, seed=0))[0]).all()
    nothing = replace(alone, positions=alone.positions[:0], targets=alone.targets[:0])
    assert drain(leave_out(lambda part: alike, nothing, seed=0))[0].shape == (0, 3)


# --- quality ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [30, 400])
@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_quality_is_that_of_cleanlab(n: int, n_classes: int) -> None:
    from cleanlab.filter import find_label_issues
    from cleanlab.multilabel_classification import get_label_quality_scores as set_scores
    from cleanlab.multilabel_classification.filter import find_label_issues as set_issues
    from cleanlab.rank import get_label_quality_scores

    rng = np.random.default_rng(n + n_classes)
    given = rng.integers(0, n_classes, n)
    shares: NDArray[Any] = rng.dirichlet(np.full(n_classes, 0.5), n)
    shares[np.arange(n), given] += 0.6 * rng.random(n)
    shares /= shares.sum(axis=1, keepdims=True)
    for method in ("self_confidence", "normalized_margin"):
        theirs = get_label_quality_scores(given, shares, method=method)
        assert label_quality(given, shares, method) == pytest.approx(theirs)
    wrong = find_label_issues(given, shares, filter_by="confident_learning", n_jobs=1)
    assert disagreements(given, shares).tolist() == wrong.tolist() and wrong.any()

    sets = rng.random((n, n_classes)) < 0.4
    each: NDArray[Any] = np.clip(sets * 0.3 + rng.random((n, n_classes)) * 0.7, 0, 1)
    lists = [np.flatnonzero(row).tolist() for row in sets]
    assert set_quality(sets, each) == pytest.approx(set_scores(lists, each))
    wrong = set_issues(lists, each, filter_by="confident_learning", n_jobs=1)
    assert set_disagreements(sets, each).tolist() == wrong.tolist() and wrong.any()


# --- the list ---------------------------------------------------------------------------------


def test_wrong_labels_stand_first_until_they_are_confirmed_or_mended(
    project: dalt.Project,
) -> None:
    label_all(project, {4: "2", 33: "1"})
    ids = project.samples().sample_id
    found = project.review(timeout=PATIENCE)
    assert len(found) == 60
    assert set(found.sample_id[:2]) == {ids[4], ids[33]}
    assert found.disagrees.tolist() == [True] * 2 + [False] * 58
    assert found.quality.is_monotonic_increasing
    first = found.set_index("sample_id").loc[ids[4]]
    assert (first.label, first.suggested, first.annotator) == ("2", "1", "ana")
    assert first.probability > 0.5 > first.quality
    with project.session("ana") as session:
        worst = {each.label.sample_id: each for each in session.review(PATIENCE)[:2]}
        assert worst[ids[4]].suggestion.top == "1" and worst[ids[4]].disagrees
        assert session.confirm(worst[ids[4]].label.event_id, key="c")
        assert session.confirm(worst[ids[4]].label.event_id, key="c")
        [opened] = session.reopen([ids[33]])
        session.submit(opened, "0")
        assert not session.confirm(worst[ids[33]].label.event_id), "it holds no more"
        again = session.review(PATIENCE)
    assert len(again) == 59 and not any(each.disagrees for each in again)
    # Another answer to the confirmed one is another label.
    with project.session("ana") as session:
        [opened] = session.reopen([ids[4]])
        session.submit(opened, "0")
        assert session.review(PATIENCE)[0].label.sample_id == ids[4]
        session.undo()
        assert ids[4] not in {each.label.sample_id for each in session.review(PATIENCE)}


def test_a_session_reviews_its_own_labels_by_everybodys(project: dalt.Project) -> None:
    label_all(project, {4: "2"})
    with project.session("ben") as ben:
        assert ben.review(PATIENCE) == []
        ids = project.samples().sample_id
        ben.answer(ids[4], "1", key="k", suggestion=Suggestion())
        [mine] = ben.review(PATIENCE)
        assert (mine.label.label, mine.suggestion.top, mine.disagrees) == ("1", "1", False)
    both = project.review(timeout=PATIENCE)
    assert len(both) == 61 and both.annotator.iloc[0] == "ana"


def test_review_of_several_classes(tmp_path: Path) -> None:
    points, truth = blobs(60)
    with dalt.Project.create(
        tmp_path / "m.dalt", classes=["a", "b", "c"], multi_label=True
    ) as made:
        made.add_texts([f"text {i}" for i in range(60)], progress=False)
        made.add_embeddings(points)
        with made.session("ana") as session:
            while (asked := session.next()) is not None:
                at = asked.sample.position
                session.submit(asked, ["c"] if at == 4 else ["abc"[truth[at]]])
        found = made.review(timeout=PATIENCE)
        assert found.sample_id[0] == made.samples().sample_id[4]
        assert (found.label[0], found.suggested[0], found.disagrees[0]) == (["c"], ["b"], True)


def test_review_says_what_it_cannot_do(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "a.dalt", classes=["a", "b"]) as empty:
        empty.add_texts(["one", "two"], progress=False)
        with pytest.raises(dalt.NotEncoded, match="not encoded yet"):
            empty.review(timeout=PATIENCE)
        empty.add_embeddings(np.eye(2, dtype=np.float32))
        found = empty.review(timeout=PATIENCE)
        assert len(found) == 0 and "quality" in found.columns
    with dalt.Project.create(tmp_path / "s.dalt", classes=["a"], task="spans") as spans:
        with pytest.raises(dalt.BadInput, match="whole samples"):
            spans.review()
        with pytest.raises(dalt.BadInput, match="whole samples"):
            spans.session("ana").review()


class Gate(BlendHead):
    """Waits in every fit until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.entered = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.error: Exception | None = None

    def fit(self, pool, labels, *rest, **named):
        self.sizes.append(len(labels.positions))
        self.entered.release()
        self.go_on.acquire(timeout=PATIENCE)
        if self.error:
            raise self.error
        return super().fit(pool, labels, *rest, **named)


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[tuple[dalt.Project, Gate]]:
    head, (points, _) = Gate(), blobs(60)
    made = dalt.Project.create(tmp_path / "g.dalt", classes=["0", "1", "2"], head=head)
    made.add_texts([f"text {i}" for i in range(60)], progress=False)
    made.add_embeddings(points)
    yield made, head
    for _ in range(100):
        head.go_on.release()
    made.close()


def test_new_labels_are_learned_between_the_folds(gated: tuple[dalt.Project, Gate]) -> None:
    project, head = gated
    session = project.session("ana")
    answers = []
    for _ in range(20):
        asked = session.next()
        assert asked is not None
        given, sample_id = str(asked.sample.position % 3), asked.sample.id
        answers.append(Answer("label", sample_id, given, "ana", session.id, sample_id))
    with open_store(project.folder) as store:
        store.answers.record_page(answers)  # all at once: one fit reads them
    trainer = project.trainer
    trainer.wake()
    head.entered.acquire()  # the fit of the labels
    asked_for = trainer.left_out()
    shared = trainer.left_out()
    head.go_on.release()
    head.entered.acquire()  # the first fold
    assert head.sizes == [20, 18]
    asked = session.next()
    assert asked is not None
    session.submit(asked, "0")
    head.go_on.release()
    head.entered.acquire()
    assert head.sizes[2] == 21, "the new label waits for no further fold"
    for _ in range(40):
        head.go_on.release()
    assert len(asked_for.result(PATIENCE).positions) == 20
    assert shared.result(PATIENCE) is asked_for.result()
    assert sorted(head.sizes) == [18] * 10 + [20, 21]


def test_a_fit_that_fails_in_a_review_fails_the_review(gated: tuple[dalt.Project, Gate]) -> None:
    project, head = gated
    for _ in range(100):
        head.go_on.release()
    label_all(project, {})
    project.trainer.wait(PATIENCE)
    head.error = ValueError("no fit")
    with pytest.raises(ValueError, match="no fit"):
        project.review(timeout=PATIENCE)
    assert project.trainer.state == "idle"
    head.error = None
    assert len(project.review(timeout=PATIENCE)) == 60


def test_a_trainer_that_closes_cancels_the_review(gated: tuple[dalt.Project, Gate]) -> None:
    project, head = gated
    session = project.session("ana")
    for _ in range(3):
        asked = session.next()
        assert asked is not None
        session.submit(asked, str(asked.sample.position % 3))
    head.entered.acquire()
    waiting = session.reviewing()
    trainer = project.trainer
    head.go_on.release()
    head.go_on.release()
    trainer.close()
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE)
    with pytest.raises(CancelledError):
        trainer.left_out().result(PATIENCE)


# --- notes ------------------------------------------------------------------------------------


def test_the_newest_note_of_each_annotator_counts(project: dalt.Project) -> None:
    ids = list(project.samples().sample_id[:3])
    ana, ben = project.session("ana"), project.session("ben")
    ana.note(ids[0], flagged=True)
    ana.note(ids[0], comment=" <b>two</b> at once? ")
    ben.note(ids[0], comment="no idea")
    ben.note(ids[1], flagged=True)
    ben.note(ids[1], flagged=False)
    first = ana.note(ids[2], flagged=True, key="k")
    assert ana.note(ids[2], flagged=False, key="k") == first
    assert project.notes()[["sample_id", "annotator", "flagged", "comment"]].values.tolist() == [
        [ids[0], "ana", True, "<b>two</b> at once?"],
        [ids[0], "ben", False, "no idea"],
        [ids[2], "ana", True, ""],
    ]
    assert {id: note.flagged for id, note in ana.notes().items()} == {ids[0]: True, ids[2]: True}
    assert list(ben.notes(ids[1:])) == []
    with pytest.raises(dalt.UnknownSample):
        ana.note("nothing", flagged=True)
    with pytest.raises(dalt.BadInput, match="at most 10,000 characters"):
        ana.note(ids[0], comment="x" * 10_001)


def test_notes_outlive_the_process(project: dalt.Project) -> None:
    sample_id = project.samples().sample_id[0]
    project.session("ana").note(sample_id, comment="later")
    with dalt.Project.open(project.folder) as again:
        assert again.notes().comment.tolist() == ["later"]
        assert again.session("ana").notes()[sample_id].comment == "later"


def test_a_database_of_schema_3_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    store = Store(path, create=True)
    store.samples.add([Sample("s", "text", "0")])
    event = store.answers.record(Answer("label", "s", "cat", "ana", "a", "k"))
    store.close()
    make_former(path, 3)
    for number in range(2):
        store = Store(path)
        assert [each.label for each in store.events.all()] == ["cat"]
        store.notes.add("s", "ana", "a", key=f"n{number}", flagged=True, comment=None)
        assert store.confirmations.add(event.event_id, "ana", "a", key="c")
        assert (len(store.notes.current()), store.confirmations.events()) == (1, {event.event_id})
        store.close()


# --- the page ---------------------------------------------------------------------------------


def heard(page: Page, type: str) -> dict[str, Any]:
    """The newest message of a type, waited for: it may come from another thread."""
    found = until(
        lambda: [each for each in page.heard if each["type"] == type], f"no {type!r} came"
    )
    return found[-1]


def reviewed(page: Page) -> dict[str, Any]:
    page.heard.clear()
    assert page.say("review", known=[])[0]["type"] == "reviewing"
    return heard(page, "review")


@pytest.fixture
def page(project: dalt.Project) -> Iterator[Page]:
    label_all(project, {4: "2", 33: "1"})
    made = Page(project.session("ana"))  # type: ignore[arg-type]
    made.say("ready", held=[])
    yield made
    made.widget.close()


def test_the_page_lists_opens_and_confirms_doubtful_labels(
    project: dalt.Project, page: Page
) -> None:
    ids = project.samples().sample_id
    found = reviewed(page)
    assert (found["n"], found["judged"], found["trouble"]) == (2, 60, None)
    entries = {each["sample_id"]: each for each in found["entries"]}
    assert entries.keys() == {ids[4], ids[33]}
    assert (entries[ids[4]]["label"], entries[ids[4]]["suggested"]) == ("2", "1")
    assert entries[ids[4]]["small"]["text"] == "text 4"

    [opened] = page.say("open_review", sample_ids=[ids[4], ids[33]])
    assert opened["type"] == "opened"
    first = opened["samples"][0]
    assert (first["id"], first["answered"]) == (ids[4], {"label": "2"})
    ranked = first["suggestion"]
    assert ranked["classes"][0] == 1 and ranked["snapshot"] is None, "from fits without its label"

    page.answer(ids[4], "1")
    key = {"key": "c1", "event_id": entries[ids[33]]["event_id"]}
    for _ in range(2):
        assert page.say("confirm", **key) == [{"type": "noted", "key": "c1"}]
    again = reviewed(page)
    assert (again["entries"], again["n"], again["judged"]) == ([], 0, 59)
    assert project.labels().set_index("sample_id").label[ids[4]] == "1"


def test_the_page_says_why_there_is_no_review(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "n.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
        page = Page(project.session("ana"))  # type: ignore[arg-type]
        page.say("ready", held=[])
        assert "not encoded yet" in reviewed(page)["trouble"]
        page.widget.close()


def test_notes_come_with_their_samples(project: dalt.Project) -> None:
    page = Page(project.session("ana"))  # type: ignore[arg-type]
    _, samples = page.say("ready", held=[])
    first, second = samples["samples"][:2]
    assert "note" not in first
    noted = {"sample_id": first["id"], "flagged": True, "comment": "two?", "key": "n1"}
    for _ in range(2):
        assert page.say("note", **noted) == [{"type": "noted", "key": "n1"}]
    with closing(sqlite3.connect(project.folder / "labels.db")) as db:
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (1,)
    [refused] = page.say("note", **(noted | {"key": "n2", "comment": "x" * 10_001}))
    assert (refused["type"], refused["key"]) == ("refused", "n2")
    [unknown] = page.say("note", **(noted | {"key": "n3", "sample_id": "nothing"}))
    assert (unknown["type"], unknown["key"]) == ("refused", "n3")
    page.answer(first["id"], "1")
    page.answer(second["id"], None)
    [history] = page.say("history", limit=5, known=[])
    assert [entry["flagged"] for entry in history["entries"]] == [False, True]
    [opened] = page.say("reopen", sample_id=first["id"])
    assert opened["samples"][0]["note"] == {"flagged": True, "comment": "two?"}
    page.widget.close()

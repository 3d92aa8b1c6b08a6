"""The small parts of a session, each alone with a real store."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from session_parts import BRIGHT, DARK, Given, N
from stored import open_store

import dalt
from dalt.core.records import ClassSet, Label, Region, Suggestion
from dalt.core.settings import project_file
from dalt.core.settings.project_file import LiveSettings
from dalt.data.sources import SampleFiles
from dalt.labeling.adjudicating import Adjudicator
from dalt.labeling.answering import Answerer
from dalt.labeling.context import SessionContext
from dalt.labeling.history import History
from dalt.labeling.noting import LONGEST, NoteTaker
from dalt.labeling.overview import Overview
from dalt.labeling.proposal_precision import ProposalPrecision
from dalt.labeling.responses import ResponseChecker
from dalt.labeling.reviewing import Reviewer, check_reviewable, judged
from dalt.labeling.suggesting import Suggester
from dalt.labeling.viewing import SampleViewer
from dalt.learning.training.left_out import LeftOut

SAID = Suggestion((BRIGHT, DARK), (0.6, 0.4), 7)


def of(given: Given, annotator: str) -> SessionContext:
    """Another annotator's place at the same project."""
    return SessionContext(given.context.live, given.store, annotator)


def answer(given: Given, at: int, label: str | None, annotator: str = "ana") -> Label:
    context = of(given, annotator)
    checker = ResponseChecker(context, given.files, Suggester(context, given.trainer))
    answerer = Answerer(context, checker, given.trainer)
    key = f"{annotator}:{at}:{label}"
    return answerer.answer(given.ids[at], label, key=key, suggestion=SAID)


# --- deciding ---------------------------------------------------------------------------------


@pytest.fixture
def adjudicator(given: Given) -> Adjudicator:
    answer(given, 0, DARK)
    answer(given, 0, BRIGHT, "ben")
    answer(given, 1, DARK)
    answer(given, 1, DARK, "ben")
    return Adjudicator(of(given, "owner"), given.trainer)


def test_what_annotators_disagree_on_is_disputed_until_it_is_decided(
    given: Given, adjudicator: Adjudicator
) -> None:
    assert adjudicator.disputed_ids() == [given.ids[0]]
    dispute = adjudicator.next_disputed()
    assert dispute is not None
    assert [(each.annotator, each.label) for each in dispute.answers] == [
        ("ana", DARK),
        ("ben", BRIGHT),
    ]
    assert adjudicator.next_disputed(leave_out=[given.ids[0]]) is None
    woken = given.trainer.n_wakes
    decided = adjudicator.adjudicate(given.ids[0], BRIGHT, key="k")
    assert (decided.kind, decided.annotator, decided.label) == ("adjudicate", "owner", BRIGHT)
    assert adjudicator.adjudicate(given.ids[0], BRIGHT, key="k").event_id == decided.event_id
    assert adjudicator.disputes() == [] and given.trainer.n_wakes > woken
    undone = adjudicator.undo_adjudication()
    assert undone is not None and undone.event_id == decided.event_id
    assert adjudicator.disputed_ids() == [given.ids[0]]
    assert adjudicator.undo_adjudication() is None


def test_a_sample_can_be_looked_at_whether_or_not_it_is_disputed(
    given: Given, adjudicator: Adjudicator
) -> None:
    agreed = adjudicator.dispute(given.ids[1])
    assert agreed is not None and [each.label for each in agreed.answers] == [DARK, DARK]
    assert adjudicator.dispute(given.ids[2]) is None
    answer(given, 2, BRIGHT)
    assert adjudicator.dispute(given.ids[2]) is not None, "it has not read the newest answer"


# --- looking back -----------------------------------------------------------------------------


def test_recent_answers_are_ones_own_the_newest_first(given: Given) -> None:
    history = History(given.context)
    made = [answer(given, at, DARK) for at in range(3)]
    answer(given, 3, DARK, "ben")
    found = history.recent(limit=2)
    assert [(sample.id, event.event_id) for sample, event in found] == [
        (given.ids[2], made[2].event_id),
        (given.ids[1], made[1].event_id),
    ]
    [(first, _)] = history.recent(before=made[1].event_id)
    assert first.id == given.ids[0]


def test_skipped_samples_are_listed_until_somebody_labels_them(given: Given) -> None:
    history = History(given.context)
    for at in (4, 2):
        answer(given, at, None)
    assert history.skipped() == [given.ids[4], given.ids[2]]
    answer(given, 4, DARK, "ben")
    assert history.skipped() == [given.ids[2]]


def test_examples_of_a_class_are_by_anybody_and_each_once(given: Given) -> None:
    history = History(given.context)
    answer(given, 0, BRIGHT)
    answer(given, 0, BRIGHT, "ben")
    answer(given, 1, DARK)
    answer(given, 2, BRIGHT, "ben")
    assert [sample.id for sample, _ in history.examples(BRIGHT)] == [given.ids[2], given.ids[0]]
    assert len(history.examples(BRIGHT, limit=1)) == 1
    with pytest.raises(dalt.UnknownClass):
        history.examples("grey")


# --- notes ------------------------------------------------------------------------------------


def test_a_note_keeps_what_it_is_not_told_to_change(given: Given) -> None:
    notes = NoteTaker(given.context)
    notes.note(given.ids[0], flagged=True, comment="  blurred ")
    notes.note(given.ids[0], flagged=False)
    NoteTaker(of(given, "ben")).note(given.ids[0], comment="Ben's")
    held = notes.notes()
    assert list(held) == [given.ids[0]]
    assert (held[given.ids[0]].flagged, held[given.ids[0]].comment) == (False, "blurred")
    assert notes.notes([given.ids[1]]) == {}


def test_a_note_that_cannot_be_kept_is_refused(given: Given) -> None:
    notes = NoteTaker(given.context)
    with pytest.raises(dalt.BadInput, match=r"at most 10,000 characters, not 10,001"):
        notes.note(given.ids[0], comment="x" * (LONGEST + 1))
    with pytest.raises(dalt.UnknownSample):
        notes.note("nothing", flagged=True)
    assert notes.notes() == {}


# --- the state --------------------------------------------------------------------------------


@pytest.fixture
def overview(given: Given) -> Overview:
    precision = ProposalPrecision(given.context, given.files)
    return Overview(given.context, given.suggester, precision, given.trainer)


def test_the_state_counts_labels_and_skips(given: Given, overview: Overview) -> None:
    answer(given, 0, DARK)
    answer(given, 1, None)
    standing = overview.standing()
    assert (standing.n_samples, standing.n_labelled, standing.n_skipped) == (N, 1, 1)
    assert standing.snapshot == overview.snapshot_version == 1
    assert (standing.proposals, standing.submits_proposals) == (None, False)
    outlook = overview.progress()
    assert (dict(outlook.counts), outlook.left) == ({DARK: 1, BRIGHT: 0}, N - 1)


def test_who_subscribes_hears_of_the_trainers_state(given: Given, overview: Overview) -> None:
    heard = threading.Event()
    end = overview.subscribe(heard.set)
    given.trainer.start()
    assert heard.wait(60)
    end()


# --- proposals --------------------------------------------------------------------------------

CLASSES = ["square"]
BOX = Region("box", "square", ((2.0, 2.0), (10.0, 10.0)))
FAR = Region("box", "square", ((20.0, 20.0), (30.0, 30.0)))


def test_proposals_are_judged_by_what_people_made_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "boxes.dalt"
    with dalt.Project.create(folder, classes=CLASSES, task="boxes") as project:
        # Equal pictures would be one sample.
        pictures = np.arange(3, dtype=np.uint8).repeat(1_600).reshape(3, 40, 40)
        ids = project.add_images(pictures, progress=False).ids
        with project.session("ana") as session:
            for at, (shown, left) in enumerate([([BOX], [BOX]), ([BOX, FAR], [BOX])]):
                session.answer(ids[at], left, key=f"k{at}", suggestion=Suggestion(), proposed=shown)
    with open_store(folder) as store:
        context = SessionContext(LiveSettings(folder, project_file.load(folder)), store, "ben")
        precision = ProposalPrecision(context, SampleFiles(folder))
        estimate = precision.proposal_precision()
        assert estimate is not None
        assert (estimate.n, round(estimate.value, 3)) == (3, 0.667)
        assert not precision.submits_proposals


def test_samples_that_have_classes_as_a_whole_have_no_proposals(given: Given) -> None:
    answer(given, 0, DARK)
    precision = ProposalPrecision(given.context, given.files)
    assert precision.proposal_precision() is None and not precision.submits_proposals


# --- the review -------------------------------------------------------------------------------


def test_labels_that_a_model_without_them_finds_unlikely_come_first(given: Given) -> None:
    right, wrong = answer(given, 0, DARK), answer(given, 1, BRIGHT)
    answer(given, 2, DARK)
    dark = np.full((2, 2), (0.9, 0.1), np.float32)
    left_out = LeftOut(np.arange(2), dark, given.context.settings.class_set)
    found = judged(given.store, left_out)
    assert [(each.label.event_id, each.disagrees) for each in found] == [
        (wrong.event_id, True),
        (right.event_id, False),
    ]
    assert found[0].suggestion.classes == (DARK, BRIGHT)
    reviewer = Reviewer(given.context, given.suggester, given.trainer)
    assert reviewer.confirm(wrong.event_id)
    assert [each.label.event_id for each in judged(given.store, left_out)] == [right.event_id]
    answer(given, 0, BRIGHT)
    assert not reviewer.confirm(right.event_id), "another answer has taken its place"


def test_a_review_says_that_nobody_learns(given: Given) -> None:
    reviewer = Reviewer(given.context, given.suggester, given.trainer)
    with pytest.raises(dalt.TrainingFailed):
        reviewer.review(timeout=60)


def test_regions_are_not_reviewed() -> None:
    with pytest.raises(dalt.BadInput, match="marks parts"):
        check_reviewable(ClassSet(("square",), shape="box"))


# --- looking ----------------------------------------------------------------------------------


def test_a_sample_is_found_and_shown(given: Given) -> None:
    viewer = SampleViewer(given.context, given.files)
    sample = viewer.sample(given.ids[3])
    assert (sample.id, sample.position) == (given.ids[3], 3)
    assert viewer.display(sample).text == viewer.thumbnail(sample, 50).text == "text 3"
    with pytest.raises(dalt.UnknownSample):
        viewer.sample("nothing")


def test_columns_are_shown_where_the_settings_name_them(given: Given) -> None:
    viewer = SampleViewer(given.context, given.files)
    first, second = given.ids[:2]
    given.store.details.add([(first, "0", {"by": "ana", "n": 2}), (first, "9", {"by": "ben"})])
    assert viewer.details([first]) == {}
    file = given.folder / project_file.FILE
    file.write_text(file.read_text().replace("[page]\n", '[page]\nshow = ["n", "by"]\n'))
    given.context.live.look_again()
    assert viewer.details([first, second]) == {
        first: [("n", "2"), ("by", "ana · ben")],
        second: [("n", ""), ("by", "")],
    }


def test_a_picture_has_its_own_size_and_a_small_copy(given: Given, tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    Image.fromarray(np.zeros((20, 60), np.uint8)).save(path)
    [sample] = given.files.add_images(path, given.store.samples.sources).samples
    viewer = SampleViewer(given.context, given.files)
    assert viewer.size(sample) == (60, 20)
    small = viewer.thumbnail(sample, 30)
    assert (small.width, small.height) == (30, 10)
    path.unlink()
    with pytest.raises(dalt.BadInput, match=r"wide\.png"):
        viewer.size(sample)

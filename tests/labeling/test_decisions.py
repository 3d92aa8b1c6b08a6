"""Adjudication, agreement and the board: without a page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from former_schema import make_former
from two_classes import Page, ids_of, say

import dalt
from dalt.cli import main
from dalt.core.records import BadInput, UnknownClass, UnknownSample
from dalt.storage.store import Store

# --- adjudication -----------------------------------------------------------------------------


@pytest.fixture
def split(project: dalt.Project) -> list[str]:
    """Ids; ana and ben agree on ten of them, and not on the first two."""
    ids = ids_of(project)
    for sample_id in ids[:12]:
        say(project, "ana", sample_id, "low")
        say(project, "ben", sample_id, "high" if sample_id in ids[:2] else "low")
    return ids


def test_what_is_disputed_is_decided(project: dalt.Project, split: list[str]) -> None:
    frame = project.adjudications()
    assert set(frame.sample_id) == set(split[:2])
    assert frame.answers[0] == {"ana": "low", "ben": "high"}
    owner = project.session("eva")
    found = owner.next_disputed()
    assert found is not None
    assert [(each.annotator, each.label) for each in found.answers] == [
        ("ana", "low"),
        ("ben", "high"),
    ]
    event = owner.adjudicate(found.sample.id, "high", key="once")
    assert (event.kind, event.annotator) == ("adjudicate", "eva")
    assert owner.adjudicate(found.sample.id, "high", key="once") == event, "sent again"
    other = owner.next_disputed()
    assert other is not None and other.sample.id != found.sample.id
    assert owner.next_disputed(leave_out=[other.sample.id]) is None
    consensus = project.consensus().set_index("sample_id").loc[found.sample.id]
    assert (consensus.label, consensus.probability, consensus.source) == ("high", 1, "adjudicated")
    assert len(project.labels()) == 24, "what annotators said stays"
    assert project.status()["adjudicated"] == 1


def test_the_model_learns_what_was_decided(
    project: dalt.Project, split: list[str], store: Store
) -> None:
    classes = ["low", "high"]
    votes = store.labels.label_set(classes)
    assert votes.targets[0].tolist() == [0.5, 0.5], "shares of the votes"
    owner = project.session("eva")
    owner.adjudicate(split[0], "high")
    decided = store.labels.label_set(classes)
    assert decided.targets[0].tolist() == [0, 1]
    assert decided.cursor > votes.cursor
    owner.undo_adjudication()
    back = store.labels.label_set(classes)
    assert np.array_equal(back.targets, votes.targets)
    # A decision counts where nobody has labelled, too, and the sample is asked no more.
    owner.adjudicate(split[-1], "high")
    assert store.labels.label_set(classes).positions[-1] == 39
    assert not store.samples.open_mask()[39]


def test_decisions_are_taken_back_one_by_one(
    project: dalt.Project, split: list[str], store: Store
) -> None:
    owner = project.session("eva")
    owner.adjudicate(split[0], "low")
    owner.adjudicate(split[1], "low")
    owner.adjudicate(split[0], "high")

    def decided() -> dict[str, object]:
        return {each.sample_id: each.label for each in store.adjudications.decisions()}

    newest = owner.newest_event
    undone = owner.undo_adjudication("again")
    assert undone is not None and undone.label == "high"
    assert owner.undo_adjudication("again") == undone, "sent again it takes back nothing more"
    assert decided() == {split[0]: "low", split[1]: "low"}
    owner.undo_adjudication()
    assert decided() == {split[0]: "low"}
    assert owner.undo_adjudication(up_to=newest) is not None
    assert owner.undo_adjudication() is None
    assert decided() == {}
    assert {"undo", "adjudicate"} == set(project.history().kind[24:])


def test_undo_of_answers_and_of_decisions_keep_to_their_own(
    project: dalt.Project, split: list[str], store: Store
) -> None:
    owner = project.session("eva")
    say(project, "eva", split[20], "high")
    owner.adjudicate(split[0], "high")
    owner.undo_adjudication()
    assert owner.redo() == [], "a decision is no answer"
    [reopened] = owner.undo()
    assert reopened.sample.id == split[20]
    assert [event.sample_id for event in owner.redo()] == [split[20]]
    assert store.adjudications.decisions() == []


def test_what_nobody_is_sure_of_can_be_listed_too(project: dalt.Project, split: list[str]) -> None:
    assert len(project.adjudications(below=1.0)) == 12
    assert len(project.adjudications(below=0.0)) == 2


def test_of_refused_decisions_nothing_is_kept(project: dalt.Project, split: list[str]) -> None:
    owner = project.session("eva")
    with pytest.raises(UnknownClass):
        owner.adjudicate(split[0], "middling")
    with pytest.raises(UnknownSample):
        owner.adjudicate("nowhere", "low")
    assert len(project.adjudications()) == 2


@pytest.mark.parametrize("schema", [4, 5])
def test_a_database_of_before_gets_its_table(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "labels.db"
    Store(path, create=True).close()
    make_former(path, schema)
    store = Store(path)
    assert store.adjudications.decisions() == []
    store.close()


def test_the_page_of_an_owner_decides(
    project: dalt.Project, split: list[str], store: Store
) -> None:
    page = Page(project.adjudicate(annotator="eva"))
    page.send("ready")
    assert page.last("setup")["adjudicates"] is True
    page.send("disputes")
    listed = page.last("disputes")
    assert listed["n"] == 2
    entry = listed["entries"][0]
    assert entry["answers"] == [
        {"annotator": "ana", "label": "low"},
        {"annotator": "ben", "label": "high"},
    ]
    assert len(entry["sample"]["suggestion"]["probabilities"]) == 2
    sample_id = entry["sample"]["id"]
    page.send("adjudicate", key="k", sample_id=sample_id, label="high")
    assert page.last("noted")["newest"] == store.events.newest_id()
    page.send("adjudicate", key="k", sample_id=sample_id, label="high")
    assert list(project.history().kind).count("adjudicate") == 1
    page.send("undo_adjudicate", key="u", up_to=store.events.newest_id())
    assert page.last("unadjudicated")["entries"][0]["sample"]["id"] == sample_id
    assert project.status()["leased"] == 0, "nothing is leased for it"


def test_others_cannot_decide(project: dalt.Project, split: list[str], store: Store) -> None:
    page = Page(project.label(annotator="ana"))
    page.send("ready")
    assert page.last("setup")["owner"] is False
    page.send("adjudicate", key="k", sample_id=split[0], label="high")
    assert store.adjudications.decisions() == []
    owner = Page(project.label(annotator="eva", owner=True))
    owner.send("ready")
    owner.send("adjudicate", key="k", sample_id=split[0], label="high")
    assert len(store.adjudications.decisions()) == 1


# --- agreement, board, export -----------------------------------------------------------------


def test_agreement_and_board_in_frames(project: dalt.Project, split: list[str]) -> None:
    agreement = project.agreement(resamples=100)
    assert agreement.measure.tolist() == ["alpha", "kappa"]
    assert agreement.percent.tolist() == pytest.approx([10 / 12, 10 / 12])
    assert agreement.n.tolist() == [12, 12]
    assert agreement[["first", "second"]].iloc[1].tolist() == ["ana", "ben"]
    say(project, "ben", split[30], None)
    board = project.board().set_index("annotator")
    assert board.labels.to_dict() == {"ana": 12, "ben": 12}
    assert board.skips.to_dict() == {"ana": 0, "ben": 1}
    assert board.agreement_n.to_dict() == {"ana": 12, "ben": 12}
    assert board.gold.isna().all() and board.seconds.isna().all()
    assert (board.last_seen <= pd.Timestamp.now("UTC")).all()


def test_the_consensus_is_exported(
    project: dalt.Project, split: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    project.session("eva").adjudicate(split[0], "high")
    path = project.folder.parent / "labels.jsonl"
    assert project.export(path, labels="consensus") == 12
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows[0]["source"] == "adjudicated" and rows[0]["label"] == "high"
    assert project.export(path) == 24
    with pytest.raises(BadInput, match="'each' or 'consensus'"):
        project.export(path, labels="all")  # type: ignore[arg-type]
    csv = project.folder.parent / "labels.csv"
    assert main(["export", str(project.folder), str(csv), "--consensus"]) == 0
    assert csv.read_text("utf-8").count("\n") == 13


def test_the_command_line_tells_agreement_and_board(
    project: dalt.Project, split: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["agreement", str(project.folder)]) == 0
    out = capsys.readouterr().out
    assert "alpha" in out and "ana" in out and "2 samples to adjudicate" in out
    assert main(["agreement", str(project.folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["measure"] for each in told["agreement"]] == ["alpha", "kappa"]
    assert [each["annotator"] for each in told["board"]] == ["ana", "ben"]

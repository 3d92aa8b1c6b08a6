"""Gold samples, adjudication and blind mode: without a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from comms import deliver
from former_schema import make_former
from stored import open_store

import dalt
from dalt.cli import main
from dalt.core.records import BadInput, BadSettings, Suggestion, UnknownClass, UnknownSample
from dalt.storage.store import Store
from dalt.widgets import LabelPage

PATIENCE = 60.0


class Page:
    """The browser's side of a page: remembers what it was told."""

    def __init__(self, widget: LabelPage) -> None:
        self.widget = widget
        self.heard: list[dict[str, Any]] = []
        widget.send = self._hear

    def _hear(self, content: dict[str, Any], _buffers: list[bytes] | None = None) -> None:
        self.heard.append(content)

    def send(self, type: str, **content: Any) -> None:
        deliver(self.widget.comm, {"type": type, "page": "one", **content})

    def last(self, type: str) -> dict[str, Any]:
        return [message for message in self.heard if message["type"] == type][-1]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    """Forty rows in two clear classes, embedded as they are."""
    made = dalt.Project.create(tmp_path / "two.dalt", classes=["low", "high"], seed=0)
    made.add_table(pd.DataFrame({"x": range(40)}))
    given = np.where(np.arange(40) < 20, -1.0, 1.0) + np.arange(40) / 1_000
    made.add_embeddings(np.stack([given, np.ones(40)], axis=1).astype(np.float32))
    with made:
        yield made


@pytest.fixture
def store(project: dalt.Project) -> Iterator[Store]:
    with open_store(project.folder) as opened:
        yield opened


def ids_of(project: dalt.Project) -> list[str]:
    return list(project.samples().sample_id)


def say(project: dalt.Project, who: str, sample_id: str, label: str | None) -> None:
    """An answer without having been asked."""
    key = f"{who}:{sample_id}:{label}"
    project.session(who).answer(sample_id, label, key=key, suggestion=Suggestion())


def change(project: dalt.Project, old: str, new: str) -> None:
    path = project.folder / "project.toml"
    beside = path.with_suffix(".new")
    beside.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    beside.replace(path)  # another file, so that it is read again whatever the clock says


# --- gold -----------------------------------------------------------------------------


def test_everybody_is_asked_each_gold_sample_once_and_not_told(project: dalt.Project) -> None:
    gold = dict.fromkeys(ids_of(project)[:6], "low")
    assert project.set_gold(gold) == 6
    change(project, "[labeling]", "[labeling]\ngold_share = 0.8")
    for name in ("ana", "ben"):
        with project.session(name) as session:
            asked = []
            before = session.standing()
            for n in range(15):
                assignment = session.next()
                assert assignment is not None and assignment.draw is not None
                asked.append((assignment.sample.id, assignment.draw.kind))
                session.submit(assignment, "low")
                # The progress moves on with every answer: a pause would tell.
                standing = session.standing()
                assert standing.n_labelled == before.n_labelled + n + 1
            drawn = [sample_id for sample_id, kind in asked if kind == "gold"]
            assert set(drawn) == gold.keys() and len(drawn) == 6
    board = project.board().set_index("annotator")
    assert board.gold.to_dict() == {"ana": 1.0, "ben": 1.0}
    assert board.gold_n.to_dict() == {"ana": 6, "ben": 6}


def test_without_gold_samples_are_drawn_as_before(tmp_path: Path) -> None:
    drawn = []
    for share in ("0.0", "0.9"):
        with dalt.Project.create(tmp_path / f"{share}.dalt", classes=["a", "b"], seed=3) as project:
            project.add_texts([f"text {i}" for i in range(30)])
            change(project, "[labeling]", f"[labeling]\ngold_share = {share}")
            session = project.session("ana")
            drawn.append([session.next().sample.id for _ in range(20)])  # type: ignore[union-attr]
    assert drawn[0] == drawn[1]


def test_a_wrong_answer_to_gold_teaches_nothing_and_is_told_on_the_board(
    project: dalt.Project, store: Store
) -> None:
    first, *rest = ids_of(project)
    project.set_gold({first: "low"})
    change(project, "[labeling]", "[labeling]\ngold_share = 1.0")
    with project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None and assignment.sample.id == first
        session.submit(assignment, "high")
        for sample_id in rest[::6]:
            say(project, "ana", sample_id, "low" if rest.index(sample_id) < 19 else "high")
    learned = store.labels.label_set(["low", "high"])
    assert 0 not in learned.positions
    project.trainer.wait(PATIENCE)
    suggested = project.suggest([first])
    assert suggested.label.iloc[0] == "low"
    assert suggested.probability.iloc[0] < 1, "the known answer was not learned either"
    row = project.board().iloc[0]
    assert (row.gold, row.gold_n) == (0.0, 1)
    assert 0 < row.gold_high < 1
    assert project.status()["accuracy"] is None, "gold is no uniform draw"
    found = project.consensus().set_index("sample_id").loc[first]
    assert (found.label, found.source, found.agreement) == ("low", "gold", 0.0)
    assert project.labels().set_index("sample_id").loc[first, "label"] == "high"


def test_gold_is_taken_out_again_and_asked_like_others(project: dalt.Project) -> None:
    first = ids_of(project)[0]
    project.set_gold({first: "low"})
    assert project.status()["gold"] == 1 and project.status()["labelled"] == 1
    project.set_gold({first: None})
    assert project.status()["gold"] == 0 and project.status()["labelled"] == 0
    assert list(project.history().kind) == ["gold", "gold"]


def test_gold_comes_all_or_none(project: dalt.Project) -> None:
    first = ids_of(project)[0]
    with pytest.raises(UnknownSample, match="no sample 'nowhere'"):
        project.set_gold({first: "low", "nowhere": "low"})
    with pytest.raises(UnknownClass):
        project.set_gold({first: "middling"})
    assert project.status()["gold"] == 0


def test_gold_from_a_file(
    project: dalt.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *_ = ids_of(project)
    source = project.samples().source[1]
    path = tmp_path / "gold.csv"
    path.write_text(f"sample_id,source,label\n{first},,low\n,{source},high\n", "utf-8")
    assert main(["gold", str(project.folder), str(path)]) == 0
    assert "2 gold samples" in capsys.readouterr().out
    gold = project.consensus().set_index("sample_id").label.to_dict()
    assert gold == {first: "low", second: "high"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nowhere,low", "Line 2 of {path!r}: 'nowhere' is no sample of this project"),
        ("{first},middling", "Line 2 of {path!r}: There is no class 'middling'"),
        ("{first},low\n{first},high", "Line 3 of {path!r} gives a second label"),
    ],
)
def test_gold_files_are_refused_by_line(
    project: dalt.Project, tmp_path: Path, line: str, message: str
) -> None:
    first = ids_of(project)[0]
    path = tmp_path / "gold.csv"
    path.write_text("sample_id,label\n" + line.format(first=first) + "\n", "utf-8")
    with pytest.raises(BadInput) as refused:
        project.set_gold(path)
    assert message.format(path=str(path)) in str(refused.value)
    assert project.status()["gold"] == 0


def test_an_undone_gold_answer_is_asked_again_as_gold(project: dalt.Project) -> None:
    first = ids_of(project)[0]
    project.set_gold({first: "low"})
    change(project, "[labeling]", "[labeling]\ngold_share = 1.0")
    session = project.session("ana")
    session.submit(session.next(), "high")  # type: ignore[arg-type]
    [again] = session.undo()
    assert again.sample.id == first
    assert again.draw is not None and again.draw.kind == "gold"
    session.submit(again, "low")
    assert project.board().gold.tolist() == [1.0]


# --- adjudication ---------------------------------------------------------------------


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


# --- agreement, board, export ---------------------------------------------------------


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


# --- blind mode -----------------------------------------------------------------------


def teach(project: dalt.Project) -> None:
    ids = ids_of(project)
    for position in (0, 1, 2, 37, 38, 39):
        say(project, "ben", ids[position], "low" if position < 20 else "high")
    project.trainer.wait(PATIENCE)


def test_who_labels_blind_sees_no_suggestion_and_the_event_says_so(project: dalt.Project) -> None:
    teach(project)
    for session in (project.session("ana", blind=True), project.session("ben")):
        assignment = session.next()
        assert assignment is not None
        blind = session.annotator == "ana"
        assert (assignment.suggestion.top is None) == blind
        assert (session.suggest(assignment.sample.id).top is None) == blind
        event = session.submit(assignment, "low")
        assert (event.suggested is None) == (event.snapshot is None) == blind
        assert event.mode == ("blind" if blind else "single")
        assert (session.next_page() is None) == blind


def test_settings_name_who_is_blind_and_of_which_samples_everybody(project: dalt.Project) -> None:
    teach(project)
    change(project, "[labeling]", '[blind]\nannotators = ["ana"]\nshare = 0.4\n\n[labeling]')
    ana, cem = project.session("ana"), project.session("cem")
    assert ana.blind and not cem.blind
    ids = ids_of(project)
    hidden = [sample_id for sample_id in ids if cem.hides(sample_id)]
    assert 5 < len(hidden) < 30
    assert [id for id in ids if project.session("dan").hides(id)] == hidden, "the same for all"
    for sample_id in ids:
        assert ana.suggest(sample_id).top is None
        assert (cem.suggest(sample_id).top is None) == (sample_id in hidden)
    seen = []
    while (page := cem.next_page()) is not None:
        seen += [each.sample.id for each in page.assignments]
        cem.verify(page)
    assert seen and not set(seen) & set(hidden), "a page is a suggestion, too"


def test_what_was_on_screen_counts_when_the_settings_changed_meanwhile(
    project: dalt.Project,
) -> None:
    teach(project)
    session = project.session("ana")
    assignment = session.next()
    assert assignment is not None and assignment.suggestion.top is not None
    change(project, "[labeling]", '[blind]\nannotators = ["ana"]\n\n[labeling]')
    event = session.submit(assignment, "low")
    assert event.mode == "single" and event.suggested is not None


def test_a_blind_page_gets_no_hint(project: dalt.Project) -> None:
    teach(project)
    page = Page(project.label(annotator="ana", blind=True))
    page.send("ready")
    setup, samples = page.last("setup"), page.last("samples")["samples"]
    assert setup["blind"] is True and setup["standing"]["quicker"] is None
    assert all(each["suggestion"]["classes"] == [] for each in samples)
    page.send("pages", size=12)
    assert page.last("pages")["pages"] == []
    assert page.last("pages")["nothing"]
    assert project.session("ana", blind=True).review(PATIENCE) == []


def test_agreement_of_blind_labels_alone(project: dalt.Project) -> None:
    ids = ids_of(project)
    for name in ("ana", "ben"):
        session = project.session(name, blind=True)
        for sample_id in ids[:4]:
            session.answer(sample_id, "low", key=f"{name}{sample_id}", suggestion=Suggestion())
    say(project, "cem", ids[0], "high")
    assert project.agreement(resamples=10, blind=True).percent.tolist() == [1.0, 1.0]
    assert project.agreement(resamples=10).percent[0] < 1


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("annotators = 'ana'", "annotators is a list of names"),
        ("share = 2", "share is a share from 0 to 1, not 2"),
        ("shares = 0.1", "unknown setting 'shares'. Did you mean 'share'?"),
    ],
)
def test_blind_settings_are_checked(project: dalt.Project, table: str, message: str) -> None:
    change(project, "[labeling]", f"[blind]\n{table}\n\n[labeling]")
    with pytest.raises(BadSettings, match=message.replace("?", r"\?")):
        dalt.Project.open(project.folder)


def test_a_gold_share_is_a_share(project: dalt.Project) -> None:
    change(project, "[labeling]", '[labeling]\ngold_share = "a half"')
    with pytest.raises(BadSettings, match="gold_share is a share from 0 to 1"):
        dalt.Project.open(project.folder)

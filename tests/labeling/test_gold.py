"""Gold samples: who is asked them, what they teach and where they come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from two_classes import PATIENCE, change, ids_of, say

import dalt
from dalt.cli import main
from dalt.core.records import BadInput, UnknownClass, UnknownSample
from dalt.storage.store import Store


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

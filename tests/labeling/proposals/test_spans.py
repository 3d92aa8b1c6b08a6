"""Marking spans of texts, without a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dalt
from dalt.core.records import BadInput, Region, UnknownClass
from dalt.labeling.proposals.spans import SpanModel

TEXTS = [
    "Ana met Bob in Oslo. 🎉 They flew to Rome.",
    "Bob wrote to Ana from Rome about the weather.",
    "The weather in Oslo was fine, said Bob.",
    "שלום Ana, how is Rome?",
    "Nobody knows Carol, but Carol knows Oslo.",
]
PEOPLE, PLACES = ("Ana", "Bob", "Carol"), ("Oslo", "Rome")


def truth(text: str) -> list[Region]:
    found = []
    for label, names in (("person", PEOPLE), ("place", PLACES)):
        for name in names:
            at = text.find(name)
            while at >= 0:
                found.append(Region("span", label, start=at, end=at + len(name)))
                at = text.find(name, at + 1)
    return sorted(found, key=lambda region: region.start)


@pytest.fixture
def project(tmp_path: Path) -> dalt.Project:
    made = dalt.Project.create(tmp_path / "t.dalt", classes=["person", "place"], task="spans")
    made.add_texts(TEXTS, progress=False)
    return made


def test_spans_are_recorded_proposed_and_exported(project: dalt.Project, tmp_path: Path) -> None:
    with project, project.session(annotator="ana") as session:
        proposed = []
        while (assignment := session.next()) is not None:
            text = session.display(assignment.sample).text
            proposals = [each.region for each in session.propose(assignment.sample)]
            proposed.append((proposals, truth(text)))
            event = session.submit(assignment, truth(text))
            assert event.label == tuple(truth(text))
        assert proposed[0][0] == []  # nothing is learned yet
        right = sum(region in said for found, said in proposed[2:] for region in found)
        assert right >= sum(len(said) for _, said in proposed[2:]) / 2
        labels = project.labels().set_index("sample_id").label
        assert len(labels) == len(TEXTS) and isinstance(labels.iloc[0], list)
        project.export(tmp_path / "out.csv")
        project.export(tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    said = [Region.from_json(each) for each in json.loads(lines[0])["label"]]
    assert said and all(region.shape == "span" for region in said)
    assert '""shape"": ""span""' in (tmp_path / "out.csv").read_text("utf-8")
    with dalt.Project.open(tmp_path / "t.dalt") as again:
        assert again.session(annotator="bob").task == "spans"
        assert again.labels().label.tolist()[0] == labels.iloc[0]


def test_nothing_to_mark_is_an_answer_and_undo_takes_it_back(project: dalt.Project) -> None:
    with project, project.session(annotator="ana") as session:
        assignment = session.next()
        assert assignment is not None
        assert session.submit(assignment, []).label == ()
        assert project.labels().label.tolist() == [[]]
        session.undo()
        assert len(project.labels()) == 0


def test_what_was_proposed_stands_with_the_event(project: dalt.Project) -> None:
    with project, project.session(annotator="ana") as session:
        assignment = session.next()
        assert assignment is not None
        shown = [Region("span", "person", start=0, end=3)]
        event = session.answer(
            assignment.sample.id, [], key="k", suggestion=assignment.suggestion, proposed=shown
        )
        assert event.suggested == tuple(shown)


def test_the_model_follows_what_is_taken_back(project: dalt.Project) -> None:
    with project, project.session(annotator="ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, truth(session.display(assignment.sample).text))
        assert session.propose(assignment.sample)
        session.undo()
        assert session.propose(assignment.sample) == ()


@pytest.mark.parametrize(
    ("label", "error", "says"),
    [
        ("person", BadInput, "a list of Region"),
        ([{"shape": "span"}], BadInput, "a list of Region"),
        ([{"shape": "span", "label": "person", "start": 5, "end": 5}], BadInput, "is not a span"),
        ([{"shape": "span", "label": "persn", "start": 0, "end": 3}], UnknownClass, "persn"),
        ([{"shape": "span", "label": "person", "start": 0, "end": 999}], BadInput, "beyond"),
        ([Region("point", "person", points=((1, 2),))], BadInput, "of shape span"),
    ],
)
def test_wrong_answers_are_refused(
    project: dalt.Project, label: object, error: type[Exception], says: str
) -> None:
    with project, project.session(annotator="ana") as session:
        assignment = session.next()
        assert assignment is not None
        with pytest.raises(error, match=says):
            session.submit(assignment, label)  # type: ignore[arg-type]
        assert len(project.history()) == 0


def test_a_wrong_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(dalt.BadSettings, match=r"task is one of .*, not 'bxes'"):
        dalt.Project.create(tmp_path / "a.dalt", classes=["a"], task="bxes")  # type: ignore[arg-type]
    with pytest.raises(dalt.BadSettings, match="multi_label"):
        dalt.Project.create(tmp_path / "a.dalt", classes=["a"], task="spans", multi_label=True)


def test_a_renamed_class_takes_its_spans_along(project: dalt.Project) -> None:
    with project, project.session(annotator="ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, truth(session.display(assignment.sample).text))
        project.rename_class("person", "human")
        labels = {each["label"] for each in project.labels().label[0]}
        assert labels == {"human", "place"}
        assert {each.region.label for each in session.propose(assignment.sample)} <= labels


@given(st.text(max_size=60), st.data())
def test_learning_and_forgetting_leaves_nothing(text: str, data: st.DataObject) -> None:
    spans = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)
    places = data.draw(st.lists(spans, max_size=4))
    regions = [
        Region("span", "a", start=start, end=min(end, len(text)))
        for start, end in places
        if start < min(end, len(text))
    ]
    model = SpanModel(("a", "b"))
    model.learn(text, regions)
    for each in model.propose(text):
        assert 0 <= each.region.start < each.region.end <= len(text)
        assert 0.5 <= each.probability <= 1
    model.forget(text, regions)
    assert model.propose(text) == [] and model.rank(text, 0, 1) == []


def test_offsets_count_code_points() -> None:
    model = SpanModel(("person",))
    model.learn("🎉 Ana 🎉", [Region("span", "person", start=2, end=5)])
    text = "👩‍👩‍👧 met Ana"
    [found] = model.propose(text)
    assert text[found.region.start : found.region.end] == "Ana"


def test_a_long_span_makes_no_others_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A marked paragraph once had every run of words up to its length looked at."""
    text = " ".join(f"word{number % 700}" for number in range(2_000))
    model = SpanModel(("person",))
    model.learn(text, [Region("span", "person", start=0, end=text.index("word300") - 1)])
    model.learn("so said Ana", [Region("span", "person", start=8, end=11)])
    looked: list[str] = []

    def look(surface: str) -> str:
        looked.append(surface)
        return surface

    monkeypatch.setattr("dalt.labeling.proposals.spans._plain", look)
    model.propose(text)
    assert len(looked) < 3 * 2_000
    monkeypatch.undo()
    assert 7 in [each.region.start for each in model.propose("We met Ana")]

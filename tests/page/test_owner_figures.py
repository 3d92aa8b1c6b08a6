"""The kernel's half of the owner's page: what it says, to whom, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
from annotation_faces import Make
from comms import deliver
from sklearn.naive_bayes import GaussianNB
from waiting import until

import dalt
from dalt.core.records import Suggestion
from dalt.page.owner import background
from dalt.page.protocol import FROM_PAGE, by_type
from dalt.page.protocol.owner import FROM_OWNER, ToOwner
from dalt.study.analysis import units as analysed
from dalt.study.analysis.simulated import Scenario, frame_of, simulated_study

TO_OWNER = by_type(get_args(ToOwner))


class Opened:
    """An owner's page that keeps what it is told, in the place of a browser."""

    def __init__(self, project: dalt.Project) -> None:
        self.widget = project.overview("olga")
        self.connection = self.widget.comm
        self.heard: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self.widget.send = self._hear

    def _hear(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        # What the page is told is what the protocol declares.
        msgspec.convert(content, TO_OWNER[content["type"]])
        with self._lock:
            self.heard.append(content)

    def say(self, type: str, **content: Any) -> None:
        deliver(self.connection, {"type": type, "page": "page-1", **content})

    def told(self, type: str, fits: Callable[[Any], bool] = bool) -> dict[str, Any]:
        """Wait for a message of a type that fits; returns the newest."""

        def newest() -> dict[str, Any] | None:
            with self._lock:
                found = [each for each in self.heard if each["type"] == type and fits(each)]
            return found[-1] if found else None

        until(lambda: newest() is not None, f"nothing of {type} was said that fits")
        said = newest()
        assert said is not None
        return said


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait as long as people need to read."""
    monkeypatch.setattr(background, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(background, "APART_SECONDS", 0.05)
    monkeypatch.setattr(background, "REST", 0)


@pytest.fixture
def open_page() -> Iterator[Callable[[dalt.Project], Opened]]:
    made: list[Opened] = []

    def opened(project: dalt.Project) -> Opened:
        page = Opened(project)
        made.append(page)
        page.say("ready")
        return page

    yield opened
    for each in made:
        each.widget.close()


def answers(project: dalt.Project, name: str, said: dict[str, str]) -> None:
    with project.session(name) as session:
        for sample_id, label in said.items():
            key = f"{name}{sample_id}"
            session.answer(sample_id, label, key=key, suggestion=Suggestion(), active_seconds=2.0)


def test_an_empty_project_has_figures(
    tmp_path: Path, open_page: Callable[[dalt.Project], Opened]
) -> None:
    with dalt.Project.create(tmp_path / "empty.dalt", classes=["a", "b"]) as project:
        page = open_page(project)
        nothing_said(page)
        assert page.told("owner_help")["hides"], "new projects hide a twentieth"


def nothing_said(page: Opened) -> None:
    progress = page.told("owner_progress")
    assert progress["n_samples"] == progress["left"] == 0
    assert progress["accuracy"] is None and progress["curve"] == []
    assert page.told("owner_people")["people"] == []
    agreement = page.told("owner_agreement")
    assert agreement["comparable"] and agreement["alpha"] is None and agreement["pairs"] == []
    assert page.told("owner_confusion")["people"] == []
    assert page.told("owner_disputed")["n"] == 0
    assert page.told("owner_search") == {"type": "owner_search", "running": False, "said": ""}


def test_one_annotator_agrees_with_nobody(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    project = make()
    ids = list(project.samples().sample_id)
    answers(project, "ana", dict.fromkeys(ids[:3], project.classes[0].name))
    page = open_page(project)
    (ana,) = page.told("owner_people")["people"]
    assert ana["annotator"] == "ana" and ana["labels"] == 3
    assert ana["seconds"] is None, "three are too few for an interval"
    assert ana["agreement"] is None and ana["gold"] is None
    assert page.told("owner_agreement")["alpha"] is None


def test_the_owner_is_told_of_gold_as_the_command_line_is(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    project = make()
    ids = list(project.samples().sample_id)
    name = project.classes[0].name
    project.set_gold(dict.fromkeys(ids[:2], name))
    answers(project, "ana", {ids[2]: name})
    page = open_page(project)
    progress = page.told("owner_progress")
    assert progress["n_labelled"] == project.status()["labelled"] == 3
    assert progress["left"] == len(ids) - 3
    assert f"3 of {len(ids)} samples labelled" in str(page.widget._repr_mimebundle_())


@pytest.mark.parametrize("task", ["boxes", "spans"])
def test_what_cannot_be_compared_is_left_out(
    make: Make, open_page: Callable[[dalt.Project], Opened], task: Any
) -> None:
    project = make(task)
    with project.session("ana") as session:
        asked = session.next()
        assert asked is not None
        session.submit(asked, [])
    page = open_page(project)
    for type in ("owner_agreement", "owner_confusion", "owner_disputed", "owner_doubtful"):
        assert page.told(type)["comparable"] is False, type
    assert page.told("owner_people")["people"][0]["labels"] == 1
    assert [each for each in page.heard if each["type"] == "owner_trouble"] == []


def test_labels_of_others_come_by_themselves_while_somebody_looks(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    project = make()
    first, second, *_ = project.samples().sample_id
    name = project.classes[0].name
    page = open_page(project)
    page.told("owner_people")
    answers(project, "ana", {first: name})
    page.told("owner_people", lambda said: len(said["people"]) == 1)
    page.told("owner_progress", lambda said: said["n_labelled"] == 1)
    page.say("bye")
    answers(project, "ben", {second: name})
    page.say("ready")
    page.told("owner_people", lambda said: len(said["people"]) == 2)


def test_nothing_is_computed_while_nobody_looks() -> None:
    version, refreshed, done = [0], list[int](), threading.Event()
    work = background.Background(lambda: version[0], lambda: refreshed.append(version[0]))
    work.look(True)
    until(lambda: refreshed == [0], "it did not begin with a refresh")
    version[0] = 1
    until(lambda: refreshed == [0, 1], "the change was not noticed")
    work.look(False)
    version[0] = 2
    work.poke()
    work.later(done.set)
    assert done.wait(30)
    assert refreshed == [0, 1]
    work.look(True)
    until(lambda: refreshed == [0, 1, 2], "who comes back sees what was")
    work.close()


def test_disputes_are_listed_with_who_said_what_and_decided(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    project = make()
    first, second, *_ = project.samples().sample_id
    one, other = (each.name for each in project.classes[:2])
    answers(project, "ana", {first: one, second: one})
    answers(project, "ben", {first: other, second: one})
    answers(project, "cem", {first: one, second: one})
    page = open_page(project)
    (entry,) = page.told("owner_disputed")["entries"]
    assert entry["sample_id"] == first and entry["small"]["kind"] == "image"
    assert entry["said"] == [
        {"label": one, "annotators": ["ana", "cem"]},
        {"label": other, "annotators": ["ben"]},
    ]
    (pair, *_) = page.told("owner_agreement", lambda said: said["pairs"])["pairs"]
    assert pair["annotators"] == ["ana", "ben"] and pair["n"] == 2
    ben = page.told("owner_confusion")["people"][1]
    assert ben["annotator"] == "ben" and np.trace(ben["counts"]) == 1
    data, _ = page.widget._repr_mimebundle_()
    alpha = page.told("owner_agreement", lambda said: said["alpha"])["alpha"]["value"]["value"]
    assert f"3 people · agreement (Krippendorff&#x27;s alpha) {alpha:.2f}<" in data["text/html"]
    assert "2 of 8 samples labelled" in data["text/plain"]
    page.say("owner_open", sample_id=second)
    assert page.told("owner_opened")["entry"]["sample"]["id"] == second
    page.say("adjudicate", key="k1", sample_id=first, label=other)
    page.told("noted", lambda said: said["key"] == "k1")
    assert page.told("owner_disputed", lambda said: said["n"] == 0)["entries"] == []
    assert page.told("owner_progress", lambda said: said["n_adjudicated"] == 1)
    (decision,) = project.workspace.store.adjudications.decisions()
    assert (decision.annotator, decision.label) == ("olga", other)


def test_doubtful_labels_are_confirmed_and_not_listed_again(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    project = make(n=24)
    ids = list(project.samples().sample_id)
    one, other = (each.name for each in project.classes[:2])
    points = np.zeros((24, 2), np.float32)
    points[12:] = 5
    points += np.random.default_rng(0).normal(size=points.shape) / 5
    project.add_embeddings(points)
    said = {id: one if i < 12 else other for i, id in enumerate(ids)}
    answers(project, "ana", said | {ids[3]: other})
    page = open_page(project)
    found = page.told("owner_doubtful")
    (entry,) = found["entries"]
    assert (entry["sample_id"], entry["annotator"]) == (ids[3], "ana")
    assert (entry["label"], entry["suggested"]) == (other, one)
    assert found["judged"] == 24
    page.say("confirm", key="k1", event_id=entry["event_id"])
    page.told("noted", lambda said: said["key"] == "k1")
    page.say("owner_review")
    assert page.told("owner_doubtful", lambda said: said["n"] == 0)["judged"] == 23


def test_a_project_without_embeddings_says_why_no_label_is_doubted(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    project = make()
    answers(project, "ana", {project.samples().sample_id[0]: "ball"})
    trouble = open_page(project).told("owner_trouble")
    assert trouble["section"] == "doubtful" and "encode" in trouble["message"]


def test_a_message_that_makes_no_sense_is_refused(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    page = open_page(make())
    page.say("adjudicate", key="k1", sample_id=3, label="x")
    failed = page.told("failed")
    assert failed["key"] == "k1" and "makes no sense" in failed["message"]
    page.say("adjudicate", key="k2", sample_id="none", label="ball")
    assert page.told("refused")["key"] == "k2"


def test_the_labeling_page_does_not_take_what_only_owners_say() -> None:
    assert {name for name in FROM_OWNER if name.startswith("owner_")} & FROM_PAGE.keys() == set()


def test_whether_suggestions_help_is_said_once_there_is_enough(
    make: Make, open_page: Callable[[dalt.Project], Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make()
    silent = open_page(project).told("owner_help")
    assert silent["said"] is None and (silent["treated"], silent["control"]) == (0, 0)
    assert silent["study"] is None and not silent["hides"]
    units = simulated_study(Scenario(gold=0.5), 5).units
    columns = {name: values.tolist() for name, values in frame_of(units).items()}
    monkeypatch.setattr(analysed, "columns_of_events", lambda *_: columns)
    said = open_page(project).told("owner_help")
    assert said["said"]["verdict"] == "saves" and said["said"]["annotators"] == 3
    assert said["said"]["accuracy"]["source"] == "gold"
    assert said["treated"] + said["control"] == len(units)


def test_accuracy_is_judged_by_the_margin_of_the_study_that_is_analysed(
    make: Make, open_page: Callable[[dalt.Project], Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make()
    for margin in (0.3, 0.02):  # of which only the first has labels
        project.study(["suggestions", "none"], gold_share=0.0, margin=margin)
        project.end_study()
    units = simulated_study(Scenario(gold=0.5), 5).units
    columns = {name: values.tolist() for name, values in frame_of(units).items()}
    columns["study"] = [1] * len(columns["event_id"])
    monkeypatch.setattr(analysed, "columns_of_events", lambda *_: columns)
    assert open_page(project).told("owner_help")["said"]["accuracy"]["margin"] == 0.3


def test_a_running_study_is_told_of(
    make: Make, open_page: Callable[[dalt.Project], Opened]
) -> None:
    project = make()
    page = open_page(project)
    page.told("owner_help")
    study = project.study(["suggestions", "none"], gold_share=0.0)
    assert study is not None
    told = page.told("owner_help", lambda each: each["study"] is not None)["study"]
    assert told == {
        "number": 1,
        "conditions": ["suggestions", "none"],
        "labelled": 0,
        "planned": study.plan.n_labels,
    }


def test_a_certified_finish_is_said_as_soon_as_it_is_begun(
    tmp_path: Path, open_page: Callable[[dalt.Project], Opened]
) -> None:
    places = np.arange(120)
    with dalt.Project.create(
        tmp_path / "f.dalt", classes=["low", "high"], head=GaussianNB()
    ) as project:
        ids = project.add_texts([f"text {place}" for place in places], progress=False)
        project.add_embeddings(np.c_[places / 120.0, places % 7], progress=False)
        chosen = places[::5]
        said = {ids[place]: "low" if place < 60 else "high" for place in chosen.tolist()}
        answers(project, "ana", said)
        page = open_page(project)
        assert page.told("owner_finish")["said"] is None
        begun = project.finish(max_error=0.3)
        told = page.told("owner_finish", lambda each: each["said"] is not None)["said"]
        assert (told["state"], told["least"]) == ("running", begun.least_more)
        project.void_certificate("Somebody gave it up.")
        ended = page.told("owner_finish", lambda each: (each["said"] or {}).get("why", "") != "")
        told = ended["said"]
        assert (told["why"], told["state"]) == ("Somebody gave it up.", "ended")

"""Proposals of regions: the parts alone."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stored import open_store
from two_classes import Page

import dalt
from dalt.core.records import Region, Sample, Suggestion
from dalt.core.settings import project_file
from dalt.core.settings.project_file import LiveSettings
from dalt.data.sources import Raw, SampleFiles
from dalt.labeling.arms import PageArms
from dalt.labeling.context import SessionContext
from dalt.labeling.marking import RegionLearner, RegionProposer
from dalt.labeling.proposals.sample_models import PictureCache, SampleModels
from dalt.labeling.responses import Response, ResponseChecker
from dalt.labeling.suggesting import Suggester

TEXTS = [f"Ana met {name} in Oslo." for name in ("Ben", "Eva", "Kim", "Lee", "Max", "Sam")]
ANA = Region("span", "person", start=0, end=3)
PATIENCE = 60.0


def squares(n: int) -> np.ndarray:
    """Bright squares on dark ground, each another picture."""
    pictures = np.zeros((n, 40, 40), np.uint8)
    for at, picture in enumerate(pictures):
        picture[10 + at % 5 : 22 + at % 5, 8:20] = 180 + at
    return pictures


def square(at: int) -> Region:
    return Region("box", "square", ((8.0, 10.0 + at % 5), (20.0, 22.0 + at % 5)))


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["person"], task="spans") as project:
        project.add_texts(TEXTS, progress=False)
        yield project


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["square"], task="boxes") as project:
        project.add_images(squares(12), progress=False)
        yield project


def answer(project: dalt.Project, sample_id: str, regions: list[Region]) -> None:
    key = f"{sample_id}:{len(project.history())}"
    with project.session("ben") as session:
        session.answer(sample_id, regions, key=key, suggestion=Suggestion())


def test_a_learner_learns_what_holds_and_unlearns_what_does_not(texts: dalt.Project) -> None:
    ids = list(texts.samples().sample_id)
    live = LiveSettings(texts.folder, project_file.load(texts.folder))
    with open_store(texts.folder) as store:
        context = SessionContext(live, store, "ana")
        classes = context.settings.class_set
        model = SampleModels(SampleFiles(texts.folder)).new(classes)
        learner = RegionLearner(context, classes, model)
        for sample_id in ids[:3]:
            answer(texts, sample_id, [ANA])
        behind = [learner.is_behind]  # it looks only when it is told to
        for step in (learner.look, lambda: learner.learn(1), learner.learn):
            step()
            behind.append(learner.is_behind)
        assert behind == [False, True, True, False]
        sample = store.samples.get(ids[5])
        assert [each.region for each in learner.propose(sample)] == [ANA]
        for sample_id in ids[:3]:
            answer(texts, sample_id, [])
        learner.look()
        learner.learn()
        assert learner.propose(sample) == []


def test_a_sample_whose_file_is_gone_is_passed_over(tmp_path: Path) -> None:
    photos = [tmp_path / f"{at}.png" for at in range(8)]
    for picture, path in zip(squares(8), photos, strict=True):
        Image.fromarray(picture).save(path)
    with dalt.Project.create(tmp_path / "p.dalt", classes=["square"], task="boxes") as project:
        ids = project.add_images(photos, progress=False).ids
        for at in range(6):
            answer(project, ids[at], [square(at)])
        for path in photos[:2]:
            path.unlink()
        session = project.session("ana")
        session.catch_up(PATIENCE)
        [proposal, *_] = session.propose(session.sample(ids[7]))
        assert proposal.region.label == "square"


def test_who_sees_no_suggestions_gets_no_proposals(texts: dalt.Project) -> None:
    ids = list(texts.samples().sample_id)
    for sample_id in ids[:3]:
        answer(texts, sample_id, [ANA])
    live = LiveSettings(texts.folder, project_file.load(texts.folder))
    with open_store(texts.folder) as store:
        context = SessionContext(live, store, "ana")
        models, sample = SampleModels(SampleFiles(texts.folder)), store.samples.get(ids[5])
        seeing = RegionProposer(context, models, Suggester(context, texts.trainer))
        assert [each.region for each in seeing.propose(sample)] == [ANA]
        assert seeing.suggest_region(sample, ANA).top == "person"
        blind = RegionProposer(context, models, Suggester(context, texts.trainer, blind=True))
        assert blind.propose(sample) == ()
        assert blind.suggest_region(sample, ANA) == Suggestion()


def test_the_arm_is_recorded_once_there_are_regions_to_propose(tmp_path: Path) -> None:
    settings = {"blind": {"share": 0.5}}
    folder = tmp_path / "t.dalt"
    made = dalt.Project.create(folder, classes=["person"], task="spans", settings=settings)
    with made as project, open_store(folder) as store:
        project.add_texts(TEXTS, progress=False)
        ids = list(project.samples().sample_id)
        live = LiveSettings(folder, project_file.load(folder))
        context, files = SessionContext(live, store, "ana"), SampleFiles(folder)
        page = Suggester(context, project.trainer, arms=PageArms(context))
        proposer = RegionProposer(context, SampleModels(files), page)
        checker = ResponseChecker(context, files, page, proposer)

        def arms() -> list[object]:
            for sample_id in ids:
                proposer.propose(store.samples.get(sample_id))
            said = [
                Response(sample_id=each, label=[], key="k", suggestion=Suggestion(), proposed=[])
                for each in ids
            ]
            return [checker.checked(each).arm for each in said]

        answer(project, ids[0], [])
        assert arms() == [None] * len(ids), "nothing could have been proposed"
        answer(project, ids[0], [ANA])
        assert arms() == [page.arm(each) for each in ids]
        assert set(arms()) == {"suggestions", "none"}
        shown = Page(project.label(annotator="eva"))
        shown.send("ready")
        [first, *_] = shown.last("samples")["samples"]
        shown.send(
            "answer", sample_id=first["id"], label=[], key="eva", suggestion=first["suggestion"],
            proposed=[], shown_at=None, active_ms=900, mode="single",
        )  # fmt: skip
        [recorded] = project.history().query("annotator == 'eva'").arm
        assert recorded == page.arm(first["id"])


def test_nobody_learns_for_a_session_that_is_gone(
    pictures: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at, sample_id in enumerate(pictures.samples().sample_id):
        answer(pictures, sample_id, [square(at)])
    entered, go_on = threading.Event(), threading.Event()
    learn, learned = RegionProposer.learn_one, []

    def gated(proposer: RegionProposer) -> bool:
        entered.set()
        assert go_on.wait(PATIENCE)
        learned.append(learn(proposer))
        return learned[-1]

    monkeypatch.setattr(RegionProposer, "learn_one", gated)
    before = set(threading.enumerate())
    session = pictures.session("ana")
    session.catch_up(0.0)
    assert entered.wait(PATIENCE)
    [thread] = set(threading.enumerate()) - before
    del session
    gc.collect()
    go_on.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert learned == [True], "one picture was under way; seven were left"


class CountedFiles(SampleFiles):
    """Says which samples were read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read: list[str] = []

    def load(self, sample: Sample, longest: int | None = None) -> Raw:
        self.read.append(sample.id)
        return super().load(sample, longest)


def test_the_newest_pictures_are_kept_for_a_second_look(
    pictures: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalt.labeling.proposals.sample_models._KEPT_PICTURES", 2)
    files = CountedFiles(pictures.folder)
    cache = PictureCache(files)
    with pictures.session("ana") as session:
        one, two, three = map(session.sample, pictures.samples().sample_id[:3])
    first = cache.picture_of(one)
    cache.picture_of(two)
    assert cache.picture_of(one) is first
    cache.picture_of(three)  # the second one was looked at longest ago
    assert cache.picture_of(one) is first
    cache.picture_of(two)
    assert files.read == [one.id, two.id, three.id, two.id]

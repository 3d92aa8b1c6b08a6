"""Marking boxes, polygons and points in pictures, without a page."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

import dalt
from dalt.core.records import BadInput, Region, UnknownClass
from dalt.labeling.proposals.components import connected, smoothed
from dalt.labeling.proposals.regions import RegionModel, describe, look, overlaps

BOX = {"shape": "box", "label": "round", "points": [[4, 5], [14, 15]]}


def pictures(n: int, seed: int = 0, colour: bool = False) -> tuple[np.ndarray, list[list[Region]]]:
    """A filled disc on the left and a cross on the right, at places that differ."""
    random, found, truth = np.random.default_rng(seed), [], []
    for _ in range(n):
        canvas = random.normal(50, 6, (64, 96))
        x, y, far = (int(each) for each in random.integers((5, 5, 55), (20, 35, 70)))
        disc = np.hypot(*(np.mgrid[:20, :20] - 9.5)) < 10
        canvas[y : y + 20, x : x + 20] += 150 * disc
        canvas[y + 8 : y + 12, far : far + 20] += 150
        canvas[y : y + 20, far + 8 : far + 12] = 200
        picture = np.clip(canvas, 0, 255).astype(np.uint8)
        found.append(np.repeat(picture[..., None], 3, axis=2) if colour else picture)
        truth.append(
            [
                Region("box", "round", ((x, y), (x + 20, y + 20))),
                Region("box", "cross", ((far, y), (far + 20, y + 20))),
            ]
        )
    return np.stack(found), truth


def corners(regions: list[Region]) -> np.ndarray:
    return np.array([[*each.points[0], *each.points[-1]] for each in regions], float).reshape(-1, 4)


def made(folder: Path, task: Any = "boxes", n: int = 8) -> tuple[dalt.Project, list[str]]:
    project = dalt.Project.create(folder / "r.dalt", classes=["round", "cross"], task=task)
    return project, project.add_images(pictures(n)[0], progress=False).ids


@pytest.mark.parametrize("colour", [False, True])
def test_boxes_are_proposed_after_two_pictures_and_named_right(
    tmp_path: Path, colour: bool
) -> None:
    project = dalt.Project.create(tmp_path / "r.dalt", classes=["round", "cross"], task="boxes")
    images, truth = pictures(8, colour=colour)
    with project, project.session("ana") as session:
        ids = project.add_images(images, progress=False).ids
        assert session.propose(session.sample(ids[0])) == ()
        assert session.suggest_region(session.sample(ids[0]), truth[0][0]).top is None
        for at in (0, 1):
            session.answer(ids[at], truth[at], key=str(at), suggestion=session.suggest(ids[at]))
        for at in range(2, 8):
            sample = session.sample(ids[at])
            proposed = session.propose(sample)
            shares = [each.probability for each in proposed]
            assert shares == sorted(shares, reverse=True)
            regions = sorted((each.region for each in proposed), key=lambda r: r.points)
            assert [each.label for each in regions] == ["round", "cross"]
            assert (np.diag(overlaps(corners(regions), corners(truth[at]))) > 0.7).all()
            for region in truth[at]:
                assert session.suggest_region(sample, region).top == region.label


@pytest.mark.parametrize("task", ["polygons", "points"])
def test_polygons_and_points_are_proposed(tmp_path: Path, task: str) -> None:
    project, ids = made(tmp_path, task)
    truth = pictures(8)[1]

    def marked(at: int) -> list[Region]:
        return [_as(task, each) for each in truth[at]]

    with project, project.session("ana") as session:
        for at in (0, 1, 2):
            session.answer(ids[at], marked(at), key=str(at), suggestion=session.suggest(ids[at]))
        for at in range(3, 8):
            regions = [each.region for each in session.propose(session.sample(ids[at]))]
            regions.sort(key=lambda region: region.points[0])
            assert [each.label for each in regions] == ["round", "cross"]
            for region, true in zip(regions, truth[at], strict=True):
                middle, meant = np.mean(region.points, axis=0), np.mean(true.points, axis=0)
                assert np.abs(middle - meant).max() < 4
                assert region.shape == task[:-1]


def _as(task: str, box: Region) -> Region:
    (left, top), (right, bottom) = box.points
    if task == "points":
        return Region("point", box.label, (((left + right) / 2, (top + bottom) / 2),))
    points = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Region("polygon", box.label, points)


def test_answers_are_recorded_undone_and_exported(tmp_path: Path) -> None:
    project, _ = made(tmp_path)
    with project, project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        given = [BOX | {"points": [[-1, 5], [14, 65]]}]
        event = session.submit(assignment, given)  # type: ignore[arg-type]
        assert event.label == (Region("box", "round", ((0.0, 5.0), (14.0, 64.0))),)
        project.export(tmp_path / "out.jsonl")
        [line] = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
        assert tuple(map(Region.from_json, json.loads(line)["label"])) == event.label
        session.undo()
        assert len(project.labels()) == 0
        assert session.propose(assignment.sample) == ()
        session.submit(assignment, [])
        assert project.labels().label.tolist() == [[]]
        assert session.propose(assignment.sample) == ()  # nothing of any class is known yet


@pytest.mark.parametrize(
    ("label", "error", "says"),
    [
        ("round", BadInput, "a list of Region"),
        ([BOX | {"points": [[14, 5], [4, 15]]}], BadInput, "is not a box"),
        ([BOX | {"points": [[4, 5], [4, 15]]}], BadInput, "is not a box"),
        ([BOX | {"points": [[4, 5], [float("nan"), 15]]}], BadInput, "pairs of numbers"),
        ([BOX | {"points": [[4, 5], [140, 15]]}], BadInput, "outside its picture of 96 × 64"),
        ([BOX | {"points": [[97, 5], [98, 15]]}], BadInput, "is not a box"),
        ([BOX | {"label": "rund"}], UnknownClass, "rund"),
        ([Region("point", "round", ((1, 2),))], BadInput, "of shape box"),
    ],
)
def test_wrong_answers_are_refused(
    tmp_path: Path, label: Any, error: type[Exception], says: str
) -> None:
    project, _ = made(tmp_path, n=1)
    with project, project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        with pytest.raises(error, match=says):
            session.submit(assignment, label)
        assert len(project.history()) == 0


def test_boxes_in_texts_are_refused(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "r.dalt", classes=["round"]) as project:
        project.add_texts(["no picture"], progress=False)
    file = tmp_path / "r.dalt" / "project.toml"  # as former versions let it be made
    file.write_text(file.read_text().replace('task = "classes"', 'task = "boxes"'))
    project = dalt.Project.open(tmp_path / "r.dalt")
    with project, project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        assert session.propose(assignment.sample) == ()
        with pytest.raises(BadInput, match="samples of kind image"):
            session.submit(assignment, [BOX])  # type: ignore[arg-type]  # as files have it


def test_many_answers_of_before_are_caught_up_with(tmp_path: Path) -> None:
    project, ids = made(tmp_path, n=20)
    truth = pictures(20)[1]
    with project, project.session("ana") as session:
        for at in range(18):
            session.answer(ids[at], truth[at], key=str(at), suggestion=session.suggest(ids[at]))
    with dalt.Project.open(tmp_path / "r.dalt") as again, again.session("bob") as session:
        session.catch_up()
        assert len(session.propose(session.sample(ids[19]))) == 2


def test_large_pictures_are_looked_at_in_small_and_marked_in_their_own_pixels() -> None:
    small, truth = pictures(2)
    model = RegionModel(("round", "cross"), "box")
    model.learn(look(small[0]), truth[0])
    [first, *_] = sorted(model.propose(look(small[1], 10.0)), key=lambda each: each.region.points)
    assert overlaps(corners([first.region]) / 10, corners(truth[1][:1]))[0, 0] > 0.7


def test_crops_at_borders_and_of_no_size_are_described() -> None:
    boxes = np.array([[-5, -5, 3, 3], [95, 63, 96, 64], [10, 10, 10.01, 10.01], [-9, 0, 200, 90]])
    for colour in (False, True):
        found = describe(pictures(1, colour=colour)[0][0], boxes.astype(float))
        assert np.isfinite(found).all() and len(found) == 4
    assert look(np.zeros((1, 1), np.uint8)).places.shape == (0, 4)


def test_what_is_forgotten_leaves_nothing() -> None:
    images, truth = pictures(3)
    looked = [look(image) for image in images]
    once, twice = (RegionModel(("round", "cross"), "box") for _ in range(2))
    once.learn(looked[0], truth[0])
    twice.learn(looked[0], truth[0])
    twice.learn(looked[1], [])
    twice.forget(looked[1], [])
    ones, others = once.propose(looked[2]), twice.propose(looked[2])
    assert ones and [each.region for each in ones] == [each.region for each in others]
    twice.forget(looked[0], truth[0])
    assert twice.propose(looked[2]) == [] and twice.rank(looked[2], truth[2][0]) == []


coordinates = st.floats(-1e6, 1e6)
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9).map(tuple)


@given(polygons, st.text(max_size=5))
def test_regions_come_back_from_json(points: Any, label: str) -> None:
    region = Region("polygon", label, points)
    assert Region.from_json(json.loads(json.dumps(region.to_json()))) == region


def test_digits_need_a_tenth_of_the_actions() -> None:
    path = Path(__file__).parents[3] / "benchmarks" / "regions.py"
    spec = importlib.util.spec_from_file_location("regions_benchmark", path)
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    [result] = bench.measure((30,))
    assert result["recall"] > 0.95 and result["precision"] > 0.85
    assert result["class_of_drawn_right"] > 0.9
    assert result["actions_with_proposals"] < 0.1 * result["actions_without"]


def test_the_trainer_learns_which_classes_are_in_a_picture(tmp_path: Path) -> None:
    project, ids = made(tmp_path, n=12)
    truth = pictures(12)[1]
    with project, project.session("ana") as session:
        project.add_embeddings(np.random.default_rng(0).normal(size=(12, 4)), progress=False)
        for at in range(6):
            said = truth[at][: at % 3]
            session.answer(ids[at], said, key=str(at), suggestion=session.suggest(ids[at]))
        project.trainer.wait(60)
        assert project.trainer.state == "idle"
        assert set(session.suggest(ids[8]).classes) == {"round", "cross"}


@pytest.mark.parametrize("share", [0.1, 0.35, 0.5, 0.7, 1.0])
def test_parts_of_a_mask_are_those_of_scipy(share: float) -> None:
    random = np.random.default_rng(round(100 * share))
    for height, width in ((1, 1), (1, 40), (40, 1), (23, 57), (64, 64)):
        mask = random.random((height, width)) < share
        labels, places = connected(mask)
        expected, n = ndimage.label(mask, np.ones((3, 3)))
        assert len(places) == n
        assert np.array_equal(labels, expected)
        assert places == ndimage.find_objects(expected)


def test_a_picture_is_smoothed_as_by_scipy() -> None:
    picture = np.random.default_rng(0).normal(size=(31, 17)).astype(np.float32)
    expected = ndimage.gaussian_filter(picture, 0.7)
    np.testing.assert_allclose(smoothed(picture, 0.7), expected, atol=1e-5)

"""Simulated annotators through real sessions, and what is made of several."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import dalt
from dalt.labeling.session import Session
from dalt.study.certificates.finish import Finish
from dalt.study.simulation.conditions import CONDITIONS, UNASSISTED, Terms
from dalt.study.simulation.costs import ACTIVITIES, Pace, Tally
from dalt.study.simulation.experiment import Experiment, Run, mean_of, summaries
from dalt.study.simulation.people import Habits, Person

N = 48
CLASSES = ("dark", "bright", "red")


class Copy:
    """A project as a copy of a pool; it counts how often the model learned."""

    def __init__(self, project: dalt.Project) -> None:
        self._project = project
        self._trainer = project.training.stepped()
        self.learned = 0

    def session(self, annotator: str, *, blind: bool = False) -> Session:
        return self._project.session(annotator, blind=blind)

    def learn(self) -> None:
        self.learned += 1
        self._trainer.wait()

    def finish(self, max_error: float) -> Finish:
        return self._project.finish(max_error)

    def certificate(self) -> Finish | None:
        return self._project.certificate()

    def model_labels(self) -> dict[str, str]:
        labels = self._project.labels()
        certified = labels[labels.source == "model"]
        return dict(zip(certified.sample_id, certified.label, strict=True))


@contextmanager
def copy_of(folder: Path, separable: bool = True) -> Iterator[Copy]:
    """A pool whose embeddings tell the classes, or nothing; pages are proposed early in it."""
    with dalt.Project.create(folder, classes=list(CLASSES), uniform_share=1.0) as project:
        project.add_texts([f"text {number}" for number in range(N)], progress=False)
        rows = np.random.default_rng(0).normal(size=(N, 4))
        if separable:
            rows[np.arange(N), np.arange(N) % 3] += 9.0
        project.add_embeddings(rows, progress=False)
        yield Copy(project)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The class of each sample: ids are the same in every copy."""
    folder = tmp_path_factory.mktemp("truth") / "p.dalt"
    with copy_of(folder) as copy, copy.session("look") as session:
        seen = []
        while (assignment := session.next()) is not None:
            seen.append(assignment.sample)
    return {sample.id: CLASSES[sample.position % 3] for sample in seen}


def person(truth: dict[str, str], habits: Habits | None = None) -> Person:
    from dalt.core.records import ClassSpec

    classes = [ClassSpec(name, str(number)) for number, name in enumerate(CLASSES)]
    return Person(truth, classes, habits or Habits(error=0, anchoring=0, missed=0), 0)


def run(copy: Copy, condition: str, who: Person, size: int = 24) -> Tally:
    return CONDITIONS[condition](copy, who, Terms(size), lambda labels: None)


def test_without_suggestions_every_label_costs_a_choice(
    tmp_path: Path, truth: dict[str, str]
) -> None:
    who = person(truth)
    with copy_of(tmp_path / "p.dalt") as copy:
        tally = run(copy, "none", who)
        assert copy.learned == 0
    assert (tally.labels, tally.right, tally.actions, tally.by_page) == (N, N, N, 0)
    assert tally.seconds == pytest.approx(N * who.pace.choose().seconds)
    assert tally.spent["choosing"] == pytest.approx(tally.seconds)


def test_with_suggestions_most_labels_are_accepted(tmp_path: Path, truth: dict[str, str]) -> None:
    who = person(truth)
    with copy_of(tmp_path / "p.dalt") as copy:
        tally = run(copy, "suggestions", who)
    assert (tally.labels, tally.right, tally.actions) == (N, N, N)
    assert tally.spent["accepting"] > 0.7 * N * who.pace.accept().seconds
    assert tally.seconds == pytest.approx(
        tally.spent["accepting"] + tally.spent["choosing"] + tally.spent["correcting"]
    )


def test_by_the_page_takes_fewer_actions(tmp_path: Path, truth: dict[str, str]) -> None:
    who = person(truth)
    with copy_of(tmp_path / "p.dalt") as copy:
        tally = run(copy, "verify", who)
    assert (tally.labels, tally.right) == (N, N)
    assert tally.by_page > N / 3 and tally.pages >= 2 and tally.actions < N
    assert tally.spent["looking"] == pytest.approx(0.3 * tally.by_page)
    assert tally.spent["confirming"] == pytest.approx(tally.pages * who.pace.confirm().seconds)
    assert tally.spent["switching"] >= who.pace.switch().seconds


def test_what_is_overlooked_on_pages_is_recorded_as_such(
    tmp_path: Path, truth: dict[str, str]
) -> None:
    hasty = person(truth, Habits(error=0.2, anchoring=0, missed=1))
    with copy_of(tmp_path / "p.dalt") as copy:
        tally = run(copy, "verify", hasty)
    with dalt.Project.open(tmp_path / "p.dalt") as project:
        labels = project.labels()
    recorded = sum(truth[sample] == said for sample, said in labels[["sample_id", "label"]].values)
    assert tally.right == recorded and tally.marked == 0 and tally.labels == len(labels) == N
    assert tally.by_page > N / 3 and tally.followed > 0


def test_a_model_that_learns_nothing_brings_no_pages_and_costs_more(
    tmp_path: Path, truth: dict[str, str]
) -> None:
    who = person(truth)
    tallies = {}
    for name in ("suggestions", "verify"):
        with copy_of(tmp_path / f"{name}.dalt", separable=False) as copy:
            tallies[name] = run(copy, name, who)
    assert tallies["verify"].by_page == 0
    assert tallies["suggestions"].seconds > 1.2 * N * who.pace.choose().seconds
    assert {tally.right for tally in tallies.values()} == {N}


def test_each_answer_is_reported(tmp_path: Path, truth: dict[str, str]) -> None:
    told: list[int] = []
    with copy_of(tmp_path / "p.dalt") as copy:
        CONDITIONS["none"](copy, person(truth), Terms(24), told.append)
    assert told == list(range(1, N + 1))


def test_runs_come_seed_by_seed_each_on_a_copy_of_its_own(
    tmp_path: Path, truth: dict[str, str]
) -> None:
    made: list[int] = []

    @contextmanager
    def copies(seed: int) -> Iterator[Copy]:
        made.append(seed)
        with copy_of(tmp_path / f"{len(made)}.dalt") as copy:
            yield copy

    with copy_of(tmp_path / "classes.dalt") as copy:
        classes = copy.session("look").classes
    told: list[tuple[int, int]] = []
    experiment = Experiment(truth, classes, ["none", "verify"], range(2), Habits(), Terms(24))
    runs = list(experiment.runs(copies, lambda what, done, total: told.append((done, total))))
    assert [(each.condition, each.seed) for each in runs] == [
        ("none", 0), ("verify", 0), ("none", 1), ("verify", 1),
    ]  # fmt: skip
    assert made == [0, 0, 1, 1]
    assert told == sorted(told) and told[-1] == (4 * N, 4 * N) and len(told) > 2 * N


# --- several seeds ------------------------------------------------------------------------------


def made(condition: str, seed: int, seconds: float, right: int = 10) -> Run:
    tally = Tally(actions=20, labels=10, right=right, by_page=5)
    tally.spent[ACTIVITIES[0]] = seconds
    return Run(condition, seed, tally)


def test_a_mean_has_students_interval() -> None:
    found = mean_of([1.0, 2.0, 4.0, 5.0])
    half = 3.182446305 * np.std([1, 2, 4, 5], ddof=1) / 2
    assert found.value == 3.0
    assert found.high == pytest.approx(3 + half) and found.low == pytest.approx(3 - half)


def test_an_interval_ends_where_values_end() -> None:
    found = mean_of([0.9, 1.0], 0.0, 1.0)
    assert found.high == 1.0 and found.low == pytest.approx(0.95 - 12.7062 * 0.05, abs=1e-4)


def test_one_seed_has_no_interval_and_none_has_no_mean() -> None:
    assert math.isnan(mean_of([2.0]).low) and mean_of([2.0]).value == 2.0
    assert math.isnan(mean_of([]).value)


def test_time_is_compared_with_that_of_the_same_person() -> None:
    runs = [
        made("none", 0, 100),
        made("none", 1, 300),
        made("verify", 0, 50),
        made("verify", 1, 90),
    ]
    none, verify = summaries(runs)
    assert (none.condition, verify.condition) == (UNASSISTED, "verify")
    assert verify.of_unassisted.value == pytest.approx((0.5 + 0.3) / 2)
    assert verify.hours.value == pytest.approx(70 / 3_600)
    assert (verify.actions.value, verify.by_page, verify.seeds) == (2.0, 0.5, 2)


def test_a_person_without_their_unassisted_run_counts_for_the_rest_only() -> None:
    runs = [made("none", 0, 100), made("verify", 0, 50), made("verify", 1, 999, right=0)]
    verify = summaries(runs)[1]
    assert verify.of_unassisted.value == 0.5 and verify.accuracy.value == 0.5 and verify.seeds == 2


def test_a_pace_is_that_of_the_person(truth: dict[str, str]) -> None:
    assert person(truth).pace == Pace(3, person(truth).pace.key)

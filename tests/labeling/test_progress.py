"""The learning curve, the pace and the counts, without a page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import dalt
from dalt.core.records import Label
from dalt.labeling.quality.accuracy import learning_curve, pace, suggestion_accuracy

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def drawn(number: int, right: bool) -> Label:
    return Label(
        number, "label", f"s{number}", "a", "ana", "s", NOW, "human",
        draw="uniform", suggested="a" if right else "b", probability=0.9,
    )  # fmt: skip


def test_the_curve_speaks_of_the_last_ones_at_each_number_of_labels() -> None:
    # Every tenth label is of a uniformly drawn sample; the first half are suggested wrongly.
    events = [drawn(number, right=number > 500) for number in range(10, 1_001, 10)]
    curve = learning_curve(events, range(1, 1_001), window=20, most=30)
    assert len(curve) == 30
    assert (curve[0].n_labels, curve[-1].n_labels) == (50, 1_000)
    assert (curve[0].accuracy.value, curve[-1].accuracy.value) == (0.0, 1.0)
    assert all(point.accuracy.n <= 20 for point in curve)
    [half] = [point for point in curve if 590 <= point.n_labels <= 620]
    assert half.accuracy.value == pytest.approx((half.n_labels - 500) / 10 / 20, abs=0.06)
    whole = suggestion_accuracy(events)
    assert whole is not None and whole.value == 0.5


def test_there_is_no_curve_of_four_samples() -> None:
    assert learning_curve([drawn(number, True) for number in range(4)], range(4)) == []
    assert len(learning_curve([drawn(number, True) for number in range(5)], range(5))) == 1


def test_pace_needs_ten_labels_and_bears_a_telephone_call() -> None:
    assert pace([1.0] * 9) is None
    quiet = pace([1.0, 3.0] * 25)
    assert quiet is not None and (quiet.value, quiet.n) == (2.0, 50)
    assert quiet.low == pytest.approx(2 - 1.96 * 1.0102 / 50**0.5, abs=0.001)
    rung = pace([2.0] * 49 + [3_600.0])
    assert rung is not None and rung.value == pytest.approx((49 * 2 + 20) / 50)


@pytest.fixture
def project(tmp_path: Path) -> dalt.Project:
    made = dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b", "c"])
    made.add_texts([f"text {number}" for number in range(20)], progress=False)
    return made


def test_a_session_tells_its_progress(project: dalt.Project) -> None:
    with project, project.session(annotator="ana") as session:
        for number in range(12):
            assignment = session.next()
            assert assignment is not None
            label = None if number == 0 else "ab"[number % 2]
            if label is None:
                session.skip(assignment)
            else:
                session.submit(assignment, label, active_seconds=2.0)
        session.undo()
        told = session.progress()
        assert told.counts == (("a", 5), ("b", 5), ("c", 0))
        assert told.left == 10
        assert told.seconds_per_label is not None and told.seconds_per_label.value == 2.0
        assert project.session(annotator="bob").progress().seconds_per_label is None
        project.rename_class("b", "beta")
        assert dict(session.progress().counts) == {"a": 5, "beta": 5, "c": 0}

"""What was measured of answers, in the frame of all events; and times that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from assignments import assigned

import dalt
from dalt.core.records import Suggestion, Timing
from dalt.labeling.session import Session

TIMES = ["paint_seconds", "first_key_seconds", "commit_seconds", "hidden_seconds", "idle_seconds"]
TIMING = Timing(
    paint_seconds=0.5, first_key_seconds=1.0, commit_seconds=8.0, hidden_seconds=2.0,
    idle_seconds=0.0, n_keys=3, n_clicks=0,
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]) as made:
        made.add_texts([f"text {i}" for i in range(6)], progress=False)
        yield made


@pytest.fixture
def session(project: dalt.Project) -> Iterator[Session]:
    with project.session(annotator="ana") as sitting:
        yield sitting


def test_history_has_a_column_for_each_time(project: dalt.Project, session: Session) -> None:
    ids = [assigned(session).sample.id for _ in range(3)]
    session.answer(
        ids[0], "cat", key="a", suggestion=Suggestion(), active_seconds=6.0, timing=TIMING,
        arm="none",
    )  # fmt: skip
    session.answer(ids[1], "dog", key="b", suggestion=Suggestion())
    history = project.history()
    assert history[TIMES].dtypes.eq("float64").all()
    assert history[["n_keys", "n_clicks"]].dtypes.eq("Int64").all()
    timed, plain = (history.iloc[place] for place in (0, 1))
    assert timed[TIMES].tolist() == [0.5, 1.0, 8.0, 2.0, 0.0]
    assert (timed.n_keys, timed.n_clicks, timed.arm, timed.active_seconds) == (3, 0, "none", 6.0)
    assert plain[[*TIMES, "n_keys", "n_clicks", "arm"]].isna().all()


def test_the_samples_of_a_page_share_its_times(project: dalt.Project, session: Session) -> None:
    ids = [assigned(session).sample.id for _ in range(4)]
    session.answer_page(
        [(each, "cat", Suggestion()) for each in ids],
        key="page",
        active_seconds=6.0,
        timing=TIMING,
        arm="verify",
    )
    history = project.history()
    assert history.commit_seconds.tolist() == [8.0] * 4
    assert history.hidden_seconds.sum() == 2.0 and history.active_seconds.sum() == 6.0
    assert history.n_keys.tolist() == [1, 1, 1, 0] and history.n_clicks.sum() == 0
    assert history.arm.tolist() == ["verify"] * 4


def test_a_session_without_a_page_draws_no_arm(project: dalt.Project, session: Session) -> None:
    session.submit(assigned(session), "cat", active_seconds=86_400)
    assert project.history()[["arm", *TIMES]].isna().all(axis=None)


@pytest.mark.parametrize("seconds", [-1, -1e-9, float("nan"), float("inf"), 86_401, 10**400, "2"])
def test_a_time_that_nobody_can_have_needed_is_refused(
    project: dalt.Project, session: Session, seconds: Any
) -> None:
    assignment = assigned(session)
    for call in (
        lambda: session.submit(assignment, "cat", active_seconds=seconds),
        lambda: session.skip(assignment, active_seconds=seconds),
    ):
        with pytest.raises(
            dalt.BadInput, match=r"active_seconds is a number of seconds from 0 to 86400 \(a day\)"
        ):
            call()
    assert project.history().empty


@pytest.mark.parametrize("timing", [{"commit_seconds": 2.0}, 2.0])
def test_a_timing_is_a_timing(session: Session, timing: Any) -> None:
    with pytest.raises(dalt.BadInput, match=r"answer\(\): timing is a Timing"):
        session.answer("s", "cat", key="k", suggestion=Suggestion(), timing=timing)


def test_times_leave_and_come_with_the_frame(
    project: dalt.Project, session: Session, tmp_path: Path
) -> None:
    sample = assigned(session).sample.id
    session.answer(sample, "cat", key="a", suggestion=Suggestion(), timing=TIMING)
    project.history().to_csv(tmp_path / "history.csv", index=False)
    assert pd.read_csv(tmp_path / "history.csv")[TIMES].iloc[0].tolist() == [
        0.5,
        1.0,
        8.0,
        2.0,
        0.0,
    ]

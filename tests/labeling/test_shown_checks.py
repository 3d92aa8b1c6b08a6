"""What is said to have been on a screen: whatever cannot be true is refused, by every way in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import dalt
from dalt.core.records import BadInput, Suggestion
from dalt.labeling.session import Session

ODD_SUGGESTIONS: list[Any] = [
    Suggestion(("a",), (float("nan"),), 1), Suggestion(("a",), (float("inf"),), 1),
    Suggestion(("a",), (1.5,), 1), Suggestion(("a",), (-0.1,), 1),
    Suggestion(("a", "b"), (0.5,), 1),
    Suggestion(("a",), ("0.5",), 1), Suggestion(("a",), (True,), 1),  # type: ignore[arg-type]
    Suggestion((5,), (0.5,), 1), Suggestion(("a\0",), (0.5,), 1),  # type: ignore[arg-type]
    Suggestion(("a",), (0.5,), -1), Suggestion(("a",), (0.5,), 2**70),
    Suggestion(("a",), (0.5,), "1"), Suggestion(("a",), (10**400,), 1),  # type: ignore[arg-type]
]  # fmt: skip
WEST, EAST = timezone(-timedelta(hours=12)), timezone(timedelta(hours=12))
ODD_MOMENTS = [
    datetime(1969, 7, 20, tzinfo=UTC), datetime(1, 1, 1, tzinfo=EAST),
    datetime(9999, 12, 31, 23, 59, tzinfo=WEST), datetime.now(UTC) + timedelta(days=3),
]  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("shown") / "t.dalt"
    with dalt.Project.create(folder, classes=["a", "b"]) as project:
        project.add_texts([f"text {i}" for i in range(40)], progress=False)
        with project.session(annotator="ana") as made:
            yield made


@pytest.mark.parametrize("odd", ODD_SUGGESTIONS, ids=str)
def test_a_suggestion_that_no_model_makes_is_refused_and_nothing_recorded(
    session: Session, odd: Suggestion
) -> None:
    assignment = session.next()
    assert assignment is not None
    id, before = assignment.sample.id, session.newest_event
    with pytest.raises(BadInput, match=r"suggestion|snapshot"):
        session.answer(id, "a", key=f"odd {odd}"[:400], suggestion=odd)
    with pytest.raises(BadInput, match=r"suggestion|snapshot"):
        session.answer_page([(id, "a", odd)], key=f"page {odd}"[:400])
    assert session.newest_event == before
    session.skip(assignment)


@pytest.mark.parametrize(
    "odd", ODD_MOMENTS, ids=["before computers", "first day", "last day", "in three days"]
)
def test_a_moment_that_cannot_be_is_refused_and_nothing_recorded(
    session: Session, odd: datetime
) -> None:
    assignment = session.next()
    assert assignment is not None
    before = session.newest_event
    with pytest.raises(BadInput, match="nothing can have been on a screen"):
        session.submit(assignment, "a", shown_at=odd)
    assert session.newest_event == before
    near = datetime.now(EAST) + timedelta(minutes=5)  # a clock that is a little ahead
    event = session.submit(assignment, "a", shown_at=near)
    assert event.shown_at == near


def test_probabilities_of_half_precision_are_taken(session: Session, tmp_path: Path) -> None:
    assignment = session.next()
    assert assignment is not None
    said = Suggestion(("a", "b"), (1.0000001, 0.0), 1)
    event = session.answer(assignment.sample.id, "a", key="half", suggestion=said)
    assert event.probability == pytest.approx(1.0)

"""The list of answers on the page, for who has given many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from all_shown import ALL_SHOWN

import dalt
from dalt.labeling.session import Session
from dalt.page import history


class Desk:
    """What the list needs of the page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.said: dict[str, Any] = {}

    def say(self, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.said = message


def test_more_is_offered_as_long_as_there_is_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dalt.Project.create(
        tmp_path / "a.dalt", classes=["cat", "dog"], settings=ALL_SHOWN
    ) as project:
        project.add_texts([f"text {number}" for number in range(70)], progress=False)
        with project.session(annotator="ana") as session:
            while (assignment := session.next()) is not None:
                session.submit(assignment, "cat")
            desk = Desk(session)
            shown = history.History(desk).handlers()["history"]  # type: ignore[arg-type]

            def listed(limit: int) -> tuple[int, bool]:
                shown({"limit": limit})
                return len(desk.said["entries"]), desk.said["more"]

            assert [listed(30), listed(60), listed(90)] == [(30, True), (60, True), (70, False)]
            monkeypatch.setattr(history, "MOST", 60)
            assert listed(90) == (60, False)

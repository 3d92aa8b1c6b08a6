"""Looking at samples where nothing can be written: they come without leases, and go by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_messages import Page
from read_only_places import read_only

import dalt


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    folder = tmp_path / "pets.dalt"
    with dalt.Project.create(folder, classes=["cat", "dog"]) as made:
        made.add_texts([f"text {n}" for n in range(9)], progress=False)
        made.remove([made.samples().sample_id[1]])
        with made.session("ana") as session:
            given = session.next()
            assert given is not None
            session.submit(given, "cat")
    with read_only(folder), dalt.Project.open(folder) as opened:
        yield opened


def texts(samples: list[dict[str, Any]]) -> list[str]:
    return [each["display"]["text"] for each in samples]


def test_a_session_gives_all_samples_of_the_pool_in_order(project: dalt.Project) -> None:
    with project.session("ben") as session:
        assert session.read_only
        first = session.browse(3)
        assert [each.sample.position for each in first] == [0, 2, 3]
        rest = session.browse(100, after=first[-1].sample.position)
        assert [each.sample.position for each in rest] == [4, 5, 6, 7, 8]
        assert session.browse(3, after=8) == session.browse(0) == []
        session.renew()  # nothing is held


def opened(project: dalt.Project) -> tuple[Page, dict[str, Any], dict[str, Any]]:
    """A page, and what it is told first: the task, and samples."""
    page = Page(project.session("ben"), ahead=3)  # type: ignore[arg-type]
    setup, samples = page.say("ready", held=[])
    return page, setup, samples


def test_a_page_shows_samples_one_after_the_other_and_begins_again(project: dalt.Project) -> None:
    page, setup, samples = opened(project)
    assert setup["read_only"] is True
    seen = [*samples["samples"]]
    assert texts(seen) == ["text 0", "text 2", "text 3"]
    for _ in range(8):
        (more,) = page.say("more", held=[each["id"] for each in seen[-2:]])
        seen += more["samples"]
    assert [text.split()[1] for text in texts(seen)] == [*"02345678", *"023"]
    assert page.say("heartbeat") == [{"type": "heartbeat"}]


def test_an_answer_that_comes_all_the_same_is_not_recorded(project: dalt.Project) -> None:
    page, _, samples = opened(project)
    (failed,) = page.answer(samples["samples"][0]["id"], "cat")
    assert (failed["type"], failed["key"]) == ("failed", "k1")
    assert "open for reading only" in failed["message"]
    assert list(project.history().kind) == ["remove", "label"]

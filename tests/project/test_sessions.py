"""The sessions of a project: the part alone, on an open folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from session_parts import N, project_of_texts

import dalt
from dalt.core.settings import project_file
from dalt.learning.strategies.builtin import cover
from dalt.project.database import store_of
from dalt.project.sessions import Sessions
from dalt.project.training import Training
from dalt.project.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    folder = tmp_path / "texts.dalt"
    project_of_texts(folder)
    settings = project_file.load(folder)
    workspace = Workspace(folder, settings, store_of(folder, settings))
    yield workspace
    workspace.close()


@pytest.fixture
def sessions(workspace: Workspace) -> Iterator[Sessions]:
    training = Training(workspace, cover, thin=True)
    yield Sessions(workspace, training)
    training.close()


def test_a_session_belongs_to_its_annotator_and_has_suggestions(sessions: Sessions) -> None:
    assignment = sessions.session("ana").next()
    assert assignment is not None and assignment.suggestion.snapshot == 1
    hidden = sessions.session("ben", blind=True)
    assert (hidden.annotator, hidden.blind) == ("ben", True)
    assignment = hidden.next()
    assert assignment is not None and assignment.suggestion.classes == ()


def test_all_that_were_begun_end_together_and_say_why(
    workspace: Workspace, sessions: Sessions
) -> None:
    begun = [sessions.session(name) for name in ("ana", "ben")]
    assert all(session.next() for session in begun)
    assert workspace.store.samples.counts().leased == 2
    sessions.end("The project was closed.")
    assert workspace.store.samples.counts().leased == 0
    for session in begun:
        with pytest.raises(dalt.Closed, match=r"^The project was closed\.$"):
            session.next()
    assert sessions.session("ana").next() is not None, "others can be begun"


def test_a_page_is_over_a_session_of_its_own(workspace: Workspace, sessions: Sessions) -> None:
    page = sessions.page("ana", ahead=3, language="en", on_label=None, blind=False, owner=False)
    assert workspace.store.samples.counts().leased == 0, "nothing is leased before it is shown"
    page.close()
    assert workspace.store.samples.counts().open == N

"""What all parts of a session share, and what it refuses once the session is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from session_parts import Given, parts_of

import dalt
from dalt.core.records import Region, Suggestion, VerifyPage
from dalt.labeling.context import SessionContext
from dalt.labeling.session import Session


def test_it_gives_the_store_until_it_is_closed(given: Given) -> None:
    context = given.context
    assert context.store is given.store and context.settings.name == "texts"
    context.close()
    with pytest.raises(dalt.Closed, match=r"session is closed; project\.session\('ana'\)"):
        context.store  # noqa: B018
    assert context.settings.name == "texts", "what it is can still be said"


def test_the_first_sentence_stays(given: Given) -> None:
    given.context.end("The project is closed.")
    given.context.close()
    with pytest.raises(dalt.Closed, match=r"^The project is closed\.$"):
        given.context.check_open()


def test_closing_frees_its_own_leases_and_no_others(given: Given) -> None:
    other = SessionContext(given.context.live, given.store, "ben")
    for context, position in ((given.context, 0), (other, 1)):
        given.store.leases.claim(
            context.annotator,
            context.id,
            candidates=[position],
            uniform=False,
            uniform_share=0.0,
            seconds=60.0,
        )
    assert given.store.samples.counts().leased == 2
    given.context.close()
    assert given.store.samples.counts().leased == 1


def test_an_annotator_needs_a_name(given: Given) -> None:
    with pytest.raises(dalt.BadInput, match="An annotator needs a name"):
        SessionContext(given.context.live, given.store, " ")


# --- the guard holds for every part ------------------------------------------------------------

NOTHING = Suggestion()
CALLS: dict[str, Callable[[Session, VerifyPage], object]] = {
    "next": lambda session, page: session.next(),
    "submit": lambda session, page: session.submit(page.assignments[0], "dark"),
    "skip": lambda session, page: session.skip(page.assignments[0]),
    "answer": lambda session, page: session.answer(
        page.assignments[0].sample.id, "dark", key="k", suggestion=NOTHING
    ),
    "empty": lambda session, page: session.empty,
    "done": lambda session, page: session.done,
    "next_page": lambda session, page: session.next_page(),
    "verify": lambda session, page: session.verify(page),
    "answer_page": lambda session, page: session.answer_page(
        [(page.assignments[0].sample.id, "dark", NOTHING)], key="k"
    ),
    "undo": lambda session, page: session.undo(),
    "take_back": lambda session, page: session.take_back(),
    "redo": lambda session, page: session.redo(),
    "newest_event": lambda session, page: session.newest_event,
    "recent": lambda session, page: session.recent(),
    "skipped": lambda session, page: session.skipped(),
    "examples": lambda session, page: session.examples("dark"),
    "reopen": lambda session, page: session.reopen([page.assignments[0].sample.id]),
    "keep": lambda session, page: session.keep(page.assignments[0].sample.id),
    "sample": lambda session, page: session.sample(page.assignments[0].sample.id),
    "suggest": lambda session, page: session.suggest(page.assignments[0].sample.id),
    "note": lambda session, page: session.note(page.assignments[0].sample.id, flagged=True),
    "notes": lambda session, page: session.notes(),
    "confirm": lambda session, page: session.confirm(1),
    "disputes": lambda session, page: session.disputes(),
    "disputed_ids": lambda session, page: session.disputed_ids(),
    "next_disputed": lambda session, page: session.next_disputed(),
    "dispute": lambda session, page: session.dispute(page.assignments[0].sample.id),
    "adjudicate": lambda session, page: session.adjudicate(page.assignments[0].sample.id, "dark"),
    "undo_adjudication": lambda session, page: session.undo_adjudication(),
    "standing": lambda session, page: session.standing(),
    "progress": lambda session, page: session.progress(),
    "add_class": lambda session, page: session.add_class("grey"),
    "change_key": lambda session, page: session.change_key("x", action="skip"),
    "renew": lambda session, page: session.renew(),
    "follow": lambda session, page: session.follow("another"),
    "release": lambda session, page: session.release(),
}


@dataclass(frozen=True)
class Closed:
    given: Given
    session: Session
    page: VerifyPage


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    """A session that was used and closed; refused calls leave it as it is."""
    with parts_of(tmp_path_factory.mktemp("closed") / "texts.dalt") as given:
        session = Session(given.context.live, given.store, given.files, given.trainer, "ana")
        page = session.next_page()
        assert page is not None
        session.submit(page.assignments[-1], "dark")
        session.close()
        yield Closed(given, session, page)


@pytest.mark.parametrize("name", CALLS)
def test_a_closed_session_neither_reads_nor_writes(closed: Closed, name: str) -> None:
    store, file = closed.given.store, closed.given.folder / "project.toml"
    before = (
        store.events.newest_id(),
        store.notes.current(),
        store.samples.counts(),
        file.read_bytes(),
    )
    with pytest.raises(dalt.Closed, match="session is closed"):
        CALLS[name](closed.session, closed.page)
    assert (
        store.events.newest_id(),
        store.notes.current(),
        store.samples.counts(),
        file.read_bytes(),
    ) == before


def test_a_closed_session_proposes_no_more(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "s.dalt", classes=["name"], task="spans") as project:
        project.add_texts(["Ana met Ben.", "Ben met Ana."], progress=False)
        session = project.session("ana")
        assignment = session.next()
        assert assignment is not None
        span = Region("span", "name", start=0, end=3)
        session.close()
        for refused in (
            lambda: session.propose(assignment.sample),
            lambda: session.suggest_region(assignment.sample, span),
            lambda: session.catch_up(),
            lambda: session.proposal_precision(),
            lambda: session.submits_proposals,
        ):
            with pytest.raises(dalt.Closed, match="session is closed"):
                refused()

"""Pages to verify: lease, send, and record them once confirmed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from dalt.core.records import Assignment, Label, UnknownSample, VerifyPage
from dalt.page.held_samples import Held
from dalt.page.part import Handler, Part
from dalt.page.protocol.from_kernel import Ack, PagesSaid, Refused
from dalt.page.protocol.from_page import Pages, Verify
from dalt.page.wire import ending, looked_at, suggestion_of

if TYPE_CHECKING:
    from dalt.labeling.session import Session
    from dalt.page.wire import Wire

MOST_ON_A_PAGE = 48
PAGES_AHEAD = 2
"""Pages to verify that are held, including the one on screen."""


class VerifyingPart(Part):
    """Answers ``pages`` with pages to verify, and ``verify`` once the page is committed."""

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"pages": self._more, "verify": self._verify}

    def _more(self, content: Pages) -> None:
        """Lease pages to verify, and send those that the browser does not have."""
        desk, pages = self._desk, self._desk.held.pages
        size = min(MOST_ON_A_PAGE, content["size"])
        singly_of_gone_classes(desk.session, desk.held)
        while len(pages) < PAGES_AHEAD:
            page = desk.session.next_page(size)
            if page is None:
                break
            pages[uuid.uuid4().hex] = page
        there = content.get("held", ())
        wire = desk.wire()
        sent = [wire.page(id, page) for id, page in pages.items() if id not in there]
        news = ending(desk.session, not pages)
        desk.say(PagesSaid(type="pages", pages=sent, **news), wire.buffers)

    def _verify(self, content: Verify) -> None:
        desk, key = self._desk, content["key"]
        events: Sequence[Label] = ()
        said = [(each["sample_id"], each["label"]) for each in content["samples"]]
        if not desk.replies.sent_before(key, said):
            events = self._record(content)
            desk.held.answered(event.sample_id for event in events)
            desk.held.pages.pop(content.get("page_id") or "", None)
            desk.replies.acknowledged += sum(event.kind == "label" for event in events)
            newest = max((event.event_id for event in events), default=0)
            desk.replies.remember(
                "ack",
                key=key,
                said=said,
                kind="page",
                page_id=content.get("page_id"),
                newest=newest,
            )
        desk.say(cast(Ack, {**desk.replies[key], "page": content.get("page")}))
        left_out = len(content["samples"]) - len(events)
        if events and left_out:
            samples = "1 sample was" if left_out == 1 else f"{left_out} samples were"
            desk.say(Refused(type="refused", key=None, message=f"{samples} removed."))
        desk.tell(events)
        if desk.session.by_turns:
            desk.refill()
        desk.poke()

    def _record(self, content: Verify) -> list[Label]:
        """Record the page; one of which nothing is left is held no longer."""
        try:
            return self._desk.session.answer_page(
                [
                    (each["sample_id"], each["label"], suggestion_of(each.get("suggestion")))
                    for each in content["samples"]
                ],
                key=content["key"],
                **looked_at(content),
            )
        except UnknownSample:
            self._desk.held.pages.pop(content.get("page_id") or "", None)
            raise


def singly_of_gone_classes(session: Session, held: Held) -> list[Assignment]:
    """Hold the samples of pages of gone classes singly: as a page they would be refused."""
    if not held.pages:
        return []
    known = {name for spec in session.classes for name in (spec.name, *spec.formerly)}
    gone = [page_id for page_id, page in held.pages.items() if page.label not in known]
    found = [each for page_id in gone for each in held.pages.pop(page_id).assignments]
    held.samples.update((each.sample.id, each) for each in found)
    return found


def hold_assigned(session: Session, held: Held) -> dict[str, VerifyPage]:
    """Hold the pages to verify that a study has assigned, and return the new ones by their ids."""
    new: dict[str, VerifyPage] = {}
    while (page := session.assigned_page()) is not None:
        new[uuid.uuid4().hex] = page
    held.pages.update(new)
    return new


def page_is_next(session: Session, held: Held) -> bool:
    """Whether a page to verify is on screen before the first sample that is held."""
    page, sample_id = next(iter(held.pages.values()), None), next(iter(held.samples), None)
    if page is None or sample_id is None:
        return page is not None
    turns = [session.turn(each) for each in (page.assignments[0].sample.id, sample_id)]
    one, other = (-1 if turn is None else turn for turn in turns)
    return one < other


def pages_said(session: Session, pages: Mapping[str, VerifyPage], wire: Wire) -> PagesSaid:
    """Pages to verify that are there, for the page."""
    sent = [wire.page(id, page) for id, page in pages.items()]
    return PagesSaid(type="pages", pages=sent, **ending(session, False))

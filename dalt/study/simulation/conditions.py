"""The conditions under which a simulated annotator labels a pool, through a real session.

Each condition is a function of a `Desk`, and `CONDITIONS` names them: "none", "suggestions",
"verify" and "finish".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dalt.core.records import BadInput
from dalt.study.certificates.finish import Finish
from dalt.study.simulation.costs import Tally
from dalt.study.simulation.people import Person

if TYPE_CHECKING:
    from dalt.labeling.session import Session

GROWTH = 0.02
"""The model learns anew when the labels have grown by this share.  On a real page it does so after
every label, so simulated suggestions are slightly older.  That counts against assistance."""
UNSURE_PAUSE = 20
"""Labels one by one before asking for a page again, if there was none to verify."""
FINISH_AFTER = 0.05
"""Share of the pool that people label one by one before they ask for a certified finish: the
strategy's samples teach the model more than those of pages, of which it is sure already."""
FEWEST_BEFORE = 30
"""Labels, at least, before they ask."""
ASK_AGAIN = 1.25
"""After a refused or failed finish they ask again when labels have grown by this factor."""
Watch = Callable[[int], None]
"""Is told after each answer how many labels there are."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What annotators work with.

    Attributes
    ----------
    page_size : int
        Largest number of samples on a page to verify.
    max_error : float in (0, 1)
        The share of wrong labels that a certified finish may leave among the model's.

    Raises
    ------
    BadInput
        If `max_error` is out of range.
    """

    page_size: int
    max_error: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.max_error < 1:
            raise BadInput(f"max_error is a share between 0 and 1, not {self.max_error:g}.")


class PoolCopy(Protocol):
    """A copy of a project's pool without labels, which is thrown away afterwards."""

    def session(self, annotator: str, *, blind: bool = False) -> Session:
        """Begin an annotator's session."""

    def learn(self) -> None:
        """Return when a snapshot has read every label."""

    def finish(self, max_error: float) -> Finish:
        """Ask for a certified finish, as `Project.finish` does."""

    def certificate(self) -> Finish | None:
        """Say where the certified finish stands, as `Project.certificate` does."""

    def model_labels(self) -> Mapping[str, str]:
        """The labels of a certified model, by sample."""


class Desk:
    """A simulated annotator at work: each step goes through the session, and its cost is counted.

    Parameters
    ----------
    session : Session
    person : Person
    learn : callable or None
        Makes the model learn the labels so far; None where nobody sees suggestions.
    page_size : int
        Samples on a page to verify.
    watch : callable

    Attributes
    ----------
    tally : Tally
        The costs so far.
    """

    def __init__(
        self,
        session: Session,
        person: Person,
        learn: Callable[[], None] | None,
        page_size: int,
        watch: Watch,
    ) -> None:
        self.tally = Tally()
        self._session = session
        self._person = person
        self._learn = learn
        self._page_size = page_size
        self._watch = watch
        self._learned = 0

    def one(self) -> bool:
        """Label one sample by itself; returns whether there was one."""
        assignment = self._session.next()
        if assignment is None:
            return False
        person, tally = self._person, self.tally
        sample_id, suggested = assignment.sample.id, assignment.suggestion.top
        said = person.answer(sample_id, suggested)
        has_key = person.has_key(said)
        if suggested is None:
            tally.spend("choosing", person.pace.choose(has_key))
        elif said == suggested:
            tally.spend("accepting", person.pace.accept())
        else:
            tally.spend("correcting", person.pace.correct(has_key))
        self._session.submit(assignment, said)
        tally.note(said, person.truth[sample_id], suggested)
        self._go_on()
        return True

    def page(self) -> bool:
        """Verify a page; returns whether there was one."""
        page = self._session.next_page(self._page_size)
        if page is None:
            return False
        person, tally = self._person, self.tally
        ids = [each.sample.id for each in page.assignments]
        said = {each: person.on_page(each, page.label) for each in ids}
        wrong = {each: name for each, name in said.items() if name != page.label}
        tally.spend("looking", person.pace.look(len(ids)))
        if wrong:
            tally.spend("marking", person.pace.reach())
        for name in wrong.values():
            tally.spend("marking", person.pace.mark(person.has_key(name)))
        tally.spend("confirming", person.pace.confirm())
        self._session.verify(page, wrong)
        for each, name in said.items():
            tally.note(name, person.truth[each], page.label)
        tally.pages += 1
        tally.by_page += len(ids)
        tally.marked += len(wrong)
        self._go_on()
        return True

    def credit(self, sample_id: str, said: str) -> None:
        """Count a label that a certified model gave, which costs the person nothing."""
        self.tally.credit(said, self._person.truth[sample_id])

    def switch(self) -> None:
        """Change between pages and one by one."""
        self.tally.spend("switching", self._person.pace.switch())

    def proposes_pages(self, otherwise: bool) -> bool:
        """Whether the page proposes to verify; `otherwise` while it is not sure."""
        quicker = self._session.standing().quicker
        return otherwise if quicker is None else quicker == "verify"

    def _go_on(self) -> None:
        self._watch(self.tally.labels)
        if self._learn is None:
            return
        if self.tally.labels - self._learned >= max(1.0, GROWTH * self._learned):
            self._learn()
            self._learned = self.tally.labels


def one_by_one(desk: Desk, until: float = math.inf) -> bool:
    """Label samples by themselves until there are so many labels; whether any was left."""
    while desk.tally.labels < until:
        if not desk.one():
            return False
    return True


def by_page(desk: Desk) -> None:
    """Verify pages where the page proposes it, and label the others one by one."""
    on_pages, not_before = False, 0
    while True:
        proposed = desk.proposes_pages(otherwise=on_pages)
        proposed = proposed and desk.tally.labels >= not_before
        if proposed != on_pages:
            desk.switch()
            on_pages = proposed
        if on_pages and desk.page():
            continue
        if on_pages:  # the model is sure of no open sample
            not_before = desk.tally.labels + UNSURE_PAUSE
            desk.switch()
            on_pages = False
        if not desk.one():
            return


def certified(desk: Desk, copy: PoolCopy, max_error: float, n_samples: int) -> None:
    """Label one by one, let the model label what it can be certified for, and verify the rest."""
    wanted = max(FINISH_AFTER * n_samples, FEWEST_BEFORE)
    while one_by_one(desk, wanted) and not _audited(desk, copy, max_error):
        wanted = ASK_AGAIN * desk.tally.labels
    by_page(desk)
    for sample_id, said in copy.model_labels().items():
        desk.credit(sample_id, said)


def _audited(desk: Desk, copy: PoolCopy, max_error: float) -> bool:
    """Ask for a finish and go through its audit; returns whether the promise holds."""
    try:
        found = copy.finish(max_error)
    except BadInput:  # the model is not sure enough of enough samples yet
        return False
    while found.running and desk.one():
        found = copy.certificate() or found
    return found.holds


def _unassisted(copy: PoolCopy, person: Person, terms: Terms, watch: Watch) -> Tally:
    with copy.session("simulated", blind=True) as session:
        desk = Desk(session, person, None, terms.page_size, watch)
        one_by_one(desk)
    return desk.tally


def _assisted(
    work: Callable[[Desk], object],
) -> Callable[[PoolCopy, Person, Terms, Watch], Tally]:
    def condition(copy: PoolCopy, person: Person, terms: Terms, watch: Watch) -> Tally:
        with copy.session("simulated") as session:
            desk = Desk(session, person, copy.learn, terms.page_size, watch)
            work(desk)
        return desk.tally

    return condition


def _finished(copy: PoolCopy, person: Person, terms: Terms, watch: Watch) -> Tally:
    with copy.session("simulated") as session:
        desk = Desk(session, person, copy.learn, terms.page_size, watch)
        certified(desk, copy, terms.max_error, len(person.truth))
    return desk.tally


Condition = Callable[[PoolCopy, Person, Terms, Watch], Tally]
UNASSISTED = "none"
CONDITIONS: Mapping[str, Condition] = {
    UNASSISTED: _unassisted,
    "suggestions": _assisted(one_by_one),
    "verify": _assisted(by_page),
    "finish": _finished,
}
"""Labeling without suggestions, with them one by one, with pages to verify, and with a certified
model that labels what it can."""
USUAL = tuple(name for name in CONDITIONS if name != "finish")
"""What is simulated unless other conditions are named."""

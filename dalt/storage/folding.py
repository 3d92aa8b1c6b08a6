"""Folding the log of events into what holds: answers, decisions and removed samples.

``answers``, ``decisions``, the states of samples and the counters repeat, for quick reading, what
the events say.  `fold` says it anew from the events alone, `states` what follows for each sample,
and `rebuild` writes both down.  Leases are in no event: they are read as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from dalt.core.records import utc_now
from dalt.storage import audit_rows, chain, counters, lease_rows, party_rows
from dalt.storage import tables as t
from dalt.storage.bulk import execute_each

ANSWERS = ("label", "skip", "import")
DECISIONS = ("gold", "adjudicate")
_AT = {name: chain.FIELDS.index(name) for name in chain.FIELDS}
_ID, _KIND, _SAMPLE, _LABEL, _ANNOTATOR, _SUPERSEDES = (
    _AT[name] for name in ("event_id", "kind", "sample_id", "label", "annotator", "supersedes")
)
_AT_ONCE = 5_000
Event = Sequence[Any]
"""The `dalt.storage.chain.FIELDS` of an event, as the database has them."""


class Said(NamedTuple):
    """What an event says of a sample: the kind, the label as the database has it, its id."""

    kind: str
    label: str | None
    event_id: int


class State(NamedTuple):
    """What the row of a sample says of it (`dalt.storage.tables.samples`)."""

    state: int
    party: str


@dataclass(slots=True)
class Folded:
    """What a log of events says.

    Attributes
    ----------
    n_events : int
    newest : int
        The id of the newest event; 0 without events.
    """

    n_events: int = 0
    newest: int = 0
    _answers: dict[tuple[str, str], list[Said]] = field(default_factory=dict)
    _decisions: dict[tuple[str, str], list[Said]] = field(default_factory=dict)
    _removed: set[str] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Take the next event."""
        kind, sample_id = event[_KIND], event[_SAMPLE]
        self.n_events, self.newest = self.n_events + 1, event[_ID]
        if kind in ANSWERS:
            pair = sample_id, event[_ANNOTATOR]
            said = Said("skip" if kind == "skip" else "label", event[_LABEL], event[_ID])
            self._answers.setdefault(pair, []).append(said)
        elif kind in DECISIONS:
            decided = Said(kind, event[_LABEL], event[_ID])
            self._decisions.setdefault((sample_id, kind), []).append(decided)
        elif kind == "undo":
            self._take_back(event)
        elif kind == "remove":
            self._removed.add(sample_id)
        elif kind == "restore":
            self._removed.discard(sample_id)

    def _take_back(self, event: Event) -> None:
        sample_id, undone = event[_SAMPLE], event[_SUPERSEDES]
        stacks = [self._answers.get((sample_id, event[_ANNOTATOR]), [])]
        stacks += [self._decisions.get((sample_id, kind), []) for kind in DECISIONS]
        for stack in stacks:
            stack[:] = [said for said in stack if said.event_id != undone]

    @property
    def removed(self) -> frozenset[str]:
        """The samples that are not in the pool any more."""
        return frozenset(self._removed)

    def answers(self) -> dict[tuple[str, str], Said]:
        """The answers that hold, by sample and annotator: the newest not undone of each."""
        return {
            pair: stack[-1]
            for pair, stack in self._answers.items()
            if stack and pair[0] not in self._removed
        }

    def decisions(self) -> dict[tuple[str, str], Said]:
        """The decisions that hold, by sample and kind."""
        return {
            of: stack[-1]
            for of, stack in self._decisions.items()
            if stack and stack[-1].label is not None and of[0] not in self._removed
        }


def fold(db: sa.Connection, up_to: int | None = None) -> Folded:
    """Fold the events of a database, or those up to one, in the order of their ids.

    Parameters
    ----------
    db : sa.Connection
        In a transaction.
    up_to : int, optional
        The last event that counts.

    Returns
    -------
    Folded
    """
    found = Folded()
    for event in events(db):
        if up_to is not None and event[_ID] > up_to:
            break
        found.add(event)
    return found


def events(db: sa.Connection) -> Iterator[Event]:
    """All events in the order of their ids, read in parts."""
    after = 0
    while rows := chain.events_after(db, after, _AT_ONCE):
        yield from rows
        after = rows[-1][_ID]


# --- what follows for samples -----------------------------------------------------------------


def states(db: sa.Connection, folded: Folded) -> dict[str, State]:
    """The states of samples that are not simply open, by id, from events, leases and audits.

    Parameters
    ----------
    db : sa.Connection
        The database of the events; its leases and audits are read as they are.
    folded : Folded
    """
    wanted = counters.overlap(db)
    labelled: dict[str, set[str]] = {}
    skipped: dict[str, set[str]] = {}
    for (sample_id, annotator), said in folded.answers().items():
        to = labelled if said.kind == "label" else skipped
        to.setdefault(sample_id, set()).add(annotator)
    held: dict[str, set[str]] = {}
    leased = sa.select(t.leases.c.sample_id, t.leases.c.annotator).where(t.IS_ACTIVE)
    for sample_id, annotator in db.execute(leased):
        held.setdefault(sample_id, set()).add(annotator)
    decided = {sample_id for sample_id, _ in folded.decisions()}
    kept = audit_rows.all_kept(db)
    found = dict.fromkeys(folded.removed, State(t.REMOVED, ""))
    for sample_id in {*labelled, *skipped, *held, *decided, *kept} - folded.removed:
        have = labelled.get(sample_id, set())
        takers = have | held.get(sample_id, set())
        if len(have) >= wanted or sample_id in decided:
            found[sample_id] = State(t.LABELLED, "")
        elif sample_id in kept and not have:
            found[sample_id] = State(t.KEPT, "")
        elif len(takers) >= wanted:
            found[sample_id] = State(t.LEASED, "")
        else:
            people = takers, skipped.get(sample_id, set()) - takers
            found[sample_id] = State(t.OPEN, party_rows.party_key(*map(frozenset, people)))
    return found


# --- writing it down --------------------------------------------------------------------------


class Rebuilt(NamedTuple):
    """How many rows `rebuild` wrote anew."""

    answers: int
    decisions: int
    samples: int


def rebuild(db: sa.Connection) -> Rebuilt:
    """Make answers, decisions, states and counters anew from the events.

    In a transaction in which nobody else writes.  Leases stay as they are; who takes the events
    back to an earlier time removes the leases before.
    """
    folded = fold(db)
    answers = [(*pair, *said) for pair, said in folded.answers().items()]
    decisions = [(of, *said) for (of, _), said in folded.decisions().items()]
    db.execute(t.answers.delete())
    db.execute(t.decisions.delete())
    execute_each(db, _PUT_ANSWER, answers)
    execute_each(db, _PUT_DECISION, decisions)
    changed = _set_states(db, states(db, folded), _people(db, folded))
    counters.forget_counts(db)
    counters.recount(db)
    return Rebuilt(len(answers), len(decisions), changed)


def _people(db: sa.Connection, folded: Folded) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Takers and skippers of samples, by the key of their party."""
    takers: dict[str, set[str]] = {}
    skippers: dict[str, set[str]] = {}
    for (sample_id, annotator), said in folded.answers().items():
        to = takers if said.kind == "label" else skippers
        to.setdefault(sample_id, set()).add(annotator)
    for sample_id, annotator in db.execute(
        sa.select(t.leases.c.sample_id, t.leases.c.annotator).where(t.IS_ACTIVE)
    ):
        takers.setdefault(sample_id, set()).add(annotator)
    found = {}
    for sample_id in takers.keys() | skippers.keys():
        took = frozenset(takers.get(sample_id, ()))
        people = took, frozenset(skippers.get(sample_id, ())) - took
        found[party_rows.party_key(*people)] = people
    return found


def _set_states(
    db: sa.Connection,
    wanted: Mapping[str, State],
    people: Mapping[str, tuple[frozenset[str], frozenset[str]]],
) -> int:
    now = lease_rows.microseconds(utc_now())
    changes = []
    rows = db.execute(
        sa.select(
            t.samples.c.position, t.samples.c.id, t.samples.c.state, t.samples.c.party,
            t.samples.c.turn, t.samples.c.shuffle,
        )
    )  # fmt: skip
    for position, sample_id, state, party, turn, shuffle in rows:
        due = wanted.get(sample_id, State(t.OPEN, ""))
        if (state, party) != due:
            begun = due.state in (t.LABELLED, t.LEASED) or bool(people.get(due.party, ((),))[0])
            to = turn if begun and turn != shuffle else now if begun else shuffle
            changes.append((due.state, due.party, to, position))
    execute_each(
        db, "UPDATE samples SET state = ?, party = ?, turn = ? WHERE position = ?", changes
    )
    db.execute(t.parties.delete())  # the people of a party may be damaged, too
    for key in {due.party for due in wanted.values() if due.party}:
        party_rows.put_party(db, *people[key])
    return len(changes)


_PUT_ANSWER = (
    "INSERT INTO answers (sample_id, annotator, kind, label, event_id) VALUES (?, ?, ?, ?, ?)"
)
_PUT_DECISION = "INSERT INTO decisions (sample_id, kind, label, event_id) VALUES (?, ?, ?, ?)"


def differences(
    found: Mapping[Any, Any], due: Mapping[Any, Any]
) -> tuple[list[Any], list[Any], list[Any]]:
    """Keys that are missing, too many, or have another value than is due, each in order.

    Examples
    --------
    >>> differences({"a": 1, "b": 2}, {"b": 3, "c": 4})
    (['c'], ['a'], ['b'])
    """
    both: Iterable[Any] = found.keys() & due.keys()
    return (
        sorted(due.keys() - found.keys()),
        sorted(found.keys() - due.keys()),
        sorted(key for key in both if found[key] != due[key]),
    )

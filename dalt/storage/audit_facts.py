"""What people have answered to the samples of an audit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dalt.core.audits import Audit, Checked
from dalt.core.records import LabelValue
from dalt.storage import audit_rows
from dalt.storage import tables as t
from dalt.storage.audit_rows import Present

Outcome = Literal["right", "wrong", "doubtful"]
_d = t.audit_draws.c
_AT_ONCE = 1_000


class _Said(NamedTuple):
    """What is known of one sample of the audit."""

    outcome: Outcome
    answer: LabelValue | None
    rung: int


class AuditFacts:
    """Outcomes of an audit's draws, inside a transaction.

    A draw is *right* if the first valid answer given for the audit, without a suggestion, is the
    model's label, and no decision says otherwise.  It is *wrong* if that answer or a decision is
    another label, and *doubtful* if it was only skipped, or answered or decided in another way.

    Parameters
    ----------
    db : Connection
    audit : Audit
    present : callable
    """

    def __init__(self, db: sa.Connection, audit: Audit, present: Present) -> None:
        self._db = db
        self._audit = audit
        self._present = present

    def checked(self, rung: int, most: int | None = None) -> Checked:
        """What is known of the samples of a rung, or of the first `most` of them.

        Only those before the first gap count, because quick answers must not choose what counts.
        """
        known = sum(said.rung <= rung for said in self._said.values())
        marks: list[str] = []
        for _, sample_id in self._members(rung):
            if not known or len(marks) == most:
                break
            said = self._said.get(sample_id)
            marks.append("?" if said is None else said.outcome[0])
            known -= said is not None
        return Checked("".join(marks))

    def answers(self, rung: int) -> Iterator[tuple[int, LabelValue | None]]:
        """The places of these first draws, and the answers; None for doubtful ones."""
        for place, said in self._first(rung):
            yield place, None if said.outcome == "doubtful" else said.answer

    def _first(self, rung: int) -> Iterator[tuple[int, _Said]]:
        for place, sample_id in self._members(rung):
            if sample_id not in self._said:
                return
            yield place, self._said[sample_id]

    def _members(self, rung: int) -> Iterator[tuple[int, str]]:
        """Places and ids of the samples of a rung, in order."""
        after = -1
        while True:
            rows = self._db.execute(
                sa.select(_d.place, _d.sample_id)
                .where(_d.audit_id == self._audit.audit_id, _d.rung <= rung, _d.place > after)
                .order_by(_d.place)
                .limit(_AT_ONCE)
            ).all()
            yield from ((row.place, row.sample_id) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].place

    @cached_property
    def _said(self) -> dict[str, _Said]:
        """Every answer to each sample of the audit, whenever and however it was given."""
        mine = _d.audit_id == self._audit.audit_id
        columns = (_d.sample_id, _d.label.label("expected"), _d.rung)
        is_audit = sa.and_(
            audit_rows.IS_AUDIT_ANSWER, t.answers.c.event_id > self._audit.cursor
        ).label("is_audit")
        answered = (
            sa.select(*columns, t.answers.c.label, is_audit)
            .join(t.answers, t.answers.c.sample_id == _d.sample_id)
            .join(t.events, t.events.c.event_id == t.answers.c.event_id)
            .where(mine)
            .order_by(t.answers.c.event_id)
        )
        found: dict[str, _Said] = {}
        for row in self._db.execute(answered):
            before = found.get(row.sample_id)
            if before is not None and before.outcome != "doubtful":
                continue  # the first answer of the audit counts
            found[row.sample_id] = (
                _Said(self._compared(row.label, row.expected), row.label, row.rung)
                if row.is_audit
                else _Said("doubtful", None, row.rung)
            )
        decided = (
            sa.select(*columns, t.decisions.c.label)
            .join(t.decisions, t.decisions.c.sample_id == _d.sample_id)
            .where(mine)
        )
        for row in self._db.execute(decided):
            before = found.get(row.sample_id)
            if before is None or before.outcome == "doubtful":
                found[row.sample_id] = _Said("doubtful", None, row.rung)
            elif self._compared(row.label, row.expected) == "wrong":
                found[row.sample_id] = _Said("wrong", before.answer, row.rung)
        return found

    def _compared(self, label: LabelValue, expected: LabelValue) -> Outcome:
        return "right" if self._present(label) == self._present(expected) else "wrong"

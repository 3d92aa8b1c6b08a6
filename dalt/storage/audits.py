"""Audits of frozen models, their draws, and certificates."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from dalt.core.audits import (
    Audit,
    AuditPlan,
    Certificate,
    Certified,
    Checked,
    ModelLabel,
    Reached,
    Verdict,
)
from dalt.core.records import Draw, LabelValue, utc_now
from dalt.storage import audit_rows, certificate_rows, lease_rows, statements, sums
from dalt.storage import tables as t
from dalt.storage.audit_facts import AuditFacts
from dalt.storage.audit_rows import Present
from dalt.storage.bulk import Listed
from dalt.storage.certificate_rows import of_audit, unanswered
from dalt.storage.chunks import chunks
from dalt.storage.claims import Claim
from dalt.storage.database import Database
from dalt.storage.lease_rows import Holder

_AT_ONCE = 5_000
_ASKED_AGAIN = "Another promise was asked for."
Judge = Callable[[Audit, Callable[[int], Checked]], Verdict]
"""Judges an audit by the known outcomes of each of its rungs."""
_a, _d, _c = t.audits.c, t.audit_draws.c, t.certificates.c
_RUNNING = sa.select(t.audits).where(_a.keeps > sa.literal_column("0"), _a.state == "running")
_UNTOUCHED = Listed(
    lambda ids: (
        sa.select(t.samples.c.id)
        .join(ids, ids.c.value == t.samples.c.id)
        .where(
            sa.or_(
                sa.and_(t.samples.c.state == t.OPEN, t.samples.c.party == ""),
                t.samples.c.state == t.KEPT,
            ),
            ~sa.exists().where(t.answers.c.sample_id == t.samples.c.id),
            ~sa.exists().where(t.leases.c.sample_id == t.samples.c.id, t.IS_ACTIVE),
        )
    )
)


class Audits:
    """Audits and certificates; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- beginning ----------------------------------------------------------------------

    def untouched(self, ids: Sequence[str]) -> set[str]:
        """Those of the samples that nobody has answered, decided or leased."""
        self._database.reap()
        with self._database.reading() as db:
            return _untouched(db, ids)

    def spent(self) -> float:
        """What all attempts so far have spent of the project's error budget."""
        with self._database.reading() as db:
            return _spent(db)

    def begin(
        self,
        plan: AuditPlan,
        allot: Callable[[float], float],
        due: Callable[[int, float], int],
    ) -> Audit:
        """Freeze a model's labels, spend from the error budget and begin to draw, all at once.

        Samples that somebody has answered or leased meanwhile are left out.  One audit runs at a
        time: a running audit of the same promise is returned and nothing is spent; one of another
        promise ends in the transaction in which the new one begins.

        Parameters
        ----------
        plan : AuditPlan
        allot : callable
            Returns what the attempt spends, from what earlier attempts have spent; may refuse.
        due : callable
            Returns how many samples of the first rung people have to check, from its size and
            from what the attempt spends; may refuse.
        """
        self._database.reap()
        with self._database.writing() as db:
            former = _running(db)
            asked = (plan.max_error, plan.confidence)
            if former is not None and (former.max_error, former.confidence) == asked:
                return former
            ids = [each.sample_id for each in plan.draws]
            lease_rows.lock_samples(db, ids)
            free = _untouched(db, ids)
            draws = [each for each in plan.draws if each.sample_id in free]
            n_rungs = len(plan.content["thresholds"])
            sizes = [sum(each.rung <= rung for each in draws) for rung in range(1, n_rungs + 1)]
            alpha = allot(_spent(db))
            first = due(sizes[0], alpha)
            if former is not None:  # not before nothing can refuse any more
                _end(db, former, Verdict((), former.testing, 0, "failed", _ASKED_AGAIN))
            made = db.execute(
                t.audits.insert().values(
                    key=uuid.uuid4().hex, started_at=utc_now(), max_error=plan.max_error,
                    confidence=plan.confidence, alpha=alpha,
                    cursor=db.execute(sa.select(sa.func.max(t.events.c.event_id))).scalar() or 0,
                    content=dict(plan.content) | {"rungs": sizes},
                    state="running", why="", testing=1, due=0, keeps=n_rungs,
                )
            ).inserted_primary_key  # fmt: skip
            assert made is not None
            audit_id = int(made[0])
            for place, part in zip(
                range(0, len(draws), _AT_ONCE), chunks(draws, _AT_ONCE), strict=True
            ):
                rows = [
                    {
                        "audit_id": audit_id, "place": place + offset, "sample_id": each.sample_id,
                        "label": each.label, "probability": each.probability, "rung": each.rung,
                        "checked": False, "answer": None,
                    }
                    for offset, each in enumerate(part)
                ]  # fmt: skip
                db.execute(t.audit_draws.insert(), rows)
            sums.seal(db, t.audit_draws)
            audit_rows.keep(db, audit_id)
            _set(db, audit_id, due=_place(db, audit_id, 1, first))
            return _by_id(db, audit_id)

    # --- drawing ------------------------------------------------------------------------

    def claim(self, annotator: str, session: str, *, seconds: float) -> Claim | None:
        """Lease the next sample of the running audit.

        Nobody gets a sample that somebody else has leased or labelled, or that they have skipped.

        Returns
        -------
        Claim or None
            None if no audit runs, or it has no sample left for this annotator now.
        """
        with self._database.reading() as db:
            if db.execute(_RUNNING).first() is None:
                return None
        self._database.reap()
        with self._database.writing() as db:
            audit = _running(db)
            if audit is None:
                return None
            free = _free(audit, annotator).order_by(_d.place).limit(1)
            row = db.execute(free).first()
            if row is None:
                return None
            lease_rows.lock_samples(db, [row.sample_id])
            behind = sa.select(sa.func.count()).select_from(t.audit_draws)
            n = db.execute(
                behind.where(of_audit(audit.audit_id, audit.testing), _d.place >= row.place)
            )
            n_left = n.scalar_one()
            draw = Draw("audit", 1.0 / n_left, n_left)
            lease = lease_rows.lease(db, row.sample_id, Holder(annotator, session, seconds), draw)
            return Claim(statements.sample_by_id(db, row.sample_id), lease, draw)

    def n_due(self, annotator: str | None = None) -> int:
        """How many samples of the running audit are still to be checked; 0 if no audit runs.

        Parameters
        ----------
        annotator : str, optional
            Only those that this person could get now.
        """
        with self._database.reading() as db:
            audit = _running(db)
            if audit is None:
                return 0
            left = _free(audit, annotator) if annotator is not None else _open(audit)
            return db.execute(sa.select(sa.func.count()).select_from(left.subquery())).scalar_one()

    def kept(self, ids: Sequence[str]) -> set[str]:
        """Those of the samples that the running audit may still ask for, without suggestions."""
        with self._database.reading() as db:
            return audit_rows.kept(db, ids) if db.execute(_RUNNING).first() is not None else set()

    # --- looking ------------------------------------------------------------------------

    def running(self) -> Audit | None:
        """The running audit."""
        with self._database.reading() as db:
            return _running(db)

    def all(self) -> list[Audit]:
        """All attempts, in order."""
        with self._database.reading() as db:
            return [_audit(row) for row in db.execute(sa.select(t.audits).order_by(_a.audit_id))]

    def states(self) -> tuple[tuple[int, str], ...]:
        """The state of each attempt, by its number: cheap, and different after each change."""
        with self._database.reading() as db:
            rows = db.execute(sa.select(_a.audit_id, _a.state).order_by(_a.audit_id))
            return tuple((audit_id, state) for audit_id, state in rows)

    def checked(
        self, audit: Audit, rung: int, present: Present, most: int | None = None
    ) -> Checked:
        """The known outcomes of one rung of an audit, or of its first `most` samples."""
        with self._database.reading() as db:
            return AuditFacts(db, audit, present).checked(rung, most)

    def settle(self, judge: Judge, present: Present) -> Audit | None:
        """Judge the running audit, and record the outcome in the same transaction.

        Parameters
        ----------
        judge : callable
        present : callable
            Gives the present meaning of an earlier label.

        Returns
        -------
        Audit or None
            The audit as it is now; None if no audit runs.
        """
        with self._database.reading() as db:
            audit = _running(db)
            if audit is None:
                return None
            verdict = judge(audit, AuditFacts(db, audit, present).checked)
            due = _place(db, audit.audit_id, verdict.testing, verdict.due)
            same = verdict.state == "running" and not verdict.reached
            if same and (verdict.testing, due) == (audit.testing, audit.due):
                return audit
        with self._database.writing() as db:
            audit = _running(db)
            if audit is None:
                return None
            facts = AuditFacts(db, audit, present)
            verdict = judge(audit, facts.checked)
            for reached in verdict.reached:
                _issue(db, audit, facts, reached)
            due = _place(db, audit.audit_id, verdict.testing, verdict.due)
            _set(db, audit.audit_id, testing=verdict.testing, due=due)
            if verdict.state != "running":
                _end(db, audit, verdict)
            return _by_id(db, audit.audit_id)

    # --- certificates -------------------------------------------------------------------

    def certificates(self) -> list[Certificate]:
        """All certificates, in order."""
        with self._database.reading() as db:
            rows = db.execute(certificate_rows.certificates().order_by(_c.certificate_id))
            return [Certificate(**row._asdict()) for row in rows]

    def in_force(self) -> Certificate | None:
        """The certificate in force."""
        with self._database.reading() as db:
            return certificate_rows.in_force(db)

    def certified(self, present: Present) -> Certified | None:
        """What the certificate in force says now, of the labels that people have left to it.

        Parameters
        ----------
        present : callable
            Gives the present meaning of an earlier label.
        """
        with self._database.reading() as db:
            return certificate_rows.certified(db, present)

    def certified_labels(self, present: Present) -> tuple[Certified, list[ModelLabel]] | None:
        """The same, and the labels by position, in one consistent state."""
        with self._database.reading() as db:
            found = certificate_rows.certified(db, present)
            if found is None:
                return None
            return found, list(certificate_rows.model_labels(db, found.certificate))

    def model_labels(self) -> Iterator[ModelLabel]:
        """The labels of the certificate in force, by position, in one consistent state.

        Samples that people have answered or decided are left out.
        """
        with self._database.reading() as db:
            certificate = certificate_rows.in_force(db)
            if certificate is not None:
                yield from certificate_rows.model_labels(db, certificate)

    def n_model_labels(self) -> int:
        """How many labels the certificate in force has."""
        with self._database.reading() as db:
            certificate = certificate_rows.in_force(db)
            return 0 if certificate is None else certificate_rows.n_model_labels(db, certificate)

    def answered(self) -> list[tuple[LabelValue, LabelValue, float]]:
        """The valid answers of all audits: the person's label, the model's, and its confidence.

        These samples were drawn uniformly from those that the audited models would have labelled.
        """
        query = (
            sa.select(t.answers.c.label, _d.label.label("expected"), _d.probability)
            .join(t.audit_draws, _d.sample_id == t.answers.c.sample_id)
            .join(t.events, t.events.c.event_id == t.answers.c.event_id)
            .join(t.audits, _a.audit_id == _d.audit_id)
            .where(audit_rows.IS_AUDIT_ANSWER, t.answers.c.event_id > _a.cursor)
            .order_by(_d.audit_id, _d.place)
        )
        with self._database.reading() as db:
            return [(row.label, row.expected, row.probability) for row in db.execute(query)]

    def void(self, why: str) -> bool:
        """End the running audit and the certificate in force; whether there was any."""
        with self._database.writing() as db:
            if not audit_rows.any_kept(db):
                return False
            lease_rows.refresh_states(db, audit_rows.void(db, why))
            return True


def _open(audit: Audit) -> sa.Select[Any]:
    """Draws that are due and that nobody has labelled or skipped."""
    return sa.select(_d.sample_id, _d.place).where(
        of_audit(audit.audit_id, audit.testing), _d.place <= audit.due, *unanswered(_d.sample_id)
    )


def _free(audit: Audit, annotator: str) -> sa.Select[Any]:
    """Draws that are due and that this person may get now, including those others skipped."""
    labelled = sa.exists().where(
        t.answers.c.sample_id == _d.sample_id,
        (t.answers.c.kind == "label") | (t.answers.c.annotator == annotator),
    )
    decided = sa.exists().where(t.decisions.c.sample_id == _d.sample_id)
    held = sa.exists().where(t.leases.c.sample_id == _d.sample_id, t.IS_ACTIVE)
    return sa.select(_d.sample_id, _d.place).where(
        of_audit(audit.audit_id, audit.testing), _d.place <= audit.due, ~labelled, ~decided, ~held
    )


def _untouched(db: sa.Connection, ids: Sequence[str]) -> set[str]:
    return {
        sample_id for part in chunks(ids, _AT_ONCE) for (sample_id,) in _UNTOUCHED.rows(db, part)
    }


def _spent(db: sa.Connection) -> float:
    return float(db.execute(sa.select(sa.func.sum(_a.alpha))).scalar() or 0.0)


def _place(db: sa.Connection, audit_id: int, rung: int, n: int) -> int:
    """The place of the last of the first `n` samples of a rung; before all others if `n` is 0."""
    places = sa.select(_d.place).where(of_audit(audit_id, rung)).order_by(_d.place)
    found = None if n < 1 else db.execute(places.offset(n - 1).limit(1)).scalar()
    return -1 if found is None else int(found)


def _set(db: sa.Connection, audit_id: int, **values: Any) -> None:
    db.execute(t.audits.update().where(_a.audit_id == audit_id).values(**values))


def _running(db: sa.Connection) -> Audit | None:
    row = db.execute(_RUNNING).first()
    return None if row is None else _audit(row)


def _by_id(db: sa.Connection, audit_id: int) -> Audit:
    return _audit(db.execute(sa.select(t.audits).where(_a.audit_id == audit_id)).one())


def _audit(row: sa.Row[Any]) -> Audit:
    values = row._asdict()
    del values["key"]
    return Audit(**values)


def _issue(db: sa.Connection, audit: Audit, facts: AuditFacts, reached: Reached) -> None:
    """Issue a certificate, in place of the one in force."""
    now = utc_now()
    former = certificate_rows.in_force(db)
    if former is not None:
        why = "A newer certificate took its place."
        db.execute(t.certificates.update().where(audit_rows.IN_FORCE).values(ended_at=now, why=why))
        if former.audit_id != audit.audit_id:
            _set(db, former.audit_id, keeps=0)
    checked = reached.checked
    db.execute(
        t.certificates.insert().values(
            audit_id=audit.audit_id, rung=reached.rung, issued_at=now,
            cursor=db.execute(sa.select(sa.func.max(t.events.c.event_id))).scalar() or 0,
            n_labelled=reached.n_labelled, n_checked=checked.n_drawn, n_wrong=checked.n_wrong,
            n_doubtful=checked.n_doubtful, error_bound=reached.error_bound, why="",
        )
    )  # fmt: skip
    rows = [{"of_place": place, "seen": answer} for place, answer in facts.answers(reached.rung)]
    mark = t.audit_draws.update().where(
        _d.audit_id == audit.audit_id, _d.place == sa.bindparam("of_place")
    )
    if rows:
        db.execute(mark.values(checked=True, answer=sa.bindparam("seen")), rows)


def _end(db: sa.Connection, audit: Audit, verdict: Verdict) -> None:
    """End an audit; keep the samples that its certificate labels, and release the others."""
    certificate = certificate_rows.in_force(db)
    mine = certificate is not None and certificate.audit_id == audit.audit_id
    keeps = certificate.rung if certificate is not None and mine else 0
    state = "held" if mine else "failed"
    _set(db, audit.audit_id, state=state, why=verdict.why, ended_at=utc_now(), keeps=keeps)
    lease_rows.refresh_states(db, audit_rows.release(db))

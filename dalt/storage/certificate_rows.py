"""Rows of certificates: statements inside a transaction that `dalt.storage.database` has begun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from dalt.core.audits import Certificate, Certified, ModelLabel
from dalt.core.records import LabelValue
from dalt.storage import audit_rows
from dalt.storage import tables as t

_AT_ONCE = 5_000
_a, _d, _c = t.audits.c, t.audit_draws.c, t.certificates.c


def of_audit(audit_id: int, rung: int) -> sa.ColumnElement[bool]:
    """Condition on ``audit_draws``: a sample of these rungs."""
    return sa.and_(_d.audit_id == audit_id, _d.rung <= rung)


def unanswered(sample_id: sa.ColumnElement[str]) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions: nobody has answered the sample, not even by a skip, or decided it."""
    return tuple(
        ~sa.exists().where(table.c.sample_id == sample_id) for table in (t.answers, t.decisions)
    )


def certificates() -> sa.Select[Any]:
    """All certificates, in the fields of `Certificate`."""
    names = (
        "certificate_id", "audit_id", "rung", "issued_at", "error_bound", "n_labelled", "n_checked",
        "n_wrong", "n_doubtful", "cursor", "ended_at", "why",
    )  # fmt: skip
    return sa.select(*(_c[name] for name in names), _a.max_error, _a.confidence, _a.content).join(
        t.audits, _a.audit_id == _c.audit_id
    )


def in_force(db: sa.Connection) -> Certificate | None:
    """The certificate in force."""
    row = db.execute(certificates().where(audit_rows.IN_FORCE)).first()
    return None if row is None else Certificate(**row._asdict())


def certified(db: sa.Connection, present: audit_rows.Present) -> Certified | None:
    """What the certificate in force says now."""
    certificate = in_force(db)
    if certificate is None:
        return None
    pairs = found_since(db, certificate)
    wrong = sum(present(said) != present(expected) for said, expected in pairs)
    return Certified(certificate, n_model_labels(db, certificate), wrong)


def n_model_labels(db: sa.Connection, certificate: Certificate) -> int:
    """How many samples nobody but the certified model has labelled."""
    count = sa.select(sa.func.count()).select_from(t.audit_draws)
    which = of_audit(certificate.audit_id, certificate.rung)
    return db.execute(count.where(which, *unanswered(_d.sample_id))).scalar_one()


def model_labels(db: sa.Connection, certificate: Certificate) -> Iterator[ModelLabel]:
    """The labels of these samples, by position."""
    query = (
        sa.select(
            _d.sample_id, t.samples.c.position, _d.label, _d.probability, t.samples.c.source
        )
        .join(t.samples, t.samples.c.id == _d.sample_id)
        .where(of_audit(certificate.audit_id, certificate.rung), *unanswered(_d.sample_id))
        .order_by(t.samples.c.position)
    )  # fmt: skip
    result = db.execution_options(yield_per=_AT_ONCE).execute(query)
    for part in result.partitions():
        yield from (ModelLabel(**row._asdict()) for row in part)


def found_since(db: sa.Connection, certificate: Certificate) -> list[tuple[LabelValue, LabelValue]]:
    """What people have said since about samples that the model labelled when it was issued.

    Returns
    -------
    list of (LabelValue, LabelValue)
        A person's label and the model's, once for each sample: as in the audit, the first of
        several people's labels counts.
    """
    of_people = t.events.c.kind.in_(("label", "skip", "import", "gold", "adjudicate"))
    # Such a sample did not belong to those that the certificate is about.
    known_before = sa.exists().where(
        t.events.c.sample_id == _d.sample_id, of_people, audit_rows.HELD_AT_ISSUE
    )
    query = (
        sa.select(_d.sample_id, t.answers.c.label, _d.label.label("expected"))
        .join(t.audit_draws, _d.sample_id == t.answers.c.sample_id)
        .where(
            of_audit(certificate.audit_id, certificate.rung),
            ~_d.checked,
            t.answers.c.kind == "label",
            t.answers.c.event_id > certificate.cursor,
            ~known_before,
        )
        .order_by(t.answers.c.event_id)
    )
    first: dict[str, tuple[LabelValue, LabelValue]] = {}
    for row in db.execute(query):
        first.setdefault(row.sample_id, (row.label, row.expected))
    return list(first.values())

"""Events that are sent again: the same event once, and never another one under its key."""

from __future__ import annotations

import sqlalchemy as sa

from dalt.core.records import EventKind, KeyUsed, Label, LabelValue
from dalt.storage import audit_rows, statements


def sent_before(
    db: sa.Connection,
    key: str,
    *,
    kind: EventKind,
    annotator: str,
    sample_id: str | None = None,
    label: LabelValue | None = None,
) -> Label | None:
    """The event of the first sending, if this is a resend.

    Parameters
    ----------
    db : Connection
    key : str
        The idempotency key.
    kind : {"label", "skip", "undo", "gold", "adjudicate", ...}
    annotator : str
    sample_id : str, optional
        None where the database chooses the sample, as for an undo.
    label : str, tuple of str or tuple of Region, optional
        A class that was renamed since is the same class.

    Raises
    ------
    KeyUsed
        If the key has recorded something else; the sender would take that for its own answer.
    """
    event = statements.event_by_key(db, key)
    if event is None:
        return None
    of_another = sample_id is not None and event.sample_id != sample_id
    if of_another or (event.kind, event.annotator) != (kind, annotator):
        raise KeyUsed(key)
    if label is None or event.label is None:
        same = label is event.label or sample_id is None
    else:
        present = audit_rows.present_in(db)
        same = present(event.label) == present(label)
    if not same:
        raise KeyUsed(key)
    return event

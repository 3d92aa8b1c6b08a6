"""How samples were drawn, in rows of leases and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa

from dalt.core.records import Draw, DrawKind, Label
from dalt.storage import tables as t
from dalt.storage.chunks import chunks


def draw_before(db: sa.Connection, sample_id: str) -> Draw | None:
    """The draw of a begun sample for its first annotator; not by an audit, which asks only once."""
    for table, order in ((t.events, t.events.c.event_id), (t.leases, t.leases.c.expires_at)):
        query = sa.select(table).where(table.c.sample_id == sample_id, table.c.draw != "audit")
        row = db.execute(query.order_by(order).limit(1)).first()
        if row is not None:
            return draw_of(row)
    return None


def leased_draw(db: sa.Connection, sample_id: str, annotator: str) -> Draw | None:
    """The draw of a sample for the annotator, also after the lease expired."""
    return leased_draws(db, [sample_id], annotator).get(sample_id)


def leased_draws(db: sa.Connection, sample_ids: Sequence[str], annotator: str) -> dict[str, Draw]:
    """The draws of samples for the annotator, as far as known."""
    found = {}
    for part in chunks(sample_ids):
        mine = t.leases.c.sample_id.in_(part) & (t.leases.c.annotator == annotator)
        for row in db.execute(sa.select(t.leases).where(mine)):
            draw = draw_of(row)
            if draw is not None:
                found[row.sample_id] = draw
    return found


def draw_of(row: sa.Row[Any] | Label) -> Draw | None:
    """The draw of a row of ``leases`` or an event; None if unknown."""
    if row.draw is None or row.inclusion_probability is None or row.n_candidates is None:
        return None
    return Draw(cast(DrawKind, row.draw), row.inclusion_probability, row.n_candidates)

"""When samples were added, inside a transaction of `dalt.storage.database`.

The log of events does not tell, and a draw says nothing about samples that came after it.
"""

from __future__ import annotations

import sqlalchemy as sa

from dalt.storage import counters
from dalt.storage import tables as t

_PREFIX = "samples at event "


def note(db: sa.Connection, n_samples: int) -> None:
    """Note the size of the pool before samples are added; only where something was recorded."""
    newest = db.execute(sa.select(sa.func.max(t.events.c.event_id))).scalar()
    if newest is None:
        return
    row = counters.upsert(db.dialect.name, t.about).values(
        name=f"{_PREFIX}{newest}", value=str(n_samples)
    )
    db.execute(row.on_conflict_do_nothing())  # the first size at this event holds


def noted(db: sa.Connection) -> list[tuple[int, int]]:
    """Events, and how many samples the pool had until then; none of before DALT noted them."""
    rows = db.execute(
        sa.select(t.about.c.name, t.about.c.value).where(t.about.c.name.startswith(_PREFIX))
    )
    return sorted((int(row.name.removeprefix(_PREFIX)), int(row.value)) for row in rows)

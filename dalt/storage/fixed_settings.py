"""The settings that labels depend on, such as the task; the database remembers them.

Statements inside a transaction that `dalt.storage.database` has begun.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from dalt.core.records import BadSettings
from dalt.core.settings.settings import GROWTH
from dalt.storage import tables as t

_PREFIX = "setting "
_GROWS = {f"{_PREFIX}{name}": (json.dumps(old), json.dumps(new)) for name, old, new in GROWTH}


def rows(settings: Mapping[str, str]) -> dict[str, str]:
    """The rows of ``about`` that remember settings, by their names.

    Examples
    --------
    >>> rows({"task": '"boxes"'})
    {'setting task': '"boxes"'}
    """
    return {f"{_PREFIX}{name}": value for name, value in settings.items()}


def remembered(db: sa.Connection) -> dict[str, str]:
    """The rows in the database; none in that of an earlier DALT."""
    found = db.execute(
        sa.select(t.about.c.name, t.about.c.value).where(t.about.c.name.startswith(_PREFIX))
    )
    return {row.name: row.value for row in found}


class Mark(NamedTuple):
    """The newest event and snapshot, which depend on the settings; None if there is none yet."""

    event: int | None
    snapshot: int | None


def mark(db: sa.Connection) -> Mark:
    """The newest event and snapshot now."""
    newest = (t.events.c.event_id, t.snapshots.c.version)
    return Mark(*(db.execute(sa.select(sa.func.max(column))).scalar() for column in newest))


def remember(db: sa.Connection, wanted: Mapping[str, str]) -> None:
    """Write the rows, unless the labels need others.

    Raises
    ------
    BadSettings
        If the labels were recorded under other settings and do not fit these.
    """
    check(db, wanted)
    _write(db, wanted)


def check(db: sa.Connection, wanted: Mapping[str, str]) -> None:
    """Refuse settings under which the labels were not recorded; without labels all are right.

    Raises
    ------
    BadSettings
        If the labels were recorded under other settings and do not fit these.
    """
    if mark(db).event is not None:
        _refuse_others(remembered(db), wanted, grown=True)


def settled(
    db: sa.Connection, wanted: Mapping[str, str], before: Mark, *, grown: bool = False
) -> bool:
    """Whether labels were recorded under these settings, which are final from then on.

    The first label fixes the settings.  Until then, several programs can have the project open
    with different settings.

    Parameters
    ----------
    db : sqlalchemy.Connection
    wanted : mapping of str to str
        The rows of this process.
    before : Mark
        The mark at the start of this transaction.
    grown : bool
        Whether this process opened the project with values that have since grown to these.

    Raises
    ------
    BadSettings
        If this transaction records under other settings than the labels before it.
    """
    now = mark(db)
    if now.event is None:
        return False
    if before.event is None:
        _write(db, wanted)
        return True
    if now != before:
        _refuse_others(remembered(db), wanted, grown=grown)
        _write(db, wanted)
    return remembered(db) == wanted


def _write(db: sa.Connection, wanted: Mapping[str, str]) -> None:
    known = remembered(db)
    for name, value in wanted.items():
        if name not in known:
            db.execute(t.about.insert().values(name=name, value=value))
        elif known[name] != value:
            db.execute(t.about.update().where(t.about.c.name == name).values(value=value))


def _refuse_others(
    known: Mapping[str, str], wanted: Mapping[str, str], *, grown: bool = False
) -> None:
    for name, value in wanted.items():
        kept, setting = known.get(name, value), name.removeprefix(_PREFIX)
        if kept != value and not (grown and _GROWS.get(name) == (kept, value)):
            raise BadSettings(
                f"project.toml says {setting} = {value}, and the labels of this project were given "
                f"with {setting} = {kept}, which stays: write that there again, or make another "
                "project."
            )

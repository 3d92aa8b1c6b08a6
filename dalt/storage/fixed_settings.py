"""The settings that labels depend on, as the task: the database remembers them.

Statements inside a transaction that `dalt.storage.database` has begun.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from dalt.core.records import BadSettings
from dalt.storage import tables as t

_PREFIX = "setting "


def rows(settings: Mapping[str, str]) -> dict[str, str]:
    """The rows of ``about`` that remember settings, by their names.

    Examples
    --------
    >>> rows({"task": '"boxes"'})
    {'setting task': '"boxes"'}
    """
    return {f"{_PREFIX}{name}": value for name, value in settings.items()}


def remembered(db: sa.Connection) -> dict[str, str]:
    """The rows that are there; none in a database of a former DALT."""
    found = db.execute(
        sa.select(t.about.c.name, t.about.c.value).where(t.about.c.name.startswith(_PREFIX))
    )
    return {row.name: row.value for row in found}


def remember(db: sa.Connection, wanted: Mapping[str, str]) -> None:
    """Write the rows, unless others hold.

    Raises
    ------
    BadSettings
        If there are labels, which were given with other settings.
    """
    known = remembered(db)
    if known and _is_labelled(db):
        _refuse_others(known, wanted)
    for name, value in wanted.items():
        if name not in known:
            db.execute(t.about.insert().values(name=name, value=value))
        elif known[name] != value:
            db.execute(t.about.update().where(t.about.c.name == name).values(value=value))


def settled(db: sa.Connection, wanted: Mapping[str, str]) -> bool:
    """Whether there are labels, so that the settings hold for good.

    Raises
    ------
    BadSettings
        If there are, and another process made the project one of other settings before.
    """
    if not _is_labelled(db):
        return False
    _refuse_others(remembered(db), wanted)
    return True


def _is_labelled(db: sa.Connection) -> bool:
    tables = (t.events, t.decisions)
    return any(db.execute(sa.select(1).select_from(table).limit(1)).first() for table in tables)


def _refuse_others(known: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    for name, value in wanted.items():
        kept, setting = known.get(name, value), name.removeprefix(_PREFIX)
        if kept != value:
            raise BadSettings(
                f"project.toml says {setting} = {value}, and the labels of this project were given "
                f"with {setting} = {kept}, which stays: write that there again, or make another "
                "project."
            )

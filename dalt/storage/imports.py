"""Labels from files: millions of them, written in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from dalt.core.records import LabelValue, utc_now
from dalt.storage import lease_rows, statements
from dalt.storage import tables as t
from dalt.storage.bulk import Listed, execute_each
from dalt.storage.chunks import chunks
from dalt.storage.database import Database

FORMER_KEY = "import:"
"""The beginning of the keys of DALT 0.2."""
Pair = tuple[str, str]
"""A sample and an annotator."""
IMPORTED_AT_ONCE = 20_000
"""Labels per transaction: annotators write in between."""


@dataclass(frozen=True, slots=True)
class ImportedLabel:
    """A label from a file; the same `key` is never recorded twice."""

    sample_id: str
    label: LabelValue
    annotator: str
    key: str
    former_key: str = ""
    """The key under which a former DALT recorded it; empty where there are none."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of labels from a file.

    Attributes
    ----------
    new : int
        Labels that were appended.
    unchanged : int
        Labels that hold already.
    outdated : tuple of ImportedLabel
        Labels that were imported before, and whose annotator has answered otherwise since.
    """

    new: int = 0
    unchanged: int = 0
    outdated: tuple[ImportedLabel, ...] = ()

    def __add__(self, other: Recorded) -> Recorded:
        """Sum up what became of two lists of labels."""
        return Recorded(
            self.new + other.new,
            self.unchanged + other.unchanged,
            self.outdated + other.outdated,
        )


def _as_it_is(label: LabelValue) -> LabelValue:
    return label


class Imports:
    """Writes labels from files; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        labels: Sequence[ImportedLabel],
        session: str,
        present: Callable[[LabelValue], LabelValue] = _as_it_is,
    ) -> Recorded:
        """Append labels from a file, each once per key, unless the same label holds already.

        A label replaces the annotator's former answer to that sample.  Parts are committed one at
        a time: after an interruption, call again to go on.

        Parameters
        ----------
        labels : sequence of ImportedLabel
        session : str
        present : callable
            The present meaning of a label of any time: classes may have been renamed.

        Raises
        ------
        UnknownSample
            If one of the samples is not in the pool; that part is not recorded.
        """
        done = Recorded()
        for part in chunks(labels, IMPORTED_AT_ONCE):
            with self._database.writing() as db:
                self._database.place.for_many_rows(db)
                rows = lease_rows.lock_rows(db, [each.sample_id for each in part])
                found = _compared(db, part, {row.id for row in rows}, present)
                if found.fresh:
                    _append(db, found, session)
                    touched = {each.sample_id for each in found.fresh}
                    lease_rows.set_states(
                        db, [row for row in rows if row.id in touched], found.kinds()
                    )
            done += found.recorded
        return done

    def has_former_keys(self) -> bool:
        """Whether a former DALT has imported labels here, under other keys."""
        key = t.events.c.key.startswith(FORMER_KEY, autoescape=True)
        query = sa.select(t.events.c.event_id).where(t.events.c.kind == "import", key).limit(1)
        with self._database.reading() as db:
            return db.execute(query).first() is not None

    def compare(
        self,
        labels: Sequence[ImportedLabel],
        present: Callable[[LabelValue], LabelValue] = _as_it_is,
    ) -> Recorded:
        """Say what `add` would do."""
        done = Recorded()
        for part in chunks(labels, IMPORTED_AT_ONCE):
            with self._database.reading() as db:
                known = statements.known_ids(db, [each.sample_id for each in part])
                done += _compared(db, part, known, present).recorded
        return done


class _Held(NamedTuple):
    """An answer that holds."""

    event_id: int
    kind: str
    label: LabelValue


@dataclass(frozen=True, slots=True)
class _Compared:
    """Labels from a file, compared with the answers that hold.

    Attributes
    ----------
    recorded : Recorded
    fresh : list of ImportedLabel
        Those to append.
    held : dict
        The answers that hold before, of all annotators.
    """

    recorded: Recorded
    fresh: list[ImportedLabel]
    held: dict[Pair, _Held]

    def kinds(self) -> dict[str, list[tuple[str, str]]]:
        """Who has answered each sample, and how, once the labels are appended."""
        answered = {pair: each.kind for pair, each in self.held.items()}
        answered |= {(each.sample_id, each.annotator): "label" for each in self.fresh}
        found: dict[str, list[tuple[str, str]]] = {}
        for (sample_id, annotator), kind in answered.items():
            found.setdefault(sample_id, []).append((annotator, kind))
        return found


def _compared(
    db: sa.Connection,
    labels: Sequence[ImportedLabel],
    known: AbstractSet[str],
    present: Callable[[LabelValue], LabelValue],
) -> _Compared:
    for each in labels:
        if each.sample_id not in known:
            raise statements.missing(db, each.sample_id)
    asked = [key for each in labels for key in (each.key, each.former_key) if key]
    keys = {key for (key,) in _KEYS.rows(db, asked)}
    held = {
        (row.sample_id, row.annotator): _Held(row.event_id, row.kind, row.label)
        for row in _ANSWERS.rows(db, [each.sample_id for each in labels])
    }
    said = {pair: each.label for pair, each in held.items() if each.kind == "label"}
    fresh: dict[str, ImportedLabel] = {}
    unchanged, outdated = 0, []
    for each in labels:
        pair = each.sample_id, each.annotator
        now = said.get(pair)
        if now is not None and (now == each.label or present(now) == each.label):
            unchanged += 1
        elif each.key in keys or each.former_key in keys or each.key in fresh:
            outdated.append(each)
        else:
            fresh[each.key] = each
            said[pair] = each.label
    recorded = Recorded(len(fresh), unchanged, tuple(outdated))
    return _Compared(recorded, list(fresh.values()), held)


def _append(db: sa.Connection, found: _Compared, session: str) -> None:
    """Append the events of labels, and let the last one of each person hold."""
    texts = {each.key: t.label_text(each.label) for each in found.fresh}
    now = t.time_text(utc_now())
    former = {pair: each.event_id for pair, each in found.held.items()}
    events = [
        (
            each.key, each.sample_id, texts[each.key], each.annotator, session, now,
            former.get((each.sample_id, each.annotator)),
        )
        for each in found.fresh
    ]  # fmt: skip
    execute_each(db, _INSERT_EVENT, events)
    ids = dict(map(tuple, _IDS.rows(db, list(texts))))
    last = {(each.sample_id, each.annotator): each.key for each in found.fresh}
    answers = [(*pair, texts[key], ids[key]) for pair, key in last.items()]
    execute_each(db, _PUT_ANSWER, answers)


_INSERT_EVENT = (
    "INSERT INTO events (kind, source, key, sample_id, label, annotator, session, created_at, "
    "supersedes) VALUES ('import', 'import', ?, ?, ?, ?, ?, ?, ?)"
)
_PUT_ANSWER = (
    "INSERT INTO answers (kind, sample_id, annotator, label, event_id) "
    "VALUES ('label', ?, ?, ?, ?) ON CONFLICT (sample_id, annotator) DO UPDATE SET "
    "kind = excluded.kind, label = excluded.label, event_id = excluded.event_id"
)
_KEYS = Listed(lambda keys: sa.select(t.events.c.key).join(keys, t.events.c.key == keys.c.value))
_IDS = Listed(
    lambda keys: sa.select(t.events.c.key, t.events.c.event_id).join(
        keys, t.events.c.key == keys.c.value
    )
)
_ANSWERS = Listed(lambda ids: sa.select(t.answers).join(ids, t.answers.c.sample_id == ids.c.value))

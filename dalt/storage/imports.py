"""Labels from files: millions of them, written in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from dalt.core.records import LabelValue, utc_now
from dalt.storage import lease_rows, statements
from dalt.storage import tables as t
from dalt.storage.chunks import chunks
from dalt.storage.database import Database

Pair = tuple[str, str]
"""A sample and an annotator."""
IMPORTED_AT_ONCE = 1_000
"""Labels per transaction: annotators write in between."""


@dataclass(frozen=True, slots=True)
class ImportedLabel:
    """A label from a file; the same `key` is never recorded twice."""

    sample_id: str
    label: LabelValue
    annotator: str
    key: str


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
                lease_rows.lock_samples(db, [each.sample_id for each in part])
                found = _compared(db, part, present)
                _append(db, found.fresh, found.former, session)
            done += found.recorded
        return done

    def compare(
        self,
        labels: Sequence[ImportedLabel],
        present: Callable[[LabelValue], LabelValue] = _as_it_is,
    ) -> Recorded:
        """Say what `add` would do."""
        done = Recorded()
        for part in chunks(labels, IMPORTED_AT_ONCE):
            with self._database.reading() as db:
                done += _compared(db, part, present).recorded
        return done


class _Compared(NamedTuple):
    """Labels from a file, compared with the answers that hold."""

    recorded: Recorded
    fresh: list[ImportedLabel]
    former: dict[Pair, int]


def _compared(
    db: sa.Connection,
    labels: Sequence[ImportedLabel],
    present: Callable[[LabelValue], LabelValue],
) -> _Compared:
    known = statements.known_ids(db, [each.sample_id for each in labels])
    for each in labels:
        if each.sample_id not in known:
            raise statements.unknown(each.sample_id)
    keys = set(_ids_of(db, [each.key for each in labels]))
    answers = _answers(db, [(each.sample_id, each.annotator) for each in labels])
    fresh: dict[str, ImportedLabel] = {}
    said: dict[Pair, LabelValue | None] = {pair: label for pair, (_, label) in answers.items()}
    unchanged, outdated = 0, []
    for each in labels:
        pair = each.sample_id, each.annotator
        now = said.get(pair)
        if now is not None and (now == each.label or present(now) == each.label):
            unchanged += 1
        elif each.key in keys or each.key in fresh:
            outdated.append(each)
        else:
            fresh[each.key] = each
            said[pair] = each.label
    recorded = Recorded(len(fresh), unchanged, tuple(outdated))
    former = {pair: event_id for pair, (event_id, _) in answers.items()}
    return _Compared(recorded, list(fresh.values()), former)


def _append(
    db: sa.Connection, labels: Sequence[ImportedLabel], former: Mapping[Pair, int], session: str
) -> None:
    if not labels:
        return
    last = {(each.sample_id, each.annotator): each for each in labels}  # the last holds
    now = utc_now()
    rows = [
        {
            "kind": "import", "key": each.key, "sample_id": each.sample_id, "label": each.label,
            "annotator": each.annotator, "session": session, "created_at": now,
            "source": "import", "supersedes": former.get((each.sample_id, each.annotator)),
        }
        for each in labels
    ]  # fmt: skip
    db.execute(t.events.insert(), rows)
    ids = _ids_of(db, [each.key for each in labels])
    for sample_id, annotator in last:
        if (sample_id, annotator) in former:
            db.execute(
                t.answers.delete().where(
                    t.answers.c.sample_id == sample_id, t.answers.c.annotator == annotator
                )
            )
    db.execute(
        t.answers.insert(),
        [
            {
                "sample_id": each.sample_id, "annotator": each.annotator, "kind": "label",
                "label": each.label, "event_id": ids[each.key],
            }
            for each in last.values()
        ],
    )  # fmt: skip
    lease_rows.refresh_states(db, sorted({each.sample_id for each in labels}))


def _ids_of(db: sa.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Event ids of recorded keys."""
    found: dict[str, int] = {}
    for part in chunks(keys):
        rows = db.execute(
            sa.select(t.events.c.key, t.events.c.event_id).where(t.events.c.key.in_(part))
        )
        found.update((row.key, row.event_id) for row in rows)
    return found


def _answers(db: sa.Connection, pairs: Sequence[Pair]) -> dict[Pair, tuple[int, LabelValue | None]]:
    """The events and labels that hold for these samples and annotators; None is a skip."""
    wanted, found = set(pairs), {}
    for part in chunks(sorted({sample_id for sample_id, _ in pairs})):
        rows = db.execute(sa.select(t.answers).where(t.answers.c.sample_id.in_(part)))
        for row in rows:
            if (row.sample_id, row.annotator) in wanted:
                label = row.label if row.kind == "label" else None
                found[row.sample_id, row.annotator] = row.event_id, label
    return found

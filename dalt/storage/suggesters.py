"""Sources of suggestions beside the model, and their votes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.core.records import utc_now
from dalt.core.suggesters import SuggesterKind, SuggesterRecord, Vote, Voted, VoteRecord
from dalt.storage import statements, sums
from dalt.storage import tables as t
from dalt.storage.bulk import Listed, execute_each
from dalt.storage.chunks import chunks
from dalt.storage.database import Database

Mark = tuple[int, int]
"""The newest vote, and how often sources came and went: it only grows."""
VOTES_AT_ONCE = 20_000
"""Votes per transaction: annotators write in between."""


class Suggesters:
    """Sources and votes, append-only like labels; a part of `dalt.storage.store.Store`.

    A source that is removed keeps its votes, which count for nothing from then on.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- sources ------------------------------------------------------------------------

    def all(self, *, removed: bool = False) -> list[SuggesterRecord]:
        """The sources in the order in which they came.

        Parameters
        ----------
        removed : bool
            Also those that were removed.
        """
        query = sa.select(t.suggesters).order_by(t.suggesters.c.suggester_id)
        if not removed:
            query = query.where(t.suggesters.c.removed_at.is_(None))
        with self._database.reading() as db:
            return [_record_of(row) for row in db.execute(query)]

    def named(self, name: str) -> SuggesterRecord | None:
        """The source of a name that was not removed, or None."""
        with self._database.reading() as db:
            return _named(db, name)

    def put(self, name: str, kind: SuggesterKind, version: str) -> SuggesterRecord:
        """Make a source, or renew what is known of the one with this name.

        Votes of an earlier version hold until others replace them.
        """
        values = {"kind": kind, "version": version, "trouble": ""}
        with self._database.writing() as db:
            known = _named(db, name)
            if known is None:
                db.execute(t.suggesters.insert().values(name=name, created_at=utc_now(), **values))
            else:
                same = t.suggesters.c.suggester_id == known.suggester_id
                db.execute(t.suggesters.update().where(same).values(values))
            found = _named(db, name)
            assert found is not None
            return found

    def renew(self, suggester_id: int, version: str) -> SuggesterRecord | None:
        """Note another version of a source; None, and nothing is changed, if it was removed."""
        same = t.suggesters.c.suggester_id == suggester_id, t.suggesters.c.removed_at.is_(None)
        with self._database.writing() as db:
            values = {"version": version, "trouble": ""}
            db.execute(t.suggesters.update().where(*same).values(values))
            row = db.execute(sa.select(t.suggesters).where(*same)).first()
            return None if row is None else _record_of(row)

    def tell_trouble(self, suggester_id: int, trouble: str) -> None:
        """Keep what a source could not do, as a sentence; empty if all is well again."""
        same = t.suggesters.c.suggester_id == suggester_id
        with self._database.writing() as db:
            db.execute(t.suggesters.update().where(same).values(trouble=trouble))

    def remove(self, name: str) -> bool:
        """Take a source out; False if there is none of this name."""
        with self._database.writing() as db:
            there = t.suggesters.c.name == name, t.suggesters.c.removed_at.is_(None)
            done = db.execute(t.suggesters.update().where(*there).values(removed_at=utc_now()))
            return done.rowcount > 0

    # --- votes --------------------------------------------------------------------------

    def vote(
        self,
        suggester_id: int,
        votes: Mapping[str, Vote],
        version: str,
        *,
        informed: bool = False,
        knew: Collection[str] = (),
    ) -> Voted:
        """Append votes on samples; parts are committed one at a time.

        A vote that holds already is not recorded again, so after an interruption the same call
        goes on.  Votes on samples that were removed, or that are not in the pool, are left out,
        and so is everything once the source was removed, or has another version: what a former
        one says late replaces nothing.

        Parameters
        ----------
        suggester_id : int
        votes : mapping of str to Vote
            From ids of samples to what the source says.
        version : str
            Of the source.
        informed : bool
            The source may have learned all labels of the project, also where it had voted the
            same before and that was not said.
        knew : collection of str
            Ids of samples with labels that it was told.
        """
        done = Voted()
        for part in chunks(list(votes.items()), VOTES_AT_ONCE):
            with self._database.writing() as db:
                self._database.place.for_many_rows(db)
                if not _votes_as(db, suggester_id, version):
                    break
                told = dict.fromkeys(knew, "")
                if informed:
                    ids = [id for id, _ in part]
                    told |= {row.sample_id: row.created_at for row in _LABELLED.rows(db, ids)}
                done += _append(db, suggester_id, dict(part), version, told)
        return done

    def forget(self, names: Collection[str]) -> int:
        """Take classes that are no more out of the votes that hold; their shares are left open.

        Another class may have one of these names later, and nothing has been said of it.

        Parameters
        ----------
        names : collection of str
            Of the classes, also former ones.

        Returns
        -------
        int
            How many votes named them.
        """
        there = t.suggesters.c.removed_at.is_(None)
        query = (
            sa.select(t.votes.c.vote_id, *(t.votes.c[name] for name in _WRITTEN))
            .join(t.suggesters, t.suggesters.c.suggester_id == t.votes.c.suggester_id)
            .where(there, ~_replaced())
            .order_by(t.votes.c.vote_id)
            .limit(VOTES_AT_ONCE)
        )
        done = 0
        with self._database.reading() as db:
            newest = db.execute(sa.select(sa.func.max(t.votes.c.vote_id))).scalar() or 0
        after = 0
        while True:
            page = query.where(t.votes.c.vote_id > after, t.votes.c.vote_id <= newest)
            with self._database.writing() as db:
                rows = db.execute(page).all()
                if not rows:
                    return done
                after = rows[-1].vote_id
                execute_each(db, _INSERT, forgotten := list(_without(rows, names)))
                sums.seal(db, t.votes)
                done += len(forgotten)

    def mark(self) -> Mark:
        """Something that grows with every vote, and whenever a source comes or goes."""
        votes = sa.select(sa.func.max(t.votes.c.vote_id)).scalar_subquery()
        changes = sa.func.count() + sa.func.count(t.suggesters.c.removed_at)
        query = sa.select(votes, changes).select_from(t.suggesters)
        with self._database.reading() as db:
            newest, n = db.execute(query).one()
            return (newest or 0, n)

    def votes(self, after: int = 0) -> Iterator[list[VoteRecord]]:
        """Votes in the order in which they came, those above `after`, in parts."""
        columns = (t.votes.c.vote_id, t.votes.c.suggester_id, t.samples.c.position)
        query = (
            sa.select(*columns, t.votes.c.content, t.votes.c.knew)
            .join(t.samples, t.samples.c.id == t.votes.c.sample_id)
            .order_by(t.votes.c.vote_id)
            .limit(VOTES_AT_ONCE)
        )
        while True:
            with self._database.reading() as db:
                rows = db.execute(query.where(t.votes.c.vote_id > after)).all()
            if not rows:
                return
            yield [VoteRecord(*row) for row in rows]
            after = rows[-1].vote_id

    def on(self, sample_ids: Sequence[str]) -> dict[int, dict[str, Vote]]:
        """What each source says of these samples, unless it may have known their labels.

        Returns
        -------
        dict of int to dict of str to Vote
            By the numbers of sources and the ids of samples.
        """
        found: dict[int, dict[str, Vote]] = {}
        with self._database.reading() as db:
            for part in chunks(sample_ids, VOTES_AT_ONCE):
                for row in _HELD.rows(db, part):
                    said = None if row.knew else json.loads(row.content)
                    found.setdefault(row.suggester_id, {})[row.sample_id] = said
        return found

    def asked(self, suggester_id: int, version: str) -> NDArray[np.int64]:
        """Positions of the samples that this version of a source has been asked about."""
        query = (
            sa.select(t.samples.c.position)
            .join(t.votes, t.votes.c.sample_id == t.samples.c.id)
            .where(
                t.votes.c.suggester_id == suggester_id,
                t.votes.c.version == version,
                ~_replaced(),
            )
        )
        with self._database.reading() as db:
            return np.fromiter(db.execute(query).scalars(), dtype=np.int64)

    def counts(self) -> dict[int, int]:
        """On how many samples of the pool each source says something."""
        says = sa.type_coerce(t.votes.c.content, sa.String) != "null"
        query = (
            sa.select(t.votes.c.suggester_id, sa.func.count())
            .join(t.samples, t.samples.c.id == t.votes.c.sample_id)
            .where(~t.IS_REMOVED, ~_replaced(), says)
            .group_by(t.votes.c.suggester_id)
        )
        with self._database.reading() as db:
            return {number: n for number, n in db.execute(query)}


def _replaced() -> sa.ColumnElement[bool]:
    """Condition on ``votes``: the source has voted on the sample again since."""
    later = t.votes.alias("later")
    return sa.exists().where(
        later.c.sample_id == t.votes.c.sample_id,
        later.c.suggester_id == t.votes.c.suggester_id,
        later.c.vote_id > t.votes.c.vote_id,
    )


def _append(
    db: sa.Connection,
    suggester_id: int,
    votes: dict[str, Vote],
    version: str,
    told: Mapping[str, str],
) -> Voted:
    """Append what differs from the votes that hold; `told` has the times of known labels."""
    known = statements.known_ids(db, list(votes))
    held = {
        row.sample_id: (json.loads(row.content), row.version, _had_known(row, told))
        for row in _HELD.rows(db, list(votes))
        if row.suggester_id == suggester_id
    }
    now = t.time_text(utc_now())
    rows, replaced, unchanged = [], 0, 0
    for sample_id, vote in votes.items():
        said = None if vote is None else dict(vote)
        before = held.get(sample_id)
        if sample_id not in known:
            continue
        if before == (said, version, True):
            unchanged += 1
            continue
        replaced += before is not None
        rows.append((suggester_id, sample_id, json.dumps(said), version, now, sample_id in told))
    execute_each(db, _INSERT, rows)
    if rows:
        sums.seal(db, t.votes)
    return Voted(len(rows) - replaced, replaced, unchanged)


def _named(db: sa.Connection, name: str) -> SuggesterRecord | None:
    there = t.suggesters.c.name == name, t.suggesters.c.removed_at.is_(None)
    row = db.execute(sa.select(t.suggesters).where(*there)).first()
    return None if row is None else _record_of(row)


def _without(rows: Sequence[sa.Row[Any]], names: Collection[str]) -> Iterator[tuple[Any, ...]]:
    """The votes that name some classes, again without them, as they are written."""
    for row in rows:
        content = row.content or {}
        kept = {name: share for name, share in content.items() if name not in names}
        if len(kept) < len(content):
            said, at = json.dumps(kept or None), t.time_text(row.created_at)
            yield (row.suggester_id, row.sample_id, said, row.version, at, row.knew)


def _had_known(row: sa.Row[Any], told: Mapping[str, str]) -> bool:
    """Whether a vote says already that its source may have known the label.

    A label that came after the vote cannot have taught its source: it still judges that vote.
    """
    return row.knew or row.sample_id not in told or told[row.sample_id] > row.created_at


def _votes_as(db: sa.Connection, suggester_id: int, version: str) -> bool:
    """Whether the source is there, and of this version."""
    query = sa.select(t.suggesters.c.removed_at, t.suggesters.c.version).where(
        t.suggesters.c.suggester_id == suggester_id
    )
    row = db.execute(query).first()
    return row is not None and row.removed_at is None and row.version == version


def _record_of(row: sa.Row[Any]) -> SuggesterRecord:
    return SuggesterRecord(**row._asdict())


_WRITTEN = ("suggester_id", "sample_id", "content", "version", "created_at", "knew")
_INSERT = (
    "INSERT INTO votes (suggester_id, sample_id, content, version, created_at, knew) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
# In the order in which they came: of each source and sample the last one holds.
_HELD = Listed(
    lambda ids: (
        sa.select(
            t.votes.c.suggester_id,
            t.votes.c.sample_id,
            sa.type_coerce(t.votes.c.content, sa.String).label("content"),
            t.votes.c.version,
            t.votes.c.knew,
            sa.type_coerce(t.votes.c.created_at, sa.String).label("created_at"),
        )
        .join(ids, t.votes.c.sample_id == ids.c.value)
        .order_by(t.votes.c.vote_id)
    )
)
# Samples that are labelled, and when they were for the first time: a later label may only correct.
_LABELLED = Listed(
    lambda ids: (
        sa.select(
            t.answers.c.sample_id,
            sa.func.min(sa.type_coerce(t.events.c.created_at, sa.String)).label("created_at"),
        )
        .join(ids, t.answers.c.sample_id == ids.c.value)
        .join(t.events, t.events.c.sample_id == t.answers.c.sample_id)
        .where(t.answers.c.kind == "label", t.events.c.label.is_not(None))
        .group_by(t.answers.c.sample_id)
    )
)

"""A database taken back to a moment is as the copy that was made then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from certified_stores import certify

from dalt.core.records import Answer, Sample, SnapshotRecord, utc_now
from dalt.storage import lease_rows
from dalt.storage import tables as t
from dalt.storage.copying import findings_in, held
from dalt.storage.cutting import cut
from dalt.storage.databases import SqliteFile
from dalt.storage.store import Store

PEOPLE = ("ana", "ben ☃")
FOLLOWS = (t.answers, t.decisions, t.events, t.chain, t.notes, t.tallies)
"""Tables that are compared row by row; of samples only what the events decide."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "labels.db", create=True, annotations_per_sample=2)) as made:
        made.samples.add([Sample(f"s{n}", "text", f"{n}") for n in range(12)])
        yield made


def acts(store: Store, rng: random.Random, number: int) -> None:
    """Let somebody do something at random."""
    sample, person, key = f"s{rng.randrange(10)}", rng.choice(PEOPLE), f"k{number}"
    what = rng.choices(["label", "skip", "undo", "gold", "remove", "restore", "note"],
                       [8, 2, 3, 2, 1, 1, 1])[0]  # fmt: skip
    removed = {store.samples.all()[position].id for position in store.removals.positions()}
    if what in ("label", "skip") and sample not in removed:
        label = None if what == "skip" else rng.choice(["cat", "dog", "[cat"])
        store.answers.record(Answer(what, sample, label, person, "sitting", key))  # type: ignore[arg-type]
    elif what == "undo":
        store.answers.undo(person, "sitting", key=key, seconds=60.0)
    elif what == "gold" and sample not in removed:
        store.adjudications.decide({sample: rng.choice(["cat", None])}, "gold", "eva", "o", key=key)
    elif what == "remove":
        store.removals.remove([sample], "eva", key=key)
    elif what == "restore":
        store.removals.restore([sample], "eva", key=key)
    elif what == "note" and sample not in removed:
        store.notes.add(sample, person, "sitting", key=key, flagged=True, comment=key)


def what_follows(path: Path) -> dict[str, Any]:
    with closing(Store(path)) as store, store.database.reading() as db:
        found: dict[str, Any] = {
            table.name: sorted(map(repr, db.execute(sa.select(table)).all())) for table in FOLLOWS
        }
        found["samples"] = db.execute(
            sa.select(t.samples.c.id, t.samples.c.state, t.samples.c.party)
        ).all()
        found["tallies"] = sorted(
            map(repr, db.execute(sa.select(t.tallies).where(t.tallies.c.n > 0)).all())
        )
        return found


def copied(store: Store, path: Path) -> Path:
    with held(SqliteFile(store.path)) as state:
        state.copy(path, lambda *_: None)
    return path


def end_leases(path: Path) -> None:
    with closing(Store(path)) as store, store.database.writing() as db:
        lease_rows.end_leases(db, sa.true())


@pytest.mark.parametrize("seed", range(4))
def test_it_is_as_the_copy_of_that_moment(store: Store, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    moments = []
    for number in range(40):
        if number % 9 == 4:
            moments.append((utc_now(), copied(store, tmp_path / f"then-{number}.db")))
        acts(store, rng, number)
    for moment, then in moments:
        newest = copied(store, tmp_path / "newest.db")
        found = cut(newest, moment)
        end_leases(then)  # an undone sample is held for who undid it
        due = what_follows(then)
        assert len(due["events"]) == max(found.last, 0), "numbers have no gaps here"
        assert what_follows(newest) == due
        assert findings_in(newest) == ()
        newest.unlink()


def test_numbers_go_on_and_leases_end(store: Store, tmp_path: Path) -> None:
    def label(sample: str, key: str) -> None:
        store.answers.record(Answer("label", sample, "cat", "ana", "a", key))

    label("s0", "first")
    moment = utc_now()
    label("s1", "second")
    lease = store.leases.claim(
        "ben", "b", candidates=[5], uniform=False, uniform_share=0.0, seconds=1e6
    )
    assert lease is not None
    newest = copied(store, tmp_path / "newest.db")
    assert cut(newest, moment) == (1, 1)
    with closing(Store(newest)) as again:
        event = again.answers.record(Answer("label", "s2", "dog", "ben", "b", "third"))
        assert event.event_id == 2
        assert again.samples.counts().leased == 0
        assert findings_in(newest) == ()


def test_before_everything_nothing_is_labelled(store: Store, tmp_path: Path) -> None:
    store.answers.record(Answer("label", "s0", "cat", "ana", "a", "k"))
    newest = copied(store, tmp_path / "newest.db")
    assert cut(newest, datetime.now(UTC) - timedelta(days=1)) == (1, 0)
    with closing(Store(newest)) as again:
        assert again.labels.current() == []
        assert again.samples.counts().samples == 12


def test_what_else_was_recorded_later_is_gone_and_ends_are_taken_back(
    store: Store, tmp_path: Path
) -> None:
    store.answers.record(Answer("label", "s0", "cat", "ana", "a", "k"))
    store.studies.start({"seed": 1}, "hash")
    source = store.suggesters.put("a", "file", "v1")
    store.suggesters.vote(source.suggester_id, {"s1": {"cat": 0.9}}, "v1")
    moment = utc_now()
    store.studies.end(1)
    store.studies.start({"seed": 2}, "another")
    store.suggesters.vote(source.suggester_id, {"s2": {"cat": 0.9}}, "v1")
    store.suggesters.put("b", "file", "v1")
    store.confirmations.add(1, "ana", "a", key="c")
    store.snapshots.add(
        SnapshotRecord(version=1, parent=None, cursor=1, seed=0, hash="h", encoder="e", head="d",
                       created_at=utc_now(), n_labels=1, metrics={})
    )  # fmt: skip
    newest = copied(store, tmp_path / "newest.db")
    cut(newest, moment)
    with closing(Store(newest)) as again, again.database.reading() as db:
        rows = {
            table.name: db.execute(sa.select(table)).all() for table in t.metadata.sorted_tables
        }
    assert [(row.study_id, row.ended_at) for row in rows["studies"]] == [(1, None)]
    assert [row.name for row in rows["suggesters"]] == ["a"]
    assert [row.sample_id for row in rows["votes"]] == ["s1"]
    assert rows["confirmations"] == rows["snapshots"] == []


def test_a_certificate_in_force_ends_and_its_samples_are_given_out_again(
    store: Store, tmp_path: Path
) -> None:
    moment = utc_now()
    certify(store, "s10")
    assert store.audits.in_force() is not None
    newest = copied(store, tmp_path / "newest.db")
    cut(newest, moment)
    with closing(Store(newest)) as again:
        assert again.audits.in_force() is None
        assert again.samples.counts().open == 12
    assert findings_in(newest) == ()

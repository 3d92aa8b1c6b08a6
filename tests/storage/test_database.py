"""Transactions, and the parts of a store that share them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from dalt.core.records import Answer, DamagedStore, Sample
from dalt.storage import statements
from dalt.storage import tables as t
from dalt.storage.answers import Answers
from dalt.storage.database import Database
from dalt.storage.databases import Place
from dalt.storage.labels import Labels
from dalt.storage.leases import Leases
from dalt.storage.samples import Samples

SAMPLES = [Sample(f"s{number}", "text", str(number)) for number in range(4)]


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Place:
    return new_place()


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    made = Database(place, create=True, seed=3)
    yield made
    made.close()


def test_a_part_needs_nothing_but_a_database(database: Database) -> None:
    assert Samples(database).add(SAMPLES) == 4
    event = Answers(database).record(Answer("label", "s1", "cat", "ana", "a", "k"))
    assert Labels(database).current() == [event]
    assert Leases(database).free("ana").tolist() == [True, False, True, True]


@pytest.mark.parametrize("transaction", ["writing", "claiming"])
def test_a_transaction_that_fails_changes_nothing_and_counts_nothing(
    database: Database, transaction: str
) -> None:
    pool = Samples(database)
    pool.add(SAMPLES[:1])
    with pytest.raises(ZeroDivisionError), getattr(database, transaction)() as db:
        assert statements.append_samples(db, SAMPLES, seed=3) == 3
        _ = 1 / 0
    assert pool.counts().samples == len(pool.all()) == 1
    pool.add(SAMPLES)
    assert pool.counts().samples == len(pool.all()) == 4


def test_one_read_sees_one_state_while_another_writes(database: Database, place: Place) -> None:
    other = Database(place)
    with database.reading() as db:
        before = statements.n_samples(db)
        Samples(other).add(SAMPLES)
        assert statements.n_samples(db) == before == 0
    with database.reading() as db:
        assert statements.n_samples(db) == 4
    other.close()


def test_who_makes_a_database_that_is_there_opens_it(database: Database, place: Place) -> None:
    Samples(database).add(SAMPLES)
    again = Database(place, create=True)
    assert Samples(again).counts().samples == 4
    again.discard()
    assert Samples(database).counts().samples == 4, "it was not made by that one"


def test_a_secret_is_made_once_for_all_processes(database: Database, place: Place) -> None:
    made = database.secret("a")
    other = Database(place)
    assert other.secret("a") == made == database.secret("a") and len(made) == 64
    assert other.secret("b") not in (made, "")
    other.close()


def test_all_who_ask_for_a_secret_at_once_get_the_same(database: Database, place: Place) -> None:
    others = [Database(place) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda each: each.secret("a"), others))
    assert found == {database.secret("a")}
    for each in others:
        each.close()


def test_what_is_no_time_is_told_as_damage(database: Database) -> None:
    Samples(database).add(SAMPLES)
    Answers(database).record(Answer("label", "s1", "cat", "ana", "a", "k"))
    with database.writing() as db:
        db.exec_driver_sql("UPDATE events SET created_at = '2026-12-31T25:00:00.000000+00:00'")
    with pytest.raises(DamagedStore, match=r"25:00.*where a time has to be; `dalt check` says"):
        Labels(database).current()


@pytest.mark.parametrize("odd", ["", "\u00b2", "-1", "1.0", "14 "])
def test_a_schema_that_is_no_number_is_damage(place: Place, odd: str) -> None:
    """A superscript two is a digit for Python, and no number."""
    made = Database(place, create=True, seed=3)
    with made.writing() as db:
        db.execute(sa.update(t.about).where(t.about.c.name == "schema").values(value=odd))
    made.close()
    with pytest.raises(DamagedStore, match="schema version is missing"):
        Database(place)

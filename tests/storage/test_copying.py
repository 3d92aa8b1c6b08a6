"""Copies of a store that is in use, from both databases, and those before an upgrade."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from former_schema import BACK

from dalt.core.records import Answer, Sample
from dalt.core.user_warnings import Upgraded
from dalt.storage import tables as t
from dalt.storage.copying import content_of, findings_in, held, prove
from dalt.storage.databases import Place, PostgresSchema, SqliteFile
from dalt.storage.store import Store


def filled(place: Place) -> Store:
    store = Store(place, create=True)
    store.samples.add([Sample(f"s{n}", "text", f"{n} ☃") for n in range(40)])
    store.samples.add([Sample("photo", "text", "a", location={"path": "a.png"})])
    for number in range(6):
        label(store, number)
    return store


def label(store: Store, number: int) -> None:
    store.answers.record(Answer("label", f"s{number}", "[cat", "ana ☃", "a", f"k{number}"))


def rows(store: Store) -> dict[str, list[Any]]:
    with store.database.reading() as db:
        return {
            table.name: sorted(map(repr, db.execute(sa.select(table)).all()))
            for table in t.metadata.sorted_tables
        }


def nobody(what: str, done: int, total: int) -> None:
    """Hear of no progress."""


def test_a_copy_has_one_state_while_others_write(
    new_place: Callable[[], Place], tmp_path: Path
) -> None:
    path = tmp_path / "copy.db"
    with closing(filled(new_place())) as store:
        before = rows(store)

        def meanwhile(what: str, done: int, total: int) -> None:
            label(store, 6)  # the same key: it counts once

        with held(store.place) as state:
            label(store, 7)
            state.copy(path, meanwhile)
        assert len(store.labels.current()) == 8
    prove(path)
    found = content_of(path)
    assert (found.newest_event, found.rows["samples"], found.referred) == (6, 41, 1)
    assert findings_in(path) == ()
    with closing(Store(path)) as copy:
        assert rows(copy) == before


def test_a_mark_differs_once_people_did_something(new_place: Callable[[], Place]) -> None:
    def mark() -> str:
        with held(store.place) as state:
            return state.mark()

    with closing(filled(new_place())) as store:
        first = mark()
        store.leases.claim(
            "ben", "b", candidates=[9], uniform=False, uniform_share=0.0, seconds=100.0
        )
        assert mark() == first, "a page that was opened says nothing that lasts"
        label(store, 8)
        second = mark()
        assert second != first
        store.studies.start({"seed": 1}, "hash")
        third = mark()
        store.studies.end(1)
        assert len({first, second, third, mark()}) == 4, "rows that change count too"


def test_a_store_is_copied_before_it_is_upgraded(new_place: Callable[[], Place]) -> None:
    place = new_place()
    with closing(filled(place)) as store:
        newest = t.SCHEMA_VERSION
        with store.database.claiming() as db:
            for statement in filter(str.strip, BACK[newest].split(";")):
                db.exec_driver_sql(statement)
            db.execute(
                t.about.update().where(t.about.c.name == "schema").values(value=str(newest - 1))
            )
    with pytest.warns(Upgraded, match=f"from schema {newest - 1} to {newest}"):
        store = Store(place)
    with closing(store):
        label(store, 9)
        assert len(store.labels.current()) == 7
        if isinstance(place, SqliteFile):
            kept = place.path.with_name(f"{place.path.name}.schema-{newest - 1}")
            assert content_of(kept).newest_event == 6
            return
        check_schema(store, place, f"{place.schema}_schema{newest - 1}")


def check_schema(store: Store, place: PostgresSchema, copy: str) -> None:
    """Put the copy in the place of the schema, as its owner would: it is a whole store."""
    with store.database.claiming() as db:
        db.exec_driver_sql(f"ALTER SCHEMA {place.schema} RENAME TO {place.schema}_newer")
        db.exec_driver_sql(f"ALTER SCHEMA {copy} RENAME TO {place.schema}")
    store.close()
    with pytest.warns(Upgraded), closing(Store(place)) as again:
        assert len(again.labels.current()) == 6
        event = again.answers.record(Answer("label", "s20", "dog", "ben", "b", "later"))
        assert event.event_id == 7, "its counters are its own"
        with again.database.reading() as db:
            found = sa.inspect(db).get_foreign_keys("events", schema=place.schema)
            assert [each["referred_table"] for each in found] == ["samples"]
            assert found[0]["referred_schema"] in (None, place.schema)


def test_a_file_that_may_only_be_read_is_copied_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = SqliteFile(tmp_path / "labels.db")
    filled(place).close()
    before = place.path.read_bytes()
    monkeypatch.setattr("dalt.storage.reading_only.is_writable", lambda path: False)
    with held(place) as state:
        state.copy(tmp_path / "copy.db", nobody)
    assert content_of(tmp_path / "copy.db").newest_event == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "labels.db"]
    assert place.path.read_bytes() == before

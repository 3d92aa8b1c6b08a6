"""What a page measured, and the arm that it drew, are kept with the event."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from former_schema import make_former
from stores import answer, current

from dalt.core.records import Answer, Timing
from dalt.storage.databases import Place, SqliteFile
from dalt.storage.store import Store

TIMING = Timing(paint_seconds=0.016, commit_seconds=1.5, hidden_seconds=1 / 3, n_keys=1, n_clicks=0)


def timed(sample_id: str, key: str) -> Answer:
    return replace(answer(sample_id, "cat", key), timing=TIMING, arm="suggestions")


def test_they_come_back_as_they_were_recorded(store: Store) -> None:
    event = store.answers.record(timed("s0001", "k1"))
    assert (event.timing, event.arm) == (TIMING, "suggestions")
    plain = store.answers.record(answer("s0002", "cat", "k2"))
    assert (plain.timing, plain.arm) == (None, None)
    assert list(store.events.all()) == [event, plain]


def test_an_answer_that_is_sent_again_keeps_its_first_times(store: Store) -> None:
    first = store.answers.record(timed("s0001", "k1"))
    again = replace(timed("s0001", "k1"), timing=Timing(commit_seconds=9.0), arm="none")
    assert store.answers.record(again) == first


def test_a_redo_keeps_the_arm_and_counts_no_time_twice(store: Store) -> None:
    store.answers.record(timed("s0001", "k1"))
    store.answers.undo("ana", "ana-1", key="u", seconds=60.0)
    [redone] = store.answers.redo("ana", "ana-1", key="r")
    assert (redone.label, redone.arm, redone.timing) == ("cat", "suggestions", None)
    undo = list(store.events.all())[1]
    assert (undo.kind, undo.arm, undo.timing) == ("undo", None, None)


def without_times(store: Store) -> None:
    """Make its database one of schema 9, in which events had neither."""
    place = store.place
    store.close()
    if isinstance(place, SqliteFile):
        make_former(place.path, 9)
        return
    engine = place.engine(create=False)
    with engine.begin() as db:
        for column in ("timing", "arm", "suggesters"):
            db.exec_driver_sql(f"ALTER TABLE events DROP COLUMN {column}")
        db.exec_driver_sql("UPDATE about SET value = '9' WHERE name = 'schema'")
    engine.dispose()


def test_a_database_of_schema_9_is_brought_up_to_date(store: Store, place: Place) -> None:
    before = store.answers.record(answer("s0001", "cat", "k1"))
    without_times(store)
    with closing(Store(place)) as again:
        assert list(again.events.all()) == [before]
        assert again.answers.record(timed("s0002", "k2")).timing == TIMING
    with closing(Store(place)) as opened:  # once more: nothing is left to do
        assert current(opened) == {("s0001", "ana"): "cat", ("s0002", "ana"): "cat"}
        assert [each.arm for each in opened.events.all()] == [None, "suggestions"]


@pytest.mark.parametrize("schema", [1, 4, 7, 9])
def test_every_former_schema_opens(file: Store, path: Path, schema: int) -> None:
    file.answers.record(answer("s0001", "cat", "k1"))
    file.close()
    make_former(path, schema)
    with closing(Store(path)) as again:
        assert again.answers.record(timed("s0002", "k2")).timing == TIMING
        assert [each.timing for each in again.events.all()] == [None, TIMING]

"""A store that asks several people for each sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from stores import answer, claim, position, samples

from dalt.storage import tables as t
from dalt.storage.databases import Place
from dalt.storage.store import Store


@pytest.fixture
def pairs(place: Place) -> Iterator[Store]:
    """A store that asks two people for each sample."""
    made = Store(place, create=True, annotations_per_sample=2)
    made.samples.add(samples(10))
    yield made
    made.close()


def test_a_sample_goes_to_as_many_people_as_are_asked_for(pairs: Store) -> None:
    assert [position(claim(pairs, who, candidates=[4, 5])) for who in ("ana", "bob", "cem")] == [
        4, 4, 5,
    ]  # fmt: skip
    assert pairs.samples.counts().leased == 1 and pairs.samples.counts().open == 9


def test_what_others_have_begun_is_finished_first_the_earliest_before_all(pairs: Store) -> None:
    for number in (7, 2):
        claim(pairs, candidates=[number])
    got = [position(claim(pairs, "bob", candidates=[5, 2], uniform=n == 1)) for n in range(3)]
    assert got == [7, 2, 5]


def test_a_sample_is_labelled_when_enough_have_labelled_it(pairs: Store) -> None:
    pairs.answers.record(answer("s0004", "cat", "k1"))
    assert (pairs.samples.counts().labelled, pairs.samples.counts().open) == (0, 10)
    assert not pairs.samples.open_mask()[4], "the trainer need not choose it"
    pairs.answers.record(answer("s0004", "dog", "k2", "bob"))
    assert (pairs.samples.counts().labelled, pairs.samples.counts().open) == (1, 9)
    pairs.answers.undo("bob", "bob-1", key="u", seconds=60.0)
    assert (pairs.samples.counts().labelled, pairs.samples.counts().leased) == (0, 1)


def test_a_skip_does_not_count_and_does_not_come_back(pairs: Store) -> None:
    pairs.answers.record(answer("s0004", None, "k1"))
    got = [position(claim(pairs, who, candidates=[4, 5])) for who in ("ana", "bob", "cem")]
    assert got == [5, 5, 4]
    assert position(claim(pairs, "dan", candidates=[0])) == 4, "two besides the one who skipped"


def test_a_late_answer_is_kept_also_when_it_is_one_too_many(pairs: Store) -> None:
    claim(pairs, candidates=[4], seconds=-1.0)
    for who in ("bob", "cem"):
        assert position(claim(pairs, who, candidates=[4])) == 4
        pairs.answers.record(answer("s0004", "cat", who, who))
    late = pairs.answers.record(answer("s0004", "dog", "late"))
    assert late.draw == "strategy" and len(pairs.labels.current()) == 3
    assert pairs.samples.counts().labelled == 1


def test_who_comes_second_keeps_how_the_sample_was_drawn(pairs: Store) -> None:
    first = claim(pairs, candidates=[4], uniform=True)
    second = claim(pairs, "bob", candidates=[5])
    assert first is not None and second is not None
    assert (second.sample, second.draw) == (first.sample, first.draw)


def test_more_people_can_be_asked_for_later_and_fewer(store: Store, place: Place) -> None:
    store.answers.record(answer("s0004", "cat", "k1"))
    assert store.samples.counts().labelled == 1
    again = Store(place, annotations_per_sample=2)
    assert again.samples.counts().labelled == 0
    assert position(claim(again, "bob", candidates=[5])) == 4
    store.ask_for(1)
    again.ask_for(2)
    again.ask_for(1)
    assert (again.samples.counts().labelled, again.samples.counts().leased) == (1, 0)
    again.close()


def test_one_who_has_answered_all_has_nothing_left_and_others_have(pairs: Store) -> None:
    while (got := claim(pairs)) is not None:
        pairs.answers.record(answer(got.sample.id, "cat", got.sample.id))
    assert pairs.leases.available("ana") == (0, 0)
    assert pairs.leases.available("bob") == (10, 0)


def test_expired_leases_come_back_in_any_number(store: Store) -> None:
    store.samples.add(samples(1_300))
    page = store.leases.claim_page(
        "ana", "ana-1", candidates=range(1_300), size=1_300, seconds=-1.0
    )
    assert len(page) == 1_300
    assert store.leases.available("bob") == (1_300, 0)


def test_a_claim_reads_no_table_from_end_to_end(file: Store) -> None:
    """Whatever is held or was answered, the database finds rows by index."""
    asked: list[tuple[str, Any]] = []
    hold: dict[str, Any] = {"uniform_share": 0.1, "seconds": 60.0}

    @sa.event.listens_for(file.database.engine, "before_cursor_execute")
    def keep(_db: Any, _cursor: Any, statement: str, values: Any, _: Any, many: bool) -> None:
        if not many and statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
            asked.append((statement, values))

    for uniform in (False, True):
        file.leases.claim("ana", "a", candidates=[3, 4], uniform=uniform, **hold)
    file.leases.renew("a", 60.0)
    file.answers.record(answer("s0003", "cat", "k"))
    file.answers.undo("ana", "a", key="u", seconds=-1.0)
    file.leases.claim("bob", "b", candidates=[3, 4], uniform=False, **hold)
    file.leases.release("a")
    sa.event.remove(file.database.engine, "before_cursor_execute", keep)
    assert len(asked) > 20
    with file.database.engine.connect() as db:
        for statement, values in asked:
            plan = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            # That index has only the audits that keep samples: at most one.
            scans = [row[3] for row in plan if "INDEX audits_keeping" not in row[3]]
            read_whole = {each.split()[1] for each in scans if each.startswith("SCAN")}
            assert not read_whole & set(t.metadata.tables), statement

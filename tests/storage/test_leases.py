"""Leases: candidates in order, uniform draws, and no sample for two people."""

from __future__ import annotations

import multiprocessing
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from stores import NewPlace, answer, claim, current, samples

from dalt.core.records import utc_now
from dalt.storage import counters, database, lease_rows
from dalt.storage import tables as t
from dalt.storage.databases import Place
from dalt.storage.store import Store


def test_candidates_are_leased_in_their_order(store: Store) -> None:
    got = [claim(store, candidates=[7, 2, 5]) for _ in range(3)]
    assert [c.sample.position for c in got if c] == [7, 2, 5]
    assert {c.draw.kind for c in got if c and c.draw} == {"strategy"}


def test_a_lease_from_a_clock_that_ran_ahead_ends_with_those_of_now(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = {"ahead": timedelta(days=365)}
    real = utc_now
    for module in (counters, database, lease_rows):
        monkeypatch.setattr(module, "utc_now", lambda: real() + clock["ahead"])
    held = [claim(store, "bob") for _ in range(10)]
    assert all(held) and claim(store, "ana") is None
    clock["ahead"] = timedelta(0)  # the clock is set right
    assert claim(store, "ana") is None, "they hold for a while yet: bob may be at work"
    clock["ahead"] = timedelta(seconds=61)
    assert claim(store, "ana") is not None


def test_clocks_that_differ_a_little_shorten_no_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = {"ahead": timedelta(seconds=50)}
    real = utc_now
    monkeypatch.setattr(lease_rows, "utc_now", lambda: real() + clock["ahead"])
    held = claim(store, "bob", candidates=[3])
    assert held is not None
    clock["ahead"] = timedelta(0)
    claim(store, "ana")
    with store.database.reading() as db:
        ends = db.execute(sa.select(t.leases.c.expires_at).order_by(t.leases.c.expires_at)).all()
    assert ends[-1].expires_at == held.lease.expires_at


def test_without_candidates_every_sample_comes_once_in_a_seeded_order(
    new_place: NewPlace,
) -> None:
    orders = []
    for seed in (1, 1, 2):
        store = Store(new_place(), create=True, seed=seed)
        store.samples.add(samples(10))
        got = [claim(store) for _ in range(11)]
        assert got[-1] is None
        assert all(c.draw and c.draw.kind == "uniform" for c in got if c)
        orders.append([c.sample.position for c in got if c])
        store.close()
    assert sorted(orders[0]) == list(range(10))
    assert orders[0] == orders[1] != orders[2]


def test_uniform_draws_are_uniform_over_seeds(tmp_path: Path) -> None:
    counts = np.zeros(4)
    empty = tmp_path / "empty.db"
    Store(empty, create=True).close()  # its tables are the same for every seed
    for seed in range(200):
        store = Store(Path(shutil.copy(empty, tmp_path / f"{seed}.db")), seed=seed)
        store.samples.add(samples(4))
        drawn = claim(store, candidates=[0], uniform=True)
        assert drawn is not None
        counts[drawn.sample.position] += 1
        store.close()
    expected = 50.0
    assert ((counts - expected) ** 2 / expected).sum() < 16.3  # chi-squared, 3 df, p = 0.001


def test_the_inclusion_probability_counts_both_ways_of_drawing(store: Store) -> None:
    by_strategy = claim(store, candidates=[0], uniform_share=0.2)
    assert by_strategy is not None and by_strategy.draw is not None
    assert by_strategy.draw.probability == pytest.approx(0.8 + 0.2 / 10)
    assert by_strategy.draw.n_candidates == 10
    uniform = claim(store, candidates=[99], uniform=True, uniform_share=0.2)
    assert uniform is not None and uniform.draw is not None
    assert uniform.draw.probability == pytest.approx(1 / 9)  # no candidate is open


def test_an_expired_lease_comes_back_and_a_late_answer_is_kept(store: Store) -> None:
    mine = claim(store, candidates=[4], seconds=-1.0)
    theirs = claim(store, "bob", candidates=[4])
    assert mine is not None and theirs is not None
    assert theirs.sample == mine.sample
    store.answers.record(answer("s0004", "cat", "late"))
    store.answers.record(answer("s0004", "dog", "in time", annotator="bob"))
    assert current(store) == {("s0004", "ana"): "cat", ("s0004", "bob"): "dog"}


def test_a_late_answer_by_id_still_knows_how_its_sample_was_drawn(store: Store) -> None:
    claim(store, candidates=[4], seconds=-1.0)
    claim(store, "bob", candidates=[5])  # takes expired leases back first
    event = store.answers.record(answer("s0004", "cat", "late"))
    assert (event.draw, event.n_candidates) == ("strategy", 10)


def test_renewing_holds_and_releasing_frees(store: Store) -> None:
    claim(store, candidates=[4], seconds=-1.0)
    store.leases.renew("ana-1", 60.0)
    other = claim(store, "bob", candidates=[4, 5])
    assert other is not None and other.sample.position == 5
    store.leases.release("ana-1")
    again = claim(store, "bob", candidates=[4])
    assert again is not None and again.sample.position == 4


def test_a_skip_comes_back_for_others_only(store: Store) -> None:
    mine = claim(store, candidates=[4])
    assert mine is not None
    store.answers.record(answer("s0004", None, "k"))
    next_of_mine = claim(store, candidates=[4])
    assert next_of_mine is not None and next_of_mine.sample.position != 4
    theirs = claim(store, "bob", candidates=[4])
    assert theirs is not None and theirs.sample.position == 4


def test_what_was_skipped_is_listed_until_somebody_labels_it(store: Store) -> None:
    for position in (4, 2, 7):
        store.answers.record(answer(f"s{position:04d}", None, f"skip {position}"))
    assert store.answers.skipped_by("ana", 10) == ["s0004", "s0002", "s0007"]
    assert store.answers.skipped_by("ana", 1) == ["s0004"]
    assert store.answers.skipped_by("bob", 10) == []
    store.answers.record(answer("s0002", "cat", "label", annotator="bob"))
    store.answers.record(answer("s0004", None, "again"))
    assert store.answers.skipped_by("ana", 10) == ["s0007", "s0004"]


def _claim_all(place: Place, name: str, start: Any, found: Any) -> None:
    store = Store(place)
    ids: list[str] = []
    start.wait()  # until the others, too, are there
    while (c := claim(store, name, candidates=range(400), uniform=len(ids) % 5 == 0)) is not None:
        ids.append(c.sample.id)
        if len(ids) == 1:
            start.wait()  # nobody runs ahead before each has one
        page = store.leases.claim_page(
            name, name, candidates=range(399, 0, -3), size=4, seconds=60.0
        )
        ids += [c.sample.id for c in page]
    found.put(ids)


def test_processes_that_race_never_get_the_same_sample(place: Place) -> None:
    store = Store(place, create=True)
    store.samples.add(samples(400))
    context = multiprocessing.get_context("spawn")
    found, start = context.Queue(), context.Barrier(3, timeout=120)
    racers = [
        context.Process(target=_claim_all, args=(place, f"p{i}", start, found)) for i in range(3)
    ]
    for racer in racers:
        racer.start()
    got = [found.get(timeout=120) for _ in racers]
    for racer in racers:
        racer.join()
    ids = [sample_id for part in got for sample_id in part]
    assert len(ids) == 400 and len(set(ids)) == 400
    assert all(got), "each of them took part"


def test_threads_share_a_store(store: Store) -> None:
    errors: list[BaseException] = []

    def label(name: str) -> None:
        try:
            while (c := claim(store, name)) is not None:
                store.answers.record(answer(c.sample.id, "cat", f"{name}-{c.sample.id}", name))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=label, args=(f"t{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(store.labels.current()) == 10

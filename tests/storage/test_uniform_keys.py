"""Uniform draws stay uniform when samples come to the pool, or back to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from stores import answer, claim, samples

from dalt.core.audits import AuditPlan, Frozen
from dalt.core.records import Draw, Sample
from dalt.storage import statements, uniform_keys
from dalt.storage import tables as t
from dalt.storage.store import Store

POOL = samples(400)


def draw(store: Store, n: int) -> list[str]:
    """The ids of the next uniform draws, all labelled."""
    found = []
    for _ in range(n):
        got = claim(store, uniform=True)
        assert got is not None and got.draw is not None and got.draw.kind == "uniform"
        store.answers.record(answer(got.sample.id, "cat", f"draw {got.sample.id}"))
        found.append(got.sample.id)
    return found


def draw_at_once(store: Store, n: int) -> list[str]:
    """The same in one transaction."""
    is_open = t.samples.c.state == t.OPEN
    query = sa.select(t.samples.c.id).where(is_open).order_by(t.samples.c.turn).limit(n)
    with store.database.reading() as db:
        found = list(db.execute(query).scalars())
    drawn = Draw("uniform", 0.01, 100)
    store.answers.record_page(
        [replace(answer(each, "cat", f"draw {each}"), draw=drawn) for each in found]
    )
    return found


def keys(store: Store) -> list[int]:
    with store.database.reading() as db:
        query = sa.select(t.samples.c.shuffle).order_by(t.samples.c.position)
        return list(db.execute(query).scalars())


SEEDS = range(5)


@pytest.fixture(scope="module")
def drawn_from(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Closed pools of 60 samples with different seeds, of which 40 were drawn uniformly."""
    folder = tmp_path_factory.mktemp("pools")
    for seed in SEEDS:
        store = Store(folder / f"{seed}.db", create=True, seed=seed)
        store.samples.add(POOL[:60])
        draw_at_once(store, 40)
        store.close()
    return folder


@pytest.fixture
def pools(drawn_from: Path, tmp_path: Path) -> Iterator[list[Store]]:
    """Copies of `drawn_from` of the test's own."""
    folder = Path(shutil.copytree(drawn_from, tmp_path / "pools"))
    with ExitStack() as stores:
        yield [
            stores.enter_context(closing(Store(folder / f"{seed}.db", seed=seed))) for seed in SEEDS
        ]


def test_added_samples_are_drawn_as_often_as_those_before_them(pools: list[Store]) -> None:
    counts = np.zeros(4)  # of the next 20 draws out of 20 former and 60 new samples
    for store in pools:
        store.samples.add(POOL[60:120])
        for each in draw_at_once(store, 20):
            position = int(each[1:])
            counts[0 if position < 60 else 1 + (position - 60) // 20] += 1
    expected = 20 * len(pools) / 4
    # chi-squared, 3 degrees of freedom, p = 0.001
    assert ((counts - expected) ** 2 / expected).sum() < 16.3


def removed_and_restored(store: Store, chosen: Sequence[Sample]) -> Iterator[None]:
    ids = [each.id for each in chosen]
    store.removals.remove(ids, "owner", key="r")
    yield
    store.removals.restore(ids, "owner", key="b")


def answered_and_taken_back(store: Store, chosen: Sequence[Sample]) -> Iterator[None]:
    store.answers.record_page([answer(each.id, "dog", f"taken {each.id}") for each in chosen])
    yield
    assert store.answers.take_back("taken ", None, "s", key="back") == len(chosen)


def held_and_let_go(store: Store, chosen: Sequence[Sample]) -> Iterator[None]:
    for each in chosen:  # by the strategy, and nobody answers
        positions = [store.samples.get(each.id).position]
        assert claim(store, "ben", candidates=positions, uniform_share=0.0) is not None
    yield
    store.leases.release("ben-1")


def audited_in_vain(store: Store, chosen: Sequence[Sample]) -> Iterator[None]:
    frozen = tuple(Frozen(each.id, "cat", 0.9, 1) for each in chosen)
    plan = AuditPlan(0.1, 0.9, frozen, {"thresholds": [0.9], "classes": ["cat", "dog"]})
    store.audits.begin(plan, lambda spent: 0.01, lambda n, alpha: 3)
    yield
    assert store.audits.void("It was given up.")


@pytest.mark.parametrize(
    "away", [removed_and_restored, answered_and_taken_back, held_and_let_go, audited_in_vain]
)
def test_samples_that_come_back_are_drawn_as_often_as_the_others(
    pools: list[Store], away: Callable[[Store, Sequence[Sample]], Iterator[None]]
) -> None:
    chosen, n_back = POOL[60:80], 0
    for store in pools:
        store.samples.add(POOL[60:100])
        with contextmanager(away)(store, chosen):
            draw_at_once(store, 20)  # of the 40 that are left
        back = {each.id for each in chosen}
        n_back += sum(each in back for each in draw_at_once(store, 20))
    # 20 draws out of 20 that came back and 20 others: hypergeometric
    deviation = np.sqrt(len(pools) * 20 * 0.25 * 20 / 39)
    assert abs(n_back - len(pools) * 10) < 3.3 * deviation


def test_a_uniform_draw_that_was_only_held_is_the_next_one(pools: list[Store]) -> None:
    for store in pools:
        held = claim(store, "ben", uniform=True)
        assert held is not None
        draw_at_once(store, 5)
        store.leases.release("ben-1")
        assert draw(store, 1) == [held.sample.id]


def test_an_undo_gives_a_passed_sample_a_new_key(store: Store) -> None:
    first = int(np.argmin(keys(store)))
    chosen = claim(store, candidates=[first])
    assert chosen is not None and chosen.draw is not None and chosen.draw.kind == "strategy"
    drawn = draw(store, 3)
    store.answers.record(answer(chosen.sample.id, "cat", "k"))
    with store.database.reading() as db:
        last = uniform_keys.last_drawn(db)
    assert keys(store)[first] < last == max(keys(store)[int(each[1:])] for each in drawn)
    store.answers.undo("ana", "ana-1", key="u", seconds=60.0)
    assert keys(store)[first] > last
    store.leases.release("ana-1")
    left = keys(store)
    positions = [position for position, key in enumerate(left) if key > last]
    in_order = sorted(positions, key=left.__getitem__)
    assert [int(each[1:]) for each in draw(store, 7)] == in_order and first in in_order


def test_an_undone_uniform_draw_keeps_its_key(store: Store) -> None:
    draw(store, 3)
    before = keys(store)
    store.answers.undo("ana", "ana-1", key="u", seconds=60.0)
    assert keys(store) == before


def test_before_the_first_draw_keys_depend_on_nothing_but_the_seed(store: Store) -> None:
    store.samples.add(samples(20))
    with store.database.writing() as db:
        assert uniform_keys.new_keys(db, [each.id for each in samples(20)], 3) == keys(store)
    assert min(keys(store)) >= 0 and len(set(keys(store))) == 20


def test_held_draws_count_and_the_seed_decides(store: Store) -> None:
    held = claim(store, uniform=True)
    assert held is not None
    store.samples.add(samples(30))
    found = keys(store)
    assert min(found[10:]) > found[held.sample.position]
    with store.database.writing() as db:
        again = uniform_keys.new_keys(db, [each.id for each in samples(30)[10:]], 3)
    assert again == found[10:]


def test_keys_never_run_out(store: Store) -> None:
    """Pools that are labelled to their end leave a narrow range, which is spread again."""
    for n in range(30, 270, 20):
        n_open = store.samples.counts().open
        draw_at_once(store, n_open)
        store.samples.add(samples(n))
        found = keys(store)
        assert len(set(found[-20:])) == 20 and max(found) < 1 << 63
    with store.database.reading() as db:
        assert min(found[-20:]) > uniform_keys.last_drawn(db)
        assert statements.n_samples(db) == 250


def test_spreading_keeps_the_order(store: Store) -> None:
    draw(store, 4)
    before = keys(store)
    with store.database.writing() as db:
        last = uniform_keys.last_drawn(db)
        uniform_keys.widen(db, last)
        assert uniform_keys.last_drawn(db) == uniform_keys.NOTHING_DRAWN
    left = [position for position, key in enumerate(before) if key > last]
    assert [int(each[1:]) for each in draw(store, 6)] == sorted(left, key=before.__getitem__)

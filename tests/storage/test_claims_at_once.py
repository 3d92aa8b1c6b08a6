"""A claim in one statement gives what the claim step by step gives, and leaves the same behind."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cluster import Cluster
from stores import answer, claim, samples

from dalt.storage import claims_at_once
from dalt.storage import tables as t
from dalt.storage.claims import ClaimRequest
from dalt.storage.databases import PostgresSchema, place_of
from dalt.storage.lease_rows import Holder
from dalt.storage.store import Store

PEOPLE = ("ana", "ben", "Çağ 'x' \"y\"")


class StepByStep(PostgresSchema):
    """A place whose claims take all their ways."""

    claims_at_once = False


@pytest.fixture
def both(cluster: Cluster, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    stores = []
    for kind in (PostgresSchema, StepByStep):
        address = {"DALT_DATABASE_URL": cluster.url("stores")}
        found = place_of(tmp_path, uuid.uuid4().hex, "postgresql", address)
        assert isinstance(found, PostgresSchema)
        store = Store(kind(found.url, found.schema), create=True, seed=3)
        store.samples.add(samples(40))
        stores.append(store)
    yield stores[0], stores[1]
    for store in stores:
        store.close()


@pytest.mark.parametrize("seed", range(4))
def test_the_same_as_step_by_step(
    both: tuple[Store, Store], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = []
    real = claims_at_once.claim_at_once

    def noted(*arguments: Any) -> Any:
        at_once.append(real(*arguments))
        return at_once[-1]

    monkeypatch.setattr("dalt.storage.leases.claim_at_once", noted)
    chance = random.Random(seed)
    for turn in range(60):
        who, order = chance.choice(PEOPLE), chance.sample(range(40), 30)
        what, key = (
            chance.choice(["claim"] * 5 + ["label", "skip", "release", "wanted"]),
            f"k{turn}",
        )
        said = [_act(store, what, who, order, key, turn) for store in both]
        assert said[0] == said[1]
        assert _left(both[0]) == _left(both[1])
    assert any(each is not None for each in at_once)
    assert any(each is None for each in at_once)


def test_nothing_is_written_where_it_gives_nothing(both: tuple[Store, Store]) -> None:
    store = both[0]
    held = claim(store, "ana", candidates=[5])
    assert held is not None
    before = _left(store)
    request = ClaimRequest(Holder("ben", "ben-1", 60.0), [5], uniform=False, uniform_share=0.1)
    with store.database.at_once() as db:
        assert claims_at_once.claim_at_once(db, request, 60.0) is None
    assert _left(store) == before


def _act(store: Store, what: str, who: str, order: list[int], key: str, turn: int) -> Any:
    if what == "claim":
        got = claim(store, who, candidates=order, seconds=1e6)
        return got and (got.sample, got.draw, got.lease.annotator, got.lease.session)
    if what == "release":
        return store.leases.release(f"{who}-1")
    if what == "wanted":
        return store.ask_for(1 if turn % 3 else 2)
    sample_id = f"s{order[0]:04d}"
    event = store.answers.record(answer(sample_id, "cat" if what == "label" else None, key, who))
    return event.sample_id, event.label


def _left(store: Store) -> list[Any]:
    """What claims change, without times."""
    s, held, n = t.samples.c, t.leases.c, t.tallies.c
    counter = n.state, n.party, n.shard
    queries = (
        sa.select(s.position, s.state, s.party, s.turn == s.shuffle).order_by(s.position),
        sa.select(
            held.sample_id, held.annotator, held.session, held.active, held.draw,
            held.inclusion_probability, held.n_candidates,
        ).order_by(held.sample_id, held.annotator),
        sa.select(*counter, n.n).where(n.n != 0).order_by(*counter),
    )  # fmt: skip
    with store.database.reading() as db:
        return [db.execute(query).all() for query in queries]

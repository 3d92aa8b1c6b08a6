"""Eight processes that claim at full speed: nobody gets a sample that another has."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dalt.core.records import Sample
from dalt.storage.databases import Place
from dalt.storage.store import Store

N_PROCESSES = 8


def claim_until_none(place: Place, number: int, start: Any, found: Any) -> None:
    store, name = Store(place), f"p{number}"
    order = np.random.default_rng(number % 2).permutation(store.samples.counts().samples)
    ids: list[str] = []
    start.wait()
    while len(ids) < 10_000:
        window = order[len(ids) : len(ids) + 300]
        got = store.leases.claim(
            name, name, candidates=window, uniform=len(ids) % 4 == 0, uniform_share=0.25,
            seconds=1e6,
        )  # fmt: skip
        if got is None:
            break
        ids.append(got.sample.id)
    found.put((name, ids))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("wanted", [1, 2])
def test_eight_processes_share_a_pool_without_a_double(
    new_place: Callable[[], Place], wanted: int
) -> None:
    n_samples = 5_000 // wanted
    place = new_place()
    store = Store(place, create=True, annotations_per_sample=wanted)
    store.samples.add([Sample(f"s{i:05d}", "text", str(i)) for i in range(n_samples)])
    context = multiprocessing.get_context("spawn")
    found, start = context.Queue(), context.Barrier(N_PROCESSES, timeout=120)
    racers = [
        context.Process(target=claim_until_none, args=(place, i, start, found), daemon=True)
        for i in range(N_PROCESSES)
    ]
    for racer in racers:
        racer.start()
    got = dict(found.get(timeout=500) for _ in racers)
    for racer in racers:
        racer.join()
    times = Counter(sample_id for ids in got.values() for sample_id in ids)
    assert set(times.values()) == {wanted} and len(times) == n_samples
    assert all(len(ids) == len(set(ids)) for ids in got.values()), "twice to the same person"
    assert all(got.values()), "each of them took part"
    counts = store.samples.counts()
    assert (counts.leased, counts.open) == (n_samples, 0), "the counters agree"
    store.close()

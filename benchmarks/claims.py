"""How quickly samples are claimed by several processes, and that nobody gets one twice.

    make bench RUN=claims  # 20,000 samples
    make bench RUN=claims OPTIONS="--samples 1000000 --claims 100000 --leases 5000"
    make bench RUN=claims OPTIONS="--samples 2000 --claims 200 --paced 1 --leases 100"

For SQLite and PostgreSQL: 8 processes that claim once a second each, and the same at full speed,
in a pool of `--samples`, behind none and behind `--leases` live leases.  All claim from one order,
as a trainer makes it: 500 candidates without those that were given, but for the last 40.  Beside
every figure stands that of a bare durable insert in the same database and run.  Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from machine import about_this_machine

from dalt.storage import counters
from dalt.storage import tables as t
from dalt.storage.databases import Place, SqliteFile, place_of
from dalt.storage.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from cluster import Cluster  # the tests' own server

N_CANDIDATES = 500
"""So many does a trainer's order have."""
LATE = 40
"""So many claims are not in it yet: five of each process."""
SECONDS = 1e6
"""Of a lease: none expires meanwhile."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--claims", type=int, default=2_000, help="at full speed, in all")
    parser.add_argument("--paced", type=int, default=5, help="seconds at one claim a second")
    parser.add_argument("--leases", type=int, default=1_000, help="live ones, in the second part")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--databases", default="sqlite,postgresql")
    options = parser.parse_args()
    found = {
        "machine": about_this_machine(),
        "samples": options.samples,
        "processes": options.processes,
    }
    with tempfile.TemporaryDirectory() as folder:
        for name in options.databases.split(","):
            with place(name, Path(folder)) as where:
                found[name] = measure(where, options)
    print(json.dumps(found, indent=2))


@contextmanager
def place(name: str, folder: Path) -> Iterator[Place]:
    if name == "sqlite":
        yield SqliteFile(folder / "labels.db")
        return
    with Cluster() as cluster:
        address = {"DALT_DATABASE_URL": cluster.url("claims")}
        yield place_of(folder, uuid.uuid4().hex, name, address)


def measure(where: Place, options: argparse.Namespace) -> dict[str, Any]:
    store = Store(where, create=True)
    began = time.perf_counter()
    fill(store, options.samples)
    found: dict[str, Any] = {"adding_seconds": round(time.perf_counter() - began, 1)}
    print(f"{where}: {found}", file=sys.stderr, flush=True)
    given: list[str] = []
    order = np.random.default_rng(0).permutation(options.samples)
    for leases in (0, options.leases):
        hold(store, leases, order[len(given) :], given)
        insert = of_inserts(where)
        for pace in ("paced", "full_speed"):
            n = options.paced if pace == "paced" else options.claims // options.processes
            left = order[len(given) :]
            result, ids = race(where, options, left, n, paced=pace == "paced")
            given += ids
            result["ratio_to_insert"] = round(result["p95_ms"] / insert["p95_ms"], 1)
            found[f"{pace}_behind_{leases}_leases"] = result
            print(f"{pace}, {leases} leases: {result}", file=sys.stderr, flush=True)
        found[f"insert_behind_{leases}_leases"] = insert
    found["claims"], found["doubles"] = len(given), len(given) - len(set(given))
    store.close()
    return found


def fill(store: Store, n: int) -> None:
    """Add samples as `samples.add` does, but a million of them in seconds."""
    random = np.random.default_rng(0)
    turns = random.integers(0, 2**63, n, dtype=np.int64).tolist()
    for first in range(0, n, 100_000):
        rows = [
            (i, f"s{i:07d}", "text", str(i), "{}", turns[i], t.OPEN, "", turns[i])
            for i in range(first, min(n, first + 100_000))
        ]
        names = "position, id, kind, source, location, shuffle, state, party, turn"
        with store.database.writing() as db:
            cursor = db.connection.cursor()
            if db.dialect.name == "sqlite":
                cursor.executemany(
                    f"INSERT INTO samples ({names}) VALUES (?,?,?,?,?,?,?,?,?)", rows
                )
                continue
            with cursor.copy(f"COPY samples ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
    with store.database.writing() as db:
        counters.recount(db)
        store.place.look_over(db)


def hold(store: Store, n: int, order: np.ndarray, given: list[str]) -> None:
    """Lease samples just where claims look: every other candidate, and the next ones in turn."""
    following = sa.select(t.samples.c.position).where(t.samples.c.state == t.OPEN)
    with store.database.reading() as db:
        first = list(db.execute(following.order_by(t.samples.c.turn).limit(n // 2)).scalars())
    taken = set(first)
    others = [position for position in order[: 2 * n : 2].tolist() if position not in taken]
    wanted = (first + others)[:n]
    for start in range(0, n, 500):
        part = wanted[start : start + 500]
        page = store.leases.claim_page(
            "holder", "holder", candidates=part, size=500, seconds=SECONDS
        )
        given += [claim.sample.id for claim in page]


def of_inserts(where: Place, n: int = 200) -> dict[str, float]:
    """One durable insert into a table of three columns, by SQLAlchemy Core."""
    engine = where.engine(create=False)
    table = sa.Table(
        "bare", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.String), sa.Column("number", sa.Integer),
    )  # fmt: skip
    times = []
    with engine.connect() as db:
        table.create(db, checkfirst=True)
        db.commit()
        for number in range(n):
            began = time.perf_counter()
            with db.begin():
                db.execute(table.insert().values(text="label", number=number))
            times.append(time.perf_counter() - began)
        table.drop(db)
        db.commit()
    engine.dispose()
    return summary(times)


def race(
    where: Place, options: argparse.Namespace, order: np.ndarray, n: int, paced: bool
) -> tuple[dict[str, Any], list[str]]:
    context = multiprocessing.get_context("spawn")
    found, start = context.Queue(), context.Barrier(options.processes)
    n_given = context.Value("q", 0)
    racers = [
        context.Process(
            target=claim_all,
            args=(where, number, options.processes, order, n, paced, start, n_given, found),
            daemon=True,
        )
        for number in range(options.processes)
    ]
    for racer in racers:
        racer.start()
    parts = [found.get(timeout=1_800) for _ in racers]
    for racer in racers:
        racer.join()
    times = [seconds for part, _, _, _ in parts for seconds in part]
    ids = [sample_id for _, part, _, _ in parts for sample_id in part]
    warm = [sample_id for _, _, part, _ in parts for sample_id in part]
    spans = [span for _, _, _, span in parts]
    lasted = max(end for _, end in spans) - min(begin for begin, _ in spans)
    result = summary(times) | {"claims": len(ids), "per_second": round(len(ids) / lasted, 1)}
    return result, ids + warm


def claim_all(
    where: Place,
    number: int,
    processes: int,
    order: np.ndarray,
    n: int,
    paced: bool,
    start: Any,
    n_given: Any,
    found: Any,
) -> None:
    """One annotator.  All have the same order, which leaves out what was given, a little late."""
    store, name = Store(where), f"p{number}"
    times, ids, warm = [], [], []
    for turn in range(8):  # the connection, and statements that each process compiles once
        got = store.leases.claim(
            name, name, candidates=order[-200:], uniform=turn % 2 == 0, uniform_share=0.5,
            seconds=SECONDS,
        )  # fmt: skip
        warm += [] if got is None else [got.sample.id]
    start.wait()
    begun = time.time()
    for turn in range(n):
        if paced:  # each at moments of its own
            time.sleep(max(0.0, begun + turn + number / processes - time.time()))
        first = max(0, n_given.value - LATE)
        window = order[first : first + N_CANDIDATES]
        began = time.perf_counter()
        got = store.leases.claim(
            name, name, candidates=window, uniform=turn % 10 == 0, uniform_share=0.1,
            seconds=SECONDS,
        )  # fmt: skip
        times.append(time.perf_counter() - began)
        if got is not None:
            ids.append(got.sample.id)
            with n_given.get_lock():
                n_given.value += 1
    found.put((times, ids, warm, (begun, time.time())))
    store.close()


def summary(times: list[float]) -> dict[str, float]:
    ms = 1_000 * np.array(times)
    return {
        "p50_ms": round(float(np.percentile(ms, 50)), 2),
        "p95_ms": round(float(np.percentile(ms, 95)), 2),
        "p99_ms": round(float(np.percentile(ms, 99)), 2),
        "longest_ms": round(float(ms.max()), 1),
    }


if __name__ == "__main__":
    main()

"""How much damage does `dalt check` tell by name?

    make bench RUN=damage  # 200 damaged projects in SQLite, and 25 undamaged ones
    make bench RUN=damage OPTIONS="--damaged 60 --undamaged 10 --database postgresql"
    make bench RUN=damage OPTIONS="--damaged 24 --undamaged 4"

Projects of texts, arrays, files of pictures and given embeddings are labelled, learned and copied.
Each copy is damaged in one way, chosen and placed by the seed: a flipped byte, a file cut short,
rows of NaN, a missing file, a change by SQL.  A damage counts as told if `check` names that thing:
the file, the event, the sample.  A flipped byte of the database that changes no value and nothing
that SQLite's own check looks at (free space in a page) is drawn again, and counted.  With
PostgreSQL only changes by SQL are made.  Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from machine import about_this_machine
from PIL import Image

import dalt
from dalt.project.checking import check

KINDS = ("texts", "arrays", "files", "given")


class Harmless(Exception):
    """The damage changed nothing that anybody could see."""


class NotHere(Exception):
    """This project has nothing that could be damaged so."""


@dataclass
class Victim:
    """A copy of a project, and its database by SQL."""

    folder: Path
    random: random.Random
    url: str | None = None

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement beside DALT."""
        if self.url is None:
            with closing(sqlite3.connect(self.folder / "labels.db")) as db:
                found = db.execute(statement).fetchall()
                db.commit()
                return found
        engine = sa.create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as db:
            schemas = [name for name in sa.inspect(db).get_schema_names() if "dalt_" in name]
            db.exec_driver_sql(f"SET search_path TO {schemas[0]}")
            db.exec_driver_sql("SET session_replication_role TO replica")  # no references
            done = db.exec_driver_sql(statement)
            rows = [tuple(row) for row in done] if done.returns_rows else []
        engine.dispose()
        return rows

    def one(self, query: str) -> tuple[object, ...]:
        """A row of a query, by chance."""
        rows = self.sql(query)
        if not rows:
            raise NotHere
        return self.random.choice(sorted(rows, key=repr))

    def file(self, pattern: str) -> Path:
        """A file of the project, by chance."""
        found = sorted(path for path in self.folder.glob(pattern) if path.is_file())
        if not found:
            raise NotHere
        return self.random.choice(found)

    def flip(self, path: Path) -> None:
        """Flip one bit of a file."""
        with path.open("r+b") as file:
            at = self.random.randrange(path.stat().st_size)
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << self.random.randrange(8)]))

    def cut(self, path: Path) -> None:
        """Cut a file short."""
        os.truncate(path, self.random.randrange(path.stat().st_size))


Damage = Callable[[Victim], str]
"""Damages a project, and returns what a finding has to say: a regular expression."""


def _event(victim: Victim) -> int:
    return int(str(victim.one("SELECT event_id FROM events")[0]))


def event_changed(victim: Victim) -> str:
    event = _event(victim)
    column, value = victim.random.choice(
        [("annotator", "'zoe'"), ("created_at", "'2020-01-01T00:00:00.000000+00:00'"),
         ("label", "'zebra'"), ("kind", "'gold'"), ("key", "'another'"),
         ("active_seconds", "12.5"), ("probability", "0.123"), ("session", "'s'")]
    )  # fmt: skip
    victim.sql(f"UPDATE events SET {column} = {value} WHERE event_id = {event}")
    return f"events: event {event}: was changed"


def event_deleted(victim: Victim) -> str:
    event = _event(victim)
    victim.sql(f"DELETE FROM events WHERE event_id = {event}")
    return f"events: event {event}: was deleted"


def event_inserted(victim: Victim) -> str:
    newest, sample = victim.sql("SELECT max(event_id), min(sample_id) FROM events")[0]
    event = int(str(newest)) + victim.random.randrange(1, 9)
    victim.sql(
        "INSERT INTO events (event_id, key, kind, sample_id, label, annotator, session, "
        f"created_at, source) VALUES ({event}, 'x', 'label', '{sample}', 'cat', 'zoe', 's', "
        "'2026-01-01T00:00:00.000000+00:00', 'human')"
    )
    return f"events: event {event}: has no hash"


def events_swapped(victim: Victim) -> str:
    events = sorted({_event(victim) for _ in range(9)})[:2]
    if len(events) < 2:
        raise NotHere
    first, second = events
    for old, new in ((first, 10**6), (second, first), (10**6, second)):
        victim.sql(f"UPDATE events SET event_id = {new} WHERE event_id = {old}")
    return f"events: event {first}: was changed"


def hash_changed(victim: Victim) -> str:
    event = _event(victim)
    victim.sql(f"UPDATE chain SET hash = '{'0' * 64}' WHERE event_id = {event}")
    return f"events: event {event}: was changed"


def label_changed(victim: Victim) -> str:
    sample, annotator = victim.one("SELECT sample_id, annotator FROM answers")
    where = f"WHERE sample_id = '{sample}' AND annotator = '{annotator}'"
    victim.sql(f"UPDATE answers SET label = 'zebra' {where}")
    return f"state: label of sample {sample} by '{annotator}'"


def label_deleted(victim: Victim) -> str:
    sample, annotator = victim.one("SELECT sample_id, annotator FROM answers")
    victim.sql(f"DELETE FROM answers WHERE sample_id = '{sample}' AND annotator = '{annotator}'")
    return f"state: label of sample {sample} by '{annotator}'"


def decision_changed(victim: Victim) -> str:
    (sample,) = victim.one("SELECT sample_id FROM decisions")
    victim.sql(f"UPDATE decisions SET label = 'zebra' WHERE sample_id = '{sample}'")
    return f"state: decision .* of sample {sample}"


def sample_state_changed(victim: Victim) -> str:
    sample, state = victim.one("SELECT id, state FROM samples")
    other = (int(str(state)) + victim.random.choice([1, 2, 3])) % 4
    victim.sql(f"UPDATE samples SET state = {other} WHERE id = '{sample}'")
    return f"state: state of sample {sample}"


def counter_changed(victim: Victim) -> str:
    state, party, shard = victim.one("SELECT state, party, shard FROM tallies WHERE n > 0")
    by = victim.random.choice([-1, 1, 7])
    where = f"WHERE state = {state} AND party = '{party}' AND shard = {shard}"
    victim.sql(f"UPDATE tallies SET n = n + {by} WHERE state = {state} AND shard = {shard} "
               f"AND party = '{party}'")  # fmt: skip
    assert where
    return "state: counter of "


def party_changed(victim: Victim) -> str:
    (party,) = victim.one("SELECT party FROM parties")
    victim.sql(f"UPDATE parties SET takers = '[\"zoe\"]' WHERE party = '{party}'")
    return f"state: party {party}"


def index_dropped(victim: Victim) -> str:
    name = victim.random.choice(["events_pair", "samples_open", "answers_annotator"])
    victim.sql(f"DROP INDEX {name}")
    return f"index {name}: is missing"


def sample_moved(victim: Victim) -> str:
    sample, location = victim.one("SELECT id, location FROM samples")
    said = json.loads(str(location))
    key = next(key for key in ("path", "file") if key in said)
    said[key] = "elsewhere"
    victim.sql(f"UPDATE samples SET location = '{json.dumps(said)}' WHERE id = '{sample}'")
    return f"samples: sample {sample}:"


def note_changed(victim: Victim) -> str:
    (note,) = victim.one("SELECT note_id FROM notes")
    victim.sql(f"UPDATE notes SET comment = comment || '?' WHERE note_id = {note}")
    return "table notes, note_id"


def vote_changed(victim: Victim) -> str:
    (vote,) = victim.one("SELECT vote_id FROM votes")
    victim.sql(f"UPDATE votes SET content = '{{\"zebra\": 0.5}}' WHERE vote_id = {vote}")
    return "table votes, vote_id"


def source_changed(victim: Victim) -> str:
    (sample,) = victim.one("SELECT id FROM samples")
    victim.sql(f"UPDATE samples SET source = source || '?' WHERE id = '{sample}'")
    return "table samples, position"


def database_flipped(victim: Victim) -> str:
    path = victim.folder / "labels.db"
    before = _dumped(path)
    victim.flip(path)
    if before is not None and _dumped(path) == before:
        raise Harmless
    return "^(database|events|state|samples|settings): "


def _dumped(path: Path) -> list[str] | None:
    """All rows, if SQLite finds nothing wrong."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return None
            names = [name for (name,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]  # fmt: skip
            return [repr(db.execute(f"SELECT * FROM {name}").fetchall()) for name in names]
    except (sqlite3.Error, UnicodeError):
        return None


def database_cut(victim: Victim) -> str:
    victim.cut(victim.folder / "labels.db")
    return "^database: .*labels.db: "


def snapshot_flipped(victim: Victim) -> str:
    path = victim.file("snapshots/[0-9]*.safetensors")
    victim.flip(path)
    return re.escape(f"snapshots: snapshots/{path.name}")


def snapshot_cut(victim: Victim) -> str:
    path = victim.file("snapshots/[0-9]*.safetensors")
    victim.cut(path)
    return re.escape(f"snapshots: snapshots/{path.name}")


def snapshot_deleted(victim: Victim) -> str:
    path = sorted(victim.folder.glob("snapshots/[0-9]*.safetensors"))[-1]
    path.unlink()
    return re.escape(f"snapshots: snapshots/{path.name}")


def embeddings_flipped(victim: Victim) -> str:
    path = victim.file("embeddings/*.npy")
    victim.flip(path)
    return re.escape(f"embeddings: embeddings/{path.name}")


def embeddings_cut(victim: Victim) -> str:
    path = victim.file("embeddings/*.npy")
    victim.cut(path)
    return re.escape(f"embeddings: embeddings/{path.name}")


def embeddings_nan(victim: Victim) -> str:
    path = victim.file("embeddings/*.npy")
    rows = np.load(path, mmap_mode="r+")
    row = victim.random.randrange(len(rows))
    rows[row] = np.nan
    rows.flush()
    return re.escape(f"embeddings: embeddings/{path.name}") + f".*not finite.*row {row}"


def embeddings_deleted(victim: Victim) -> str:
    path = victim.file("embeddings/*.npy")
    path.unlink()
    return re.escape(f"embeddings: embeddings/{path.name}")


def encoder_flipped(victim: Victim) -> str:
    path = victim.file("embeddings/encoders/*/*")
    victim.flip(path)
    return re.escape(f"embeddings: embeddings/encoders/{path.parent.name}")


def pointer_cut(victim: Victim) -> str:
    victim.cut(victim.file("embeddings/current.json"))
    return r"embeddings: embeddings/current\.json"


def copy_flipped(victim: Victim) -> str:
    path = victim.file("samples/*")
    victim.flip(path)
    return r"^samples: (sample \w+: .*|)" + re.escape(f"samples/{path.name}")


def copy_cut(victim: Victim) -> str:
    path = victim.file("samples/*")
    victim.cut(path)
    return r"^samples: (sample \w+: .*|)" + re.escape(f"samples/{path.name}")


def picture_flipped(victim: Victim) -> str:
    path = victim.file("../photos/*.png")
    victim.flip(path)
    return rf"^samples: sample \w+: .*{path.name}"


def picture_deleted(victim: Victim) -> str:
    path = victim.file("../photos/*.png")
    path.unlink()
    return rf"^samples: sample \w+: .*{path.name}"


def settings_deleted(victim: Victim) -> str:
    (victim.folder / "project.toml").unlink()
    return r"settings: project\.toml: is missing"


def settings_marked(victim: Victim) -> str:
    path = victim.folder / "project.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    return r"settings: project\.toml: begins with a byte order mark"


def settings_of_another(victim: Victim) -> str:
    path = victim.folder / "project.toml"
    path.write_text(re.sub(r'id = "\w{8}', 'id = "00000000', path.read_text()))
    return r"settings: project\.toml: names the project"


def settings_not_text(victim: Victim) -> str:
    path = victim.folder / "project.toml"
    content = bytearray(path.read_bytes())
    content[victim.random.randrange(len(content))] = 0xFF
    path.write_bytes(bytes(content))
    return r"settings: project\.toml: cannot be read"


BY_SQL: tuple[Damage, ...] = (
    event_changed, event_deleted, event_inserted, events_swapped, hash_changed, label_changed,
    label_deleted, decision_changed, sample_state_changed, counter_changed, party_changed,
    index_dropped, sample_moved, note_changed, vote_changed, source_changed,
)  # fmt: skip
IN_FILES: tuple[Damage, ...] = (
    database_flipped, database_cut, snapshot_flipped, snapshot_cut, snapshot_deleted,
    embeddings_flipped, embeddings_cut, embeddings_nan, embeddings_deleted, encoder_flipped,
    pointer_cut, copy_flipped, copy_cut, picture_flipped, picture_deleted, settings_deleted,
    settings_marked, settings_of_another, settings_not_text,
)  # fmt: skip


# --- projects -----------------------------------------------------------------------------------


def make(home: Path, kind: str, seed: int) -> Path:
    """A project that people have worked in."""
    random_numbers = np.random.default_rng(seed)
    home.mkdir(parents=True)
    folder = home / f"{kind}.dalt"
    with dalt.Project.create(
        folder, classes=["cat", "dog"], seed=seed, annotations_per_sample=2
    ) as project:
        _add(project, kind, home, random_numbers)
        ids = list(project.samples().sample_id)
        project.set_gold({ids[3]: "cat", ids[4]: "dog"})
        for number, name in enumerate(("ana", "ben")):
            with project.session(annotator=name) as session:
                for turn in range(12):
                    given = session.next()
                    if given is None:
                        break
                    if turn == 5:
                        session.skip(given)
                    else:
                        session.submit(given, ("cat", "dog")[(turn + number) % 2])
                session.undo()
        with project.session(annotator="eva") as session:
            session.note(ids[0], comment="both?")
        votes = [{"sample_id": each, "label": "cat"} for each in ids[:5]]
        project.add_suggestions(votes, source="model", progress=False)
        project.remove([ids[-1]])
        project.trainer.wait()
    return folder


def _add(project: dalt.Project, kind: str, home: Path, numbers: np.random.Generator) -> None:
    n = 40
    if kind == "texts":
        project.add_texts([f"number {i} of {numbers.integers(10**6)}" for i in range(n)],
                          progress=False)  # fmt: skip
    elif kind == "files":
        (home / "photos").mkdir()
        for i in range(n):
            pixels = numbers.integers(0, 255, (12, 12, 3), np.uint8)
            Image.fromarray(pixels).save(home / "photos" / f"{i:02d}.png")
        project.add_images(home / "photos", progress=False)
    else:
        project.add_images(numbers.integers(0, 255, (n, 8, 8), np.uint8), progress=False)
    if kind == "given":
        project.add_embeddings(numbers.normal(size=(n, 8)).astype(np.float32))
    else:
        project.encode("autoencoder", progress=False)


# --- damaging -----------------------------------------------------------------------------------


def damaged(original: Path, home: Path, damage: Damage, seed: int) -> tuple[bool, list[str]]:
    """Whether a damage is told by name, and what was told."""
    shutil.copytree(original.parent, home)
    try:
        due = damage(Victim(home / original.name, random.Random(seed)))
        said = [str(found) for found in check(home / original.name, progress=False).findings]
        return any(re.search(due, each) for each in said), said
    finally:
        shutil.rmtree(home)


def by_files(options: argparse.Namespace, scratch: Path) -> dict[str, object]:
    originals = [make(scratch / kind, kind, options.seed) for kind in KINDS]
    ways = (*BY_SQL, *IN_FILES)
    told: Counter[str] = Counter()
    untold: list[dict[str, object]] = []
    harmless = seed = 0
    while told.total() + len(untold) < options.damaged:
        seed += 1
        way = ways[(told.total() + len(untold)) % len(ways)]
        original = originals[seed % len(originals)]
        try:
            found, said = damaged(original, scratch / "copy", way, options.seed * 10**6 + seed)
        except Harmless:
            harmless += 1
            continue
        except NotHere:
            continue
        if found:
            told[way.__name__] += 1
        else:
            untold.append({"damage": way.__name__, "project": original.stem, "seed": seed,
                           "said": said[:3]})  # fmt: skip
    return {"told": told.total(), "untold": untold, "drawn_again": harmless, "ways": dict(told)}


def by_sql(options: argparse.Namespace, scratch: Path) -> dict[str, object]:
    """The same in PostgreSQL, a copy of the database for each damage."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
    from cluster import Cluster  # the tests' own server

    told: Counter[str] = Counter()
    untold: list[dict[str, object]] = []
    seed = 0
    with Cluster() as cluster:
        os.environ["DALT_DATABASE_URL"] = cluster.url("original")
        original = make(scratch / "texts", "texts", options.seed)
        while told.total() + len(untold) < options.damaged:
            seed += 1
            way = BY_SQL[(told.total() + len(untold)) % len(BY_SQL)]
            os.environ["DALT_DATABASE_URL"] = url = _copied(cluster, f"copy{seed}")
            try:
                due = way(Victim(original, random.Random(options.seed * 10**6 + seed), url))
            except NotHere:
                continue
            said = [str(found) for found in check(original, progress=False).findings]
            if any(re.search(due, each) for each in said):
                told[way.__name__] += 1
            else:
                untold.append({"damage": way.__name__, "seed": seed, "said": said[:3]})
    return {"told": told.total(), "untold": untold, "ways": dict(told)}


def _copied(cluster: object, name: str) -> str:
    url: str = cluster.url("original")  # type: ignore[attr-defined]
    engine = sa.create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    server = engine.url.set(database="postgres")
    engine.dispose()
    maker = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with maker.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE original")
    maker.dispose()
    return str(server.set(database=name, drivername="postgresql").render_as_string(False))


def undamaged(options: argparse.Namespace, scratch: Path) -> list[str]:
    """What is told of projects that nobody damaged."""
    said = []
    for number in range(options.undamaged):
        kind = KINDS[number % len(KINDS)]
        folder = make(scratch / f"sound-{number}", kind, options.seed + 100 + number)
        said += [str(found) for found in check(folder, progress=False).findings]
        shutil.rmtree(folder.parent)
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--damaged", type=int, default=200)
    parser.add_argument("--undamaged", type=int, default=25)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        os.environ.pop("DALT_DATABASE_URL", None)
        wrong = undamaged(options, scratch)
        run = by_files if options.database == "sqlite" else by_sql
        found = run(options, scratch)
    figures = {
        "machine": about_this_machine(),
        "database": options.database,
        "damaged": options.damaged,
        **found,
        "undamaged": options.undamaged,
        "told_of_undamaged": wrong,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

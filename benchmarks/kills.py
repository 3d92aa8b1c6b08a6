"""Is a label lost or doubled, whatever is killed and whenever?

Three people label by kernels' means, two by a `dalt api`; a `dalt train` learns.  Again and again
one of these processes is killed by SIGKILL at a random moment and started again, and with
PostgreSQL its server, too.  Who was killed before an answer was acknowledged sends it again under
its key, as a page does.  At the end all that was acknowledged is held against what is kept.

    make bench RUN=kills  # 500 kills with SQLite and 500 with PostgreSQL, half an hour
    make bench RUN=kills OPTIONS="--kills 10 --database sqlite"
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from machine import about_this_machine

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support")]

from cluster import Cluster  # noqa: E402
from ports import free_port  # noqa: E402

import dalt  # noqa: E402
from dalt.core.suggestions import Suggestion  # noqa: E402

CLASSES = ["cat", "dog", "newt"]
BARS = {"lost": 0, "doubled": 0, "wrong": 0}
BEGINNING = 120.0
"""Seconds that each of them has to be at work, before the first is killed."""
TOKEN = "open sesame"
PEOPLE = ("ana", "bo", "cleo")
CLIENTS = ("dora", "emil")
WEIGHTS = {"kernel": 3, "model server": 2, "trainer": 2, "database": 1}
Answer = tuple[str, str, str]  # key, sample, label


class Part(Protocol):
    """Something that can be killed and started again."""

    at_work: threading.Event

    def start(self) -> None: ...

    def kill(self) -> None: ...


@dataclass
class Database:
    """The server of PostgreSQL."""

    cluster: Cluster
    at_work: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.at_work.set()

    def start(self) -> None:
        self.cluster.start()

    def kill(self) -> None:
        self.cluster.kill()


@dataclass
class Kept:
    """What people were told to be kept."""

    answers: list[Answer] = field(default_factory=list)
    by: Counter[str] = field(default_factory=Counter)
    """How many of them by kernels, and how many by the model server."""
    sent: int = 0
    """Answers that were sent, also those whose acknowledgement nobody heard."""


@dataclass
class Person:
    """Labels in a process that is killed; what was not acknowledged is sent again by the next."""

    name: str
    folder: Path
    kept: Kept
    process: subprocess.Popen[str] | None = None
    pending: Answer | None = None
    reader: threading.Thread | None = None
    at_work: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self.at_work.clear()
        command = [sys.executable, __file__, "--person", self.name, "--folder", str(self.folder)]
        if self.pending is not None:
            command += ["--pending", json.dumps(self.pending)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, args=(self.process,))
        self.reader.start()

    def kill(self) -> None:
        assert self.process is not None and self.reader is not None
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.endswith("\n"):
                break
            what, *answer = json.loads(line)
            if what == "sends":
                self.pending = (answer[0], answer[1], answer[2])
                self.kept.sent += 1
                self.at_work.set()
            elif self.pending is not None:
                self.kept.answers.append(self.pending)
                self.kept.by["kernel"] += 1
                self.pending = None


@dataclass
class Client:
    """Labels through the model server, on a thread; sends again until it is answered."""

    name: str
    port: int
    kept: Kept
    server: Command
    ends: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._try_to_work)
        self.thread.start()

    def _try_to_work(self) -> None:
        try:
            self._work()
        except Exception as error:
            self.fault = error

    def _work(self) -> None:
        chance = random.Random(self.name)
        while not self.ends.is_set():
            found = self._ask("/v1/next", {"annotator": self.name, "n": 1})
            for each in [] if found is None else found["assignments"]:
                answer = (uuid.uuid4().hex, each["sample"]["sample_id"], chance.choice(CLASSES))
                body = dict(zip(("key", "sample_id", "label"), answer, strict=True))
                self.kept.sent += 1
                while not self.ends.is_set():
                    if self._ask("/v1/labels", body | {"annotator": self.name}) is not None:
                        self.kept.answers.append(answer)
                        self.kept.by["model server"] += 1
                        self.server.at_work.set()
                        break

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            read = answer.read()
            if answer.status == 200:
                return json.loads(read)
        except (OSError, http.client.HTTPException):
            pass  # it was killed, or is not there yet
        finally:
            connection.close()
        self.ends.wait(0.05)
        return None


@dataclass
class Command:
    """A command of DALT that runs until it is killed."""

    options: list[str]
    serves: bool = False
    """Whether it is at work only when a client has its first answer."""
    at_work: threading.Event = field(default_factory=threading.Event)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.at_work.clear()
        command = [sys.executable, "-m", "dalt.cli", *self.options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.reader = threading.Thread(target=self._read, args=(self.process,))
        self.reader.start()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for _ in process.stdout:  # the first line says that it is there
            if not self.serves:
                self.at_work.set()


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=500, help="with each database")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--seed", type=int, default=0)
    for hidden in ("--person", "--folder", "--pending"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.person is not None:
        pending = None if options.pending is None else json.loads(options.pending)
        label(options.person, Path(options.folder), pending)
        return
    found: dict[str, Any] = {"benchmark": "kills", "machine": about_this_machine(), "bars": BARS}
    for database in options.database or ["sqlite", "postgresql"]:
        found[database] = work(database, options)
        print(f"{database}: {found[database]}", file=sys.stderr, flush=True)
    print(json.dumps(found, indent=2))


def work(database: str, options: argparse.Namespace) -> dict[str, Any]:
    """Let people label and processes die."""
    chance = random.Random(options.seed)
    kept = Kept()
    killed: Counter[str] = Counter()
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dalt-kills-")))
        database_again = None
        if database == "postgresql":
            cluster = stack.enter_context(Cluster())
            os.environ["DALT_DATABASE_URL"] = cluster.url("kills")
            stack.callback(os.environ.pop, "DALT_DATABASE_URL")
            database_again = Database(cluster)
        folder = place / "p.dalt"
        make(folder, 1_000 + 200 * options.kills)  # on a busy machine kills are seldom
        with running(folder, kept) as parts:
            if database_again is not None:
                parts["database"] = database_again
            for part in parts.values():
                part.at_work.wait(BEGINNING)
            for number in range(options.kills):
                name = _victim(parts, chance)
                parts[name].kill()
                parts[name].start()
                killed[name.split(":")[0]] += 1
                if number % 20 == 0:
                    print(f"{number}: {len(kept.answers)} kept", file=sys.stderr, flush=True)
        return {"killed": dict(killed), "sent": kept.sent, **held_against(folder, kept)}


def _victim(parts: Mapping[str, Part], chance: random.Random) -> str:
    """Choose who is killed next, and wait for the moment: most are at work, some still begin."""
    names = sorted(parts)
    name = chance.choices(names, [WEIGHTS[each.split(":")[0]] for each in names])[0]
    if chance.random() < 0.9:
        parts[name].at_work.wait(60)
    time.sleep(chance.expovariate(5))
    return name


@contextmanager
def running(folder: Path, kept: Kept) -> Iterator[dict[str, Part]]:
    """Run all processes but the database's, by name."""
    port = free_port()
    parts: dict[str, Part] = {f"kernel:{name}": Person(name, folder, kept) for name in PEOPLE}
    parts["trainer"] = Command(["train", str(folder)])
    server = Command(["api", str(folder), "--port", str(port), "--token", TOKEN], serves=True)
    parts["model server"] = server
    clients = [Client(name, port, kept, server) for name in CLIENTS]
    for part in parts.values():
        part.start()
    for client in clients:
        client.start()
    own = list(parts.values())
    try:
        yield parts
    finally:
        for client in clients:
            client.ends.set()
            client.thread.join()
        for part in own:
            part.kill()
    for client in clients:
        if client.fault is not None:  # else nobody would miss what it did not label
            raise client.fault


def make(folder: Path, n_samples: int) -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"number": np.arange(n_samples, dtype=float)})
    with dalt.Project.create(folder, classes=CLASSES, seed=0) as project:
        project.add_table(rows, progress=False)
        project.add_embeddings(rng.normal(size=(n_samples, 8)).astype(np.float32), progress=False)


def label(name: str, folder: Path, pending: Answer | None) -> None:
    """Label without end; say what is sent, and what was acknowledged."""
    chance = random.Random()
    while True:
        try:
            with (  # `dalt train` learns
                dalt.Project.open(folder, thin=True) as project,
                project.session(annotator=name) as session,
            ):
                while True:
                    if pending is None:
                        asked = session.next()
                        if asked is None:
                            raise SystemExit("All samples are labelled.")
                        pending = (uuid.uuid4().hex, asked.sample.id, chance.choice(CLASSES))
                    tell("sends", *pending)
                    key, sample, answer = pending
                    session.answer(sample, answer, key=key, suggestion=Suggestion())
                    tell("kept")
                    pending = None
        except dalt.DaltError:  # the database is away
            time.sleep(0.1)


def tell(*what: str) -> None:
    print(json.dumps(what), flush=True)


def held_against(folder: Path, kept: Kept) -> dict[str, Any]:
    """Hold what people were told against the log of events."""
    with dalt.Project.open(folder) as project:
        events = list(project.workspace.store.events.all())
    by_key = Counter(event.key for event in events)
    content = {event.key: (event.key, event.sample_id, event.label) for event in events}
    return {
        "acknowledged": len(kept.answers),
        "by": dict(kept.by),
        "events": len(events),
        "lost": sum(key not in by_key for key, _, _ in kept.answers),
        "doubled": sum(n - 1 for n in by_key.values()),
        "wrong": sum(content.get(each[0], each) != each for each in kept.answers),
    }


if __name__ == "__main__":
    main()

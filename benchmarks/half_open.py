"""Half-open connections: people label on while strangers hold thousands and never ask.

    make bench RUN=half_open  # 2,000 against `dalt serve` and `dalt api`; prints JSON
    make bench RUN=half_open OPTIONS="--count 200 --people 1 --seconds 3"

Each server may open 1,024 files, the usual limit.  Strangers from the same address connect and
say nothing, half of a head or half of a body; where the server hangs up, they come again.
Meanwhile people who are logged in label, through the page's websocket and through the REST API,
and somebody new logs in.  Times are compared with those of the same people before the attack.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

import numpy as np  # noqa: E402
import psutil  # noqa: E402
from asked import Asked  # noqa: E402
from machine import about_this_machine  # noqa: E402
from ports import free_port  # noqa: E402
from served import Wire  # noqa: E402
from strangers import attacking  # noqa: E402
from tornado.httpclient import HTTPError  # noqa: E402
from waiting import until  # noqa: E402

import dalt  # noqa: E402
from dalt.storage.accounts import Annotators  # noqa: E402

FILES = 1_024
PASSWORD = "long enough to be taken"
TOKEN = "open sesame, please, whoever you are"
ATTEMPTS = 10
BARS = {"ack_p95_ms": 100.0, "failed": 0}


def main() -> None:
    """Attack both servers, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2_000, help="half-open connections")
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--pace", type=float, default=0.5, help="seconds between two labels")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="before the attack and under it"
    )
    parser.add_argument("--again", type=float, default=5.0, help="seconds until they come again")
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": about_this_machine(), "files": FILES, "bars": BARS}
    with tempfile.TemporaryDirectory(prefix="dalt-half-open-") as folder:
        found["serve"] = attack_pages(Path(folder), options)
        found["api"] = attack_api(Path(folder), options)
    print(json.dumps(found, indent=2))


def attack_pages(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Attack ``dalt serve``."""
    project, people = folder / "pages.dalt", folder / "people.json"
    make_project(project)
    names = [f"person{i}" for i in range(options.people + 1)]
    for name in names:
        Annotators(people).add(name, PASSWORD)
    port = free_port()
    arguments = ["serve", str(project), "--annotators", str(people), "--port", str(port)]
    with running([*arguments, "--no-browser"], "Stop with") as process:
        url = f"http://127.0.0.1:{port}/"
        return asyncio.run(label_pages(url, names, options)) | most_files(process)


async def label_pages(url: str, names: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Label without and with an attack."""
    wires = [Wire(url) for _ in names]
    held: dict[Wire, list[str]] = {}
    for name, wire in zip(names[:-1], wires[:-1], strict=True):
        await wire.log_in(name, PASSWORD)
        await wire.start()
        given = await wire.hear_kernel("samples")
        held[wire] = [sample["id"] for sample in given["samples"]]

    async def work() -> dict[str, Any]:
        times = await asyncio.gather(
            *(sit(*one, options) for one in held.items()), return_exceptions=True
        )
        return spread(times)

    before = await work()
    with attacking(url, options.count, options.again) as strangers:
        under = await work()
        came = await come(wires[-1], names[-1])
    for wire in wires:
        await wire.leave()
    return {"before": before, "under_attack": under, "new_person": came, "strangers": strangers}


async def sit(wire: Wire, samples: list[str], options: argparse.Namespace) -> list[float]:
    """Label the same few samples over and over; each answer is a label of its own."""
    times, end, number = [], time.monotonic() + options.seconds, 0
    while time.monotonic() < end:
        began = time.perf_counter()
        await wire.answer(samples[number % len(samples)], "ab"[number // len(samples) % 2])
        times.append(time.perf_counter() - began)
        number += 1
        await asyncio.sleep(options.pace)
    return times


async def come(wire: Wire, name: str) -> dict[str, float]:
    """Log in and open the page under attack; like a person, again if nothing came."""
    began = time.perf_counter()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await wire.log_in(name, PASSWORD)
            logged_in = time.perf_counter()
            await wire.start()
        except (OSError, HTTPError):  # on a busy machine it was taken for a slow stranger
            continue
        return {
            "attempts": attempt,
            "login_ms": round(1e3 * (logged_in - began), 1),
            "page_ms": round(1e3 * (time.perf_counter() - logged_in), 1),
        }
    return {"attempts": ATTEMPTS, "failed": 1}


def attack_api(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Attack ``dalt api``."""
    project = folder / "api.dalt"
    ids = make_project(project)
    port = free_port()
    os.environ["DALT_MODEL_TOKEN"] = TOKEN
    with running(["api", str(project), "--port", str(port)], "answers at") as process:
        asked = Asked(f"http://127.0.0.1:{port}", process, TOKEN)  # type: ignore[arg-type]

        def work() -> dict[str, Any]:
            times, end, number = [], time.monotonic() + options.seconds, 0
            while time.monotonic() < end:
                began = time.perf_counter()
                body = {"sample_id": ids[number % len(ids)], "label": "ab"[number % 2]}
                body |= {"annotator": "ana", "key": uuid.uuid4().hex}
                status = asked.ask("POST", "/v1/labels", body).status
                if status not in (200, 201):
                    return {"failed": 1, "status": status}
                times.append(time.perf_counter() - began)
                number += 1
                time.sleep(options.pace / options.people)
            return spread([times])

        before = work()
        with attacking(asked.url, options.count, options.again) as strangers:
            under = work()
        return {
            "before": before,
            "under_attack": under,
            "strangers": strangers,
        } | most_files(process)


def make_project(folder: Path) -> list[str]:
    """Make a project of short texts; gives the ids of its samples."""
    with dalt.Project.create(folder, classes=["a", "b"]) as project:
        added = project.add_texts([f"text {i}" for i in range(500)], progress=False)
    return [each for each in added if each is not None]


@contextmanager
def running(arguments: list[str], sign: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that may open a thousand files, until the block ends."""
    command = [sys.executable, "-m", "dalt.cli", *arguments]
    limited = ["sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh", *command]
    with subprocess.Popen(limited, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        try:
            until(lambda: sign in process.stdout.readline().decode(), lambda: "no server")  # type: ignore[union-attr]
            yield process
        finally:
            process.terminate()


def most_files(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """How many files the server's processes have open now: the most of one."""
    own = psutil.Process(process.pid)
    return {"files_open": max(each.num_fds() for each in [own, *own.children(recursive=True)])}


def spread(times: list[Any]) -> dict[str, Any]:
    """What was measured of all people together, and how many of them had to give up."""
    failed = [f"{type(each).__name__}: {each}" for each in times if isinstance(each, BaseException)]
    if len(failed) == len(times):
        return {"labels": 0, "failed": len(failed), "why": failed}
    ms = 1e3 * np.concatenate([each for each in times if not isinstance(each, BaseException)])
    return {
        "labels": len(ms),
        "ack_p50_ms": round(float(np.percentile(ms, 50)), 1),
        "ack_p95_ms": round(float(np.percentile(ms, 95)), 1),
        "ack_most_ms": round(float(ms.max()), 1),
        "failed": len(failed),
    } | ({"why": failed} if failed else {})


if __name__ == "__main__":
    main()

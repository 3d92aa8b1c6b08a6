"""Eight hours in small: does a page grow while people label?

    make bench RUN=sitting  # prints JSON; three people, 1,000 labels each
    make bench RUN=sitting OPTIONS="--people 1 --labels 60 --pool 200"

Each person has a browser profile and a page of their own at one `dalt serve`, with its trainer, and
labels by keys; every now and then they skip, undo, look at the history and at the guideline.  After
garbage was collected, elements, listeners and memory are counted early and at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "support")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from chromium import chromium  # noqa: E402
from machine import about_this_machine  # noqa: E402
from playwright.sync_api import Browser, expect  # noqa: E402
from pools import make_pool  # noqa: E402
from ports import free_port  # noqa: E402
from sitter import Sitter  # noqa: E402

from dalt.server.serve import Service, running  # noqa: E402
from dalt.server.web.supervisor import THIN_KERNEL, supervised  # noqa: E402

EARLY = 100
"""Labels after which the page is counted first: by then each part of it has been seen."""

BARS = {"nodes": 0, "listeners": 0}
"""How many more there may be at the end."""


@dataclass
class Counted:
    """What one person's page held."""

    early: dict[str, float] = field(default_factory=dict)
    end: dict[str, float] = field(default_factory=dict)


def main() -> None:
    options = parse()
    expect.set_options(timeout=60_000)
    people = [f"person{number}" for number in range(options.people)]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        project = Path(folder) / "p.dalt"
        make_pool(project, options.data, options.pool)
        began = time.perf_counter()
        counted = label(browser, project, people, options)
        seconds = time.perf_counter() - began
    grown = {
        name: {what: each.end[what] - each.early[what] for what in each.end}
        for name, each in counted.items()
    }
    result = {
        "benchmark": "a long sitting: does the page grow?",
        "machine": about_this_machine(),
        "labels_each": options.labels,
        "seconds": round(seconds, 1),
        "after": {"early": min(EARLY, options.labels // 2), "end": options.labels},
        "people": {name: {"early": each.early, "end": each.end} for name, each in counted.items()},
        "grown": grown,
        "bars": BARS,
        "met": {
            what: all(each[what] <= most for each in grown.values()) for what, most in BARS.items()
        },
    }
    print(json.dumps(result, indent=2))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--labels", type=int, default=1_000, help="of each person")
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist or digits")
    parser.add_argument("--pool", type=int, default=10_000, help="samples in the pool")
    options = parser.parse_args()
    if options.pool < options.people * (options.labels + 20):
        parser.error("the pool is too small for so many labels")
    return options


def label(
    browser: Browser, project: Path, people: list[str], options: argparse.Namespace
) -> dict[str, Counted]:
    """Let everybody label in turns of a few samples."""
    port, counted = free_port(), {name: Counted() for name in people}
    early = min(EARLY, options.labels // 2)
    service = Service(project, port=port, token="letmein", environment=THIN_KERNEL)
    with supervised(project, say=tell), running(service, say=tell):
        sitters = [
            Sitter(browser, f"http://127.0.0.1:{port}/?token=letmein", name) for name in people
        ]
        while any(sitter.labelled < options.labels for sitter in sitters):
            for sitter in sitters:
                goal = early if sitter.labelled < early else options.labels
                sitter.label(min(10, goal - sitter.labelled))
                if sitter.labelled == early and not counted[sitter.name].early:
                    counted[sitter.name].early = sitter.count()
        for sitter in sitters:
            counted[sitter.name].end = sitter.count()
            sitter.leave()
    return counted


def tell(line: str) -> None:
    """Not among the JSON."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    main()

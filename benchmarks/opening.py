"""How long from the address to the first sample that can be answered, and back after a kill?

    make bench RUN=opening  # prints JSON
    make bench RUN=opening OPTIONS="--repeats 1 --kills 1"  # to try it

Beside an empty notebook on a plain Voilà in the same run, each with a browser profile that has
never seen the page (cold) and with one that has (again).  Kernels start cold every time.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "support")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from chromium import chromium  # noqa: E402
from labeler import until_there  # noqa: E402
from machine import about_this_machine  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page  # noqa: E402
from pools import make_pool  # noqa: E402
from ports import free_port  # noqa: E402
from served import kernels_of  # noqa: E402
from servers import plain_voila  # noqa: E402

from dalt.server.serve import Service, running  # noqa: E402
from dalt.server.web.process import RunningServer  # noqa: E402

BARS_S = {"paint": 0.5, "cold": 4.5, "back_after_kernel": 10.0, "back_after_voila": 10.0}
"""`paint` is the first one; beside them no sample comes later than an empty notebook is shown."""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
READY = '[data-dalt="page"][data-state="ready"]'
EMPTY = "#rendered_cells:not([style*='none'])"


def main() -> None:
    options = parse()
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        project = Path(folder) / "p.dalt"
        make_pool(project, "digits", 400)
        port = free_port()
        with (
            running(Service(project, annotator="ana", port=port, token=""), say=tell) as server,
            plain_voila("", project) as plain,
        ):
            ours = f"http://127.0.0.1:{port}/"
            for _ in range(options.repeats):
                opened(browser, plain, EMPTY, "empty", times)
                opened(browser, ours, READY, "page", times)
            for _ in range(options.kills):
                came_back(browser, ours, server, kill_kernels, "back_after_kernel", times)
                came_back(browser, ours, server, kill_voila, "back_after_voila", times)
    result = {
        "benchmark": "the page: from the address to the first sample, and back after a kill",
        "machine": about_this_machine(),
        "seconds": {name: summary(each) for name, each in times.items()},
        "bars": BARS_S,
        "met": {
            "paint": statistics.median(times["page_again_paint"]) <= BARS_S["paint"],
            "no_later_than_an_empty_notebook": all(
                statistics.median(times[f"page_{visit}"])
                <= statistics.median(times[f"empty_{visit}"])
                for visit in ("cold", "again")
            ),
            "cold": statistics.median(times["page_cold"]) <= BARS_S["cold"],
            **{
                name: max(times[name]) <= BARS_S[name] for name in list(BARS_S)[2:] if name in times
            },
        },
    }
    print(json.dumps(result, indent=2))


def tell(line: str) -> None:
    """Not among the JSON."""
    print(line, file=sys.stderr)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--kills", type=int, default=3)
    return parser.parse_args()


def opened(browser: Browser, address: str, ready: str, name: str, times: Any) -> None:
    """Open a page in a fresh profile, and once more in the same."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    for visit in ("cold", "again"):
        page, seconds, html = timed(context, address, ready)
        paint = page.evaluate(PAINT)
        if paint is not None:
            times.setdefault(f"{name}_{visit}_paint", []).append(paint / 1_000)
        times.setdefault(f"{name}_{visit}", []).append(seconds)
        times.setdefault(f"{name}_{visit}_html", []).append(html)
        page.goto("about:blank")  # its kernel ends: the next one is alone
        page.wait_for_timeout(1_000)
        page.close()
    context.close()


def timed(context: BrowserContext, address: str, ready: str) -> tuple[Page, float, float]:
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(ready, timeout=90_000)
    seconds = time.perf_counter() - began
    html = page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd") / 1_000
    return page, seconds, html


def came_back(
    browser: Browser,
    address: str,
    server: RunningServer,
    kill: Callable[[RunningServer], None],
    name: str,
    times: Any,
) -> None:
    """Kill something behind an open page: how long until another sample can be answered?"""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page, _, _ = timed(context, address, READY)
    page.evaluate("window.before = true")
    began = time.perf_counter()
    kill(server)
    until_there(page, "window.before === undefined", timeout=90_000)
    page.wait_for_selector(READY, timeout=90_000)
    times.setdefault(name, []).append(time.perf_counter() - began)
    page.goto("about:blank")
    page.wait_for_timeout(1_000)
    context.close()


def kill_kernels(server: RunningServer) -> None:
    for process in kernels_of(server.pid):
        process.kill()


def kill_voila(server: RunningServer) -> None:
    os.kill(server.pid, signal.SIGKILL)


def summary(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds), 2),
        "min": round(min(seconds), 2),
        "max": round(max(seconds), 2),
    }


if __name__ == "__main__":
    main()

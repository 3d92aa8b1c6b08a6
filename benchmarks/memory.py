"""Memory of the kernels of a team, and how soon one page's label reaches another's model.

    make bench RUN=memory  # prints JSON
    make bench RUN=memory OPTIONS="--kernels 2 --labels 3"  # to try it

Real pages in a real browser, served by ``dalt serve`` with its trainer process: so many people
label 20 samples each.  Beside them, in the same run, as many pages of Voilà whose notebook
imports ipywidgets and numpy and nothing else.  What counts is the proportional set size:
a page of memory that several processes share counts for each by its share.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "support")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

import psutil  # noqa: E402
from chromium import chromium  # noqa: E402
from labeler import Labeler, Store  # noqa: E402
from machine import about_this_machine  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402
from pools import make_pool  # noqa: E402
from ports import free_port  # noqa: E402
from processes import told, under  # noqa: E402
from served import kernels_of  # noqa: E402
from servers import plain_voila, wait_for_server  # noqa: E402

import dalt  # noqa: E402

BARS = {"kernel_mb": 85.0, "label_to_snapshot_s": 1.0}
PLAIN = "import numpy, ipywidgets\nipywidgets.HTML('<p class=there>numpy and ipywidgets</p>')"


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        project = Path(folder) / "pool.dalt"
        truth = make_pool(project, options.data, options.pool)
        ours = team(browser, project, truth, options)
        plain = baseline(browser, project, options.kernels)
    result = {
        "benchmark": "memory of the kernels of a team, and label to snapshot in another one",
        "machine": about_this_machine(),
        "data": options.data,
        "n_samples": len(truth),
        "n_kernels": options.kernels,
        "labels_each": options.labels,
        **ours,
        "plain_kernel_mb": plain,
        "bars": BARS,
        "met": {
            "kernel_mb": ours["kernel_mb"]["most"] <= BARS["kernel_mb"],
            "label_to_snapshot_s": ours["label_to_snapshot_s"]["median"]
            <= BARS["label_to_snapshot_s"],
        },
    }
    print(json.dumps(result, indent=2))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits or fashion-mnist")
    parser.add_argument("--pool", type=int, default=1_797, help="samples of it")
    parser.add_argument("--kernels", type=int, default=6, help="pages open at once")
    parser.add_argument("--labels", type=int, default=20, help="by each of them")
    return parser.parse_args()


def team(
    browser: Browser, project: Path, truth: dict[str, str], options: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """Open the pages one after the other, label in turns, and look at the processes."""
    with serving(project) as (server, address):
        people: list[Labeler] = []
        opened: list[float] = []
        for _ in range(options.kernels):
            began = time.monotonic()
            page = browser.new_page()
            page.goto(address)
            people.append(Labeler(page, Store(project / "labels.db"), truth).ready())
            opened.append(time.monotonic() - began)
            greeted(page)
        for _ in range(options.labels):
            for person in people:
                person.root.focus()
                person.label()
        kernels = kernels_of(server.pid)
        trainers = under(server.pid, "--until-input-ends")
        found = {
            "kernel_mb": spread(sizes_mb(kernels)),
            "kernel_own_mb": spread(sizes_mb(kernels, "Pss_Anon")),
            "trainer_mb": spread(sizes_mb(trainers)),
            "opened_s": spread(opened),
            "label_to_snapshot_s": spread(following(project)),
        }
        for person in people:
            person.page.close()
    return found


def following(project: Path, n: int = 20) -> list[float]:
    """Seconds from a label of one process until another's snapshot has read it."""
    found = []
    with (
        dalt.Project.open(project, thin=True) as one,
        dalt.Project.open(project, thin=True) as other,
        one.session("cleo") as session,
    ):
        other.trainer.wait(60)
        for number in range(n):
            asked = session.next()
            assert asked is not None
            began = time.monotonic()
            session.submit(asked, other.classes[number % 2].name)
            other.trainer.wait(60)
            found.append(time.monotonic() - began)
    return found


def baseline(browser: Browser, project: Path, n: int) -> dict[str, float]:
    """The same number of kernels with ipywidgets and numpy alone."""
    with plain_voila(PLAIN, project) as address:
        pages = [browser.new_page() for _ in range(n)]
        for page in pages:
            page.goto(address)
            page.locator(".there").wait_for(timeout=90_000)
        found = spread(sizes_mb(under(os.getpid(), "ipykernel")))
        for page in pages:
            page.close()
    return found


@contextmanager
def serving(project: Path) -> Iterator[tuple[psutil.Process, str]]:
    """Run ``dalt serve``, as a person would."""
    port = free_port()
    command = [sys.executable, "-m", "dalt.cli", "serve", str(project), "--no-browser"]
    command += ["--token=", f"--port={port}", "--annotator=ana"]
    with (project.parent / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/"
    try:
        # Its health, not a page: that would open a kernel.
        wait_for_server(f"{address}voila/static/")
        yield psutil.Process(server.pid), address
    finally:
        server.terminate()
        server.wait(30)


def greeted(page: Page) -> None:
    """Close what greets who comes for the first time."""
    for greeting in ("guideline-close", "coach-close"):
        if page.locator(f'[data-dalt="{greeting}"]').is_visible():
            page.locator(f'[data-dalt="{greeting}"]').click()


def sizes_mb(processes: Sequence[psutil.Process], what: str = "Pss") -> list[float]:
    """Of those that still run."""
    found = [size for _, size in told(processes, lambda each: pss_mb(each.pid, what))]
    if not found:
        raise SystemExit("None of the processes to measure runs any more.")
    return found


def pss_mb(pid: int, what: str = "Pss") -> float:
    """Proportional set size of a process, in MB of 1,000,000 bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == what:
            return int(value.split()[0]) * 1_024 / 1e6
    raise ValueError(f"{what} of process {pid} is not told")


def spread(values: Sequence[float]) -> dict[str, float]:
    """The least, the median and the most."""
    return {
        "least": round(min(values), 2),
        "median": round(statistics.median(values), 2),
        "most": round(max(values), 2),
    }


if __name__ == "__main__":
    main()

"""From `make demo` in a fresh clone to the first sample painted: the first time, and the second.

    make bench RUN=demo  # prints JSON
    make bench RUN=demo OPTIONS="--cache"  # to try it

What is committed here is cloned into a temporary folder, without an environment.  pip starts with
an empty cache, as on a fresh machine; `--cache` lets it have the one that is there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "support")]

from chromium import chromium  # noqa: E402
from labeler import until_there  # noqa: E402
from machine import about_this_machine  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402
from ports import free_port  # noqa: E402

BARS_S = {"first": 100.0, "second": 10.0}
PATIENCE_S = 1_200
PAINTED = """() => {
    const page = document.querySelector('[data-dalt="page"][data-state="ready"]');
    const picture = page?.querySelector('[data-dalt="sample"] img');
    return Boolean(picture?.complete && picture.naturalWidth);
}"""


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        clone = Path(folder) / "dalt"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        environment = without_ours()
        if not options.cache:
            environment["PIP_CACHE_DIR"] = str(Path(folder) / "pip")
        runs = {name: timed(clone, environment, browser) for name in BARS_S}
    result = {
        "benchmark": "make demo in a fresh clone: from the command to the first sample painted",
        "machine": about_this_machine(),
        "pip_cache": "as it is" if options.cache else "empty",
        "seconds": runs,
        "bars": BARS_S,
        "met": {name: runs[name]["painted"] <= bar for name, bar in BARS_S.items()},
    }
    print(json.dumps(result, indent=2))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", action="store_true", help="let pip use the cache that is there")
    return parser.parse_args()


def without_ours() -> dict[str, str]:
    """The environment of a person who has just opened a terminal."""
    ours = ("DALT_", "MAKE", "MFLAGS", "OMP_", "PYTEST", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def timed(clone: Path, environment: dict[str, str], browser: Browser) -> dict[str, float]:
    """Seconds after the command until each step was done."""
    began = time.time()
    with demo(clone, environment) as lines:
        passed = {}
        for line in lines:
            if "Installing" in line:
                passed["pip_starts"] = time.time()
            elif found := re.search(r"Label at (\S+)", line):
                if "pip_starts" in passed:
                    passed["installed"] = (clone / ".venv" / ".installed").stat().st_mtime
                passed["served"] = time.time()
                break
        else:
            raise SystemExit("`make demo` ended before it served a page.")
        page = browser.new_page()
        page.goto(found[1], wait_until="commit")
        until_there(page, PAINTED, timeout=PATIENCE_S * 1_000)
        passed["painted"] = time.time()
        page.close()
    return {name: round(at - began, 1) for name, at in passed.items()}


@contextmanager
def demo(clone: Path, environment: dict[str, str]) -> Iterator[Iterator[str]]:
    """Run `make demo`, and give the lines that it prints."""
    process = subprocess.Popen(
        ["make", "demo", f"PORT={free_port()}"],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout is not None
    too_long = threading.Timer(PATIENCE_S, process.kill)
    too_long.start()
    try:
        yield told(process.stdout)
    finally:
        too_long.cancel()
        os.killpg(process.pid, signal.SIGINT)  # Ctrl+C
        process.communicate(timeout=60)


def told(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        print(line, end="", file=sys.stderr)
        yield line


if __name__ == "__main__":
    main()

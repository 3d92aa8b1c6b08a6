"""Hostile input to every door of DALT: whatever comes, the answer is success or one sentence.

Each of the ten targets draws input by hypothesis and hands it to the real thing: files to readers
and imports, text to project.toml, requests to the model server, messages to the page, values to the
project's verbs.  Any outcome but success or a `DaltError` is a finding, and so is an input that
takes more than 20 s of the processor.

    make bench RUN=fuzz
    make bench RUN=fuzz OPTIONS="--minutes 10 --target imports"
    make bench RUN=fuzz OPTIONS="--minutes 0.05 --seed 7"  # each target for three seconds
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from fuzz_doors import TARGETS, Target
from hypothesis import HealthCheck, Phase, given, seed, settings

from dalt import DaltError

BATCH = 100
"""Inputs before a target begins anew, with new projects."""
MOST_SECONDS = 20
"""An input that takes more of the processor is a finding."""
MOST_WALL_SECONDS = 120
"""One that takes longer by the clock, too: it waits for something, however busy the machine is."""


class TookTooLong(BaseException):
    """An input took too long; no `except Exception` stops it."""


@contextmanager
def limited() -> Iterator[None]:
    """Raise `TookTooLong` in the block when its time is over."""

    def late(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise TookTooLong("it is still at work")

    former = [signal.signal(which, late) for which in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, MOST_WALL_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for which, handler in zip((signal.SIGPROF, signal.SIGALRM), former, strict=True):
            signal.signal(which, handler)


class Findings:
    """The outcomes of a target, and each different finding with its first input."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.found: dict[str, dict[str, Any]] = {}
        self.slowest: tuple[float, str] = (0.0, "")
        """Seconds of the processor, and the input."""

    def add(self, error: BaseException, given: object) -> None:
        """Note an outcome that nobody may meet."""
        where = _where(error)
        self.outcomes["finding"] += 1
        said = f"{type(error).__name__}: {error}"
        entry = self.found.setdefault(
            f"{type(error).__name__} {where}",
            {"error": said[:300], "where": where, "input": _written(given), "times": 0},
        )
        if not entry["times"]:
            print(f"finding: {said[:300]} ({where})", file=sys.stderr, flush=True)
        entry["times"] += 1


def _written(given: object) -> str:
    try:
        return repr(given)[:1500]
    except ValueError:
        return "a value with a number of more digits than Python writes"


def _where(error: BaseException) -> str:
    """The place in DALT that raised, or let through what another library raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "/dalt/" in each.filename] or list(frames)
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"


def _is_over(moment: float) -> bool:
    return time.monotonic() >= moment


def batch(target: Target, number: int, until: Callable[[], bool], found: Findings) -> None:
    """Hand inputs to a target until there were enough, or the time is over."""

    @seed(number)
    @settings(
        max_examples=BATCH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(target.inputs())
    def one(value: Any) -> None:
        if until():
            return
        began = time.process_time()
        try:
            with limited():
                target.run(value)
        except DaltError:
            found.outcomes["refused"] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            found.add(error, value)
        else:
            found.outcomes["success"] += 1
        finally:
            used = round(time.process_time() - began, 2)
            found.slowest = max(found.slowest, (used, _written(value)[:300]))

    one()


def fuzz(name: str, seconds: float, first: int) -> dict[str, Any]:
    """Attack one target for some seconds."""
    used, number, found = 0.0, first, Findings()
    while used < seconds:
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            with ExitStack() as open_things, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                target = open_things.enter_context(TARGETS[name](folder))
                began = time.monotonic()  # after the projects are made
                over = began + seconds - used
                batch(target, number, partial(_is_over, over), found)
                used += time.monotonic() - began
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        number += 1
    return {
        "target": name,
        "seconds": round(used, 1),
        "inputs": sum(found.outcomes.values()),
        "outcomes": dict(found.outcomes),
        "slowest": dict(zip(("processor_seconds", "input"), found.slowest, strict=True)),
        "findings": list(found.found.values()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target (default 1)")
    parser.add_argument("--target", choices=sorted(TARGETS), help="one alone (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = [options.target] if options.target else sorted(TARGETS)
    runs = []
    for name in names:
        runs.append(fuzz(name, options.minutes * 60, options.seed))
        print(f"{name}: {runs[-1]['outcomes']}", file=sys.stderr, flush=True)
    n_findings = sum(len(run["findings"]) for run in runs)
    print(json.dumps({"seed": options.seed, "findings": n_findings, "targets": runs}, indent=2))
    return min(1, n_findings)


if __name__ == "__main__":
    raise SystemExit(main())

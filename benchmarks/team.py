"""A team at work: many people at once, and what happens when the parts under them are killed.

    make bench RUN=team  # SQLite and PostgreSQL; prints JSON
    make bench RUN=team OPTIONS="--labelers 2 --browsers 1 --seconds 3 --database sqlite"

Every person logs in to a real ``dalt serve``, has a kernel of his own and labels digits, those
in browsers by keys.  One after the other a kernel, the trainer, Voilà and the database server
are killed by SIGKILL.  What everybody was told to be kept is held against what is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "support")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from cluster import Cluster  # noqa: E402
from machine import about_this_machine  # noqa: E402
from pools import make_pool  # noqa: E402
from team_at_work import Team  # noqa: E402

BARS = {"lost": 0, "doubled": 0, "shared": 0, "recovery_s": 10.0, "opened_s": 4.5}


def main() -> None:
    """Let teams work on both databases, and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--labelers", type=int, default=16, help="with a kernel and no browser")
    parser.add_argument("--browsers", type=int, default=4)
    parser.add_argument("--pace", type=float, default=2.0, help="mean seconds between two labels")
    parser.add_argument("--seconds", type=float, default=10.0, help="before and after each kill")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": about_this_machine(), "bars": BARS}
    for database in options.database or ["sqlite", "postgresql"]:
        found[database] = work(database, options)
        print(f"{database}: {found[database]['found']}", file=sys.stderr)
    print(json.dumps(found, indent=2))


def work(database: str, options: argparse.Namespace) -> dict[str, Any]:
    """Let one team work."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dalt-team-")))
        cluster = None
        if database == "postgresql":
            cluster = stack.enter_context(Cluster())
            os.environ["DALT_DATABASE_URL"] = cluster.url("team")
            stack.callback(os.environ.pop, "DALT_DATABASE_URL")
        truth = make_pool(folder / "digits.dalt", "digits", 1_797)
        team = Team(folder / "digits.dalt", truth, options.labelers, options.browsers, options.pace)
        kills = {part: partial(team.kill, part) for part in ("kernel", "trainer", "voila")}
        if cluster is not None:
            kills["database"] = partial(restart, cluster)
        asyncio.run(team.work(options.seconds, kills))
        opened = [seconds for person in team.labelers for seconds in person.opened]
        return {
            "people": {"kernels": options.labelers, "browsers": options.browsers},
            "seconds_between_labels": options.pace,
            "found": team.check(),
            "opened_s": spread(opened),
            "recovery_s": {part: spread(each) for part, each in team.recoveries.items()},
        }


def restart(cluster: Cluster) -> None:
    """Kill the database server, and start it again."""
    cluster.kill()
    cluster.start()


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median and most of some times; each person's next label is due after a while anyway."""
    return {"median": round(statistics.median(seconds), 2), "most": round(max(seconds), 2)}


if __name__ == "__main__":
    main()

"""How long after adding samples suggestions know of the first ten labels.

    make bench RUN=beginning  # 10,000 pictures
    make bench RUN=beginning OPTIONS="--images 1000"  # to try it

A page is opened as soon as the pictures are added, and ten labels are sent at once.  The clock runs
from the return of ``add_images`` to the first snapshot that has read all ten.  The baseline is what
had to be done before pages encoded by themselves, in the same run: ``encode()``, and then the same.
Both are real projects on this disk, with the trainer in this process.  Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from machine import about_this_machine

import dalt
from dalt.data.demo import demo_data

BAR_SECONDS = 5.0
LABELS = 10
LOOK_SECONDS = 0.01


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    beside, first = [], []
    for _ in range(options.runs):
        beside.append(begun(options.data, options.images, encodes_first=False))
        first.append(begun(options.data, options.images, encodes_first=True))
    now, before = statistics.median(beside), statistics.median(first)
    result = {
        "benchmark": "from the return of add_images to suggestions that know of ten labels",
        "machine": about_this_machine(),
        "images": options.images,
        "seconds": rounded(beside),
        "seconds_with_encode_first": rounded(first),
        "median_seconds": round(now, 2),
        "of_encode_first": round(now / before, 3),
        "bar_seconds": BAR_SECONDS,
        "met": now <= BAR_SECONDS,
    }
    print(json.dumps(result, indent=2))


def begun(data: str, n_images: int, *, encodes_first: bool) -> float:
    """Seconds until the suggestions know of the first labels, in a new project."""
    pool = demo_data(data)
    truth = list(map(str, pool.truth))
    os.environ["DALT_ENCODE"] = "0" if encodes_first else "1"
    with (
        tempfile.TemporaryDirectory() as place,
        dalt.Project.create(Path(place) / "p.dalt", classes=sorted(set(truth))) as project,
    ):
        project.add_images(pool.images[:n_images], progress=False)
        began = time.perf_counter()
        if encodes_first:
            project.encode(progress=False)
        project.label("ana")
        with project.session("ben") as session:
            for _ in range(LABELS):
                given = session.next()
                assert given is not None
                cursor = session.submit(given, truth[given.sample.position]).event_id
        while (known := project.trainer.snapshot) is None or known.cursor < cursor:
            time.sleep(LOOK_SECONDS)
        return time.perf_counter() - began


def rounded(seconds: list[float]) -> list[float]:
    return [round(each, 2) for each in seconds]


if __name__ == "__main__":
    main()

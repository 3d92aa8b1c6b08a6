"""How long a million labels take out to csv, and in again.

    make bench RUN=formats  # 20,000 labels
    make bench RUN=formats OPTIONS="--labels 1000000"
    make bench RUN=formats OPTIONS="--labels 2000"  # to try it

Beside it stands what the csv module alone needs for the same rows in memory, in the same run.
Prints JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from machine import about_this_machine
from measuring import peak, timed

import dalt
from dalt.core.records import Sample
from dalt.storage.imports import ImportedLabel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=20_000)
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": about_this_machine(), "labels": options.labels}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with dalt.Project.create(folder / "a.dalt", classes=["cat", "dog"]) as project:
            found["import"] = timed(lambda: fill(project, options.labels))
            for name in ("csv", "jsonl", "parquet"):
                path = folder / f"labels.{name}"
                before = peak()
                found[name] = {
                    **timed(partial(project.export, path)),
                    "megabytes": round(path.stat().st_size / 1e6, 1),
                    "more_memory_mb": round(peak() - before, 1),
                }
        found["csv_module_alone"] = bare(folder / "labels.csv", folder / "again.csv")
    print(json.dumps(found, indent=2))


def fill(project: dalt.Project, n: int) -> None:
    store = project.workspace.store
    store.samples.add([Sample(f"{i:032x}", "text", f"file {i}.txt") for i in range(n)])
    labels = [
        ImportedLabel(f"{i:032x}", "cat" if i % 3 else "dog", "ana", str(i)) for i in range(n)
    ]
    store.imports.add(labels, "bench")


def bare(path: Path, again: Path) -> dict[str, float]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))

    def write() -> None:
        with again.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)

    return timed(write)


if __name__ == "__main__":
    main()

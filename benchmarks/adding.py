"""Seconds to add small picture files to a project, beside listing and hashing the same files.

Adding is what ``project.add_images(folder)`` does: list the folder, hash each file, decode it to
its end, and record it in the database.  The baseline only lists the folder by ``os.scandir`` and
hashes each file, in the same run; the files are read once before both.

    make bench RUN=adding  # 100,000 pictures of 28 × 28
    make bench RUN=adding OPTIONS="--images 500"  # to try it
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from machine import about_this_machine
from PIL import Image

import dalt

SIDE = 28
IN_A_FOLDER = 10_000


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--format", default="png", choices=["png", "jpg"])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_pictures(folder / "pictures", options.images, options.format, options.seed)
        hashed(folder / "pictures")
        bare = seconds(lambda: hashed(folder / "pictures"))
        with dalt.Project.create(folder / "p.dalt", classes=["a", "b"]) as project:
            add = lambda: project.add_images(folder / "pictures", progress=False)  # noqa: E731
            adding = seconds(add)
            again = seconds(add)
            n_samples = project.status()["samples"]
        result = {
            "what": f"{options.images:,} pictures ({options.format}) of {SIDE} × {SIDE}",
            "samples": n_samples,
            "add_seconds": round(adding, 2),
            "add_again_seconds": round(again, 2),
            "list_and_hash_seconds": round(bare, 2),
            "times_as_long": round(adding / bare, 1),
            "machine": about_this_machine(),
        }
    print(json.dumps(result, indent=2))


def write_pictures(folder: Path, n_images: int, ending: str, seed: int) -> None:
    """Write pictures of noise, all different."""
    rng = np.random.default_rng(seed)
    for first in range(0, n_images, IN_A_FOLDER):
        place = folder / f"{first:06}"
        place.mkdir(parents=True)
        for number in range(first, min(first + IN_A_FOLDER, n_images)):
            pixels = rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"{number:06}.{ending}")


def hashed(folder: Path) -> int:
    """List a folder and hash its files; return how many there are."""
    count = 0
    for entry in os.scandir(folder):
        if entry.is_dir():
            count += hashed(Path(entry.path))
        else:
            with open(entry.path, "rb") as file:
                hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
            count += 1
    return count


def seconds(run: Callable[[], object]) -> float:
    """Run once and take the time."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

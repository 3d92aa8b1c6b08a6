"""How much drawing proposals of regions spare: digits on noisy canvases; prints JSON.

    make bench RUN=regions  # 100 pictures, twice
    make bench RUN=regions OPTIONS="--pictures 3 10"  # to try it

Pictures are composed of scikit-learn's handwritten digits at random places and sizes on
noise, the second time with strokes and rings across them.  Drawing a box, naming it, giving it
another class and deleting it are one action each; a proposal fits when it overlaps the true
box by half or more, and is then not moved any more.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits

import dalt
from dalt.core.records import Proposal, Region, Sample
from dalt.labeling.proposals.regions import overlaps
from dalt.labeling.session import Session

NAMES = tuple("0123456789")
N_TEST = 60


def canvases(
    n: int, seed: int = 0, side: int = 128, clutter: bool = False
) -> tuple[np.ndarray, list[list[Region]]]:
    """Pictures of three to six digits that do not touch, and where they are.

    With `clutter` the ground brightens from one side to the other, and strokes and rings lie
    across it, also over digits.
    """
    random, digits = np.random.default_rng(seed), load_digits()
    pictures, truth = [], []
    for _ in range(n):
        picture = random.normal(60, 12, (side, side))
        regions: list[Region] = []
        wanted = random.integers(3, 7)
        while len(regions) < wanted:
            at, size = random.integers(len(digits.images)), int(random.integers(18, 40))
            x, y = random.integers(0, side - size, 2)
            drawn = Image.fromarray((digits.images[at] * 15.9).astype(np.uint8))
            ink = np.asarray(drawn.resize((size, size), Image.Resampling.BICUBIC), float)
            rows, columns = np.nonzero(ink > 60)
            box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]])
            box = box + np.array([x, y, x, y])
            others = np.array([np.ravel(each.points) for each in regions]).reshape(-1, 4)
            grown = box + np.array([-4, -4, 4, 4])
            if (overlaps(grown.astype(float), others) > 0).any():
                continue
            picture[y : y + size, x : x + size] += ink * random.uniform(0.5, 0.75)
            left, top, right, bottom = map(float, box[0])
            label = NAMES[digits.target[at]]
            regions.append(Region("box", label, ((left, top), (right, bottom))))
        if clutter:
            picture = picture + np.linspace(0, 70, side) + _strokes(random, side)
        pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
        truth.append(regions)
    return np.stack(pictures), truth


def _strokes(random: np.random.Generator, side: int) -> np.ndarray:
    drawn = Image.new("L", (side, side))
    pen = ImageDraw.Draw(drawn)
    for _ in range(4):
        x, y = random.integers(0, side, 2)
        dx, dy = random.integers(8, 36, 2)
        draw = pen.line if random.random() < 0.5 else pen.ellipse
        draw([int(x), int(y), int(x + dx), int(y + dy)], width=3, fill=120)
    return np.asarray(drawn, float)


def matched(found: tuple[Proposal, ...], truth: list[Region]) -> list[tuple[int, int]]:
    """Pairs of a proposal and the true box it overlaps by half, each once, likeliest first."""
    boxes = [
        np.array([np.ravel(r.points) for r in regions]).reshape(-1, 4)
        for regions in ([each.region for each in found], truth)
    ]
    table, pairs = overlaps(*boxes), list[tuple[int, int]]()
    for i in range(len(found)):
        for k in np.argsort(-table[i]):
            if table[i, k] >= 0.5 and all(k != taken for _, taken in pairs):
                pairs.append((i, int(k)))
                break
    return pairs


def measure(n_labelled: tuple[int, ...], clutter: bool = False) -> list[dict[str, float]]:
    """Label so many pictures, and look each time at what is proposed for others."""
    pictures, truth = canvases(max(n_labelled) + N_TEST, clutter=clutter)
    results, done = [], 0
    with TemporaryDirectory() as folder:
        project = dalt.Project.create(Path(folder) / "d.dalt", classes=NAMES, task="boxes")
        with project, project.session("bench") as session:
            ids = project.add_images(pictures, progress=False).ids
            for n in n_labelled:
                for at in range(done, n):
                    suggestion = session.suggest(ids[at])
                    session.answer(ids[at], truth[at], key=str(at), suggestion=suggestion)
                done = n
                session.catch_up()
                tests = [(session.sample(ids[-i]), truth[-i]) for i in range(1, N_TEST + 1)]
                results.append({"labelled": n} | _score(session, tests))
    return results


def _score(session: Session, tests: list[tuple[Sample, list[Region]]]) -> dict[str, float]:
    true = proposed = fit = right = top = 0
    clock, asked = 0.0, 0.0
    for sample, regions in tests:
        began = time.perf_counter()
        found = session.propose(sample)
        clock += time.perf_counter() - began
        pairs = matched(found, regions)
        true, proposed, fit = true + len(regions), proposed + len(found), fit + len(pairs)
        right += sum(found[i].region.label == regions[k].label for i, k in pairs)
        began = time.perf_counter()
        top += sum(session.suggest_region(sample, each).top == each.label for each in regions)
        asked += (time.perf_counter() - began) / len(regions)
    n = len(tests)
    return {
        "precision": round(fit / max(proposed, 1), 3),
        "recall": round(fit / true, 3),
        "class_of_drawn_right": round(top / true, 3),
        # Drawing a box and naming it are two actions; the named proposal that fits is none.
        "actions_without": round(2 * true / n, 2),
        "actions_with_proposals": round((2 * (true - fit) + (proposed - fit) + fit - right) / n, 2),
        "milliseconds_to_propose": round(1000 * clock / n, 1),
        "milliseconds_to_rank": round(1000 * asked / n, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--pictures", type=int, nargs="+", default=[10, 30, 100], help="labelled at each look"
    )
    sizes = tuple(sorted(parser.parse_args().pictures))
    found = {"digits on noise": measure(sizes), "with clutter": measure(sizes, clutter=True)}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

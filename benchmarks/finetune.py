"""Does it help to fine-tune the image encoder with the labels so far?

After uniformly drawn labels the default head is fitted; the trained autoencoder goes on
learning for some 15 s with what the head is confident of, embeds the pool anew, and the
head is fitted again.  Accuracy and calibration on the rest of the pool, the same draws for
all ways: "fine-tuned"; "half way", with weights between the former and the fine-tuned;
"both", the mean of what the heads on the former and on the fine-tuned embeddings say; and
"more training", which goes on just as long without any label.

    make bench RUN=finetune  # Fashion-MNIST: 15 minutes
    make bench RUN=finetune OPTIONS="--data digits --seeds 2 --encoders 1 --labels 50"
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ablation import Data, drawn_and_rest, kept, label_set, load_data
from machine import about_this_machine
from numpy.typing import NDArray
from paired import gain
from torch import Tensor

from dalt.core.records import Floats
from dalt.learning.encoders.autoencoder import Autoencoder, Bank
from dalt.learning.encoders.finetuning import NO_CLASS, TUNING, between, known_classes, tune
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.torch_threads import one_thread
from dalt.learning.heads.registry import default_head
from dalt.model import Pool

N_BINS = 15


@dataclass(frozen=True)
class Trained:
    """An autoencoder with all that it goes on learning from."""

    net: Autoencoder
    standardised: Tensor
    views: Bank

    @classmethod
    def of(cls, encoder: ImageEncoder, data: Data, seed: int) -> Trained:
        frames = torch.from_numpy(encoder.frame.put_all(data.raw))
        return cls(*encoder.to_go_on(frames, torch.Generator().manual_seed(seed)))

    def go_on(self, classes: Tensor, labelled: Tensor, seed: int) -> Autoencoder:
        net = copy.deepcopy(self.net)
        generator = torch.Generator().manual_seed(seed)
        tune(
            net,
            self.standardised,
            self.views,
            classes,
            labelled,
            tuning=TUNING,
            generator=generator,
        )
        return net

    def pool(self, net: Autoencoder) -> Pool:
        with torch.inference_mode():
            parts = [net(part) for part in torch.split(self.standardised, 1_000)]
            return Pool(torch.cat(parts).numpy())


def calibration_error(probabilities: Floats, truth: NDArray[np.int64]) -> float:
    """Expected calibration error of the top class, equal bins."""
    surest = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((surest * N_BINS).astype(int), N_BINS - 1)
    off = np.bincount(bins, right, N_BINS) - np.bincount(bins, surest, N_BINS)
    return float(np.abs(off).sum() / len(truth))


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--seeds", type=int, default=6, help="draws of labels")
    parser.add_argument("--encoders", type=int, default=3, help="seeds of encoders")
    parser.add_argument("--labels", type=int, nargs="+", default=[100, 200, 500, 1_000])
    parser.add_argument("--keep", type=Path, help="folder of trained encoders, for another run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, one_thread():
        print(json.dumps(_run(options, options.keep or Path(folder)), indent=2))


WAYS = ("before", "fine-tuned", "half way", "both", "more training")


def _run(options: argparse.Namespace, keep: Path) -> dict[str, Any]:
    data = load_data(options.data)
    figures = np.empty((options.seeds, len(options.labels), len(WAYS), 2))
    seconds: list[float] = []
    for seed in range(min(options.encoders, options.seeds)):
        encoder = kept(keep, data, "default", lambda s: ImageEncoder().fit(data.raw, seed=s), seed)
        assert isinstance(encoder, ImageEncoder)
        trained = Trained.of(encoder, data, seed)
        before = trained.pool(trained.net)
        unknown = torch.full((before.n_samples,), NO_CLASS)
        more = trained.pool(
            trained.go_on(unknown, torch.zeros(len(unknown), dtype=torch.bool), seed)
        )
        for draw in range(seed, options.seeds, options.encoders):
            for i, budget in enumerate(options.labels):
                figures[draw, i], took = _judged(data, trained, before, more, draw, budget)
                seconds.append(took)
                shown = figures[draw, i].round(4).tolist()
                print(f"draw {draw}, {budget} labels: {shown}", file=sys.stderr, flush=True)
    return {
        "benchmark": "finetune",
        "data": data.name,
        "pool": len(data.truth),
        "draws": options.seeds,
        "encoders": options.encoders,
        "machine": about_this_machine(),
        "fine_tuning_cpu_seconds_mean": round(float(np.mean(seconds)), 1),
        "budgets": [_summary(budget, figures[:, i]) for i, budget in enumerate(options.labels)],
    }


def _judged(
    data: Data, trained: Trained, before: Pool, more: Pool, draw: int, budget: int
) -> tuple[Sequence[tuple[float, float]], float]:
    """Accuracy and calibration error of each of `WAYS`, and the seconds of fine-tuning."""
    drawn, rest = drawn_and_rest(data, draw, budget)
    labels = label_set(data, drawn)

    def said_on(pool: Pool) -> Floats:
        return default_head().fit(pool, labels, data.n_classes, seed=0).probabilities

    former = said_on(before)
    started = time.process_time()
    tuned = trained.go_on(*known_classes(labels, former, TUNING.confident), draw)
    took = time.process_time() - started
    latter = said_on(trained.pool(tuned))
    half_way = said_on(trained.pool(between(trained.net, tuned)))
    ways = (former, latter, half_way, (former + latter) / np.float32(2), said_on(more))
    return [_figures(said[rest], data.truth[rest]) for said in ways], took


def _figures(said: Floats, truth: NDArray[np.int64]) -> tuple[float, float]:
    return float((said.argmax(axis=1) == truth).mean()), calibration_error(said, truth)


def _summary(budget: int, figures: Floats) -> dict[str, Any]:
    accuracy, error = figures[..., 0], figures[..., 1]
    return {
        "labels": budget,
        "accuracy": dict(zip(WAYS, accuracy.mean(axis=0).round(4).tolist(), strict=True)),
        "calibration_error": dict(zip(WAYS, error.mean(axis=0).round(4).tolist(), strict=True)),
        "gain": {way: gain(accuracy[:, i], accuracy[:, 0]) for i, way in enumerate(WAYS) if i},
        "calibration_change": {
            way: gain(error[:, i], error[:, 0]) for i, way in enumerate(WAYS) if i
        },
    }


if __name__ == "__main__":
    main()

"""Seconds to encode Fashion-MNIST images, beside principal components of their pixels.

Encoding is what ``project.encode()`` does: train the autoencoder, embed every image and
write the embeddings.  The baseline is scikit-learn's PCA to as many dimensions, in the
same run.  CPU seconds tell what a busy machine hides.

    make bench RUN=encode  # 10,000 images of Fashion-MNIST
    make bench RUN=encode OPTIONS="--data digits --images 500"  # to try it
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import about_this_machine
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from dalt.data.demo import demo_data
from dalt.features import EmbeddingCache

N_DIMS = 64


@dataclass(frozen=True)
class Measured:
    """What was made, and what it took."""

    made: NDArray[Any]
    seconds: float
    cpu_seconds: float


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    data = demo_data(options.data)
    images, classes = data.images[: options.images], np.asarray(data.truth)[: options.images]
    pixels = images.reshape(len(images), -1) / np.float32(255)
    with tempfile.TemporaryDirectory() as folder:
        cache = EmbeddingCache(Path(folder))
        ours = measured(lambda: cache.encode("image", list(images), seed=options.seed))
        again = measured(lambda: EmbeddingCache(Path(folder)).embeddings())
        pca = measured(lambda: PCA(N_DIMS, random_state=options.seed).fit_transform(pixels))
        result = {
            "what": f"{len(images)} images of {images.shape[1]}x{images.shape[2]}",
            "encode_seconds": round(ours.seconds, 1),
            "encode_cpu_seconds": round(ours.cpu_seconds, 1),
            "pca_seconds": round(pca.seconds, 2),
            "pca_cpu_seconds": round(pca.cpu_seconds, 2),
            "times_as_long_as_pca": round(ours.seconds / pca.seconds, 1),
            "open_embeddings_milliseconds": round(again.seconds * 1_000, 2),
            "nearest_neighbour_same_class": {
                "encoder": round(same_class(ours.made, classes), 4),
                "pca": round(same_class(pca.made, classes), 4),
            },
            "machine": about_this_machine(),
        }
    print(json.dumps(result, indent=2))


def measured(make: Callable[[], Any]) -> Measured:
    """Run once and take the time."""
    start, cpu_start = time.perf_counter(), time.process_time()
    made = make()
    return Measured(made, time.perf_counter() - start, time.process_time() - cpu_start)


def same_class(embeddings: NDArray[Any], classes: NDArray[Any]) -> float:
    """How often the nearest other sample by cosine is of the same class."""
    unit = np.asarray(embeddings - embeddings.mean(axis=0), np.float32)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    hits = 0
    for start in range(0, len(unit), 1_000):
        alike = unit[start : start + 1_000] @ unit.T
        rows = np.arange(len(alike))
        alike[rows, start + rows] = -2
        hits += int((classes[alike.argmax(axis=1)] == classes[start + rows]).sum())
    return hits / len(unit)


if __name__ == "__main__":
    main()

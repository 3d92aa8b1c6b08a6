"""Suggestion accuracy on sounds, beside logistic regression on what clips are on average.

150 clips of Debian's package sonic-pi-samples; a class is a family of sounds, the first part
of the file's name.  Labels are drawn uniformly, the same ones for all that is compared, and
accuracy is counted on the clips without a label.  Encoders are trained on the pool alone.

    make bench RUN=audio  # 150 clips of Debian's sonic-pi-samples
    make bench RUN=audio OPTIONS="--draws 2 --encoders 1"  # to try it
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from machine import about_this_machine
from numpy.typing import NDArray

from dalt.core.records import Floats, LabelSet
from dalt.data.sources import RawSamples, SampleFiles
from dalt.learning.encoders.audio import AudioEncoder
from dalt.learning.encoders.mel import bands, loudness
from dalt.learning.encoders.torch_threads import one_thread
from dalt.learning.encoders.training import Schedule
from dalt.learning.heads.registry import default_head
from dalt.model import Pool

CLIPS = Path("/usr/share/sonic-pi/samples")
LEAST_IN_FAMILY = 8  # smaller families cannot be learned from 30 uniformly drawn labels
BUDGETS = (20, 30, 40, 50, 80)
BASELINE = "logistic_regression_on_pca_of_mean_log_mel"
UNTRAINED = "default_head_on_untrained_encoder"
TRAINED = "default_head_on_encoder"
Truth = NDArray[np.int64]


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=30)
    parser.add_argument("--encoders", type=int, default=5, help="seeds of the training")
    options = parser.parse_args()
    clips, truth = load_clips()
    started = time.perf_counter()
    with one_thread():  # as a project does
        encoders = [AudioEncoder().fit(clips, seed=seed) for seed in range(options.encoders)]
    seconds = (time.perf_counter() - started) / len(encoders)
    pools = {
        UNTRAINED: [AudioEncoder(schedule=Schedule(least=0, most=0)).fit(clips, seed=0)],
        TRAINED: encoders,
    }
    embedded = {name: [each.transform(clips) for each in some] for name, some in pools.items()}
    means = _principal(np.stack([_mean(clip) for clip in clips]))
    budgets = []
    for budget in BUDGETS:
        print(f"{budget} labels …", file=sys.stderr, flush=True)
        scores: dict[str, list[float]] = {BASELINE: [], UNTRAINED: [], TRAINED: []}
        for draw in range(options.draws):
            labelled = np.random.default_rng(draw).permutation(len(truth))[:budget]
            scores[BASELINE].append(_by_regression(means, truth, labelled))
            for name, some in embedded.items():
                scores[name].append(_by_head(some[draw % len(some)], truth, labelled))
        budgets.append(_told(budget, scores))
    result = {
        "benchmark": "audio",
        "clips": len(truth),
        "families": int(truth.max()) + 1,
        "draws": options.draws,
        "encoders": options.encoders,
        "machine": about_this_machine(),
        "fit_seconds": round(seconds, 1),
        "budgets": budgets,
    }
    print(json.dumps(result, indent=2))


def load_clips(folder: Path = CLIPS) -> tuple[RawSamples, Truth]:
    """The clips of all families that have enough of them, and which family each is of."""
    paths = sorted(folder.glob("*.flac"))
    families = [path.name.split("_")[0] for path in paths]
    kept = [i for i, name in enumerate(families) if families.count(name) >= LEAST_IN_FAMILY]
    if not kept:
        raise SystemExit(f"There are no clips in {folder}: install the package sonic-pi-samples.")
    names = sorted({families[i] for i in kept})
    files = SampleFiles(Path(tempfile.gettempdir()) / "audio-benchmark.dalt")  # nothing is written
    found = files.add_audio([paths[i] for i in kept], lambda ids: {})
    return RawSamples(files, found.samples), np.array([names.index(families[i]) for i in kept])


def _mean(clip: Floats) -> Floats:
    return loudness(clip, bands()).mean(axis=0)


def _principal(features: Floats) -> Floats:
    from sklearn.decomposition import PCA

    scores = PCA(32, random_state=0).fit_transform(features)
    return np.asarray(scores / scores.std(), np.float32)


def _by_regression(features: Floats, truth: Truth, labelled: Truth) -> float:
    from sklearn.linear_model import LogisticRegression

    rest = np.setdiff1d(np.arange(len(truth)), labelled)
    model = LogisticRegression(max_iter=2_000).fit(features[labelled], truth[labelled])
    return float(model.score(features[rest], truth[rest]))


def _by_head(embeddings: Floats, truth: Truth, labelled: Truth) -> float:
    n_classes = int(truth.max()) + 1
    labelled = np.sort(labelled)
    targets = np.eye(n_classes, dtype=np.float32)[truth[labelled]]
    labels = LabelSet(labelled, targets, cursor=len(labelled))
    fitted = default_head().fit(Pool(embeddings), labels, n_classes, seed=0)
    rest = np.setdiff1d(np.arange(len(truth)), labelled)
    return float((fitted.probabilities[rest].argmax(axis=1) == truth[rest]).mean())


def _told(budget: int, scores: dict[str, list[float]]) -> dict[str, object]:
    told: dict[str, object] = {"labels": budget}
    told |= {name: round(statistics.mean(each), 4) for name, each in scores.items()}
    for name in (BASELINE, UNTRAINED):
        gains = [a - b for a, b in zip(scores[TRAINED], scores[name], strict=True)]
        half = 2.0 * statistics.stdev(gains) / len(gains) ** 0.5
        mean = statistics.mean(gains)
        told[f"gain_over_{name}"] = round(mean, 4)
        told[f"interval_95_over_{name}"] = [round(mean - half, 4), round(mean + half, 4)]
    return told


if __name__ == "__main__":
    main()

"""Is the consensus right more often than a count of the votes?

    make bench RUN=consensus  # 4,000 texts
    make bench RUN=consensus OPTIONS="--texts 200 --seeds 1"  # to try it

Real ratings of short texts (VADER: 23,703 tweets and snippets of reviews and editorials, each
rated by 15 to 99 people from -4 to 4), as negative, neutral or positive.  Truth is what most of a
text's raters say.  The archive does not tell who rated what, so that annotators are made: each
text gets a few of its own raters' answers, dealt to twenty people who are careless more or less
often and then answer at random.  Printed are shares of right labels, by raters per text.

The source archive of vaderSentiment (MIT) is fetched by pip into ``--cache``; nothing of it is
shipped.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from machine import about_this_machine

from dalt.labeling.quality.agreement import krippendorff_alpha
from dalt.labeling.quality.consensus import Ballots, fit

ARCHIVE = "vaderSentiment-3.3.2.tar.gz"
METHODS = ("majority", "one-coin", "confusion")
N_ANNOTATORS = 20
CARELESS = {"few": (1, 15), "some": (1, 4), "many": (1, 2)}
"""Parameters of the beta distribution of how often people are careless: 6, 20 and 33 %."""


def ratings(cache: Path) -> list[np.ndarray]:
    """Of each text, what every rater says: 0 negative, 1 neutral, 2 positive."""
    path = cache / ARCHIVE
    if not path.is_file():
        download = [sys.executable, "-m", "pip", "download", "--no-binary", ":all:", "--no-deps"]
        package = ["--no-build-isolation", "--quiet", "--dest", str(cache), "vaderSentiment==3.3.2"]
        subprocess.run(download + package, check=True, stdout=sys.stderr)
    found = []
    with tarfile.open(path) as outer:
        name = next(each for each in outer.getnames() if each.endswith("hutto_ICWSM_2014.tar.gz"))
        file = outer.extractfile(name)
        assert file is not None
        with tarfile.open(fileobj=io.BytesIO(file.read())) as inner:
            for member in sorted(inner.getnames()):
                if member.endswith("anonDataRatings.txt"):
                    text = inner.extractfile(member).read().decode("utf-8-sig", "replace")  # type: ignore[union-attr]
                    lists = re.findall(r"\[[^]]*\]", text)
                    found += [np.sign(ast.literal_eval(each)) + 1 for each in lists]
    return found


def deal(
    said: list[np.ndarray],
    n_raters: int,
    careless: tuple[float, float],
    random: np.random.Generator,
) -> Ballots:
    """Some raters' answers to each text, given by people who are careless at times."""
    care = random.beta(*careless, N_ANNOTATORS)
    by = np.concatenate([random.choice(N_ANNOTATORS, n_raters, replace=False) for _ in said])
    votes = np.concatenate([random.choice(each, n_raters, replace=False) for each in said])
    slips = random.random(len(votes)) < care[by]
    votes = np.where(slips, random.integers(0, 3, len(votes)), votes)
    rows = np.repeat(np.arange(len(said)), n_raters)
    return Ballots(rows, by, votes, len(said), N_ANNOTATORS, 3, {})


def right(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The share of labels that are right; of tied ones as many as chance would give."""
    best = probabilities >= probabilities.max(axis=1, keepdims=True) - 1e-9
    return float((best[np.arange(len(truth)), truth] / best.sum(axis=1)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--texts", type=int, default=4_000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    every = ratings(options.cache)
    truths = np.array([np.bincount(each, minlength=3).argmax() for each in every])
    results: list[dict[str, Any]] = []
    for careless, shape in CARELESS.items():
        for n_raters in (2, 3, 5, 7):
            shares: dict[str, list[float]] = {name: [] for name in (*METHODS, "alpha")}
            for seed in range(options.seeds):
                random = np.random.default_rng(seed)
                chosen = random.permutation(len(every))[: options.texts]
                ballots = deal([every[i] for i in chosen], n_raters, shape, random)
                for method in METHODS:
                    found = fit(ballots, method)  # type: ignore[arg-type]
                    shares[method].append(right(found.probabilities, truths[chosen]))
                alpha = krippendorff_alpha(ballots.shares() * n_raters)
                shares["alpha"].append(alpha or 0.0)
            means = {name: round(float(np.mean(values)), 4) for name, values in shares.items()}
            results.append({"careless": careless, "raters": n_raters, **means})
    worst = min(each["one-coin"] - each["majority"] for each in results)
    print(
        json.dumps(
            {
                "texts": options.texts,
                "seeds": options.seeds,
                "results": results,
                "worst_against_majority": round(worst, 4),
                "bar": {"one-coin loses to majority by at most": 0.002},
                "met": worst >= -0.002,
                "machine": about_this_machine(),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()

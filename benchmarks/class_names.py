"""How good are suggestions by the names and descriptions of classes, before any label?

`dalt.suggesters.names` votes on all texts: by the names of the classes alone, and by descriptions
of five words or so, which stand below.  Counted are the share of right first suggestions, with its
Wilson interval; the calibration error in ten bins; and what other temperatures would do to it.
Then a project of all texts shows what labelers are shown before the first label.  Fields of
WordNet's definitions are the hard case that the prompt was not chosen on: 25 classes, some of which
nobody can tell apart.

    make bench RUN=class_names  # BBC News by minilm, some minutes
    make bench RUN=class_names OPTIONS="--encoder sentences"
    make bench RUN=class_names OPTIONS="glosses --wordnet /usr/share/wordnet"
    make bench RUN=class_names OPTIONS="bbc --samples 200"
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from labelled_pools import labelled
from machine import about_this_machine
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import dalt
from dalt.core.classes import ClassSpec
from dalt.suggesters import NamesSource, TaskSaid, names
from dalt.suggesters.name_source import TEMPERATURES as USED

DESCRIPTIONS = {
    "bbc": {
        "business": "companies, markets, money and economy",
        "entertainment": "films, music, television and celebrities",
        "politics": "government, parties, elections and ministers",
        "sports": "matches, players, teams and tournaments",
        "tech": "computers, internet, mobile phones and software",
    },
    "glosses": {
        "act": "something that somebody does",
        "animal": "mammals, birds, fish and insects",
        "artifact": "tools, machines, buildings and clothes",
        "attribute": "a quality that something has",
        "body": "organs, bones and other body parts",
        "cognition": "thoughts, ideas, knowledge and theories",
        "communication": "speech, writing, messages and signs",
        "event": "something that happens at a time",
        "feeling": "emotions such as joy and fear",
        "food": "dishes, drinks, meat and fruit",
        "group": "families, peoples, organizations and kinds",
        "location": "cities, countries, regions and places",
        "motive": "a reason for an action",
        "object": "natural things: mountains, rivers, stars",
        "person": "somebody with a role or profession",
        "phenomenon": "weather, forces, waves and light",
        "plant": "trees, shrubs, herbs and flowers",
        "possession": "money, property, payments and debts",
        "process": "a change in nature or chemistry",
        "quantity": "units of measurement and numbers",
        "relation": "how things relate to each other",
        "shape": "lines, curves, angles and figures",
        "state": "conditions, diseases and situations of life",
        "substance": "chemicals, metals, minerals and materials",
        "time": "days, years, periods and ages",
    },
}
FIELDS = list(DESCRIPTIONS["glosses"])  # numbers 4 to 28 of WordNet's lexicographers
TEMPERATURES = (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15)


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", choices=DESCRIPTIONS, nargs="?", default="bbc")
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--samples", type=int, default=10_000, help="at most so many of the data")
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    options = parser.parse_args()
    if options.data == "bbc":
        data = labelled("bbc")
        texts, truth = data.raw[: options.samples], data.truth[: options.samples]
    else:
        texts, truth = glosses(options.wordnet, min(options.samples, 2_000))
    with threadpool_limits(1):
        found = {how: of(options, how, texts, truth) for how in ("names", "descriptions")}
        shown = {how: in_a_project(options, how, texts, truth) for how in found}
    result = {
        "benchmark": "class_names",
        "machine": about_this_machine(),
        "data": options.data,
        "encoder": options.encoder,
        "samples": len(texts),
        "classes": len(DESCRIPTIONS[options.data]),
        **found,
        "in_a_project": shown,
    }
    print(json.dumps(result, indent=2))


def of(
    options: argparse.Namespace, how: str, texts: Sequence[str], truth: NDArray[np.str_]
) -> dict[str, Any]:
    """What one way to tell the classes is worth."""
    classes = told(options.data, how)
    said = [spec.name for spec in classes]
    source = names(options.encoder)
    began = time.perf_counter()
    shares = votes(source, texts, TaskSaid(classes))
    seconds = time.perf_counter() - began
    right = np.array(said)[shares.argmax(1)] == truth
    result = {
        "right": round(float(right.mean()), 4),
        "interval": wilson(int(right.sum()), len(right)),
        "by_class": {name: round(float(right[truth == name].mean()), 3) for name in said},
        "calibration_error": calibration_error(shares.max(1), right),
        "mean_probability": round(float(shares.max(1).mean()), 4),
        "samples_per_second": round(len(texts) / seconds, 1),
        "temperatures": at_temperatures(shares, right),
    }
    print(how, result, file=sys.stderr, flush=True)
    return result


def told(data: str, how: str) -> tuple[ClassSpec, ...]:
    """The classes as people would enter them."""
    described = DESCRIPTIONS[data].items()
    return tuple(
        ClassSpec(name, description=words if how == "descriptions" else "")
        for name, words in described
    )


def in_a_project(
    options: argparse.Namespace, how: str, texts: Sequence[str], truth: NDArray[np.str_]
) -> dict[str, Any]:
    """What labelers are shown before the first label, of all samples and of the first twenty."""
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=told(options.data, how)) as project,
    ):
        ids = project.add_texts(list(texts), progress=False)
        project.encode("autoencoder", progress=False)  # the head has no label: any will do
        project.add_suggester("names", names(options.encoder)).wait()
        project.trainer.wait()
        snapshot = project.trainer.snapshot
        assert snapshot is not None
        likely = np.asarray(snapshot.probabilities).argmax(axis=1)
        right = np.array([spec.name for spec in project.classes])[likely] == truth
        of_sample = dict(zip(ids, truth, strict=True))
        with project.session(annotator="nobody") as session:
            shown = [session.next() for _ in range(20)]
            first = [each.suggestion.top == of_sample[each.sample.id] for each in shown if each]
    result = {
        "right": round(float(right.mean()), 4),
        "interval": wilson(int(right.sum()), len(right)),
        "right_of_the_first_20": float(np.mean(first)),
    }
    print("in a project,", how, result, file=sys.stderr, flush=True)
    return result


def votes(source: NamesSource, texts: Sequence[str], task: TaskSaid) -> NDArray[np.float64]:
    """Probabilities of shape (n_samples, n_classes)."""
    found = source.suggest(texts, task)
    if source.failures.count:
        raise SystemExit(source.failures.first)
    return np.array([list((vote or {}).values()) for vote in found])


def at_temperatures(shares: NDArray[np.float64], right: NDArray[np.bool_]) -> dict[str, float]:
    """Calibration error at other temperatures, which do not change what comes first."""
    scaled = np.log(np.maximum(shares, 1e-300)) * USED["text"]
    found = {}
    for each in TEMPERATURES:
        raised = np.exp((scaled - scaled.max(1, keepdims=True)) / each)
        sure = (raised / raised.sum(1, keepdims=True)).max(1)
        found[str(each)] = calibration_error(sure, right)
    return found


def calibration_error(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean distance of probability and share of right ones, in ten bins of equal width."""
    bins = np.minimum((sure * 10).astype(int), 9)
    parts = [
        (bins == each).mean() * abs(right[bins == each].mean() - sure[bins == each].mean())
        for each in np.unique(bins)
    ]
    return round(float(np.sum(parts)), 4)


def wilson(n_right: int, n: int) -> list[float]:
    """The 95 % interval of a share."""
    z, share = 1.96, n_right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return [round(float(middle - half), 4), round(float(middle + half), 4)]


def glosses(folder: Path, n_samples: int) -> tuple[list[str], NDArray[np.str_]]:
    """Definitions of nouns, and the field that each is of."""
    lines = (folder / "data.noun").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("  ") and int(line.split()[1]) >= 4]
    draws = np.random.default_rng(0).choice(len(lines), n_samples, replace=False)
    chosen = [lines[i] for i in draws]
    texts = [line.partition(" | ")[2].strip() for line in chosen]
    return texts, np.array([FIELDS[int(line.split()[1]) - 4] for line in chosen])


if __name__ == "__main__":
    main()

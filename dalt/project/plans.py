"""The steps of long work, for its progress line.

Seconds were measured on two cores.  Only their ratios matter, since the time left follows
from the time that the work really takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from dalt.core.progress import Plan
from dalt.core.records import Kind, Progress
from dalt.learning.encoders.candidates import step_of

Report = Progress | bool
"""A bar (True), nothing (False), or ``callable(what, done, total)``."""
PATIENCE = 1.0
"""Seconds after which usually quick work shows its line."""
ADDING = {
    "image": "Adding images",
    "text": "Adding texts",
    "table": "Adding rows",
    "audio": "Adding audio files",
}
LEARNED_FROM = 20_000


def encoding(kind: Kind, n_samples: int, names: Sequence[str] = ("",)) -> Plan:
    """Training encoders and embedding so many samples by each.

    Several are named, and so are their steps.

    Examples
    --------
    >>> [max(stage, key=stage.get) for stage in encoding("text", 1_000)][:3]
    ['Reading samples', 'Counting words', 'Training the encoder']
    """
    stages = [_one_encoder(kind, n_samples) for _ in names]
    if len(names) > 1:
        stages = [
            [{step_of(name, what): weight for what, weight in stage.items()} for stage in each]
            for name, each in zip(names, stages, strict=True)
        ]
    return [*chain.from_iterable(stages), *_starting(n_samples)]


def _one_encoder(kind: Kind, n_samples: int) -> list[dict[str, float]]:
    n_fit = min(n_samples, LEARNED_FROM)
    prepared = {"image": {"Distorting images": n_fit / 900}, "text": {"Counting words": 2.0}}
    return [
        {"Reading samples": n_fit / 2_000 + 0.1},
        *([prepared[kind]] if kind in prepared else []),
        {"Training the encoder": _training(n_samples), "Looking at the features": 10.0},
        {"Embedding": n_samples / 3_000 + 0.1},
    ]


def fine_tuning(n_samples: int) -> Plan:
    """Fine-tuning an encoder, and embedding anew."""
    n_fit = min(n_samples, LEARNED_FROM)
    return [
        {"Reading samples": n_fit / 2_000 + 0.1},
        {"Distorting images": n_fit / 900},
        {"Fine-tuning the encoder": _training(n_samples)},
        *_embedding(n_samples),
    ]


def tuning(budget: float) -> Plan:
    """Searching for a better head, and comparing it."""
    return [{"Searching": budget}, {"Comparing": max(5.0, budget / 5)}]


def tuning_encoder(budget: float, n_samples: int) -> Plan:
    """Searching for a better autoencoder, training and comparing it."""
    return [
        {"Reading samples": min(n_samples, LEARNED_FROM) / 2_000 + 0.1},
        {"Searching": budget},
        {"Training the encoder": _training(n_samples)},
        {"Embedding with the best": n_samples / 3_000},
        {"Comparing": 10.0},
        *_embedding(n_samples),
    ]


def predicting(kind: Kind) -> Plan:
    """Reading new data and embedding it."""
    return [{ADDING[kind].lower(): 1.0}, {"Embedding": 4.0}]


ESTIMATING: Plan = [{"Learning again": 1.0}]
IMPORTING: Plan = [{"checking labels": 1.0}, {"importing labels": 4.0}]


def _training(n_samples: int) -> float:
    return 0.05 * min(max(n_samples / 10, 300), 1_000)


def _embedding(n_samples: int) -> Plan:
    return [{"Embedding": n_samples / 3_000 + 0.1}, *_starting(n_samples)]


def _starting(n_samples: int) -> Plan:
    return [
        {"preparing the first suggestions": 0.1},
        {"Finding neighbours": 2 + n_samples / 20_000},
    ]

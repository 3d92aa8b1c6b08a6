"""Trying other settings of the autoencoder on a share of the pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dalt.core.records import BadInput, Encoder, Floats, Kind, Positions
from dalt.learning.encoders.autoencoder import Size
from dalt.learning.encoders.registry import encoder_for
from dalt.learning.encoders.torch_threads import one_thread

STEPS = (120, 400)
"""Mini-batches of a trial: a short one, and one for those that did well in it."""
SHARE_HELD_OUT = 0.2
MOST_SAMPLES = 2_000
LOSS_COUNTS = 0.05
"""Weight of the reconstruction loss against the share of correct labels."""
USUAL: Mapping[str, float | int] = {"n_dims": 64, "width": 1.0, "depth": 0, "noise": 1.0}

Judge = Callable[[Floats], tuple[float, float]]
"""Returns how well embeddings separate the classes: score and likelihood."""


def autoencoder_of(kind: Kind, settings: Mapping[str, Any], steps: int | None = None) -> Encoder:
    """Make an unfitted autoencoder with these settings.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}
    settings : mapping
        n_dims, width, depth (`dalt.learning.encoders.autoencoder.Size`), and noise: how much inputs
        are distorted, against the usual.
    steps : int, optional
        Mini-batches to train for; by default as many as usual.

    Examples
    --------
    >>> autoencoder_of("table", {"n_dims": 16, "width": 2.0, "depth": 1, "noise": 0.5}).noise
    0.1
    """
    made: Any = encoder_for(kind)
    changes: dict[str, Any] = {
        "n_dims": int(settings["n_dims"]),
        "size": Size(float(settings["width"]), int(settings["depth"])),
    }
    noise = float(settings["noise"])
    if kind == "image":
        usual = made.distortions
        changes["distortions"] = replace(
            usual, noise=usual.noise * noise, erase=min(usual.erase * noise, 0.5)
        )
    elif kind == "audio":
        usual = made.alterations
        changes["alterations"] = replace(
            usual, noise=usual.noise * noise, mask=min(usual.mask * noise, 0.6)
        )
    else:
        changes["noise"] = min(made.noise * noise, 0.9)
    if steps is not None:
        changes["schedule"] = replace(made.schedule, least=steps, most=steps)
    encoder: Encoder = replace(made, **changes)
    return encoder


class TryingEncoders:
    """Tries settings of the autoencoder on a share of the pool that holds every label.

    Parameters
    ----------
    kind : str
    raw : sequence
        The pool's raw samples.
    labelled : ndarray of shape (n_labels,), int64
        Positions of the labels.
    judge : callable or None
        Judges embeddings of the samples at `positions` (`judge_by`); None where there are too
        few labels: then only what is lost in rebuilding counts.
    seed : int

    Attributes
    ----------
    positions : ndarray of shape (n_samples,), int64
        Which samples take part, ascending.
    """

    def __init__(
        self, kind: Kind, raw: Sequence[Any], labelled: Positions, judge: Judge | None, seed: int
    ) -> None:
        self._kind = kind
        self._seed = seed
        self._judge = judge
        self.positions = share_of(len(raw), labelled, seed)
        self._raw = [raw[int(position)] for position in self.positions]
        draw = np.random.default_rng(seed)
        n_out = max(int(len(self._raw) * SHARE_HELD_OUT), 1)
        self._out = draw.permutation(len(self._raw))[:n_out]
        kept = np.setdiff1d(np.arange(len(self._raw)), self._out)
        self._learned = [self._raw[int(row)] for row in kept]
        if len(self._learned) < 10:
            raise BadInput(
                f"Settings of the autoencoder cannot be told apart on {len(raw)} samples: add more."
            )

    def judge_by(self, judge: Judge) -> None:
        """Judge embeddings of the samples at `positions` by this from now on."""
        self._judge = judge

    def __call__(self, settings: Mapping[str, Any], part: int) -> tuple[float, float]:
        """Train for as many steps as the part says; score and likelihood."""
        encoder: Any = autoencoder_of(self._kind, settings, STEPS[part])
        with one_thread():
            encoder.fit(self._learned, seed=self._seed)
            lost = encoder.unexplained([self._raw[int(row)] for row in self._out])
            if self._judge is None:
                return 1 - lost, 0.0
            score, likelihood = self._judge(encoder.transform(self._raw))
        return score - LOSS_COUNTS * min(lost, 1.0), likelihood


def share_of(n_samples: int, labelled: Positions, seed: int) -> Positions:
    """Positions of a share of the pool, with every label up to that number, ascending."""
    draw = np.random.default_rng(seed)
    kept = draw.permutation(labelled)[:MOST_SAMPLES]
    others = draw.permutation(np.setdiff1d(np.arange(n_samples), kept))
    return np.sort(np.concatenate([kept, others[: MOST_SAMPLES - len(kept)]])).astype(np.int64)

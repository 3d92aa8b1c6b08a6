"""Fine-tuning: a trained image encoder goes on learning with the labels so far.

Reconstruction continues, and the contrastive term becomes the supervised one: views of samples of
one class, by their labels or by a confident head, should be close together.  The result is half
way between the former weights and those: no less accurate, and better calibrated
(`benchmarks/finetune.py`).  With fewer than about 50 labels per class the head on top grows
overconfident, because it is weighed on labels that the encoder knows.

References
----------
Khosla et al., Supervised Contrastive Learning, 2020.
Wortsman et al., Robust Fine-Tuning of Zero-Shot Models, 2022 (half way).
Lee, Pseudo-Label: The Simple and Efficient Semi-Supervised Learning Method, 2013.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dalt.core.records import BadInput, Encoder, Floats, LabelSet, Progress
from dalt.learning.encoders.autoencoder import AT_ONCE, Autoencoder, Bank, nearest, partners_of
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.reading import fit_subset, read, refuse_if_mostly_unreadable, reported
from dalt.learning.encoders.training import Schedule, train

STEPS = 250
NO_CLASS = -1


@dataclass(frozen=True)
class Tuning:
    """How an encoder is fine-tuned; chosen by measurement.

    Attributes
    ----------
    schedule : Schedule
        The held-out part only chooses the best weights and never ends the training.
    confident : float
        Samples without a label count as of the head's first class from this probability on.
    n_labelled : int
        Labelled samples that are added to each mini-batch.
    temperature : float
        Of the supervised contrastive term.
    """

    schedule: Schedule = Schedule(least=STEPS, most=STEPS, batch=192, rate=1e-3, patience=STEPS)
    confident: float = 0.8
    n_labelled: int = 64
    temperature: float = 0.2


TUNING = Tuning()


def fine_tuned(
    encoder: Encoder,
    raw: Sequence[Any],
    labels: LabelSet,
    probabilities: Floats,
    *,
    seed: int,
    tuning: Tuning = TUNING,
    progress: Progress | None = None,
) -> ImageEncoder:
    """Make an encoder that knows the labels so far; the given one stays as it is.

    The same arguments give the same encoder.  An exception of `progress` ends the training
    without any change.

    Parameters
    ----------
    encoder : ImageEncoder
        Fitted.
    raw : sequence of ndarray of shape (h, w) or (h, w, 3), uint8
        The pool.  All labelled samples are read, and at most 20,000 others; those that
        cannot be read are left out.
    labels : LabelSet
    probabilities : ndarray of shape (n_samples, n_classes), float32
        Predictions for the pool of a head fitted on these labels.
    seed : int
    tuning : Tuning
    progress : callable, optional

    Returns
    -------
    ImageEncoder
        With a fingerprint of its own.

    Raises
    ------
    NotEncoded
        If the encoder has not learned yet.
    BadInput
        If the encoder is of another type, there are no labels or several for a sample, the
        probabilities do not fit the pool, or more than half of the samples cannot be read.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 255, (30, 8, 8), dtype=np.uint8)
    >>> short = Schedule(least=2, most=2)
    >>> encoder = ImageEncoder(schedule=short).fit(images, seed=0)
    >>> labels = LabelSet(np.array([0, 1]), np.eye(2, dtype=np.float32), cursor=2)
    >>> unsure = np.full((30, 2), 0.5, np.float32)
    >>> other = fine_tuned(encoder, images, labels, unsure, seed=0, tuning=Tuning(short))
    >>> other.fingerprint == encoder.fingerprint
    False
    """
    if not isinstance(encoder, ImageEncoder):
        raise BadInput(
            f"Only the image autoencoder can be fine-tuned, not {type(encoder).__name__}."
        )
    if labels.multi:
        raise BadInput("With several classes for a sample the encoder cannot be fine-tuned yet.")
    if not len(labels.positions):
        raise BadInput("There are no labels to fine-tune the encoder with yet.")
    if probabilities.shape != (len(raw), labels.targets.shape[1]):
        raise BadInput(
            f"A pool of {len(raw)} samples and {labels.targets.shape[1]} classes needs "
            f"probabilities of that shape, not {probabilities.shape}."
        )
    positions = np.union1d(labels.positions, fit_subset(len(raw), seed=seed))
    batch = read(raw, reported(positions, progress), encoder.frame.put)
    refuse_if_mostly_unreadable(raw, batch.failures, len(positions))
    frames = torch.from_numpy(np.stack(batch.values))
    generator = torch.Generator().manual_seed(seed)
    net, standardised, views = encoder.to_go_on(frames, generator, progress)
    classes, labelled = known_classes(labels, probabilities, tuning.confident)
    tuned = copy.deepcopy(net)
    tune(
        tuned,
        standardised,
        views,
        classes[batch.positions],
        labelled[batch.positions],
        tuning=tuning,
        generator=generator,
        progress=progress,
    )
    half_way = between(net, tuned)
    with torch.no_grad():
        half_way.centre.copy_(_embedded(half_way, standardised).mean(0))
    return encoder.with_net(half_way)


def known_classes(
    labels: LabelSet, probabilities: Floats, confident: float
) -> tuple[Tensor, Tensor]:
    """Return what is known about each sample of the pool.

    Returns
    -------
    classes : Tensor of shape (n_samples,), int64
        By labels if there are any, else by a confident head; -1 if unknown.
    labelled : Tensor of shape (n_samples,), bool
    """
    said = probabilities.copy()
    said[labels.positions] = labels.targets
    surest, classes = torch.from_numpy(said).max(1)
    labelled = torch.zeros(len(said), dtype=torch.bool)
    labelled[torch.from_numpy(labels.positions)] = True
    return classes.masked_fill(surest < confident, NO_CLASS), labelled


def tune(
    net: Autoencoder,
    standardised: Tensor,
    views: Bank,
    classes: Tensor,
    labelled: Tensor,
    *,
    tuning: Tuning,
    generator: torch.Generator,
    progress: Progress | None = None,
) -> None:
    """Train in place.

    Parameters
    ----------
    net : Autoencoder
    standardised : Tensor of shape (n, *shape)
    views : Bank
    classes : Tensor of shape (n,), int64
        -1 where unknown.
    labelled : Tensor of shape (n,), bool
        These are seen more often; if there are none, any sample may be.
    tuning : Tuning
    generator : torch.Generator
    progress : callable, optional
    """
    near = nearest(_embedded(net, standardised), min(5, len(standardised) - 1))
    known = labelled.nonzero().flatten() if labelled.any() else torch.arange(len(labelled))

    def loss(rows: Tensor, draws: torch.Generator) -> Tensor:
        more = known[torch.randint(len(known), (tuning.n_labelled,), generator=draws)]
        firsts = torch.cat([rows, more])
        seconds = torch.cat([partners_of(rows, near, draws), more])
        both = torch.cat([firsts, seconds])
        embeddings = net(torch.cat(views.pair(firsts, seconds, draws)))
        rebuilt = F.mse_loss(net.decoder(embeddings), standardised[both].flatten(1))
        return rebuilt + _unlike_of_class(embeddings, classes[both], tuning.temperature)

    net.train()
    train(
        net,
        loss,
        len(standardised),
        schedule=tuning.schedule,
        generator=generator,
        progress=progress,
        what="Fine-tuning the encoder",
    )


def between(former: Autoencoder, latter: Autoencoder) -> Autoencoder:
    """A net with the mean weights of two, one of which was trained from the other."""
    net = copy.deepcopy(former)
    state = {name: value.clone() for name, value in former.state_dict().items()}
    for name, value in latter.state_dict().items():
        if value.is_floating_point():  # a counter of batches is not
            state[name] += (value - state[name]) / 2
    net.load_state_dict(state)
    return net.eval()


def _embedded(net: Autoencoder, standardised: Tensor) -> Tensor:
    with torch.no_grad():
        return torch.cat([net(part) for part in torch.split(standardised, AT_ONCE)])


def _unlike_of_class(embeddings: Tensor, classes: Tensor, temperature: float) -> Tensor:
    """Each view has to find its partner and all others of its class among the views."""
    n = len(embeddings)
    unit = F.normalize(embeddings, dim=1)
    itself = torch.eye(n, dtype=torch.bool)
    found = (unit @ unit.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    alike = (classes[:, None] == classes) & (classes != NO_CLASS) & ~itself
    alike |= itself.roll(n // 2, dims=1)
    return -((found * alike).sum(1) / alike.sum(1)).mean()

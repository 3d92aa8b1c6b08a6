"""Freezing a model: the label that it gives to each sample, before anybody checks it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dalt.core.audits import AuditPlan, Frozen
from dalt.core.records import BadInput, ClassSet, LabelValue, Sample
from dalt.core.summaries import counted, percent
from dalt.learning.heads.snapshot import Snapshot
from dalt.study.certificates.ladder import Belief, DrawsNeeded, ladder, rungs_of


def frozen_labels(
    snapshot: Snapshot, classes: ClassSet, positions: NDArray[np.int64]
) -> tuple[list[LabelValue | None], NDArray[np.float64]]:
    """A snapshot's labels of samples, by present names, and how sure it is of each whole label.

    Parameters
    ----------
    snapshot : Snapshot
    classes : ClassSet
    positions : ndarray of shape (n,), int64
        Rows that it has seen.

    Returns
    -------
    list of (str, tuple of str or None)
        None if the label names a former class.
    ndarray of shape (n,), float64
        The probability of the class; with several classes the product over all of them.
    """
    rows = np.asarray(snapshot.probabilities)[positions].astype(np.float64)
    if classes.multi:
        holds = rows >= 0.5
        sure = np.where(holds, rows, 1 - rows).prod(axis=1)
        said = [tuple(np.array(snapshot.classes, object)[row]) for row in holds]
        labels: list[LabelValue] = [classes.present(each) for each in said]
    else:
        sure = rows.max(axis=1)
        labels = [classes.present(snapshot.classes[column]) for column in rows.argmax(axis=1)]
    known = [set(classes.named(each)) <= set(classes.names) for each in labels]
    return [each if fits else None for each, fits in zip(labels, known, strict=True)], sure


def plan_audit(
    snapshot: Snapshot,
    classes: ClassSet,
    samples: Sequence[Sample],
    *,
    max_error: float,
    confidence: float,
    draws_needed: DrawsNeeded,
    belief: Belief,
    seed: str,
) -> AuditPlan:
    """Choose which samples a model may label, and in which order people check them.

    Parameters
    ----------
    snapshot : Snapshot
    classes : ClassSet
    samples : sequence of Sample
        Samples that nobody has answered or leased.
    max_error, confidence : float
    draws_needed : callable
    belief : mapping of float to float
        As for `dalt.study.certificates.ladder.ladder`.
    seed : str
        Seed of the order, which is uniformly random whatever the order of the pool.

    Raises
    ------
    BadInput
        If the model is not sure enough of any set that could be certified.
    """
    seen = [each for each in samples if each.position < len(snapshot.probabilities)]
    positions = np.array([each.position for each in seen], np.int64)
    labels, sure = frozen_labels(snapshot, classes, positions)
    sure[[label is None for label in labels]] = -1.0
    known = sure[sure >= 0]
    thresholds = ladder(known, max_error, draws_needed, belief)
    if not thresholds:
        raise BadInput(
            f"The model is not sure enough of enough of the {counted(len(known))} without a label "
            f"to promise at most {percent(max_error)} errors; label on and try again, or "
            "allow a larger max_error=."
        )
    rungs = rungs_of(sure, thresholds)
    # By hashes: somebody who knows the pool's order, or made it, does not know this one.
    order = sorted(np.flatnonzero(rungs), key=lambda place: _key(seed, seen[place].id))
    draws = []
    for place in order:
        label = labels[place]
        assert label is not None  # those have no rung
        draws.append(Frozen(seen[place].id, label, float(sure[place]), int(rungs[place])))
    content = {
        "snapshot": snapshot.version,
        "hash": snapshot.hash,
        "head": snapshot.head,
        "encoder": snapshot.encoder,
        "learned_up_to": snapshot.cursor,
        "classes": list(classes.names),
        "multi": classes.multi,
        "thresholds": list(thresholds),
        "sharpness": {f"{each:g}": share for each, share in belief.items()},
    }
    return AuditPlan(max_error, confidence, tuple(draws), content)


def _key(seed: str, sample_id: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{sample_id}".encode(), digest_size=16).digest()

"""The model that a project has now: its encoder, and the newest snapshot on it."""

from __future__ import annotations

from dataclasses import dataclass

from dalt.core.records import Encoder, NotEncoded, NothingLearned
from dalt.learning.encoders.cache_files import GIVEN
from dalt.learning.heads.snapshot import Snapshot
from dalt.project.training import Training
from dalt.project.workspace import Workspace


@dataclass(frozen=True)
class Learned:
    """An encoder and the snapshot that learned on it.

    Attributes
    ----------
    encoder : Encoder or None
        None if the embeddings were given.
    snapshot : Snapshot
    """

    encoder: Encoder | None
    snapshot: Snapshot


def learned(workspace: Workspace, training: Training, *, given: bool = False) -> Learned:
    """Return the model, if there is one.

    Parameters
    ----------
    workspace : Workspace
    training : Training
    given : bool
        Whether a project whose embeddings were given will do, which has no encoder.

    Raises
    ------
    NotEncoded, NothingLearned
        If the pool has no embeddings, or nothing has been learned on them.
    BadInput
        If the embeddings were given, or the encoder cannot be read.
    """
    snapshot, cache = training.newest(), workspace.cache
    if given and cache.choice == GIVEN:
        encoder = None
    else:
        encoder = workspace.encoder = cache.encoder()
        if encoder is None:
            raise NotEncoded("The pool is not encoded yet: run project.encode().")
    if snapshot is None or snapshot.encoder != cache.version:
        raise NothingLearned(
            "Nothing has been learned on these embeddings yet: label some samples, or wait: "
            "project.trainer.wait()."
        )
    if not snapshot.learned:
        raise NothingLearned(
            "There are only sources of suggestions so far, which say nothing of other data: label "
            "one sample, and the model learns from it."
        )
    return Learned(encoder, snapshot)

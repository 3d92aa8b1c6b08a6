"""The snapshot and encoder in use, swapped as a pair."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from threadpoolctl import ThreadpoolController

from dalt.core.errors import one_line
from dalt.core.records import BadInput, DaltError, Encoder, Floats, NotEncoded, NothingLearned
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.base import BaseTrainer
from dalt.project.prediction import predict_raw

NOTHING_YET = (
    "Nothing has been learned yet: label some samples, and have `dalt train` or `dalt serve` run."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """A snapshot with the encoder that it learned on; neither changes."""

    snapshot: Snapshot
    encoder: Encoder


class Current:
    """Predicts by the newest snapshot whose encoder is loaded.

    A new snapshot on the same encoder takes effect at once.  One on another encoder takes effect
    when that is loaded; until then the former pair answers.  A request under way keeps the pair
    that it began with.

    Parameters
    ----------
    trainer : BaseTrainer
        Has the newest snapshot.
    cache : EmbeddingCache
        Has the encoder.
    """

    def __init__(self, trainer: BaseTrainer, cache: EmbeddingCache) -> None:
        self._trainer = trainer
        self._cache = cache
        self._pair: Pair | None = None
        self._ahead: Encoder | None = None
        """Read before there was a snapshot."""
        self._reading = threading.Lock()
        self._computing = threading.Lock()
        self._threads = ExitStack()
        self._refused: tuple[str, DaltError] | None = None
        self._unsubscribe = trainer.subscribe(self._follow)

    def prepare(self) -> None:
        """Load the encoder before the first request: importing torch takes seconds."""
        try:
            with self._reading:
                if self._ahead is None and self._pair is None:
                    self._ahead = self._cache.encoder()
                    self._one_thread()
            if self._trainer.snapshot is not None:
                self._take_over(self._trainer.snapshot)
        except DaltError as error:
            _log.info("no predictions of new data: %s", error)

    @property
    def pair(self) -> Pair:
        """Return the snapshot and the encoder in use.

        Raises
        ------
        NothingLearned
            Before the first snapshot.
        NotEncoded
            If new data cannot be embedded here.
        """
        newest = self._trainer.snapshot
        if newest is None:
            raise NothingLearned(NOTHING_YET)
        pair = self._pair
        if pair is not None and pair.snapshot.version == newest.version:
            return pair
        if pair is not None and not _belongs(newest, pair.encoder.fingerprint):
            return pair  # until `_follow` has loaded the other encoder
        return self._take_over(newest)

    def predict(self, raw: Sequence[Any]) -> tuple[Floats, Snapshot]:
        """Return class probabilities of raw data, and the snapshot that they come from.

        Raises
        ------
        NothingLearned, NotEncoded
            As `pair`.
        BadInput
            If the encoder cannot read it.
        """
        pair = self.pair
        try:
            with self._computing:  # nets take their threads from one pool for all
                found = predict_raw(raw, pair.encoder, pair.snapshot)
        except DaltError:
            raise
        except Exception as error:
            _log.exception("the encoder failed on raw data")
            raise BadInput(f"The encoder cannot read this ({one_line(error)}).") from error
        return found, pair.snapshot

    def close(self) -> None:
        """Follow no more."""
        self._unsubscribe()
        self._threads.close()

    def _follow(self) -> None:
        """Called on the thread that follows the trainer, which must not wait for an encoder."""
        newest, pair = self._trainer.snapshot, self._pair
        if newest is None or (pair is not None and pair.snapshot.version == newest.version):
            return
        if pair is not None and _belongs(newest, pair.encoder.fingerprint):
            self._pair = Pair(newest, pair.encoder)
        else:
            threading.Thread(target=self.prepare, name="dalt-encoder", daemon=True).start()

    def _take_over(self, newest: Snapshot) -> Pair:
        with self._reading:
            pair = self._pair
            if pair is not None and pair.snapshot.version >= newest.version:
                return pair
            known = self._ahead if pair is None else pair.encoder
            if known is None or not _belongs(newest, known.fingerprint):
                known = self._read(newest)
            self._pair, self._ahead = Pair(newest, known), None
            return self._pair

    def _read(self, newest: Snapshot) -> Encoder:
        """The encoder of a snapshot; what cannot be read is not tried at every request."""
        if self._refused is not None and self._refused[0] == newest.encoder:
            raise self._refused[1]
        try:
            encoder = self._cache.encoder()
        except DaltError as error:
            refused = NotEncoded(f"New data cannot be predicted: {error}")
            self._refused = (newest.encoder, refused)
            raise refused from error
        if encoder is None or not _belongs(newest, encoder.fingerprint):
            raise NotEncoded("The pool is being encoded again; try again later.")
        self._one_thread()
        return encoder

    def _one_thread(self) -> None:
        """Compute in one thread: requests are short, and the trainer needs the others."""
        self._threads.close()
        self._threads.enter_context(ThreadpoolController().limit(limits=1))
        if "torch" in sys.modules:
            from dalt.learning.encoders.torch_threads import one_thread

            self._threads.enter_context(one_thread())


def _belongs(snapshot: Snapshot, fingerprint: str) -> bool:
    """Whether a snapshot has learned on an encoder; behind the point is a revision of rows."""
    return snapshot.encoder.split(".")[0] == fingerprint

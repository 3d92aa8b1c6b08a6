"""Encoders and the embedding cache.

The folder of an `EmbeddingCache`::

    current.json              which encoder is in use, which one waits for its embeddings
    <fingerprint>.npy         embeddings, float32 (n_samples, n_dims), memory-mapped
    encoders/<fingerprint>/   encoder.json and weights.safetensors

Every file is replaced as a whole (`dalt.core.files`), so readers see either the former one or
the new one.  The next run removes the temporary files of a killed one.  Nothing here
imports torch before an encoder is needed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.arrays import new_npy, open_npy
from dalt.core.errors import shown
from dalt.core.files import publish, replacing, unpublished
from dalt.core.records import BadInput, Encoder, EncoderFailed, Floats, Kind, Positions, Progress
from dalt.core.sealed_arrays import seal
from dalt.core.user_warnings import warn_user
from dalt.learning.encoders.cache_files import (
    AUTOENCODER,
    FILE,
    GIVEN,
    UNTRAINED,
    UNTRAINED_LIMIT,
    Pointer,
    Trained,
    Wish,
    encoding_alone,
    owner_of,
    read_pointer,
    write_pointer,
)
from dalt.learning.encoders.embedding import Embedder, embed_here, fill, fit_encoder
from dalt.learning.encoders.reading import name_of, removed_rows, some_of, without_removed

_CHOOSE = 'project.encode(encoder="autoencoder")'


class UnreadableSamples(UserWarning):
    """Some samples could not be read or embedded and have the mean embedding."""


def encoder_for(kind: Kind, name: str = AUTOENCODER) -> Encoder:
    """Encoder of a kind of sample, not yet fitted.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}
    name : str
        "autoencoder", or a pretrained one (`dalt.learning.encoders.registry`).

    Raises
    ------
    BadInput
        If there is none of that name for that kind, or it is not installed.

    Examples
    --------
    >>> encoder_for("text").n_dims
    64
    """
    from dalt.learning.encoders import registry

    return registry.encoder_for(kind, name)


def load_encoder(folder: Path, own: Encoder | None = None) -> Encoder:
    """Read an encoder that was written by its ``save``.

    Parameters
    ----------
    folder : Path
        Where ``encoder.json`` and ``weights.safetensors`` lie.
    own : Encoder, optional
        One that was given in this process: used if it is the same.

    Raises
    ------
    BadInput
        If there is none, it is damaged, needs what is not installed or is of a type that
        is not known.
    """
    from dalt.learning.encoders import registry

    return registry.load_encoder(folder, own)


class EmbeddingCache:
    """Embeddings of a pool on disk, with the encoder that made them.

    Parameters
    ----------
    folder : Path
        Made at the first `encode`.
    own : Encoder, optional
        One that this process already holds: it need not, or cannot, be read again.
    file : str
        Which of several encoders of one folder this is about.

    Examples
    --------
    >>> import tempfile
    >>> cache = EmbeddingCache(Path(tempfile.mkdtemp()) / "embeddings")
    >>> cache.embeddings() is None, cache.fingerprint, cache.n_samples
    (True, None, 0)
    """

    def __init__(self, folder: Path, own: Encoder | None = None, file: str = FILE) -> None:
        self.folder = Path(folder)
        self.own = own
        self.file = file

    def pointer(self) -> Pointer:
        """What is in use, as the folder says now."""
        return read_pointer(self.folder, self.file)

    @property
    def fingerprint(self) -> str | None:
        """Fingerprint of the encoder in use, or None before the first `encode`."""
        current = self.pointer().current
        return current.fingerprint if current else None

    @property
    def version(self) -> str | None:
        """Identifies the embeddings; it changes if an existing row has changed."""
        return self.pointer().version

    @property
    def choice(self) -> str | None:
        """How the encoder in use was chosen: by name or file, or "given"; None without one."""
        current = self.pointer().current
        return current.choice if current else None

    @property
    def n_samples(self) -> int:
        """Rows of the embeddings; 0 before the first `encode`."""
        embeddings = self.embeddings()
        return 0 if embeddings is None else int(embeddings.shape[0])

    @property
    def unreadable(self) -> tuple[int, ...]:
        """Rows with the mean embedding, because their sample could not be read."""
        return self.pointer().unreadable

    def encoder(self) -> Encoder | None:
        """The encoder in use, or None before the first `encode`.

        Raises
        ------
        BadInput
            If the embeddings were given, or it cannot be read.
        """
        current = self.pointer().current
        if current is not None and current.choice == GIVEN:
            raise BadInput(
                "The embeddings of this pool were given, so new data cannot be embedded: add it to "
                f"the pool with its embeddings, or choose an encoder: {_CHOOSE}."
            )
        return self._load(current) if current else None

    def embeddings(self) -> Floats | None:
        """Embeddings of the pool, mapped read-only, or None before the first `encode`.

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32, or None

        Raises
        ------
        BadInput
            If the file is missing or damaged.
        """
        fingerprint = self.fingerprint
        if fingerprint is None:
            return None
        path = self._array_path(fingerprint)
        try:
            mapped: Floats = open_npy(path)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"The embeddings in {path} cannot be read ({error}). "
                "Remove that folder and encode again; labels are not in it."
            ) from error
        if mapped.ndim != 2 or mapped.dtype != np.float32 or not mapped.shape[1]:
            raise BadInput(
                f"The embeddings in {path} are damaged ({mapped.dtype} of shape {mapped.shape}). "
                "Remove that folder and encode again; labels are not in it."
            )
        return mapped

    def encode(
        self,
        kind: Kind,
        raw: Sequence[Any],
        *,
        seed: int,
        encoder: str | Path | Encoder | None = None,
        progress: Progress | None = None,
        retrain: bool = False,
        embed: Embedder = embed_here,
    ) -> Floats:
        """Embed all samples; train an encoder first if there is none.

        For a pool that grew, the same encoder embeds only the new rows.  A sample that cannot be
        read, or that the encoder refuses, gets the mean embedding with a warning that names it,
        and the next call tries it again.  An interruption leaves the embeddings as they were; the
        next call uses an encoder that was already trained.

        Parameters
        ----------
        kind : {"image", "text", "table", "audio"}
        raw : sequence
            Raw samples in the order of the pool, read one at a time.
        seed : int
            Seed of the training.
        encoder : str, Path or Encoder, optional
            A name, an ``.onnx`` file or an encoder, used from now on; by default the one in
            use, at first an autoencoder.  A named model of another library may be downloaded.
        progress : callable, optional
        retrain : bool
            Train anew even if there is an encoder.
        embed : callable
            Where samples are embedded: in this process, or by
            `dalt.learning.encoders.cluster.connected`.

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32

        Raises
        ------
        BadInput
            If there are no samples, more than half cannot be read, they are fewer than
            those embedded already, or another process is encoding here.
        EncoderFailed
            If the encoder raises while it learns, or cannot embed more than half.
        """
        wish = Wish(kind, seed, retrain, self._choice_of(encoder, kind, progress))
        with self._alone():
            self._remove_leftovers()
            pointer = self.pointer()
            trained = self._choose(pointer, wish, len(raw))
            if trained is None:
                trained = self._train(pointer, wish, raw, progress)
            if trained != pointer.current:
                pointer = replace(pointer, waiting=trained)
                self._point(pointer)
            self._embed(trained, pointer, raw, progress, embed)
        return self._in_use()

    def give(
        self,
        kind: Kind,
        embeddings: Any,
        positions: Positions,
        n_samples: int,
        removed: Collection[int] = (),
    ) -> Floats:
        """Use embeddings that were made elsewhere.

        Parameters
        ----------
        kind : {"image", "text", "table"}
        embeddings : ndarray of shape (n_given, n_dims)
        positions : ndarray of shape (n_given,), int64
            Positions of their samples in the pool.
        n_samples : int
            Size of the pool; samples that are not among `positions` keep the rows given
            before.
        removed : collection of int
            Positions of samples that were removed, which need no row.

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32

        Raises
        ------
        BadInput
            If they are not finite numbers, a sample has none, or another process is
            encoding here.
        """
        from dalt.learning.encoders import given_embeddings

        array = given_embeddings.checked(embeddings, len(positions))
        with self._alone():
            self._remove_leftovers()
            current = self.pointer().current
            former = self.embeddings() if current and current.choice == GIVEN else None
            rows = given_embeddings.complete(array, positions, former, n_samples, removed)
            with unpublished(self._array_path(GIVEN)) as part:
                fingerprint = given_embeddings.write(part, array, former, rows)
                seal(part, owner_of(self.folder, fingerprint))
                publish(part, self._array_path(fingerprint))
            self._point(Pointer(Trained(fingerprint, kind, 0, n_samples, GIVEN)))
        return self._in_use()

    def _in_use(self) -> Floats:
        embeddings = self.embeddings()
        assert embeddings is not None
        return embeddings

    # --- training -------------------------------------------------------------------

    def _choose(self, pointer: Pointer, wish: Wish, n_samples: int) -> Trained | None:
        """A suitable encoder on disk, or None if one has to be trained."""
        waiting, current = pointer.waiting, pointer.current
        # A run was interrupted while embedding. Training again on the same samples would give
        # the same encoder.
        if (
            waiting
            and wish.is_met_by(waiting)
            and waiting.seed == wish.seed
            and (not wish.retrain or waiting.n_fit == n_samples)
            and self._has_encoder(waiting)
        ):
            return waiting
        if current and wish.is_met_by(current) and not wish.retrain and self._has_encoder(current):
            return current
        return None

    def _train(
        self, pointer: Pointer, wish: Wish, raw: Sequence[Any], progress: Progress | None
    ) -> Trained:
        from dalt.learning.encoders.registry import is_fitted, is_name
        from dalt.learning.encoders.torch_threads import one_thread

        former = pointer.current
        if former and former.kind != wish.kind:
            former = None
        choice = wish.choice or (former.choice if former else AUTOENCODER)
        encoder = self._made(wish, choice, former)
        if is_name(choice) or wish.retrain or not is_fitted(encoder):
            with one_thread():
                learned_from = without_removed(raw)
                if choice == UNTRAINED:
                    learned_from = some_of(learned_from, seed=wish.seed, limit=UNTRAINED_LIMIT)
                encoder = fit_encoder(encoder, learned_from, seed=wish.seed, progress=progress)
        self.own = encoder
        if former and encoder.fingerprint == former.fingerprint:
            return former
        if not re.fullmatch(r"[\w-][\w.-]{0,63}", encoder.fingerprint, re.ASCII):
            raise BadInput(
                "An encoder's fingerprint names its files: up to 64 letters, digits, '.', '-' and "
                f"'_', not {shown(encoder.fingerprint)}."
            )
        folder = self._encoder_folder(encoder.fingerprint)
        if not folder.exists():
            with unpublished(folder) as part:
                encoder.save(part)
                publish(part, folder)
        return Trained(encoder.fingerprint, wish.kind, wish.seed, len(raw), choice)

    def _made(self, wish: Wish, choice: str, former: Trained | None) -> Encoder:
        """The encoder of a choice, not fitted unless it was given so."""
        from dalt.learning.encoders.registry import is_name

        if choice == GIVEN:
            raise BadInput(
                "The embeddings of this pool were given, so there is no encoder to train: give new "
                f"ones with add_embeddings, or choose an encoder: {_CHOOSE}."
            )
        if is_name(choice):
            return encoder_for(wish.kind, choice)
        encoder = self.own if wish.choice or former is None else self._load(former)
        assert encoder is not None  # what is more than a name comes with its encoder
        if encoder.kind != wish.kind:
            raise BadInput(
                f"This encoder reads {encoder.kind} samples, and the pool holds {wish.kind} "
                "samples."
            )
        return encoder

    def _choice_of(
        self, encoder: str | Path | Encoder | None, kind: Kind, progress: Progress | None
    ) -> str | None:
        """How a choice is stored; an encoder that is more than a name is held."""
        if encoder is None:
            return None
        from dalt.learning.encoders.registry import chosen

        choice = chosen(encoder, kind, progress)
        self.own = choice.own
        return choice.name

    def _load(self, trained: Trained) -> Encoder:
        return load_encoder(self._encoder_folder(trained.fingerprint), self.own)

    # --- embedding ------------------------------------------------------------------

    def _embed(
        self,
        trained: Trained,
        pointer: Pointer,
        raw: Sequence[Any],
        progress: Progress | None,
        embed: Embedder,
    ) -> None:
        """Embed the missing rows and use them."""
        former = self.embeddings() if trained == pointer.current else None
        n_former = 0 if former is None else int(former.shape[0])
        if n_former > len(raw):
            raise BadInput(
                f"There are embeddings of {n_former} samples but only {len(raw)} samples "
                "were given. A pool never shrinks; encode with retrain=True to start anew."
            )
        removed = removed_rows(raw)
        # Which of the rows behind these are the mean of others is not written down.
        n_known = n_former if pointer.n_rows is None else min(n_former, pointer.n_rows)
        left = [] if former is None else [row for row in pointer.unreadable if row < n_known]
        retry = [row for row in left if row not in removed]
        todo = [*retry, *range(n_known, len(raw))]
        if not todo:
            if pointer.automatic:  # named from now on
                self._point(replace(pointer, automatic=False))
            return
        if trained.choice == GIVEN:
            todo = [row for row in todo if row not in removed]
            if not todo:
                return
            raise BadInput(
                f"{len(todo)} samples have no embedding, and those of the others were given: give "
                "theirs, project.add_embeddings(array, sample_ids=[…]), or choose an encoder: "
                f"{_CHOOSE}."
            )
        folder = self._encoder_folder(trained.fingerprint)
        encoder = self._load(trained)
        with replacing(self._array_path(trained.fingerprint)) as part:
            with new_npy(part, (len(raw), encoder.n_dims)) as array:
                if former is not None:
                    array[:n_former] = former
                parts = embed(encoder, folder, raw, todo)
                try:
                    failures = fill(array, parts, raw, len(todo), encoder, progress)
                except EncoderFailed:
                    if trained == pointer.waiting:  # otherwise every call would use it again
                        self._point(replace(pointer, waiting=None))
                    raise
                again = former is not None and not np.array_equal(
                    former[n_known:], array[n_known:n_former]
                )
            del array, former
            seal(part, owner_of(self.folder, trained.fingerprint))
        unreadable = tuple(sorted({row for row, _ in failures} | (set(left) & removed)))
        mended = again or bool(set(retry) - set(unreadable))
        revision = pointer.revision + mended if trained == pointer.current else 0
        self._point(Pointer(trained, None, unreadable, revision, n_rows=len(raw)))
        told = [each for each in failures if each[0] not in removed]
        if told:
            _warn(raw, told)

    # --- files ----------------------------------------------------------------------

    def _encoder_folder(self, fingerprint: str) -> Path:
        return self.folder / "encoders" / fingerprint

    def _array_path(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}.npy"

    def _has_encoder(self, trained: Trained) -> bool:
        return trained.choice == GIVEN or self._encoder_folder(trained.fingerprint).is_dir()

    def _point(self, pointer: Pointer) -> None:
        write_pointer(self.folder, pointer, self.file)

    def _remove_leftovers(self) -> None:
        """Remove leftovers of an interrupted run; only called with the lock."""
        for path in (*self.folder.glob("*.part"), *self.folder.glob("encoders/*.part")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _alone(self) -> AbstractContextManager[None]:
        return encoding_alone(self.folder)


def _warn(raw: Sequence[Any], failures: Sequence[tuple[int, str]]) -> None:
    named = "; ".join(f"{name_of(raw, row)}: {reason}" for row, reason in failures[:3])
    more = f" and {len(failures) - 3} more" if len(failures) > 3 else ""
    warn_user(
        f"{len(failures)} of {len(raw)} samples could not be read or embedded ({named}{more}). "
        "They have the mean embedding until they can be; encode again to try them again.",
        UnreadableSamples,
    )

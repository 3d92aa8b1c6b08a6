"""Encoders and the embedding cache (floor 1).

The folder of an `EmbeddingCache`::

    current.json              which encoder is in use, which one waits for its embeddings
    <fingerprint>.npy         embeddings, float32 (n_samples, n_dims), memory-mapped
    encoders/<fingerprint>/   encoder.json and weights.safetensors

Every file is written under a name that ends in ``.part``, synced and then renamed, so
that whoever reads sees the former file or the new one and nothing in between.  What an
interruption leaves behind is removed by the next run.  Nothing here imports torch before
an encoder is needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dalt.encoders.embedding import Embedder, embed_here, fill, fit_encoder
from dalt.records import BadInput, Encoder, EncoderFailed, Floats, Kind, Progress

__all__ = ["EmbeddingCache", "UnreadableSamples", "encoder_for", "load_encoder"]


class UnreadableSamples(UserWarning):
    """Some samples could not be read or embedded; they were given the mean embedding."""


def encoder_for(kind: Kind) -> Encoder:
    """Default encoder of a kind of sample, not yet fitted.

    Parameters
    ----------
    kind : {"image", "text", "table", "audio"}

    Raises
    ------
    BadInput
        If there is no encoder for that kind.

    Examples
    --------
    >>> encoder_for("text").n_dims
    64
    """
    if kind == "image":
        from dalt.encoders.image import ImageEncoder

        return ImageEncoder()
    if kind == "text":
        from dalt.encoders.text import TextEncoder

        return TextEncoder()
    if kind == "table":
        from dalt.encoders.dense import TableEncoder

        return TableEncoder()
    if kind == "audio":
        from dalt.encoders.audio import AudioEncoder

        return AudioEncoder()
    raise BadInput(f"There is no encoder for {kind!r}: it can be image, text, table or audio.")


def load_encoder(folder: Path) -> Encoder:
    """Read an encoder that was written by its ``save``.

    Parameters
    ----------
    folder : Path
        Where ``encoder.json`` and ``weights.safetensors`` lie.

    Raises
    ------
    BadInput
        If there is none, it is damaged, or a newer DALT wrote it.
    """
    from dalt.encoders.saving import read_settings

    name = read_settings(folder)["type"]
    if name == "image":
        from dalt.encoders.image import ImageEncoder

        return ImageEncoder.load(folder)
    if name == "text":
        from dalt.encoders.text import TextEncoder

        return TextEncoder.load(folder)
    if name == "table":
        from dalt.encoders.dense import TableEncoder

        return TableEncoder.load(folder)
    if name == "audio":
        from dalt.encoders.audio import AudioEncoder

        return AudioEncoder.load(folder)
    raise BadInput(f"The encoder in {folder} is of the unknown type {name!r}. Update DALT.")


@dataclass(frozen=True)
class _Trained:
    """An encoder on disk, and what it was trained from."""

    fingerprint: str
    kind: str
    seed: int
    n_fit: int


@dataclass(frozen=True)
class _Pointer:
    """Contents of ``current.json``.

    `waiting` is an encoder whose embeddings are not complete yet; `unreadable` are the
    rows that hold the mean because their sample could not be read.
    """

    current: _Trained | None = None
    waiting: _Trained | None = None
    unreadable: tuple[int, ...] = ()


class EmbeddingCache:
    """Embeddings of a pool on disk, with the encoder that made them.

    Parameters
    ----------
    folder : Path
        Made at the first `encode`.

    Examples
    --------
    >>> import tempfile
    >>> cache = EmbeddingCache(Path(tempfile.mkdtemp()) / "embeddings")
    >>> cache.embeddings() is None, cache.fingerprint, cache.n_samples
    (True, None, 0)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @property
    def fingerprint(self) -> str | None:
        """Fingerprint of the encoder in use, or None before the first `encode`."""
        current = self._pointer().current
        return current.fingerprint if current else None

    @property
    def n_samples(self) -> int:
        """Rows of the embeddings; 0 before the first `encode`."""
        embeddings = self.embeddings()
        return 0 if embeddings is None else int(embeddings.shape[0])

    @property
    def unreadable(self) -> tuple[int, ...]:
        """Rows that hold the mean embedding, because their sample could not be read."""
        return self._pointer().unreadable

    def encoder(self) -> Encoder | None:
        """The encoder in use, or None before the first `encode`."""
        fingerprint = self.fingerprint
        return load_encoder(self._encoder_folder(fingerprint)) if fingerprint else None

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
            mapped: Floats = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise BadInput(
                f"The embeddings in {path} cannot be read ({error}). "
                "Remove that folder and encode again; labels are not in it."
            ) from error
        return mapped

    def encode(
        self,
        kind: Kind,
        raw: Sequence[Any],
        *,
        seed: int,
        progress: Progress | None = None,
        retrain: bool = False,
        embed: Embedder = embed_here,
    ) -> Floats:
        """Embed all samples; train an encoder first where there is none.

        A pool that grew has only its new rows embedded, by the same encoder.  A sample
        that cannot be read, or that the encoder refuses, gets the mean embedding with a
        warning that names it, and is tried again by the next call.  An interruption leaves the
        embeddings as they were; an encoder that was trained by then is kept and used by the
        next call.

        Parameters
        ----------
        kind : {"image", "text", "table", "audio"}
        raw : sequence
            Raw samples in the order of the pool, read one at a time.
        seed : int
            Decides the training.
        progress : callable, optional
        retrain : bool
            Train anew even if there is an encoder.
        embed : callable
            Where samples are embedded: in this process, or by
            `dalt.encoders.cluster.connected`.

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
        with self._alone():
            self._remove_leftovers()
            pointer = self._pointer()
            trained = self._choose(pointer, kind, len(raw), seed, retrain)
            if trained is None:
                trained = self._train(kind, raw, seed, progress)
            if trained != pointer.current:
                pointer = _Pointer(pointer.current, trained, pointer.unreadable)
                self._point(pointer)
            self._embed(trained, pointer, raw, progress, embed)
        embeddings = self.embeddings()
        assert embeddings is not None
        return embeddings

    # --- training -------------------------------------------------------------------

    def _choose(
        self, pointer: _Pointer, kind: Kind, n_samples: int, seed: int, retrain: bool
    ) -> _Trained | None:
        """An encoder on disk that serves, or None if one has to be trained."""
        waiting, current = pointer.waiting, pointer.current
        # A run was interrupted while it embedded. Training again on the same samples
        # would give the very same encoder.
        if (
            waiting
            and (waiting.kind, waiting.seed) == (kind, seed)
            and (not retrain or waiting.n_fit == n_samples)
            and self._has_encoder(waiting)
        ):
            return waiting
        if current and current.kind == kind and not retrain and self._has_encoder(current):
            return current
        return None

    def _train(
        self, kind: Kind, raw: Sequence[Any], seed: int, progress: Progress | None
    ) -> _Trained:
        from dalt.encoders.threads import one_thread

        with one_thread():
            encoder = fit_encoder(encoder_for(kind), raw, seed=seed, progress=progress)
        folder = self._encoder_folder(encoder.fingerprint)
        if not folder.exists():
            part = folder.with_name(folder.name + ".part")
            encoder.save(part)
            for path in part.iterdir():
                _sync(path)
            os.replace(part, folder)
            _sync(folder.parent)
        return _Trained(encoder.fingerprint, kind, seed, len(raw))

    # --- embedding ------------------------------------------------------------------

    def _embed(
        self,
        trained: _Trained,
        pointer: _Pointer,
        raw: Sequence[Any],
        progress: Progress | None,
        embed: Embedder,
    ) -> None:
        """Embed the rows that are missing and put them in use."""
        former = self.embeddings() if trained == pointer.current else None
        n_former = 0 if former is None else int(former.shape[0])
        if n_former > len(raw):
            raise BadInput(
                f"There are embeddings of {n_former} samples but only {len(raw)} samples "
                "were given. A pool never shrinks; encode with retrain=True to start anew."
            )
        retry = [] if former is None else [row for row in pointer.unreadable if row < n_former]
        todo = [*retry, *range(n_former, len(raw))]
        if not todo:
            return
        folder = self._encoder_folder(trained.fingerprint)
        encoder = load_encoder(folder)
        part = self._array_path(trained.fingerprint).with_suffix(".npy.part")
        array = np.lib.format.open_memmap(
            part, mode="w+", dtype=np.float32, shape=(len(raw), encoder.n_dims)
        )
        if former is not None:
            array[:n_former] = former
        parts = embed(encoder, folder, raw, todo)
        try:
            failures = fill(array, parts, raw, len(todo), encoder, progress)
        except EncoderFailed:
            if trained == pointer.waiting:  # kept, it would be taken again by every call
                self._point(replace(pointer, waiting=None))
            raise
        array.flush()
        del array, former
        _sync(part)
        os.replace(part, self._array_path(trained.fingerprint))
        self._point(_Pointer(trained, None, tuple(row for row, _ in failures)))
        if failures:
            _warn(raw, failures)

    # --- files ----------------------------------------------------------------------

    def _encoder_folder(self, fingerprint: str) -> Path:
        return self.folder / "encoders" / fingerprint

    def _array_path(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}.npy"

    def _has_encoder(self, trained: _Trained) -> bool:
        return self._encoder_folder(trained.fingerprint).is_dir()

    def _pointer(self) -> _Pointer:
        path = self.folder / "current.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return _Pointer(
                current=_Trained(**content["current"]) if content["current"] else None,
                waiting=_Trained(**content["waiting"]) if content["waiting"] else None,
                unreadable=tuple(content["unreadable"]),
            )
        except FileNotFoundError:
            return _Pointer()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{path} is damaged ({error}). Remove the folder {self.folder} and encode "
                "again; labels are not in it."
            ) from error

    def _point(self, pointer: _Pointer) -> None:
        part = self.folder / "current.json.part"
        part.write_text(json.dumps(asdict(pointer), indent=1), encoding="utf-8")
        _sync(part)
        os.replace(part, self.folder / "current.json")
        _sync(self.folder)

    def _remove_leftovers(self) -> None:
        """Remove what an interrupted run left; only called while alone."""
        for path in (*self.folder.glob("*.part"), *self.folder.glob("encoders/*.part")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder; the system lets go of it however this process ends."""
        (self.folder / "encoders").mkdir(parents=True, exist_ok=True)
        with open(self.folder / "encode.lock", "w") as lock:
            if not _lock(lock.fileno()):
                raise BadInput(f"Another process is encoding into {self.folder}. Wait for it.")
            yield


def _warn(raw: Sequence[Any], failures: Sequence[tuple[int, str]]) -> None:
    from dalt.encoders.reading import name_of

    named = "; ".join(f"{name_of(raw, row)}: {reason}" for row, reason in failures[:3])
    more = f" and {len(failures) - 3} more" if len(failures) > 3 else ""
    warnings.warn(
        f"{len(failures)} of {len(raw)} samples could not be read or embedded ({named}{more}). "
        "They have the mean embedding until they can be; encode again to try them again.",
        UnreadableSamples,
        stacklevel=4,
    )


def _sync(path: Path) -> None:
    """Make sure a file, or the names in a folder, reached the disk."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _posix_lock(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# Windows refuses to replace a file that is open for writing, which guards enough.
_lock: Callable[[int], bool] = _posix_lock if os.name == "posix" else lambda _: True

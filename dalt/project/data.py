"""Data into a project: samples, and their embeddings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dalt.core.arguments import PROGRESS, SAMPLE_IDS, TEXT, TRUTH, optional, takes
from dalt.core.progress import Reporter, reporting
from dalt.core.records import (
    Added,
    BadInput,
    Encoder,
    Floats,
    Kind,
    LeftOut,
    NotEncoded,
    NothingLearned,
)
from dalt.core.settings.settings import check_kind
from dalt.core.summaries import Embeddings, counted, took
from dalt.core.user_warnings import warn_user
from dalt.data.sources import ENCODED_PIXELS, Found, RawSamples
from dalt.project import plans
from dalt.project.base import ProjectRooms, Report
from dalt.project.frames import labels as frames

if TYPE_CHECKING:
    import pandas as pd

    from dalt.learning.encoders.cache import EmbeddingCache
    from dalt.learning.encoders.embedding import Embedder

NAMED = 3
"""So many of what was left out a warning names."""
MANY: Mapping[Kind, str] = {
    "image": "images", "text": "texts", "table": "rows", "audio": "clips",
}  # fmt: skip


class ProjectData(ProjectRooms):
    """What a project is given; `dalt.Project` is made of this."""

    @takes(progress=PROGRESS)
    def add_images(
        self,
        images: str | Path | Sequence[str | Path] | NDArray[np.uint8],
        *,
        progress: Report = True,
    ) -> Added:
        """Add images of a folder tree or files, which stay where they are, or of an array.

        Parameters
        ----------
        images : path, list or column of paths, or ndarray (n, height, width[, 3]), uint8
        progress : bool or callable
            A bar, nothing, or ``callable(what, done, total)``.

        Returns
        -------
        Added
            The ids in input order, shown as a summary.  What could not be read is named in a
            warning and in ``.rejected``; where a list was given, None stands at its place.

        Raises
        ------
        BadInput
            If there is no such folder, or the array has another shape or dtype, or the project
            is about other samples.
        """
        return self._add(
            "image", progress, lambda r: self._files.add_images(images, self._store.known, r)
        )

    @takes(progress=PROGRESS)
    def add_texts(
        self,
        texts: Sequence[str] | pd.Series[str] | pd.DataFrame,
        column: str | None = None,
        *,
        progress: Report = True,
    ) -> Added:
        """Add texts from a list, or from a column of a frame.

        Parameters
        ----------
        texts : list of str, Series or DataFrame
        column : str, optional
            The frame's column that has the texts.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If there is no such column, or nothing in it.
        """
        return self._add(
            "text", progress, lambda r: self._files.add_texts(texts, column, self._store.known, r)
        )

    @takes(progress=PROGRESS)
    def add_table(
        self,
        frame: pd.DataFrame,
        columns: Sequence[str] | None = None,
        *,
        progress: Report = True,
    ) -> Added:
        """Add the rows of a frame.

        Parameters
        ----------
        frame : DataFrame
        columns : list of str, optional
            Those that make up a sample; all if left out.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If a column is not there, or the frame is empty.
        """
        return self._add(
            "table", progress, lambda r: self._files.add_table(frame, columns, self._store.known, r)
        )

    @takes(progress=PROGRESS)
    def add_audio(
        self, audio: str | Path | Sequence[str | Path], *, progress: Report = True
    ) -> Added:
        """Add audio clips of a folder tree or files, which stay where they are.

        WAV, FLAC, Ogg (Vorbis and Opus), MP3, AIFF, AU and CAF are read. Of a clip, the
        first 30 s are learned from and played.

        Parameters
        ----------
        audio : path or list of paths
            Of a folder, files with the ending of audio are taken.
        progress : bool or callable

        Returns
        -------
        Added
            As from `add_images`; what is damaged, empty or longer
            than 10 minutes is in ``.rejected``.

        Raises
        ------
        BadInput
            If there is no such folder, or no audio in it.
        """
        return self._add(
            "audio", progress, lambda r: self._files.add_audio(audio, self._store.known, r)
        )

    def _add(self, kind: Kind, progress: Report, find: Callable[[Reporter], Found]) -> Added:
        check_kind(self._settings.task, kind)
        if self.kind not in (None, kind):
            raise BadInput(
                f"This project holds {self.kind} samples; make another project for {kind} samples."
            )
        began = time.monotonic()
        with reporting(progress, plans.ADDING[kind]) as report:
            found = find(report)
            new = self._store.add_samples(found.samples)
        added = Added(found.each, found.rejected, new, time.monotonic() - began)
        if added.rejected:
            warn_user(_left_out(added, kind), LeftOut)
        return added

    def samples(self) -> pd.DataFrame:
        """The pool, one row per sample, in the order of adding.

        Returns
        -------
        DataFrame
            sample_id; kind; source (the path of its file, with slashes: relative to the folder
            that holds the project where it lies below that, else absolute; or the row that it
            came from); status ("open", "leased" or "labelled"); path (of its file, absolute;
            None for what is kept in the project).
        """
        return frames.samples_frame(self._store.sample_states(), self._files.path_of)

    @takes(retrain=TRUTH, dask=optional(TEXT), progress=PROGRESS)
    def encode(
        self,
        encoder: str | Path | Encoder | None = None,
        *,
        retrain: bool = False,
        dask: str | None = None,
        progress: Report = True,
    ) -> Floats:
        """Embed the pool; train the encoder first if there is none.

        Parameters
        ----------
        encoder : str, Path or Encoder, optional
            "autoencoder"; a pretrained one that is installed: "sentences" or "minilm" for texts,
            "mobilenet" for images; the path of an ``.onnx`` file that turns images into features;
            or an object that follows `dalt.features.Encoder`.  It is used from now on, also for
            samples added later.  If left out: the one in use, at first the autoencoder.
        retrain : bool
            Train a new encoder on the pool as it is now.
        dask : str, optional
            Address of a Dask scheduler, ``tcp://host:port``, whose workers embed; the
            encoder is trained here all the same.
        progress : bool or callable

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32
            Rows in the order of `samples`.

        Raises
        ------
        BadInput
            If the pool is empty or more than half of it cannot be read, or the encoder is
            unknown, not installed or of another kind. What was in use stays.
        EncoderFailed
            If the encoder cannot learn from the pool, or not embed it.
        ClusterFailed
            If there is no such cluster, or it went away; the embeddings are as before.
        """
        self._learns_here("project.encode()")
        kind = self.kind
        if kind is None:
            raise BadInput("There is nothing to encode yet; add samples first.")
        began = time.monotonic()
        raw = RawSamples(self._files, self._store.samples(), longest=ENCODED_PIXELS)
        cache = self._cache
        former = (cache.fingerprint, cache.n_samples)
        plan = plans.encoding(kind, len(raw))
        with reporting(progress, "Encoding", plan) as report, _embedding_at(dask) as embed:
            embeddings = cache.encode(
                kind,
                raw,
                seed=self._settings.seed,
                encoder=encoder,
                progress=report,
                retrain=retrain,
                embed=embed,
            )
            self._encoder = cache.own
            self._prepare(report)
        return _summed_up(embeddings, cache, former, time.monotonic() - began)

    @takes(progress=PROGRESS)
    def fine_tune(self, *, progress: Report = True) -> Floats:
        """Let the image autoencoder go on learning with the labels so far; embed anew.

        Half a minute of training and the time of an `encode`.  Pages may be open
        meanwhile: suggestions come from the former embeddings until the new ones are
        complete.  On Fashion-MNIST it gained 0.6 to 0.7 points at 100 to 1,000 labels, beyond
        doubt only at 500; with fewer than some 50 labels per class the probabilities became
        too sure of themselves (benchmarks/README.md).  So it is never done unasked.

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32
            Rows in the order of `samples`.

        Raises
        ------
        BadInput
            If the encoder in use is not an image autoencoder.
        NotEncoded, NothingLearned
            If there are no embeddings or no snapshot yet.
        """
        self._learns_here("project.fine_tune()")
        cache, snapshot = self._cache, self._newest()
        encoder, embeddings = cache.encoder(), cache.embeddings()
        if encoder is None or embeddings is None:
            raise NotEncoded("The pool is not encoded yet: run project.encode().")
        if snapshot is None or len(snapshot.probabilities) != len(embeddings):
            raise NothingLearned("Fine-tuning needs suggestions to start from: label some samples.")
        raw = RawSamples(self._files, self._store.samples(), longest=ENCODED_PIXELS)
        classes = self._settings.class_set
        labels = self._store.label_set(classes).within(len(embeddings))
        from dalt.learning.encoders.finetuning import fine_tuned

        plan = plans.fine_tuning(len(raw))
        with reporting(progress, "Fine-tuning", plan) as report:
            tuned = fine_tuned(
                encoder,
                raw[: len(embeddings)],
                labels,
                snapshot.columns(classes.names),
                seed=self._settings.seed,
                progress=report,
            )
            return self.encode(tuned, progress=report)

    @takes(sample_ids=optional(SAMPLE_IDS), progress=PROGRESS)
    def add_embeddings(
        self,
        embeddings: ArrayLike,
        sample_ids: Sequence[str] | None = None,
        *,
        progress: Report = True,
    ) -> Floats:
        """Use embeddings that were made elsewhere, in the place of an encoder's.

        Parameters
        ----------
        embeddings : array of shape (n, n_dims) of finite numbers
            One row for each sample, kept as float32.
        sample_ids : list of str, optional
            Whose rows they are; the samples of the pool in the order of `samples` if left out.
            Samples that are left out keep the row given for them before.
        progress : bool or callable

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32
            Rows in the order of `samples`.

        Raises
        ------
        BadInput
            If the shape does not fit, a value is not finite, or a sample has no row.
        UnknownSample
            If an id is not in the pool.
        """
        self._learns_here("project.add_embeddings()")
        kind = self.kind
        if kind is None:
            raise BadInput("There is nothing to embed yet; add samples first.")
        n_samples = len(self._store.samples())
        positions = np.arange(n_samples, dtype=np.int64)
        if sample_ids is not None:
            positions = np.array(self._store.positions(list(sample_ids)), dtype=np.int64)
        began = time.monotonic()
        cache = self._cache
        former = (cache.fingerprint, cache.n_samples)
        plan = plans.encoding(kind, n_samples)
        with reporting(progress, "Preparing suggestions", plan) as report:
            given = cache.give(kind, embeddings, positions, n_samples)
            self._prepare(report)
        return _summed_up(given, cache, former, time.monotonic() - began)

    def _prepare(self, report: Reporter) -> None:
        report("preparing the first suggestions", 0, 1)
        self._make_trainer().prepare(report)
        report("preparing the first suggestions", 1, 1)


def _left_out(added: Added, kind: Kind) -> str:
    """How many were left out and why, with the first of them."""
    n_rejected, n_ids = len(added.rejected), len(added.ids)
    named = "; ".join(map(str, added.rejected[:NAMED]))
    more = f"; and {n_rejected - NAMED} more" if n_rejected > NAMED else ""
    places = " None stands at their places." if len(added) > n_ids else ""
    return (
        f"Left out {n_rejected} of {n_rejected + n_ids} {MANY[kind]} ({named}{more})."
        f"{places} `rejected` of what is returned has them all."
    )


def _summed_up(
    embeddings: Floats, cache: EmbeddingCache, former: tuple[str | None, int], seconds: float
) -> Floats:
    """The same embeddings, which a cell shows in a sentence."""
    from dalt.learning.encoders.cache_files import GIVEN

    n_samples, n_dims = embeddings.shape
    same, n_former = former
    new = n_samples - (n_former if same == cache.fingerprint else 0)
    choice = cache.choice
    how = "as they were given" if choice == GIVEN else f"encoder {choice}"
    what = f"{counted(n_samples)} embedded: {how}, {n_dims} numbers each"
    added = f" ({new:,} new)" if 0 < new < n_samples else " (none new)" if not new else ""
    shown = embeddings.view(Embeddings)
    shown.summary = f"{what}{added}{took(seconds)}."
    return shown


def _embedding_at(dask: str | None) -> AbstractContextManager[Embedder]:
    """Connect before anything else: an address that is wrong is told before the training."""
    if dask is None:
        from dalt.learning.encoders.embedding import embed_here

        return nullcontext(embed_here)
    from dalt.learning.encoders.cluster import connected

    return connected(dask)

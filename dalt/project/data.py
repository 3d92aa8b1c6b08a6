"""Adding data to a project: samples and their embeddings."""

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
"""How many rejected samples a warning names."""
MANY: Mapping[Kind, str] = {
    "image": "images", "text": "texts", "table": "rows", "audio": "clips",
}  # fmt: skip


class ProjectData(ProjectRooms):
    """Adding samples and embeddings; a part of `dalt.Project`."""

    @takes(progress=PROGRESS)
    def add_images(
        self,
        images: str | Path | Sequence[str | Path] | NDArray[np.uint8],
        *,
        progress: Report = True,
    ) -> Added:
        """Add images from a folder tree or files, which stay where they are, or from an array.

        Parameters
        ----------
        images : path, list or column of paths, or ndarray (n, height, width[, 3]), uint8
        progress : bool or callable
            A bar, nothing, or ``callable(what, done, total)``.

        Returns
        -------
        Added
            The ids in input order, shown as a summary.  A warning and ``.rejected`` name what
            could not be read; where a list was given, None stands in its place.

        Raises
        ------
        BadInput
            If there is no such folder, the array has another shape or dtype, or the project
            holds samples of another kind.
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
            The frame's column with the texts.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If there is no such column, or it is empty.
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
            The columns that make up a sample; by default all.

        Returns
        -------
        Added
            As from `add_images`.

        Raises
        ------
        BadInput
            If a column is missing, or the frame is empty.
        """
        return self._add(
            "table", progress, lambda r: self._files.add_table(frame, columns, self._store.known, r)
        )

    @takes(progress=PROGRESS)
    def add_audio(
        self, audio: str | Path | Sequence[str | Path], *, progress: Report = True
    ) -> Added:
        """Add audio clips from a folder tree or files, which stay where they are.

        DALT reads WAV, FLAC, Ogg (Vorbis and Opus), MP3, AIFF, AU and CAF.  The model hears, and
        the page plays, the first 30 s of each clip.

        Parameters
        ----------
        audio : path or list of paths
            From a folder, DALT takes files with an audio ending.
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
        """List the pool, one row per sample, in the order of adding.

        Returns
        -------
        DataFrame
            sample_id; kind; source (the path of its file, with slashes: relative to the folder
            that holds the project if it is below that, else absolute; or the row that it came
            from); status ("open", "leased" or "labelled"); path (of its file, absolute; None
            for samples that the project itself keeps).
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
            samples added later.  By default the one in use, at first the autoencoder.
        retrain : bool
            Train a new encoder on the pool as it is now.
        dask : str, optional
            Address of a Dask scheduler, ``tcp://host:port``, whose workers embed; the
            encoder is still trained here.
        progress : bool or callable

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32
            Rows in the order of `samples`.

        Raises
        ------
        BadInput
            If the pool is empty or more than half of it cannot be read, or the encoder is
            unknown, not installed or of another kind.  The encoder in use stays.
        EncoderFailed
            If the encoder cannot learn from the pool, or cannot embed it.
        ClusterFailed
            If there is no such cluster, or it went away; the embeddings stay as they were.
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

        This takes half a minute of training and the time of an `encode`.  Pages may be open
        meanwhile: suggestions come from the former embeddings until the new ones are
        complete.  On Fashion-MNIST it gained 0.6 to 0.7 points at 100 to 1,000 labels, beyond
        doubt only at 500; with fewer than about 50 labels per class the probabilities became
        overconfident (benchmarks/README.md).  So DALT never does it unasked.

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
        """Use embeddings that were made elsewhere instead of an encoder's.

        Parameters
        ----------
        embeddings : array of shape (n, n_dims) of finite numbers
            One row for each sample, kept as float32.
        sample_ids : list of str, optional
            The sample of each row; by default the pool in the order of `samples`.  Samples
            that are not named keep the row given for them before.
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
    """Say how many samples were left out and why, naming the first."""
    n_rejected, n_ids = len(added.rejected), len(added.ids)
    named = "; ".join(map(str, added.rejected[:NAMED]))
    more = f"; and {n_rejected - NAMED} more" if n_rejected > NAMED else ""
    places = " None stands in their places." if len(added) > n_ids else ""
    return (
        f"Left out {n_rejected} of {n_rejected + n_ids} {MANY[kind]} ({named}{more})."
        f"{places} `.rejected` of the result lists them all."
    )


def _summed_up(
    embeddings: Floats, cache: EmbeddingCache, former: tuple[str | None, int], seconds: float
) -> Floats:
    """Return the same embeddings, which a cell shows as a sentence."""
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
    """Connect before anything else: a wrong address is reported before the training."""
    if dask is None:
        from dalt.learning.encoders.embedding import embed_here

        return nullcontext(embed_here)
    from dalt.learning.encoders.cluster import connected

    return connected(dask)

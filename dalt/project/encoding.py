"""Embeddings of the pool: made by an encoder, or given."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from dalt.core.arguments import PROGRESS, SAMPLE_IDS, TEXT, TRUTH, optional, takes
from dalt.core.progress import Reporter, conclude, reporting
from dalt.core.records import (
    BadInput,
    Encoder,
    Floats,
    Kind,
    NotEncoded,
    NothingLearned,
    Positions,
    Sample,
)
from dalt.core.summaries import Embeddings, counted, took
from dalt.project import plans
from dalt.project.plans import Report
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    from dalt.learning.encoders.best import BestEncoder
    from dalt.learning.encoders.cache import EmbeddingCache
    from dalt.learning.encoders.embedding import Embedder

FEW, GROWN = 100, 4
"""An encoder that learned from fewer samples, in a pool that is so many times larger now, knows
little of what differs there: of one sample it learned nothing."""
ALIKE = 1_000
"""Embeddings that are looked at to see whether all are the same."""
Embed = Callable[["EmbeddingCache", Sequence[Sample], Reporter], Floats]
"""Makes the embeddings of the pool's samples."""


class Encoding:
    """Embeds the pool of a project.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Its trainer prepares the first suggestions from new embeddings.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(retrain=TRUTH, dask=optional(TEXT), soon=TRUTH, progress=PROGRESS)
    def encode(
        self,
        encoder: str | Path | Encoder | None = None,
        *,
        retrain: bool = False,
        dask: str | None = None,
        soon: bool = False,
        progress: Report = True,
    ) -> Floats:
        """Embed the pool; train the encoder first if there is none.

        Parameters
        ----------
        encoder : str, Path or Encoder, optional
            "autoencoder"; a pretrained one that is installed: "sentences" or "minilm" for texts,
            "efficientnet" or "mobilenet" for images; a model of another library, "dinov2",
            "hf:MODEL", "st:MODEL", "model2vec:MODEL", "timm:MODEL" or
            "open_clip:MODEL/PRETRAINED", which is downloaded if it is not on this machine, or
            "hf:FOLDER"; the path of an ``.onnx`` file that turns images into features; or an
            object that follows `dalt.features.Encoder`.  It is used from now on, also for samples
            added later.  By default the one in use, at first "best": the autoencoder and a
            pretrained one that is installed both embed the pool, and whichever suggests better
            takes over in the background.
        retrain : bool
            Train a new encoder on the pool as it is now.
        dask : str, optional
            Address of a Dask scheduler, ``tcp://host:port``, whose workers embed; the
            encoder is still trained here.
        soon : bool
            Begin with the autoencoder before its training, so that suggestions begin within
            seconds on a page that is open; the trained one takes its place if it is as good on the
            labels so far.  Pages do so by themselves.
        progress : bool or callable

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32
            Rows in the order of `samples`.

        Raises
        ------
        BadInput
            If the pool is empty or more than half of it cannot be read, or the encoder is
            unknown, not installed, of another kind or cannot be downloaded.  The encoder in use
            stays.
        EncoderFailed
            If the encoder cannot learn from the pool, or cannot embed it.
        ClusterFailed
            If there is no such cluster, or it went away; the embeddings stay as they were.
        """
        from dalt.learning.encoders.best import BEST, BestEncoder

        kind = self._kind("encode")
        workspace = self._workspace
        best = BestEncoder(workspace.cache.folder)
        by_itself = encoder == BEST if isinstance(encoder, str) else encoder is None
        by_itself = by_itself and (encoder == BEST or best.is_chosen)

        def embed(cache: EmbeddingCache, samples: Sequence[Sample], report: Reporter) -> Floats:
            raw, seed = workspace.raw(samples), workspace.settings.seed
            with _embedding_at(dask) as embed_all:
                if by_itself:
                    return best.encode(
                        kind,
                        raw,
                        seed=seed,
                        progress=report,
                        retrain=retrain,
                        embed=embed_all,
                        soon=partial(_with_graph, cache.folder) if soon else None,
                    )
                if isinstance(encoder, str) and not retrain:
                    best.keep(encoder)
                found = cache.encode(
                    kind,
                    raw,
                    seed=seed,
                    encoder=encoder,
                    progress=report,
                    retrain=retrain,
                    embed=embed_all,
                )
            workspace.encoder = cache.own
            return found

        return self._renewed(kind, "Encoding", progress, embed, best if by_itself else None)

    @takes(progress=PROGRESS)
    def fine_tune(self, *, progress: Report = True) -> Floats:
        """Continue to train the image autoencoder with the labels so far, and embed again.

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
        self._training.check_learns("project.fine_tune()")
        workspace = self._workspace
        cache, snapshot = workspace.cache, self._training.newest()
        encoder, embeddings = cache.encoder(), cache.embeddings()
        if encoder is None or embeddings is None:
            raise NotEncoded("The pool is not encoded yet: run project.encode().")
        known = snapshot is not None and snapshot.learned
        if snapshot is None or not known or len(snapshot.probabilities) != len(embeddings):
            raise NothingLearned("Fine-tuning needs suggestions to start from: label some samples.")
        raw = workspace.raw(workspace.store.samples.all())
        classes = workspace.class_set
        labels = workspace.store.labels.label_set(classes).within(len(embeddings))
        from dalt.learning.encoders.finetuning import fine_tuned

        plan = plans.fine_tuning(len(raw))
        with reporting(progress, "Fine-tuning", plan) as report:
            tuned = fine_tuned(
                encoder,
                raw[: len(embeddings)],
                labels,
                snapshot.columns(classes.names),
                seed=workspace.settings.seed,
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
        kind = self._kind("add_embeddings")
        positions: Positions | None = None
        if sample_ids is not None:
            found = self._workspace.store.samples.positions(list(sample_ids))
            positions = np.array(found, dtype=np.int64)

        def take(cache: EmbeddingCache, samples: Sequence[Sample], report: Reporter) -> Floats:
            removed = self._workspace.store.removals.positions()
            rows = positions
            if rows is None:
                rows = np.setdiff1d(np.arange(len(samples), dtype=np.int64), removed)
            return cache.give(kind, embeddings, rows, len(samples), removed)

        return self._renewed(kind, "Preparing suggestions", progress, take)

    def _kind(self, method: str) -> Kind:
        """The kind of the samples, for a method that embeds them."""
        self._training.check_learns(f"project.{method}()")
        kind = self._workspace.kind
        if kind is None:
            verb = "encode" if method == "encode" else "embed"
            raise BadInput(f"There is nothing to {verb} yet; add samples first.")
        return kind

    def _renewed(
        self,
        kind: Kind,
        title: str,
        progress: Report,
        embed: Embed,
        best: BestEncoder | None = None,
    ) -> Floats:
        """Make embeddings, prepare the first suggestions from them, and sum up."""
        began = time.monotonic()
        workspace = self._workspace
        samples, cache = workspace.store.samples.all(), workspace.cache
        former = (cache.fingerprint, cache.n_samples)
        names = ("",) if best is None else best.names(kind, workspace.raw(samples))
        with (
            self._training.beside.held(),
            reporting(progress, title, plans.encoding(kind, len(samples), names)) as report,
        ):
            embeddings = embed(cache, samples, report)
            report("preparing the first suggestions", 0, 1)
            self._training.trainer.prepare(report)
            report("preparing the first suggestions", 1, 1)
            advice = hint(cache)
            if advice:
                conclude(report, advice)
        kept = self._of_the_pool(embeddings)
        seconds = time.monotonic() - began
        return _summed_up(kept, embeddings.shape[0], cache, former, seconds, advice)

    def _of_the_pool(self, embeddings: Floats) -> Floats:
        """The rows of `samples`: a copy without the removed ones where there are any."""
        removed = self._workspace.store.removals.positions()
        if not removed:
            return embeddings
        kept = np.ones(len(embeddings), bool)
        kept[[row for row in removed if row < len(kept)]] = False
        return embeddings[kept]


def _summed_up(
    embeddings: Floats,
    n_rows: int,
    cache: EmbeddingCache,
    former: tuple[str | None, int],
    seconds: float,
    advice: str,
) -> Floats:
    """Return the same embeddings, which a cell shows as a sentence."""
    from dalt.learning.encoders.cache_files import GIVEN

    n_samples, n_dims = embeddings.shape
    same, n_former = former
    new = min(n_rows - (n_former if same == cache.fingerprint else 0), n_samples)
    choice = cache.choice
    how = "as they were given" if choice == GIVEN else f"encoder {choice}"
    what = f"{counted(n_samples)} embedded: {how}, {n_dims} numbers each"
    added = f" ({new:,} new)" if 0 < new < n_samples else " (none new)" if not new else ""
    shown = embeddings.view(Embeddings)
    shown.summary = f"{what}{added}{took(seconds)}.{f' {advice}.' if advice else ''}"
    return shown


def hint(cache: EmbeddingCache) -> str:
    """What would embed the pool better, with the command for it, or ""."""
    from dalt.learning.encoders.best import BestEncoder
    from dalt.learning.encoders.cache_files import GIVEN, OWN

    trained, n_samples = cache.pointer().current, cache.n_samples
    if trained is None or trained.choice in (GIVEN, OWN):
        return ""
    if trained.n_fit < FEW and n_samples >= GROWN * trained.n_fit:
        return (
            f"The encoder learned from {counted(trained.n_fit)} of {n_samples:,} and may hardly "
            "tell the others apart: project.encode(retrain=True), or `dalt encode --retrain`, "
            "learns from all"
        )
    some = cache.embeddings()
    if some is not None and len(some) > 1 and (some[:ALIKE] == some[0]).all():
        return (
            "All samples have the same embedding, so no suggestion can tell them apart: choose "
            "another encoder"
        )
    missing = BestEncoder(cache.folder).missing
    if not missing:
        return ""
    return f"An encoder that has seen photographs suggests better on pictures in colour: {missing}"


def _with_graph(folder: Path, embeddings: Floats, version: str) -> None:
    """Build the neighbour graph of embeddings before a trainer uses them."""
    from dalt.learning.heads.pool import Pool

    Pool(embeddings, folder, version).prepare()


def _embedding_at(dask: str | None) -> AbstractContextManager[Embedder]:
    """Connect before anything else: a wrong address is reported before the training."""
    if dask is None:
        from dalt.learning.encoders.embedding import embed_here

        return nullcontext(embed_here)
    from dalt.learning.encoders.cluster import connected

    return connected(dask)

"""A labeling project: the facade over its folder (floor 5)."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dalt import frames
from dalt import settings as project_file
from dalt.formats import write_labels
from dalt.prediction import predict_new
from dalt.progress import Reporter, reporting
from dalt.records import (
    Added,
    BadInput,
    ClassSpec,
    Floats,
    Kind,
    NotEncoded,
    NothingLearned,
    Progress,
    ProjectExists,
    ProjectNotFound,
)
from dalt.sources import ENCODED_PIXELS, Found, RawSamples, SampleFiles
from dalt.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from dalt.features import EmbeddingCache
    from dalt.model import Head, Snapshot
    from dalt.session import Session
    from dalt.settings import ClassLike, Settings
    from dalt.trainer import Trainer
    from dalt.widgets import LabelPage

Report = Progress | bool


class Project:
    """A task, its data and its labels, in one folder ``NAME.dalt``.

    Made by `Project.create` or `Project.open`; a context manager that closes itself.

    Examples
    --------
    >>> import tempfile, numpy as np, dalt
    >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
    >>> with dalt.Project.create(folder, classes=["dark", "bright"]) as project:
    ...     ids = project.add_images(np.arange(4, dtype=np.uint8).repeat(16).reshape(4, 4, 4))
    ...     with project.session(annotator="ana") as session:
    ...         label = session.submit(session.next(), "dark")
    ...     list(project.labels().label)
    ['dark']
    """

    def __init__(self, folder: Path, settings: Settings, store: Store) -> None:
        self.folder = folder
        self._settings = settings
        self._store = store
        self._files = SampleFiles(folder)
        self._trainer: Trainer | None = None
        self._head: Head | None = None
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()

    # --- opening --------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        classes: Iterable[ClassLike],
        seed: int = 0,
        guideline: str = "",
        uniform_share: float = 0.1,
        lease_seconds: float = 300.0,
    ) -> Project:
        """Make a new project.

        Parameters
        ----------
        path : str or Path
            The project's folder, by custom ``NAME.dalt``; it is made.
        classes : iterable of str, ClassSpec or mapping
            In the order in which they are shown.
        seed : int
            Of everything random in the project.
        guideline : str
            What annotators are told.
        uniform_share : float in [0, 1]
            Share of samples drawn uniformly, so that accuracy can be estimated.
        lease_seconds : float
            How long a sample is held for one annotator.

        Raises
        ------
        ProjectExists
            If there is a project at `path`, or something else.
        BadSettings
            If the classes or settings do not make sense.
        """
        folder = Path(path).expanduser().absolute()
        if (folder / project_file.FILE).exists():
            raise ProjectExists(f"There is a project at {path} already; open it with Project.open.")
        if folder.exists() and (not folder.is_dir() or _foreign(folder)):
            raise ProjectExists(f"{path} is there already and is no project; choose another name.")
        made = project_file.new_settings(
            folder.stem,
            classes,
            seed=seed,
            guideline=guideline,
            uniform_share=uniform_share,
            lease_seconds=lease_seconds,
        )
        folder.mkdir(parents=True, exist_ok=True)
        store = Store(folder / "labels.db", create=True, seed=made.seed)
        project_file.save(made, folder)  # last: a folder with this file is a whole project
        return cls(folder, made, store)

    @classmethod
    def open(cls, path: str | Path, *, head: Head | None = None) -> Project:
        """Open a project that is there.

        Parameters
        ----------
        path : str or Path
        head : Head, optional
            Learns in place of the default head.

        Raises
        ------
        ProjectNotFound, BadSettings, DamagedStore
            If there is none, or its ``project.toml`` or labels cannot be read.
        """
        folder = Path(path).expanduser().absolute()
        if not (folder / project_file.FILE).is_file():
            raise ProjectNotFound(
                f"There is no project at {path}; make one with `dalt init {path} --classes …`."
            )
        settings = project_file.load(folder)
        project = cls(folder, settings, Store(folder / "labels.db", seed=settings.seed))
        project._head = head
        return project

    def close(self) -> None:
        """Free the leases of the sessions, stop the trainer and close the store."""
        for session in list(self._sessions):
            session.close()
        if self._trainer is not None:
            self._trainer.close()
            self._trainer = None
        self._store.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Project({str(self.folder)!r})"

    # --- what it is -----------------------------------------------------------------

    @property
    def name(self) -> str:
        """The project's name."""
        return self._settings.name

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes in their stable order."""
        return self._settings.classes

    @property
    def settings(self) -> Settings:
        """What ``project.toml`` says."""
        return self._settings

    @property
    def kind(self) -> Kind | None:
        """What the samples are, or None while there are none."""
        kinds = self._store.kinds()
        return next(iter(kinds)) if kinds else None

    # --- data -----------------------------------------------------------------------

    def add_images(
        self,
        images: str | Path | Sequence[str | Path] | NDArray[np.uint8],
        *,
        progress: Report = True,
    ) -> Added:
        """Add images of a folder tree or files, which stay where they are, or of an array.

        Parameters
        ----------
        images : path, list of paths, or ndarray of shape (n, height, width[, 3]), uint8
        progress : bool or callable
            A bar, nothing, or ``callable(what, done, total)``.

        Returns
        -------
        Added
            The ids in input order; ``.rejected`` has what could not be read, and why.

        Raises
        ------
        BadInput
            If there is no such folder, or the array has another shape or dtype.
        """
        return self._add(
            "image", progress, lambda r: self._files.add_images(images, self._store.known, r)
        )

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

    def _add(self, kind: Kind, progress: Report, find: Callable[[Reporter], Found]) -> Added:
        if self.kind not in (None, kind):
            raise BadInput(
                f"This project holds {self.kind} samples; make another project for {kind} samples."
            )
        with reporting(progress) as report:
            found = find(report)
        return Added(found.ids, found.rejected, new=self._store.add_samples(found.samples))

    def samples(self) -> pd.DataFrame:
        """The pool: sample_id, kind, source, status ("open", "leased" or "labelled")."""
        return frames.samples_frame(self._store.sample_states())

    def encode(self, *, retrain: bool = False, progress: Report = True) -> Floats:
        """Embed the pool; train the encoder first if there is none.

        Parameters
        ----------
        retrain : bool
            Train a new encoder on the pool as it is now.
        progress : bool or callable

        Returns
        -------
        memmap of shape (n_samples, n_dims), float32
            Rows in the order of `samples`.

        Raises
        ------
        BadInput
            If the pool is empty.
        """
        kind = self.kind
        if kind is None:
            raise BadInput("There is nothing to encode yet; add samples first.")
        raw = RawSamples(self._files, self._store.samples(), longest=ENCODED_PIXELS)
        with reporting(progress) as report:
            embeddings = self._cache.encode(
                kind, raw, seed=self._settings.seed, progress=report, retrain=retrain
            )
            report("preparing the first suggestions", 0, 1)
            self._make_trainer().prepare()
            report("preparing the first suggestions", 1, 1)
        return embeddings

    # --- labeling -------------------------------------------------------------------

    def session(self, annotator: str) -> Session:
        """Begin a sitting of an annotator, without a page."""
        from dalt.session import Session

        session = Session(self._settings, self._store, self._files, self.trainer, annotator)
        self._sessions.add(session)
        return session

    def label(self, annotator: str, *, ahead: int = 6) -> LabelPage:
        """The labeling page, for a notebook's cell.

        The page holds `ahead` samples ready; `annotator` stands with every label.
        """
        from dalt.widgets import LabelPage

        return LabelPage(self.session(annotator), ahead=ahead)

    @property
    def trainer(self) -> Trainer:
        """The trainer of this project, learning in the background."""
        trainer = self._make_trainer()
        trainer.start()
        return trainer

    def _make_trainer(self) -> Trainer:
        from dalt.trainer import Trainer

        if self._trainer is None:
            self._trainer = Trainer(
                self._store,
                self._cache,
                self._snapshots,
                classes=self._settings.class_names,
                seed=self._settings.seed,
                head=self._head,
            )
        return self._trainer

    @property
    def _cache(self) -> EmbeddingCache:
        from dalt.features import EmbeddingCache

        return EmbeddingCache(self.folder / "embeddings")

    @property
    def _snapshots(self) -> Path:
        return self.folder / "snapshots"

    # --- results --------------------------------------------------------------------

    def labels(self) -> pd.DataFrame:
        """The labels that hold now, one row per sample and annotator.

        Returns
        -------
        DataFrame
            sample_id, label, annotator, source (human, model or import), created_at,
            suggested, probability and snapshot (what was on screen), sample_source (the
            path or row of the sample).
        """
        return frames.labels_frame(self._store)

    def history(self) -> pd.DataFrame:
        """Every event, in order: labels, skips, undos and imports."""
        return frames.history_frame(self._store.events())

    def suggest(self, sample_ids: Sequence[str] | None = None) -> pd.DataFrame:
        """What the newest snapshot says of samples of the pool.

        Parameters
        ----------
        sample_ids : list of str, optional
            All samples if left out.

        Returns
        -------
        DataFrame
            sample_id, rank (1 is the likeliest), label, probability, snapshot; no rows
            before the first snapshot.

        Raises
        ------
        UnknownSample
            If an id is not in the pool.
        """
        snapshot = self._newest()
        if sample_ids is None:
            ids = [sample.id for sample in self._store.samples()]
            positions = np.arange(len(ids))
        else:
            ids = list(sample_ids)
            positions = np.array(self._store.positions(ids), dtype=np.int64)
        if snapshot is None:
            return frames.no_suggestions()
        seen = positions < len(snapshot.probabilities)
        ids = [sample_id for sample_id, is_seen in zip(ids, seen, strict=True) if is_seen]
        rows = np.asarray(snapshot.probabilities)[positions[seen]]
        return frames.ranked_frame(ids, rows, snapshot.classes, snapshot.version)

    def predict(self, new_samples: Any, *, progress: Report = False) -> pd.DataFrame:
        """Rank the classes for data outside the pool.

        Parameters
        ----------
        new_samples : as for `add_images`, `add_texts` or `add_table`
            Of the kind that the pool holds; nothing is added to the pool.
        progress : bool or callable

        Returns
        -------
        DataFrame
            As from `suggest`, in input order.

        Raises
        ------
        NothingLearned
            If there is no snapshot yet.
        BadInput
            If something in it cannot be read.
        """
        snapshot, encoder = self._newest(), self._cache.encoder()
        if encoder is None:
            raise NotEncoded("The pool is not encoded yet: run project.encode().")
        if snapshot is None or snapshot.encoder != encoder.fingerprint:
            raise NothingLearned("Nothing has been learned yet: label some samples first.")
        kind = self.kind
        assert kind is not None  # there are embeddings, so there are samples
        with reporting(progress) as report:
            return predict_new(kind, new_samples, encoder, snapshot, report)

    def _newest(self) -> Snapshot | None:
        if self._trainer is not None:
            return self._trainer.snapshot
        from dalt.trainer import latest_snapshot

        return latest_snapshot(self._store, self._snapshots)

    def export(self, path: str | Path, format: str | None = None) -> int:
        """Write the current labels to a file, which appears whole or not at all.

        The format, csv or jsonl, is that of the ending where none is given.

        Returns
        -------
        int
            How many labels were written.

        Raises
        ------
        BadInput
            If there is no such format or no such folder.
        """
        return write_labels(frames.label_rows(self._store), path, format, columns=frames.LABELS)

    def status(self) -> dict[str, Any]:
        """Where the project stands, as plain values."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "kind": self.kind,
            "classes": list(self._settings.class_names),
            "encoded": self._cache.n_samples,
            "encoder": self._cache.fingerprint,
            **frames.standing_of(self._store, self._settings.class_names),
        }


def _foreign(folder: Path) -> bool:
    """Whether a folder holds what a broken-off `create` would not have left."""
    ours = {"labels.db", "labels.db-wal", "labels.db-shm", project_file.FILE + ".part"}
    return any(path.name not in ours for path in folder.iterdir())

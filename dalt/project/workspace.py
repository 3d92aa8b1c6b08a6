"""The workspace that all parts of an open project share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.records import ClassSet, Closed, Encoder, Kind, Sample
from dalt.core.settings.project_file import LiveSettings
from dalt.core.settings.settings import Settings, fixed_values
from dalt.data.raw_samples import RawSamples
from dalt.data.sources import ENCODED_PIXELS, SampleFiles
from dalt.learning.strategies.registry import by_name
from dalt.storage.store import Store

if TYPE_CHECKING:
    from dalt.learning.encoders.cache import EmbeddingCache
    from dalt.study.certificates.auditor import Auditor


def _check_strategy(settings: Settings) -> None:
    by_name(settings.strategy)


class Workspace:
    """The folder, settings, store, files and embeddings of one open project.

    Parameters
    ----------
    folder : Path
    settings : Settings
        The settings just read or written.
    store : Store
        Closed with the workspace.

    Attributes
    ----------
    folder : Path
    live : LiveSettings
        The settings; they follow changes by other processes.
    files : SampleFiles
        Reads and adds raw samples.
    encoder : Encoder or None
        The encoder that this process used last, from the disk or from the user.
    """

    def __init__(self, folder: Path, settings: Settings, store: Store) -> None:
        self.folder = folder
        self.live = LiveSettings(folder, settings, _check_strategy)
        self.files = SampleFiles(
            folder,
            lambda: self.live.current.data.max_pixels,
            lambda: self.live.current.data.cache_megabytes,
        )
        self.encoder: Encoder | None = None
        self._store = store
        store.database.follow(
            lambda: fixed_values(self.live.current), lambda label: self.class_set.present(label)
        )
        self._closed = False

    # --- open or closed -----------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether the workspace was closed."""
        return self._closed

    @property
    def closed_message(self) -> str:
        """The message of a closed project."""
        return f"This project is closed; open it again with Project.open({str(self.folder)!r})."

    def check_open(self) -> None:
        """Refuse to go on if the project is closed.

        Raises
        ------
        Closed
            If the workspace was closed.
        """
        if self._closed:
            raise Closed(self.closed_message)

    def close(self) -> None:
        """Close the store."""
        self._store.close()
        self._closed = True

    # --- what is in it ------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The store, as long as the project is open."""
        self.check_open()
        return self._store

    @property
    def settings(self) -> Settings:
        """The present settings of ``project.toml``."""
        return self.live.current

    @property
    def class_set(self) -> ClassSet:
        """The present classes."""
        return self.live.current.class_set

    @property
    def kind(self) -> Kind | None:
        """The kind of the samples, or None without samples."""
        kinds = self.store.samples.kinds()
        return next(iter(kinds)) if kinds else None

    @property
    def cache(self) -> EmbeddingCache:
        """The embeddings of the pool, and the encoder that made them."""
        self.check_open()
        from dalt.learning.encoders.cache import EmbeddingCache

        return EmbeddingCache(self.folder / "embeddings", self.encoder)

    @cached_property
    def auditor(self) -> Auditor:
        """The audits of the certified finish; what shows or writes its labels looks first."""
        from dalt.study.certificates.auditor import Auditor

        return Auditor(lambda: self.store, lambda: self.class_set)

    def raw(self, samples: Sequence[Sample]) -> RawSamples:
        """What encoders read of all samples; removed ones are left out of what they learn."""
        removed = self.store.removals.positions()
        return RawSamples(self.files, samples, longest=ENCODED_PIXELS, removed=removed)

    @property
    def n_embedded(self) -> int:
        """How many samples of the pool have an embedding."""
        n_rows = self.cache.n_samples
        return n_rows - sum(row < n_rows for row in self.store.removals.positions())

    @property
    def snapshot_folder(self) -> Path:
        """The folder of the snapshots' files."""
        return self.folder / "snapshots"

    @property
    def tuning_folder(self) -> Path:
        """The folder for results of searches for better heads; it may not exist."""
        return self.folder / "tuning"

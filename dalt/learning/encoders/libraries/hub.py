"""Models of the Hugging Face Hub: found in the cache that its libraries share, or downloaded.

Nothing is downloaded but what a person has named, and never before its size was told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from dalt.core.errors import one_line
from dalt.core.records import BadInput, Progress
from dalt.core.user_warnings import warn_user
from dalt.learning.encoders.libraries.names import ModelName

ANSWER_SECONDS = 10.0
REPORT_SECONDS = 0.2
HIDDEN = (401, 403, 404)
"""Answers of a hub that has no such model, or none for this person: it does not tell which."""
HUB = "https://huggingface.co"


class Downloading(UserWarning):
    """A model that was named is not on this machine and is being downloaded."""


@dataclass(frozen=True)
class Listing:
    """Files of a model that are to be downloaded.

    Attributes
    ----------
    files : tuple of str
    n_bytes : int, optional
        All of them; None if the hub does not say.

    Examples
    --------
    >>> Listing(("config.json", "model.safetensors"), 88_250_000).size
    '88 MB'
    >>> Listing(("model.safetensors",), None).size
    'of unknown size'
    """

    files: tuple[str, ...]
    n_bytes: int | None

    @property
    def size(self) -> str:
        """Their size in words."""
        if self.n_bytes is None:
            return "of unknown size"
        if self.n_bytes < 1_000_000:
            return f"{max(1, round(self.n_bytes / 1_000)):,} kB"
        if self.n_bytes < 1_000_000_000:
            return f"{round(self.n_bytes / 1_000_000):,} MB"
        return f"{self.n_bytes / 1_000_000_000:.1f} GB"


def cached(name: ModelName, patterns: Sequence[str]) -> Path | None:
    """The folder of a model in the cache, or None; the hub is not asked."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(name.on_hub, local_files_only=True, allow_patterns=[*patterns])
        )
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise BadInput(f"{name} names no model of the hub ({one_line(error)}).") from error


def listed(name: ModelName, patterns: Sequence[str]) -> Listing:
    """Ask the hub for the files of a model and their size.

    Raises
    ------
    BadInput
        If it does not answer, or has no such model for this person.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.utils import filter_repo_objects

    try:
        found = HfApi(endpoint=_endpoint()).model_info(
            name.on_hub, files_metadata=True, timeout=ANSWER_SECONDS
        )
    except Exception as error:  # its own errors, those of HTTP and those of the system
        raise _refusal(name, error) from error
    sizes = {each.rfilename: each.size for each in found.siblings or []}
    files = tuple(filter_repo_objects(sizes, allow_patterns=[*patterns]))
    n_bytes = [sizes[each] for each in files]
    known = [each for each in n_bytes if each is not None]
    return Listing(files, sum(known) if len(known) == len(n_bytes) else None)


def announce(name: ModelName, listing: Listing) -> None:
    """Say what will be downloaded, how large it is, and where it goes."""
    from huggingface_hub import constants

    warn_user(
        f"{name} is not on this machine: downloading {listing.size} ({len(listing.files)} files) "
        f"from {_endpoint() or HUB} into {constants.HF_HUB_CACHE}.",
        Downloading,
    )


class Download:
    """Downloads a model into the cache, its small files first if wanted.

    Parameters
    ----------
    name : ModelName
    listing : Listing
        All of its files.
    progress : callable, optional
    """

    def __init__(self, name: ModelName, listing: Listing, progress: Progress | None) -> None:
        self._name = name
        self._step = f"Downloading the model: {name}, {listing.size}"
        self._total = listing.n_bytes or 0
        self._progress = progress
        self._n_bytes = 0

    def fetch(self, patterns: Sequence[str]) -> Path:
        """Download files; an interruption keeps what has come.

        Raises
        ------
        BadInput
            If the hub goes away meanwhile.
        """
        from huggingface_hub import snapshot_download

        counted = _Counted()
        bars = _bars(counted)
        fetching = _Fetching(
            lambda: snapshot_download(
                self._name.on_hub,
                endpoint=_endpoint(),
                allow_patterns=[*patterns],
                etag_timeout=ANSWER_SECONDS,
                tqdm_class=bars,
            )
        )
        try:
            for _ in _waiting(fetching):
                self._report(self._n_bytes + counted.n_bytes)
        finally:
            counted.stopped.set()
        self._n_bytes += counted.n_bytes
        try:
            return Path(fetching.result())
        except Exception as error:
            raise _refusal(self._name, error) from error

    def _report(self, n_bytes: int) -> None:
        if self._progress is not None:
            self._progress(self._step, min(n_bytes, self._total), self._total)


class _Counted:
    """Bytes that have come so far, and whether nobody wants more."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self.stopped = Event()


class _Fetching(Thread):
    """Downloads beside the main thread, which an interruption reaches."""

    def __init__(self, fetch: Callable[[], str]) -> None:
        super().__init__(daemon=True)
        self._fetch = fetch
        self._error: BaseException | None = None
        self._path = ""

    def run(self) -> None:
        try:
            self._path = self._fetch()
        except BaseException as error:  # raised again where somebody waits for it
            self._error = error

    def result(self) -> str:
        """The folder.

        Raises
        ------
        Exception
            Whatever the download raised.
        """
        if self._error is not None:
            raise self._error
        return self._path


def _waiting(thread: Thread) -> Iterator[None]:
    """Start a thread and come back every now and then until it has ended."""
    thread.start()
    while True:
        thread.join(REPORT_SECONDS)
        yield
        if not thread.is_alive():
            return


def _bars(counted: _Counted) -> Any:
    """A class of progress bars that show nothing, count bytes and can be stopped."""
    from huggingface_hub.utils import tqdm

    def begin(bar: Any, *args: Any, **settings: Any) -> None:
        bar.counts_bytes = settings.get("unit") == "B"
        bar.so_far = settings.get("initial") or 0
        tqdm.__init__(bar, *args, **{**settings, "disable": True})

    def update(bar: Any, n: float | None = 1) -> None:
        if counted.stopped.is_set():
            raise InterruptedError("The download was interrupted.")
        bar.so_far += n or 0
        if bar.counts_bytes:  # one bar counts what came, another what was written
            counted.n_bytes = max(counted.n_bytes, int(bar.so_far))

    return type("Counting", (tqdm,), {"__init__": begin, "update": update})


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _refusal(name: ModelName, error: Exception) -> BadInput:
    """One sentence for whatever kept the hub from giving a model."""
    from huggingface_hub.errors import GatedRepoError, OfflineModeIsEnabled

    hub = _endpoint() or HUB
    causes = list(_causes(error))
    if any(isinstance(each, GatedRepoError) for each in causes):
        return BadInput(
            f"The model of {name} has terms to accept first: open {hub}/{name.on_hub}, accept them "
            "and log in with `hf auth login`."
        )
    if any(getattr(getattr(e, "response", None), "status_code", 0) in HIDDEN for e in causes):
        return BadInput(
            f"{hub} has no model {name.on_hub} that you may see: check the name, log in with `hf "
            f"auth login` if it is private, or give a folder on disk, '{name.prefix}:FOLDER'."
        )
    why = one_line(causes[-1])[:120]
    if any(isinstance(each, OfflineModeIsEnabled) for each in causes):
        why = "HF_HUB_OFFLINE is set"
    return BadInput(
        f"The model of {name} is not on this machine, and {hub} does not give it ({why}): bring "
        f"its folder here and name that, project.encode('{name.prefix}:FOLDER')."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

"""The embedding cache's record of its encoders: ``current.json``."""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from dalt.core.errors import unreadable
from dalt.core.files import refusals_told, write_atomically
from dalt.core.records import BadInput, Kind
from dalt.core.rights import make_file, make_folder
from dalt.core.settings import project_file

FILE = "current.json"
PATIENCE = 0.4
"""Seconds."""
AUTOENCODER, OWN, GIVEN = "autoencoder", "own", "given"
UNTRAINED = "untrained"
"""The autoencoder before its training: its closed form alone, which is ready within seconds."""
UNTRAINED_LIMIT = 2_500
"""Samples from which that is made."""


class EncodedElsewhere(BadInput):
    """Another process is encoding into a folder."""


@dataclass(frozen=True)
class Trained:
    """An encoder on disk, its training data, and how it was chosen.

    Attributes
    ----------
    fingerprint : str
    kind : str
    seed : int
    n_fit : int
        Size of the pool when it was trained.
    choice : str
        A name ("autoencoder", "minilm", …), net and hash of one that is more than a name
        ("onnx 0123…"), "own" for the user's encoder, or "given" if there is none.
    """

    fingerprint: str
    kind: str
    seed: int
    n_fit: int
    choice: str = AUTOENCODER


@dataclass(frozen=True)
class Pointer:
    """Contents of ``current.json``.

    `waiting` is an encoder whose embeddings are not complete yet; `unreadable` are the
    rows that hold the mean because their sample could not be read; `revision` counts how
    often such rows were embedded after all.  `automatic`: nobody named the encoder, so a better
    one may take over (`dalt.learning.encoders.best`).  `n_rows`: of how many rows this speaks; the
    file may have more, if a process died before it wrote this, or another pointer's encoder is the
    same.  None in pointers of former versions: of all.
    """

    current: Trained | None = None
    waiting: Trained | None = None
    unreadable: tuple[int, ...] = ()
    revision: int = 0
    automatic: bool = False
    n_rows: int | None = None

    @property
    def version(self) -> str | None:
        """Identifies the embeddings; it changes if an existing row has changed."""
        if self.current is None:
            return None
        suffix = f".{self.revision}" if self.revision else ""
        return f"{self.current.fingerprint}{suffix}"


@dataclass(frozen=True)
class Wish:
    """The request of a call of `EmbeddingCache.encode`; no choice means the former one."""

    kind: Kind
    seed: int
    retrain: bool
    choice: str | None

    def is_met_by(self, trained: Trained) -> bool:
        """Whether an encoder is what was asked for."""
        # Only the fingerprint identifies the user's own encoder.
        same = self.choice in (None, trained.choice) and self.choice != OWN
        return same and trained.kind == self.kind


def read_pointer(folder: Path, file: str = FILE) -> Pointer:
    """Read which encoder is in use in a cache's folder.

    Raises
    ------
    BadInput
        If the file is damaged, or cannot be read.

    Examples
    --------
    >>> read_pointer(Path("nowhere"))
    Pointer(current=None, waiting=None, unreadable=(), revision=0, automatic=False, n_rows=None)
    """
    path = folder / file
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Pointer(
            current=Trained(**content["current"]) if content["current"] else None,
            waiting=Trained(**content["waiting"]) if content["waiting"] else None,
            unreadable=tuple(content["unreadable"]),
            revision=content.get("revision", 0),
            automatic=content.get("automatic", False),
            n_rows=content.get("n_rows"),
        )
    except FileNotFoundError:
        return Pointer()
    except OSError as error:  # what may not be read is not damaged
        raise BadInput(f"{path} cannot be read: {unreadable(error)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path} is damaged ({error}). Remove the folder {folder} and encode "
            "again; labels are not in it."
        ) from error


def unknown_in(folder: Path, file: str = FILE) -> list[str]:
    """Names in a pointer's file that mean nothing, as where a byte of a name has changed."""
    content = json.loads((folder / file).read_text(encoding="utf-8"))
    return sorted(content.keys() - {each.name for each in fields(Pointer)})


def owner_of(folder: Path, fingerprint: str) -> str:
    """Whose the embeddings in a cache's folder are: which project's, and which encoder's.

    Those of another pool by the same encoder have the same name and shape.  Empty where no project
    says its id.
    """
    path = folder.absolute().parent / project_file.FILE
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8-sig"))["project"]["id"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f"{project} {fingerprint}"


def write_pointer(folder: Path, pointer: Pointer, file: str = FILE) -> None:
    """Replace the file as a whole, durably."""
    write_atomically(folder / file, json.dumps(asdict(pointer), indent=1))


@contextmanager
def encoding_alone(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Lock the folder, which is made if missing; the system releases it however this process ends.

    A trainer that takes a better encoder holds it for a moment, so this waits as long.

    Raises
    ------
    EncodedElsewhere
        If another process holds it.
    NotWritten
        If nothing can be written there.
    """
    with ExitStack() as closing:
        with refusals_told(folder):
            make_folder(folder / "encoders")
            make_file(folder / "encode.lock")
            lock = closing.enter_context(open(folder / "encode.lock", "w"))
        deadline = time.monotonic() + patience
        while not (held := _lock(lock.fileno())) and time.monotonic() < deadline:
            time.sleep(PATIENCE / 20)
        if not held:
            raise EncodedElsewhere(f"Another process is encoding into {folder}. Wait for it.")
        yield


def _posix_lock(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# Windows refuses to replace a file that is open for writing, which is enough.
_lock: Callable[[int], bool] = _posix_lock if os.name == "posix" else lambda _: True

"""The conditions of each snapshot, so that it can be learned again.

One file, ``conditions.jsonl`` beside the snapshots, has a line for each with what has changed
since the line before.  The holder of the trainer's lock appends to it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dalt.core.files import refusals_told
from dalt.core.records import ClassSet
from dalt.core.rights import make_file
from dalt.core.syncing import sync

FILE = "conditions.jsonl"


@dataclass(frozen=True)
class Conditions:
    """Inputs of a snapshot besides its record.

    Attributes
    ----------
    newest : int
        The event up to which the store was read, skips included.
    n_samples : int
        Size of the pool.
    classes : ClassSet
        As they were then.
    strategy : str
    mark : (int, int)
        How far the votes of sources beside the head were read.
    suggesters : tuple of int
        The numbers of the sources that were there.
    calibrated : bool
        Whether the default head corrected its probabilities; earlier versions did not.
    """

    newest: int
    n_samples: int
    classes: ClassSet
    strategy: str
    mark: tuple[int, int] = (0, 0)
    suggesters: tuple[int, ...] = ()
    calibrated: bool = True

    def to_json(self) -> dict[str, Any]:
        """As the file has it."""
        found = asdict(self.classes)
        return {
            "newest": self.newest,
            "n_samples": self.n_samples,
            "strategy": self.strategy,
            "names": list(found["names"]),
            "former": dict(found["former"]),
            "multi": self.classes.multi,
            "shape": self.classes.shape,
            "mark": list(self.mark),
            "suggesters": list(self.suggesters),
            "calibrated": self.calibrated,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Conditions:
        """Read what `to_json` wrote."""
        classes = ClassSet(tuple(said["names"]), said["former"], said["multi"], said["shape"])
        mark = tuple(said.get("mark", (0, 0)))
        numbers = tuple(said.get("suggesters", ()))
        return cls(
            said["newest"],
            said["n_samples"],
            classes,
            said["strategy"],
            mark,
            numbers,
            said.get("calibrated", False),
        )


class ConditionsWriter:
    """Appends to the file; the first line of a process is complete.

    Parameters
    ----------
    folder : Path
        Of the snapshots.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._last: dict[str, Any] = {}

    def add(self, version: int, conditions: Conditions) -> None:
        """Record the conditions of a version before it is published; they are on the disk then.

        Raises
        ------
        NotWritten
            If the disk is full or read-only, or forbids it; the file is as before.
        """
        said = conditions.to_json()
        news = {name: value for name, value in said.items() if self._last.get(name) != value}
        if not self._last:
            news = said
        self._last = {}  # until this line is there, none can build on it
        line = json.dumps({"version": version, "whole": news == said} | news)
        with refusals_told(self._path):
            size = self._path.stat().st_size if self._path.exists() else 0
            try:
                make_file(self._path)
                with self._path.open("ab") as file:
                    # A truncated line must not swallow this one.
                    file.write((b"" if _ends_well(self._path) else b"\n") + line.encode() + b"\n")
            except OSError:
                os.truncate(self._path, size)
                raise
            sync(self._path)
        self._last = said


def read_conditions(folder: Path) -> dict[int, Conditions]:
    """The conditions of each version, without missing or damaged ones."""
    found: dict[int, Conditions] = {}
    said: dict[str, Any] = {}
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            news = json.loads(line)
            said = news if news["whole"] else said | news
            found[news["version"]] = Conditions.from_json(said)
        except (ValueError, KeyError, TypeError):
            said = {}  # the next lines have only changes
    return found


def _ends_well(path: Path) -> bool:
    size = path.stat().st_size
    if not size:
        return True
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"

"""Repairs of a project: makes anew what can be made from what is sound."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dalt.core.files import publish, write_atomically
from dalt.core.findings import Finding, Told
from dalt.core.settings import project_file
from dalt.project.database import store_of

_BOM = b"\xef\xbb\xbf"


def repaired(folder: Path, findings: Sequence[Finding], told: Told) -> None:
    """Mend what can be mended; what is damaged is kept beside it, as ``NAME.damaged``.

    Parameters
    ----------
    folder : Path
    findings : sequence of Finding
        Of the check before.
    told : callable
    """
    told("repairing", 0, 1)
    parts = {found.part for found in findings if found.repairable}
    if "settings" in parts:
        path = folder / project_file.FILE
        write_atomically(path, path.read_bytes().removeprefix(_BOM))
    beyond = {found.part for found in findings if not found.repairable}
    if "settings" in beyond:
        return  # without settings nothing can be opened
    if parts & {"database", "state"}:
        _database(folder, findings, beyond)
    for found in findings:
        if found.repairable and found.part == "snapshots":
            _aside(folder / found.name)
    damaged = [found.name for found in findings if found.part == "embeddings" and found.repairable]
    if damaged:
        _embed_again(folder, damaged, told)


def _database(folder: Path, findings: Sequence[Finding], beyond: set[str]) -> None:
    with closing(store_of(folder, project_file.load(folder))) as store:
        if any(found.part == "database" and found.repairable for found in findings):
            store.integrity.reindex()
        # A damaged log would take sound labels with it.
        state = any(found.part == "state" for found in findings)
        if state and not beyond & {"events", "database"}:
            store.integrity.rebuild()


def _aside(path: Path) -> None:
    """Give a file a name under which nothing uses it."""
    aside = path.with_name(f"{path.name}.damaged")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    if path.exists():
        publish(path, aside)


def _embed_again(folder: Path, damaged: Sequence[str], told: Told) -> None:
    """Let the same encoder embed all samples again: its fingerprint, and so its name, stay."""
    from dalt.learning.encoders import array_check
    from dalt.learning.encoders.cache_files import encoding_alone, read_pointer, write_pointer
    from dalt.project.project import Project

    place = folder / "embeddings"
    with encoding_alone(place):
        for name in array_check.pointers(place):
            pointer = read_pointer(place, name)
            if pointer.current and f"embeddings/{pointer.current.fingerprint}.npy" in damaged:
                write_pointer(place, replace(pointer, current=None, waiting=pointer.current), name)
        for each in damaged:
            _aside(folder / each)
    with Project.open(folder, thin=False) as project:  # it embeds, and starts no trainer
        project.encode(progress=told)

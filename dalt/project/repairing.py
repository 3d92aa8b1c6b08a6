"""Repairs of a project: makes anew what can be made from what is sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dalt.core.errors import DaltError, os_reason
from dalt.core.files import publish, write_atomically
from dalt.core.findings import Finding, Told
from dalt.core.settings import project_file
from dalt.project.database import store_of

_BOM = b"\xef\xbb\xbf"


def repaired(folder: Path, findings: Sequence[Finding], told: Told) -> list[Finding]:
    """Mend what can be mended; what is damaged is kept beside it, as ``NAME.damaged``.

    Parameters
    ----------
    folder : Path
    findings : sequence of Finding
        Of the check before.
    told : callable

    Returns
    -------
    list of Finding
        Repairs that failed, as where nothing can be written; the others are made all the same.
    """
    told("repairing", 0, 1)
    beyond = {found.part for found in findings if not found.repairable}
    damaged = {
        part: [found.name for found in findings if found.repairable and found.part == part]
        for part in {found.part for found in findings}
    }
    repairs: list[tuple[str, bool, Callable[[], object]]] = [
        ("settings", bool(damaged.get("settings")), lambda: _without_bom(folder)),
        (
            "database",
            bool(damaged.get("database") or damaged.get("state")),
            lambda: _database(folder, findings, beyond),
        ),
        (
            "snapshots",
            bool(damaged.get("snapshots")),
            lambda: _aside(*(folder / name for name in damaged["snapshots"])),
        ),
        (
            "embeddings",
            bool(damaged.get("embeddings")),
            lambda: _embed_again(folder, damaged["embeddings"], told),
        ),
    ]
    failed = []
    for part, due, repair in repairs:
        if not due or (part != "settings" and "settings" in beyond):
            continue  # without settings nothing can be opened
        try:
            repair()
        except (DaltError, OSError) as error:
            why = str(error) if isinstance(error, DaltError) else f"{os_reason(error)}."
            failed.append(Finding(part, "repair", f"could not be made: {why}"))
    return failed


def _without_bom(folder: Path) -> None:
    path = folder / project_file.FILE
    write_atomically(path, path.read_bytes().removeprefix(_BOM))


def _database(folder: Path, findings: Sequence[Finding], beyond: set[str]) -> None:
    with closing(store_of(folder, project_file.load(folder))) as store:
        if any(found.part == "database" and found.repairable for found in findings):
            store.integrity.reindex()
        # A damaged log would take sound labels with it.
        state = any(found.part == "state" for found in findings)
        if state and not beyond & {"events", "database"}:
            store.integrity.rebuild()


def _aside(*paths: Path) -> None:
    """Give files names under which nothing uses them."""
    for path in paths:
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

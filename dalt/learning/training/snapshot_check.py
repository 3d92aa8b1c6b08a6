"""Snapshots on disk, compared with their records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dalt.core.findings import Finding
from dalt.core.records import DamagedStore, SnapshotRecord
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.snapshot_files import KEPT_SNAPSHOTS, path_of

_ANEW = "It can be set aside; the trainer learns a newer one from the labels."


def look(records: Sequence[SnapshotRecord], folder: Path) -> Iterator[Finding]:
    """Check the files of the newest snapshots.

    Parameters
    ----------
    records : sequence of SnapshotRecord
        The newest first.
    folder : Path
    """
    for number, record in enumerate(records[:KEPT_SNAPSHOTS]):
        path = path_of(folder, record.version)
        name = f"snapshots/{path.name}"
        if not path.exists():
            if number == 0:
                what = "is missing. The trainer learns a newer one at the next label."
                yield Finding("snapshots", name, what)
            continue
        try:
            found = Snapshot.load(path)
            same = found.hash == record.hash and _said(found.metrics) == _said(record.metrics)
        except DamagedStore as error:
            yield Finding("snapshots", name, f"is damaged: {error} {_ANEW}", True)
            continue
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            same = False
        if not same:
            what = f"is not what was learned: its hash is another than recorded. {_ANEW}"
            yield Finding("snapshots", name, what, True)


def _said(metrics: Mapping[str, float]) -> str:
    return json.dumps(dict(metrics), sort_keys=True)  # NaN is NaN there

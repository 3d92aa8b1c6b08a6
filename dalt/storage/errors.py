"""What a database says when it cannot go on, in one line for people."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import DatabaseError

from dalt.records import DamagedStore
from dalt.storage.tables import BUSY_SECONDS

_NOT_WRITTEN = ("readonly", "read-only", "disk is full", "disk I/O error")


def damaged(path: Path, why: str) -> DamagedStore:
    """The error for a file that is no database of ours, or no whole one."""
    return DamagedStore(
        f"The database {path} cannot be read: {why.splitlines()[0]}. Keep a copy of the "
        f"file; `sqlite3 {path.name} .recover` can bring back what is in it."
    )


def in_one_line(path: Path, error: DatabaseError) -> DamagedStore:
    """The error for what the database's driver raised: locked, not writable, or damaged."""
    why = str(error.orig)
    if "locked" in why:
        return DamagedStore(
            f"The database {path} has been locked by another program for {BUSY_SECONDS} s. "
            "Close that program and try again; nothing was lost."
        )
    if any(sign in why for sign in _NOT_WRITTEN):
        return DamagedStore(
            f"The database {path} cannot be written: {why.splitlines()[0]}. Make room on the disk "
            "or allow writing, and try again; what was acknowledged is kept."
        )
    return damaged(path, why)

"""Errors of a database as one sentence for people."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sqlalchemy.exc import DatabaseError, DataError

from dalt.core.errors import first_line
from dalt.core.records import BadInput, DaltError, DamagedStore, StoreUnreachable

BUSY_SECONDS = 30
_NOT_WRITTEN = ("readonly", "read-only", "disk is full", "disk I/O error")
_FULL, _DISK_ERROR = "database or disk is full", "disk I/O error"
_ROOM = 1 << 16
"""Bytes without which SQLite can begin nothing."""
_NOT_MADE = ("unable to open database file",)
# PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_BUSY = ("55P03", "40P01", "40001", "25P03")
_NO_ROOM = ("53100", "25006")
_GONE = ("3F000", "42P01")
_DENIED = ("42501", "28000", "28P01")


def damaged(path: Path, why: str) -> DamagedStore:
    """The error for a file that is not DALT's database, or is damaged."""
    return DamagedStore(
        f"The database {path} cannot be read: {first_line(why)}. Keep a copy of the "
        f"file; `sqlite3 {path.name} .recover` can bring back what is in it."
    )


def of_sqlite(path: Path, error: DatabaseError) -> DaltError:
    """The error for an exception of SQLite: locked, not writable, moved away, or damaged."""
    why = str(error.orig)
    if "locked" in why:
        return DamagedStore(
            f"The database {path} has been locked by another program for {BUSY_SECONDS} s. "
            "Close that program and try again; nothing was lost."
        )
    if _DISK_ERROR in why and _is_full(path):  # what SQLite says of some of its files
        why = _FULL
    if any(sign in why for sign in _NOT_WRITTEN):
        return DamagedStore(
            f"The database {path} cannot be written: {first_line(why)}. Make room on the disk "
            "or allow writing, and try again; what was acknowledged is kept."
        )
    if any(sign in why for sign in _NOT_MADE) and not path.exists():
        return DamagedStore(
            f"The database {path} is not there any more; if the project was moved to another "
            "database meanwhile, open it again."
        )
    if any(sign in why for sign in _NOT_MADE) and not os.access(path, os.R_OK):
        return DamagedStore(
            f"The database {path} cannot be read: Permission denied. Have its owner allow you to "
            "read it."
        )
    return damaged(path, why)


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _ROOM
    except OSError:
        return False


def of_postgres(name: str, schema: str, error: DatabaseError) -> DaltError:
    """Make the error for an exception of PostgreSQL: away, busy, full, forbidden, or moved away.

    Parameters
    ----------
    name : str
        The database's, without a password.
    schema : str
    error : DatabaseError
    """
    code = getattr(error.orig, "sqlstate", None) or ""
    why = first_line(str(error.orig)).rstrip(".")
    if isinstance(error, DataError):
        return BadInput(f"The {name} cannot hold a value: {why}. Leave it out and try again.")
    if code in _BUSY:
        return StoreUnreachable(
            f"The {name} has been busy with another program for {BUSY_SECONDS} s. Try again; "
            "nothing that was acknowledged is lost."
        )
    if code in _NO_ROOM:
        return DamagedStore(
            f"The {name} cannot be written: {why}. Make room on its disk or allow writing, and try "
            "again; what was acknowledged is kept."
        )
    if code in _GONE:
        return DamagedStore(
            f"The {name} does not hold the labels of this project any more (schema {schema}); if "
            "the project was moved to another database meanwhile, open it again."
        )
    if code in _DENIED:
        return DamagedStore(
            f"The {name} refuses: {why}. Let its owner grant what is missing, or correct the user "
            "and password in DALT_DATABASE_URL."
        )
    if error.connection_invalidated or not code or code[:2] in ("08", "57", "53"):
        return StoreUnreachable(
            f"The {name} cannot be reached: {why}. Nothing that was acknowledged is lost; try "
            "again when it is back."
        )
    return DamagedStore(f"The {name} cannot go on: {why} ({code}).")

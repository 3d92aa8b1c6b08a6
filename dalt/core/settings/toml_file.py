"""``project.toml`` as a file: its tables."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadSettings


def table(path: Path, found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of the file; empty if it is missing."""
    made = found.get(name, {})
    if not isinstance(made, dict):
        raise BadSettings(f"{path}: [{name}] must be a table.")
    return made


def refuse_unknown(path: Path, found: Mapping[str, Any], known: set[str]) -> None:
    """Refuse unknown settings, which are often misspelt."""
    for name in found:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise BadSettings(f"{path} has an unknown setting {shown(name)}.{hint}")

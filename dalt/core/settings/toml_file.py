"""``project.toml`` as a file: its tables."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadSettings


def table(path: Path, found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of the file; empty if it is missing."""
    made = found.get(name, {})
    if not isinstance(made, dict):
        raise BadSettings(f"{path}: [{name}] must be a table.")
    return made


def refuse_unknown(
    what: str,
    found: Iterable[str],
    known: Iterable[str],
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Refuse unknown settings, which are often misspelt or in the wrong table.

    Parameters
    ----------
    what : str
        The table or file that has them, for the message.
    found, known : iterable of str
    elsewhere : mapping of str to str
        The table of each setting of other tables.

    Raises
    ------
    BadSettings
        If a setting is unknown; the message names the likely one, if there is any.
    """
    known = list(known)
    for name in found:
        if name in known:
            continue
        hint = ""
        if name in elsewhere:
            hint = f" It belongs in [{elsewhere[name]}]."
        elif close := difflib.get_close_matches(str(name), known, n=1):
            hint = f" Did you mean {close[0]!r}?"
        raise BadSettings(f"{what} has an unknown setting {shown(name)}.{hint}")

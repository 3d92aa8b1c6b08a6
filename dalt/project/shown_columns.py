"""The columns that ``[page] show`` names: a name that no row has is told to the owner."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dalt.core.errors import shown
from dalt.core.user_warnings import warn_user
from dalt.project.workspace import Workspace


class ShownColumns:
    """Warns once of each name in ``[page] show`` that is no column of the samples' rows.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._told: set[str] = set()

    def check(self) -> None:
        """Warn of the names that were not told yet; before there are samples nothing is wrong."""
        names = [name for name in self._workspace.settings.page.show if name not in self._told]
        if not names or not self._workspace.store.samples.counts().samples:
            return
        columns = list(self._workspace.store.details.columns())
        missing = [name for name in names if name not in columns]
        self._told.update(missing)
        for name in missing:
            warn_user(_sentence(name, columns))


def _sentence(name: str, columns: Iterable[str]) -> str:
    """Say that a column is not there, and which one is meant or which there are."""
    columns = list(columns)
    start = f"[page] show names {shown(name)}, and the rows of the samples have no such column"
    same = [each for each in columns if each.casefold() == name.strip().casefold()]
    close = same or difflib.get_close_matches(name, columns, n=1)
    if close:
        return f"{start}. Did you mean {shown(close[0])}?"
    if not columns:
        return f"{start}: they have been added without other columns."
    more = ", …" if len(columns) > 10 else ""
    return f"{start}; there are {', '.join(columns[:10])}{more}."

"""Settings of the search for a better head: the table ``[tune]``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from dalt.core.recipes import EngineName
from dalt.core.settings.declaration import Seconds, Table, setting

FIRST_AT = 50


class TuneSettings(Table, frozen=True, kw_only=True):
    """Whether and how the trainer's process searches for a better head by itself."""

    TABLE: ClassVar[str] = "tune"

    auto: Annotated[
        bool,
        setting("Search at 50, 100, 200, 400 … labelled samples, when the machine is idle."),
    ] = True
    engine: Annotated[EngineName, setting("Engine of the search.")] = "builtin"
    budget: Annotated[Seconds, setting("How long each search takes.")] = 60.0


def due_at(n_labelled: int) -> int:
    """Return the number of labels at which a search was last due; 0 before the first.

    Examples
    --------
    >>> [due_at(n) for n in (49, 50, 99, 100, 399, 1_000)]
    [0, 50, 50, 100, 200, 800]
    """
    if n_labelled < FIRST_AT:
        return 0
    return FIRST_AT << ((n_labelled // FIRST_AT).bit_length() - 1)

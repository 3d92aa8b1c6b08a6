"""Settings of the search for a better head: the table ``[tune]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadSettings

ENGINES = ("builtin", "autopytorch")
FIRST_AT = 50


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """Whether and how the trainer process searches by itself.

    Attributes
    ----------
    auto : bool
        Search at 50, 100, 200, 400 … labelled samples, when the machine is idle.
    engine : {"builtin", "autopytorch"}
    budget : float
        Seconds of each search.
    """

    auto: bool = True
    engine: str = "builtin"
    budget: float = 60.0

    def __post_init__(self) -> None:
        auto: Any = self.auto  # as the file has it
        budget: Any = self.budget
        if not isinstance(auto, bool):
            raise BadSettings(f"[tune] auto is true or false, not {shown(auto)}.")
        if self.engine not in ENGINES:
            raise BadSettings(
                f"[tune] engine is one of {', '.join(ENGINES)}, not {shown(self.engine)}."
            )
        if isinstance(budget, bool) or not isinstance(budget, int | float) or not budget > 0:
            raise BadSettings(f"[tune] budget is a number of seconds above 0, not {shown(budget)}.")


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

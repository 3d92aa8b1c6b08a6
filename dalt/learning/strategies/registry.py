"""Strategies by name."""

from __future__ import annotations

import difflib

from dalt.core.errors import shown
from dalt.core.records import BadSettings
from dalt.learning.strategies.active_inference import active_inference
from dalt.learning.strategies.builtin import at_random, cover, least_margin, most_entropy
from dalt.learning.strategies.situation import Strategy

BUILT_IN: dict[str, Strategy] = {
    "cover": cover,
    "random": at_random,
    "margin": least_margin,
    "entropy": most_entropy,
    "active_inference": active_inference,
}


def by_name(name: str) -> Strategy:
    """The strategy that ``project.toml`` names.

    Parameters
    ----------
    name : str
        "cover" (the default), "random", "margin", "entropy", "active_inference", or a pool
        strategy of scikit-activeml such as "skactiveml:Badge" or "skactiveml:TypiClust".

    Raises
    ------
    BadSettings
        If there is none of that name, or scikit-activeml is not installed.

    Examples
    --------
    >>> by_name("margin").__name__
    'least_margin'
    """
    library, _, rest = name.partition(":")
    if library == "skactiveml" and rest:
        from dalt.learning.strategies.activeml import ActiveMLStrategy

        return ActiveMLStrategy(rest)
    if name in BUILT_IN:
        return BUILT_IN[name]
    close = difflib.get_close_matches(name, BUILT_IN, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise BadSettings(
        f"There is no strategy {shown(name)}.{hint} There are {', '.join(BUILT_IN)} and, with "
        "scikit-activeml, skactiveml:NAME."
    )


def name_of(strategy: Strategy) -> str:
    """Return the name of a strategy for `by_name`; empty for the user's own.

    Examples
    --------
    >>> name_of(by_name("margin"))
    'margin'
    """
    from dalt.learning.strategies.activeml import ActiveMLStrategy

    if isinstance(strategy, ActiveMLStrategy):
        return strategy.name
    return next((name for name, each in BUILT_IN.items() if each is strategy), "")

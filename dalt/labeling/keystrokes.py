"""Times of a person's actions while labeling: the constants of the keystroke-level model.

Every part of DALT that estimates a person's seconds takes them from here: the choice of the mode
that a page proposes, and simulated annotators.

References
----------
Card, Moran, Newell: The Keystroke-Level Model for User Performance Time with Interactive Systems,
Communications of the ACM 23, 1980.

Card, Moran, Newell: The Psychology of Human-Computer Interaction, 1983 (the uncertainty
principle, after Hick, On the Rate of Gain of Information, 1952).
"""

from __future__ import annotations

import math

THINK = 1.35
"""M: preparing a step mentally, in seconds."""
KEY = 0.28
"""K: pressing a key or a mouse button, for an average person who is not a typist."""
QUICK_KEY = 0.20
"""K for an average skilled typist."""
POINT = 1.1
"""P: pointing with the mouse."""
HOME = 0.4
"""H: moving a hand between keyboard and mouse."""
PER_BIT = 0.15
"""Hick's law: choosing among alternatives, in seconds for each bit."""
GLANCE = 0.3
"""Looking at one of many similar samples: a fixation and a saccade."""


def choosing(n_alternatives: int) -> float:
    """Return the seconds that choosing among equally likely alternatives takes.

    Parameters
    ----------
    n_alternatives : int

    Returns
    -------
    float
        ``PER_BIT * log2(n_alternatives + 1)``, beside the time to think and to press a key.

    Examples
    --------
    >>> [round(choosing(n), 3) for n in (1, 2, 10)]
    [0.15, 0.238, 0.519]
    """
    return PER_BIT * math.log2(n_alternatives + 1)

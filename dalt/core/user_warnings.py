"""Warnings that point to the user's line, not to one of DALT."""

from __future__ import annotations

import sys
import warnings


class LeftOut(UserWarning):
    """Some of the given raw data cannot be used and is not in the pool."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is not DALT's own.

    Parameters
    ----------
    message : str
    category : type of Warning
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "dalt":
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)

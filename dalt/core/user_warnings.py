"""Warnings that point to the user's line, not to one of DALT."""

from __future__ import annotations

import inspect
import warnings


class LeftOut(UserWarning):
    """Some of the given raw data cannot be used and is not in the pool."""


class Uncertain(UserWarning):
    """A file does not say how it is to be read, and this is how DALT has read it."""


class Upgraded(UserWarning):
    """A project of a former DALT was upgraded, and this is where its former state is kept."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is not DALT's own.

    Parameters
    ----------
    message : str
    category : type of Warning
    """
    frame, level = inspect.currentframe(), 1
    while frame and frame.f_back and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "dalt"

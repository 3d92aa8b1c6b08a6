"""The researcher's facade: verbs in, DataFrames out (in ``frames/``)."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dalt.project.project import Project

__all__ = ["Project"]


def __getattr__(name: str) -> object:
    """Import `Project` when it is first used: a prediction server does without it."""
    if name != "Project":
        raise AttributeError(f"module 'dalt.project' has no attribute {name!r}")
    return getattr(import_module("dalt.project.project"), name)

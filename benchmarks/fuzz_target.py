"""What each target of the fuzzers has: a folder, projects in it, inputs, and what takes them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from hypothesis import strategies as st

import dalt
from dalt.core.labels import Assignment
from dalt.labeling.session import Session


class Target:
    """A door, with real projects behind it.

    Parameters
    ----------
    folder : Path
        Empty; for projects and files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.begin()
        except BaseException:
            self._kept.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._kept.close()

    def keep(self, opened: Any) -> Any:
        """Open something until the target ends."""
        return self._kept.enter_context(opened)

    def begin(self) -> None:
        """Make the projects and the valid inputs."""
        raise NotImplementedError

    def inputs(self) -> st.SearchStrategy[Any]:
        """What comes in."""
        raise NotImplementedError

    def run(self, value: Any) -> None:
        """Take an input; raises what the caller would meet."""
        raise NotImplementedError


def two_classes(path: Path, **settings: Any) -> dalt.Project:
    """A new project with the classes "cat" and "dog"."""
    return dalt.Project.create(path, classes=["cat", "dog"], **settings)


def assigned(session: Session) -> Assignment:
    """The next sample of a session; there has to be one."""
    assignment = session.next()
    assert assignment is not None
    return assignment

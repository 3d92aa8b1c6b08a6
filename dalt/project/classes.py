"""The classes of a project, also when they are added or renamed later."""

from __future__ import annotations

from dalt.core.arguments import TEXT, takes
from dalt.core.records import ClassSpec
from dalt.core.settings import project_file
from dalt.core.settings.classes import ClassLike
from dalt.project.training import Training
from dalt.project.workspace import Workspace


class ClassEditor:
    """Adds and renames the classes of a project.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Wakes its trainer after a change.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    def add_class(self, added: ClassLike) -> ClassSpec:
        """Add a class after the others, in mid-project.

        Sessions, pages and the trainer use it at once, those of other processes when they
        next look at ``project.toml``.

        Parameters
        ----------
        added : str, ClassSpec or mapping

        Returns
        -------
        ClassSpec
            The class with its key and colour.

        Raises
        ------
        BadSettings
            If there already is such a class, or it is not valid.
        """
        self._workspace.check_open()
        made = project_file.add_class(self._workspace.folder, added, self._workspace.live.check)
        self._announce()
        return made.classes[-1]

    @takes(old=TEXT, new=TEXT)
    def rename_class(self, old: str, new: str) -> ClassSpec:
        """Give a class another name; its labels count for the new name.

        The events keep what was answered; ``project.toml`` keeps the name as a former one.

        Parameters
        ----------
        old, new : str

        Raises
        ------
        UnknownClass
            If there is no class `old`.
        BadSettings
            If there already is a class `new`, or the name is not valid.
        """
        self._workspace.check_open()
        workspace = self._workspace
        made = project_file.rename_class(workspace.folder, old, new, workspace.live.check)
        self._announce()
        return made.classes[made.class_names.index(new)]

    def _announce(self) -> None:
        self._workspace.live.look_again()
        self._training.wake()

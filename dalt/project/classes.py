"""The classes of a project, also those that come or change later."""

from __future__ import annotations

from dalt.core.arguments import TEXT, takes
from dalt.core.records import ClassSpec
from dalt.core.settings import project_file
from dalt.core.settings.classes import ClassLike
from dalt.project.base import ProjectRooms


class ProjectClasses(ProjectRooms):
    """What the classes are; `dalt.Project` is made of this."""

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes in their stable order."""
        return self._settings.classes

    def add_class(self, added: ClassLike) -> ClassSpec:
        """Add a class behind the others, in mid-project.

        Sessions, pages and the trainer take it at once, those of other processes when
        they next look at ``project.toml``.

        Parameters
        ----------
        added : str, ClassSpec or mapping

        Returns
        -------
        ClassSpec
            With its key and colour.

        Raises
        ------
        BadSettings
            If there is such a class already, or it does not make sense.
        """
        self._check_open()
        made = project_file.add_class(self.folder, added)
        self._classes_changed()
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
            If there is a class `new` already, or the name does not make sense.
        """
        self._check_open()
        made = project_file.rename_class(self.folder, old, new)
        self._classes_changed()
        return made.classes[made.class_names.index(new)]

    def _classes_changed(self) -> None:
        self._live.look_again()
        if self._trainer is not None:
            self._trainer.wake()

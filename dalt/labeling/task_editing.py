"""Changes of the task that a page may make: classes and keys."""

from __future__ import annotations

from dalt.core.arguments import TEXT, takes
from dalt.core.records import BadSettings, ClassSpec
from dalt.labeling.context import SessionContext
from dalt.labeling.task_changes import TaskChanges
from dalt.learning.training.base import BaseTrainer


class TaskEditor:
    """Changes classes and keys if the project lets annotators do so.

    Parameters
    ----------
    context : SessionContext
    trainer : BaseTrainer
        Learns the new classes.
    """

    def __init__(self, context: SessionContext, trainer: BaseTrainer) -> None:
        self._context = context
        self._changes = TaskChanges(context.live, lambda: context.store, trainer.wake)

    def add_class(self, name: str) -> ClassSpec:
        """Add a class after the others, if the project lets annotators do so.

        Raises
        ------
        BadSettings
            If it does not, or the class conflicts with the others.
        """
        self._context.check_open()
        if not self._context.settings.page.new_classes:
            raise BadSettings(
                "New classes cannot be added from the page of this project; its owner allows "
                "it by new_classes = true under [page] in project.toml."
            )
        return self._changes.add_class(name)

    @takes(key=TEXT, action=TEXT, class_name=TEXT)
    def change_key(self, key: str, *, action: str = "", class_name: str = "") -> None:
        """Give an action or a class another key, if the project lets annotators do so.

        Raises
        ------
        BadSettings
            If it does not, or the key is taken.
        UnknownClass
            If there is no such class.
        """
        self._context.check_open()
        if not self._context.settings.page.remap_keys:
            raise BadSettings(
                "Keys cannot be changed from the page of this project; its owner allows it by "
                "remap_keys = true under [page] in project.toml."
            )
        self._changes.change_key(key, action=action, class_name=class_name)

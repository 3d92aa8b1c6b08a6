"""The task of a project, also when it changes later: its classes and its guideline."""

from __future__ import annotations

from collections.abc import Collection

from dalt.core.arguments import NAMES, TEXT, instance_of, optional, takes
from dalt.core.records import ClassSpec
from dalt.core.settings.classes import ClassLike
from dalt.labeling.task_changes import TaskChanges
from dalt.project.training import Training
from dalt.project.workspace import Workspace

_SPEC = instance_of("a class of project.classes", ClassSpec)


class ClassEditor:
    """Changes the classes and the guideline of a project.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Wakes its trainer after a change.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._changes = TaskChanges(workspace.live, lambda: workspace.store, training.wake)

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
        return self._changes.add_class(added)

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
        return self._changes.change_class(old, {"name": new})

    @takes(
        class_name=TEXT,
        name=optional(TEXT),
        key=optional(TEXT),
        colour=optional(TEXT),
        description=optional(TEXT),
        group=optional(TEXT),
        was=optional(_SPEC),
    )
    def change_class(
        self,
        class_name: str,
        *,
        name: str | None = None,
        key: str | None = None,
        colour: str | None = None,
        description: str | None = None,
        group: str | None = None,
        was: ClassSpec | None = None,
    ) -> ClassSpec:
        """Change a class, all at once; what is left out stays.

        Parameters
        ----------
        class_name : str
            Its present name.
        name : str, optional
            A new name, as for `rename_class`.
        key : str, optional
            One character; "" lets DALT choose.
        colour : str, optional
            As in CSS, "#0072b2"; "" lets DALT choose.
        description : str, optional
            What the class means.
        group : str, optional
            Its heading in the list of classes; "" for none.
        was : ClassSpec, optional
            The class as you know it, of `classes`: if somebody has changed it since, nothing is
            written over.

        Returns
        -------
        ClassSpec
            The class as it is now.

        Raises
        ------
        UnknownClass
            If there is no such class.
        BadSettings
            If the name or the key is that of another class, or something is not valid.
        ChangedMeanwhile
            If the class is no longer as it `was`.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["cat", "dog"])
        >>> project.change_class("cat", key="c", description="It purrs.").key
        'c'
        >>> project.close()
        """
        self._workspace.check_open()
        given = {
            "name": name,
            "key": key,
            "colour": colour,
            "description": description,
            "group": group,
        }
        changes = {what: value for what, value in given.items() if value is not None}
        return self._changes.change_class(class_name, changes, was)

    @takes(name=TEXT)
    def remove_class(self, name: str) -> None:
        """Remove a class that no label and no decision names; the others keep their keys.

        Parameters
        ----------
        name : str

        Raises
        ------
        UnknownClass
            If there is no such class.
        BadSettings
            If it has labels, or is the only class.
        """
        self._workspace.check_open()
        self._changes.remove_class(name)

    @takes(names=NAMES)
    def order_classes(self, names: Collection[str]) -> tuple[ClassSpec, ...]:
        """Put the classes in another order; their keys and colours stay with them.

        Parameters
        ----------
        names : collection of str
            All classes, in the new order.

        Raises
        ------
        BadSettings
            If a class is missing or is named twice.
        """
        self._workspace.check_open()
        return self._changes.order_classes(list(names))

    @takes(text=TEXT, was=optional(TEXT))
    def set_guideline(self, text: str, *, was: str | None = None) -> str:
        """Change the guideline; open pages show it within seconds, to everyone once more.

        Parameters
        ----------
        text : str
        was : str, optional
            The guideline as you know it, `settings.guideline`: if somebody has changed it since,
            nothing is written over.

        Returns
        -------
        str
            The guideline as it is now.

        Raises
        ------
        BadSettings
            If the text is too long.
        ChangedMeanwhile
            If the guideline is no longer what it `was`.
        """
        self._workspace.check_open()
        return self._changes.set_guideline(text, was)

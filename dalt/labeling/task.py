"""What a page may do with the task itself: show examples, add classes, change keys."""

from __future__ import annotations

from dalt.core.arguments import MOST, TEXT, WHOLE, takes
from dalt.core.records import BadSettings, ClassSpec, Label, Sample, UnknownClass
from dalt.core.settings import project_file
from dalt.labeling.base import Sitting


class Wording(Sitting):
    """The classes and keys as annotators meet them; a part of `dalt.labeling.session.Session`."""

    @property
    def keys(self) -> dict[str, str]:
        """The key of each action of the page; empty where a class has taken it."""
        return self._task.action_keys

    @property
    def language(self) -> str:
        """Language of the page in this project: "auto", "en" or "ko"."""
        return self._task.page.language

    @property
    def may_add_classes(self) -> bool:
        """Whether the project lets annotators add classes."""
        return self._task.page.new_classes

    @property
    def may_remap_keys(self) -> bool:
        """Whether the project lets annotators change keys."""
        return self._task.page.remap_keys

    @takes(label=TEXT, limit=WHOLE)
    def examples(self, label: str, limit: int = 6) -> list[tuple[Sample, Label]]:
        """Return samples that somebody labelled as a class, the newest first, each once.

        Parameters
        ----------
        label : str
            One of the project's classes.
        limit : int

        Raises
        ------
        UnknownClass
            If there is no such class.
        """
        classes = self._task.class_set
        if label not in classes.names:
            raise UnknownClass(label, classes.names)
        names = [label, *(old for old, now in classes.former.items() if now == label)]
        whole = not (classes.multi or classes.shape)
        found: dict[str, Label] = {}
        # Several annotators may have answered one sample, and a list may only look right.
        for event in self._store.labelled_as(names, min(4 * limit, MOST), whole=whole):
            if label in classes.named(event.label or ()):
                found.setdefault(event.sample_id, classes.read(event))
        newest = list(found.values())[:limit]
        return [(self._store.sample(event.sample_id), event) for event in newest]

    def add_class(self, name: str) -> ClassSpec:
        """Add a class after the others, if the project lets annotators do so.

        Raises
        ------
        BadSettings
            If it does not, or the class conflicts with the others.
        """
        if not self.may_add_classes:
            raise BadSettings(
                "New classes cannot be added from the page of this project; its owner allows "
                "it by new_classes = true under [page] in project.toml."
            )
        made = project_file.add_class(self._live.folder, name)
        self._task_changed()
        return made.classes[-1]

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
        if not self.may_remap_keys:
            raise BadSettings(
                "Keys cannot be changed from the page of this project; its owner allows it by "
                "remap_keys = true under [page] in project.toml."
            )
        project_file.change_key(self._live.folder, key, action=action, class_name=class_name)
        self._task_changed()

    def _task_changed(self) -> None:
        self._live.look_again()
        self._trainer.wake()

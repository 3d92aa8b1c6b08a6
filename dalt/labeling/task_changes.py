"""Changes of a project's task in mid-project: its classes, its keys and its guideline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dalt.core.errors import shown
from dalt.core.records import BadSettings, ClassSpec
from dalt.core.settings import editing
from dalt.core.settings.classes import ClassLike
from dalt.core.settings.project_file import LiveSettings
from dalt.core.settings.settings import Settings
from dalt.core.summaries import counted
from dalt.storage.store import Store


class TaskChanges:
    """Changes ``project.toml`` and lets everything in this process follow.

    Parameters
    ----------
    live : LiveSettings
        The project's.
    store : callable
        Returns the open store, or raises `Closed`.
    wake : callable
        Lets the trainer look at the classes again.
    """

    def __init__(
        self, live: LiveSettings, store: Callable[[], Store], wake: Callable[[], None]
    ) -> None:
        self._live = live
        self._store = store
        self._wake = wake

    def add_class(self, added: ClassLike) -> ClassSpec:
        """Add a class after the others."""
        return self._announced(
            editing.add_class(self._live.folder, added, self._live.check)
        ).classes[-1]

    def change_class(
        self, name: str, changes: Mapping[str, str], was: ClassSpec | None = None
    ) -> ClassSpec:
        """Change a class, unless it is no longer as it `was`."""
        folder, check = self._live.folder, self._live.check
        made = self._announced(editing.change_class(folder, name, changes, was=was, check=check))
        return made.classes[made.class_names.index(changes.get("name", name))]

    def remove_class(self, name: str) -> None:
        """Remove a class that nothing names."""

        def allow() -> None:
            used = self.n_named(name)
            if used:
                raise BadSettings(
                    f"The class {shown(name)} has {counted(used, 'label')} and stays: label those "
                    "samples otherwise first, or rename the class."
                )

        folder, check = self._live.folder, self._live.check
        former = [each.formerly for each in self._live.current.classes if each.name == name]
        self._announced(editing.remove_class(folder, name, allow=allow, check=check))
        if (store := self._store()).suggesters.all():
            store.suggesters.forget({name, *(each for some in former for each in some)})
            self._wake()

    def order_classes(self, names: Sequence[str]) -> tuple[ClassSpec, ...]:
        """Put the classes in another order."""
        folder, check = self._live.folder, self._live.check
        return self._announced(editing.order_classes(folder, names, check=check)).classes

    def change_key(self, key: str, *, action: str = "", class_name: str = "") -> None:
        """Give an action of the page, or a class, another key."""
        folder, check = self._live.folder, self._live.check
        self._announced(
            editing.change_key(folder, key, action=action, class_name=class_name, check=check)
        )

    def set_guideline(self, text: str, was: str | None = None) -> str:
        """Write another guideline, unless it is no longer what it `was`."""
        folder, check = self._live.folder, self._live.check
        return self._announced(editing.set_guideline(folder, text, was=was, check=check)).guideline

    def n_named(self, name: str) -> int:
        """How many labels and decisions that hold name a class."""
        store, classes = self._store(), self._live.current.class_set
        named = sum(n for label, n in store.labels.counts() if name in classes.named(label))
        decided = store.adjudications.decisions()
        return named + sum(name in classes.named(each.label) for each in decided)

    def _announced(self, made: Settings) -> Settings:
        self._live.look_again()
        self._wake()
        return made

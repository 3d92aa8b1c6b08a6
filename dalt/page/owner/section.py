"""The base class of the sections of the owner's page, and what they are given."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from dalt.core.records import ClassSpec, Kind
    from dalt.core.settings.classes import ClassLike
    from dalt.core.settings.settings import Settings
    from dalt.labeling.figures import TeamFigures
    from dalt.labeling.session import Session
    from dalt.study.certificates.finish import Finish

Handler = Callable[[Any], None]
"""Takes a message of one type of `protocol.owner.FROM_OWNER`, already read."""


class Say(Protocol):
    """Sends a message to the page, with its pictures; from any thread."""

    def __call__(self, message: Any, buffers: list[bytes] | None = None) -> None:
        """Send it."""


class OwnedProject(Protocol):
    """What sections use of the project itself; `dalt.Project` has all of it."""

    @property
    def folder(self) -> Path:
        """The project's folder."""

    @property
    def settings(self) -> Settings:
        """What ``project.toml`` says."""

    @property
    def kind(self) -> Kind | None:
        """What the samples are, or None while there are none."""

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes in their stable order."""

    def set_guideline(self, text: str, *, was: str | None = None) -> str:
        """Change the guideline."""

    def add_class(self, added: ClassLike) -> ClassSpec:
        """Add a class after the others."""

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
        """Change a class, all at once."""

    def remove_class(self, name: str) -> None:
        """Remove a class that nothing names."""

    def order_classes(self, names: Collection[str]) -> tuple[ClassSpec, ...]:
        """Put the classes in another order."""

    def certificate(self) -> Finish | None:
        """Where the certified finish stands; None if nobody has asked for one."""

    def export(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        labels: Literal["each", "consensus"] = "each",
        excel: bool = False,
        progress: Callable[[str, int, int], None],
    ) -> int:
        """Write the labels to a file or folder."""


@dataclass(frozen=True, slots=True)
class OwnerDesk:
    """What a section can use.

    Attributes
    ----------
    session : Session
        The owner's; decisions and confirmations carry its annotator.
    figures : TeamFigures
        All labels, evaluated together.
    project : OwnedProject
    say : callable
        ``say(message, buffers=None)`` sends a message to the page.
    later : callable
        Runs a function on the page's background thread, in order; errors are shown in the section
        that is named beside it: ``later("export", function)``.
    changed : callable
        Requests a refresh of all sections, as after a change; never blocks.
    renew : callable
        Sends the page the present task (`OwnerSetup`), at once.
    """

    session: Session
    figures: TeamFigures
    project: OwnedProject
    say: Say
    later: Callable[[str, Callable[[], None]], None]
    changed: Callable[[], None]
    renew: Callable[[], None]


class Section(ABC):
    """One section of the owner's page, with messages of its own.

    Parameters
    ----------
    desk : OwnerDesk

    Attributes
    ----------
    name : str
        As the page's script names it.
    """

    name: ClassVar[str]

    def __init__(self, desk: OwnerDesk) -> None:
        self._desk = desk

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages; by default none.

        A handler runs on the kernel's message thread: work that takes long goes through
        `OwnerDesk.later`.  The page shows whatever it raises.
        """
        return {}

    def refresh(self) -> None:  # noqa: B027
        """Send what the section shows; on the page's background thread, after each change."""

    def pulse(self) -> object:
        """Something cheap that differs once `refresh` has news that are not in the labels."""
        return None

    def begin(self) -> None:  # noqa: B027
        """A page was opened: what was sent before, it has not; called before `refresh`."""

    def close(self) -> None:  # noqa: B027
        """Release resources; most sections have none."""

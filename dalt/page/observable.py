"""Traits that notebooks may observe and link, told without delaying the page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any

import traitlets
from traitlets.traitlets import EventHandler

from dalt.core.errors import BadInput
from dalt.page.callbacks import run_shown

READ_ONLY = "{name} is read-only: it says what the page does; observe or link it."


class _Told:
    """A trait that only the page sets, by `Observable.tell_traits`."""

    def __set__(self, obj: Any, value: Any) -> None:
        raise BadInput(READ_ONLY.format(name=self.name))  # type: ignore[attr-defined]


class ToldInt(_Told, traitlets.Int[int, int]):
    """A number that the page tells."""


class ToldText(_Told, traitlets.Unicode[str | None, str | None]):
    """A text that the page tells, or None."""


class ToldOne(_Told, traitlets.Enum[str]):
    """One of several texts that the page tells."""


@dataclass(frozen=True)
class _Guarded:
    """A function that observes, called in the page's cell; what it raises stands there."""

    function: Callable[[Any], object]
    cell: Context = field(compare=False)
    failed: Callable[[str], None] = field(compare=False)

    def __call__(self, change: Any) -> None:
        run_shown(self.cell.copy(), self.function, change, "observe", self.failed)


class Observable(traitlets.HasTraits):
    """A widget that tells how many labels were made on it.

    Functions that observe run on a thread of its own, and miss intermediate values where labels
    are made faster than five times a second.  What they print, and their errors, stand under the
    cell in which the widget was made.

    Parameters
    ----------
    traits : mapping, optional
        What other traits are at first.
    """

    labels_made = ToldInt(
        0, help="Labels made here; undone ones count, skips do not.  Read-only."
    ).tag(sync=True)

    def __init__(self, traits: Mapping[str, Any] | None = None) -> None:
        self._cell = copy_context()
        self._telling = threading.Lock()
        super().__init__(**(traits or {}))

    def observe(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:
        """Call a function when a trait changes, as of any widget; see the class."""
        super().observe(self._observer(handler, names), names, type)

    def unobserve(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:
        """Call it no more."""
        super().unobserve(self._observer(handler, names), names, type)

    def tell_traits(self, values: Mapping[str, Any]) -> None:
        """Set what is told; each changed value goes to the front end, then to functions."""
        with self._telling:
            for name, value in values.items():
                self.set_trait(name, value)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take what a front end sets, but for what only the page tells: a link goes both ways."""
        told = self._told_names()
        free = {name: value for name, value in sync_data.items() if name not in told}
        super().set_state(free)  # type: ignore[misc]

    def _told_names(self) -> set[str]:
        return {name for name, trait in self.traits().items() if isinstance(trait, _Told)}

    def _observer(self, handler: Any, names: Any) -> Any:
        if isinstance(handler, EventHandler) or not callable(handler):
            return handler
        asked = {names} if isinstance(names, str) else names
        if asked is not traitlets.All and not self._told_names().intersection(asked):
            return handler
        return _Guarded(handler, self._cell, self._observer_failed)

    def _observer_failed(self, sentence: str) -> None:
        """Say on the page that a function failed."""

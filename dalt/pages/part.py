"""What the labeling page is extended by: parts with messages of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from dalt.pages.wire import Message, Wire
from dalt.records import Assignment

if TYPE_CHECKING:
    from dalt.session import Session

Handler = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a part has at hand.

    Attributes
    ----------
    session : Session
    say : callable
        ``say(type, buffers=None, **content)`` sends a message to the page.
    wire : callable
        An empty `Wire` to put samples in.
    open : callable
        Puts assignments in front of those that the page holds and sends them.
    forget : callable
        Takes a sample from those that the page holds.
    poke : callable
        Asks for a refresh of what is on the page; never blocks.
    renew : callable
        Tells the page the classes and settings as they are now, at once.
    """

    session: Session
    say: Callable[..., None]
    wire: Callable[[], Wire]
    open: Callable[[Sequence[Assignment]], None]
    forget: Callable[[str], None]
    poke: Callable[[], None]
    renew: Callable[[], None]


class Part(Protocol):
    """One feature of the page that has messages of its own.

    The page's lock is held while a handler runs, and whatever it raises is shown.
    """

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""

    def setup(self) -> Message:
        """What the page is told at the start."""

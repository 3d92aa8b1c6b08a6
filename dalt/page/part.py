"""What the labeling page is extended by: parts with messages of their own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from dalt.core.records import Assignment, Label
from dalt.page.held_samples import Held, Replies
from dalt.page.protocol.from_kernel import FromKernel
from dalt.page.wire import Message, Wire

if TYPE_CHECKING:
    from dalt.labeling.session import Session

Handler = Callable[[Any], None]
"""Takes a message of one type of `protocol.FROM_PAGE`, already read."""


class Say(Protocol):
    """Sends a message to the page, with its pictures and sounds."""

    def __call__(self, message: FromKernel, buffers: list[bytes] | None = None) -> None:
        """Send it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a part has at hand.

    Attributes
    ----------
    session : Session
    held : Held
        What is leased for the page.
    replies : Replies
        What was replied to messages that may be sent again.
    say : callable
        ``say(message, buffers=None)`` sends a message to the page.
    tell : callable
        Has those who want to hear of labels hear of these.
    wire : callable
        An empty `Wire` to put samples in.
    open : callable
        Puts assignments in front of those that the page holds and sends them.
    refill : callable
        Leases samples until the page holds enough, and sends the new ones.
    poke : callable
        Asks for a refresh of what is on the page; never blocks.
    renew : callable
        Tells the page the classes and settings as they are now, at once.
    owner : {"too", "only"} or None
        Whether who looks may decide where annotators disagree, and whether that is all.
    """

    session: Session
    held: Held
    replies: Replies
    say: Say
    tell: Callable[[Sequence[Label]], None]
    wire: Callable[[], Wire]
    open: Callable[[Sequence[Assignment]], None]
    refill: Callable[[], None]
    poke: Callable[[], None]
    renew: Callable[[], None]
    owner: Literal["too", "only"] | None = None


class Part(ABC):
    """One feature of the page that has messages of its own.

    The page's lock is held while a handler runs, and whatever it raises is shown.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @abstractmethod
    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""

    def close(self) -> None:  # noqa: B027
        """Let go of what it holds; most hold nothing."""

    def setup(self) -> Message:
        """What the page is told at the start; nothing, unless a part says more."""
        return {}

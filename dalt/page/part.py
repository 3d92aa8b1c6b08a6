"""The base class of the page's parts, which have messages of their own."""

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
    """What a part can use.

    Attributes
    ----------
    session : Session
    held : Held
        The samples leased for the page.
    replies : Replies
        Replies to messages that may be sent again.
    say : callable
        ``say(message, buffers=None)`` sends a message to the page.
    tell : callable
        Passes labels to the user's callbacks.
    wire : callable
        An empty `Wire` to put samples in.
    open : callable
        Puts assignments before the held ones and sends them.
    refill : callable
        Leases samples until the page holds enough, and sends the new ones.
    poke : callable
        Requests a refresh of the page; never blocks.
    renew : callable
        Sends the page the present classes and settings, at once.
    owner : {"too", "only"} or None
        Whether the person may decide where annotators disagree, and whether that is all.
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

    The page's lock is held while a handler runs, and the page shows whatever it raises.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @abstractmethod
    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""

    def close(self) -> None:  # noqa: B027
        """Release resources; most parts have none."""

    def setup(self) -> Message:
        """Content for the page's setup; by default nothing."""
        return {}

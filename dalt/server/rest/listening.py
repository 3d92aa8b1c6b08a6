"""The listening side of the model server: who may connect, and for how long.

uvicorn asks nothing of a connection before its request is complete, and never hangs up by itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from dalt.server.front.gate import Gate, Visit
from dalt.server.front.listening import PacedSocket, has_unread

Headers = Iterable[tuple[bytes, bytes]]
Recognise = Callable[[Headers], str]


class _Accepted(socket.socket):
    """A connection that tells the gate when it is closed."""

    visit: Visit | None = None
    gate: Gate | None = None

    def close(self) -> None:
        super().close()
        visit, self.visit = self.visit, None
        if visit is not None and self.gate is not None:
            self.gate.leave(visit)

    def hang_up(self) -> None:
        """End both directions; the loop sees it and closes the connection."""
        with suppress(OSError):  # the other side was quicker
            self.shutdown(socket.SHUT_RDWR)


class GatedSocket(PacedSocket):
    """A listening socket that counts connections from their first moment.

    asyncio tells its protocol of an encrypted connection only after the handshake, for which a
    stranger has a minute.
    """

    gate: Gate
    visits: dict[int, Visit]

    def guard(self, gate: Gate) -> None:
        """Take the gate; to be called before it listens."""
        self.gate, self.visits = gate, {}

    def accept(self) -> tuple[socket.socket, Any]:
        """Take the next connection."""
        connection, address = super().accept()
        accepted = _Accepted(fileno=connection.detach())
        place = address[0] if isinstance(address, tuple) else ""
        accepted.gate = self.gate
        visit = accepted.visit = self.gate.enter(
            place, accepted.hang_up, lambda: has_unread(accepted.fileno())
        )
        self.visits[accepted.fileno()] = visit  # of a closed one the number is used again
        return accepted, address


def protocol_of(door: GatedSocket, recognise: Recognise) -> type[H11Protocol]:
    """Make the protocol that tells the gate how far each request is.

    Parameters
    ----------
    door : GatedSocket
    recognise : callable
        Gives the login that a request's headers prove, or the empty text.

    Returns
    -------
    type of H11Protocol
    """

    class Guarded(H11Protocol):
        _visit: Visit

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._visit = door.visits[transport.get_extra_info("socket").fileno()]

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._tell()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._tell()

        def _tell(self) -> None:
            cycle = self.cycle
            if cycle is None or cycle.response_complete:
                door.gate.listen(self._visit)
                return
            door.gate.recognise(self._visit, recognise(self.headers))
            if not cycle.more_body:
                door.gate.answer(self._visit)

    return Guarded

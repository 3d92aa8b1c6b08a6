"""A listening socket that lets its loop read between one few connections and the next."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

AT_ONCE = 16
"""Connections that are accepted in one turn of the loop.

tornado and asyncio would take 128: under a flood whoever has just come would be pushed out again
before anything that they said was read."""


class PacedSocket(socket.socket):
    """Accepts a few connections in each turn of the event loop; the others wait for the next."""

    _taken = 0

    def accept(self) -> tuple[socket.socket, Any]:
        """Take the next connection.

        Raises
        ------
        BlockingIOError
            If there is none, or enough were taken in this turn: the loop asks again.
        """
        if self._taken >= AT_ONCE:
            raise BlockingIOError
        accepted = super().accept()
        if self._taken == 0:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._taken += 1
        return accepted

    def _next_turn(self) -> None:
        self._taken = 0


def has_unread(fileno: int) -> bool:
    """Whether a connection has said something that nobody has read yet.

    Parameters
    ----------
    fileno : int
        Of its socket; -1 for a closed one.
    """
    if sys.platform == "win32" or fileno < 0:
        return False
    import fcntl
    import termios

    try:
        n_bytes = fcntl.ioctl(fileno, termios.FIONREAD, bytes(4))
    except OSError:
        return False
    return int.from_bytes(n_bytes, sys.byteorder) > 0

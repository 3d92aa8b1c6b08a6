"""Running an application by uvicorn until it is told to stop."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from dalt.core.records import BadInput
from dalt.server.front.gate import Gate, Places
from dalt.server.rest.guards import HEAD_BYTES
from dalt.server.rest.listening import GatedSocket, Recognise, protocol_of

SWITCH_SECONDS = 0.001
"""Threads that record labels and read snapshots keep the others waiting no longer than that."""
PATIENCE_SECONDS = 10
"""How long requests that are under way are waited for at the end."""


class _Server(uvicorn.Server):
    """Hangs up on those who listen for events before it waits for the others."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, gate: Gate) -> None:
        super().__init__(config)
        self._dalt = app
        self._gate = gate

    async def on_tick(self, counter: int) -> bool:
        """Once a second, close connections that ask for too long; uvicorn calls it ten times."""
        if counter % 10 == 0:
            self._gate.sweep()
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order at the first signal; uvicorn would let it kill the process after that."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        wanted = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self.handle_exit) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hang_up = getattr(self._dalt.state, "hang_up", None)
        if hang_up is not None:
            hang_up()
        await super().shutdown(sockets)


def run(
    app: FastAPI,
    ip: str,
    port: int,
    say: Callable[[str], None],
    tls: tuple[Path, Path] | None = None,
    *,
    recognise: Recognise,
) -> None:
    """Listen, say where, and answer; by https with a certificate and its key.

    Parameters
    ----------
    app : FastAPI
    ip : str
    port : int
        0 takes a free one.
    say : callable
        Gets the line with the address.
    tls : (Path, Path), optional
    recognise : callable
        Gives the login that a request's headers prove, or the empty text.

    Raises
    ------
    BadInput
        If the address cannot be listened on.
    """
    listening = _listening(ip, port)
    listening.guard(Gate(Places.of_files(one_login=True)))
    scheme = "https" if tls else "http"
    address = f"[{ip}]" if ":" in ip else ip
    url = f"{scheme}://{address}:{listening.getsockname()[1]}/"
    say(f"The model server answers at {url} (see /docs).")
    config = uvicorn.Config(
        app,
        http=protocol_of(listening, recognise),
        h11_max_incomplete_event_size=HEAD_BYTES,
        loop="asyncio",  # another one would not accept connections by our socket
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE_SECONDS,
        backlog=128,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
    )
    try:
        config.load()
    except (OSError, ValueError) as error:  # ssl's errors are OSErrors
        listening.close()
        raise BadInput(f"The certificate and its key cannot be used ({error}).") from None
    sys.setswitchinterval(SWITCH_SECONDS)
    with listening:
        _Server(config, app, listening.gate).run(sockets=[listening])


def _listening(ip: str, port: int) -> GatedSocket:
    """A socket that connections can be made to from now on."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    made = GatedSocket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((ip, port))
        made.listen(128)
    except (OSError, OverflowError) as error:
        made.close()
        why = getattr(error, "strerror", None) or str(error)
        raise BadInput(
            f"Cannot listen on {ip} port {port}: {why}; choose another --port."
        ) from None
    return made

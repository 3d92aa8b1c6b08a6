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

SWITCH_SECONDS = 0.001
"""Threads that record labels and read snapshots keep the others waiting no longer than that."""
PATIENCE_SECONDS = 10
"""How long requests that are under way are waited for at the end."""


class _Server(uvicorn.Server):
    """Hangs up on those who listen for events before it waits for the others."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._dalt = app

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
) -> None:
    """Listen, say where, and answer; by https with a certificate and its key.

    Raises
    ------
    BadInput
        If the address cannot be listened on.
    """
    listening = _listening(ip, port)
    scheme = "https" if tls else "http"
    address = f"[{ip}]" if ":" in ip else ip
    url = f"{scheme}://{address}:{listening.getsockname()[1]}/"
    say(f"The model server answers at {url} (see /docs).")
    config = uvicorn.Config(
        app,
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
        _Server(config, app).run(sockets=[listening])


def _listening(ip: str, port: int) -> socket.socket:
    """A socket that connections can be made to from now on."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
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

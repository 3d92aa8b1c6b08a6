"""A reverse proxy as institutes have them: passes a path on, adds headers, refuses websockets.

One connection carries one request, so that what is asked and answered is seen whole.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

END = b"\r\n\r\n"


@dataclass
class Proxy:
    """Stands before a server on this machine.

    Parameters
    ----------
    target : int
        The server's port.
    prefix : str
        What is not below this path is answered by the proxy, with 404, as JupyterHub does.
    headers : sequence of str
        Added to each answer.
    websockets : bool
        Whether they are let through; else their upgrades are answered with 403.

    Attributes
    ----------
    port : int
    seen : list of (str, int)
        Path and status of each request, in the order of the answers.
    """

    target: int
    prefix: str = "/"
    headers: Sequence[str] = ()
    websockets: bool = True
    port: int = 0
    seen: list[tuple[str, int]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(END)
            path = head.split(b" ", 2)[1].decode().partition("?")[0]
            upgrade = b"\r\nupgrade: websocket" in head.lower()
            if not path.startswith(self.prefix.rstrip("/")):
                await self._refuse(writer, path, 404)
            elif upgrade and not self.websockets:
                await self._refuse(writer, path, 403)
            else:
                await self._pass(path, head, upgrade, reader, writer)
        writer.close()

    async def _refuse(self, writer: asyncio.StreamWriter, path: str, status: int) -> None:
        self.seen.append((path, status))
        writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\nConnection: close" % status + END)
        await writer.drain()

    async def _pass(
        self,
        path: str,
        head: bytes,
        upgrade: bool,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", self.target)
        outer.write(head if upgrade else _with(head, ["Connection: close"], without=b"connection:"))
        asking = asyncio.create_task(_pump(reader, outer))
        answer = await inner.readuntil(END)
        self.seen.append((path, int(answer.split(b" ", 2)[1])))
        writer.write(_with(answer, self.headers))
        await _pump(inner, writer)
        asking.cancel()
        outer.close()


def _with(head: bytes, added: Sequence[str], without: bytes | None = None) -> bytes:
    lines = head.removesuffix(END).split(b"\r\n")
    kept = [line for line in lines if without is None or not line.lower().startswith(without)]
    return b"\r\n".join([*kept, *(line.encode() for line in added)]) + END


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@contextmanager
def proxied(proxy: Proxy) -> Iterator[Proxy]:
    """Run a proxy, in a thread of its own, while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = asyncio.start_server(proxy.serve, "127.0.0.1", proxy.port)
    server = asyncio.run_coroutine_threadsafe(made, loop).result(30)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    served = asyncio.all_tasks() - {asyncio.current_task()}
    for task in served:
        task.cancel()
    await asyncio.gather(*served, return_exceptions=True)

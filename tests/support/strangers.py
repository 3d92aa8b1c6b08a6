"""Half-open connections: people who connect, say half of what they want, and keep silent."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

SAYINGS = (
    b"",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\nname",
)
"""Nothing; a request without the end of its head; and one without the end of its body."""


class HalfOpen:
    """Many connections to one server that never complete a request, as fast as they can be made.

    Parameters
    ----------
    url : str
        Of the server.
    count : int
        How many are to be open at once; one that the server closes is made again.
    again : float
        Seconds until a closed one is made again.
    says : sequence of bytes
        What they say, in turn; the empty text says nothing at all.
    """

    def __init__(
        self, url: str, count: int, again: float = 1.0, says: Sequence[bytes] = SAYINGS
    ) -> None:
        parts = urlsplit(url)
        self._at = (parts.hostname or "", parts.port or 80)
        self._says = says
        self._again = again
        self.count = count
        self.made = 0
        self.closed = 0
        self.refused = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._all = asyncio.Event()

    async def __aenter__(self) -> HalfOpen:
        self._tasks = [asyncio.create_task(self._hold(i)) for i in range(self.count)]
        await self._all.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hold(self, number: int) -> None:
        while True:
            writer = None
            try:
                reader, writer = await asyncio.open_connection(*self._at)
                self._count()
                writer.write(self._says[number % len(self._says)])
                with suppress(ConnectionError):  # hung up on before all was read
                    while await reader.read(4_096):  # an answer is no end
                        pass
                self.closed += 1
            except OSError:
                self.refused += 1
                self._count()
            finally:
                if writer is not None:
                    writer.close()
            await asyncio.sleep(self._again)

    def _count(self) -> None:
        self.made += 1
        if self.made >= self.count:
            self._all.set()


def answers_to(url: str, request: bytes, seconds: float = 10.0) -> bytes:
    """Send bytes on a connection of their own, and read until the server hangs up."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as plain:
        end: socket.socket = plain
        if parts.scheme == "https":
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            end = trusting.wrap_socket(plain)
        end.sendall(request)
        said = b""
        with suppress(ConnectionResetError):
            while part := end.recv(65_536):
                said += part
        return said


def answers_to_each(url: str, requests: Sequence[bytes], seconds: float) -> list[bytes]:
    """The same for several connections at once: who waits for all of them waits once."""
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(lambda request: answers_to(url, request, seconds), requests))


@contextmanager
def attacking(url: str, count: int, again: float) -> Iterator[dict[str, int]]:
    """Hold half-open connections from a process of its own while the block runs.

    Yields
    ------
    dict of str to int
        Filled in at the end: how many connections were made, refused, and closed by the server.
    """
    command = [sys.executable, __file__, url, str(count), str(again)]
    found: dict[str, int] = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()  # all are there
        try:
            yield found
        finally:
            process.stdin.close()
            found |= json.loads(process.stdout.readline())


async def _attack(url: str, count: int, again: float) -> None:
    async with HalfOpen(url, count, again) as attack:
        print("all there", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(
            json.dumps({"made": attack.made, "refused": attack.refused, "closed": attack.closed}),
            flush=True,
        )


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_attack(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))

"""The labelers' page without a browser: logs in, opens the page and says what its widgets say.

``Wire`` drives a real kernel behind a real server as the page's script does; tests of the
server use it, and so can whoever puts many labelers on one.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import psutil
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from processes import told
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from dalt.server.web.forking import KERNEL_NAME

PROTOCOL = "v1.kernel.websocket.jupyter.org"
Message = dict[str, Any]
T = TypeVar("T")


def run(talk: Callable[[], Coroutine[Any, Any, T]], seconds: float = 120.0) -> T:
    """Run what talks to a server, in a loop of its own.

    In a thread of its own, too: where a browser is driven, the main one has a loop that runs.
    """

    async def timed() -> T:
        async with asyncio.timeout(seconds):
            return await talk()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, timed()).result()


def kernels_of(pid: int) -> list[psutil.Process]:
    """The pages' kernels under a server's process, forked or started."""
    below = psutil.Process(pid).children(recursive=True)
    return [process for process, is_one in told(below, _is_kernel) if is_one]


def _is_kernel(process: psutil.Process) -> bool:
    return "ipykernel_launcher" in process.cmdline() or process.name() == KERNEL_NAME


class Wire:
    """One browser profile at one server; use it within one event loop.

    Parameters
    ----------
    address : str
        Of the server, with a slash at its end.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: dict[str, str] = {}
        self.kernel_id = ""
        self.model_id = ""
        self.page_id = uuid.uuid4().hex
        self.heard: deque[Message] = deque()
        self._session = uuid.uuid4().hex
        self._socket: WebSocketClientConnection | None = None
        self._seq = 0

    # --- HTTP

    async def fetch(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None, **options: Any
    ) -> HTTPResponse:
        """Ask for something, with the cookies of this profile; redirects are not followed."""
        request = HTTPRequest(
            self.address.rstrip("/") + path if path.startswith("/") else path,
            method=method,
            headers={"Cookie": self.cookie} | (headers or {}),
            follow_redirects=False,
            allow_nonstandard_methods=True,
            request_timeout=60,
            **options,
        )
        client = AsyncHTTPClient(force_instance=True, defaults={"decompress_response": False})
        try:
            response = await client.fetch(request, raise_error=False)
        finally:
            client.close()
        for line in response.headers.get_list("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response

    @property
    def cookie(self) -> str:
        """The header of all cookies."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def xsrf(self) -> str:
        """What a form has to bring: below a path the cookie has a name of its own."""
        found = (value for name, value in self.cookies.items() if name.endswith("_xsrf"))
        return next(found, "")

    async def log_in(self, name: str = "", secret: str = "", path: str = "/") -> HTTPResponse:
        """Fill in the login form."""
        await self.fetch("/login")
        form = {"name": name, "secret": secret, "next": path, "_xsrf": self.xsrf}
        return await self.fetch("/login", "POST", body=urlencode(form))

    # --- the page

    async def open(self, path: str = "/") -> HTTPResponse:
        """Open the page: its kernel starts and the notebook runs."""
        response = await self.fetch(path)
        text = response.body.decode()
        found = re.search(r'"kernelId": "([0-9a-f-]{36})"', text)
        if found:
            self.kernel_id = found[1]
        shown = re.search(r'model_id\\?": ?\\?"([0-9a-f]{32})', html.unescape(text))
        if shown:
            self.model_id = shown[1]
        return response

    async def connect(self, subprotocols: list[str] | None = None, **headers: str) -> None:
        """Open the websocket to the kernel."""
        address = self.address.replace("http", "ws", 1)
        self._socket = await websocket_connect(
            HTTPRequest(
                f"{address}api/kernels/{self.kernel_id}/channels?session_id={self._session}",
                headers={"Cookie": self.cookie} | headers,
            ),
            subprotocols=[PROTOCOL] if subprotocols is None else subprotocols,
        )

    async def send(
        self, kind: str, content: Message, channel: str = "shell", raw: bytes | None = None
    ) -> None:
        """Send a message of Jupyter's protocol, also one that no page would send."""
        assert self._socket is not None
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self._session,
            "username": "",
            "date": datetime.now(UTC).isoformat(),
            "version": "5.4",
        }
        parts = [json.dumps(each).encode() for each in (header, {}, {}, content)]
        message = serialize_msg_to_ws_v1(parts, channel) if raw is None else raw
        await self._socket.write_message(message, binary=True)

    async def say(self, type: str, **content: Any) -> None:
        """Say something to the kernel as the page's engine does."""
        data = {"method": "custom", "content": {"type": type, "page": self.page_id, **content}}
        await self.send("comm_msg", {"comm_id": self.model_id, "data": data})

    async def hear(self, wanted: Callable[[Message], bool], seconds: float = 30.0) -> Message:
        """Wait for a message of Jupyter's protocol, of those not looked at yet.

        Raises
        ------
        ConnectionError
            If the server hangs up.
        TimeoutError
        """
        assert self._socket is not None
        async with asyncio.timeout(seconds):
            while True:
                message = await self._socket.read_message()
                if message is None:
                    raise ConnectionError(self._socket.close_reason or "the server hung up")
                assert isinstance(message, bytes)
                _, parts = deserialize_msg_from_ws_v1(message)
                header, parent, _, content = (json.loads(part) for part in parts[:4])
                told = {"type": header["msg_type"], "parent": parent, "content": content}
                self.heard.append(told)
                if wanted(told):
                    return told

    async def hear_kernel(self, type: str, seconds: float = 30.0, **values: Any) -> Message:
        """Wait for what the kernel tells the page's engine."""

        def told(message: Message) -> bool:
            said = _custom(message)
            return said.get("type") == type and all(said.get(k) == v for k, v in values.items())

        return _custom(await self.hear(told, seconds))

    async def start(self, path: str = "/") -> Message:
        """Open the page, connect and be ready; gives what the kernel says of the task."""
        await self.open(path)
        await self.connect()
        await self.say("ready", held=[])
        return await self.hear_kernel("setup")

    async def answer(self, sample_id: str, label: Any, key: str | None = None) -> Message:
        """Label a sample, and wait until it is acknowledged."""
        key = key or uuid.uuid4().hex
        self._seq += 1
        await self.say(
            "answer", key=key, seq=self._seq, sample_id=sample_id, label=label,
            suggestion={"snapshot": None, "classes": [], "probabilities": []},
            proposed=[], shown_at=datetime.now(UTC).isoformat(), active_ms=500, mode="single",
        )  # fmt: skip
        return await self.hear_kernel("ack", key=key)

    async def leave(self) -> None:
        """Close the tab: the page says so, and its kernel ends."""
        self.close()
        with suppress(OSError):
            await self.fetch(
                f"/voila/api/shutdown/{self.kernel_id}",
                "POST",
                body=urlencode({"_xsrf": self.xsrf}),
            )

    def close(self) -> None:
        """Cut the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _custom(message: Message) -> Message:
    data = message["content"].get("data") or {}
    if message["type"] != "comm_msg" or data.get("method") != "custom":
        return {}
    content: Message = data["content"]
    return content

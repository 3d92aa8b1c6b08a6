"""The listening side of the page's server: who may connect, and under which name.

Tornado asks nothing of a connection before its request is complete, and waits for an hour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tornado import httputil
from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import OutputTransform

from dalt.server.front.gate import Gate, Visit
from dalt.server.front.listening import has_unread
from dalt.server.front.names import HSTS, Names, is_local, refusal
from dalt.server.front.proxies import Proxies
from dalt.server.web.policy import NOTHING

HEAD_BYTES = 32_768
"""Cookies of all programs on one machine come together."""

BODY_BYTES = 65_536
"""Of a request: the forms of the login are the largest. What a page says comes by its websocket."""

BODY_SECONDS = 10.0
Recognise = Callable[[httputil.HTTPHeaders], str]


class GuardedServer(HTTPServer):
    """Tornado's server behind a gate.

    Attributes
    ----------
    gate : Gate
    names : Names
        The host names that are answered.
    recognise : callable
        Gives the login that a request's headers prove, or the empty text.
    proxies : Proxies, optional
        Who is believed on where a request comes from; by default nobody.
    """

    gate: Gate
    names: Names
    recognise: Recognise
    proxies: Proxies | None = None

    def guard(
        self, gate: Gate, names: Names, recognise: Recognise, proxies: Proxies | None = None
    ) -> None:
        """Take what guards it; to be called before it listens."""
        self.gate, self.names, self.recognise = gate, names, recognise
        self.proxies = proxies
        self._visits: dict[IOStream, Visit] = {}

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Begin with a connection, which is a stranger's so far."""
        place = address[0] if isinstance(address, tuple) and address else ""
        self._visits[stream] = self.gate.enter(
            place, stream.close, lambda: not stream.closed() and has_unread(stream.socket.fileno())
        )
        if not stream.closed():
            super().handle_stream(stream, address)

    def start_request(
        self, server_conn: object, request_conn: httputil.HTTPConnection
    ) -> httputil.HTTPMessageDelegate:
        """Wait for a request: the first one, or another after an answer."""
        assert isinstance(server_conn, HTTP1ServerConnection)
        visit = self._visits[server_conn.stream]
        self.gate.listen(visit)
        delegate = super().start_request(server_conn, request_conn)
        return _Guarded(self, visit, delegate, request_conn)

    def on_close(self, server_conn: object) -> None:
        """Forget a connection, unless it has become a websocket."""
        assert isinstance(server_conn, HTTP1ServerConnection)
        super().on_close(server_conn)
        self._forget_closed(server_conn.stream)

    def sweep(self) -> None:
        """Close what asks for too long, and forget websockets that are closed."""
        for stream in list(self._visits):
            self._forget_closed(stream)
        self.gate.sweep()

    def _forget_closed(self, stream: IOStream) -> None:
        if stream.closed():
            visit = self._visits.pop(stream, None)
            if visit is not None:
                self.gate.leave(visit)


class _Guarded(httputil.HTTPMessageDelegate):
    """One request on its way to the application."""

    def __init__(
        self,
        server: GuardedServer,
        visit: Visit,
        inner: httputil.HTTPMessageDelegate,
        connection: httputil.HTTPConnection,
    ) -> None:
        self._server = server
        self._visit = visit
        self._inner = inner
        self._connection = connection
        self._refused = False

    def headers_received(
        self,
        start_line: httputil.RequestStartLine | httputil.ResponseStartLine,
        headers: httputil.HTTPHeaders,
    ) -> Awaitable[None] | None:
        host = headers.get("Host")
        if not self._server.names.fits(host):
            self._refused = True
            _refuse(self._connection, refusal(host))
            return None
        if self._server.proxies is not None:
            self._server.proxies.clean(headers, self._visit.address)
        self._server.gate.recognise(self._visit, self._server.recognise(headers))
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._refused else self._inner.data_received(chunk)

    def finish(self) -> None:
        if not self._refused:
            self._server.gate.answer(self._visit)
            self._inner.finish()

    def on_connection_close(self) -> None:
        if not self._refused:
            self._inner.on_connection_close()


def _refuse(connection: httputil.HTTPConnection, sentence: str) -> None:
    """Answer a request under a foreign name with one sentence, and hang up."""
    body = sentence.encode()
    headers = httputil.HTTPHeaders(
        {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": "default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }
    )
    connection.write_headers(httputil.ResponseStartLine("HTTP/1.1", 421, ""), headers, body)
    connection.finish()


class SafeHeaders(OutputTransform):
    """What every answer says, or does not say."""

    def __init__(self, request: httputil.HTTPServerRequest) -> None:
        super().__init__(request)
        # Browsers apply it to all ports of a name: on loopback other programs would suffer.
        self._always_https = request.protocol == "https" and not is_local(
            request.headers.get("Host")
        )

    def transform_first_chunk(
        self, status_code: int, headers: httputil.HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, httputil.HTTPHeaders, bytes]:
        """Name no program and no version, and keep browsers to https."""
        headers.pop("Server", None)
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Content-Security-Policy", NOTHING)
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if self._always_https:
            headers["Strict-Transport-Security"] = HSTS
        return status_code, headers, chunk

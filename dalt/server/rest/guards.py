"""Checks before anything else reads a request: the token, and the size of the body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dalt.server.rest.errors import problem

OPEN = frozenset({"/health", "/docs", "/openapi.json", "/label-studio/health"})
"""Paths that reveal nothing about the project."""
REFUSED = (
    "This needs the server's token: send the header `Authorization: Bearer TOKEN`, or the token as "
    "the password of basic authentication."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one request.

    Attributes
    ----------
    body_bytes : int
    max_pixels : int
        Largest picture, by its header.
    waiting : int
        Predictions that may wait for their turn; further requests have to try again.
    """

    body_bytes: int = 32_000_000
    max_pixels: int = 64_000_000
    waiting: int = 64


class Doors:
    """Middleware: the token, compared in constant time, and the size of the body.

    Parameters
    ----------
    app : ASGI application
    token : str
        The empty text lets everybody in.
    body_bytes : int
    """

    def __init__(self, app: ASGIApp, token: str, body_bytes: int) -> None:
        self._app = app
        self._token = _digest(token.encode()) if token else None
        self._body_bytes = body_bytes
        self._too_large = f"The body is over {body_bytes:,} bytes; send less at once."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["path"] not in OPEN and not self._knows(headers.get(b"authorization", b"")):
            refusal = problem(401, REFUSED, {"WWW-Authenticate": 'Bearer realm="dalt"'})
            await refusal(scope, receive, send)
            return
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            await problem(400, "Content-Length is no number.")(scope, receive, send)
            return
        if len(length) > 18 or int(length) > self._body_bytes:
            await problem(413, self._too_large)(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        """Count a body of unknown length as it comes."""
        seen = 0

        async def counting() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._body_bytes:  # FastAPI passes on this kind of error alone
                    raise HTTPException(413, self._too_large)
            return message

        return counting

    def _knows(self, header: bytes) -> bool:
        if self._token is None:
            return True
        kind, _, value = header.partition(b" ")
        given = value.strip()
        if kind.lower() == b"basic":  # Label Studio sends a name and a password
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                given = b""
        elif kind.lower() not in (b"bearer", b"token"):
            given = b""
        return hmac.compare_digest(_digest(given), self._token)


def _digest(token: bytes) -> bytes:
    """Of fixed length, so a comparison does not reveal the length of a token."""
    return hashlib.sha256(token).digest()

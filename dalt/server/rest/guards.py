"""Checks before anything else reads a request: the host's name, the token, the body's size."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dalt.server.front.names import Names, refusal
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


class Token:
    """The server's token, compared in constant time.

    Parameters
    ----------
    token : str
        The empty text lets everybody in.

    Examples
    --------
    >>> Token("sesame").login([(b"authorization", b"Bearer sesame")])
    'token'
    >>> Token("sesame").login([])
    ''
    """

    def __init__(self, token: str) -> None:
        self._token = _digest(token.encode()) if token else None

    def login(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Say whether a request's headers have the token: a name of this login, or nothing."""
        return "token" if self.opens(dict(headers).get(b"authorization", b"")) else ""

    def opens(self, header: bytes) -> bool:
        """Whether the header ``Authorization`` has the token."""
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


class Doors:
    """Middleware: the host's name, the token, and the size of the body.

    Parameters
    ----------
    app : ASGI application
    token : Token
    names : Names
        The host names that are answered.
    body_bytes : int
    """

    def __init__(self, app: ASGIApp, token: Token, names: Names, body_bytes: int) -> None:
        self._app = app
        self._token = token
        self._names = names
        self._body_bytes = body_bytes
        self._too_large = f"The body is over {body_bytes:,} bytes; send less at once."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host")
        named = None if host is None else host.decode("latin-1")
        if not self._names.fits(named):
            await problem(421, refusal(named))(scope, receive, send)
            return
        if scope["path"] not in OPEN and not self._token.opens(headers.get(b"authorization", b"")):
            unknown = problem(401, REFUSED, {"WWW-Authenticate": 'Bearer realm="dalt"'})
            await unknown(scope, receive, send)
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


def _digest(token: bytes) -> bytes:
    """Of fixed length, so a comparison does not reveal the length of a token."""
    return hashlib.sha256(token).digest()

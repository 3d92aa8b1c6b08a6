"""Checks before anything else reads a request: names, the token, sizes; and what answers say."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dalt.server.front.names import HSTS, Names, is_local, refusal
from dalt.server.rest.errors import problem

OPEN = frozenset({"/health", "/docs", "/openapi.json", "/label-studio/health"})
"""Paths that reveal nothing about the project."""
REFUSED = (
    "This needs the server's token: send the header `Authorization: Bearer TOKEN`, or the token as "
    "the password of basic authentication."
)


FOREIGN = "This request comes from a page of another site; programs send no Origin."
HEAD_BYTES = 32_768
"""Of a request's head."""
ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
"""What every answer says that says nothing else: labels and samples lie in no cache."""
_log = logging.getLogger(__name__)


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
        safe = _Safe(scope, send)
        try:
            await self._enter(scope, receive, safe)
        except Exception:  # of ours: everything that a request can cause has its own answer
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if safe.begun:
                raise
            await problem(500, "Something went wrong here; the server has written down what.")(
                scope, receive, safe
            )

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        named = _host(headers)
        if not self._names.fits(named):
            await problem(421, refusal(named))(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
            await problem(431, f"The head is over {HEAD_BYTES:,} bytes.")(scope, receive, send)
            return
        if _is_foreign(headers):
            await problem(403, FOREIGN)(scope, receive, send)
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


class _Safe:
    """Sends an answer with what every answer says."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            said = [(name.lower(), value) for name, value in message.get("headers", ())]
            known = dict(said)
            said += [each for each in ALWAYS.items() if each[0] not in known]
            # Browsers apply it to all ports of a name: on loopback other programs would suffer.
            host = _host(dict(self._scope["headers"]))
            if self._scope["scheme"] == "https" and not is_local(host):
                said.append((b"strict-transport-security", HSTS.encode()))
            message = {**message, "headers": said}
        await self._send(message)


def _host(headers: Mapping[bytes, bytes]) -> str | None:
    host = headers.get(b"host")
    return None if host is None else host.decode("latin-1")


def _is_foreign(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser sends a request for a page of another site.

    A token in the head is no browser's own doing; where there is none to know, or the browser
    keeps it as a password, any page can have it send requests.
    """
    kind = headers.get(b"authorization", b"").partition(b" ")[0].lower()
    if kind in (b"bearer", b"token"):
        return False
    origin = headers.get(b"origin")
    if origin is not None:
        return origin.partition(b"://")[2].lower() != headers.get(b"host", b"").lower()
    site, mode = headers.get(b"sec-fetch-site", b""), headers.get(b"sec-fetch-mode", b"")
    return site == b"cross-site" and mode != b"navigate"


def _digest(token: bytes) -> bytes:
    """Of fixed length, so a comparison does not reveal the length of a token."""
    return hashlib.sha256(token).digest()

"""Speaks to a server of the OpenAI protocol: one request, its retries, and what went wrong."""

from __future__ import annotations

import email.utils
import http.client
import json
import os
import re
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dalt.core.errors import BadInput, first_line, os_reason, shown

LARGEST = 1 << 24
"""Bytes of an answer; what is longer is none."""
LONGEST_WAIT = 120.0
"""Seconds that a server may ask to wait; it has to be asked another time if it wants more."""
AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request can succeed."""
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")


class Refused(Exception):
    """The server does not take this request; another one may be fine.

    Attributes
    ----------
    said : str
        What the server said, in lower case, to find out what it does not like.
    """

    def __init__(self, reason: str, said: str = "") -> None:
        super().__init__(reason)
        self.said = said.lower()


class Failed(Exception):
    """A request failed for good; the next one may not."""


class Unusable(Exception):
    """No request can succeed: the server is away, the key is wrong, or there is no such model."""


class Stopped(Exception):
    """The person has interrupted the work."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where chat completions are asked for.

    Attributes
    ----------
    secure : bool
    host : str
    port : int or None
    path : str
        With its query.
    """

    secure: bool
    host: str
    port: int | None
    path: str

    def __str__(self) -> str:
        """Without the query, which may hold a secret."""
        port = "" if self.port is None else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.secure else ''}://{host}{port}{self.path.split('?')[0]}"

    @property
    def is_here(self) -> bool:
        """Whether nothing leaves this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def address_of(base_url: str) -> Address:
    """Read the address of a server.

    Parameters
    ----------
    base_url : str
        As servers document it: ``https://api.openai.com/v1``, ``http://localhost:11434/v1``; also
        without ``/v1``, or with ``/chat/completions`` at its end.

    Raises
    ------
    BadInput
        If it is no address, or has a password in it.

    Examples
    --------
    >>> str(address_of("http://localhost:8000"))
    'http://localhost:8000/v1/chat/completions'
    """
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), None, None
    if parts.username is not None or parts.password is not None:
        raise BadInput(
            "The address of the server has a name or password in it; a key is read from the "
            "environment, key='NAME_OF_THE_VARIABLE'."
        )
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", base_url):
        raise BadInput(
            f"base_url is the address of a server, like 'http://localhost:8000/v1', not "
            f"{shown(base_url)}."
        )
    path = parts.path.rstrip("/") or "/v1"
    if not path.endswith("/chat/completions"):
        path += "/chat/completions"
    return Address(
        parts.scheme == "https", host, port, path + (f"?{parts.query}" if parts.query else "")
    )


def check_variable(name: str | None) -> None:
    """Refuse what is no name of a variable of the environment, and do not repeat it: it is a key.

    Raises
    ------
    BadInput
        If it is none.
    """
    if name is not None and not _VARIABLE.fullmatch(name):
        raise BadInput(
            "key is the name of the variable of the environment that holds the key, such as "
            "'OPENAI_API_KEY'; a key itself does not belong into code."
        )


class Server:
    """Sends requests, again where that can help, until it is stopped.

    Parameters
    ----------
    address : Address
    variable : str or None
        Of the environment, with the key; it is read for each request and never kept.
    seconds : float
        The longest that one answer may take, from the first byte sent to the last one received.
    retries : int
    wait : callable, optional
        ``wait(seconds)`` returns early, and true, if the work is stopped meanwhile.
    """

    def __init__(
        self,
        address: Address,
        variable: str | None,
        seconds: float,
        retries: int,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self.address = address
        self._variable = variable
        self._seconds = seconds
        self._retries = retries
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._open: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._reached = False

    def begin(self) -> None:
        """Take requests again after `stop`."""
        self._stop.clear()

    def stop(self) -> None:
        """End what is under way: waiting requests are dropped, and open ones are closed."""
        self._stop.set()
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request, as JSON.

        Raises
        ------
        Refused
            If the server does not take it as it is.
        Failed
            If it failed as often as it may.
        Unusable
            If no other request would succeed.
        Stopped
        """
        data = json.dumps(body).encode()
        reason = ""
        for attempt in range(self._retries + 1):
            self._pause(attempt)
            try:
                status, headers, content = self._exchange(data)
            except (OSError, http.client.HTTPException) as error:
                if self._stop.is_set():
                    raise Stopped from None
                reason = self._why(error)
                # One that never answered is tried twice: more would only hold the person up.
                away = isinstance(error, ConnectionRefusedError | socket.gaierror | TimeoutError)
                if away and attempt and not self._reached:
                    raise Unusable(reason) from None
                if isinstance(error, ssl.SSLCertVerificationError):
                    raise Unusable(reason) from None
                continue
            self._reached = True
            if status == 200:
                return self._json(content)
            reason = self._refusal(status, content)
            if status in (401, 403, 404) or 300 <= status < 400:
                raise Unusable(reason)
            if status not in AGAIN:
                raise Refused(reason, content.decode(errors="replace"))
            self._respect(headers)
        raise (Failed if self._reached else Unusable)(reason)

    # --- waiting ------------------------------------------------------------------------------

    def _pause(self, attempt: int) -> None:
        """Wait before a retry, twice as long each time, and as long as the server has asked."""
        backoff = 2.0 ** (attempt - 1) if attempt else 0.0
        asked = self._not_before - time.monotonic()
        longest = max(backoff, asked)
        if (longest > 0 and self._wait(longest)) or self._stop.is_set():
            raise Stopped

    def _respect(self, headers: Mapping[str, str]) -> None:
        """Hold all requests back for as long as the server asks."""
        seconds = seconds_to_wait(headers.get("retry-after"))
        if seconds > LONGEST_WAIT:
            raise Unusable(
                f"{self.address} asks to wait for {seconds:.0f} seconds before it answers again."
            )
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    # --- one exchange -------------------------------------------------------------------------

    def _exchange(self, data: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers by lower-case names, and content."""
        connection, path, headers = self._connection()
        with self._lock:
            self._open.add(connection)
        late = threading.Event()

        def end() -> None:
            late.set()
            _shut(connection)

        # A socket's own limit is one of each wait: who sends a byte a minute would never end.
        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            connection.request("POST", path, data, headers)
            response = connection.getresponse()
            content = response.read(LARGEST + 1)
            if response.length and len(content) <= LARGEST:
                raise http.client.IncompleteRead(content)
            found = {name.lower(): value for name, value in response.getheaders()}
            if late.is_set():
                raise TimeoutError
            return response.status, found, content
        except (OSError, http.client.HTTPException):
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _connection(self) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
        """A connection, by the proxy that the environment names, with the path and headers."""
        address = self.address
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if (key := self._key()) is not None:
            headers["Authorization"] = f"Bearer {key}"
        kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
        scheme = "https" if address.secure else "http"
        proxy = urllib.request.getproxies().get(scheme)
        if not proxy or address.is_here or urllib.request.proxy_bypass(address.host):
            return kind(address.host, address.port, timeout=self._seconds), address.path, headers
        parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
        connection = kind(parts.hostname or "", parts.port, timeout=self._seconds)
        if address.secure:
            connection.set_tunnel(address.host, address.port)
            return connection, address.path, headers
        port = "" if address.port is None else f":{address.port}"
        return connection, f"http://{address.host}{port}{address.path}", headers

    def _key(self) -> str | None:
        key = os.environ.get(self._variable, "").strip() if self._variable else ""
        if not key:
            return None
        if not key.isascii() or not key.isprintable():
            raise Unusable(f"The variable {self._variable} of the environment holds no valid key.")
        if not self.address.secure and not self.address.is_here:
            raise Unusable(
                f"The key in {self._variable} would go to {self.address} without encryption: use "
                "https, or key=None if the server needs none."
            )
        return key

    # --- sentences ----------------------------------------------------------------------------

    def _why(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"{self.address} did not answer within {self._seconds:g} seconds."
        if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
            return f"{self.address} closed the connection before it had answered."
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"{self.address} cannot be trusted: {error.verify_message}."
        what = os_reason(error) if isinstance(error, OSError) else first_line(error)
        return f"{self.address} cannot be reached: {self._clean(what)}."

    def _refusal(self, status: int, content: bytes) -> str:
        """Why the server refused, in its own words where they cannot repeat the key."""
        about = f"{self.address} answered {status}"
        if status in (401, 403):
            where = f"in {self._variable}" if self._variable else "because it was given none"
            return f"{about}: it does not take the key {where}."
        if 300 <= status < 400:
            return f"{about}, a redirect: give the address that it leads to as base_url."
        said = http.client.responses.get(status, "")
        try:
            error = json.loads(content)
            error = error.get("error", error)
            said = str(error.get("message", said) if isinstance(error, dict) else error)
        except (ValueError, AttributeError, RecursionError):
            pass
        return f"{about}: {self._clean(said)[:200].rstrip('.')}."

    def _clean(self, said: str) -> str:
        """What somebody said as one line, without the key."""
        key = os.environ.get(self._variable, "").strip() if self._variable else ""
        said = first_line(said)
        return said.replace(key, "…") if key else said

    def _json(self, content: bytes) -> dict[str, Any]:
        try:
            said = json.loads(content) if len(content) <= LARGEST else None
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise Failed(f"{self.address} gave an answer that is no JSON object.")
        return said


def seconds_to_wait(said: str | None, now: float | None = None) -> float:
    """What a ``Retry-After`` asks for: seconds, or a time; 0 where it says nothing.

    Examples
    --------
    >>> seconds_to_wait("3"), seconds_to_wait(None), seconds_to_wait("soon")
    (3.0, 0.0, 0.0)
    >>> seconds_to_wait("Thu, 01 Jan 1970 00:01:00 GMT", now=50.0)
    10.0
    """
    if said is None:
        return 0.0
    try:
        seconds = float(said)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(said).timestamp()
        except (ValueError, OverflowError, TypeError):
            return 0.0
        seconds = at - (time.time() if now is None else now)
    return seconds if 0 <= seconds < float("inf") else 0.0


def _shut(connection: http.client.HTTPConnection) -> None:
    """Wake whoever waits for this connection."""
    try:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended by itself

"""The websocket between a page and its kernel: messages of widgets, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1
from tornado.web import HTTPError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from dalt.page.protocol import BY_ITSELF

PROTOCOL = "v1.kernel.websocket.jupyter.org"
FROM_PAGE = {"comm_open", "comm_msg", "comm_close", "comm_info_request", "kernel_info_request"}
"""Message types that a page may send: no execution, completion, history or debugging."""

OPENED_BY_PAGE = {"jupyter.widget.control"}
"""The comm target that a page may open, to ask for the states of all widgets."""

TO_PAGE = {
    *("comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply"),
    *("status", "display_data", "update_display_data", "clear_output"),
}
"""Message types that a page receives: no sources, no tracebacks, no prints."""

MOST_PARTS = 512
BURST, STEADY = 2_000, 200
"""Messages that a page may send at once, and each second in the long run: people send a few."""


class Allowance:
    """How many messages a page may still send; one that floods would keep others waiting.

    Parameters
    ----------
    clock : callable
        A monotonic clock, in seconds.

    Examples
    --------
    >>> now = [0.0]
    >>> allowance = Allowance(lambda: now[0])
    >>> all(allowance.take() for _ in range(BURST)), allowance.take()
    (True, False)
    >>> now[0] = 1.0
    >>> sum(allowance.take() for _ in range(BURST)) == STEADY
    True
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._at = float(BURST), clock()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = self._clock()
        self._left = min(BURST, self._left + STEADY * (now - self._at))
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class NotAllowed(Exception):
    """A page has no reason to send this."""


class Channels(VoilaKernelWebsocketHandler):
    """Accepts only the page of the kernel's owner."""

    @ws_authenticated
    async def get(self, kernel_id: str) -> None:
        """Open a connection, or refuse it before that."""
        if not self.kernel_manager.belongs(kernel_id, self.current_user):
            raise HTTPError(403, "This is no kernel of yours.")
        if not self.check_origin():
            raise HTTPError(403, "This page comes from elsewhere.")
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [each.strip() for each in offered.split(",")]:
            # Voilà parses every message as this protocol; in another one it would count up to a
            # garbage number, and the server would hang.
            raise HTTPError(400, f"Only {PROTOCOL} is spoken here.")
        await super().get(kernel_id)

    async def open(self, kernel_id: str) -> None:
        """Go on only in the requested protocol."""
        self._allowance = Allowance()
        if self.selected_subprotocol != PROTOCOL:
            self.close(1002, "protocol")
            return
        self._connections.setdefault(kernel_id, set()).add(self)
        self.kernel_manager.use(kernel_id)
        await super().open(kernel_id)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say nothing but the number."""
        self.set_status(status_code)
        self.finish()

    def on_close(self) -> None:
        """Forget the connection."""
        self._connections.get(self.kernel_id, set()).discard(self)
        if not self._connections.get(self.kernel_id):
            self._connections.pop(self.kernel_id, None)
        super().on_close()

    def on_message(self, ws_message: Any) -> None:
        """Pass on allowed messages; a page that sends anything else is disconnected."""
        person = self.current_user
        if not self.kernel_manager.belongs(self.kernel_id, person) or self.connection is None:
            self.close(1008, "over")
            return
        if not self._allowance.take():
            self.log.warning("The page of %s sent too many messages at once", person.username)
            self.close(1008, "too many")
            return
        try:
            content = allowed(ws_message)
        except NotAllowed as error:
            self.log.warning("Refused from the page of %s: %s", person.username, error)
            self.close(1008, "not allowed")
            return
        if by_hand(content):
            self.kernel_manager.use(self.kernel_id)
        super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Send the page the messages that concern it."""
        if not isinstance(message, bytes) or _type(message) not in TO_PAGE:
            return None
        return super().write_message(message, binary)

    @property
    def _connections(self) -> dict[str, set[Channels]]:
        return self.settings["dalt_connections"]


def allowed(message: Any) -> Mapping[str, Any]:
    """Read a page's message.

    Parameters
    ----------
    message : bytes
        In version 1 of Jupyter's protocol.

    Returns
    -------
    mapping
        The content of a widget's message; empty for others.

    Raises
    ------
    NotAllowed
        If a page has no reason to send it.
    """
    channel, parts = _parts(message)
    if channel != "shell":
        raise NotAllowed(f"a message on {channel[:20]!r}")
    try:
        header, content = json.loads(parts[0]), json.loads(parts[3])
        kind = header["msg_type"]
        target = content.get("target_name")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAllowed("a message that makes no sense") from error
    if kind not in FROM_PAGE:
        raise NotAllowed(f"{str(kind)[:40]!r}")
    if kind == "comm_open" and target not in OPENED_BY_PAGE:
        raise NotAllowed(f"opening {str(target)[:40]!r}")
    data = content.get("data") if kind == "comm_msg" else None
    return data if isinstance(data, dict) else {}


def by_hand(data: Mapping[str, Any]) -> bool:
    """Whether a person did something, as opposed to the page by itself."""
    if data.get("method") == "update":
        return True
    if data.get("method") != "custom":
        return False
    content = data.get("content")
    return not (isinstance(content, dict) and content.get("type") in BY_ITSELF)


def _parts(message: Any) -> tuple[str, list[bytes]]:
    """Split a message, however wrong its offsets are."""
    if not isinstance(message, bytes) or len(message) < 8:
        raise NotAllowed("a message in another protocol")
    count = int.from_bytes(message[:8], "little")
    if not 6 <= count <= MOST_PARTS or len(message) < 8 * (count + 1):
        raise NotAllowed("a message of a wrong form")
    offsets = [int.from_bytes(message[8 * i : 8 * (i + 1)], "little") for i in range(1, count + 1)]
    if sorted(offsets) != offsets or offsets[-1] > len(message):
        raise NotAllowed("a message of a wrong form")
    try:
        return deserialize_msg_from_ws_v1(message)
    except ValueError as error:
        raise NotAllowed("a message of a wrong form") from error


def _type(message: bytes) -> str | None:
    """The type of a kernel's message."""
    try:
        _, parts = deserialize_msg_from_ws_v1(message)
        kind = json.loads(parts[0])["msg_type"]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return str(kind)

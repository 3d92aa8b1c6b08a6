"""Whose word counts on where a request comes from: that of the proxy, and of nobody else.

Anybody can send ``X-Forwarded-For``.  Whoever is believed chooses the address by which failed
logins are counted, and so guesses as often as they like.
"""

from __future__ import annotations

import ipaddress
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dalt.core.errors import WrongUsage, shown

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FOR, PROTO = "X-Forwarded-For", "X-Forwarded-Proto"
_OTHERS = ("X-Real-Ip", "X-Scheme")
"""What tornado prefers to the two above, and many proxies pass on as a stranger sent it."""

_IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))
_ROUTES = Path("/proc/net/route")


@dataclass(frozen=True, slots=True)
class Proxies:
    """The addresses of proxies.

    Attributes
    ----------
    networks : tuple of Network

    Examples
    --------
    >>> proxies = Proxies.of(["10.0.0.0/24"])
    >>> proxies.have("127.0.0.1"), proxies.have("10.0.0.7"), proxies.have("203.0.113.1")
    (True, True, False)
    >>> headers = {"X-Forwarded-For": "203.0.113.9, 203.0.113.1, 10.0.0.7", "X-Real-Ip": "::1"}
    >>> proxies.clean(headers, "127.0.0.1")
    >>> headers
    {'X-Forwarded-For': '203.0.113.1'}
    """

    networks: tuple[Network, ...]

    @classmethod
    def of(cls, given: Sequence[str] = ()) -> Proxies:
        """Believe this machine, that of a container it runs in, and what is given.

        Parameters
        ----------
        given : sequence of str
            Addresses and networks, such as "10.0.0.7" and "10.0.0.0/24".

        Raises
        ------
        WrongUsage
            If one is neither.
        """
        host = host_of_container()
        own = ("127.0.0.0/8", "::1", *(() if host is None else (host,)))
        return cls(tuple(_network(each) for each in (*own, *given)))

    def have(self, address: str) -> bool:
        """Whether an address is a proxy's; a text that is no address is nobody's."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        plain = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(plain in network for network in self.networks)

    def clean(self, headers: MutableMapping[str, str], address: str) -> None:
        """Leave of a request's headers only what a proxy says of whom it asks for.

        Parameters
        ----------
        headers : mutable mapping of str to str
        address : str
            Where the connection comes from.
        """
        for name in _OTHERS:
            headers.pop(name, None)
        said = headers.pop(FOR, "")
        if not self.have(address):
            headers.pop(PROTO, None)
            return
        # Each proxy adds the address that it sees at the end; what stands before is hearsay.
        steps = [step.strip() for step in said.split(",") if step.strip()]
        headers[FOR] = next((step for step in reversed(steps) if not self.have(step)), address)


def host_of_container(marks: Sequence[Path] = _IN_CONTAINER, routes: Path = _ROUTES) -> str | None:
    """The machine on which this container runs: a proxy there reaches it by the gateway.

    Returns
    -------
    str or None
        None outside of containers, and where it cannot be told.
    """
    if not any(mark.exists() for mark in marks):
        return None
    try:
        lines = [line.split() for line in routes.read_text("ascii").splitlines()[1:]]
        gateway = next(line[2] for line in lines if line[1] == "00000000")
        return str(ipaddress.IPv4Address(bytes.fromhex(gateway)[::-1]))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise WrongUsage(
            f"--proxy {shown(text)} is no address of a proxy: 10.0.0.7 or 10.0.0.0/24, for example."
        ) from None

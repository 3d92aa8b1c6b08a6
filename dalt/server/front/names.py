"""The names under which a server answers.

A page of another site can point its own name at this machine ("DNS rebinding"): its scripts then
reach a server that listens on loopback, under that foreign name.  Numbers cannot be pointed
elsewhere, so they are always right.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dalt.core.errors import WrongUsage, shown

LOCAL_ADDRESSES = ("127.0.0.1", "::1", "localhost")
HSTS = f"max-age={7 * 86_400}"
"""Browsers come back by https for that long, as long as a login lasts."""
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\[\]:]+)(?::\d{1,5})?")
_NAME = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z0-9_-]+\.?")


@dataclass(frozen=True, slots=True)
class Names:
    """Which ``Host`` headers are answered.

    Attributes
    ----------
    allowed : tuple of str
        Names beside this machine's own, such as "label.example.org".
    checked : bool
        Whether names are checked at all.

    Examples
    --------
    >>> names = Names(("label.example.org",))
    >>> [names.fits(host) for host in ("localhost:8866", "10.0.0.7", "label.example.org")]
    [True, True, True]
    >>> names.fits("evil.com:8866")
    False
    """

    allowed: tuple[str, ...] = ()
    checked: bool = True

    @classmethod
    def of(
        cls, ip: str, allowed: Sequence[str] = (), *, is_open: bool, behind_proxy: bool = False
    ) -> Names:
        """The names of a server.

        They are checked where nobody has to log in, wherever a name was allowed, and on
        loopback unless a proxy passes on names.

        Parameters
        ----------
        ip : str
            The address that it listens on.
        allowed : sequence of str
        is_open : bool
            Whether nobody has to log in.
        behind_proxy : bool

        Raises
        ------
        WrongUsage
            If one of them is no name.
        """
        for name in allowed:
            if not _NAME.fullmatch(name):
                raise WrongUsage(
                    f"--allow-host {shown(name)} is no host name: label.example.org, for example, "
                    "without https:// and without a port."
                )
        local = ip in LOCAL_ADDRESSES and not behind_proxy
        return cls(
            (*(_plain(name) for name in allowed), _plain(ip)), is_open or local or bool(allowed)
        )

    def fits(self, host: str | None) -> bool:
        """Whether a request with this ``Host`` header is answered.

        Parameters
        ----------
        host : str or None
            With or without a port; None where there is no header, as only old programs do.
        """
        if not self.checked or host is None:
            return True
        found = _HOST.fullmatch(host.strip())
        if found is None:
            return False
        name = _plain(found[1].strip("[]"))
        return (
            name == "localhost"
            or name.endswith(".localhost")
            or name in self.allowed
            or _is_number(name)
        )


def is_local(host: str | None) -> bool:
    """Whether a ``Host`` header names this machine by loopback.

    Examples
    --------
    >>> is_local("127.0.0.1:8866"), is_local("[::1]:80"), is_local("10.0.0.7"), is_local(None)
    (True, True, False, False)
    """
    found = _HOST.fullmatch((host or "").strip())
    name = _plain(found[1].strip("[]")) if found else ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return _is_number(name) and ipaddress.ip_address(name).is_loopback


def refusal(host: str | None) -> str:
    """The sentence for a request under a foreign name."""
    name = shown((host or "").partition(":")[0][:80])
    return (
        f"This server does not answer to the name {name}: open it by the address that it printed, "
        "or start it with --allow-host and that name."
    )


def _plain(name: str) -> str:
    return name.casefold().rstrip(".")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

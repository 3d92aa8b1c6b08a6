"""Protection against guessing: too many failures make a person wait, and nobody else.

An office has one address.  So an address with many failures is slowed down and never shut, and
browsers that have logged in before are counted by themselves.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 900.0
"""Seconds for which a failure counts."""

ALLOWED = {"pair": 5, "name": 50, "address": 30, "browser": 10}
"""Failures within the window before the next attempt waits."""

SPACED_SECONDS = 2.0
"""Attempts of an address with too many failures are let through that far apart."""

FIRST_WAIT = 15.0
LONGEST_WAIT = 300.0
REMEMBERED = 20_000


@dataclass(slots=True)
class _Tally:
    failures: int = 0
    last: float = 0.0


class Throttle:
    """Counts failures by name, by address, and by both; or by browser, where it is known.

    An attempt counts as a failure until it succeeds, so many at once do not slip through.

    Parameters
    ----------
    clock : callable
        A monotonic clock, in seconds.

    Examples
    --------
    >>> throttle = Throttle()
    >>> for _ in range(5):
    ...     assert throttle.attempt("ana", "10.0.0.1") == 0
    >>> throttle.attempt("ana", "10.0.0.1") > 0
    True
    >>> throttle.attempt("ana", "10.0.0.2"), throttle.attempt("ben", "10.0.0.1")
    (0.0, 0.0)
    >>> throttle.attempt("ana", "10.0.0.1", browser="she has logged in with this one before")
    0.0
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tallies: OrderedDict[tuple[str, str, str], _Tally] = OrderedDict()

    def attempt(self, name: str, address: str, browser: str = "") -> float:
        """Count an attempt.

        Parameters
        ----------
        name : str
            Empty where a token opens the page for everybody.
        address : str
            The address of the attempt.
        browser : str
            What tells a browser in which this person has logged in before; else empty.

        Returns
        -------
        float
            0 if the attempt is allowed; otherwise the seconds to wait, and it does not count.
        """
        keys = self._keys(name, address, browser)
        wait = max(self._wait(key) for key in keys)
        if wait > 0:
            return wait
        now = self._clock()
        for key in keys:
            tally = self._tallies.setdefault(key, _Tally())
            if now - tally.last > WINDOW:
                tally.failures = 0
            tally.failures += 1
            tally.last = now
            self._tallies.move_to_end(key)
        while len(self._tallies) > REMEMBERED:
            self._tallies.popitem(last=False)
        return 0.0

    def succeeded(self, name: str, address: str, browser: str = "") -> None:
        """Take back what `attempt` counted: it was no failure."""
        for key in self._keys(name, address, browser):
            tally = self._tallies.get(key)
            if tally is None:
                continue
            # Nothing is left of this name from this address; others' failures stay.
            tally.failures = 0 if key[0] in ("pair", "browser") else max(0, tally.failures - 1)
            if not tally.failures:
                del self._tallies[key]

    def _wait(self, key: tuple[str, str, str]) -> float:
        tally = self._tallies.get(key)
        if tally is None:
            return 0.0
        passed = self._clock() - tally.last
        beyond = tally.failures - ALLOWED[key[0]]
        if beyond < 0 or passed > WINDOW:
            return 0.0
        if key[0] == "address":
            return max(0.0, SPACED_SECONDS - passed)
        return max(0.0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(beyond, 10)) - passed)

    @staticmethod
    def _keys(name: str, address: str, browser: str) -> list[tuple[str, str, str]]:
        name, place = name.strip()[:200].casefold(), _place(address)
        if browser:
            return [("browser", name, browser)]
        if not name:  # many people share a token, and an address
            return [("address", "", place)]
        return [("pair", name, place), ("name", name, ""), ("address", "", place)]


def _place(address: str) -> str:
    """A person with one IPv6 address has its whole network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False))

"""Who may hold a connection, and for how long.

A process may open some thousand files, often 1,024, and each connection is one.  So strangers
share a few places: whoever comes next takes the place of the stranger who has been asking for
longest.  Nobody who is logged in ever makes room for a stranger.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SUPPOSED_FILES = 1_024
"""Files that a process may open where the system does not say how many."""

MOST_STRANGERS = 256
"""Places of strangers, however many files there may be: nobody needs one for long."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many connections there may be, and how long one may ask.

    Attributes
    ----------
    strangers : int
        Connections of people who are not logged in, or have not said who they are yet.
    for_address : int
        Of those, how many of one address.
    known : int
        Connections of those who are logged in.
    for_login : int
        Of those, how many of one login.
    asking_seconds : float
        A stranger's request is complete after this time, or the connection is closed.
    idle_seconds : float
        So is a connection of somebody who is logged in, if it asks for nothing.

    Examples
    --------
    >>> Places.of_files(1_024).strangers, Places.of_files(65_536).strangers
    (256, 256)
    """

    strangers: int
    for_address: int
    known: int
    for_login: int
    asking_seconds: float = 10.0
    idle_seconds: float = 75.0

    @classmethod
    def of_files(cls, files: int | None = None, *, one_login: bool = False) -> Places:
        """Share what a process may open: a quarter to strangers, three eighths to those logged in.

        The rest is for kernels, the database and files.

        Parameters
        ----------
        files : int, optional
            How many files the process may open; by default what the system says.
        one_login : bool
            Whether all programs have the same token, so one login may take all places.
        """
        files = _may_open() if files is None else files
        strangers = max(8, min(MOST_STRANGERS, files // 4))
        known = max(16, files * 3 // 8)
        return cls(
            strangers=strangers,
            for_address=max(4, strangers * 3 // 4),
            known=known,
            for_login=known if one_login else min(known, 64),
        )


@dataclass(slots=True, eq=False)
class Visit:
    """One connection.

    Attributes
    ----------
    address : str
        Where it comes from.
    hang_up : callable
        Closes it.
    since : float
        Since when it asks, or has been answered, by the gate's clock.
    unread : callable
        Says whether it has said something that nobody has read yet.
    login : str
        Whose connection it is; empty as long as it is a stranger's.
    asking : bool
        Whether its next request is not complete yet.
    """

    address: str
    hang_up: Callable[[], None]
    since: float
    unread: Callable[[], bool] = bool
    login: str = ""
    asking: bool = True


@dataclass(slots=True)
class Gate:
    """Counts connections, and closes those that ask for too long or are too many.

    Parameters
    ----------
    places : Places
    clock : callable
        A monotonic clock, in seconds.

    Attributes
    ----------
    turned_away : int
        Connections that were closed by the gate.

    Examples
    --------
    >>> closed = []
    >>> gate = Gate(Places(strangers=2, for_address=2, known=2, for_login=2))
    >>> visits = [gate.enter("10.0.0.1", lambda i=i: closed.append(i)) for i in range(2)]
    >>> gate.recognise(visits[0], "ana")  # no stranger takes this place any more
    >>> for i in range(2, 5):
    ...     visit = gate.enter("10.0.0.1", lambda i=i: closed.append(i))
    >>> closed
    [1, 2]
    """

    places: Places
    clock: Callable[[], float] = time.monotonic
    turned_away: int = 0
    _visits: dict[Visit, None] = field(default_factory=dict)  # in the order of their coming

    def enter(
        self, address: str, hang_up: Callable[[], None], unread: Callable[[], bool] = bool
    ) -> Visit:
        """Take a new connection; a stranger's that asks for longest may have to go for it.

        Parameters
        ----------
        address : str
        hang_up : callable
            Closes the connection; `leave` may be called by it or later.
        unread : callable
            Says whether it has said something that nobody has read yet; it may keep its place
            then.  By default nothing has.

        Returns
        -------
        Visit
        """
        visit = Visit(address, hang_up, self.clock(), unread)
        self._visits[visit] = None
        strangers = [each for each in self._visits if not each.login]
        here = [each for each in strangers if each.address == address]
        if len(here) > self.places.for_address:
            self._make_room(here, visit)
        elif len(strangers) > self.places.strangers:
            self._make_room(_of_most(strangers), visit)
        return visit

    def recognise(self, visit: Visit, login: str) -> None:
        """Note who is logged in on a connection; the empty text is nobody any more.

        Parameters
        ----------
        visit : Visit
        login : str
            Of one login, not of one person: a shared name does not share the places.
        """
        if visit.login == login or visit not in self._visits:
            return
        visit.login = login
        if not login:
            return
        known = [each for each in self._visits if each.login]
        own = [each for each in known if each.login == login]
        if len(own) > self.places.for_login:
            self._make_room(own, visit)
        elif len(known) > self.places.known:
            self._make_room(known, visit)

    def answer(self, visit: Visit) -> None:
        """Note that the request is complete: the connection is not closed before its answer."""
        visit.asking = False
        visit.since = self.clock()

    def listen(self, visit: Visit) -> None:
        """Note that the answer is complete, and the connection may ask again."""
        if not visit.asking:
            visit.asking = True
            visit.since = self.clock()

    def leave(self, visit: Visit) -> None:
        """Forget a connection that is closed."""
        self._visits.pop(visit, None)

    def sweep(self) -> None:
        """Close what asks for too long; call it about once a second."""
        now = self.clock()
        for visit in list(self._visits):
            allowed = self.places.idle_seconds if visit.login else self.places.asking_seconds
            if visit.asking and now - visit.since > allowed:
                self._close(visit)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._visits)

    def _make_room(self, visits: list[Visit], newest: Visit) -> None:
        """Close the one that asks for longest; the newest only if all others are being answered.

        Who has said something that is not read yet may be somebody who is logged in: of those
        who ask, they go last.
        """
        asking = [each for each in visits if each.asking and each is not newest]
        asking.sort(key=lambda each: each.since)
        silent = next((each for each in asking if not each.unread()), None)
        self._close(silent or next(iter(asking), newest))

    def _close(self, visit: Visit) -> None:
        self.turned_away += 1
        self.leave(visit)
        visit.hang_up()


def _of_most(strangers: list[Visit]) -> list[Visit]:
    """Those of the address that has the most."""
    by_address: dict[str, list[Visit]] = {}
    for each in strangers:
        by_address.setdefault(each.address, []).append(each)
    return max(by_address.values(), key=len)


def _may_open() -> int:
    if sys.platform == "win32":
        return SUPPOSED_FILES
    import resource

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return SUPPOSED_FILES if soft == resource.RLIM_INFINITY else soft

"""What the owner of a project may change of the accounts of those who log in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dalt.core.errors import shown
from dalt.core.records import BadInput
from dalt.storage.accounts import (
    Account,
    Accounts,
    Annotators,
    account_of,
    check_name,
    new_password,
)

ACCOUNTS = "DALT_ACCOUNTS"
"""Environment variable: the file of accounts.  `dalt serve` names it to the kernels of the owner's
pages, and to no others."""


class Team:
    """The accounts in the hands of an owner who is in them.

    Each change is made only while that person still is an owner there.

    Parameters
    ----------
    path : Path
        The file of accounts; it is there.
    owner : str
        The name of the person who makes the changes.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "annotators.json"
    >>> Annotators(path).add("olga", "owner of it all", owner=True)
    >>> team = Team(path, "olga")
    >>> team.add("ana", "correct horse")
    'correct horse'
    >>> team.remove("olga")
    Traceback (most recent call last):
    dalt.core.errors.BadInput: You cannot remove yourself: another owner can.
    """

    def __init__(self, path: Path, owner: str) -> None:
        self._annotators = Annotators(path)
        self._owner = owner

    def all(self) -> list[Account]:
        """Everybody, by name.

        Raises
        ------
        BadInput
            If the file cannot be read.
        """
        return self._annotators.all()

    def pulse(self) -> object:
        """Something cheap that differs once somebody has changed the file."""
        try:
            status = self._annotators.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def add(self, name: str, password: str = "", owner: bool = False) -> str:
        """Let a new person log in, and return their password.

        Parameters
        ----------
        name : str
        password : str
            Made up if it is empty.
        owner : bool
            Whether they see the owner's pages, too.

        Raises
        ------
        BadInput
            If there is somebody of that name, or name or password is not valid.
        """
        name = check_name(name)
        if self._annotators.find(name) is not None:
            raise _taken(name)  # before the slow hash
        password = password or new_password()
        account = account_of(name, password, owner)

        def with_them(accounts: Accounts) -> Accounts:
            if name in accounts:
                raise _taken(name)
            return {**accounts, name: account}

        self._change(with_them)
        return password

    def renew(self, name: str, password: str = "") -> str:
        """Give a person another password, and return it; their logins end.

        Parameters
        ----------
        name : str
        password : str
            Made up if it is empty.

        Raises
        ------
        BadInput
            If nobody has that name, or the password is not valid.
        """
        password = password or new_password()
        hashed = account_of(name, password).password

        def renewed(accounts: Accounts) -> Accounts:
            known = self._known(accounts, name)
            return {**accounts, name: Account(name, hashed, known.owner)}

        self._change(renewed)
        return password

    def remove(self, name: str) -> None:
        """Keep a person from logging in; their pages end, and their labels stay.

        Raises
        ------
        BadInput
            If nobody has that name, or it is the name of who asks.
        """
        if name == self._owner:
            raise BadInput("You cannot remove yourself: another owner can.")

        def without(accounts: Accounts) -> Accounts:
            self._known(accounts, name)
            return {key: account for key, account in accounts.items() if key != name}

        self._change(without)

    def _change(self, change: Callable[[Accounts], Accounts]) -> None:
        """Change the accounts, if whoever asks still is an owner: so one always stays."""

        def allowed(accounts: Accounts) -> Accounts:
            mine = accounts.get(self._owner)
            if mine is None or not mine.owner:
                raise BadInput("Only an owner of this project can change who logs in.")
            return change(accounts)

        self._annotators.change(allowed)

    @staticmethod
    def _known(accounts: Accounts, name: str) -> Account:
        if name not in accounts:
            raise BadInput(f"Nobody named {shown(name)} can log in any more.")
        return accounts[name]


def _taken(name: str) -> BadInput:
    return BadInput(f"Somebody named {shown(name)} can log in already; choose another name.")

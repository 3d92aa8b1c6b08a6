"""Who may label: names and hashed passwords in a file of the project's owner."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from dalt.core.errors import is_unicode, not_written, os_reason, shown
from dalt.core.files import write_atomically
from dalt.core.records import BadInput

SHORTEST = 8
"""Minimum number of characters of a password."""

LONGEST = 1_000
LONGEST_NAME = 100
_SIGNS = "abcdefghijkmnopqrstuvwxyz23456789"
"""Letters and digits that nobody takes for one another: no l, no 0 and no 1."""
Accounts = Mapping[str, "Account"]
"""Everybody by name."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person.

    Attributes
    ----------
    name : str
        Recorded with every label of that person.
    password : str
        Hashed by Argon2id, with its salt.
    owner : bool
        Whether the person may see the pages of the project's owner.
    """

    name: str
    password: str
    owner: bool = False


class Annotators:
    """The file of annotators; it is read anew at every look.

    Parameters
    ----------
    path : Path
        JSON that only its owner can read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> annotators = Annotators(Path(tempfile.mkdtemp()) / "annotators.json")
    >>> annotators.add("ana", "correct horse")
    >>> annotators.find("ana").owner
    False
    >>> [account.name for account in annotators.all()]
    ['ana']
    >>> annotators.remove("ana")
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._accounts: Mapping[str, Account] = {}

    def all(self) -> list[Account]:
        """Everybody, by name.

        Raises
        ------
        BadInput
            If the file is missing or is not a file of annotators.
        """
        return sorted(self._read().values(), key=lambda account: account.name)

    def find(self, name: str) -> Account | None:
        """Find the account of this name, if there is one.

        Raises
        ------
        BadInput
            As `all`.
        """
        return self._read().get(name)

    def add(self, name: str, password: str, owner: bool = False) -> None:
        """Add a person, or change a password; this makes the file if there is none.

        Raises
        ------
        BadInput
            If the name or the password is not valid, or the file cannot be written.
        """
        account = account_of(name, password, owner)
        self.change(lambda accounts: {**accounts, account.name: account}, missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a person; their labels stay.

        Raises
        ------
        BadInput
            If there is nobody with that name.
        """

        def without(accounts: Accounts) -> Accounts:
            if name not in accounts:
                raise BadInput(f"There is nobody named {shown(name)} in {self.path}.")
            return {key: account for key, account in accounts.items() if key != name}

        self.change(without)

    def change(self, change: Callable[[Accounts], Accounts], missing_ok: bool = False) -> None:
        """Write what a function makes of the accounts; nobody else writes meanwhile.

        Parameters
        ----------
        change : callable
            Gets everybody by name, and returns everybody; what it raises changes nothing.
        missing_ok : bool
            Begin with nobody if there is no file.

        Raises
        ------
        BadInput
            If the file cannot be read or written.
        """
        try:
            if not missing_ok or self.path.exists():
                self._read()  # nothing is left beside what is no file of annotators
            # A name that hardly is another file's: who locks a file empties it.
            with FileLock(self.path.with_name(f".{self.path.name}.lock"), mode=0o600):
                there = missing_ok and not self.path.exists()
                self._write(change({} if there else dict(self._read())))
        except OSError as error:
            raise not_written(self.path, error) from error

    def _write(self, accounts: Accounts) -> None:
        people = {
            account.name: {"password": account.password, "owner": account.owner}
            for account in accounts.values()
        }
        content = json.dumps({"annotators": people}, ensure_ascii=False, indent=2) + "\n"
        # Only its owner can read it from the first byte on; readers see the old or the new file.
        write_atomically(self.path, content, mode=0o600)

    def _read(self) -> Mapping[str, Account]:
        try:
            with self.path.open(encoding="utf-8") as file:
                status = os.fstat(file.fileno())
                seen = (status.st_ino, status.st_mtime_ns, status.st_size)
                if seen != self._seen:
                    self._accounts = _accounts(json.load(file))
                    self._seen = seen
        except FileNotFoundError as error:
            raise BadInput(
                f"There is no file {self.path}; make it by: dalt annotators add {self.path} NAME"
            ) from error
        except OSError as error:
            raise BadInput(f"{self.path} cannot be read: {os_reason(error)}.") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadInput(
                f"{self.path} is no file of annotators ({error}); make one by: "
                f"dalt annotators add FILE NAME"
            ) from error
        return self._accounts


def _accounts(content: Any) -> dict[str, Account]:
    accounts = {}
    for name, each in content["annotators"].items():
        if not isinstance(each["password"], str) or not each["password"].startswith("$argon2"):
            raise ValueError(f"the password of {name!r} is not hashed")
        accounts[name] = Account(name, each["password"], each.get("owner") is True)
    return accounts


def account_of(name: str, password: str, owner: bool = False) -> Account:
    """Make an account.

    Raises
    ------
    BadInput
        If the name or the password is not valid.
    """
    return Account(check_name(name), hash_password(password), owner)


def check_name(name: str) -> str:
    """Return the name as it will appear on labels.

    Raises
    ------
    BadInput
        If it is empty, too long or has characters that cannot be printed.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput(f"A name has 1 to {LONGEST_NAME} printable characters.")
    return name


def hash_password(password: str) -> str:
    """Hash a password with its own salt by Argon2id (RFC 9106, low memory).

    Raises
    ------
    BadInput
        If it is too short or too long.
    """
    from argon2 import PasswordHasher

    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"A password has {SHORTEST} to {LONGEST:,} characters.")
    if not is_unicode(password):
        raise BadInput("A password is text in the terminal's encoding, and this one is not.")
    return PasswordHasher().hash(password)


def new_password() -> str:
    """Make up a password of 80 bits that can be read out and typed: four groups of four.

    Examples
    --------
    >>> len(new_password())
    19
    """
    signs = [secrets.choice(_SIGNS) for _ in range(16)]
    return "-".join("".join(signs[at : at + 4]) for at in range(0, 16, 4))


def is_password(hashed: str, password: str) -> bool:
    """Whether this is the password that was hashed."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(hashed, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False

"""Authentication: signed cookies, each of one person and one run of the server."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.httputil import HTTPHeaders, parse_cookie
from tornado.web import decode_signed_value
from traitlets import Instance

from dalt.core.errors import refusal
from dalt.core.records import BadInput
from dalt.server.web.options import Options
from dalt.server.web.throttle import Throttle
from dalt.storage.accounts import Annotators, check_name, hash_password, is_password

DAYS = 7
"""Duration of a login."""

LONG_TOKEN = 20
"""Characters of a token that nobody can guess: the ones that DALT makes have 22."""

_NO_LETTERS = re.compile(r"[^A-Za-z0-9]")
_AGAIN = 5.0
"""Seconds between two attempts to write down who has logged out."""
_log = logging.getLogger(__name__)


@dataclass
class Person(User):
    """A logged-in person.

    Attributes
    ----------
    owner : bool
        Whether the person is the project's owner.
    session : str
        Id of this login; each login of the same person has another one.
    """

    owner: bool = False
    session: str = ""


class Refused(Exception):
    """A refused login; `wait` is for how many seconds further attempts are refused."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(wait)
        self.wait = wait


class Doorkeeper:
    """Lets people in, and recognises them later.

    Parameters
    ----------
    options : Options
        The server's options.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._secret = bytes.fromhex(options.secret)
        self._annotators = Annotators(Path(options.annotators)) if options.annotators else None
        self._throttle = Throttle()
        # Hashing is slow and takes much memory, on purpose: off the loop, and two at once.
        self._hashing = ThreadPoolExecutor(2, thread_name_prefix="dalt-password")
        self._nobody = hash_password(secrets.token_hex(16))
        self._left = _Left(Path(options.folder) / "left")

    @property
    def mark(self) -> str:
        """Suffix that tells this server's cookies from those of the paths above it."""
        return self._options.mark

    @property
    def open(self) -> bool:
        """Whether the server is open to everybody."""
        return self._annotators is None and not self._options.token

    @property
    def by_password(self) -> bool:
        """Whether people have passwords of their own."""
        return self._annotators is not None

    @property
    def asks_name(self) -> bool:
        """Whether people with the token say who they are."""
        return self._annotators is None and self._options.annotator is None

    def address(self, path: str) -> str:
        """The address to hand out to those who label: with the token, if they need one."""
        token = self._options.token if self._annotators is None else ""
        return f"{path}?{urlencode({'token': token})}" if token else path

    def anybody(self) -> Person:
        """Everybody's identity on an open server."""
        return _person(self._options.annotator or self._options.owner, owner=False)

    async def by_name(self, name: str, password: str, address: str, browser: str = "") -> Person:
        """Let a person in by name and password.

        Parameters
        ----------
        name, password : str
        address : str
            Where the attempt comes from.
        browser : str
            What `browser_mark` gave this browser at a former login, if anything.

        Raises
        ------
        Refused
            If the password is wrong or nobody has that name; both look the same.
        """
        assert self._annotators is not None
        name = name.strip()
        browser = self._known_browser(name, browser)
        self._count(name, address, browser)
        account = self._find(name)
        hashed = account.password if account else self._nobody
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._hashing, is_password, hashed, password)
        if not right or account is None:
            raise Refused
        self._throttle.succeeded(name, address, browser)
        return _person(account.name, account.owner)

    def by_token(self, token: str, name: str, address: str, browser: str = "") -> Person | None:
        """Let a person in by a token; None means that they have to say a name first.

        A token that nobody can guess opens the page whatever others have tried from the same
        address.

        Parameters
        ----------
        token, name : str
        address, browser : str
            As for `by_name`.

        Raises
        ------
        Refused
            If it is not a token of this run.
        BadInput
            If the name is not valid.
        """
        role = self._role(token)
        if role is None or not unguessable(token):
            browser = self._known_browser("", browser)
            self._count("", address, browser)
            if role is None:
                raise Refused
            self._throttle.succeeded("", address, browser)
        if role == "owner":
            return _person(self._options.owner, owner=True)
        if self._options.annotator is not None:
            return _person(self._options.annotator, owner=False)
        return _person(check_name(name), owner=False) if name.strip() else None

    def cookie_name(self, host: str) -> str:
        """Name the cookie of a login after the server's address and path.

        Browsers send the cookies of all ports of a host, so each server needs its own.
        """
        plain = _NO_LETTERS.sub("-", f"username-{host}")
        return "-".join(filter(None, [plain, self.mark]))

    def login_of(self, headers: HTTPHeaders) -> str:
        """The login that a request's headers prove, before a handler reads them.

        Returns
        -------
        str
            Different for each login; empty for a stranger.
        """
        if self.open:
            return "anybody"
        name = self.cookie_name(headers.get("Host", ""))
        signed = parse_cookie(headers.get("Cookie", "")).get(name)
        if signed is None:
            return ""
        person = self.known(decode_signed_value(self._secret, name, signed, max_age_days=DAYS))
        return "" if person is None else person.session

    def known(self, cookie: bytes | None) -> Person | None:
        """The person of a cookie, given its signed content, if the login still holds."""
        try:
            name, session, seal = (str(each) for each in json.loads(cookie or b"null"))
        except (ValueError, TypeError):
            return None
        if session in self._left:
            return None
        for owner in (False, True):
            if self._annotators is not None and not self._is(name, owner):
                continue
            if hmac.compare_digest(seal, self._seal(name, owner)):
                return _person(name, owner, session)
        return None

    def cookie(self, person: Person) -> str:
        """Write the content of a cookie, to be signed."""
        return json.dumps([person.username, person.session, self.seal(person)])

    def browser_mark(self, person: Person) -> str:
        """Write what tells this person's browser at later logins, even by another run.

        It lets nobody in: it only keeps the failures of others from delaying this browser.
        """
        nonce = secrets.token_hex(16)
        name = person.username if self.by_password else ""
        return f"{nonce}.{self._browser_seal(name, nonce)}"

    def _known_browser(self, name: str, mark: str) -> str:
        """The browser's id if it has logged in by this name before, else the empty text."""
        nonce, _, seal = mark.partition(".")
        right = self._browser_seal(name, nonce)
        if not nonce or not hmac.compare_digest(seal.encode(), right.encode()):
            return ""
        return nonce

    def _browser_seal(self, name: str, nonce: str) -> str:
        """A seal that breaks when the password or the token changes."""
        if self._annotators is not None:
            account = self._find(name)
            key = account.password if account else self._nobody
        else:
            key = self._options.token or self._options.owner_token
        told = f"browser {name} {nonce}".encode()
        return hmac.new(key.encode(), told, hashlib.sha256).hexdigest()

    def leave(self, person: Person) -> None:
        """End a login; its cookie is no longer valid, even after a restart."""
        self._left.add(person.session)

    def still(self, person: Person, seal: str) -> bool:
        """Whether a login still holds: it has not ended, and its password is the same.

        Parameters
        ----------
        person : Person
        seal : str
            What `seal` gave when the login was last checked.
        """
        if person.session in self._left:
            return False
        if self._annotators is not None and not self._is(person.username, person.owner):
            return False
        return hmac.compare_digest(seal, self.seal(person))

    def seal(self, person: Person) -> str:
        """What changes with a person's password, the token or their role."""
        return self._seal(person.username, person.owner)

    def _is(self, name: str, owner: bool) -> bool:
        account = self._find(name)
        return account is not None and account.owner == owner

    def _find(self, name: str) -> Any:
        assert self._annotators is not None
        try:
            return self._annotators.find(name)
        except BadInput:
            return None  # an invalid file lets nobody in

    def _count(self, name: str, address: str, browser: str) -> None:
        wait = self._throttle.attempt(name, address, browser)
        if wait > 0:
            raise Refused(wait)

    def _role(self, token: str) -> str | None:
        role = None
        for each, known in (("owner", self._options.owner_token), ("labeler", self._options.token)):
            if known and hmac.compare_digest(token.encode(), known.encode()):
                role = role or each
        return role

    def _seal(self, name: str, owner: bool) -> str:
        """A seal that breaks when the login's password, token or role changes."""
        if self._annotators is not None:
            account = self._find(name)
            key = account.password if account else ""
        else:
            key = self._options.owner_token if owner else self._options.token
        told = json.dumps([name, owner, key]).encode()
        return hmac.new(self._secret, told, hashlib.sha256).hexdigest()


def unguessable(token: str) -> bool:
    """Whether a token is too long to be found by trying, at any pace.

    Examples
    --------
    >>> unguessable(secrets.token_urlsafe(16)), unguessable("pets")
    (True, False)
    """
    return len(token) >= LONG_TOKEN and len(set(token)) >= LONG_TOKEN // 2


class _Left:
    """Ended logins, kept in a file for restarted servers.

    On a full disk a login ends all the same, and is written down once there is room.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._sessions = set(path.read_text("utf-8").split()) if path.exists() else set()
        self._unwritten: list[str] = []
        self._tried = 0.0

    def __contains__(self, session: str) -> bool:
        if self._unwritten and self._clock() - self._tried >= _AGAIN:
            self._write()
        return session in self._sessions

    def add(self, session: str) -> None:
        if session and session not in self._sessions:
            self._sessions.add(session)
            self._unwritten.append(session)
            self._write()

    def _write(self) -> None:
        self._tried = self._clock()
        try:
            with self._path.open("a", encoding="utf-8") as file:
                # A full disk may have kept the first half of what was written before.
                file.write("\n" + "\n".join(self._unwritten) + "\n")
        except OSError as error:
            _log.warning("Who has logged out cannot be written down yet: %s", refusal(error))
        else:
            self._unwritten.clear()


def _person(name: str, owner: bool, session: str = "") -> Person:
    return Person(username=name, owner=owner, session=session or secrets.token_hex(16))


class TeamIdentity(IdentityProvider):
    """Jupyter's interface to the authentication; only the cookie identifies a person."""

    doorkeeper = Instance(Doorkeeper)

    def get_cookie_name(self, handler: Any) -> str:
        """Name the cookie after this server's path, too."""
        return self.doorkeeper.cookie_name(handler.request.host)

    def get_user(self, handler: Any) -> Person | None:
        """Identify the person by the cookie alone; no token in an address or header counts."""
        cookie = handler.get_signed_cookie(self.get_cookie_name(handler), max_age_days=DAYS)
        person = self.doorkeeper.known(cookie)
        if person is None and self.doorkeeper.open:
            return self.doorkeeper.anybody()
        return person

    def user_to_cookie(self, user: User) -> str:
        """What `set_login_cookie` signs."""
        assert isinstance(user, Person)
        return self.doorkeeper.cookie(user)

    def should_check_origin(self, handler: Any) -> bool:
        """Check it always."""
        return True

    def is_token_authenticated(self, handler: Any) -> bool:
        """Nobody is: a token is exchanged for a cookie first."""
        return False

    def get_handlers(self) -> list[tuple[str, object]]:
        """Leave them to the server."""
        return []

    @property
    def auth_enabled(self) -> bool:
        """Whether anybody has to log in."""
        return not self.doorkeeper.open

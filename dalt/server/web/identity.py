"""Authentication: signed cookies, each of one person and one run of the server."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.httputil import HTTPHeaders, parse_cookie
from tornado.web import decode_signed_value
from traitlets import Instance

from dalt.core.records import BadInput
from dalt.server.web.options import Options
from dalt.server.web.throttle import Throttle
from dalt.storage.accounts import Annotators, check_name, hash_password, is_password

DAYS = 7
"""Duration of a login."""

_NO_LETTERS = re.compile(r"[^A-Za-z0-9]")


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

    async def by_name(self, name: str, password: str, address: str) -> Person:
        """Let a person in by name and password.

        Raises
        ------
        Refused
            If the password is wrong or nobody has that name; both look the same.
        """
        assert self._annotators is not None
        name = name.strip()
        self._count(name, address)
        account = self._find(name)
        hashed = account.password if account else self._nobody
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._hashing, is_password, hashed, password)
        if not right or account is None:
            raise Refused
        self._throttle.succeeded(name, address)
        return _person(account.name, account.owner)

    def by_token(self, token: str, name: str, address: str) -> Person | None:
        """Let a person in by a token; None means that they have to say a name first.

        Raises
        ------
        Refused
            If it is not a token of this run.
        BadInput
            If the name is not valid.
        """
        self._count("", address)
        role = self._role(token)
        if role is None:
            raise Refused
        self._throttle.succeeded("", address)
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
        return json.dumps(
            [person.username, person.session, self._seal(person.username, person.owner)]
        )

    def leave(self, person: Person) -> None:
        """End a login; its cookie is no longer valid, even after a restart."""
        self._left.add(person.session)

    def still(self, name: str, owner: bool, session: str) -> bool:
        """Whether a login by this name is still allowed."""
        if session in self._left:
            return False
        return self._annotators is None or self._is(name, owner)

    def _is(self, name: str, owner: bool) -> bool:
        account = self._find(name)
        return account is not None and account.owner == owner

    def _find(self, name: str) -> Any:
        assert self._annotators is not None
        try:
            return self._annotators.find(name)
        except BadInput:
            return None  # an invalid file lets nobody in

    def _count(self, name: str, address: str) -> None:
        wait = self._throttle.attempt(name, address)
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


class _Left:
    """Ended logins, kept in a file for restarted servers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sessions = set(path.read_text("utf-8").split()) if path.exists() else set()

    def __contains__(self, session: str) -> bool:
        return session in self._sessions

    def add(self, session: str) -> None:
        if session and session not in self._sessions:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(session + "\n")
            self._sessions.add(session)


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

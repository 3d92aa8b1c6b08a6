"""The pages around the page: login, full, not allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.template import Loader
from tornado.web import HTTPError

from dalt.core.records import BadInput
from dalt.server.web.identity import Doorkeeper, Person, Refused
from dalt.server.web.kernels import TeamKernels
from dalt.server.web.messages import speak
from dalt.server.web.policy import new_nonce, small_policy

BROWSER_DAYS = 180
_HTML = Path(__file__).parent / "html"


class TeamHandler(JupyterHandler):
    """Knows the server that it belongs to."""

    @property
    def doorkeeper(self) -> Doorkeeper:
        """The authentication of this server."""
        keeper: Doorkeeper = self.settings["dalt_doorkeeper"]
        return keeper

    @property
    def kernels(self) -> TeamKernels:
        """All kernels of this server."""
        kernels: TeamKernels = self.settings["kernel_manager"]
        return kernels


class PlainHandler(TeamHandler):
    """Shows DALT's small pages, which need neither scripts nor other files."""

    @property
    def content_security_policy(self) -> str:
        """The page loads nothing."""
        return small_policy()

    def show(self, page: str, status: int = 200, **values: Any) -> None:
        """Answer with one of the pages in `html/`."""
        words = speak(self.request.headers.get("Accept-Language", ""))
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        nonce = new_nonce()
        self.set_header("Content-Security-Policy", small_policy(nonce))
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        template = Loader(str(_HTML), autoescape="xhtml_escape").load(f"{page}.html")
        values = {"refresh": None, "base_url": self.base_url, "nonce": nonce} | values
        self.finish(template.generate(say=words, **values))

    def say(self, status: int, heading: str, text: str, **values: Any) -> None:
        """Answer with a heading and a sentence, by their names in `words`."""
        values = {"name": ""} | values
        self.show("message", status, heading=heading, text=text, **values)

    def let_in(self, person: Person) -> None:
        """Log a person in: the cookie is for them and for this run of the server."""
        self.identity_provider.set_login_cookie(self, person)
        if not self.doorkeeper.open:
            self.set_cookie(
                self._browser_cookie,
                self.doorkeeper.browser_mark(person),
                expires_days=BROWSER_DAYS,
                path=self.base_url,
                httponly=True,
                samesite="Strict",
                secure=self.request.protocol == "https",
            )

    @property
    def browser(self) -> str:
        """What this browser got at its last login, if anything."""
        return self.get_cookie(self._browser_cookie, "") or ""

    @property
    def _browser_cookie(self) -> str:
        return self.identity_provider.get_cookie_name(self).replace("username", "browser", 1)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Explain an error in one sentence, without internals."""
        heading = {403: "forbidden", 404: "not_found"}.get(status_code, "failed")
        self.say(status_code, heading, f"{heading}_text")


class LoginHandler(PlainHandler):
    """Asks for name and password, or for the token."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the form; a logged-in person goes on."""
        person = self.current_user
        if person is not None and not self.doorkeeper.open:
            self.redirect(self.next, status=303)
            return
        self.form()

    @allow_unauthenticated
    async def post(self) -> None:
        """Let a person in, or say that they were refused."""
        name = self.get_body_argument("name", "")
        secret = self.get_body_argument("secret", "", strip=False)
        where = self.request.remote_ip or "", self.browser
        try:
            if self.doorkeeper.by_password:
                person: Person | None = await self.doorkeeper.by_name(name, secret, *where)
            else:
                person = self.doorkeeper.by_token(secret.strip(), name, *where)
        except Refused as refused:
            self.refuse(refused, name)
            return
        except BadInput:
            person = None
        if person is None:
            self.form(400, problem="name_missing", name=name, token=secret)
            return
        self.let_in(person)
        self.redirect(self.next, status=303)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell a browser without cookies from a form of another site."""
        cookie = self.settings["xsrf_cookie_name"]
        if (self.request.method, status_code) == ("POST", 403) and not self.get_cookie(cookie):
            self.say(403, "no_cookies", "no_cookies_text")
        else:
            super().write_error(status_code, **kwargs)

    def form(self, status: int = 200, **values: Any) -> None:
        """Show the form, filled in as far as possible."""
        defaults = {"problem": None, "wait": 0, "name": "", "token": None}
        self.show(
            "login",
            status,
            next=self.next,
            xsrf=self.xsrf_token.decode(),
            by_password=self.doorkeeper.by_password,
            asks_name=self.doorkeeper.by_password or self.doorkeeper.asks_name,
            **(defaults | values),
        )

    def refuse(self, refused: Refused, name: str = "") -> None:
        """Say that the login was refused; the answer is the same, whatever was wrong."""
        if refused.wait > 0:
            self.set_header("Retry-After", str(round(refused.wait + 0.5)))
            self.form(429, problem="wait", wait=round(refused.wait + 0.5), name=name)
            return
        problem = "wrong_password" if self.doorkeeper.by_password else "wrong_token"
        self.form(403, problem=problem, name=name)

    @property
    def next(self) -> str:
        """The next address: one of our pages, whatever the request says."""
        wanted = self.get_argument("next", "")
        pages = self.settings["dalt_paths"]
        return wanted if wanted in pages else url_path_join(self.base_url, "/")


class LogoutHandler(PlainHandler):
    """Ends a login and its pages."""

    async def post(self) -> None:
        """End the login; by POST, so no link can do it."""
        person = self.current_user
        self.doorkeeper.leave(person)
        self.identity_provider.clear_login_cookie(self)
        await self.kernels.end_of(person.session)
        self.redirect(url_path_join(self.base_url, "login"), status=303)

    def get(self) -> None:
        """Ask first."""
        self.show("logout", xsrf=self.xsrf_token.decode(), name=self.current_user.username)


class Slash(PlainHandler):
    """Redirects from the path without a slash at its end to the page."""

    @allow_unauthenticated
    def get(self) -> None:
        """Redirect, with the query."""
        query = f"?{self.request.query}" if self.request.query else ""
        self.redirect(self.base_url + query)


class NotFound(PlainHandler):
    """Everything that is not served."""

    @allow_unauthenticated
    def get(self, *_: str) -> None:
        """Serve nothing."""
        raise HTTPError(404)

    post = put = patch = delete = head = options = get

"""The pages themselves, and their requests to the server beside their kernels."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from voila.tornado.handler import TornadoVoilaHandler

from dalt.core.records import BadInput
from dalt.server.web.first_paint import known
from dalt.server.web.identity import Person, Refused
from dalt.server.web.kernels import Full, Hold, TeamKernels
from dalt.server.web.login import LoginHandler, TeamHandler
from dalt.server.web.messages import HURDLES, speak
from dalt.server.web.options import ServedPage
from dalt.server.web.policy import new_nonce, page_policy

PATIENCE = 15
"""Attempts, a fifth of a second apart, to get a place that is about to be free."""

TRY_AGAIN = 5
"""Seconds after which a full page tries again by itself."""

HEARTBEAT = "<script>window.voila_heartbeat()</script>"
"""What Voilà sends now and then while a notebook runs, so that nobody on the way hangs up."""

SHORT = 100

ENTERED = "entered"
"""Query of the first address after a token was exchanged for a cookie."""


class PersonsKernels:
    """The kernel manager for one of Voilà's requests: its kernels are that person's."""

    notebook_data: dict[str, Any]

    def __init__(self, kernels: TeamKernels, person: Person, hold: Hold, owners_page: bool) -> None:
        self._kernels = kernels
        self._owners_page = owners_page
        self._person = person
        self._hold = hold
        self.notebook_data = {}
        self._starting: asyncio.Future[str] | None = None

    def get_pool_size(self, notebook: str) -> int:
        """No kernel is started before somebody asks."""
        return 0

    async def start_kernel(self, kernel_name: str, path: str, env: dict[str, str]) -> str:
        """Begin to start a kernel for the person who asks, and say which it will be.

        The beginning of the page needs no kernel, and is sent meanwhile.
        """
        kernel_id = str(uuid.uuid4())
        self._starting = asyncio.ensure_future(
            self._kernels.start_for(
                self._person, self._hold, env, owners_page=self._owners_page,
                kernel_id=kernel_id, kernel_name=kernel_name, path=path,
            )
        )  # fmt: skip
        return kernel_id

    async def get_kernel(self, kernel_id: str) -> Any:
        """Give a kernel, once it has started."""
        assert self._starting is not None
        await self._starting
        return self._kernels.get_kernel(kernel_id)

    @property
    def failed(self) -> bool:
        """Whether the kernel could not be started."""
        return (
            self._starting is not None
            and self._starting.done()
            and self._starting.exception() is not None
        )

    async def give_up(self) -> None:
        """End the kernel: nobody waits for it any more, and it would be orphaned."""
        if self._starting is not None:
            with suppress(Exception):  # then there is none
                await self._kernels.end(await self._starting)


class PageHandler(LoginHandler, TornadoVoilaHandler):
    """One of the notebooks, run for a logged-in person who may see it."""

    def initialize(self, page: ServedPage, **kwargs: Any) -> None:
        """Take the page."""
        self._page = page
        self._nonce = new_nonce()
        TornadoVoilaHandler.initialize(self, **kwargs)
        self.page_config_hook = self._offer

    SUPPORTED_METHODS = ("GET",)

    @allow_unauthenticated
    async def get(self) -> None:  # type: ignore[override]
        """Show the page, or why not."""
        token = self.get_query_argument("token", None)
        if token is not None and not self.doorkeeper.by_password:
            self._enter(token)
            return
        person = self.current_user
        entered = self.get_query_argument(ENTERED, None) is not None
        if person is None and entered:
            self.say(403, "no_cookies", "no_cookies_text")
        elif entered:
            self.redirect(self.request.path, status=303)
        elif person is None:
            self.redirect(f"{self.settings['login_url']}?next={self.request.path}")
        elif self._page.owner and not person.owner:
            self.say(403, "owner_only", "owner_only_text", name=person.username)
        elif not self._is_opened:
            self.say(403, "forbidden", "forbidden_text")
        else:
            await self._show(person)

    @property
    def _is_opened(self) -> bool:
        """Whether somebody opens the page, as far as the browser says.

        A page of another site could name this address as that of a picture, again and again: each
        time a kernel would start, until no place is left.  Nor does a guess of the browser's what
        is opened next need one.
        """
        headers = self.request.headers
        wanted = headers.get("Sec-Fetch-Dest", "document")
        return wanted == "document" and "prefetch" not in headers.get("Sec-Purpose", "")

    def _enter(self, token: str) -> None:
        """Exchange a token for a cookie, and remove it from the address."""
        here = self.current_user
        known = here is not None and not self.doorkeeper.open
        name = here.username if known else ""
        try:
            person = self.doorkeeper.by_token(
                token.strip(), name, self.request.remote_ip or "", self.browser
            )
        except Refused as refused:
            self.refuse(refused)
            return
        except BadInput:
            person = None
        if person is None:
            self.form(token=token)
            return
        path = self.request.path
        if not known or (here.username, here.owner) != (person.username, person.owner):
            self.let_in(person)
            path += f"?{ENTERED}"  # a browser that comes there without the cookie keeps none
        self.redirect(path, status=303)

    def _offer(self, page_config: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Write into the page what this server offers and plain Voilà does not."""
        at = {name: url_path_join(self.base_url, name) for name in ("state", "login", "logout")}
        at["xsrf"] = self.settings["xsrf_cookie_name"]
        if self._page.owner:
            at["label"] = self.doorkeeper.address(url_path_join(self.base_url, "/"))
        return page_config | {
            "dalt": at,
            "daltHurdles": self._hurdles(),
            "daltFirst": self._first(),
        }

    def _first(self) -> dict[str, Any]:
        """What is in the page before its kernel has run."""
        about = known(self.kernels.kernel_environment)
        say = speak(about.language or self.request.headers.get("Accept-Language", ""))
        title, owner = about.title or "DALT", self._page.owner
        return {
            "files": self.settings["dalt_built"].addresses(),
            "language": say("locale"),
            "title": title,
            "waiting": say("opening"),
            "owner": owner,
            "script": "owner.js" if owner else "page.js",
            "style": "owner-style.css" if owner else "style.css",
            "nonce": self._nonce,
        }

    def _hurdles(self) -> dict[str, str]:
        """A sentence for each thing that can keep a page from coming up."""
        say = speak(self.request.headers.get("Accept-Language", ""))
        return {name: say(f"hurdle_{name}") for name in HURDLES}

    async def _show(self, person: Person) -> None:
        full = "full"
        for _ in range(PATIENCE):
            try:
                hold = self.kernels.hold(person)
            except Full as why:
                full = "own_full" if why.own else "full"
                await self._make_room(person)
                continue
            try:
                async with self.kernels.turn():
                    await self._render(PersonsKernels(self.kernels, person, hold, self._page.owner))
            finally:
                hold.let_go()
            return
        self.set_header("Retry-After", str(TRY_AGAIN))
        self.say(503, full, f"{full}_text", refresh=TRY_AGAIN)

    async def _make_room(self, person: Person) -> None:
        """A reloaded page takes the place that it leaves."""
        for kernel_id in self.kernels.forgotten(person.username)[:1]:
            await self.kernels.end(kernel_id)
        await asyncio.sleep(0.2)

    async def _render(self, kernels: PersonsKernels) -> None:
        self._persons = kernels
        policy = page_policy(self._nonce, self._page)
        self.set_header("Content-Security-Policy", policy)
        self.set_header("Referrer-Policy", "same-origin")
        self.xsrf_token  # noqa: B018  reading it sets the cookie that a closing tab sends
        try:
            async for html in self.get_generator():
                self.write(html.replace(HEARTBEAT, "") if len(html) < SHORT else html)
                await self.flush()
                if kernels.failed:
                    break  # what the browser has says by itself that nothing comes
        except StreamClosedError:
            await kernels.give_up()

    @property
    def kernel_manager(self) -> Any:
        """Kernels of the person who asks, and of nobody else."""
        return self._persons

    @property
    def next(self) -> str:
        """Where the login form leads: this page."""
        return str(self.request.path)


class KernelState(APIHandler, TeamHandler):
    """The state of the kernel behind a page, which asks every few seconds."""

    @allow_unauthenticated
    def get(self, kernel_id: str) -> None:
        """Tell it to whose kernel it is."""
        self.set_header("Cache-Control", "no-store")
        person = self.current_user
        if person is None:
            self.set_status(401)
            self.finish({"login": True})
            return
        self.finish({"kernel": self.kernels.state(kernel_id, person)})


class KernelModel(APIHandler, TeamHandler):
    """What Voilà's script asks of a kernel before it connects."""

    def get(self, kernel_id: str) -> None:
        """Tell it to whose kernel it is."""
        if not self.kernels.belongs(kernel_id, self.current_user):
            raise HTTPError(404)
        self.finish({"id": kernel_id, "name": "python3"})


class KernelEnd(APIHandler, TeamHandler):
    """A closed page reports itself."""

    async def post(self, kernel_id: str) -> None:
        """End the kernel of that page."""
        if not self.kernels.belongs(kernel_id, self.current_user):
            raise HTTPError(404)
        await self.kernels.end(kernel_id)
        self.set_status(204)
        self.finish()


class Health(JupyterHandler):
    """Whether the server answers, for proxies and for its parent process."""

    @allow_unauthenticated
    def get(self) -> None:
        """Say so; strangers learn nothing else."""
        self.set_header("Cache-Control", "no-store")
        self.finish({"status": "ok"})

"""The kernels behind the pages: each has one person, their number is limited, none is orphaned."""

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from traitlets import Bool, Dict, Float, Instance, Integer, Set, Type, Unicode

from dalt.labeling.team import ACCOUNTS
from dalt.server.web.clients import NotebookClient
from dalt.server.web.forking import ForkProvisioner, possible
from dalt.server.web.identity import Doorkeeper, Person

UNSEEN_SECONDS = 90.0
"""A kernel without a connected page ends after this long: its tab has crashed, or lost its network
for longer than a page can wait."""

REMEMBERED = 1_000
LONGEST_SOCKET = 100
"""Longest path of a socket, with room for its number."""


class Full(Exception):
    """All places for pages are taken; `own` where it is those that one person may have."""

    def __init__(self, own: bool = False) -> None:
        super().__init__(own)
        self.own = own


@dataclass(slots=True)
class Tenant:
    """The owner of a kernel, and when somebody last saw and used it.

    Attributes
    ----------
    person : Person
        Who opened the page.
    seal : str
        Of their login; it breaks when their password changes.
    seen : float
        When a page was last connected, by `time.monotonic`.
    used : float
        When a person last did something; infinite until the page has come up.
    """

    person: Person
    seal: str
    seen: float
    used: float


TURN_SECONDS = 10.0
"""Longest time that a page waits for others that are starting."""


class Hold:
    """A place reserved for a page of a person, whose kernel is starting."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.held = True

    def let_go(self) -> None:
        """Give the place back."""
        self.held = False


class PageKernel(ServerKernelManager):
    """One kernel; a dead one is not restarted, since nothing would run the notebook again."""

    autorestart = Bool(False)

    shutdown_wait_time = Float(3.0)

    client_factory = Type(NotebookClient)

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        """Fork it where possible; otherwise its provisioner starts a process."""
        if self.provisioner is None and possible():
            self.provisioner = ForkProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kwargs)


class OwnPython(KernelSpecManager):
    """Knows one kernel spec: this very Python, whatever else is installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel spec, whatever the name."""
        return KernelSpec(
            argv=[
                sys.executable,
                *("-Xfrozen_modules=on", "-m", "ipykernel_launcher", "-f", "{connection_file}"),
                # Nobody types here: no history to keep, no output to hold.
                "--HistoryManager.enabled=False",
                "--InteractiveShell.cache_size=0",
                "--log-level=40",
            ],
            display_name="Python 3",
            language="python",
            metadata={"debugger": False},
        )

    def find_kernel_specs(self) -> dict[str, str]:
        """Name the kernel."""
        return {"python3": ""}

    def get_all_specs(self) -> dict[str, Any]:
        """Describe the kernel."""
        spec = self.get_kernel_spec("python3").to_dict()
        return {"python3": {"resource_dir": "", "spec": spec}}


class TeamKernels(AsyncMappingKernelManager):
    """All kernels of a server."""

    max_pages = Integer(32)
    idle_seconds = Float(0.0)
    kernel_environment = Dict()
    accounts = Unicode()
    """The file of accounts; the kernels of the owner's pages may change it."""
    doorkeeper = Instance(Doorkeeper)
    tenants = Dict()
    """By kernel id."""

    _holds = Set()
    _turns: Any = Instance(asyncio.Semaphore, (2 * (os.cpu_count() or 1),))
    _ended: Any = Instance(OrderedDict, ())

    # --- who gets in

    def hold(self, person: Person) -> Hold:
        """Reserve a place for one more page, until its kernel runs or the place is given back.

        Nothing is awaited between the check and the reservation: however many come at once, no
        more get in than there are places.  Whoever has an account has half of them at most, so
        that nobody keeps the others from labeling.

        Raises
        ------
        Full
        """
        self._holds = {hold for hold in self._holds if hold.held}
        names = [tenant.person.username for tenant in self.tenants.values()]
        names += [hold.name for hold in self._holds]
        if len(names) >= self.max_pages:
            raise Full
        most = max(2, self.max_pages // 2)
        if self.doorkeeper.by_password and names.count(person.username) >= most:
            raise Full(own=True)
        hold = Hold(person.username)
        self._holds.add(hold)
        return hold

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until few enough pages are starting, up to a limit.

        When everybody comes back at once, the first get their pages sooner, and the last no later,
        than if all started in parallel.
        """
        try:
            await asyncio.wait_for(self._turns.acquire(), TURN_SECONDS)
        except TimeoutError:  # the earlier ones may hang
            yield
            return
        try:
            yield
        finally:
            self._turns.release()

    def forgotten(self, name: str) -> list[str]:
        """A person's kernels whose page has disconnected: tabs just closed."""
        return [
            kernel_id
            for kernel_id, tenant in self.tenants.items()
            if tenant.person.username == name
            and tenant.used < math.inf  # otherwise its page is still loading
            and not self._kernel_connections.get(kernel_id, 0)
        ]

    def belongs(self, kernel_id: str, person: Person | None) -> bool:
        """Whether the kernel belongs to this person, in this role."""
        tenant = self.tenants.get(kernel_id)
        if tenant is None or person is None or kernel_id not in self:
            return False
        who = tenant.person
        return bool(who.username == person.username and who.owner == person.owner)

    def state(self, kernel_id: str, person: Person) -> str:
        """Return a kernel's state: alive, idle (ended for that reason) or gone."""
        if self.belongs(kernel_id, person):
            return "alive"
        return self._ended.get(kernel_id, "gone")

    def use(self, kernel_id: str) -> None:
        """Note that somebody has used the page."""
        if kernel_id in self.tenants:
            self.tenants[kernel_id].used = time.monotonic()

    # --- beginning and end

    async def start_for(
        self,
        person: Person,
        hold: Hold,
        env: Mapping[str, str],
        *,
        owners_page: bool = False,
        **kwargs: Any,
    ) -> str:
        """Start a kernel for a person in the reserved place; only the login names the person."""
        told = self._environment(person, env, owners_page)
        seal = self.doorkeeper.seal(person)
        try:
            kernel_id: str = await self.start_kernel(env=told, **kwargs)
            now = time.monotonic()
            self.tenants[kernel_id] = Tenant(person, seal, now, math.inf)
            return kernel_id
        finally:
            hold.let_go()

    def _environment(
        self, person: Person, env: Mapping[str, str], owners_page: bool
    ) -> dict[str, str]:
        # The request's own variables could be forged, and hold tokens; the server's settings do
        # not concern the kernel.
        forged = {"QUERY_STRING", "VOILA_REQUEST_URL", "PATH_INFO", "SCRIPT_NAME"}
        kept = {
            name: value
            for name, value in env.items()
            if name not in forged and not name.startswith(("HTTP_", "DALT_"))
        }
        told = {"DALT_ANNOTATOR": person.username}
        if not self.doorkeeper.open:
            told["DALT_LOGIN"] = "1"
        common = {
            name: value for name, value in self.kernel_environment.items() if name != ACCOUNTS
        }
        if self.accounts and owners_page and person.owner:
            told[ACCOUNTS] = self.accounts
        return kept | common | told

    async def end(self, kernel_id: str, why: str = "gone") -> None:
        """Shut a kernel down, properly if possible: it frees its samples."""
        self.tenants.pop(kernel_id, None)
        self._ended[kernel_id] = why
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        if kernel_id in self:
            shutdown: Any = self.shutdown_kernel  # no types there
            await ensure_async(shutdown(kernel_id))

    async def end_of(self, session: str) -> None:
        """End the kernels that were opened by one login."""
        for kernel_id, tenant in list(self.tenants.items()):
            if tenant.person.session == session:
                await self.end(kernel_id)

    async def sweep(self, close: Callable[[str], None]) -> None:
        """End kernels that nobody sees, uses or may use any more.

        Parameters
        ----------
        close : callable
            Closes the connections to a kernel id.
        """
        for kernel_id in list(self.tenants):
            try:
                why = await self._over(kernel_id)
                if why is not None:
                    self.log.info("Kernel %s ends: %s.", kernel_id, why)
                    await self.end(kernel_id, why)
                    close(kernel_id)
            except Exception:
                self.log.exception("Kernel %s cannot be ended", kernel_id)

    async def _over(self, kernel_id: str) -> str | None:
        tenant = self.tenants[kernel_id]
        now = time.monotonic()
        kernel: Any = self.get_kernel(kernel_id) if kernel_id in self else None
        if kernel is None or not await kernel.is_alive():
            return "gone"
        if self._kernel_connections.get(kernel_id, 0):
            tenant.seen = now
        if now - tenant.seen > UNSEEN_SECONDS:
            return "gone"
        if not self.doorkeeper.still(tenant.person, tenant.seal):
            return "gone"
        if self.idle_seconds and now - tenant.used > self.idle_seconds:
            return "idle"
        return None


def socket_transport(folder: Path) -> str:
    """Choose the transport to kernels: sockets in our own folder where possible.

    Sockets are quicker than TCP, and nobody else on the machine reaches them.
    """
    name = folder / "kernel-00000000-0000-0000-0000-000000000000-ipc-5"
    return "ipc" if os.name == "posix" and len(os.fsencode(name)) <= LONGEST_SOCKET else "tcp"

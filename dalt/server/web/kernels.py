"""The kernels behind the pages: each of one person, bounded in number, none left behind."""

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
from traitlets import Bool, Dict, Float, Instance, Integer, Set

from dalt.server.web.forking import ForkProvisioner, possible
from dalt.server.web.identity import Doorkeeper, Person

UNSEEN_SECONDS = 90.0
"""A kernel that no page is connected to ends after so long: its tab has crashed, or lost its
network for longer than a page can wait."""

REMEMBERED = 1_000
LONGEST_SOCKET = 100
"""Characters of a path that a socket can have, with some to spare for its number."""


class Full(Exception):
    """As many pages are open as may be."""


@dataclass(slots=True)
class Tenant:
    """Whose kernel it is, and when somebody last saw and used it.

    Attributes
    ----------
    name, owner, session
        Of the person who opened the page.
    seen : float
        When a page was last connected, by `time.monotonic`.
    used : float
        When a hand last did something; for ever ahead until the page has come up.
    """

    name: str
    owner: bool
    session: str
    seen: float
    used: float


TURN_SECONDS = 10.0
"""So long a page waits for others that are being made, at most."""


class Hold:
    """A place that is kept for a page whose kernel is not there yet."""

    def __init__(self) -> None:
        self.held = True

    def let_go(self) -> None:
        """Need it no more."""
        self.held = False


class PageKernel(ServerKernelManager):
    """One kernel; when it dies it is not started again, since nobody would run the notebook."""

    autorestart = Bool(False)

    shutdown_wait_time = Float(3.0)

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        """Have it forked, where that can be; its keeper would start a process otherwise."""
        if self.provisioner is None and possible():
            self.provisioner = ForkProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kwargs)


class OwnPython(KernelSpecManager):
    """Knows one kernel: this very Python, whatever is installed beside it."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Give the kernel, by whatever name it is asked for."""
        return KernelSpec(
            argv=[
                sys.executable,
                *("-Xfrozen_modules=on", "-m", "ipykernel_launcher", "-f", "{connection_file}"),
                # Nothing is typed here: no history to keep, no output to hold.
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
    doorkeeper = Instance(Doorkeeper)
    tenants = Dict()
    """By kernel id."""

    _holds = Set()
    _turns: Any = Instance(asyncio.Semaphore, (2 * (os.cpu_count() or 1),))
    _ended: Any = Instance(OrderedDict, ())

    # --- who gets in

    def hold(self) -> Hold:
        """Hold a place for one more page, until its kernel is there or it is let go.

        Nothing is awaited between the look and the hold: however many come at once, no more
        get in than there are places.

        Raises
        ------
        Full
        """
        self._holds = {hold for hold in self._holds if hold.held}
        if len(self.tenants) + len(self._holds) >= self.max_pages:
            raise Full
        hold = Hold()
        self._holds.add(hold)
        return hold

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until few enough pages are being made, but not for ever.

        Where everybody comes back at once, the first have their pages sooner, and the last no
        later, than if all were made side by side.
        """
        try:
            await asyncio.wait_for(self._turns.acquire(), TURN_SECONDS)
        except TimeoutError:  # those before may hang
            yield
            return
        try:
            yield
        finally:
            self._turns.release()

    def forgotten(self, name: str) -> list[str]:
        """Kernels of a person that a page was connected to and is no more: tabs just closed."""
        return [
            kernel_id
            for kernel_id, tenant in self.tenants.items()
            if tenant.name == name
            and tenant.used < math.inf  # else its page is still on its way
            and not self._kernel_connections.get(kernel_id, 0)
        ]

    def belongs(self, kernel_id: str, person: Person | None) -> bool:
        """Whether it is the kernel of this person, in this role."""
        tenant = self.tenants.get(kernel_id)
        if tenant is None or person is None or kernel_id not in self:
            return False
        return bool(tenant.name == person.username and tenant.owner == person.owner)

    def state(self, kernel_id: str, person: Person) -> str:
        """Tell what has become of a kernel: alive, idle (it was ended for that) or gone."""
        if self.belongs(kernel_id, person):
            return "alive"
        return self._ended.get(kernel_id, "gone")

    def use(self, kernel_id: str) -> None:
        """Somebody has done something on the page."""
        if kernel_id in self.tenants:
            self.tenants[kernel_id].used = time.monotonic()

    # --- beginning and end

    async def start_for(
        self, person: Person, hold: Hold, env: Mapping[str, str], **kwargs: Any
    ) -> str:
        """Start a kernel for a person, in the place that was held; only the login names it."""
        try:
            kernel_id: str = await self.start_kernel(env=self._environment(person, env), **kwargs)
            now = time.monotonic()
            person_is = (person.username, person.owner, person.session)
            self.tenants[kernel_id] = Tenant(*person_is, now, math.inf)
            return kernel_id
        finally:
            hold.let_go()

    def _environment(self, person: Person, env: Mapping[str, str]) -> dict[str, str]:
        # What the request said of itself could be forged, and holds tokens; the server's own
        # settings are none of the kernel's business.
        forged = {"QUERY_STRING", "VOILA_REQUEST_URL", "PATH_INFO", "SCRIPT_NAME"}
        kept = {
            name: value
            for name, value in env.items()
            if name not in forged and not name.startswith(("HTTP_", "DALT_"))
        }
        told = {"DALT_ANNOTATOR": person.username}
        if not self.doorkeeper.open:
            told["DALT_LOGIN"] = "1"
        return kept | self.kernel_environment | told

    async def end(self, kernel_id: str, why: str = "gone") -> None:
        """End a kernel, in order where it can: it gives its samples back."""
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
            if tenant.session == session:
                await self.end(kernel_id)

    async def sweep(self, close: Callable[[str], None]) -> None:
        """End what nobody sees, uses or may use any more.

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
        if not self.doorkeeper.still(tenant.name, tenant.owner, tenant.session):
            return "gone"
        if self.idle_seconds and now - tenant.used > self.idle_seconds:
            return "idle"
        return None


def socket_transport(folder: Path) -> str:
    """Choose how kernels are spoken to: by sockets in a folder of ours where that can be.

    They are quicker than TCP, and nobody else on the machine reaches them.
    """
    name = folder / "kernel-00000000-0000-0000-0000-000000000000-ipc-5"
    return "ipc" if os.name == "posix" and len(os.fsencode(name)) <= LONGEST_SOCKET else "tcp"

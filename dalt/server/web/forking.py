"""Kernels forked from a process that has already imported what each of them needs.

A kernel's imports are most of the cost of opening a page.  The parent is Python's own fork
server: it knows no person and no project, opens nothing and has one thread, so nothing of one
page can reach another, and it holds no samples.  Kernels share the memory of their imports.
"""

from __future__ import annotations

import asyncio
import atexit
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOADED = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipywidgets", "anywidget", "numpy", "PIL.Image"),
    *(
        "sqlalchemy.dialects.sqlite",
        "dalt.project.project",
        "dalt.labeling.session",
        "dalt.widgets",
    ),
    *("dalt.learning.training.follower", "dalt.server.web.last_import"),
)
"""Module names that each kernel imports sooner or later, also of floors above this one."""

ENTRY = "ipykernel_launcher"
KERNEL_NAME = "dalt-kernel"
"""Their name in process lists: their command is that of the process they come from."""


def possible() -> bool:
    """Whether kernels can be forked here: elsewhere system libraries may not survive it."""
    return sys.platform == "linux"


def prepare(environment: Mapping[str, str]) -> None:
    """Start the process that kernels are forked from; it imports in the background.

    Parameters
    ----------
    environment : mapping of str to str
        Variables that a kernel's process needs from its very beginning, such as the
        allocator's settings; each kernel has its own other settings.
    """
    if not possible():
        return
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(PRELOADED))
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


class ForkedKernel:
    """A kernel's process, with as much of `subprocess.Popen` as its provisioner needs.

    Parameters
    ----------
    process : ForkServerProcess
        Already started.
    """

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The kernel's process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for its end, and return its exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkProvisioner(LocalProvisioner):
    """Starts kernels by forking."""

    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel that runs as the command says."""
        arguments = cmd[cmd.index(ENTRY) + 1 :]
        # Plain text: for anything else the kernel would import the module of its type.
        environment = {plain(name): plain(value) for name, value in kwargs["env"].items()}
        process = multiprocessing.get_context("forkserver").Process(
            target=run, args=(arguments, environment, plain(kwargs["cwd"])), daemon=True
        )
        await asyncio.to_thread(process.start)  # the first one waits for the imports
        self.process = ForkedKernel(process)
        self.pid = self.process.pid
        self.pgid = None  # not known before it has a session of its own
        self.cwd = kwargs.get("cwd")
        return self.connection_info


def plain(text: Any) -> str:
    """Return a text or path as a plain str.

    Examples
    --------
    >>> from pathlib import Path
    >>> plain(Path("a") / "b")
    'a/b'
    """
    return os.fsdecode(os.fsencode(text))


def run(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> None:
    """Run a kernel in a newly forked process until it is told to end."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # it ends with its parent
    os.chdir(folder)
    Path("/proc/self/comm").write_text(KERNEL_NAME)
    threading.Thread(target=_end_with_server, name="dalt-server", daemon=True).start()
    sys.argv = [ENTRY, *arguments]
    from ipykernel.kernelapp import launch_new_instance

    try:
        launch_new_instance(argv=list(arguments))
    finally:
        # Forked processes skip exit handlers, in which a page frees its samples.
        atexit._run_exitfuncs()  # noqa: SLF001  as multiprocessing does


def _end_with_server() -> None:
    """End when the server ends, however that is: the parent is another process, and lives on.

    As with started kernels, the page's samples are free when its leases end, or when the page
    that follows it names it.
    """
    server = multiprocessing.parent_process()
    assert server is not None
    server.join()
    os._exit(1)

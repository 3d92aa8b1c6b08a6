"""The server's process from its parent's side: start, watch, restart, end."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dalt.core.errors import last_line
from dalt.core.records import DaltError
from dalt.core.scratch import ScratchFolder
from dalt.server.web.options import Options

# Not by -m: forked processes import the started module again.
START = "import dalt.server.web.first_import; from dalt.server.web.application import main; main()"
START_SECONDS = 60.0
PAGE_TOKEN = "DALT_PAGE_TOKEN"
"""Environment variable: the token that opens the page."""

STOP_SECONDS = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds before a server that ended by itself is restarted; doubles each time."""

STEADY_SECONDS = 60.0
"""After a server has run for this long, pauses start from the first again."""

ATTEMPTS = 6
"""How often in a row it may end before it has ever answered."""


class ServerFailed(DaltError):
    """Voilà did not start, or ended by itself again and again."""


class RunningServer:
    """A server that is restarted when it ends.

    Parameters
    ----------
    options : Options
        `folder` is made here and removed by `close`; the notebooks are copied there.
    say : callable
        Gets a line when the server had to be restarted.

    Raises
    ------
    ServerFailed
        If it does not come up.
    """

    def __init__(self, options: Options, say: Callable[[str], None] = print) -> None:
        self._scratch = ScratchFolder("serve")
        self.folder = self._scratch.path
        self.options = _moved(options, self.folder)
        self._say = say
        self._closing = threading.Event()
        self._over = threading.Event()
        self.failure: ServerFailed | None = None
        self._log = self.folder / "voila.log"
        try:
            self._process = self._start()
            self._wait_until_up()
        except BaseException:
            self.close()
            raise
        self._watcher = threading.Thread(target=self._watch, name="dalt-watch", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """Id of the present process."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until it is closed.

        Raises
        ------
        ServerFailed
            If it could not be kept running.
        """
        while not self._over.wait(0.5):  # in pieces: signals are handled in between
            pass
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """End the server and its kernels properly; acknowledged labels are saved."""
        self._closing.set()
        if hasattr(self, "_process"):
            _stop(self._process)
        if hasattr(self, "_watcher") and self._watcher is not threading.current_thread():
            self._watcher.join()
        self._over.set()
        self._scratch.close()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", START],
                cwd=self.folder / "notebooks",
                env=_environment(self.folder),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C reaches us first, and we end it properly
            )
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it has already ended; the code that waits for it says so
            process.stdin.write(self.options.to_json().encode() + b"\n")
            process.stdin.flush()  # the pipe stays open: the server ends when it is closed
        return process

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise ServerFailed(f"Voilà did not start: {self._last_line()}")
            if answers(self.options) or self._closing.is_set():
                return
            time.sleep(0.05)
        raise ServerFailed(
            f"Voilà did not answer within {START_SECONDS:.0f} s: {self._last_line()}"
        )

    def _watch(self) -> None:
        pause, failed = FIRST_PAUSE, 0
        while True:
            began = time.monotonic()
            code = self._process.wait()
            if self._closing.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                pause, failed = FIRST_PAUSE, 0
            self._say(f"Voilà ended by itself (exit code {code}) and is started again.")
            if self._closing.wait(pause):
                return
            pause = min(LONGEST_PAUSE, 2 * pause)
            self._process = self._start()
            if self._closing.is_set():
                _stop(self._process)
                return
            try:
                self._wait_until_up()
            except ServerFailed as error:
                _stop(self._process)
                failed += 1
                if failed >= ATTEMPTS:
                    self.failure = error
                    self._over.set()
                    return
            else:
                failed = 0

    def _last_line(self) -> str:
        return last_line(self._log.read_text(errors="replace"))


def address_of(options: Options) -> str:
    """The server's address from this machine; ends with a slash."""
    host = "127.0.0.1" if options.ip in ("0.0.0.0", "", "*") else options.ip
    host = "[::1]" if host == "::" else host
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{'https' if options.certfile else 'http'}://{host}:{options.port}{options.base_url}"


def answers(options: Options) -> bool:
    """Whether the server answers; this does not ask for the page, which starts a kernel."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if options.certfile:
        # We ask our own server by its number, while the certificate is for the name.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        handlers.append(urllib.request.HTTPSHandler(context=context))
    opener = urllib.request.build_opener(*handlers)
    try:
        opener.open(address_of(options) + "health", timeout=2).close()
    except (OSError, ValueError):
        return False
    return True


def _moved(options: Options, folder: Path) -> Options:
    """Copy the notebooks, and nothing else, to where the server looks."""
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    pages = []
    for number, page in enumerate(options.pages):
        copy = notebooks / f"page{number}.ipynb"
        shutil.copyfile(page.notebook, copy)
        pages.append(replace(page, notebook=str(copy)))
    return replace(options, folder=str(folder), pages=tuple(pages))


def _environment(folder: Path) -> dict[str, str]:
    """The environment without Jupyter's settings and without variables for kernels only."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "JPY_", "VOILA", "TRAITLETS", "DALT_", "IPYTHON"))
    }
    return kept | {
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "JUPYTER_CONFIG_PATH": "",
        "JUPYTER_DATA_DIR": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        "IPYTHONDIR": str(folder / "ipython"),
    }


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)  # it ends its kernels
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def kernel_environment(changes: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Variables for kernels: all of DALT's settings, those of the store included."""
    own = {name: value for name, value in os.environ.items() if name.startswith("DALT_")}
    own.pop(PAGE_TOKEN, None)  # kernels let nobody in
    return own | dict(changes)

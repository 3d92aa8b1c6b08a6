"""The labelers' page: the labeling notebook, served by Voilà (floor 4).

Voilà sees a folder of its own that holds nothing but the notebook, so that no label,
image or setting can be fetched beside the page.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dalt.records import BadInput, DaltError
from dalt.serving.supervisor import THIN_KERNEL, supervised

START_SECONDS = 60.0


class ServerFailed(DaltError):
    """Voilà did not start, or ended by itself."""


def serve(
    project: Path,
    *,
    annotator: str,
    ip: str = "127.0.0.1",
    port: int = 8866,
    token: str | None = None,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> int:
    """Serve the labeling page until it is interrupted.

    Parameters
    ----------
    project : Path
        A project's folder.
    annotator : str
        Who labels on this page.
    ip : str
        Address to listen on.
    port : int
        Port to listen on; 0 takes a free one.
    token : str, optional
        Opens the page; a new one is made if left out, and the empty text leaves the page
        open to everybody who reaches the address.
    open_browser : bool
        Show the page in a browser where there is a display.
    say : callable
        Gets the lines for the person who started it.

    Returns
    -------
    int
        0 after an orderly end.

    Raises
    ------
    BadInput
        If the port is taken.
    ServerFailed
        If Voilà does not come up, or ends by itself.
    """
    port = _free_port(ip, port)
    token = secrets.token_urlsafe(16) if token is None else token
    with (
        supervised(project, say=say),
        running(
            project,
            annotator=annotator,
            ip=ip,
            port=port,
            token=token,
            environment=THIN_KERNEL,
        ) as server,
    ):
        address = f"http://{_host(ip)}:{port}/" + (f"?token={token}" if token else "")
        say(f"Label at {address}")
        if not token:
            say("No token: everybody who reaches this address can label.")
        say("Stop with Ctrl+C; every acknowledged label is saved.")
        if open_browser and _has_display():
            webbrowser.open(address)
        return _until_stopped(server)


@contextmanager
def running(
    project: Path,
    *,
    annotator: str,
    ip: str,
    port: int,
    token: str,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run Voilà while the block runs; it answers when the block begins.

    `environment` is what the kernels are told besides.

    Raises
    ------
    ServerFailed
        If it does not come up within `START_SECONDS`.
    """
    with tempfile.TemporaryDirectory(prefix="dalt-page-") as folder:
        notebook = shutil.copy(_notebook(), Path(folder) / "label.ipynb")
        log = Path(folder) / "voila.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                _command(Path(notebook), ip, port, token),
                cwd=folder,
                env=_environment(project, annotator, token) | dict(environment or {}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C reaches us first, and we end it in order
            )
        try:
            _wait_until_up(server, f"http://{_host(ip)}:{port}/", log)
            yield server
        finally:
            _stop(server)


def _command(notebook: Path, ip: str, port: int, token: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "dalt.serve",
        str(notebook),
        f"--Voila.ip={ip}",
        f"--port={port}",
        "--no-browser",
        "--Voila.port_retries=0",
        "--strip_sources=True",
        # Makes Voilà take the token from the environment, where not every user of the
        # machine sees it; without this it would start open to all.
        f"--Voila.auto_token={bool(token)}",
    ]


def _environment(project: Path, annotator: str, token: str) -> dict[str, str]:
    return os.environ | {
        "DALT_PROJECT": str(project),
        "DALT_ANNOTATOR": annotator,
        "JUPYTER_TOKEN": token,
        # A broken configuration must not start the server open to all.
        "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR": "1",
    }


def _notebook() -> Path:
    here = Path(__file__).parent
    # In a checkout its own, also where an editable install has left a copy in the package.
    is_checkout = (here.parent / "pyproject.toml").is_file()
    notebook = (here.parent if is_checkout else here) / "notebooks" / "label.ipynb"
    if notebook.is_file():
        return notebook
    raise ServerFailed("The labeling notebook is missing from this installation; install anew.")


def _free_port(ip: str, port: int) -> int:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ip, port))
            return int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        raise BadInput(
            f"Port {port} of {ip} cannot be used ({error}); choose another with --port."
        ) from error


def _host(ip: str) -> str:
    return "127.0.0.1" if ip in ("0.0.0.0", "") else ip


def _wait_until_up(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ServerFailed(f"Voilà did not start: {_last_line(log)}")
        if _answers(address):
            return
        time.sleep(0.1)
    raise ServerFailed(f"Voilà did not answer within {START_SECONDS:.0f} s: {_last_line(log)}")


def _answers(address: str) -> bool:
    class NoRedirect(urllib.request.HTTPRedirectHandler):
        """The redirect to the login is answer enough; the page itself would start a kernel."""

        def redirect_request(self, *arguments: object) -> None:
            return None

    # The health of the server, not the page: opening the page would start a kernel.
    opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
    try:
        opener.open(address + "voila/static/", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _until_stopped(server: subprocess.Popen[bytes]) -> int:
    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        code = server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
    raise ServerFailed(f"Voilà ended by itself with exit code {code}.")


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGTERM)  # Voilà ends its kernels
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


# --- in the process of the server -----------------------------------------------------------


def _run_voila() -> None:
    """Run Voilà with what cannot be said among its arguments."""
    from traitlets.config import Config
    from voila.app import Voila

    config = Config({"VoilaConfiguration": {"prelaunch_hook": _give_cookie}})
    Voila.launch_instance(config=config)


def _give_cookie(request: Any, notebook: object, cwd: object) -> None:
    """Set the cookie with which the browser ends the kernel, and its leases, of a closed tab."""
    request.xsrf_token  # noqa: B018  reading it sets it


if __name__ == "__main__":
    _run_voila()

"""The labelers' page: the labeling notebook, served by Voilà to one person or a team.

The server itself is in `web/`: who gets in, who owns which kernel, what is served.
"""

from __future__ import annotations

import getpass
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

from dalt.core.errors import WrongUsage
from dalt.core.records import BadInput
from dalt.core.rights import readable_by_others
from dalt.core.signals import stopped_by_signals
from dalt.server.browser import has_display, show
from dalt.server.certificate import certificate_of
from dalt.server.front.names import Names
from dalt.server.front.proxies import Proxies
from dalt.server.front.tokens import given_token
from dalt.server.web.options import Options, ServedPage, path_prefix
from dalt.server.web.process import (
    PAGE_TOKEN,
    RunningServer,
    ServerFailed,
    address_of,
    kernel_environment,
)
from dalt.server.web.supervisor import THIN_KERNEL, supervised
from dalt.storage.accounts import Annotators

__all__ = ["Limits", "ServerFailed", "Service", "running", "serve"]

NOTEBOOKS = (
    ServedPage("/", "label.ipynb", own=True),
    ServedPage("/review", "review.ipynb", owner=True, own=True),
)
"""The notebooks to serve, their paths, and which are for the project's owner alone."""

LOCAL = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a server, and how it is reached.

    Attributes
    ----------
    max_pages : int
        Pages open at once; the next annotator is asked to wait.
    idle_minutes : float
        A page that nobody uses for this long ends; 0 never ends one.
    certfile, keyfile : Path, optional
        Certificate and key in PEM, for https.
    behind_proxy : bool
        Believe ``X-Forwarded-For`` and ``-Proto`` of a proxy on this machine.
    base_url : str
        The path below which everything is served, if a proxy passes one on as JupyterHub's
        does: "/user/ana/proxy/absolute/8866/".  Outer slashes are optional.
    allowed_hosts : tuple of str
        Names of hosts under which it answers, beside this machine's own; see `Names.of` for
        when they are checked.
    proxies : tuple of str
        Addresses and networks of other machines whose proxies are believed, too.

    Examples
    --------
    >>> Limits(base_url="pets").base_url
    '/pets/'
    """

    max_pages: int = 32
    idle_minutes: float = 60.0
    certfile: Path | None = None
    keyfile: Path | None = None
    behind_proxy: bool = False
    base_url: str = "/"
    allowed_hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", path_prefix(self.base_url))
        if self.max_pages < 1:
            raise WrongUsage(f"--max-pages {self.max_pages}: at least 1 page must be possible.")
        if not self.idle_minutes >= 0:
            raise WrongUsage(f"--idle-minutes {self.idle_minutes}: 0 or more, please.")
        certificate_of(self.certfile, self.keyfile)
        Names.of("", self.allowed_hosts, is_open=False)  # refuses what is no name
        if self.proxies and not self.behind_proxy:
            raise WrongUsage("--proxy says where the proxy is: --behind-proxy goes with it.")
        Proxies.of(self.proxies)  # refuses what is no address


@dataclass(frozen=True, slots=True)
class Service:
    """A service: the project, its annotators and its address.

    Attributes
    ----------
    project : Path
        A project's folder.
    annotator : str, optional
        Who labels on this page; by default people with the token say their names.
    annotators : Path, optional
        The file of people and passwords; then there is no token.
    ip : str
        Address to listen on.
    port : int
        Port to listen on; for `serve` 0 takes a free one.
    token : str, optional
        Opens the page; the default is ``DALT_PAGE_TOKEN``, else a new one.  The empty text
        opens the page to everybody who reaches the address.
    owner_token : str, optional
        Opens the owner's pages too; by default a new one.
    limits : Limits
    pages : tuple of ServedPage, optional
        Other notebooks than DALT's own, by their files.
    environment : mapping of str to str
        Additional variables for the kernels.
    """

    project: Path
    annotator: str | None = None
    annotators: Path | None = None
    ip: str = "127.0.0.1"
    port: int = 8866
    token: str | None = None
    owner_token: str | None = None
    limits: Limits = Limits()
    pages: tuple[ServedPage, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def options(self) -> Options:
        """The options of the server's process.

        Raises
        ------
        BadInput
            If the file of annotators names nobody, or is not valid.
        ServerFailed
            If DALT's own notebooks are missing.
        """
        token, owner_token = self._tokens()
        limits = self.limits
        told = [("DALT_PROJECT", str(self.project)), *self.environment.items()]
        return Options(
            folder="",
            pages=_found(NOTEBOOKS) if self.pages is None else self.pages,
            ip=self.ip,
            port=self.port,
            token=token,
            owner_token=owner_token,
            annotator=self.annotator,
            owner=self.annotator or user(),
            annotators=None if self.annotators is None else str(self.annotators.absolute()),
            secret=secrets.token_hex(32),
            kernel_environment=kernel_environment(told),
            max_pages=limits.max_pages,
            idle_minutes=limits.idle_minutes,
            certfile=None if limits.certfile is None else str(limits.certfile.absolute()),
            keyfile=None if limits.keyfile is None else str(limits.keyfile.absolute()),
            behind_proxy=limits.behind_proxy,
            base_url=limits.base_url,
            allowed_hosts=limits.allowed_hosts,
            proxies=limits.proxies,
        )

    def _tokens(self) -> tuple[str, str]:
        """The tokens of the page and of the owner's pages; empty if people have passwords."""
        if self.annotators is None:
            token = given_token(self.token, PAGE_TOKEN)
            if token is None:
                token = secrets.token_urlsafe(16)
            owner_token = self.owner_token
            return token, secrets.token_urlsafe(16) if owner_token is None else owner_token
        if not Annotators(self.annotators).all():
            raise BadInput(
                f"Nobody is in {self.annotators}; add somebody: dalt annotators add "
                f"{self.annotators} NAME"
            )
        return "", ""


def serve(
    service: Service,
    *,
    with_trainer: bool = True,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> int:
    """Serve the labeling page, with thin kernels, until it is interrupted.

    Parameters
    ----------
    service : Service
    with_trainer : bool
        Keep a trainer process alive; without it the pages follow one that runs elsewhere.
    open_browser : bool
        Show the page in a browser if there is a display.
    say : callable
        Gets the lines for the person who started it.

    Returns
    -------
    int
        0 after an orderly end.

    Raises
    ------
    BadInput
        If the port is taken, or the file of annotators or the certificate is not valid.
    ServerFailed
        If Voilà does not come up, or cannot be kept running.
    """
    if service.annotators is not None and (service.token, service.annotator) != (None, None):
        raise WrongUsage("--annotators says who labels: leave out --token and --annotator.")
    port = _free_port(service.ip, service.port)
    environment = {**THIN_KERNEL, **service.environment}
    options = replace(service, port=port, environment=environment).options()
    started = False

    def break_off() -> None:
        if not started:
            raise KeyboardInterrupt

    trainer = supervised(service.project, say=say) if with_trainer else nullcontext()
    with (
        stopped_by_signals(at_once=break_off) as stopping,
        trainer,
        _supervised(options, say) as server,
    ):
        started = True
        tell(options, say)
        if open_browser and has_display():
            address = with_token(options, options.token)
            show(address, server.folder, secret=bool(options.token))
        while not stopping.wait(0.5) and server.failure is None:
            pass
        if server.failure is not None:
            raise server.failure
    return 0


@contextmanager
def running(service: Service, *, say: Callable[[str], None] = print) -> Iterator[RunningServer]:
    """Run Voilà, and keep it running, while the block runs; it answers when the block begins.

    Parameters
    ----------
    service : Service
        Its port is the number of a free port, not 0.
    say : callable
        Gets a line when Voilà had to be started again.

    Raises
    ------
    ServerFailed
        If it does not come up.
    """
    with _supervised(service.options(), say) as server:
        yield server


@contextmanager
def _supervised(options: Options, say: Callable[[str], None]) -> Iterator[RunningServer]:
    server = RunningServer(options, say)
    try:
        yield server
    finally:
        server.close()


def tell(options: Options, say: Callable[[str], None]) -> None:
    """Say where the page is, and what whoever started it should know."""
    say(f"Label at {with_token(options, options.token)}")
    if any(page.owner for page in options.pages):
        review = next(page.path for page in options.pages if page.owner).lstrip("/")
        say(f"The owner's page, for you alone: {with_token(options, options.owner_token, review)}")
    if options.annotators is not None and readable_by_others(Path(options.annotators)):
        say(f"Others can read {options.annotators}, with all names; chmod 600 closes it.")
    if options.annotators is None and not options.token:
        say("No token: everybody who reaches this address can label.")
    if options.ip not in LOCAL and options.certfile is None and not options.behind_proxy:
        say(
            "Not encrypted: whoever is on this network can read logins and data; "
            "use --certfile and --keyfile."
        )
    say("Stop with Ctrl+C; every acknowledged label is saved.")


def with_token(options: Options, token: str, path: str = "") -> str:
    """The address of a page, with the token that opens it."""
    return address_of(options) + path + (f"?{urlencode({'token': token})}" if token else "")


def _found(pages: tuple[ServedPage, ...]) -> tuple[ServedPage, ...]:
    here = [(page, _folder() / page.notebook) for page in pages]
    found = [replace(page, notebook=str(file)) for page, file in here if file.is_file()]
    if not any(page.path == "/" for page in found):
        raise ServerFailed("The labeling notebook is missing: install DALT again.")
    return tuple(found)


def _folder() -> Path:
    here = Path(__file__).parents[1]
    # In a checkout its own, even if an editable install has left a copy in the package.
    is_checkout = (here.parent / "pyproject.toml").is_file()
    return (here.parent if is_checkout else here) / "notebooks"


def _free_port(ip: str, port: int) -> int:
    try:
        with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ip, port))
            return int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        raise BadInput(
            f"Port {port} of {ip} cannot be used ({error}); choose another with --port."
        ) from error


def user() -> str:
    """Return the name of the person who started this process.

    Returns
    -------
    str
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "me"

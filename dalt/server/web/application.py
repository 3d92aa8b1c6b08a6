"""The process that serves the pages: Voilà, reduced to the routes listed here."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import socket
import ssl
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tornado.ioloop
import tornado.web
from jupyter_core.utils import run_sync
from jupyter_server.utils import url_path_join
from tornado.netutil import bind_sockets
from traitlets import Instance
from traitlets.config import Config
from voila.app import Voila
from voila.paths import collect_static_paths

from dalt.page.bundle import SERVED
from dalt.server.front.gate import Gate, Places
from dalt.server.front.listening import PacedSocket
from dalt.server.front.names import Names
from dalt.server.front.proxies import Proxies
from dalt.server.web.assets import EXTENSIONS, Asset
from dalt.server.web.channels import Channels
from dalt.server.web.first_paint import BuiltFiles, BuiltHandler
from dalt.server.web.forking import prepare
from dalt.server.web.handlers import Health, KernelEnd, KernelModel, KernelState, PageHandler
from dalt.server.web.identity import Doorkeeper, TeamIdentity
from dalt.server.web.kernels import OwnPython, TeamKernels, socket_transport
from dalt.server.web.listening import (
    BODY_BYTES,
    BODY_SECONDS,
    HEAD_BYTES,
    GuardedServer,
    SafeHeaders,
)
from dalt.server.web.login import LoginHandler, LogoutHandler, NotFound, Slash
from dalt.server.web.logs import hide_queries
from dalt.server.web.options import Options
from dalt.server.web.policy import NOTHING
from dalt.server.web.templates import compile_once

TEMPLATE = "lab"
PAGE = Path(__file__).parent / "html" / "page"
SWEEP_MS = 1_000
BACKLOG = 1_024
"""Connections that wait to be accepted: many may come at once."""
KERNEL = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"

Route = tuple[str, type[tornado.web.RequestHandler], dict[str, Any]]


class Server(Voila):
    """Voilà for a team.

    It reads no configuration files, neither Voilà's nor Jupyter's: a broken or foreign one
    cannot open what is closed.
    """

    options = Instance(Options)
    doorkeeper = Instance(Doorkeeper)
    template_paths: list[str]  # Voilà's

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Read none."""

    def setup_template_dirs(self) -> None:
        """Put our template before Voilà's, which it extends."""
        super().setup_template_dirs()
        self.template_paths = [str(PAGE), *self.template_paths]

    def init_settings(self) -> dict[str, Any]:
        """Make the settings that handlers read."""
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.doorkeeper = self.doorkeeper
        self.kernel_manager.max_pages = self.options.max_pages
        self.kernel_manager.idle_seconds = 60 * self.options.idle_minutes
        self._built = BuiltFiles(self.base_url, PAGE)
        files = {SERVED: json.dumps(self._built.addresses())}
        self.kernel_manager.kernel_environment = {**self.options.kernel_environment, **files}
        self.kernel_manager.accounts = self.options.annotators or ""
        self.identity_provider.doorkeeper = self.doorkeeper
        connections: dict[str, set[Channels]] = {}
        self._sweeper = tornado.ioloop.PeriodicCallback(self._sweep, SWEEP_MS)
        self._connections = connections
        return settings | {
            "dalt_doorkeeper": self.doorkeeper,
            "dalt_paths": {url_path_join(self.base_url, page.path) for page in self.options.pages},
            "dalt_connections": connections,
            "allow_unauthenticated_access": False,
            "default_handler_class": NotFound,
            "dalt_built": self._built,
            "compress_response": True,
            "headers": {"Content-Security-Policy": NOTHING},
            # The page's script reads this cookie to end the kernel of a closed tab. Voilà's script
            # looks for names ending in "-_xsrf", too, and takes the one of the longest path.
            "xsrf_cookie_name": "-".join(filter(None, [self.options.mark, "_xsrf"])),
            "xsrf_cookie_kwargs": {"samesite": "Strict", "path": self.base_url}
            | ({"secure": True} if self.options.secure else {}),
            "log_function": _log_request,
            "websocket_ping_interval": 20,
            "websocket_ping_timeout": 20,
            "ws_ping_interval": 0,  # tornado's own pings do it
        }

    def init_handlers(self) -> list[Route]:
        """List all that is served."""
        return [*self._pages(), *self._files(), *self._kernels(), *self._doors()]

    def _pages(self) -> list[Route]:
        common = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        return [
            (
                self._at(page.path) + "$",
                PageHandler,
                common | {"page": page, "notebook_path": os.path.basename(page.notebook)},
            )
            for page in self.options.pages
        ]

    def _doors(self) -> list[Route]:
        return [
            (self._at("login"), LoginHandler, {}),
            (self._at("logout"), LogoutHandler, {}),
            (self._at("health"), Health, {}),
            *self._above(),
        ]

    def _above(self) -> list[Route]:
        """The routes outside the base path."""
        if self.base_url == "/":
            return []
        # A container's health check need not know the path.
        return [(re.escape(self.base_url.rstrip("/")), Slash, {}), ("/health", Health, {})]

    def _kernels(self) -> list[Route]:
        return [
            (self._at(f"state/{KERNEL}"), KernelState, {}),
            (self._at(f"api/kernels/{KERNEL}"), KernelModel, {}),
            (self._at(f"api/kernels/{KERNEL}/channels"), Channels, {}),
            (self._at(f"voila/api/shutdown/{KERNEL}"), KernelEnd, {}),
        ]

    def _files(self) -> list[Route]:
        voila = [Path(path) for path in collect_static_paths(["voila"], TEMPLATE)]
        lab = [Path(path) for path in collect_static_paths(["voila", "nbconvert"], TEMPLATE)]
        routes: list[Route] = [
            (self._at("voila/static/([^/]+)"), Asset, {"roots": voila}),
            (self._at(f"voila/templates/{TEMPLATE}/static/([^/]+)"), Asset, {"roots": lab}),
            (self._at("dalt/([^/]+)"), BuiltHandler, {"files": self._built}),
        ]
        for name in EXTENSIONS:
            roots = [Path(path) / name / "static" for path in self.labextensions_path]
            roots = [root for root in roots if root.is_dir()]
            if roots:
                path = self._at(f"voila/labextensions/{name}/static/([^/]+)")
                routes.append((path, Asset, {"roots": roots}))
        return routes

    def _at(self, path: str) -> str:
        return url_path_join(re.escape(self.base_url), path)

    # --- beginning and end

    def listen(self) -> None:
        """Listen, and serve until the end."""
        options = self.options
        places = Places.of_files(one_login=self.doorkeeper.open)
        server = self._server = GuardedServer(
            self.app,
            ssl_options=self._certificate(),
            xheaders=self.options.behind_proxy,
            max_buffer_size=16_000_000,
            max_header_size=HEAD_BYTES,
            max_body_size=BODY_BYTES,
            body_timeout=BODY_SECONDS,
            idle_connection_timeout=places.idle_seconds,
        )
        proxies = Proxies.of(options.proxies) if options.behind_proxy else None
        server.guard(Gate(places), self._names(), self.doorkeeper.login_of, proxies)
        self.app.add_transform(SafeHeaders)
        server.add_sockets(_paced(bind_sockets(options.port, options.ip, backlog=BACKLOG)))
        self.ioloop = tornado.ioloop.IOLoop.current()
        self._sweeper.start()
        threading.Thread(target=self._follow, name="dalt-parent", daemon=True).start()
        try:
            self.ioloop.start()
        finally:
            server.stop()
            self._sweeper.stop()
            self.stop()

    def _names(self) -> Names:
        options = self.options
        return Names.of(
            options.ip,
            options.allowed_hosts,
            is_open=self.doorkeeper.open,
            behind_proxy=options.behind_proxy,
        )

    def _certificate(self) -> ssl.SSLContext | None:
        if self.options.certfile is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.options.certfile, self.options.keyfile)
        return context

    def _follow(self) -> None:
        """End when the parent process is gone: it holds the other end of the pipe."""
        sys.stdin.read()
        self.ioloop.add_callback(self.ioloop.stop)

    def stop(self) -> None:
        """Shut all kernels down properly at once: they free their samples."""
        run_sync(self.kernel_manager.shutdown_all)()
        shutil.rmtree(self.connection_dir, ignore_errors=True)

    async def _sweep(self) -> None:
        self._server.sweep()
        await self.kernel_manager.sweep(self._close)

    def _close(self, kernel_id: str) -> None:
        for connection in list(self._connections.get(kernel_id, ())):
            connection.close(1001, "over")


def _paced(sockets: Sequence[socket.socket]) -> list[socket.socket]:
    return [PacedSocket(fileno=each.detach()) for each in sockets]


def _log_request(handler: tornado.web.RequestHandler) -> None:
    """Log failed requests without their query, which can hold a token."""
    status = handler.get_status()
    if status < 400:
        return
    request = handler.request
    log = logging.getLogger("tornado.access").warning
    log("%d %s %s (%s)", status, request.method, request.path, request.remote_ip)


def configuration(options: Options) -> Config:
    """Give Voilà settings that it accepts in no other way."""
    folder = Path(options.folder)
    return Config(
        {
            "Voila": {
                "ip": options.ip,
                "port": options.port,
                "base_url": options.base_url,
                "open_browser": False,
                "root_dir": str(folder / "notebooks"),
                "connection_dir_root": options.folder,
                "cookie_secret": bytes.fromhex(options.secret),
                "identity_provider_class": TeamIdentity,
                "token": "",
            },
            "VoilaConfiguration": {
                "template": TEMPLATE,
                "allow_template_override": "NO",
                "allow_theme_override": "NO",
                "strip_sources": True,
                "show_tracebacks": False,
                "preheat_kernel": False,
                "progressive_rendering": False,
                "file_allowlist": [],
                "extension_allowlist": list(EXTENSIONS),
                "multi_kernel_manager_class": TeamKernels,
                "kernel_spec_manager_class": OwnPython,
                "attempt_fix_notebook": True,
            },
            "TeamKernels": {
                "allow_tracebacks": False,
                "cull_idle_timeout": 0,  # sweep() does it, and tells use from a heartbeat
                "kernel_manager_class": "dalt.server.web.kernels.PageKernel",
            },
            "KernelManager": {"transport": socket_transport(folder / "voila_00000000")},
            "IdentityProvider": {
                "cookie_options": {"samesite": "Lax", "expires_days": 7},
                "secure_cookie": True if options.secure else None,
            },
        }
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the server as the line on the standard input says."""
    options = Options.from_json(sys.stdin.readline())
    # It learns nothing of projects and databases: each kernel does, when it is forked.
    told = options.kernel_environment.items()
    prepare({name: value for name, value in told if not name.startswith("DALT_")})
    server = Server.instance(
        config=configuration(options), options=options, doorkeeper=Doorkeeper(options)
    )
    compile_once()
    server.initialize([])
    hide_queries(server.log)
    server.start()


if __name__ == "__main__":
    main()

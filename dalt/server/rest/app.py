"""The REST model server: predictions of the newest snapshot for other programs.

It never learns: it follows the snapshots of the process that does.  The modules beside it
have the guards, the routes and the errors.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from dalt.core.version import __version__
from dalt.server.front.names import Names
from dalt.server.rest.backend import Backend
from dalt.server.rest.docs_page import add_page
from dalt.server.rest.errors import add_handlers
from dalt.server.rest.event_stream import News
from dalt.server.rest.guards import Doors, Limits, Token
from dalt.server.rest.labelstudio import label_studio_router
from dalt.server.rest.openapi import add_document
from dalt.server.rest.routes import Predicting, router
from dalt.server.rest.uvicorn_run import run

__all__ = ["Backend", "Limits", "create_app", "serve"]

DESCRIPTION = (
    "What a DALT project has learned, and labeling without its page. Every request needs the "
    "token: `Authorization: Bearer TOKEN`."
)


def create_app(
    backend: Backend, token: str, limits: Limits | None = None, names: Names | None = None
) -> FastAPI:
    """Make the application for any ASGI server.

    Parameters
    ----------
    backend : Backend
        The project; `dalt.server.model_server.backend_of` makes one.
    token : str
        What requests need; the empty text lets everybody in.
    limits : Limits, optional
    names : Names, optional
        The host names that are answered; by default all.

    Returns
    -------
    FastAPI
        Its OpenAPI document is at ``/openapi.json``, a page of it at ``/docs``.
    """
    limits = limits or Limits()
    shared: dict[str, News] = {}

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        news = shared["news"] = News(
            backend.store.events.newest_id, backend.store.events.after, lambda: _brief(backend)
        )
        app.state.hang_up = news.close
        unsubscribe = backend.subscribe(news.wake)
        warming = asyncio.create_task(asyncio.to_thread(backend.current.prepare))
        yield
        await warming
        unsubscribe()
        news.close()

    app = FastAPI(
        title="DALT",
        version=__version__,
        description=DESCRIPTION,
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    names = names or Names(checked=False)
    app.add_middleware(Doors, token=Token(token), names=names, body_bytes=limits.body_bytes)
    add_handlers(app)
    add_page(app)
    add_document(app)

    @app.get("/health", tags=["health"])
    async def health() -> dict[str, str]:
        """Whether this server is up; needs no token."""
        return {"status": "UP"}

    predicting = Predicting(backend, limits)
    app.include_router(router(backend, limits, predicting, lambda: shared["news"]))
    app.include_router(label_studio_router(backend))
    return app


def serve(
    backend: Backend,
    *,
    token: str,
    ip: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    tls: tuple[Path, Path] | None = None,
    allowed_hosts: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Serve until SIGTERM or Ctrl+C; requests under way are answered before the end.

    Parameters
    ----------
    backend : Backend
    token : str
    ip : str
        Address to listen on.
    port : int
        0 takes a free one.
    limits : Limits, optional
    tls : (Path, Path), optional
        Certificate and its key in PEM, for https.
    allowed_hosts : sequence of str
        Names of hosts under which it answers, beside this machine's own.
    say : callable
        Gets the line with the address once the server listens.

    Raises
    ------
    BadInput
        If the port is taken, the certificate cannot be used, or a host's name is no name.
    """
    names = Names.of(ip, allowed_hosts, is_open=not token)
    app = create_app(backend, token, limits, names)
    run(app, ip, port, say, tls, recognise=Token(token).login)


def _brief(backend: Backend) -> dict[str, Any] | None:
    """The newest snapshot as an event describes it."""
    snapshot = backend.trainer.snapshot
    if snapshot is None:
        return None
    return {"version": snapshot.version, "cursor": snapshot.cursor}

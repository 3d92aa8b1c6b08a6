"""The model server of a project."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.errors import WrongUsage
from dalt.core.records import BadInput
from dalt.learning.training.remote_follower import TOKEN
from dalt.project.project import Project
from dalt.server.front.tokens import given_token

if TYPE_CHECKING:
    from dalt.server.rest.app import Backend, Limits


def limits_of(body_megabytes: float, megapixels: float) -> Limits:
    """Make the limits of one request.

    Raises
    ------
    BadInput
        If one of them is not above 0, or FastAPI is not installed.
    """
    if not (0 < body_megabytes < 1e6 and 0 < megapixels < 1e6):
        raise WrongUsage("--max-body-mb and --max-megapixels are numbers above 0.")
    _need_fastapi()
    from dalt.server.rest.app import Limits

    return Limits(body_bytes=int(body_megabytes * 1e6), max_pixels=int(megapixels * 1e6))


def _need_fastapi() -> None:
    missing = [name for name in ("fastapi", "uvicorn", "python_multipart") if not find_spec(name)]
    if missing:
        raise BadInput(
            f"The model server needs {missing[0]}, which is not installed: pip install 'dalt[api]'."
        )


@contextmanager
def backend_of(path: str | Path, max_pixels: int | None = None) -> Iterator[Backend]:
    """Make the backend of a model server; it follows the process that learns for the project.

    Parameters
    ----------
    path : str or Path
        The project's folder.
    max_pixels : int, optional
        Largest picture to predict.

    Raises
    ------
    ProjectNotFound, BadSettings, DamagedStore, StoreUnreachable
        If the project cannot be opened.
    BadInput
        If FastAPI or uvicorn is not installed.
    """
    _need_fastapi()
    from dalt.server.rest.app import Backend

    with Project.open(path, thin=True) as project:
        at = project.workspace
        at.files.upload_pixels = max_pixels
        trainer = project.training.follower()
        backend = Backend(at.live, at.store, at.files, trainer, at.cache)
        trainer.start()
        try:
            yield backend
        finally:
            backend.close()


def answer(
    path: str | Path,
    *,
    token: str | None = None,
    ip: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    tls: tuple[Path, Path] | None = None,
    allowed_hosts: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Run the model server of a project until it is told to stop.

    Parameters
    ----------
    path : str or Path
        The project's folder.
    token : str, optional
        What requests need.  The default is ``DALT_MODEL_TOKEN``, else a new one, which is
        printed once; the empty text lets everybody in.
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
        Gets lines for the person who started the server.

    Raises
    ------
    BadInput
        If the port is taken, or FastAPI is not installed.
    """
    with backend_of(path, None if limits is None else limits.max_pixels) as backend:
        from dalt.server.rest.app import serve

        given = given_token(token, TOKEN)
        if given is None:
            given = secrets.token_urlsafe(24)
            say(f"Token (told only now): {given}")
        elif not given:
            say("No token: whoever reaches the address reads and writes labels.")
        serve(
            backend,
            token=given,
            ip=ip,
            port=port,
            limits=limits,
            tls=tls,
            allowed_hosts=allowed_hosts,
            say=say,
        )

"""The page's files, each kind from its own folder, and no others."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, StaticFileHandler

EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
)
"""JupyterLab's extensions that the page uses."""

PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.~-]*\.(?:js|css|woff2?|ttf|eot|svg|png|json)")
"""A file of an allowed kind in the folder itself: no parent folder, nothing hidden."""

AGE = 30 * 86_400


class Asset(JupyterHandler, StaticFileHandler):
    """One file out of a few folders, for people who are logged in.

    Attributes
    ----------
    roots : sequence of Path
        Searched in order.
    """

    def initialize(self, roots: Sequence[Path]) -> None:  # type: ignore[override]
        """Take the folders."""
        self.roots = roots
        super().initialize(path=str(roots[0]))

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse strangers; a script cannot use a redirect to the login."""
        await super().prepare(_redirect_to_login=False)

    async def head(self, path: str) -> None:
        """Tell of a file."""
        await self.get(path, include_body=False)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        """Find the file in the folder that has it, following no link out of it."""
        name = os.path.basename(absolute_path)
        for each in self.roots:
            found = (each / name).resolve()
            if PLAIN.fullmatch(name) and found.is_file() and found.parent == each.resolve():
                return str(found)
        raise HTTPError(404)

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Accept a plain name only; anything else is not a file of ours."""
        if not PLAIN.fullmatch(path):
            raise HTTPError(404)
        return os.path.join(root, path)

    def set_extra_headers(self, path: str) -> None:
        """Let browsers cache files that have the version in their address."""
        self.set_header("Cache-Control", f"private, max-age={AGE}, immutable")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say nothing but the number."""
        self.set_status(status_code)
        self.finish()

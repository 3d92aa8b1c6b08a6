"""What a browser gets before the kernel has run: the page's frame, its style, its scripts."""

from __future__ import annotations

import gzip
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

from dalt.page.bundle import BUILT

AGE = 365 * 86_400
KINDS = {".js": "text/javascript", ".css": "text/css"}
LANGUAGES = ("en", "ko")


@dataclass(frozen=True)
class BuiltFile:
    """A file of the page's front end, under a name that changes with its content.

    Attributes
    ----------
    name : str
        Such as "page-1a2b3c4d5e6f7a8b.js".
    kind : str
        Its media type.
    content : bytes
    """

    name: str
    kind: str
    content: bytes

    @cached_property
    def compressed(self) -> bytes:
        """The content for browsers that take gzip."""
        return gzip.compress(self.content, mtime=0)


def built(path: Path) -> BuiltFile:
    """Read a file and name it by its content."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return BuiltFile(f"{path.stem}-{digest}{path.suffix}", KINDS[path.suffix], content)


class BuiltFiles:
    """The front end of the page as this server serves it; read once, so names and contents fit.

    Parameters
    ----------
    base_url : str
        The path below which everything is served.
    hurdles : Path
        The folder of what tells why a page does not come up.
    """

    def __init__(self, base_url: str, hurdles: Path) -> None:
        paths = [*sorted(BUILT.iterdir()), hurdles / "hurdles.js", hurdles / "hurdles.css"]
        self._files = {path.name: built(path) for path in paths}
        self._by_name = {file.name: file for file in self._files.values()}
        self._base_url = base_url

    def get(self, name: str) -> BuiltFile | None:
        """Return the file of that name, hash included."""
        return self._by_name.get(name)

    def addresses(self) -> dict[str, str]:
        """The address of each file, by its plain name."""
        return {
            plain: url_path_join(self._base_url, "dalt", file.name)
            for plain, file in self._files.items()
        }


class BuiltHandler(JupyterHandler):
    """One file of the front end, for people who are logged in; browsers keep it for good."""

    def initialize(self, files: BuiltFiles) -> None:
        """Take the files."""
        self._files = files

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse strangers; a script cannot use a redirect to the login."""
        await super().prepare(_redirect_to_login=False)

    def get(self, name: str) -> None:
        """Send it, compressed where the browser takes that."""
        file = self._files.get(name)
        if file is None:
            raise HTTPError(404)
        self.set_header("Content-Type", f"{file.kind}; charset=utf-8")
        self.set_header("Cache-Control", f"private, max-age={AGE}, immutable")
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("X-Content-Type-Options", "nosniff")
        # A page in a sandbox is of no origin, and one of these files tells why it does not come up.
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(file.compressed)
        else:
            self.finish(file.content)

    def head(self, name: str) -> None:
        """Tell of it."""
        self.get(name)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say nothing but the number."""
        self.set_status(status_code)
        self.finish()


@dataclass(frozen=True)
class Known:
    """What the server knows of the project before its kernel runs.

    Attributes
    ----------
    title : str
    language : str
        "en" or "ko", or the empty text where each browser has its own.
    """

    title: str = ""
    language: str = ""


def known(environment: Mapping[str, str]) -> Known:
    """Read the project's name and language; whatever is wrong with it, its kernel says.

    Parameters
    ----------
    environment : mapping of str to str
        The kernels' variables, one of which names the project.

    Examples
    --------
    >>> known({})
    Known(title='', language='')
    """
    project = environment.get("DALT_PROJECT")
    if not project:
        return Known()
    try:
        said = tomllib.loads((Path(project) / "project.toml").read_text(encoding="utf-8-sig"))
        title = said.get("project", {}).get("name", "")
        language = said.get("page", {}).get("language", "")
    except (OSError, ValueError, AttributeError):
        return Known()
    return Known(
        title if isinstance(title, str) and title else Path(project).stem,
        language if language in LANGUAGES else "",
    )

"""A hub of models on this machine, which speaks as the Hugging Face Hub does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class ModelHub(ThreadingHTTPServer):
    """Serves folders as models.

    Parameters
    ----------
    models : dict of str to Path
        Folders by the names of their models.
    says_sizes : bool
        Whether it tells how large files are.
    refuses : int, optional
        Status of every answer, if it gives nothing.
    gated : bool
        Whether a refusal is for terms that were not accepted.
    """

    daemon_threads = True

    def __init__(
        self,
        models: dict[str, Path],
        says_sizes: bool = True,
        refuses: int | None = None,
        gated: bool = False,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.models, self.says_sizes = models, says_sizes
        self.refuses, self.gated = refuses, gated
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def given(self) -> list[str]:
        """Names of the files that were downloaded."""
        return sorted(each.rpartition("/")[2] for each in self.asked if each.startswith("GET /m"))


@contextmanager
def serving(hub: ModelHub) -> Iterator[ModelHub]:
    thread = Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


class _Answers(BaseHTTPRequestHandler):
    server: ModelHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(f"{self.command} {path}")
        if self.server.refuses:
            code = {"X-Error-Code": "GatedRepo"} if self.server.gated else {}
            self._send(self.server.refuses, b"{}", code)
            return
        api = path.startswith("/api/models/")
        bare = path.removeprefix("/api/models/" if api else "/")
        name = next((each for each in self.server.models if bare.startswith(f"{each}")), None)
        if name is None:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        folder, rest = self.server.models[name], bare.removeprefix(name).lstrip("/")
        if not api:
            self._file(folder, rest)
        elif rest.startswith("tree/"):
            self._json([_entry(folder, each) for each in _files(folder)])
        else:
            self._json(self._model(name, folder))

    def _model(self, name: str, folder: Path) -> dict[str, object]:
        sizes = self.server.says_sizes
        siblings = [
            {"rfilename": each, **({"size": (folder / each).stat().st_size} if sizes else {})}
            for each in _files(folder)
        ]
        return {"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings, "private": False}

    def _file(self, folder: Path, rest: str) -> None:
        path = folder / rest.split("/", 2)[2]  # resolve/COMMIT/…
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        content = path.read_bytes()
        self._send(200, content, {"ETag": f'"{_sha(content)}"', "X-Repo-Commit": COMMIT})

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def _files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _entry(folder: Path, name: str) -> dict[str, object]:
    content = (folder / name).read_bytes()
    return {"type": "file", "path": name, "size": len(content), "oid": _sha(content)}


def _sha(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()

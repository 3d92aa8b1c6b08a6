"""A model server and a trainer as processes of their own, and how to ask the server."""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from waiting import PATIENCE, until

TOKEN = "open sesame"


@dataclass
class Answered:
    """A status, headers and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Asked:
    """A running server."""

    url: str
    process: subprocess.Popen[str]
    token: str = TOKEN
    said: list[str] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answered:
        """Send one request; a body that is no bytes goes as JSON."""
        given = {"Authorization": f"Bearer {self.token if token is None else token}"}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            given["Content-Type"] = "application/json"
        connection = self.connect()
        try:
            connection.request(method, path, body, given | dict(headers or {}))
            answer = connection.getresponse()
            return Answered(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            return http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=PATIENCE, context=trusting
            )
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)

    def model(self, cursor: int) -> Any:
        """The model, once it has read an event."""

        answers: list[Answered] = []

        def learned() -> Any:  # the server pushes this too; here it is asked
            answers[:] = [self.ask("GET", "/v1/model")]
            [answer] = answers
            return answer.json if answer.status == 200 and answer.json["cursor"] >= cursor else None

        return until(learned, lambda: f"event {cursor} was not learned: {answers}")


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DALT_")}
    return kept | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}


@contextmanager
def serving(
    project: Path, *options: str, token: str | None = TOKEN, port: int = 0
) -> Iterator[Asked]:
    """Run ``dalt api`` on a free port."""
    command = [sys.executable, "-m", "dalt.cli", "api", str(project), "--port", str(port), *options]
    if token is not None:
        command += ["--token", token]
    with _running(command) as process:
        said = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            found = re.search(r"answers at (https?://\S+?)/ ", line)
            if found:
                yield Asked(found[1], process, token or "", said)
                break
        else:
            raise AssertionError(f"the server did not start: {said}")


@contextmanager
def training(project: Path) -> Iterator[subprocess.Popen[str]]:
    """Run ``dalt train``."""
    with _running([sys.executable, "-m", "dalt.cli", "train", str(project)]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def next_event(stream: http.client.HTTPResponse) -> tuple[str, Any]:
    """Read the next event of a stream: its name and what it says."""
    name = ""
    while True:
        line = stream.readline().decode()
        assert line, "the stream ended"
        if line.startswith("event: "):
            name = line[7:].strip()
        if line.startswith("data: "):
            return name, json.loads(line[6:])

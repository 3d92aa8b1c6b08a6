"""The model server before anything was learned: tokens, addresses, options, and how it ends."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asked import PATIENCE, Asked, environment, next_event, serving

import dalt


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A server of a project in which nothing was learned; the token is in the environment."""
    folder = tmp_path_factory.mktemp("api") / "empty.dalt"
    with dalt.Project.create(folder, classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
    with serving(folder) as asked:
        yield asked


# --- who is let in, and how much --------------------------------------------------------------


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic !", "Digest open sesame"])
def test_a_wrong_token_is_refused_everywhere(empty: Asked, header: str) -> None:
    document = empty.ask("GET", "/openapi.json").json
    for path, methods in document["paths"].items():
        if path in ("/health", "/label-studio/health"):
            continue
        for method in methods:
            answer = empty.ask(method.upper(), path, headers={"Authorization": header})
            assert answer.status == 401, (method, path)
            assert "token" in answer.json["error"]
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_token_is_taken_as_a_password_too(empty: Asked) -> None:
    basic = base64.b64encode(b"anybody:open sesame").decode()
    answer = empty.ask("GET", "/v1/labels", headers={"Authorization": f"Basic {basic}"})
    assert answer.status == 200


def test_health_and_documents_need_no_token(empty: Asked) -> None:
    assert empty.ask("GET", "/health", token="").json == {"status": "UP"}
    page = empty.ask("GET", "/docs", token="")
    assert b"/v1/predict" in page.body and b"<script" not in page.body
    assert empty.ask("GET", "/openapi.json", token="").status == 200


def test_a_new_token_is_made_and_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "t.dalt"
    dalt.Project.create(folder, classes=["a", "b"]).close()
    with serving(folder, token=None) as asked:
        token = asked.said[0].removeprefix("Token (told only now): ")
        assert len(token) >= 32
        assert asked.ask("GET", "/v1/labels", token=token).status == 200
        assert asked.ask("GET", "/v1/labels", token=token[:-1]).status == 401


# --- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/model", None),
        ("POST", "/v1/predict", {"samples": ["a text"]}),
        ("POST", "/v1/suggest", {"sample_ids": ["KNOWN"]}),
    ],
)
def test_before_the_first_snapshot_it_says_so(
    empty: Asked, method: str, path: str, body: Any
) -> None:
    if body and "sample_ids" in body:
        given = empty.ask("POST", "/v1/next", {"annotator": "ana"}).json["assignments"]
        body = {"sample_ids": [given[0]["sample"]["sample_id"]]}
    answer = empty.ask(method, path, body)
    assert (answer.status, answer.json["error"].split(":")[0]) == (
        409,
        "Nothing has been learned yet",
    )


def test_unknown_addresses_are_404_in_one_sentence(empty: Asked) -> None:
    assert empty.ask("GET", "/v1/nothing").json == {"error": "Not Found"}


def test_a_taken_port_is_one_line(empty: Asked, tmp_path: Path) -> None:
    folder = tmp_path / "t.dalt"
    dalt.Project.create(folder, classes=["a", "b"]).close()
    port = empty.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "dalt.cli", "api", str(folder), "--port", port]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("dalt: Cannot listen on 127.0.0.1 port")


def test_it_speaks_https_with_a_certificate(tmp_path: Path) -> None:
    folder, certificate, key = (tmp_path / name for name in ("t.dalt", "cert.pem", "key.pem"))
    dalt.Project.create(folder, classes=["a", "b"]).close()
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    files = ("--certfile", str(certificate), "--keyfile", str(key))
    with serving(folder, *files) as asked:
        assert asked.url.startswith("https://")
        assert asked.ask("GET", "/v1/labels").status == 200


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--certfile", "x.pem"], "--certfile and --keyfile go together; give both."),
        (["--certfile", "x.pem", "--keyfile", "y.pem"], "There is no file x.pem."),
        (["--max-body-mb", "0"], "--max-body-mb and --max-megapixels are numbers above 0."),
    ],
)
def test_options_that_make_no_sense_are_one_line(
    tmp_path: Path, options: list[str], error: str
) -> None:
    folder = tmp_path / "t.dalt"
    dalt.Project.create(folder, classes=["a", "b"]).close()
    command = [sys.executable, "-m", "dalt.cli", "api", str(folder), "--port", "0", *options]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    code = 1 if error.startswith("There is no file") else 2
    assert (done.returncode, done.stderr) == (code, f"dalt: {error}\n")


def test_it_ends_in_order_while_somebody_listens(tmp_path: Path) -> None:
    folder = tmp_path / "t.dalt"
    with dalt.Project.create(folder, classes=["a", "b"]) as project:
        project.add_texts(["one"], progress=False)
    with serving(folder) as asked:
        asked.ask("POST", "/v1/next", {"annotator": "ana"})
        connection = asked.connect()
        connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {asked.token}"})
        stream = connection.getresponse()
        next_event(stream)
        asked.process.send_signal(signal.SIGTERM)
        assert asked.process.wait(PATIENCE) == 0
        connection.close()
    with dalt.Project.open(folder, thin=True) as project:
        assert project.samples().status.tolist() == ["open"]  # its leases were freed

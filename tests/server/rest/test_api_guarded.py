"""The model server against strangers: half-open connections, foreign names."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from asked import Asked, serving
from strangers import answers_to_each, attacking

import dalt
from dalt.server.front.names import Names
from dalt.server.rest.docs_page import POLICY, page
from dalt.server.rest.guards import Doors, Token

FEW_FILES = 256
LONG = "a token that nobody can guess"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api-guarded") / "t.dalt"
    with dalt.Project.create(folder, classes=["a", "b"]) as made:
        made.add_texts(["x", "y", "z"], progress=False)
    return folder


@pytest.fixture(scope="module", params=["http", "https"])
def few_files(
    request: pytest.FixtureRequest, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """A server that may open a few files alone."""
    options = []
    if request.param == "https":
        folder = tmp_path_factory.mktemp("certificate")
        key, certificate = folder / "key.pem", folder / "cert.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        options = ["--certfile", str(certificate), "--keyfile", str(key)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, hard))
    try:
        with serving(project, *options, token=LONG) as asked:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            yield asked
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_programs_with_the_token_work_while_strangers_hold_more_than_all_files(
    few_files: Asked,
) -> None:
    held = few_files.connect()  # as a program keeps its connection
    headers = {"Authorization": f"Bearer {LONG}"}
    held.request("GET", "/v1/model", headers=headers)
    held.getresponse().read()
    with attacking(few_files.url, 2 * FEW_FILES, again=5.0) as strangers:
        for _ in range(5):
            assert few_files.ask("GET", "/v1/stats").status != 401
        held.request("GET", "/v1/model", headers=headers)
        assert held.getresponse().read()
        assert psutil.Process(few_files.process.pid).num_fds() < FEW_FILES
    held.close()
    assert strangers["closed"] > FEW_FILES, strangers


@pytest.mark.slow
def test_a_stranger_who_never_ends_a_request_is_cut_off(few_files: Asked) -> None:
    begun = [b"GET / HTTP/1.1\r\nX: ", b"POST /v1/labels HTTP/1.1\r\n"]
    assert answers_to_each(few_files.url, begun, seconds=30.0) == [b"", b""]


def test_a_foreign_name_is_refused_on_loopback(few_files: Asked) -> None:
    refused = few_files.ask("GET", "/health", headers={"Host": "evil.com:8000"})
    assert refused.status == 421
    assert "does not answer to the name 'evil.com'" in refused.json["error"]
    assert few_files.ask("GET", "/health", headers={"Host": "localhost:1"}).status == 200


def test_a_foreign_name_labels_nothing_where_there_is_no_token(project: Path) -> None:
    with serving(
        project, "--ip", "0.0.0.0", "--allow-host", "models.example.org", token=""
    ) as asked:
        local = Asked(asked.url.replace("0.0.0.0", "127.0.0.1"), asked.process, "")
        body = {"sample_id": "x", "label": "a", "annotator": "eve", "key": "1"}
        assert local.ask("POST", "/v1/labels", body, headers={"Host": "evil.com"}).status == 421
        assert local.ask("GET", "/v1/model", headers={"Host": "MODELS.example.org"}).status != 421
        assert local.ask("GET", "/v1/model").status != 421


def test_no_answer_names_a_program(few_files: Asked) -> None:
    assert "server" not in {name.casefold() for name in few_files.ask("GET", "/health").headers}


def test_every_answer_stays_out_of_caches_frames_and_other_sites(few_files: Asked) -> None:
    name = {"Host": "192.0.2.7"}
    for path in ("/health", "/docs", "/openapi.json", "/nowhere", "/v1/labels", "/v1/model"):
        for token in (LONG, "wrong"):
            answer = few_files.ask("GET", path, token=token, headers=name)
            said = {key.lower(): value for key, value in answer.headers.items()}
            assert said["x-content-type-options"] == "nosniff"
            assert said["cache-control"] == "no-store"
            assert said["cross-origin-resource-policy"] == "same-origin"
            policy = said["content-security-policy"]
            assert policy.startswith("default-src 'none'") and "unsafe" not in policy
            secure = few_files.url.startswith("https")
            assert ("strict-transport-security" in said) == secure
    local = few_files.ask("GET", "/health").headers
    assert "strict-transport-security" not in {key.lower() for key in local}


def test_a_head_that_is_too_large_is_refused(few_files: Asked) -> None:
    answer = few_files.ask("GET", "/health", headers={"Cookie": "x" * 40_000})
    assert answer.status in (400, 431)


def test_a_page_of_another_site_makes_no_browser_label(project: Path) -> None:
    with serving(project, token="") as asked:
        body = {"sample_id": "x", "label": "a", "annotator": "eve", "key": "1"}
        own = asked.url.partition("://")[2]
        for origin in ("http://evil.com", "null", f"http://{own}.evil.com", "http://127.0.0.1:1"):
            headers = {"Origin": origin, "Authorization": ""}
            answer = asked.ask("POST", "/v1/labels", body, headers=headers)
            assert answer.status == 403, origin
            assert "another site" in answer.json["error"]
        basic = {"Origin": "http://evil.com", "Authorization": "Basic b64"}  # a browser keeps it
        assert asked.ask("POST", "/v1/labels", body, headers=basic).status == 403
        picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Authorization": ""}
        assert asked.ask("GET", "/v1/labels", headers=picture).status == 403
        link = picture | {"Sec-Fetch-Mode": "navigate"}
        assert asked.ask("GET", "/docs", headers=link).status == 200
        same = {"Origin": asked.url, "Authorization": ""}
        assert asked.ask("POST", "/v1/labels", body, headers=same).status == 404  # no such sample


def test_a_failure_of_the_server_is_one_sentence_and_as_safe() -> None:
    async def failing(scope: object, receive: object, send: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": "http", "method": "GET", "path": "/health", "scheme": "http", "headers": []}
    doors = Doors(failing, Token(""), Names(checked=False), 1_000)
    asyncio.run(doors(scope, None, send))  # type: ignore[arg-type]
    assert said[0]["status"] == 500 and (b"cache-control", b"no-store") in said[0]["headers"]
    assert b"Something went wrong" in said[1]["body"] and b"Zero" not in said[1]["body"]


def test_the_page_of_the_document_has_the_one_style_that_its_policy_allows() -> None:
    style = page({"info": {"title": "<b>", "version": "1"}, "paths": {}})
    (written,) = re.findall("<style>(.*?)</style>", style, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(written.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in POLICY
    assert "<b>" not in style.partition("<title>")[2].partition("</title>")[0]

"""The page's server against strangers: half-open connections, foreign names, what answers say."""

from __future__ import annotations

import json
import re
import resource
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ports import free_port
from served import Wire, run
from strangers import answers_to, answers_to_each, attacking
from team_served import PASSWORDS, ROOT
from waiting import until

import dalt
from dalt.server.serve import Limits, Service, running
from dalt.storage.accounts import Annotators

FEW_FILES = 256
ASKED = "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guarded")
    with dalt.Project.create(folder / "t.dalt", classes=["a", "b"]) as made:
        made.add_texts([f"text {i}" for i in range(20)], progress=False)
    for name, password in PASSWORDS.items():
        Annotators(folder / "people.json").add(name, password)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", str(folder / "key.pem")),
            *("-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder / "t.dalt"


@contextmanager
def served(project: Path, **options: object) -> Iterator[str]:
    limits = options.get("limits", Limits())
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("OMP_NUM_THREADS", "1")
        with running(Service(project, port=port, **options)):  # type: ignore[arg-type]
            secure = isinstance(limits, Limits) and limits.certfile is not None
            yield f"http{'s' if secure else ''}://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def few_files(project: Path) -> Iterator[str]:
    """A server with passwords that may open a few files alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    people = project.parent / "people.json"
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, hard))
    try:
        with served(project, annotators=people, limits=Limits(max_pages=3)) as address:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            yield address
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_people_label_and_log_in_while_strangers_hold_more_than_all_files(few_files: str) -> None:
    async def test() -> None:
        ana, ben = Wire(few_files), Wire(few_files)
        await ana.log_in("ana", PASSWORDS["ana"])
        await ana.start()
        samples = (await ana.hear_kernel("samples"))["samples"]
        with attacking(few_files, 2 * FEW_FILES, again=5.0) as strangers:
            for sample in samples[:3]:
                assert (await ana.answer(sample["id"], "a"))["type"] == "ack"
            assert (await ben.log_in("bob", PASSWORDS["bob"])).code == 303
            await ben.start()
        assert strangers["closed"] > FEW_FILES and strangers["refused"] == 0, strangers
        await ana.leave()
        await ben.leave()

    run(test)


@pytest.mark.slow
def test_a_stranger_who_never_ends_a_request_is_cut_off(few_files: str) -> None:
    begun = [b"", b"GET / HTTP/1.1\r\nHost: ", b"POST /login HTTP/1.1\r\n"]
    assert answers_to_each(few_files, begun, seconds=20.0) == [b"", b"", b""]


def test_a_head_and_a_body_that_are_too_large_are_refused(few_files: str) -> None:
    head = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: " + 40_000 * b"x"
    assert b" 200 " not in answers_to(few_files, head)
    form = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 70000\r\n\r\n"
    assert answers_to(few_files, form).partition(b"\r\n")[0] in (b"", b"HTTP/1.1 400 Bad Request")


@pytest.mark.slow
def test_two_thousand_half_open_connections_keep_nobody_from_labeling() -> None:
    script = ROOT / "benchmarks" / "half_open.py"
    done = subprocess.run(
        [sys.executable, str(script), "--people", "2", "--seconds", "4"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for server in ("serve", "api"):
        under = found[server]["under_attack"]
        assert under["failed"] == 0 and under["labels"] > 0, found
        assert found[server]["strangers"]["closed"] > 1_000, found
    assert "failed" not in found["serve"]["new_person"], found


# --- names ----------------------------------------------------------------------------------


def said(address: str, host: str, path: str = "/health") -> str:
    return answers_to(address, ASKED.format(path=path, host=host).encode()).decode()


def test_a_foreign_name_opens_nothing_where_nobody_has_to_log_in(project: Path) -> None:
    limits = Limits(allowed_hosts=("label.example.org",))
    with served(project, token="", annotator="ana", limits=limits) as address:
        for path in ("/", "/health", "/login", "/voila/static/voila.js", "/nowhere"):
            answer = said(address, "evil.com:8866", path)
            assert answer.startswith("HTTP/1.1 421 "), path
            assert "does not answer to the name 'evil.com'" in answer
            assert "--allow-host" in answer and "kernelId" not in answer
        assert "421" in said(address, "evil.com", "/api/kernels/1/channels")
        for host in ("127.0.0.1", "localhost:99", "LABEL.example.org", "[::1]"):
            assert said(address, host).startswith("HTTP/1.1 200 ")


def test_a_foreign_name_is_refused_on_loopback(few_files: str) -> None:
    assert said(few_files, "evil.com", "/login").startswith("HTTP/1.1 421 ")
    assert said(few_files, "127.0.0.1", "/login").startswith("HTTP/1.1 200 ")


def test_a_proxy_passes_on_its_own_name(project: Path) -> None:
    with served(project, token="a token that is long", limits=Limits(behind_proxy=True)) as address:
        assert said(address, "label.example.org", "/login").startswith("HTTP/1.1 200 ")
        codes = run(lambda: guesses(address, "X-Real-Ip"))
        assert codes == [403] * 30 + [429], "a stranger has said from where they come"
        codes = run(lambda: guesses(address, "X-Forwarded-For"))
        assert codes == [403] * 31, "a proxy says it, and each of these comes from elsewhere"


async def guesses(address: str, header: str) -> list[int]:
    """The answers to 31 wrong tokens, each with another address in a header."""
    wire = Wire(address)
    return [
        (await wire.fetch(f"/?token=wrong{i}", headers={header: f"198.51.100.{i}"})).code
        for i in range(31)
    ]


# --- headers --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/health", "/", "/nowhere", "/voila/static/voila.js"])
def test_no_answer_names_a_program(few_files: str, path: str) -> None:
    head = said(few_files, "127.0.0.1", path).partition("\r\n\r\n")[0].casefold()
    assert head.startswith("http/1.1 ") and "x-content-type-options: nosniff" in head
    assert not re.search(r"^server:|tornado|jupyter|voila/|x-powered", head, re.MULTILINE)


def test_browsers_stay_with_https_but_not_for_all_of_loopback(project: Path) -> None:
    folder = project.parent
    limits = Limits(certfile=folder / "cert.pem", keyfile=folder / "key.pem")
    with served(project, token="a token that is long", ip="0.0.0.0", limits=limits) as address:
        named = said(address, "label.example.org", "/login")
        assert "strict-transport-security: max-age=604800" in named.casefold()
        assert "strict-transport" not in said(address, "localhost", "/login").casefold()
        with attacking(address, 50, again=5.0):  # they never begin with the handshake
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            until(lambda: "200" in said(address, "localhost")[:15], lambda: "no answer")


# --- an office behind one address --------------------------------------------------------------


def test_the_failures_of_one_do_not_shut_out_the_office(few_files: str) -> None:
    async def test() -> None:
        known = Wire(few_files)
        assert (await known.log_in("olga", PASSWORDS["olga"])).code == 303
        for number in range(32):
            failed = await Wire(few_files).log_in(f"nobody{number // 4}", "a wrong password")
            assert failed.code in (403, 429)
        for _ in range(6):
            await Wire(few_files).log_in("olga", "a wrong password")
        assert (await Wire(few_files).log_in("olga", PASSWORDS["olga"])).code == 429
        known.cookies = {name: value for name, value in known.cookies.items() if "browser" in name}
        assert (await known.log_in("olga", PASSWORDS["olga"])).code == 303, "her own browser"

    run(test)
    late = Wire(few_files)  # others wait for a moment, and get in

    def is_in() -> bool:
        return run(lambda: late.log_in("ana", PASSWORDS["ana"])).code == 303

    until(is_in, "ana waits for the failures of others")

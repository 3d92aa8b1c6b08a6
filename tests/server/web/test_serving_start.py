"""How the server starts and stops: https, tokens, hostile configuration, the file of annotators."""

import io
import os
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import free_port
from served import Wire, run
from team_served import ROOT

import dalt
from dalt.cli import main
from dalt.core.records import BadInput
from dalt.server.serve import Limits, Service, running, serve, tell
from dalt.server.web.throttle import Throttle
from dalt.storage.accounts import Annotators, is_password

# --- the file of annotators -----------------------------------------------------------------


def give(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    read, write = os.pipe()
    os.write(write, line.encode())
    os.close(write)
    monkeypatch.setattr(sys, "stdin", os.fdopen(read))


def test_annotators_are_added_listed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "team.json")
    give(monkeypatch, "correct horse\n")
    assert main(["annotators", "add", file, "ana", "--owner"]) == 0
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert "correct horse" not in Path(file).read_text()
    account = Annotators(Path(file)).find("ana")
    assert account is not None and account.owner
    assert is_password(account.password, "correct horse")
    assert not is_password(account.password, "correct horsf")
    assert main(["annotators", "list", file]) == 0
    assert "ana   owner" in capsys.readouterr().out
    assert main(["annotators", "remove", file, "ana"]) == 0
    assert main(["annotators", "remove", file, "ana"]) == 1
    assert "nobody named 'ana'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "password", "message"),
    [
        ("ana", "short\n", "8 to 1,000"),
        (" ", "long enough\n", "printable"),
        ("a\nb", "", "printable"),
    ],
)
def test_what_cannot_be_a_name_or_password_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    password: str,
    message: str,
) -> None:
    give(monkeypatch, password)
    assert main(["annotators", "add", str(tmp_path / "team.json"), name]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "team.json").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"annotators": {"ana": {"password": "plain text"}}}']
)
def test_a_file_that_makes_no_sense_opens_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "team.json"
    file.write_text(content)
    with pytest.raises(BadInput, match="no file of annotators"):
        serve(Service(tmp_path, annotators=file, port=0), open_browser=False)


def test_nobody_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "team.json"
    file.write_text('{"annotators": {}}')
    with pytest.raises(BadInput, match="Nobody is in"):
        serve(Service(tmp_path, annotators=file, port=0), open_browser=False)


@pytest.mark.parametrize(
    "options",
    [
        {"max_pages": 0}, {"idle_minutes": -1.0}, {"idle_minutes": float("nan")},
        {"certfile": Path("cert.pem")}, {"certfile": Path("a.pem"), "keyfile": Path("b.pem")},
    ],
    ids=str,
)  # fmt: skip
def test_limits_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Limits(**options)  # type: ignore[arg-type]


def test_who_waits_is_let_in_again_and_others_meanwhile() -> None:
    now = 0.0
    throttle = Throttle(lambda: now)
    assert [throttle.attempt("ana", "10.0.0.1") for _ in range(5)] == [0.0] * 5
    wait = throttle.attempt("ANA ", "10.0.0.1")
    assert wait > 0
    assert throttle.attempt("bob", "10.0.0.1") == 0
    now += wait
    assert throttle.attempt("ana", "10.0.0.1") == 0
    assert throttle.attempt("ana", "10.0.0.1") > wait  # and longer after each
    throttle.succeeded("ana", "10.0.0.1")
    assert throttle.attempt("ana", "10.0.0.1") == 0


# --- a server with tokens, by https, among hostile configurations ----------------------------

BROKEN = "this is no Python"
FOREIGN = """
c.Voila.token = ""
c.Voila.auto_token = False
c.VoilaConfiguration.file_allowlist = [".*"]
c.VoilaConfiguration.strip_sources = False
c.IdentityProvider.token = ""
c.ServerApp.token = ""
c.TeamIdentity.token = ""
"""


@pytest.fixture(scope="module", params=[BROKEN, FOREIGN], ids=["broken", "foreign"])
def secured(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("secured")
    with dalt.Project.create(folder / "t.dalt", classes=["a", "b"]) as made:
        made.add_texts(["x", "y"], progress=False)
    for name in ("voila.py", "jupyter_config.py", "jupyter_server_config.py", "server_config.py"):
        (folder / name).write_text(request.param)
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):
            patch.setenv(name, str(folder))
        patch.setenv("JUPYTER_TOKEN", "")
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        with running(
            Service(
                folder / "t.dalt",
                annotator=None,
                ip="127.0.0.1",
                port=port,
                token="letmein",
                owner_token="owner",
                limits=Limits(certfile=certificate, keyfile=key),
            )
        ):
            yield f"https://127.0.0.1:{port}/"


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_no_configuration_opens_what_is_closed(secured: str) -> None:
    async def test() -> None:
        wire = Wire(secured)
        for path in ("/", "/?token=", "/?token=wrong", "/voila/files/voila.py"):
            response = await wire.fetch(path, ssl_options=trusting())
            assert response.code in {302, 403, 404}, path
            assert b"kernelId" not in response.body

    run(test)


def test_a_token_is_changed_for_a_cookie_once_there_is_a_name(secured: str) -> None:
    async def test() -> None:
        wire = Wire(secured)
        asked = await wire.fetch("/?token=letmein", ssl_options=trusting())
        assert asked.code == 200 and b'name="name"' in asked.body
        form = f"secret=letmein&name=ana&next=/&_xsrf={wire.cookies['_xsrf']}"
        entered = await wire.fetch("/login", "POST", body=form, ssl_options=trusting())
        assert (entered.code, entered.headers["Location"]) == (303, "/")
        cookies = entered.headers.get_list("Set-Cookie")
        assert cookies and all("Secure" in cookie for cookie in cookies)
        again = await wire.fetch("/?token=letmein", ssl_options=trusting())
        assert (again.code, again.headers["Location"]) == (303, "/")

    run(test)


# --- the end --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_kernels_and_frees_their_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as made:
        made.add_texts([f"text {i}" for i in range(20)], progress=False)
    port = free_port()
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from dalt.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "serve", str(tmp_path / "t.dalt"), "--no-browser"]
    command += ["--port", str(port), "--annotator", "ana", "--token", "letmein"]
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    async def label() -> None:
        wire = Wire(f"http://127.0.0.1:{port}/")
        await wire.fetch("/?token=letmein")
        await wire.start()
        samples = (await wire.hear_kernel("samples"))["samples"]
        await wire.answer(samples[0]["id"], "a")

    try:
        assert server.stdout is not None
        assert "Label at" in server.stdout.readline()
        run(label)
    finally:
        server.send_signal(number)
        assert server.wait(60) == 0
    with dalt.Project.open(tmp_path / "t.dalt") as project:
        assert list(project.labels().annotator) == ["ana"]
        with project.session(annotator="bob") as session:
            left = [session.next() for _ in range(19)]
    assert None not in left


@pytest.mark.parametrize(
    "password", [b"\xff\xfe" * 8, "\ud800".encode("utf-8", "surrogatepass") * 8]
)
def test_a_password_that_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: bytes
) -> None:
    for errors in ("strict", "surrogateescape"):
        given = io.TextIOWrapper(io.BytesIO(password + b"\n"), "utf-8", errors=errors)
        monkeypatch.setattr("sys.stdin", given)
        assert main(["annotators", "add", str(tmp_path / "team.json"), "ana"]) == 1
        assert not (tmp_path / "team.json").exists()


def test_a_password_of_half_a_surrogate_pair_is_wrong_and_no_failure(tmp_path: Path) -> None:
    people = Annotators(tmp_path / "team.json")
    with pytest.raises(BadInput, match="is text"):
        people.add("ana", "\ud800" * 8)
    people.add("ana", "correct horse")
    account = people.find("ana")
    assert account is not None and not is_password(account.password, "\ud800" * 8)


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"annotators": 5}', '{"annotators": {"a": []}}']
)
def test_a_file_that_is_none_of_annotators_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "team.json"
    file.write_text(content)
    with pytest.raises(BadInput, match="is no file of annotators"):
        Annotators(file).all()


def test_a_file_of_people_that_others_can_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "team.json"
    Annotators(file).add("ana", "correct horse")
    for mode, told in ((0o600, False), (0o644, True), (0o620, True)):
        file.chmod(mode)
        said: list[str] = []
        tell(Service(tmp_path / "t.dalt", annotators=file).options(), said.append)
        assert any("Others can read" in line for line in said) == told

"""The server of the page: who is let in, what is served, what may be said to a kernel."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ports import free_port
from processes import told
from served import Wire, kernels_of, run
from team_served import PASSWORDS, ROOT, Team, logged_in, review_notebook
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError

import dalt
from dalt.server.serve import Limits, Service, running
from dalt.server.web.channels import BURST
from dalt.server.web.forking import PRELOADED
from dalt.server.web.options import ServedPage
from dalt.storage.accounts import Annotators


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    project = folder / "t.dalt"
    with dalt.Project.create(project, classes=["a", "b"]) as made:
        made.add_texts([f"text {i}" for i in range(200)], progress=False)
    (folder / "secret.txt").write_text("not for you")
    annotators = folder / "annotators.json"
    for name, password in PASSWORDS.items():
        Annotators(annotators).add(name, password, owner=name == "olga")
    port = free_port()
    pages = (
        ServedPage("/", str(ROOT / "notebooks" / "label.ipynb")),
        ServedPage("/review", str(review_notebook(folder)), owner=True),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        patch.setenv("OMP_NUM_THREADS", "1")
        with running(
            Service(
                project,
                annotator=None,
                annotators=annotators,
                ip="127.0.0.1",
                port=port,
                token="",
                limits=Limits(max_pages=3),
                pages=pages,
            )
        ) as server:
            yield Team(f"http://127.0.0.1:{port}/", project, annotators, server)


def events(team: Team) -> Any:
    with dalt.Project.open(team.project) as project:
        return project.history()


# --- strangers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/review", "/?token=", "/?token=guess", "/?annotator=olga", "/logout"],
)
def test_a_stranger_sees_the_login_and_starts_no_kernel(team: Team, path: str) -> None:
    async def test() -> None:
        response = await Wire(team.address).fetch(path)
        assert response.code == 302
        assert response.headers["Location"].startswith("/login")

    run(test)


@pytest.mark.parametrize(
    "path",
    [
        "/voila/static/voila.js",
        "/voila/templates/lab/static/voila-style.js",
        "/voila/labextensions/anywidget/static/2.3dbf81c0.js",
        "/api/kernels/06ab43fb-6e5c-4670-91cd-0281f7314c55",
        "/api/kernels/06ab43fb-6e5c-4670-91cd-0281f7314c55/channels",
        "/state/06ab43fb-6e5c-4670-91cd-0281f7314c55",
    ],
)
def test_a_stranger_gets_nothing_of_the_page(team: Team, path: str) -> None:
    async def test() -> None:
        response = await Wire(team.address).fetch(path)
        assert response.code in {302, 401, 403, 404}
        assert len(response.body) < 3_000

    run(test)


ELSEWHERE = [
    "/label.ipynb", "/page0.ipynb", "/page1.ipynb", "/notebooks/label.ipynb",
    "/voila/render/page1.ipynb", "/voila/render/label.ipynb", "/voila/tree", "/voila/tree/",
    "/voila/files/page0.ipynb", "/voila/files/page1.ipynb", "/voila/files/voila.log",
    "/voila/files/../voila.log", "/voila/files/..%2fvoila.log", "/voila/files/%2e%2e/voila.log",
    "/voila/static/../../../../etc/passwd", "/voila/static/..%2f..%2f..%2fetc%2fpasswd",
    "/voila/static/%2e%2e%2f%2e%2e%2fpaths.py", "/voila/static//etc/passwd",
    "/voila/static/..%5c..%5capp.py", "/voila/static/.hidden.js", "/voila/static/voila.js%00.css",
    "/voila/templates/lab/index.html.j2", "/voila/templates/lab/static/../index.html.j2",
    "/voila/templates/lab/static/..%2findex.html.j2", "/voila/templates/../../etc/passwd",
    "/voila/labextensions/@jupyter-widgets/jupyterlab-manager/package.json",
    "/voila/labextensions/ipyevents/static/style.js",
    "/voila/labextensions/anywidget/static/../package.json",
    "/voila/labextensions/anywidget/static/..%2fpackage.json",
    "/voila/api/contents", "/voila/api/contents/page0.ipynb", "/voila/api/themes/x.css",
    "/voila/query/06ab43fb-6e5c-4670-91cd-0281f7314c55",
    "/voila/execution/06ab43fb-6e5c-4670-91cd-0281f7314c55",
    "/api", "/api/contents", "/api/kernels", "/api/sessions", "/api/terminals", "/api/status",
    "/api/me", "/api/kernelspecs", "/lab", "/tree", "/files/secret.txt", "/terminals/1",
    "/static/logo/logo.png", "/..", "/../secret.txt", "/%2e%2e/secret.txt", "//etc/passwd",
    "/review/", "/review/x", "/%72eview/..", "/login/x",
]  # fmt: skip


def test_who_labels_gets_no_other_notebook_file_or_interface(team: Team) -> None:
    async def test() -> None:
        wire = await logged_in(team, "ana")
        served = [path for path in ELSEWHERE if (await wire.fetch(path)).code not in {403, 404}]
        assert served == []

    run(test)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/api/kernels", "/api/contents/x", "/review"])
def test_nothing_can_be_made_or_changed(team: Team, method: str, path: str) -> None:
    async def test() -> None:
        wire = await logged_in(team, "ana")
        response = await wire.fetch(path, method, body="{}")
        assert response.code in {403, 404, 405}

    run(test)


# --- logging in -----------------------------------------------------------------------------


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(team: Team) -> None:
    async def test() -> None:
        answers = []
        for name in ("bob", "nobody"):
            wire = Wire(team.address)
            response = await wire.log_in(name, "wrong password")
            body = re.sub(r'(name="_xsrf" value|nonce)="[^"]*"', "", response.body.decode())
            answers.append((response.code, body.replace(name, "NAME")))
            assert not [cookie for cookie in wire.cookies if cookie != "_xsrf"]
        assert answers[0][0] == 403
        assert answers[0] == answers[1]

    run(test)


def test_who_guesses_has_to_wait(team: Team) -> None:
    async def test() -> None:
        codes = [(await Wire(team.address).log_in("guessed", "x" * 9)).code for _ in range(6)]
        assert codes == [403] * 5 + [429]
        assert (await Wire(team.address).log_in("ana", PASSWORDS["ana"])).code == 303

    run(test)


def test_a_form_from_elsewhere_logs_nobody_in(team: Team) -> None:
    async def test() -> None:
        body = f"name=ana&secret={PASSWORDS['ana'].replace(' ', '+')}"
        wire = Wire(team.address)
        assert (await wire.fetch("/login", "POST", body=body)).code == 403

    run(test)


@pytest.mark.parametrize(
    "asked",
    [{"Sec-Fetch-Dest": "image"}, {"Sec-Fetch-Dest": "iframe"}, {"Sec-Purpose": "prefetch"}],
)
def test_a_kernel_starts_for_what_somebody_opens_and_not_for_a_picture_elsewhere(
    team: Team, asked: dict[str, str]
) -> None:
    async def test() -> None:
        wire = await logged_in(team, "ana")
        before = len(kernels_of(team.server.pid))
        assert (await wire.fetch("/", headers=asked)).code == 403
        assert len(kernels_of(team.server.pid)) <= before

    run(test)


@pytest.mark.parametrize(
    "path", ["/login?token={}", "/?token={}&token=%ff", "/nowhere?token={}", "/logout?token={}"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_token_of_an_address_gets_into_the_log(team: Team, method: str, path: str) -> None:
    token = "sesame-sesame-open-up"

    async def test() -> None:
        await Wire(team.address).fetch(
            path.format(token), method, body="" if method == "POST" else None
        )

    run(test)
    assert token not in (team.server.folder / "voila.log").read_text()


@pytest.mark.parametrize(
    "path",
    ["/login", "/nowhere", "/logout", "/health", "/voila/static/voila.js", "/dalt/x.js",
     "/state/06ab43fb-6e5c-4670-91cd-0281f7314c55", "/voila/static/nothing.js",
     "/api/kernels/06ab43fb-6e5c-4670-91cd-0281f7314c55/channels"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["ana", ""])
def test_every_answer_has_a_policy_without_anything_unsafe(
    team: Team, name: str, path: str
) -> None:
    async def test() -> None:
        wire = await logged_in(team, name) if name else Wire(team.address)
        for method in ("GET", "POST"):
            answer = await wire.fetch(path, method, body="" if method == "POST" else None)
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'") and "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy and "report" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    run(test)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(team: Team) -> None:
    async def test() -> None:
        wire = Wire(team.address)
        response = await wire.log_in("ana", PASSWORDS["ana"])
        (login,) = [c for c in response.headers.get_list("Set-Cookie") if "username" in c]
        assert "HttpOnly" in login and "SameSite=Lax" in login and "Secure" not in login

    run(test)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/x", "/\\evil"])
def test_a_login_goes_on_to_our_own_pages_only(team: Team, elsewhere: str) -> None:
    async def test() -> None:
        wire = Wire(team.address)
        response = await wire.log_in("ana", PASSWORDS["ana"], elsewhere)
        assert response.headers["Location"] == "/"

    run(test)


def test_a_cookie_that_was_changed_is_none(team: Team) -> None:
    async def test() -> None:
        wire = await logged_in(team, "ana")
        (name,) = [each for each in wire.cookies if each.startswith("username")]
        signed = wire.cookies[name]
        for forged in (signed[:-4] + "0000", signed.replace("|", "|1", 1), "x", ""):
            wire.cookies[name] = forged
            assert (await wire.fetch("/")).code == 302

    run(test)


def test_logging_out_ends_the_login_and_its_pages(team: Team) -> None:
    async def test() -> None:
        wire = await logged_in(team, "ana")
        await wire.start()
        kept = dict(wire.cookies)
        await wire.fetch("/logout", "POST", headers={"X-XSRFToken": kept["_xsrf"]}, body="")
        wire.cookies = kept  # a copy of the cookie is worth nothing either
        assert (await wire.fetch("/")).code == 302
        with pytest.raises(ConnectionError):
            await wire.say("heartbeat")
            await wire.hear_kernel("heartbeat")

    run(test)


def test_another_password_or_removal_ends_all_logins(team: Team) -> None:
    async def test() -> None:
        people = Annotators(team.annotators)
        people.add("eve", "first password")
        wire = Wire(team.address)
        await wire.log_in("eve", "first password")
        assert (await wire.fetch("/login")).code == 303
        await wire.start()
        people.add("eve", "second password")
        assert (await wire.fetch("/login")).code == 200
        with pytest.raises(ConnectionError):  # the open page ends: somebody may have stolen it
            await wire.hear_kernel("never")
        await wire.log_in("eve", "second password")
        await wire.start()
        people.remove("eve")
        assert (await wire.fetch("/")).code == 302
        with pytest.raises(ConnectionError):  # the open page ends, too
            await wire.hear_kernel("never")

    run(test)


# --- whose label it is ----------------------------------------------------------------------


def test_the_label_bears_the_name_of_the_login_whatever_the_address_says(team: Team) -> None:
    async def test() -> None:
        wire = await logged_in(team, "bob")
        setup = await wire.start("/?annotator=olga&DALT_ANNOTATOR=olga&name=olga")
        assert setup["annotator"] == "bob"
        samples = await wire.hear_kernel("samples")
        await wire.answer(samples["samples"][0]["id"], "a")
        await wire.leave()

    run(test)
    assert events(team).iloc[-1].annotator == "bob"


def test_pages_of_two_people_at_once_keep_them_apart(team: Team) -> None:
    async def test() -> None:
        ana, bob = await logged_in(team, "ana"), await logged_in(team, "bob")
        setups = await asyncio.gather(ana.start(), bob.start())
        assert [setup["annotator"] for setup in setups] == ["ana", "bob"]
        held = [
            {sample["id"] for sample in (await wire.hear_kernel("samples"))["samples"]}
            for wire in (ana, bob)
        ]
        assert held[0] and held[1] and not held[0] & held[1]
        await asyncio.gather(ana.leave(), bob.leave())

    run(test)


# --- the kernel -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(team: Team) -> Iterator[dict[str, Any]]:
    """One page of ana's for several tests: what connects to it."""

    async def opening() -> dict[str, Any]:
        wire = await logged_in(team, "ana")
        await wire.open()
        return {"kernel": wire.kernel_id, "model": wire.model_id, "cookies": wire.cookies}

    yield run(opening)


def wire_to(team: Team, opened: dict[str, Any]) -> Wire:
    wire = Wire(team.address)
    wire.kernel_id, wire.model_id = opened["kernel"], opened["model"]
    wire.cookies = dict(opened["cookies"])
    return wire


async def refused(
    wire: Wire, code: int, subprotocols: list[str] | None = None, **headers: str
) -> None:
    with pytest.raises(HTTPClientError) as refusal:
        await wire.connect(subprotocols, **headers)
    assert refusal.value.code == code


def test_another_person_cannot_connect_to_the_kernel_nor_end_it(
    team: Team, opened: dict[str, Any]
) -> None:
    async def test() -> None:
        for name in ("bob", "olga"):
            other = await logged_in(team, name)
            other.kernel_id = opened["kernel"]
            await refused(other, 403)
            assert (await other.fetch(f"/api/kernels/{opened['kernel']}")).code == 404
            end = f"/voila/api/shutdown/{opened['kernel']}"
            xsrf = {"X-XSRFToken": other.cookies["_xsrf"]}
            assert (await other.fetch(end, "POST", headers=xsrf, body="")).code == 404
        stranger = Wire(team.address)
        stranger.kernel_id = opened["kernel"]
        await refused(stranger, 403)

    run(test)


def test_a_page_that_floods_the_server_is_disconnected(team: Team, opened: dict[str, Any]) -> None:
    async def test() -> None:
        wire = wire_to(team, opened)
        await wire.connect()
        with pytest.raises((ConnectionError, WebSocketClosedError)):
            for _ in range(4 * BURST):
                await wire.send("comm_info_request", {})
            await wire.hear_kernel("never")
        again = wire_to(team, opened)
        await again.connect()  # the kernel is still there
        again.close()

    run(test)


def test_a_page_from_elsewhere_cannot_connect(team: Team, opened: dict[str, Any]) -> None:
    async def test() -> None:
        await refused(wire_to(team, opened), 403, Origin="https://evil.example")

    run(test)


def test_another_protocol_is_refused_and_the_server_goes_on(
    team: Team, opened: dict[str, Any]
) -> None:
    async def test() -> None:
        for protocols in ([], ["v0.kernel.websocket.jupyter.org"]):
            await refused(wire_to(team, opened), 400, protocols)
        wire = wire_to(team, opened)
        await wire.connect()
        await wire.say("ready", held=[])
        assert (await wire.hear_kernel("setup"))["annotator"] == "ana"
        wire.close()

    run(test)


MARK = "dalt_was_here"
CODE = f"open({MARK!r}, 'w').close()"
FORBIDDEN: dict[str, tuple[str, Any, str]] = {
    "execute": ("execute_request", {"code": CODE, "silent": False}, "shell"),
    "execute on control": ("execute_request", {"code": CODE, "silent": False}, "control"),
    "input": ("input_reply", {"value": CODE}, "stdin"),
    "complete": ("complete_request", {"code": "o", "cursor_pos": 1}, "shell"),
    "inspect": ("inspect_request", {"code": "open", "cursor_pos": 4}, "shell"),
    "history": ("history_request", {"hist_access_type": "tail", "n": 9}, "shell"),
    "is complete": ("is_complete_request", {"code": "1"}, "shell"),
    "shutdown": ("shutdown_request", {"restart": False}, "control"),
    "shutdown on shell": ("shutdown_request", {"restart": False}, "shell"),
    "interrupt": ("interrupt_request", {}, "control"),
    "debug": ("debug_request", {"command": "evaluate"}, "control"),
    "subshell": ("create_subshell_request", {}, "control"),
    "open a widget": ("comm_open", {"comm_id": "x", "target_name": "jupyter.widget"}, "shell"),
    "open anything": ("comm_open", {"comm_id": "x", "target_name": "matplotlib"}, "shell"),
    "widget on control": ("comm_msg", {"comm_id": "x", "data": {}}, "control"),
    "on iopub": ("comm_msg", {"comm_id": "x", "data": {}}, "iopub"),
    "no content": ("comm_msg", [], "shell"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_no_page_says_is_hung_up_on(team: Team, opened: dict[str, Any], name: str) -> None:
    async def test() -> None:
        kind, content, channel = FORBIDDEN[name]
        wire = wire_to(team, opened)
        await wire.connect()
        await wire.send(kind, content, channel)
        with pytest.raises(ConnectionError, match="not allowed"):
            await wire.hear(lambda message: False)
        replies = {message["type"] for message in wire.heard}
        assert not {each for each in replies if each.endswith("_reply")} - {"kernel_info_reply"}

    run(test)
    folders = [Path(team.server.folder), Path.cwd(), team.project.parent]
    assert not [found for folder in folders for found in folder.rglob(MARK)]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"x", b"\xff" * 8, b"\xff" * 4_096, (2**60).to_bytes(8, "little") * 40,
        (6).to_bytes(8, "little") + b"\xff" * 400, b'{"header": {}}' * 20,
    ],
    ids=["empty", "short", "ones", "many ones", "huge count", "wild offsets", "json"],
)  # fmt: skip
def test_garbage_is_hung_up_on_and_the_server_goes_on(
    team: Team, opened: dict[str, Any], raw: bytes
) -> None:
    async def test() -> None:
        wire = wire_to(team, opened)
        await wire.connect()
        await wire.send("", {}, raw=raw)
        with pytest.raises(ConnectionError, match="not allowed"):
            await wire.hear(lambda message: False)
        assert (await wire.fetch("/health")).code == 200

    run(test)


def test_the_page_shows_neither_sources_nor_settings(team: Team, opened: dict[str, Any]) -> None:
    async def test() -> None:
        wire = await logged_in(team, "bob")
        page = (await wire.open()).body.decode()
        await wire.leave()
        for word in ("import dalt", "DALT_PROJECT", str(team.project), "notebook_path"):
            assert word not in page

    run(test)


def test_the_kernel_knows_its_project_and_no_secret_of_the_server(
    team: Team,
) -> None:
    async def test() -> None:
        olga = await logged_in(team, "olga")
        page = await olga.open("/review")
        shown = re.search("For the owner ([0-9a-f]+)", page.body.decode())
        assert shown
        environment = json.loads(bytes.fromhex(shown[1]))
        assert environment["DALT_ANNOTATOR"] == "olga"
        assert environment["DALT_PROJECT"] == str(team.project)
        assert not {"QUERY_STRING", "VOILA_REQUEST_URL", "JUPYTER_TOKEN"} & set(environment)
        processes = kernels_of(team.server.pid)
        asked = told(processes, lambda each: (each.cmdline(), each.environ()))
        assert asked, "there is no kernel to look at"
        known = [environment, *(answer for _, answer in asked)]
        assert team.server.options.secret not in json.dumps(known)
        assert "DALT_PROJECT" not in psutil.Process(team.server.pid).environ()
        await olga.leave()

    run(test)


def test_all_that_kernels_are_forked_with_can_be_imported() -> None:
    # Python passes over what it cannot import there, and each kernel would import it again.
    code = f"import importlib; [importlib.import_module(name) for name in {PRELOADED}]"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


# --- the owner ------------------------------------------------------------------------------


def test_the_owners_page_is_the_owners_alone(team: Team) -> None:
    async def test() -> None:
        ana, olga = await logged_in(team, "ana"), await logged_in(team, "olga")
        page = await ana.fetch("/review")
        assert page.code == 403
        assert "project’s owner" in page.body.decode()
        page = await olga.open("/review")
        assert page.code == 200 and "For the owner" in page.body.decode()
        await olga.leave()

    run(test)


def test_no_page_of_a_labeler_changes_accounts_or_the_task(team: Team) -> None:
    files = team.annotators, team.project / "project.toml"

    async def test() -> None:
        before = [file.read_bytes() for file in files]
        bob = await logged_in(team, "bob")
        setup = await bob.start()
        await bob.say("add_account", key="1", name="eve", password="let me in", owner=True)
        await bob.say("renew_account", key="2", name="olga", password="let me in")
        await bob.say("drop_account", key="3", name="olga")
        await bob.say("edit_guideline", key="4", text="Mine.", was=setup["guideline"])
        await bob.say("drop_class", key="5", name="b")
        await bob.say("export", key="6", format="csv", consensus=False, excel=False)
        await bob.say("heartbeat")
        await bob.hear_kernel("heartbeat")
        told = {_kind(message) for message in bob.heard}
        assert not told & {"edited", "edit_refused", "exported", "export_progress", "failed"}
        assert [file.read_bytes() for file in files] == before
        await bob.leave()

    run(test)


def _kind(message: dict[str, Any]) -> Any:
    return ((message["content"].get("data") or {}).get("content") or {}).get("type")


# --- how many -------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_more_pages_than_allowed_however_many_come_at_once(
    team: Team, opened: dict[str, Any]
) -> None:
    async def test() -> None:
        holder = wire_to(team, opened)  # ana's page is open: one of three places is taken
        await holder.connect()
        wires = [await logged_in(team, name) for name in ("bob", "olga", "bob", "olga")]
        pages = await asyncio.gather(*(wire.open() for wire in wires))
        codes = sorted(page.code for page in pages)
        assert codes == [200, 200, 503, 503]
        refused = [page.body for page in pages if page.code == 503]
        (full,) = {re.sub(b'nonce="[^"]*"', b"", body) for body in refused}
        assert b"http-equiv" in full and b"places are taken" in full
        for wire, page in zip(wires, pages, strict=True):
            if page.code == 200:
                await wire.leave()
        late = await logged_in(team, "bob")
        assert (await late.open()).code == 200
        await late.leave()
        holder.close()

    run(test)

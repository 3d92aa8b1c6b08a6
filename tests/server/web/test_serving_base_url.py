"""A server below a path: all of it is there, nothing beside it, and its cookies stay there."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from ports import free_port
from served import Wire, run
from team_served import PASSWORDS, ROOT
from tornado.httpclient import HTTPClientError

import dalt
from dalt.cli import main
from dalt.core.records import BadInput
from dalt.server.serve import Limits, Service, running
from dalt.storage.accounts import Annotators

PREFIX = "/user/ana@home/x.y/"


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where people log in below a path; the server's address without it."""
    folder = tmp_path_factory.mktemp("below")
    with dalt.Project.create(folder / "t.dalt", classes=["a", "b"]) as made:
        made.add_texts([f"text {i}" for i in range(50)], progress=False)
    people = Annotators(folder / "team.json")
    for name, password in PASSWORDS.items():
        people.add(name, password, owner=name == "olga")
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        patch.setenv("OMP_NUM_THREADS", "1")
        with running(
            Service(
                folder / "t.dalt",
                annotator=None,
                annotators=people.path,
                ip="127.0.0.1",
                port=port,
                token="",
                limits=Limits(max_pages=3, base_url=PREFIX.strip("/")),
            )
        ):
            yield f"http://127.0.0.1:{port}"


async def logged_in(below: str, name: str) -> Wire:
    wire = Wire(below + PREFIX)
    response = await wire.log_in(name, PASSWORDS[name], PREFIX)
    assert (response.code, response.headers["Location"]) == (303, PREFIX)
    return wire


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("", "/"), ("/", "/"), ("x", "/x/"), ("/x", "/x/"), ("x/", "/x/"),
        ("/user/ana%40home/", "/user/ana%40home/"),
    ],
)  # fmt: skip
def test_slashes_around_a_path_may_be_left_out(text: str, prefix: str) -> None:
    assert Limits(base_url=text).base_url == prefix


@pytest.mark.parametrize(
    "text",
    [
        "//", "//x/", "/x//y/", "/a b/", " ", "/x/../y/", "/..", "/./x", "/%2e%2E/", "/%2e./x",
        "/x?y", "/x#y", "/x;y", "/x%", "/x\n/", "/(.*)/", "http://elsewhere/", "/é/", "/x\\y",
    ],
)  # fmt: skip
def test_what_is_no_path_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"^--base-url .* is no path such as /x/: .*\.$"):
        Limits(base_url=text)


def test_the_command_refuses_a_path_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]).close()
    assert main(["serve", str(tmp_path / "t.dalt"), "--base-url", "/x/../y"]) == 2
    told = capsys.readouterr().err.strip()
    assert told.startswith("dalt: --base-url '/x/../y' is no path") and "\n" not in told


def test_a_person_labels_below_the_path_and_gets_out(below: str) -> None:
    async def test() -> None:
        wire = await logged_in(below, "ana")
        setup = await wire.start()
        assert setup["annotator"] == "ana"
        samples = await wire.hear_kernel("samples")
        await wire.answer(samples["samples"][0]["id"], "a")
        state = f"/state/{wire.kernel_id}"
        assert b'"alive"' in (await wire.fetch(state)).body
        await wire.leave()
        kept = dict(wire.cookies)
        body = urlencode({"_xsrf": wire.xsrf})
        left = await wire.fetch("/logout", "POST", body=body)
        assert (left.code, left.headers["Location"]) == (303, f"{PREFIX}login")
        wire.cookies = kept
        assert (await wire.fetch("/")).code == 302

    run(test)


def test_strangers_are_led_to_the_login_below_the_path(below: str) -> None:
    async def test() -> None:
        for path in ("", "review", "logout", "?token=guess"):
            response = await Wire(below).fetch(PREFIX + path)
            assert response.code == 302
            assert response.headers["Location"].startswith(f"{PREFIX}login")
        for path in (
            "dalt/hurdles.js", "voila/static/voila.js",
            "state/06ab43fb-6e5c-4670-91cd-0281f7314c55",
            "api/kernels/06ab43fb-6e5c-4670-91cd-0281f7314c55/channels",
        ):  # fmt: skip
            assert (await Wire(below).fetch(PREFIX + path)).code in {401, 403}

    run(test)


BESIDE = [
    "/", "/review", "/login", "/logout", "/state/06ab43fb-6e5c-4670-91cd-0281f7314c55",
    "/voila/static/voila.js", "/dalt/hurdles.js", "/user/ana@home/", "/user/ana@home/xzy/",
    "/user/ana@home/x.y/../x.y/review", "/user/ana@home/x.y//", "/user/bob/x.y/",
    "//user/ana@home/x.y/", "/user/ana@home/x.y/health/x", "/user/ana@home/x.y/dalt/index.html.j2",
    "/user/ana@home/x.y/dalt/..%2flogin.html", "/user/ana@home/x.y/user/ana@home/x.y/",
]  # fmt: skip


def test_nothing_is_served_beside_the_path(below: str) -> None:
    async def test() -> None:
        wire = await logged_in(below, "olga")
        wire.address = below
        served = [path for path in BESIDE if (await wire.fetch(path)).code not in {403, 404}]
        assert served == []

    run(test)


def test_the_owners_page_is_the_owners_alone_below_the_path(below: str) -> None:
    async def test() -> None:
        ana, olga = await logged_in(below, "ana"), await logged_in(below, "olga")
        assert (await ana.fetch("/review")).code == 403
        assert (await olga.open("/review")).code == 200
        ana.kernel_id = olga.kernel_id
        with pytest.raises(HTTPClientError, match="403"):
            await ana.connect()
        assert b'"alive"' not in (await ana.fetch(f"/state/{olga.kernel_id}")).body
        await olga.leave()

    run(test)


def test_cookies_stay_below_the_path_and_are_not_taken_for_those_above(below: str) -> None:
    async def test() -> None:
        wire = Wire(below + PREFIX)
        told = (await wire.fetch("/login")).headers.get_list("Set-Cookie")
        form = urlencode({"name": "ana", "secret": PASSWORDS["ana"], "_xsrf": wire.xsrf})
        told += (await wire.fetch("/login", "POST", body=form)).headers.get_list("Set-Cookie")
        assert len(told) == 3
        assert all(re.search(rf"Path={re.escape(PREFIX)}(;|$)", cookie) for cookie in told)
        # What a server at "/" of the same host has set comes along, and comes last.
        names = {name.removesuffix("-user-ana-home-x-y"): name for name in wire.cookies}
        for name in ("_xsrf", *(name for name in names if name.startswith("username"))):
            wire.cookies[name] = "2|of|another|server"
        assert len(wire.cookies) == 5
        assert (await wire.fetch("/login")).code == 303  # still logged in
        assert (
            await wire.fetch("/logout", "POST", body=urlencode({"_xsrf": wire.xsrf}))
        ).code == 303

    run(test)


def test_the_path_without_its_slash_leads_to_the_page(below: str) -> None:
    async def test() -> None:
        response = await Wire(below).fetch(f"{PREFIX.rstrip('/')}?token=t")
        assert response.code in {301, 302}
        assert response.headers["Location"] == f"{PREFIX}?token=t"
        for path in ("/health", f"{PREFIX}health"):
            assert (await Wire(below).fetch(path)).body == b'{"status": "ok"}'

    run(test)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/", "/review", f"{PREFIX}x", "\\evil"])
def test_a_login_goes_on_to_our_own_pages_only(below: str, elsewhere: str) -> None:
    async def test() -> None:
        wire = Wire(below + PREFIX)
        response = await wire.log_in("bob", PASSWORDS["bob"], elsewhere)
        assert response.headers["Location"] == PREFIX

    run(test)


def test_who_keeps_no_cookies_is_told_so(below: str) -> None:
    async def test() -> None:
        wire = Wire(below + PREFIX)
        form = {"name": "ana", "secret": PASSWORDS["ana"], "_xsrf": "x"}
        response = await wire.fetch("/login", "POST", body=urlencode(form))
        assert response.code == 403
        assert "You cannot log in without cookies" in response.body.decode()

    run(test)

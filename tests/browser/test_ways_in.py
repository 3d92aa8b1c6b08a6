"""Every way to start the page: a sample is shown, keys count, and no connection is called lost."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from labeler import Labeler, Store, until_there
from playwright.sync_api import Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from ports import free_port
from proxy import Proxy, proxied
from running_servers import ROOT, Digits, Server, answers
from served import kernels_of
from waiting import until

from dalt.server.serve import Limits, Service, running
from dalt.storage.accounts import Annotators

LOOKS = 3
"""So often the page asks `dalt serve` what became of its kernel while a test looks on."""

PASSWORD = "long enough to be taken"
slow = pytest.mark.slow


@dataclass(frozen=True)
class Way:
    """A command that shows the page, and where."""

    command: tuple[str, ...]
    path: str
    up: str = ""


VOILA = (sys.executable, "-m", "voila", "label.ipynb", "--no-browser", "--port={port}")
JUPYTER = (
    *("--no-browser", "--allow-root", "--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1"),
    *("--ServerApp.port_retries=0", "--ServerApp.root_dir=.", "--IdentityProvider.token="),
)
EXTENSION = (sys.executable, "-m", "jupyter_server", "--ServerApp.jpserver_extensions=voila=True")
WAYS = {
    "voila": Way(VOILA, "/"),
    "voila-base_url": Way((*VOILA, "--base_url=/v/"), "/v/"),
    "voila-Voila.base_url": Way((*VOILA, "--Voila.base_url=/v/w/"), "/v/w/"),
    "voila-server_url": Way((*VOILA, "--Voila.server_url=/", "--base_url=/"), "/"),
    "jupyter-server": Way((*EXTENSION, *JUPYTER), "/voila/render/label.ipynb", "/api"),
    "jupyter-server-base_url": Way(
        (*EXTENSION, *JUPYTER, "--ServerApp.base_url=/hub/"), "/hub/voila/render/label.ipynb",
        "/hub/api",
    ),
    "jupyter-lab": Way(
        (sys.executable, "-m", "jupyterlab", *JUPYTER), "/voila/render/label.ipynb", "/api"
    ),
}  # fmt: skip
FAST = {"voila", "voila-base_url"}


def lay_out(digits: Digits, folder: Path) -> Path:
    """Put a project and the labeling notebook into a folder; gives the project."""
    shutil.copy(ROOT / "notebooks" / "label.ipynb", folder)
    return Path(shutil.copytree(digits.folder, folder / "digits.dalt"))


@contextmanager
def started(way: Way, folder: Path, digits: Digits) -> Iterator[Server]:
    """Run a command in a folder that `lay_out` has filled."""
    port = free_port()
    told = {"DALT_PROJECT": str(folder / "digits.dalt"), "JUPYTER_CONFIG_DIR": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [part.format(port=port) for part in way.command],
            cwd=folder,
            env=os.environ | told,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        # The page itself is not asked: that would start a kernel.
        until(
            lambda: process.poll() is None and answers(f"{address}{way.up or '/voila/static/x'}"),
            (folder / "log").read_text,
        )
        store = Store(folder / "digits.dalt" / "labels.db")
        yield Server(address + way.path, store, digits.truth, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def label_without_alarm(labeler: Labeler, n: int = 3) -> None:
    """Label; each acknowledgement is one more look at whether the page thinks it is lost."""
    seen = labeler.root.evaluate(
        """(root) => {
            const seen = window.statesSeen = new Set([root.dataset.state]);
            new MutationObserver(() => seen.add(root.dataset.state))
              .observe(root, { attributes: true, attributeFilter: ["data-state"] });
            return [...seen];
        }"""
    )
    assert seen == ["ready"]
    before = len(labeler.events())
    expected = [labeler.label() for _ in range(n)]
    assert labeler.events()[before:] == expected
    assert "offline" not in labeler.page.evaluate("[...window.statesSeen]")
    expect(labeler.part("offline")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in FAST else slow) for name in WAYS]
)
@pytest.mark.usefixtures("environment")
def test_the_page_of_a_plain_server_asks_for_nothing_that_it_does_not_offer(
    name: str, digits: Digits, tmp_path: Path, page: Page
) -> None:
    lay_out(digits, tmp_path)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with started(WAYS[name], tmp_path, digits) as server:
        page.goto(server.address)
        labeler = Labeler(page, server.store, server.truth).ready()
        label_without_alarm(labeler)
        assert not [url for url in asked if "/state/" in url]
        page.goto("about:blank")


@slow
@pytest.mark.parametrize("kill", ["kernel", "server"])
@pytest.mark.usefixtures("environment")
def test_plain_voila_tells_a_connection_that_is_really_lost(
    kill: str, digits: Digits, tmp_path: Path, page: Page
) -> None:
    lay_out(digits, tmp_path)
    with started(WAYS["voila"], tmp_path, digits) as server:
        page.goto(server.address)
        labeler = Labeler(page, server.store, server.truth).ready()
        label_without_alarm(labeler, 1)
        assert server.process is not None
        under = psutil.Process(server.process.pid).children(recursive=True)
        for process in under if kill == "kernel" else [psutil.Process(server.process.pid), *under]:
            process.kill()
        kept = labeler.sample
        labeler.press("7")
        alert = labeler.part("offline")
        expect(alert).to_contain_text("The page has lost its connection.", timeout=40_000)
        expect(alert).to_contain_text("1 answer is kept in this browser")
        expect(alert).to_contain_text("reload the page")
        if kill == "kernel":
            page.reload()  # as the page says
            labeler.ready()
            labeler.expect_acknowledged(1)
            assert labeler.events()[-1] == ("label", kept, "7")
        page.goto("about:blank")


# --- dalt serve -----------------------------------------------------------------------------


@contextmanager
def institute(digits: Digits, folder: Path, **how: object) -> Iterator[tuple[Proxy, Server]]:
    """`dalt serve` below a path, behind a proxy that lets nothing else through."""
    project = shutil.copytree(digits.folder, folder / "digits.dalt")
    options = {"annotator": "ana", "token": "letmein", "annotators": None} | how
    port = free_port()
    with (
        running(
            Service(
                project, ip="127.0.0.1", port=port,
                limits=Limits(base_url="/user/ana@home/proxy/8866/", behind_proxy=True),
                **options,  # type: ignore[arg-type]
            )
        ) as process,
        proxied(Proxy(port, "/user/ana@home/proxy/8866/")) as proxy,
    ):  # fmt: skip
        store = Store(project / "labels.db")
        yield proxy, Server(proxy.address, store, digits.truth, process)


def looked(proxy: Proxy) -> int:
    """How often a page has asked what became of its kernel, and been told."""
    return sum("/state/" in path and status == 200 for path, status in proxy.seen)


@pytest.mark.slow
@pytest.mark.usefixtures("environment")
def test_dalt_serve_below_a_path(digits: Digits, tmp_path: Path, page: Page) -> None:
    with institute(digits, tmp_path) as (proxy, server):
        page.goto(f"{server.address}?token=letmein")
        labeler = Labeler(page, server.store, server.truth).ready()
        assert page.url == server.address
        label_without_alarm(labeler)
        before = looked(proxy)
        until(lambda: looked(proxy) >= before + LOOKS, "the page does not look")
        label_without_alarm(labeler, 1)
        page.reload()
        labeler.ready()
        # Its kernel is killed: it comes back by itself, with what was answered meanwhile.
        page.evaluate("window.before = true")
        n, kept = len(labeler.events()), labeler.sample
        assert server.process is not None
        for kernel in kernels_of(server.process.pid):
            kernel.kill()
        labeler.press("8")
        until_there(page, "window.before === undefined")
        labeler.ready()
        labeler.expect_acknowledged(1)
        assert labeler.events()[n:] == [("label", kept, "8")]
        page.goto("about:blank")
    strays = {path for path, status in proxy.seen if status == 404}
    known = re.compile(r"(\.map|/favicon\.ico|/(api/kernels|voila/api/shutdown)/[0-9a-f-]{36})$")
    assert not {path for path in strays if not known.search(path)}  # the killed kernel is gone


@slow
@pytest.mark.usefixtures("environment")
def test_people_log_in_and_out_below_a_path_and_the_owner_reviews(
    digits: Digits, tmp_path: Path, page: Page
) -> None:
    people = Annotators(tmp_path / "team.json")
    for name in ("ana", "olga"):
        people.add(name, PASSWORD, owner=name == "olga")
    told = {"annotator": None, "token": "", "annotators": people.path}
    with institute(digits, tmp_path, **told) as (_, server):
        page.goto(server.address)
        for name in ("ana", "olga"):
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            labeler = Labeler(page, server.store, server.truth).ready()
            assert page.url == server.address
            label_without_alarm(labeler, 1)
            if name == "olga":
                page.goto(f"{server.address}review")
                expect(page.get_by_role("heading").first).to_be_visible(timeout=90_000)
                page.goto(server.address)
                labeler.ready()
            labeler.part("logout").click()
            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_label("Password")).to_be_visible()
            assert page.url.startswith(f"{server.address}login")
    names = server.store.rows("SELECT annotator FROM events ORDER BY event_id")
    assert names == [("ana",), ("olga",)]


@pytest.mark.slow
@pytest.mark.usefixtures("environment")
def test_a_server_that_does_not_say_alarms_nobody_while_the_kernel_answers(
    page: Page, voila: Server
) -> None:
    """As where a proxy or a filter keeps the address to itself."""
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=403)

    page.route("**/state/**", refuse)
    page.goto(voila.address)
    labeler = Labeler(page, voila.store, voila.truth).ready()
    for n in range(3):
        before = len(refused)
        until(
            lambda: page.evaluate("1") and len(refused) > before,  # noqa: B023  waited for here
            "the page does not look",
        )
        if n == 0:
            label_without_alarm(labeler)
    assert "offline" not in page.evaluate("[...window.statesSeen]")
    page.goto("about:blank")


# --- Notebook 7 -----------------------------------------------------------------------------


@slow
@pytest.mark.usefixtures("environment")
def test_notebook_7(digits: Digits, tmp_path: Path, page: Page) -> None:
    lay_out(digits, tmp_path)
    source = 'import dalt\n\ndalt.Project.open("digits.dalt").label(annotator="ana")'
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    way = Way((sys.executable, "-m", "notebook", *JUPYTER), "/notebooks/mine.ipynb", "/api")
    with started(way, tmp_path, digits) as server:
        # On a busy machine it asks for a kernel: the notebook names one, which stands there.
        asks = page.locator(".jp-Dialog .jp-mod-accept")
        page.add_locator_handler(asks, lambda button: button.click())
        page.goto(server.address)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
        for _ in range(5):  # a kernel that is not connected yet passes over what it is told
            page.locator(".jp-Cell .jp-InputArea-editor").first.click()
            page.keyboard.press("Control+Enter")
            with suppress(PlaywrightTimeout):
                page.locator('[data-dalt="page"]').wait_for(timeout=20_000)
                break
        labeler = Labeler(page, server.store, server.truth).ready()
        labeler.root.click(position={"x": 5, "y": 5})
        expect(labeler.root).to_be_focused()
        n_cells = page.locator(".jp-Notebook .jp-Cell").count()
        sample_id = labeler.sample
        for key in ("x", "a", "b", "m"):  # Notebook would cut, insert, and turn into Markdown
            labeler.press(key)
        labeler.expect_sample(sample_id)
        label_without_alarm(labeler)
        expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(n_cells)
        assert page.locator(".jp-MarkdownCell, .jp-Dialog").count() == 0
        expect(labeler.root).to_have_attribute("data-theme", "light")
        page.evaluate("document.body.dataset.jpThemeLight = 'false'")  # as a theme's change does
        expect(labeler.root).to_have_attribute("data-theme", "dark")
        if picture := os.environ.get("DALT_PICTURES"):
            page.screenshot(path=Path(picture) / "notebook7.png")

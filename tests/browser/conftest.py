"""A real browser, and real projects behind a real Voilà and a real JupyterLab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import nbformat
import pytest
from all_shown import ALL_SHOWN
from chromium import NoChromium, chromium
from filelock import FileLock
from labeler import Labeler, Store
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pools import make_pool
from ports import free_port
from running_servers import MARKUP, ROOT, Digits, Server, answers
from scenes import Box, Hand, judge, make_scenes
from waiting import until

import dalt
from dalt.server.serve import Service, running
from dalt.server.web.options import ServedPage

expect.set_options(timeout=60_000)  # its own 5 s are too few beside other work


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever lies in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# --- the browser ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except NoChromium as error:
        pytest.fail(str(error))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


# --- projects -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Digits:
    """It is made once, by the first process of the run that needs it; tests copy it."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "digits"
    shared.mkdir(exist_ok=True)
    folder, truth = shared / "digits.dalt", shared / "truth.json"
    with FileLock(shared / "made.lock"):
        if not truth.is_file():
            truth.write_text(json.dumps(make_pool(folder, "digits", 400)))
    return Digits(folder, json.loads(truth.read_text()))


@pytest.fixture(scope="session")
def markup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of texts that are markup, under class names that are markup."""
    folder = tmp_path_factory.mktemp("markup") / "markup.dalt"
    classes = ["<i>spam</i>", "ham"]
    with dalt.Project.create(
        folder, classes=classes, guideline="<u>Which?</u>", settings=ALL_SHOWN
    ) as project:
        project.add_texts([MARKUP, MARKUP + "\n" * 80 + "the end"], progress=False)
    return folder


# --- servers --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def environment() -> Iterator[None]:
    """Kernels find this checkout, and share two cores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@contextmanager
def serving(
    folder: Path, pages: tuple[ServedPage, ...] | None = None, owner_token: str | None = None
) -> Iterator[Server]:
    """Serve a project by Voilà while the block runs; its labeling page, or other notebooks."""
    port = free_port()
    with running(
        Service(
            folder,
            annotator="ana",
            ip="127.0.0.1",
            port=port,
            token="",
            owner_token=owner_token,
            pages=pages,
        )
    ) as process:
        yield Server(f"http://127.0.0.1:{port}/", Store(folder / "labels.db"), {}, process)


@pytest.fixture(scope="module")
def serve(environment: None) -> Iterator[Callable[..., Server]]:
    """Serve a project by Voilà until the tests of this file are over."""
    with ExitStack() as servers:
        yield lambda *what, **how: servers.enter_context(serving(*what, **how))


@pytest.fixture(scope="session")
def voila(
    environment: None, digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A Voilà server on a project of digits, for the tests of all files."""
    folder = tmp_path_factory.mktemp("voila") / "digits.dalt"
    with serving(shutil.copytree(digits.folder, folder)) as server:
        server.truth = digits.truth
        yield server


@pytest.fixture(scope="session")
def jupyterlab(
    digits: Digits, environment: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A JupyterLab server with a notebook that shows the page of a project of digits."""
    folder = tmp_path_factory.mktemp("lab")
    project = shutil.copytree(digits.folder, folder / "digits.dalt")
    source = 'import dalt\n\ndalt.Project.open("digits.dalt").label(annotator="ana")'
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "label.ipynb")
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    no_news = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(no_news))
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1"),
                *(f"--ServerApp.root_dir={folder}", "--ServerApp.port_retries=0"),
                *("--IdentityProvider.token=", "--LabApp.news_url=None"),
            ],
            env=os.environ
            | {
                "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
                "JUPYTER_CONFIG_DIR": str(folder / "config"),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    until(lambda: answers(address + "api"), "JupyterLab did not start")
    yield Server(address, Store(project / "labels.db"), digits.truth, process)
    process.terminate()
    process.wait(timeout=60)


# --- pages ----------------------------------------------------------------------------------


@pytest.fixture
def open_voila(page: Page, voila: Server) -> Iterator[Labeler]:
    """The labeling page in Voilà, ready."""
    page.goto(voila.address)
    yield Labeler(page, voila.store, voila.truth).ready()
    page.goto("about:blank")


@pytest.fixture
def open_lab(page: Page, jupyterlab: Server) -> Labeler:
    """The labeling page in a cell of JupyterLab, ready."""
    page.goto(f"{jupyterlab.address}lab/tree/label.ipynb?reset")
    cell = page.locator(".jp-Cell .jp-InputArea-editor").first
    page.get_by_text("| Idle").wait_for()  # before, JupyterLab would ask for a kernel
    cell.click()
    page.keyboard.press("Shift+Enter")
    return Labeler(page, jupyterlab.store, jupyterlab.truth).ready()


# --- pictures in which boxes are marked; a module says by EARNED what proposals are worth ---


@pytest.fixture(scope="module")
def boxes(
    request: pytest.FixtureRequest,
    serve: Callable[[Path], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Server, dict[str, dict[str, Box]]]:
    """A server of 40 pictures, and the boxes that are in each."""
    folder = tmp_path_factory.mktemp("boxes") / "boxes.dalt"
    truth = make_scenes(folder, "boxes", n=40, earned=request.module.EARNED)
    return serve(folder), truth


@pytest.fixture
def labeler(
    request: pytest.FixtureRequest, page: Page, boxes: tuple[Server, dict[str, dict[str, Box]]]
) -> Iterator[Labeler]:
    """Who marks boxes, after people judged the newest proposals as the module says."""
    server, _ = boxes
    judge(server.store.path.parent, right=request.module.EARNED)
    page.goto(server.address)
    yield Labeler(page, server.store).ready()
    page.goto("about:blank")


@pytest.fixture
def hand(labeler: Labeler) -> Hand:
    return Hand(labeler)

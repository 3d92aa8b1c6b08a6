"""What is killed comes back, and so does the page: by itself, with every label."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from labeler import Labeler, Store, until_there
from playwright.sync_api import Page, expect
from ports import free_port
from processes import runs
from running_servers import Digits, Server
from served import kernels_of
from waiting import until

from dalt.server.serve import Limits, Service, running

AHEAD = 6
"""Samples that a page holds."""


@pytest.fixture(scope="module")
def served(
    environment: None, digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("comeback") / "digits.dalt"
    shutil.copytree(digits.folder, folder)
    port = free_port()
    with running(
        Service(folder, annotator="ana", ip="127.0.0.1", port=port, token="letmein")
    ) as server:
        address = f"http://127.0.0.1:{port}/"
        yield Server(address, Store(folder / "labels.db"), digits.truth, server)


@pytest.fixture
def labeler(page: Page, served: Server) -> Iterator[Labeler]:
    page.goto(f"{served.address}?token=letmein")
    yield Labeler(page, served.store, served.truth).ready()
    page.goto("about:blank")


def kernels(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    return kernels_of(server.process.pid)


def kill_kernels(server: Server) -> None:
    for kernel in kernels(server):
        kernel.kill()
        kernel.wait(60)


def kill_voila(server: Server) -> None:
    process = server.process
    assert process is not None
    gone = process.pid
    under_it = psutil.Process(gone).children(recursive=True)
    assert under_it
    os.kill(gone, signal.SIGKILL)
    until(lambda: process.pid != gone, "Voilà is not started again")
    until(
        lambda: not any(map(runs, under_it)),
        "kernels, or what they are forked from, live on without their server",
    )


@pytest.mark.parametrize("kill", [kill_kernels, pytest.param(kill_voila, marks=pytest.mark.slow)])
def test_what_is_killed_brings_the_page_back_by_itself(
    labeler: Labeler, served: Server, kill: Callable[[Server], None]
) -> None:
    page = labeler.page
    acknowledged = [labeler.label(), labeler.label()]
    page.evaluate("window.before = true")
    kill(served)
    # The page holds the next samples: the person does not notice at once and goes on.
    kept = labeler.sample
    labeler.press("8")
    until_there(page, "window.before === undefined")
    labeler.ready()
    labeler.expect_acknowledged(1)
    assert labeler.events() == [*acknowledged, ("label", kept, "8")]
    assert labeler.sample not in {sample_id for _, sample_id, _ in labeler.events()}
    labeler.label()
    names = {name for (name,) in served.store.rows("SELECT DISTINCT annotator FROM events")}
    assert names == {"ana"}


@pytest.mark.slow
def test_what_the_dead_kernel_held_is_free_for_its_follower(
    labeler: Labeler, served: Server
) -> None:
    labeler.label()

    def held() -> int:
        return int(served.store.rows("SELECT count(*) FROM leases WHERE active")[0][0])

    until(lambda: held() == AHEAD, "the page does not hold what it should")
    labeler.page.evaluate("window.before = true")
    kill_kernels(served)
    until_there(labeler.page, "window.before === undefined")
    labeler.ready()
    assert held() == AHEAD  # and not twice as many


@pytest.mark.slow
def test_a_login_that_has_ended_leads_to_the_login_and_back(
    labeler: Labeler, served: Server
) -> None:
    labeler.label()
    page = labeler.page
    page.context.clear_cookies()
    page.wait_for_url("**/login?next=*")
    page.get_by_label("Token").fill("letmein")
    page.get_by_role("button", name="Log in").click()
    labeler.ready()
    assert page.url == served.address
    labeler.label()


@pytest.mark.slow
def test_an_idle_page_rests_and_wakes_by_a_key(
    environment: None, digits: Digits, tmp_path: Path, page: Page
) -> None:
    folder = shutil.copytree(digits.folder, tmp_path / "digits.dalt")
    port = free_port()
    limits = Limits(idle_minutes=0.03)
    store = Store(folder / "labels.db")
    with running(
        Service(folder, annotator="ana", ip="127.0.0.1", port=port, token="", limits=limits)
    ) as process:
        server = Server(f"http://127.0.0.1:{port}/", store, digits.truth, process)
        page.goto(server.address)
        labeler = Labeler(page, store, digits.truth).ready()
        expect(labeler.part("offline")).to_contain_text("The page is paused")
        until(lambda: not kernels(server), "the kernel of an idle page lives on")
        assert store.rows("SELECT count(*) FROM leases WHERE active") == [(0,)]
        page.evaluate("window.before = true")
        labeler.press("1")
        until_there(page, "window.before === undefined")
        labeler.ready()
        assert labeler.events() == []  # the key woke the page and answered nothing
        page.goto("about:blank")


def test_the_kernel_of_a_closed_tab_ends(labeler: Labeler, served: Server) -> None:
    mine = max(kernels(served), key=psutil.Process.create_time)
    labeler.page.goto("about:blank")
    until(lambda: mine not in kernels(served), "the kernel of a closed tab lives on")

"""What happens to labels when something dies."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from cut import Network
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Server
from served import kernels_of
from waiting import until


def kill_kernels(server: Server) -> None:
    """Kill the kernels of a server as the kernel of the system does: without notice."""
    assert server.process is not None
    for process in kernels_of(server.process.pid):
        process.kill()
        process.wait(60)


def test_killed_kernel_loses_nothing(open_voila: Labeler, voila: Server) -> None:
    acknowledged = open_voila.label()
    kill_kernels(voila)
    assert open_voila.events() == [acknowledged]
    # The page holds the next samples: the person does not notice at once and goes on.
    second = open_voila.sample
    open_voila.press("8")
    third = open_voila.sample
    open_voila.press("9")
    # The page comes back by itself (test_comeback.py), and sends what it has kept.
    until(lambda: len(open_voila.events()) == 3, "what was kept does not arrive")
    open_voila.expect_acknowledged(2)
    assert open_voila.events() == [acknowledged, ("label", second, "8"), ("label", third, "9")]
    open_voila.ready()
    assert open_voila.sample not in (acknowledged[1], second, third)
    open_voila.label()


def test_a_resend_of_what_was_recorded_adds_nothing(open_voila: Labeler) -> None:
    # The kernel dies between the commit and the acknowledgement: the page sends again.
    page = open_voila.page
    names = """() => Object.keys(localStorage).filter((name) => name.startsWith("dalt:outbox:"))"""
    page.evaluate(
        """() => {
          const keep = Storage.prototype.setItem;
          Storage.prototype.setItem = function (name, value) {
            keep.call(this, name, value);
            if (name.startsWith("dalt:outbox:")) window.kept = [name, value];
          };
        }"""
    )
    expected = open_voila.label()
    assert page.evaluate(names) == []  # an acknowledged answer is not kept
    name, value = page.evaluate("window.kept")
    page.evaluate("([name, value]) => localStorage.setItem(name, value)", [name, value])
    page.reload()
    open_voila.expect_acknowledged(1)
    assert page.evaluate(names) == []
    assert open_voila.events() == [expected]


@pytest.mark.slow
def test_a_left_page_gives_its_samples_back(open_lab: Labeler) -> None:
    open_lab.root.click(position={"x": 5, "y": 5})
    open_lab.label()
    store = open_lab.store
    assert store.n_leased() > 0
    open_lab.page.on("dialog", lambda dialog: dialog.accept())  # JupyterLab: changes not saved
    open_lab.page.goto("about:blank")
    until(lambda: store.n_leased() == 0, "a left page keeps its samples")


@pytest.mark.slow
def test_a_kernel_gives_its_samples_back_when_it_ends(open_voila: Labeler) -> None:
    open_voila.label()
    store = open_voila.store
    assert store.n_leased() > 0
    open_voila.page.goto("about:blank")
    until(lambda: store.n_leased() == 0, "an ended kernel keeps its samples")


@pytest.mark.slow
def test_a_reloaded_jupyterlab_page_goes_on(open_lab: Labeler) -> None:
    page = open_lab.page
    open_lab.root.click(position={"x": 5, "y": 5})
    first = open_lab.label()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Control+s")  # the output is restored from the notebook's file
    unsaved = page.locator(".jp-Document .jp-mod-dirty, .lm-mod-current.jp-mod-dirty")
    expect(unsaved).to_have_count(0)
    page.reload()
    open_lab.ready()
    open_lab.expect_acknowledged(1)  # the same kernel, the same session
    open_lab.root.click(position={"x": 5, "y": 5})
    second = open_lab.label()
    assert open_lab.events() == [first, second]


@pytest.mark.slow
def test_a_network_cut_for_20_seconds_costs_no_label(page: Page, voila: Server) -> None:
    network = Network(urlsplit(voila.address).port or 0)
    try:
        page.goto(f"http://127.0.0.1:{network.port}/")
        labeler = Labeler(page, voila.store, voila.truth).ready()
        expected = [labeler.label()]
        network.cut()
        back_at = time.monotonic() + 20
        for _ in range(3):  # the page holds samples enough to go on with
            sample_id = labeler.sample
            labeler.press(labeler.truth[sample_id])
            expected.append(("label", sample_id, labeler.truth[sample_id]))
        labeler.expect_state("offline")
        expect(labeler.part("offline")).to_contain_text("3 answers are kept in this browser")
        assert labeler.events() == expected[:1]
        until(lambda: time.monotonic() >= back_at, "the clock stands still")
        network.restore()
        until(lambda: labeler.events() == expected, "what was kept does not arrive")
        labeler.ready()
        expect(labeler.part("offline")).to_be_hidden()
        assert labeler.events() == expected
        expected.append(labeler.label())
        assert labeler.events() == expected
    finally:
        page.goto("about:blank")
        network.close()

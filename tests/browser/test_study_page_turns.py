"""A study that assigns pages to verify: pages and single samples take turns, as chance decided."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from labeler import Labeler
from playwright.sync_api import Page, expect
from pools import given_pool
from running_servers import Server

import dalt

BLOCK = 6


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Digits with sure suggestions, and a study that divides them into pages and single samples."""
    return serve(studied(tmp_path_factory.mktemp("turns") / "digits.dalt"))


def studied(folder: Path) -> Path:
    given_pool(folder, ["zero", "one", "two"], 60)
    with dalt.Project.open(folder) as project:
        project.study(["suggestions", "verify"], block=BLOCK, warm_up=0, gold_share=0)
    return folder


@pytest.fixture
def labeler(page: Page, server: Server) -> Labeler:
    page.goto(server.address)
    return Labeler(page, server.store).ready()


def mode(labeler: Labeler) -> str:
    return str(labeler.root.get_attribute("data-mode"))


def answer_next(labeler: Labeler) -> int:
    """Accept what is on screen; returns how many labels that is."""
    before = labeler.acknowledged
    paged = mode(labeler) == "verify"
    n = labeler.part("tile").count() if paged else 1
    if paged:
        labeler.page.wait_for_timeout(400)  # at once is no answer
    labeler.press("Enter")
    labeler.expect_acknowledged(before + n)
    labeler.ready()
    return n


def test_pages_and_samples_come_in_the_order_of_chance(labeler: Labeler) -> None:
    expect(labeler.part("mode")).to_have_count(0)
    labeler.press("v")  # nobody chooses the mode
    labeler.root.focus()
    counts = [answer_next(labeler) for _ in range(2 * (1 + BLOCK))]
    assert sorted(counts) == [1] * 2 * BLOCK + [BLOCK] * 2
    query = "SELECT arm, mode, count(*) FROM events WHERE event_id > ? GROUP BY arm, mode"
    assert labeler.store.rows(query, labeler.start) == [
        ("suggestions", "single", 2 * BLOCK),
        ("verify", "verify", 2 * BLOCK),
    ]
    drawn = "SELECT n, condition FROM study_draws WHERE annotator = ? ORDER BY n LIMIT ?"
    who = labeler.store.rows("SELECT annotator FROM events ORDER BY event_id DESC LIMIT 1")[0][0]
    told = [each for _, each in labeler.store.rows(drawn, who, 4 * BLOCK)]
    shown = [("verify" if n > 1 else "suggestions") for n in counts for _ in range(n)]
    assert shown == told, "in the order that was drawn"
    labeler.press("?")
    expect(labeler.part("by-turns")).to_contain_text("Some samples come together on a page")


def test_undo_brings_a_page_back_before_what_comes_next(labeler: Labeler) -> None:
    labeler.root.focus()
    while mode(labeler) != "verify":
        answer_next(labeler)
    ids = [str(each.get_attribute("data-sample-id")) for each in labeler.part("tile").all()]
    n = answer_next(labeler)
    labeler.press("u")
    expect(labeler.root).to_have_attribute("data-mode", "verify")
    expect(labeler.part("tile")).to_have_count(n)
    assert [each.get_attribute("data-sample-id") for each in labeler.part("tile").all()] == ids
    assert answer_next(labeler) == n
    labels = "SELECT count(*) FROM answers WHERE sample_id = ?"
    assert {labeler.store.rows(labels, each)[0][0] for each in ids} == {1}


def test_a_page_that_is_loaded_anew_goes_on(labeler: Labeler) -> None:
    labeler.root.focus()
    answer_next(labeler)
    labeler.page.reload()
    labeler.ready()
    labeler.root.focus()
    before = labeler.acknowledged
    counts = [answer_next(labeler) for _ in range(4)]
    assert labeler.acknowledged == before + sum(counts)


@pytest.mark.slow  # it ends the study of a server of its own
def test_nobody_goes_on_by_the_page_after_the_end(
    page: Page, serve: Callable[[Path], Server], tmp_path: Path
) -> None:
    """Pages that the study has assigned are still answered as pages."""
    folder = studied(tmp_path / "ending.dalt")
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    labeler.root.focus()
    while mode(labeler) != "verify":
        answer_next(labeler)
    with dalt.Project.open(folder, thin=True) as project:
        project.end_study()
    expect(labeler.part("mode")).to_have_count(1, timeout=60_000)  # the page knows
    answer_next(labeler)
    labeler.press("u")
    expect(labeler.root).to_have_attribute("data-mode", "verify")
    assert answer_next(labeler) == BLOCK
    if mode(labeler) == "verify":  # two pages may follow one another
        answer_next(labeler)
    expect(labeler.root).to_have_attribute("data-mode", "single")

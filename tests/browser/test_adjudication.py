"""Where annotators disagree, decided by the owner; and pages without suggestions; in Voilà."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from accessible import check_everywhere
from boxes_of import MORE_SIZES, SIZES, box, page_does_not_scroll, resize, within_window
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Digits, Server
from waiting import until

import dalt
from dalt.core.records import Suggestion
from dalt.server.web.options import ServedPage

DISPUTED = 4
ONLY = "project.adjudicate(annotator='eva')"
TOO = "project.label(annotator='eva', owner=True)"
BLIND = "project.label(annotator='ana', blind=True)"


def disagree(folder: Path, truth: dict[str, str]) -> list[str]:
    """Three people label twelve samples; the third is wrong on some of them."""
    with dalt.Project.open(folder) as project:
        ids = list(project.samples().sample_id)[:12]
        for name in ("ana", "ben", "cem"):
            with project.session(name) as session:
                for number, sample_id in enumerate(ids):
                    true = int(truth[sample_id])
                    wrong = name == "cem" and number < DISPUTED
                    label = str((true + 1) % 10 if wrong else true)
                    session.answer(sample_id, label, key=f"{name}{number}", suggestion=Suggestion())
        project.trainer.wait(60)
    return ids[:DISPUTED]


@pytest.fixture
def show(
    serve: Callable[..., Server],
    digits: Digits,
    tmp_path: Path,
    page: Page,
) -> Callable[[str], Labeler]:
    """What a notebook shows of a project that some disagree in."""

    def open_page(code: str) -> Labeler:
        folder = tmp_path / "digits.dalt"
        shutil.copytree(digits.folder, folder)
        disagree(folder, digits.truth)
        source = f"import os, dalt\nproject = dalt.Project.open(os.environ['DALT_PROJECT'])\n{code}"
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        path = tmp_path / "label.ipynb"
        nbformat.write(notebook, path)
        server = serve(folder, pages=(ServedPage("/", str(path)),))
        page.goto(server.address)
        return Labeler(page, server.store, digits.truth)

    return open_page


def decisions(labeler: Labeler) -> dict[str, str]:
    return dict(labeler.store.rows("SELECT sample_id, label FROM decisions"))


def on_screen(labeler: Labeler) -> str:
    found = labeler.part("disputed").get_attribute("data-sample-id")
    assert found
    return found


def decide(labeler: Labeler, key: str) -> str:
    sample_id = on_screen(labeler)
    labeler.press(key)
    expect(labeler.part("disputed")).not_to_have_attribute("data-sample-id", sample_id)
    return sample_id


@pytest.mark.slow
def test_the_owner_decides_by_keys_skips_and_takes_back(show: Callable[[str], Labeler]) -> None:
    labeler = show(ONLY)
    said = labeler.part("adjudication-said")
    expect(said).to_contain_text("4 samples are left")
    answers = labeler.part("said")
    expect(answers).to_have_count(2)
    expect(answers.first).to_contain_text("ana")
    labeler.part("names").click()
    expect(answers.first).to_contain_text("2 annotators")
    expect(answers.first).not_to_contain_text("ana")
    check_everywhere(labeler.page)
    # The consensus is of the two that agree elsewhere, too.
    first = on_screen(labeler)
    accept = labeler.part("adjudication").locator('[data-dalt="accept"]')
    expect(accept).to_have_attribute("data-label", labeler.truth[first])
    if shots := os.environ.get("DALT_SHOTS"):
        for width in (1280, 390):
            labeler.page.set_viewport_size({"width": width, "height": 900})
            labeler.page.screenshot(path=f"{shots}/adjudicate-{width}.png")
        labeler.page.set_viewport_size({"width": 1280, "height": 900})
    assert decide(labeler, "Enter") == first
    second = on_screen(labeler)
    wrong = str((int(labeler.truth[second]) + 5) % 10)
    decide(labeler, wrong)
    until(lambda: len(decisions(labeler)) == 2, "decisions were not recorded")
    assert decisions(labeler) == {first: labeler.truth[first], second: wrong}
    labeler.press("u")
    expect(labeler.part("disputed")).to_have_attribute("data-sample-id", second)
    until(lambda: decisions(labeler) == {first: labeler.truth[first]}, "undo was not recorded")
    decide(labeler, labeler.truth[second])
    third = decide(labeler, "s")
    decide(labeler, "Enter")
    expect(said).to_contain_text("Nothing else is left")
    labeler.part("adjudicate-skipped").click()
    expect(labeler.part("disputed")).to_have_attribute("data-sample-id", third)
    labeler.press("Enter")
    expect(said).to_contain_text("Nothing is left to decide")
    until(lambda: len(decisions(labeler)) == 4, "decisions were not recorded")
    assert all(labeler.truth[id] == label for id, label in decisions(labeler).items())
    assert labeler.store.rows("SELECT count(*) FROM leases WHERE active") == [(0,)]


@pytest.mark.slow
def test_the_sample_has_the_window_and_the_answers_stand_beside_it(
    show: Callable[[str], Labeler],
) -> None:
    labeler = show(ONLY)
    expect(labeler.part("said")).to_have_count(2)
    panel = '[data-dalt="adjudication"]'
    for size in (*SIZES, *MORE_SIZES):
        resize(labeler, size, "disputed")
        page_does_not_scroll(labeler.page)
        parts = ['[data-dalt="disputed"]', ".dalt-answers", ".dalt-foot"]
        within_window(labeler.page, *(f"{panel} {part}" for part in parts))
        left, top, right, bottom = box(labeler.page, f"{panel} .dalt-stage")
        share = (right - left) * (bottom - top) / (size[0] * size[1])
        wide = size[0] >= 860
        assert share >= (0.55 if wide else 0.25), f"{size}: the sample has {share:.2f}"
        if wide:
            assert box(labeler.page, f"{panel} .dalt-answers")[0] >= right - 1
        picture = box(labeler.page, f"{panel} .dalt-stage img")
        # The picture touches its place in one direction.
        free = (right - left - picture[2] + picture[0], bottom - top - picture[3] + picture[1])
        assert min(free) <= 32, f"{size}: {free} pixels are free"
        classes = labeler.page.locator(f"{panel} [data-dalt=class]")
        classes.last.scroll_into_view_if_needed()
        expect(classes.last).to_be_in_viewport()


@pytest.mark.slow
def test_an_owner_who_labels_decides_in_between(show: Callable[[str], Labeler]) -> None:
    labeler = show(TOO).ready()
    labeler.label()
    waiting = labeler.sample
    labeler.part("adjudicate").click()
    expect(labeler.part("disputed")).to_be_visible()
    expect(labeler.part("sample")).to_be_hidden()
    decided = decide(labeler, "Enter")
    labeler.press("h")  # no key of the page behind it does anything
    labeler.press("Escape")
    labeler.expect_sample(waiting)
    expect(labeler.part("sample")).to_be_visible()
    labeler.label()
    until(lambda: list(decisions(labeler)) == [decided], "the decision was not recorded")
    kinds = [kind for kind, _, _ in labeler.events()]
    assert sorted(kinds) == ["adjudicate", "label", "label"]
    labeler.page.reload()
    labeler.ready()
    labeler.part("adjudicate").click()
    expect(labeler.part("adjudication-said")).to_contain_text("3 samples are left")


@pytest.mark.slow
def test_a_blind_page_suggests_nothing(show: Callable[[str], Labeler]) -> None:
    labeler = show(BLIND).ready()
    for part in ("mode", "review", "proposal", "adjudicate"):
        assert labeler.part(part).is_hidden() or not labeler.part(part).inner_text()
    expect(labeler.part("accept")).to_be_disabled()
    expect(labeler.part("accept")).to_contain_text("No suggestions here")
    classes = labeler.part("class")
    assert [each.get_attribute("data-probability") for each in classes.all()] == [None] * 10
    sample_id = labeler.sample
    for key in ("Enter", "v", "r"):
        labeler.press(key)
    labeler.expect_sample(sample_id)
    expect(labeler.root).to_have_attribute("data-mode", "single")
    labeler.label()
    newest = "SELECT mode, suggested, snapshot FROM events ORDER BY event_id DESC LIMIT 1"
    assert labeler.store.rows(newest) == [("blind", None, None)]
    check_everywhere(labeler.page)

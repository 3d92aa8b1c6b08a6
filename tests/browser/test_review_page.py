"""Labels that the model disagrees with, flags and comments; in Voilà."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from accessible import check
from labeler import Labeler, until_there
from playwright.sync_api import Browser, Page, expect
from running_servers import Digits, Server
from waiting import until

import dalt
from dalt.core.records import Suggestion

WRONG = (11, 25, 40)
"""Which of the labels given beforehand are not true."""


@pytest.fixture(scope="module")
def server(
    serve: Callable[[Path], Server], digits: Digits, tmp_path_factory: pytest.TempPathFactory
) -> Server:
    """Digits of which 80 are labelled, a few of them wrongly."""
    folder = tmp_path_factory.mktemp("review") / "digits.dalt"
    shutil.copytree(digits.folder, folder)
    # Always the same ones: the order of `next` goes by how far the trainer has come.
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        for number, (sample_id, true) in enumerate(list(digits.truth.items())[:80]):
            label = str((int(true) + 3) % 10) if number in WRONG else true
            session.answer(sample_id, label, key=str(number), suggestion=Suggestion())
    server = serve(folder)
    server.truth = digits.truth
    return server


@pytest.fixture
def labeler(page: Page, server: Server) -> Labeler:
    page.goto(server.address)
    return Labeler(page, server.store, server.truth).ready()


def listed(labeler: Labeler) -> list[str]:
    expect(labeler.part("review-again")).to_be_visible()
    return [str(each.get_attribute("data-sample-id")) for each in labeler.part("review-open").all()]


def label_of(labeler: Labeler, sample_id: str) -> str:
    query = "SELECT label FROM answers WHERE sample_id = ?"
    return str(labeler.store.rows(query, sample_id)[0][0])


def sent(labeler: Labeler) -> None:
    until_there(
        labeler.page,
        "() => !Object.keys(localStorage).some((name) => name.startsWith('dalt:outbox'))",
    )


@pytest.mark.slow
def test_doubtful_labels_are_gone_through(labeler: Labeler) -> None:
    labeler.press("r")
    found = listed(labeler)
    wrong = {id for id in found if label_of(labeler, id) != labeler.truth[id]}
    assert len(wrong) >= 2, "the model sees most of what is wrong"
    expect(labeler.part("review-said")).to_contain_text(f"{len(found)} of your 80 labels")
    waiting = labeler.sample
    labeler.part("review-all").click()
    confirmed = set()
    for position, sample_id in enumerate(found):
        labeler.expect_sample(sample_id)
        expect(labeler.part("answered")).to_contain_text(
            f"You answered {label_of(labeler, sample_id)}"
        )
        top = labeler.part("accept").get_attribute("data-class")
        assert top != label_of(labeler, sample_id), "what is said without the label"
        if label_of(labeler, sample_id) == labeler.truth[sample_id]:
            labeler.press("Escape")
            confirmed.add(sample_id)
        else:
            labeler.press("Enter" if top == labeler.truth[sample_id] else labeler.truth[sample_id])
        expect(labeler.part("review-open")).to_have_count(len(found) - position - 1)
    labeler.expect_sample(waiting)
    sent(labeler)
    for sample_id in wrong:
        assert label_of(labeler, sample_id) == labeler.truth[sample_id]
    assert labeler.store.rows("SELECT count(*) FROM confirmations") == [(len(confirmed),)]
    labeler.part("review-again").click()
    # Of a label that was changed the model may still think otherwise.
    assert not set(listed(labeler)) & confirmed
    # What was relabelled in the review is undone like any answer; and it is doubtful again.
    labeler.press("u")
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", waiting)
    undone = labeler.sample
    sent(labeler)
    assert undone in wrong and label_of(labeler, undone) != labeler.truth[undone]
    labeler.press("Escape")
    labeler.part("review-again").click()
    # The model that has learned from the corrections may doubt others, which are new.
    assert [each for each in listed(labeler) if each in found] == [undone]
    card = labeler.page.locator(f'.dalt-review-card[data-sample-id="{undone}"]')
    card.locator('[data-dalt="review-confirm"]').click()
    expect(card).to_have_count(0)
    sent(labeler)
    labeler.page.reload()
    labeler.ready()
    labeler.press("r")
    assert undone not in listed(labeler)


def test_flag_and_comment_come_back_with_the_sample(labeler: Labeler) -> None:
    sample_id = labeler.sample
    flag, field = labeler.part("flag"), labeler.part("comment-field")
    expect(flag).to_have_attribute("aria-pressed", "false")
    labeler.press("f")
    expect(flag).to_have_attribute("aria-pressed", "true")
    labeler.press("c")
    expect(field).to_be_focused()
    labeler.page.keyboard.type("1 or <b>7</b>? rfu")  # class keys, and those of the page
    labeler.press("Enter")
    expect(labeler.root).to_be_focused()
    labeler.expect_sample(sample_id)
    made = labeler.label()
    expect(field).to_be_hidden()
    assert labeler.events() == [made]
    sent(labeler)
    labeler.page.reload()
    labeler.ready()
    labeler.press("h")
    thumbnail = labeler.part("reopen").first
    expect(thumbnail).to_have_attribute("data-sample-id", sample_id)
    expect(thumbnail).to_have_accessible_name(f"Open again: {made[2]}, flagged")
    labeler.stand_still(thumbnail).click()
    labeler.expect_sample(sample_id)
    expect(flag).to_have_attribute("aria-pressed", "true")
    expect(field).to_have_value("1 or <b>7</b>? rfu")
    labeler.press("Escape")
    newest = "SELECT flagged, comment FROM notes WHERE sample_id = ? ORDER BY note_id DESC LIMIT 1"
    assert labeler.store.rows(newest, sample_id) == [(1, "1 or <b>7</b>? rfu")]


@pytest.mark.slow
def test_what_is_being_written_belongs_to_its_sample(labeler: Labeler) -> None:
    sample_id = labeler.sample
    labeler.press("c")
    labeler.page.keyboard.type("blurred")
    labeler.part("class").first.click()  # an answer, in the middle of it
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
    labeler.press("c")
    labeler.page.keyboard.type("never mind")
    labeler.press("Escape")
    second = labeler.sample
    labeler.press("c")
    labeler.page.keyboard.type("kept")
    labeler.page.reload()
    labeler.ready()
    noted = "SELECT comment FROM notes WHERE sample_id = ?"
    until(lambda: labeler.store.rows(noted, second), "the comment was lost with the page")
    assert labeler.store.rows(noted, sample_id) == [("blurred",)]
    assert labeler.store.rows(noted, second) == [("kept",)]


def test_the_current_tile_is_flagged(labeler: Labeler) -> None:
    labeler.press("v")
    labeler.ready()
    labeler.press("ArrowRight")
    tile = labeler.page.locator(".dalt-current")
    sample_id = str(tile.get_attribute("data-sample-id"))
    expect(labeler.part("flag")).to_have_attribute("aria-pressed", "false")
    labeler.press("f")
    expect(tile).to_have_attribute("data-flagged", "")
    labeler.press("ArrowRight")
    expect(labeler.part("flag")).to_have_attribute("aria-pressed", "false")
    sent(labeler)
    noted = "SELECT flagged FROM notes WHERE sample_id = ?"
    assert labeler.store.rows(noted, sample_id) == [(1,)]


@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), pytest.param(390, "dark", marks=pytest.mark.slow)]
)
def test_axe_core_finds_nothing(browser: Browser, server: Server, width: int, theme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=theme,  # type: ignore[arg-type]
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(server.address)
    labeler = Labeler(page, server.store, server.truth).ready()
    labeler.part("guideline-close").click()
    labeler.press("f")
    labeler.press("r")
    listed(labeler)
    check(page)
    if width < 860:
        labeler.press("Escape")  # there the list covers the page
    labeler.press("c")
    expect(labeler.part("comment-field")).to_be_focused()
    check(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()

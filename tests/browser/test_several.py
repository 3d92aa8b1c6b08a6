"""Several classes for one sample, in Voilà."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessible import check_everywhere
from all_shown import ALL_SHOWN
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Server
from sklearn.datasets import load_digits

import dalt

CLASSES = ["even", "above four", "round"]


def truth_of(digit: int) -> list[str]:
    held = {"even": digit % 2 == 0, "above four": digit > 4, "round": digit in (0, 3, 6, 8, 9)}
    return [name for name in CLASSES if held[name]]


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("several") / "digits.dalt"
    digits = load_digits()
    images = (digits.images[:200] * 15).astype("uint8")
    with dalt.Project.create(
        folder, classes=CLASSES, multi_label=True, seed=0, settings=ALL_SHOWN
    ) as project:
        ids = project.add_images(images, progress=False).ids
        project.add_embeddings(digits.data[:200], ids)
        truth = {id: truth_of(digit) for id, digit in zip(ids, digits.target, strict=False)}
        with project.session(annotator="ben") as session:
            for _ in range(60):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, truth[assignment.sample.id])
            project.trainer.wait(120)
    server = serve(folder)
    server.truth = {id: json.dumps(names) for id, names in truth.items()}
    return server


@pytest.fixture
def labeler(page: Page, server: Server) -> Iterator[Labeler]:
    page.goto(server.address)
    yield Labeler(page, server.store, server.truth).ready()
    page.goto("about:blank")


def is_set(labeler: Labeler) -> list[str]:
    pressed = labeler.page.locator('[data-dalt="class"][aria-pressed="true"]')
    return [str(choice.get_attribute("data-class")) for choice in pressed.all()]


def set_to(labeler: Labeler, wanted: list[str]) -> None:
    for key, name in enumerate(CLASSES, start=1):
        if (name in is_set(labeler)) != (name in wanted):
            labeler.press(str(key))
    assert is_set(labeler) == wanted


def test_what_is_likely_is_set_and_enter_submits_it(labeler: Labeler) -> None:
    likely = [
        str(choice.get_attribute("data-class"))
        for choice in labeler.part("class").all()
        if float(choice.get_attribute("data-probability") or 0) >= 0.5
    ]
    assert is_set(labeler) == likely
    expect(labeler.part("accept")).to_contain_text("as suggested")
    sample_id = labeler.sample
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, json.dumps(likely))]


def test_keys_and_clicks_set_classes_and_undo_brings_them_back(labeler: Labeler) -> None:
    sample_id = labeler.sample
    wanted = ["even", "round"] if is_set(labeler) != ["even", "round"] else ["above four"]
    set_to(labeler, wanted)
    expect(labeler.part("accept")).not_to_contain_text("as suggested")
    labeler.page.locator('[data-dalt="class"][data-class="even"]').click()
    labeler.page.locator('[data-dalt="class"][data-class="even"]').click()
    labeler.part("accept").click()
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, json.dumps(wanted))]
    labeler.press("u")
    labeler.expect_sample(sample_id)
    assert is_set(labeler) == wanted


def test_none_of_them_is_an_answer(labeler: Labeler) -> None:
    sample_id = labeler.sample
    set_to(labeler, [])
    expect(labeler.part("accept")).to_contain_text("None of them")
    set_to(labeler, CLASSES[:2])
    check_everywhere(labeler.page)
    set_to(labeler, [])
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", sample_id, "[]")]
    expect(labeler.page.locator(".dalt-last")).to_have_text("Last: None of them")


@pytest.mark.slow  # it has a server of its own, and is looked at four times
def test_more_names_than_two_lines_hold_are_counted(
    page: Page, serve: Callable[[Path], Server], tmp_path: Path
) -> None:
    names = [
        f"{word} thing"
        for word in ("red", "round", "heavy", "wooden", "broken", "painted", "old", "small")
    ]
    folder = tmp_path / "things.dalt"
    with dalt.Project.create(
        folder, classes=names, multi_label=True, settings=ALL_SHOWN
    ) as project:
        project.add_texts(["a thing", "another thing"], progress=False)
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store, {}).ready()
    submits = labeler.part("accept")
    for n_set, name in enumerate(names, start=1):
        labeler.page.locator(f'[data-dalt="class"][data-class="{name}"]').click()
        expect(submits).to_have_attribute(
            "data-label", json.dumps(names[:n_set], separators=(",", ":"))
        )
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        expect(page.locator(".dalt-set-rest")).to_have_text(re.compile(r"\+[2-7]"))
        n_shown = page.locator(".dalt-set-one:visible").count()
        expect(page.locator(".dalt-set-rest")).to_have_text(f"+{len(names) - n_shown}")
        place = submits.locator(".dalt-set").evaluate(
            "node => [node.scrollHeight, node.clientHeight]"
        )
        assert place[0] <= place[1]
        check_everywhere(page, (width,))
    page.goto("about:blank")

"""Samples whose suggestion chance has hidden: people choose themselves, and nothing hints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from labeler import Labeler
from playwright.sync_api import Page, expect
from pools import given_pool
from running_servers import Server
from sklearn.datasets import load_digits

import dalt
from dalt.core.records import Suggestion

NAMED = {"even": (0, 2, 4, 6, 8), "round": (0, 3, 6, 8, 9)}


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A project with sure suggestions, all of which are hidden."""
    folder = tmp_path_factory.mktemp("hidden") / "digits.dalt"
    given_pool(folder, ["zero", "one", "two", "three", "four"], 30)
    path = folder / "project.toml"
    path.write_text(path.read_text("utf-8") + "\n[blind]\nshare = 1.0\n", "utf-8")
    return serve(folder)


@pytest.fixture
def labeler(page: Page, server: Server) -> Labeler:
    page.goto(server.address)
    return Labeler(page, server.store).ready()


@pytest.fixture(scope="module")
def several(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The same where a sample can have several classes."""
    folder = tmp_path_factory.mktemp("several") / "digits.dalt"
    shown, digits = {"page": {"suggestions_from": 0}, "blind": {"share": 1.0}}, load_digits()
    with dalt.Project.create(
        folder, classes=["even", "round"], multi_label=True, seed=0, settings=shown
    ) as project:
        ids = project.add_images((digits.images[:60] * 15).astype("uint8"), progress=False).ids
        project.add_embeddings(digits.data[:60], ids, progress=False)
        with project.session(annotator="ben") as session:
            for sample_id, digit in list(zip(ids, digits.target, strict=False))[:20]:
                said = [name for name, of in NAMED.items() if digit in of]
                session.answer(sample_id, said, key=sample_id, suggestion=Suggestion())
        project.trainer.wait(120)
    return serve(folder)


def test_enter_says_choose_yourself_and_a_class_key_labels(labeler: Labeler) -> None:
    accept, first = labeler.part("accept"), labeler.sample
    expect(accept).to_contain_text("Some samples have no suggestion: choose yourself")
    assert accept.is_disabled()
    expect(labeler.part("class")).to_have_count(5)
    for sign in ("data-probability", "data-rank"):
        assert labeler.page.locator(f"[{sign}]").count() == 0, "neither order nor percentages"
    assert labeler.page.locator(".dalt-likely").count() == 0, "nor emphasis"
    labeler.root.focus()
    labeler.press("Enter")
    expect(accept).to_contain_text("Choose yourself")
    expect(labeler.part("urged")).to_contain_text("Choose yourself")
    labeler.expect_sample(first)
    assert labeler.events() == []
    labeler.press("2")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", first, "one")]
    query = "SELECT arm, mode, suggested, snapshot IS NULL, probability > 0.5 FROM events"
    [event] = labeler.store.rows(f"{query} WHERE event_id > ?", labeler.start)
    assert event == ("none", "blind", None, 0, 1)
    assert labeler.sample != first
    expect(accept).to_contain_text("Some samples have no suggestion")
    labeler.press("?")
    expect(labeler.part("hides-some")).to_contain_text("come without a suggestion")


def test_none_of_several_classes_takes_a_second_enter(page: Page, several: Server) -> None:
    page.goto(several.address)
    labeler = Labeler(page, several.store).ready()
    accept, first = labeler.part("accept"), labeler.sample
    expect(accept).to_contain_text("Some samples have no suggestion: choose yourself")
    labeler.root.focus()
    labeler.press("Enter")
    expect(accept).to_contain_text("Choose yourself, or press again: none of them")
    expect(labeler.part("urged")).to_contain_text("Choose yourself, or press again")
    labeler.expect_sample(first)
    assert labeler.events() == []
    page.wait_for_timeout(350)  # at once is no answer
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert labeler.events() == [("label", first, "[]")]
    second = labeler.sample
    labeler.press("1")
    expect(accept).to_contain_text("even")
    labeler.press("Enter")  # what is set is submitted at once
    labeler.expect_acknowledged(2)
    assert labeler.events()[1] == ("label", second, '["even"]')

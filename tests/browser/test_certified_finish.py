"""The certified finish for people: what the labeling page and the owner's page say of it."""

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

CLASSES = ["zero", "one", "two"]
TOKEN = "owner-secret-0123456789"


@pytest.fixture
def server(serve: Callable[..., Server], tmp_path: Path) -> Server:
    """A project whose model is being audited."""
    folder = tmp_path / "digits.dalt"
    given_pool(folder, CLASSES, 40)
    with dalt.Project.open(folder) as project:
        assert project.finish(max_error=0.25).running
    return serve(folder, owner_token=TOKEN)


def what_it_is(labeler: Labeler) -> str:
    """The key of the class that the sample on screen has."""
    query = "SELECT position FROM samples WHERE id = ?"
    [[position]] = labeler.store.rows(query, labeler.sample)
    return str(load_digits(n_class=3).target[position] + 1)


def test_people_check_without_suggestions_until_the_model_is_certified(
    page: Page, server: Server
) -> None:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    expect(labeler.part("trainer")).to_contain_text("The model is being checked: about")
    expect(labeler.part("accept")).to_contain_text("The model is being checked: choose yourself")
    made = 0
    certificate = "SELECT count(*) FROM certificates WHERE ended_at IS NULL"
    while server.store.rows(certificate) == [(0,)]:
        assert made < 60, "the audit does not end"
        assert labeler.page.locator(".dalt-likely").count() == 0, (
            "a checked sample hints at nothing"
        )
        labeler.press(what_it_is(labeler))
        made += 1
        labeler.expect_acknowledged(made)
    expect(labeler.part("trainer")).not_to_contain_text("being checked")

    page.goto(f"{server.address}review?token={TOKEN}")
    said = page.locator('[data-dalt="owner-finish"]')
    expect(said).to_have_attribute("data-state", "holds", timeout=60_000)
    expect(said).to_contain_text("of these labels are wrong (95\u202f% confidence).")
    expect(said).to_contain_text(f"People have checked {made} samples without suggestions")

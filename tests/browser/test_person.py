"""Who has logged in sees under which name, and gets out; in Voilà."""

from __future__ import annotations

from pathlib import Path

import pytest
from accessible import check_everywhere
from all_shown import ALL_SHOWN
from labeler import Labeler, Store
from playwright.sync_api import Page, expect
from ports import free_port

import dalt
from dalt.server.serve import Service, running
from dalt.storage.accounts import Annotators

PASSWORD = "long enough to be taken"


@pytest.mark.slow
@pytest.mark.usefixtures("environment")
def test_the_next_person_logs_in_by_another_name(tmp_path: Path, page: Page) -> None:
    folder, port = tmp_path / "shared.dalt", free_port()
    with dalt.Project.create(folder, classes=["short", "long"], settings=ALL_SHOWN) as project:
        project.add_texts(["a", "b", "a text that is long"], progress=False)
    people = Annotators(tmp_path / "team.json")
    for name in ("ana", "bob <b>"):
        people.add(name, PASSWORD)
    with running(
        Service(folder, annotator=None, annotators=people.path, ip="127.0.0.1", port=port, token="")
    ):
        page.goto(f"http://127.0.0.1:{port}/")
        for name in ("ana", "bob <b>"):
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            labeler = Labeler(page, Store(folder / "labels.db")).ready()
            expect(labeler.part("logout")).to_have_text(f"{name}Log out")
            check_everywhere(page)
            labeler.press("1")
            labeler.expect_acknowledged(1)
            labeler.part("logout").click()
            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_label("Password")).to_be_visible()
    with dalt.Project.open(folder) as project:
        assert project.labels().annotator.tolist() == ["ana", "bob <b>"]

"""A page that takes its suggestions from a model server (DALT_MODEL_URL), until that is away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import asked
import pytest
from assignments import assigned
from labeler import Labeler, Store
from playwright.sync_api import Page, expect
from ports import free_port
from running_servers import Digits

import dalt
from dalt.server.serve import Service, running


@pytest.fixture
def model(digits: Digits, tmp_path: Path, environment: None) -> Iterator[asked.Asked]:
    """A model server that has learned from thirty digits."""
    folder = Path(shutil.copytree(digits.folder, tmp_path / "learned" / "digits.dalt"))
    with dalt.Project.open(folder) as project, project.session("eva") as session:
        for _ in range(30):
            assignment = assigned(session)
            session.submit(assignment, digits.truth[assignment.sample.id])
        project.trainer.wait(60)
    with asked.serving(folder) as server:
        yield server


@pytest.fixture
def page_beside(
    page: Page, model: asked.Asked, tmp_path: Path, digits: Digits
) -> Iterator[Labeler]:
    """A page on the same project that has no snapshot of its own."""
    learned = tmp_path / "learned" / "digits.dalt"
    ignored = shutil.ignore_patterns("snapshots")
    folder = Path(shutil.copytree(learned, tmp_path / "digits.dalt", ignore=ignored))
    port = free_port()
    told = {"DALT_MODEL_URL": model.url, "DALT_MODEL_TOKEN": model.token}
    with running(
        Service(folder, annotator="ana", ip="127.0.0.1", port=port, token="", environment=told)
    ):
        page.goto(f"http://127.0.0.1:{port}/")
        yield Labeler(page, Store(folder / "labels.db"), digits.truth).ready()
        page.close()


def shown(labeler: Labeler) -> dict[str, float]:
    """The probabilities on screen, by class."""
    buttons = labeler.page.locator('[data-dalt="class"][data-probability]')
    expect(buttons).to_have_count(10)
    found = buttons.evaluate_all("all => all.map(e => [e.dataset.class, e.dataset.probability])")
    return {name: float(value) for name, value in found}


@pytest.mark.slow
def test_the_page_shows_what_the_model_server_says_and_goes_on_without_it(
    page_beside: Labeler, model: asked.Asked
) -> None:
    labeler = page_beside
    answer = model.ask("POST", "/v1/suggest", {"sample_ids": [labeler.sample]})
    (said,) = answer.json["suggestions"]
    expected = {each["label"]: each["probability"] for each in said["classes"]}
    assert shown(labeler) == pytest.approx(expected, abs=1e-4)
    events = [labeler.label()]
    model.process.terminate()
    model.process.wait(60)
    events += [labeler.label() for _ in range(3)]
    assert labeler.events() == events

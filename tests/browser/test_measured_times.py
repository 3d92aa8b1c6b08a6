"""The times of real labels, as a real browser measured them: looked up in the project's history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignments import assigned
from kernel_here import opened
from playwright.sync_api import BrowserContext, Page, expect

import dalt

HOURS = 3_600
# The browser's clocks, which a test moves on: `now` nobody else can set, `wall` anybody can.
CLOCKS = """
  window.ahead = { now: 0, wall: 0 };
  window.pass = (now, wall = now) => { window.ahead.now += now; window.ahead.wall += wall; };
  const now = performance.now.bind(performance), wall = Date.now;
  performance.now = () => now() + window.ahead.now;
  Date.now = () => wall() + window.ahead.wall;
  let hidden = false;
  Object.defineProperty(document, "visibilityState", { get: () => hidden ? "hidden" : "visible" });
  window.hide = (hides) => {
    hidden = hides;
    document.dispatchEvent(new Event("visibilitychange"));
  };
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    """Dark and bright pictures, told apart by what somebody has labelled already."""
    shades = np.concatenate([np.arange(40), np.arange(200, 240)]).astype(np.uint8)
    with dalt.Project.create(tmp_path / "shades.dalt", classes=["dark", "bright"], seed=0) as made:
        ids = made.add_images(shades.repeat(64).reshape(80, 8, 8), progress=False).ids
        rows = np.random.default_rng(0).normal(scale=0.1, size=(80, 4)).astype(np.float32)
        rows[:, 0] += np.where(shades < 100, -3, 3)
        made.add_embeddings(rows, ids, progress=False)
        with made.session("ben") as session:
            for _ in range(12):
                asked = assigned(session)
                session.submit(asked, "dark" if asked.sample.position < 40 else "bright")
        made.trainer.wait(120)
        yield made


def test_labels_carry_what_the_browser_measured(
    context: BrowserContext, project: dalt.Project
) -> None:
    began = datetime.now(UTC)
    context.add_init_script(CLOCKS)
    with opened(context, project) as page:
        root = page.locator('[data-dalt="page"]')
        counted = 0

        def label(*doing: str, press: str = "1") -> pd.Series[Any]:
            """Do that with the sample on screen, answer it, and return its event."""
            nonlocal counted
            painted(page)
            for each in doing:
                page.evaluate(each)
            page.keyboard.press(press)
            counted += 1
            expect(root).to_have_attribute("data-acknowledged", str(counted))
            return project.history().iloc[-1]

        first = label()
        assert began - timedelta(seconds=1) <= first.shown_at <= first.created_at
        assert 0 < first.paint_seconds < first.commit_seconds < 60
        assert 0 < first.first_key_seconds <= first.commit_seconds
        assert (first.n_keys, first.n_clicks) == (1, 0)
        adds_up(first)

        painted(page)
        page.locator('[data-dalt="class"][data-class="bright"]').click()
        counted += 1
        expect(root).to_have_attribute("data-acknowledged", "2")
        clicked = project.history().iloc[-1]
        assert (clicked.label, clicked.n_keys, clicked.n_clicks) == ("bright", 0, 1)

        hidden = label("hide(true)", f"pass({9 * HOURS * 1_000})", "hide(false)")
        assert 0 <= hidden.hidden_seconds - 9 * HOURS < 60, "a tab left overnight"
        assert hidden.active_seconds < 60
        adds_up(hidden)

        away = label("pass(120_000)")
        assert 90 <= away.idle_seconds < 120, "thirty seconds of two minutes count as looking"
        assert 30 <= away.active_seconds < 60
        adds_up(away)

        asleep = label(f"pass(0, {HOURS * 1_000})")
        assert asleep[["commit_seconds", "hidden_seconds", "idle_seconds"]].isna().all()
        assert asleep.active_seconds < 60 and asleep.n_keys == 1
        assert pd.isna(asleep.shown_at), "the browser's clock is ahead of the kernel's by now"

        page.keyboard.press("v")
        expect(root).to_have_attribute("data-mode", "verify")
        expect(root).to_have_attribute("data-state", "ready")
        verify(page, project)


def painted(page: Page) -> None:
    """Wait until what is on screen was painted: two frames later it was."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def adds_up(event: pd.Series[Any]) -> None:
    parts = event.active_seconds + event.hidden_seconds + event.idle_seconds
    assert parts == pytest.approx(event.commit_seconds, abs=0.01)


def verify(page: Page, project: dalt.Project) -> None:
    """Confirm a page after a pause, with one sample left out: its samples share its times."""
    tiles = page.locator('[data-dalt="tile"]').count()
    assert tiles > 2
    before = len(project.history())
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.evaluate("pass(100_000)")
    page.keyboard.press("Enter")
    expect(page.locator('[data-dalt="tile"][data-said="out"]')).to_have_count(0)
    events = project.history().iloc[before:]
    assert len(events) == tiles and set(events["mode"]) == {"verify"}
    assert events.commit_seconds.nunique() == events.paint_seconds.nunique() == 1
    assert (events.n_keys.sum(), events.n_clicks.sum()) == (3, 0)
    assert 70 <= events.idle_seconds.sum() < 100
    whole = events[["active_seconds", "hidden_seconds", "idle_seconds"]].sum().sum()
    assert whole == pytest.approx(events.commit_seconds.iloc[0], abs=0.01)

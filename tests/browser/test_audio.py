"""Sounds on the page: a player that works, and the keys beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from labeler import Labeler
from playwright.sync_api import Page, expect

import dalt

SECONDS = 1.5


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two tones: one that browsers play as it is, one that they do not."""
    folder = tmp_path_factory.mktemp("sounds")
    time = np.arange(int(SECONDS * 44_100)) / 44_100
    soundfile.write(folder / "a.flac", 0.3 * np.sin(2 * np.pi * 440 * time), 44_100)
    soundfile.write(folder / "b.aiff", 0.3 * np.sin(2 * np.pi * 220 * time), 44_100)
    with dalt.Project.create(folder / "sounds.dalt", classes=["low", "high"]) as project:
        assert project.add_audio(folder, progress=False).rejected == ()
    return folder / "sounds.dalt"


def test_sounds_are_played_and_labelled_by_keys(serve: Any, sounds: Path, page: Page) -> None:
    server = serve(sounds)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    player = labeler.part("sample").locator("audio")
    for n, (key, label) in enumerate([("1", "low"), ("2", "high")]):
        sample = labeler.sample
        page.wait_for_function("document.querySelector('audio').readyState >= 1")
        assert player.evaluate("player => player.duration") == pytest.approx(SECONDS, abs=0.1)
        labeler.press("Space")
        page.wait_for_function("document.querySelector('audio').currentTime > 0")
        labeler.press("Space")
        expect(player).to_have_js_property("paused", True)
        labeler.press(key)
        labeler.expect_acknowledged(n + 1)
        assert labeler.events()[-1] == ("label", sample, label)
    labeler.expect_state("done")

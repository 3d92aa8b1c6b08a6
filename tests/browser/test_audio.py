"""Sounds on the page: a player that works, and the keys beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from accessible import check_everywhere
from all_shown import ALL_SHOWN
from labeler import Labeler, until_there
from playwright.sync_api import Page, expect
from running_servers import Server
from waiting import until

import dalt

SECONDS = 1.5


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A project of two tones: one that browsers play as it is, one that they do not."""
    folder = tmp_path_factory.mktemp("sounds")
    time = np.arange(int(SECONDS * 44_100)) / 44_100
    soundfile.write(folder / "a.flac", 0.3 * np.sin(2 * np.pi * 440 * time), 44_100)
    soundfile.write(folder / "b.aiff", 0.3 * np.sin(2 * np.pi * 220 * time), 44_100)
    with dalt.Project.create(
        folder / "sounds.dalt", classes=["low", "high"], settings=ALL_SHOWN
    ) as project:
        assert project.add_audio(folder, progress=False).rejected == ()
    return serve(folder / "sounds.dalt")


def sound(page: Page, what: str) -> float:
    return float(page.evaluate(f"Number(document.querySelector('.dalt-stage audio').{what})"))


INK = """() => {
  const { width, height } = document.querySelector(".dalt-stage canvas");
  const context = document.querySelector(".dalt-stage canvas").getContext("2d");
  const { data } = context.getImageData(0, 0, width, height);
  const rows = Array.from({ length: height }, (_, y) => {
    let ink = 0;
    for (let x = 0; x < width; x += 1) ink += data[4 * (y * width + x) + 3];
    return ink / width;
  });
  return rows;
}"""


@pytest.mark.slow
def test_a_spectrogram_seeks_and_the_tools_do_what_they_say(server: Server, page: Page) -> None:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    spectrogram = labeler.part("spectrogram")
    expect(spectrogram).to_be_visible()  # once it is painted
    rows = page.evaluate(INK)
    # A tone is one dark line, low on the canvas, and quiet elsewhere.
    darkest = rows.index(max(rows))
    assert max(rows) > 150 and darkest > len(rows) / 2
    assert sum(rows) / len(rows) < 0.5 * max(rows)
    box = spectrogram.bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2)
    assert sound(page, "currentTime") == pytest.approx(0.6 * SECONDS, abs=0.05)
    # Speed, by keys and by the button; repeat; they stay for the next sound.
    labeler.press(".")
    labeler.press(".")
    assert sound(page, "playbackRate") == 1.5
    labeler.press(",")
    assert sound(page, "playbackRate") == 1.25
    labeler.part("rate").click()
    assert sound(page, "playbackRate") == 1.5
    expect(labeler.part("rate")).to_have_text("1.5 ×")
    labeler.part("loop").click()
    assert sound(page, "loop") == 1
    labeler.part("autoplay").click()
    expect(labeler.part("autoplay")).to_have_attribute("aria-pressed", "true")
    check_everywhere(page)
    sample_id = labeler.sample
    labeler.press("s")
    expect(labeler.part("sample")).not_to_have_attribute("data-sample-id", sample_id)
    until_there(page, "document.querySelector('.dalt-stage audio').currentTime > 0")
    assert (sound(page, "playbackRate"), sound(page, "loop")) == (1.5, 1)
    # Repeated: it comes to its beginning again and goes on.
    page.evaluate(
        """() => {
          window.times = [];
          const audio = document.querySelector(".dalt-stage audio");
          audio.addEventListener("timeupdate", () => window.times.push(audio.currentTime));
        }"""
    )
    until_there(page, "window.times.some((time, at) => time < window.times[at - 1])")
    labeler.press("Space")
    assert sound(page, "paused") == 1
    labeler.press("u")
    labeler.expect_sample(sample_id)
    # The next test needs both samples: unanswered, and held by nobody.
    until(
        lambda: [kind for kind, _, _ in labeler.events()] == ["skip", "undo"],
        "the undo was not recorded",
    )
    page.goto("about:blank")
    held = "SELECT count(*) FROM leases WHERE active"
    until(lambda: server.store.rows(held) == [(0,)], "the page left its samples held")


NOT_BEFORE_A_KEY = """
  const play = HTMLMediaElement.prototype.play;
  window.asked = 0;
  window.pressed = false;  // a reload may keep what the browser itself knows of keys
  addEventListener("keydown", () => (window.pressed = true), { capture: true });
  HTMLMediaElement.prototype.play = function () {
    window.asked += 1;
    if (window.pressed) return play.call(this);
    return Promise.reject(new DOMException("No key was pressed yet.", "NotAllowedError"));
  };
"""


@pytest.mark.slow
def test_how_sounds_are_played_is_remembered_and_waits_for_the_first_key(
    server: Server, page: Page
) -> None:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    labeler.part("autoplay").click()
    labeler.part("loop").click()
    labeler.press(".")
    page.evaluate("document.querySelector('.dalt-stage audio').volume = 0.5")
    kept = "Object.values(localStorage).some((each) => JSON.parse(each).volume === 0.5)"
    until_there(page, kept)
    page.add_init_script(NOT_BEFORE_A_KEY)
    page.reload()
    labeler.ready()
    expect(labeler.part("autoplay")).to_have_attribute("aria-pressed", "true")
    expect(labeler.part("autoplay-waits")).not_to_be_empty()
    assert (sound(page, "playbackRate"), sound(page, "volume")) == (1.25, 0.5)
    assert (sound(page, "loop"), sound(page, "paused"), page.evaluate("window.asked")) == (1, 1, 1)
    labeler.press("ArrowUp")  # any key: nothing else has to be done
    until_there(page, "document.querySelector('.dalt-stage audio').currentTime > 0")
    expect(labeler.part("autoplay-waits")).to_be_empty()
    assert labeler.events() == []
    page.goto("about:blank")


def test_sounds_are_played_and_labelled_by_keys(server: Server, page: Page) -> None:
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    player = labeler.part("sample").locator("audio")
    for n, (key, label) in enumerate([("1", "low"), ("2", "high")]):
        sample = labeler.sample
        until_there(page, "document.querySelector('audio').readyState >= 1")
        assert player.evaluate("player => player.duration") == pytest.approx(SECONDS, abs=0.1)
        labeler.press("Space")
        until_there(page, "document.querySelector('audio').currentTime > 0")
        labeler.press("Space")
        expect(player).to_have_js_property("paused", True)
        labeler.press(key)
        labeler.expect_acknowledged(n + 1)
        assert labeler.events()[-1] == ("label", sample, label)
    labeler.expect_state("done")

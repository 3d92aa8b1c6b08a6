"""What `dalt demo` shows, for each task."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from dalt.core.records import BadInput
from dalt.core.settings.settings import KINDS
from dalt.data import demo
from dalt.data.demos import canvases, sounds, texts
from dalt.data.demos.demonstration import SIDE, TASKS, demonstration
from dalt.data.demos.pictures import enlarged


@pytest.mark.parametrize("task", TASKS)
def test_every_demonstration_names_what_a_project_needs(task: str) -> None:
    shows = demonstration(task, "digits" if task in ("images", "boxes") else None)
    assert shows.guideline.endswith((".", ")")) and len(shows.classes) >= 3
    kind = {"images": "image", "texts": "text", "audio": "audio", "table": "table"}[shows.kind]
    assert KINDS.get(shows.task, kind) == kind


def test_digits_are_large_and_have_no_steps_between_their_pixels() -> None:
    small = demo.demo_data("digits").images[:5]
    large = enlarged(small, SIDE)
    assert large.shape == (5, SIDE, SIDE) and large.dtype == np.uint8
    # A block of one pixel would show as a jump at its edge.
    steps = np.abs(np.diff(large.astype(int), axis=2)).max()
    assert steps < 40 < np.abs(np.diff(small.astype(int), axis=2)).max()


def test_canvases_hold_whole_pictures_at_different_places(monkeypatch: pytest.MonkeyPatch) -> None:
    made = canvases.canvases(np.full((1, 8, 8), 255, np.uint8), 6)
    assert made.shape == (6, canvases.HEIGHT, canvases.WIDTH)
    bright = (made > 200).sum(axis=(1, 2))
    assert len(set(bright)) == 6 and bright.min() > 4 * (0.7 * canvases.SIDES[0]) ** 2
    np.testing.assert_array_equal(
        made, canvases.canvases(np.full((1, 8, 8), 255, np.uint8), 6), "the same each time"
    )


def test_sounds_can_be_told_apart_and_are_the_same_each_time(tmp_path: Path) -> None:
    first = sorted(sounds.write_sounds(tmp_path / "a", 8).iterdir())
    again = sorted(sounds.write_sounds(tmp_path / "b", 8).iterdir())
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert len({path.read_bytes() for path in first}) == 8
    for path in first:
        with wave.open(str(path)) as file:
            assert file.getframerate() == sounds.RATE and 0.5 < file.getnframes() / sounds.RATE < 3
            level = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert 20_000 < np.abs(level).max() < 30_000


def test_texts_are_short_and_each_is_another() -> None:
    assert len(set(texts.TEXTS)) == len(texts.TEXTS) >= 40
    assert all(40 < len(text) < 200 and text.endswith((".", "?")) for text in texts.TEXTS)


def test_the_rule_of_the_wines_is_mostly_right() -> None:
    from sklearn.datasets import load_wine

    frame = demonstration("table").samples(Path())
    colour, flavanoids = frame["color intensity"], frame["flavanoids"]
    said = np.where(colour < 3.8, 1, np.where(flavanoids < 1.6, 2, 0))
    assert (said == load_wine().target).mean() > 0.9


def test_fashion_is_shown_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "FASHION_FOLDER", tmp_path)
    assert demonstration("images").name == "digits"
    assert demonstration("boxes").name == "boxes-digits"


def test_a_task_that_is_none_is_answered_by_those_that_are() -> None:
    with pytest.raises(BadInput, match="choose images, spans, boxes, audio or table"):
        demonstration("video")
    with pytest.raises(BadInput, match="leave out --data"):
        demonstration("spans", "digits")

"""Which encoders compete where nobody named one, and which starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dalt.learning.encoders import candidates
from dalt.learning.encoders.candidates import candidates_for


@pytest.fixture(autouse=True)
def pretrained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_PRETRAINED", "1")


def installed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    ready = {"autoencoder": None} | dict.fromkeys(names)
    missing = {"efficientnet": "pip install it", "minilm": "pip install it"}
    monkeypatch.setattr(candidates, "available_encoders", lambda kind: missing | ready)


def pictures(side: int, *, colour: bool) -> list[np.ndarray]:
    drawn = np.random.default_rng(0).integers(0, 255, (6, side, side, 3), np.uint8)
    return list(drawn if colour else np.repeat(drawn[..., :1], 3, axis=3))


def test_pictures_in_colour_start_with_the_pretrained_one() -> None:
    found = candidates_for("image", pictures(32, colour=True))
    assert found.names == ("efficientnet", "autoencoder") and not found.missing


def test_grey_pictures_start_with_the_autoencoder_also_if_they_are_kept_in_colour() -> None:
    grey = pictures(100, colour=False)
    assert candidates_for("image", grey).names == ("autoencoder", "efficientnet")
    assert candidates_for("image", [each[..., 0] for each in grey]).names[0] == "autoencoder"


def test_small_grey_pictures_are_left_to_the_autoencoder() -> None:
    assert candidates_for("image", pictures(28, colour=False)).names == ("autoencoder",)


def test_texts_start_with_a_net_that_knows_their_script() -> None:
    assert candidates_for("text", ["The market rose today."] * 3).names[0] == "minilm"
    assert candidates_for("text", ["오늘 시장이 올랐다."] * 3).names[0] == "sentences"


def test_long_texts_start_with_the_quicker_net() -> None:
    assert candidates_for("text", ["The market rose today. " * 40] * 3).names[0] == "sentences"


def test_a_command_is_named_where_colour_pictures_have_no_pretrained_encoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed(monkeypatch)
    found = candidates_for("image", pictures(32, colour=True))
    assert (found.names, found.missing) == (("autoencoder",), "pip install 'dalt[photos]'")
    assert not candidates_for("image", pictures(32, colour=False)).missing


def test_the_environment_leaves_pretrained_encoders_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_PRETRAINED", "0")
    found = candidates_for("image", pictures(32, colour=True))
    assert (found.names, found.missing) == (("autoencoder",), "")


def test_unreadable_pictures_are_passed_over() -> None:
    class Broken(list[Any]):
        def __getitem__(self, row: Any) -> Any:
            if row == 0:
                raise OSError("gone")
            return super().__getitem__(row)

    assert candidates_for("image", Broken(pictures(32, colour=True))).names[0] == "efficientnet"

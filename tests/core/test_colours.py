"""The colours that classes have by default can be told apart, and read on, in both themes."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dalt.core.records import ClassSpec
from dalt.core.settings.classes import with_defaults

Floats = NDArray[np.float64]
CSS = (Path(__file__).parents[2] / "dalt" / "page" / "static" / "styles" / "page.css").read_text(
    "utf-8"
)
THEMES = {"light": ".dalt {", "dark": '.dalt[data-theme="dark"] {'}

# Machado, Oliveira and Fernandes (2009), at full severity; on linear RGB.
SIGHTS = {
    "any": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# Ottosson (2020).
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def rgb(colour: str) -> Floats:
    return np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def linear(parts: Floats) -> Floats:
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def oklab(colour: str, sight: str = "any") -> Floats:
    seen = np.clip(SIGHTS[sight] @ linear(rgb(colour)), 0, 1)
    return TO_LAB @ np.cbrt(TO_CONES @ seen)


def distance(one: str, other: str, sight: str = "any") -> float:
    return float(np.linalg.norm(oklab(one, sight) - oklab(other, sight)))


def contrast(one: Floats, other: Floats) -> float:
    """As WCAG defines it."""
    light = sorted(float(linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def default_colours(n: int) -> list[str]:
    return [spec.colour for spec in with_defaults([ClassSpec(f"c{at}") for at in range(n)])]


def theme(name: str) -> dict[str, Floats]:
    block = CSS[CSS.index(THEMES[name]) :].split("}")[0]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    return {each: rgb(colour) for each, colour in found.items()}


def test_distances_are_those_that_are_published() -> None:
    assert oklab("#ffffff") == pytest.approx([1, 0, 0], abs=1e-4)
    assert oklab("#ff0000") == pytest.approx([0.6280, 0.2249, 0.1258], abs=1e-4)
    assert contrast(rgb("#777777"), rgb("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("sight", "least"), [("any", 0.15), *((each, 0.1) for each in SIGHTS)])
def test_ten_classes_are_told_apart(sight: str, least: float) -> None:
    pairs = {
        (one, other): distance(one, other, sight)
        for one, other in combinations(default_colours(10), 2)
    }
    nearest = min(pairs, key=lambda pair: pairs[pair])
    assert pairs[nearest] >= least, f"{nearest} are {pairs[nearest]:.3f} apart"


def test_two_light_blues_would_be_found() -> None:
    assert distance("#56b4e9", "#47b9ff") < 0.05  # what class 6 and class 9 had once


def test_no_two_of_thirty_classes_look_the_same() -> None:
    assert min(distance(*pair) for pair in combinations(default_colours(30), 2)) > 0.015


@pytest.mark.parametrize("name", THEMES)
def test_colours_are_seen_and_text_is_read_on_them_in_both_themes(name: str) -> None:
    colours = theme(name)
    for colour in default_colours(10):
        chip = rgb(colour)
        assert contrast(chip, colours["surface"]) >= 1.25
        # What is marked in a text has its class's colour, a fifth of it, behind it.
        tint = 0.2 * chip + 0.8 * colours["surface"]
        assert contrast(colours["text"], tint) >= 4.5

"""The constants of the keystroke-level model stand in one place, with the published values."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import dalt
from dalt.labeling import keystrokes
from dalt.labeling.page_choice import seconds_by_page, seconds_single


def test_the_values_are_those_of_card_moran_and_newell() -> None:
    assert (keystrokes.THINK, keystrokes.POINT, keystrokes.HOME) == (1.35, 1.1, 0.4)
    assert (keystrokes.QUICK_KEY, keystrokes.KEY) == (0.20, 0.28)


def test_choosing_takes_a_constant_time_for_each_bit() -> None:
    assert keystrokes.choosing(1) == pytest.approx(0.15)
    assert keystrokes.choosing(7) - keystrokes.choosing(3) == pytest.approx(0.15)
    assert keystrokes.choosing(10) == pytest.approx(0.15 * math.log2(11))


def test_the_proposed_mode_reckons_with_the_same_constants() -> None:
    assert seconds_single(10, 2) == pytest.approx(10 * (1.35 + 0.28) + 2 * 1.35)
    assert seconds_by_page(30, 2, 1) == pytest.approx(
        30 * 0.3 + 2 * (1.35 + 1.1 + 0.28) + 1.35 + 0.28
    )


def test_no_other_module_has_them() -> None:
    package = Path(dalt.__file__).parent
    having = {path.name for path in package.rglob("*.py") if "= 1.35" in path.read_text("utf-8")}
    assert having == {"keystrokes.py"}

"""The built-in engine alone, without fits."""

from __future__ import annotations

import pytest
from hidden_classes import Countdown, hidden_classes, labels_of

from dalt.core.records import (
    Recipe,
    TuningFailed,
)
from dalt.learning.tuning.builtin import Here, OptunaTuner
from dalt.learning.tuning.spaces import DEFAULT, PLAIN


def score_by_width(recipe: Recipe, part: int) -> tuple[float, float]:
    """A stand-in for fits: networks are better, and the wider the better."""
    if recipe.kind == "blend":
        return 0.5, -1.0
    widths = [layer["units"] for layer in recipe.layers if layer["kind"] == "linear"]
    return min(0.6 + max(widths) / 2_000, 1.0), -1.0


def test_the_search_finds_what_scores_best_and_keeps_its_history() -> None:
    rows, classes = hidden_classes()
    tuner = OptunaTuner(Here(score_by_width), seed=0, stopping=Countdown(120))
    found = tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)
    assert found.recipe.kind == "network"
    assert found.score > 0.7
    assert found.stopped
    assert dict(found.trials[0].settings) == dict(DEFAULT)
    assert found.versions["optuna"].startswith("5.")
    assert {trial.state for trial in found.trials} == {"complete", "pruned"}
    assert max(trial.spent for trial in found.trials if trial.state == "pruned") < 5


def test_the_search_begins_with_the_settings_in_use() -> None:
    rows, classes = hidden_classes()
    incumbent = dict(PLAIN) | {"units_1": 77}
    tuner = OptunaTuner(Here(score_by_width), incumbent=incumbent, stopping=Countdown(8))
    found = tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)
    assert found.trials[0].settings["units_1"] == 77


def test_settings_that_fail_are_told_and_the_search_goes_on() -> None:
    def evaluate(recipe: Recipe, part: int) -> tuple[float, float]:
        if recipe.kind == "network":
            raise ValueError("its weights overflow")
        return 0.5, -1.0

    rows, classes = hidden_classes()
    tuner = OptunaTuner(Here(evaluate), stopping=Countdown(40))
    found = tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)
    assert found.recipe.kind == "blend"
    assert "failed" in {trial.state for trial in found.trials}


def test_a_search_in_which_nothing_works_says_why() -> None:
    def evaluate(recipe: Recipe, part: int) -> tuple[float, float]:
        raise OSError("No space left on device")

    rows, classes = hidden_classes()
    tuner = OptunaTuner(Here(evaluate), stopping=Countdown(3))
    with pytest.raises(TuningFailed, match=r"found nothing .*No space left"):
        tuner.search(rows, labels_of(classes, 80), 1e6, lambda *_: None)

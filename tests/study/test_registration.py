"""The registration of a study: written and hashed before the first label."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dalt.core.records import BadInput
from dalt.study.analysis.speed import GENERAL
from dalt.study.plan import StudyPlan
from dalt.study.registration import (
    discard_registration,
    hash_of,
    is_intact,
    readable,
    registration_of,
    write_registration,
)

PLAN = StudyPlan(conditions=("suggestions", "none"), seed=5)
PROJECT = {"name": "pets", "classes": ["cat", "| *dog*\n# no heading"]}
TIME = "2026-01-02T03:04:05+00:00"


@pytest.fixture
def text() -> str:
    return registration_of(PLAN, PROJECT, TIME)


def test_it_has_the_plan_the_seed_and_the_analysis(text: str) -> None:
    said = json.loads(text)
    assert StudyPlan.from_json(said["plan"]) == PLAN
    assert said["plan"]["seed"] == 5 and said["planned"]["labels"] == PLAN.n_labels
    assert any("as the arm was assigned" in each for each in said["analysis"])
    assert set(said["conditions"]) == {"suggestions", "none"}


def test_it_names_the_margin_and_what_gives_the_headline(text: str) -> None:
    said = json.loads(text)
    assert said["plan"]["margin"] == 0.05
    analysis = " ".join(said["analysis"])
    assert f"fewer than {GENERAL} annotators" in analysis and "Hartung and Knapp" in analysis
    assert "lower by less than 5 points counts as unchanged" in readable(text)
    del said["plan"]["margin"]  # as earlier versions registered
    assert "lower by less than" not in readable(json.dumps(said))


def test_the_same_study_has_the_same_hash_and_another_one_another(text: str) -> None:
    assert registration_of(PLAN, PROJECT, TIME) == text
    other = StudyPlan(conditions=("suggestions", "none"), seed=6)
    assert hash_of(registration_of(other, PROJECT, TIME)) != hash_of(text)


def test_a_change_of_the_file_shows(text: str, tmp_path: Path) -> None:
    path = write_registration(tmp_path, text)
    assert is_intact(path, hash_of(text)) is True
    assert hash_of(text) in path.with_suffix(".md").read_text("utf-8")
    path.write_text(text.replace('"seed": 5', '"seed": 6'), "utf-8")
    assert is_intact(path, hash_of(text)) is False
    discard_registration(path)
    assert is_intact(path, hash_of(text)) is None
    assert list(path.parent.iterdir()) == []


def test_names_are_no_markup(text: str) -> None:
    shown = readable(text)
    assert not [line for line in shown.splitlines() if line.startswith("# no heading")]
    assert r"\| \*dog\*" in shown


def test_a_folder_that_takes_no_file_is_told_of(text: str, tmp_path: Path) -> None:
    (tmp_path / "studies").write_text("in the way")
    with pytest.raises(BadInput, match="registration cannot be written"):
        write_registration(tmp_path, text)

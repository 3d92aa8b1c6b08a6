"""Searches that begin by themselves, by a button of the page, and over a cluster."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from hidden_classes import EnoughTried
from processes import runs, under
from waiting import PATIENCE, until

import dalt


class Told(list[str]):
    """Collects what is said, and waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Event()

    def say(self, line: str) -> None:
        self.append(line)
        self._more.set()

    def wait_for(self, part: str) -> str:
        found = until(
            lambda: [line for line in self if part in line], lambda: self, told=self._more
        )
        return found[0]


def auto_tuner(project: dalt.Project, told: Told, **options: Any) -> Any:
    from dalt.server.autotuning import AutoTuner

    project.trainer.wait(PATIENCE)
    trainer: Any = project.trainer
    return AutoTuner(project, trainer, told.say, **({"idle": lambda: True} | options))


@pytest.mark.slow
def test_a_search_begins_by_itself_once_for_each_number_of_labels(project: dalt.Project) -> None:
    with (project.folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tune]\nbudget = 10\n")
    told = Told()
    tuner = auto_tuner(project, told, look_seconds=0.1)
    tuner.start()
    try:
        told.wait_for("50 labels: searching for a better head")
        end = told.wait_for("search")
        end = told.wait_for("The search is over")
    finally:
        tuner.close()
    assert "better" in end
    assert len([line for line in told if "labels: searching" in line]) == 1
    assert project.status()["tuned"]["n_labels"] == 80


@pytest.mark.parametrize("busy", ["machine", "settings"])
def test_no_search_begins_while_it_would_disturb(project: dalt.Project, busy: str) -> None:
    told = Told()
    tuner = auto_tuner(project, told, idle=lambda: busy != "machine")
    if busy == "settings":
        with (project.folder / "project.toml").open("a", encoding="utf-8") as file:
            file.write("\n[tune]\nauto = false\n")
    tuner.look()
    assert told == []


def test_a_search_by_itself_ends_with_the_trainer(project: dalt.Project) -> None:
    told = Told()
    tuner = auto_tuner(project, told)
    tuner.look()
    [process] = until(lambda: under(os.getpid(), "--until-orphaned"))
    until(  # it is made nice a moment after it began
        lambda: process.nice() >= 10, "the search is not nice to others"
    )
    tuner.close()
    assert not runs(process)


@pytest.mark.slow
def test_the_search_goes_over_a_dask_cluster(project: dalt.Project) -> None:
    from distributed import LocalCluster

    enough = EnoughTried(12)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        choice = project.tune(
            "builtin",
            budget=250,
            dask=cluster.scheduler_address,
            stopping=enough,
            progress=enough.progress,
        )
    assert choice.recipe.kind == "network"
    assert choice.accepted, choice.reason


def test_a_cluster_that_is_not_there_is_said(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalt.learning.tuning.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(dalt.ClusterFailed, match="no Dask cluster with workers at tcp://127"):
        project.tune("builtin", budget=5, dask="tcp://127.0.0.1:9", progress=False)


@pytest.mark.slow
def test_the_owners_button_searches_and_says_what_came_of_it(project: dalt.Project) -> None:
    with (project.folder / "project.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tune]\nbudget = 10\n")
    panel = project.tune_button()
    said = Told()
    panel.said.observe(lambda change: said.say(change["new"]), "value")
    panel.button.click()
    assert panel.button.description == "Stop the search"
    said.wait_for("better")
    assert panel.button.description == "Search for a better head"
    assert project.choices().reason[0] in panel.said.value
    panel.close()

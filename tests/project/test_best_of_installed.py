"""The better of the installed encoders takes over in a project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from brief import train_briefly
from numpy.typing import NDArray
from torch import nn

import dalt
from dalt.cli import main
from dalt.learning.encoders.best import BestEncoder
from dalt.learning.encoders.module import TorchEncoder

pytestmark = pytest.mark.usefixtures("pretrained", "brief_training")
CLASSES = ["left", "right"]
N = 64


@pytest.fixture(scope="module")
def pretrained() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALT_PRETRAINED", "1")
        yield


def pictures() -> tuple[NDArray[np.uint8], list[str]]:
    """Red and green spots: what counts is on which side the red one is."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 60, (N, 24, 24, 3)).astype(np.uint8)
    truth = rng.integers(0, 2, N)
    for picture, side in zip(drawn, truth, strict=True):
        red, green = (4, 14) if side == 0 else (14, 4)
        picture[8:16, red : red + 6, 0] += 180
        picture[8:16, green : green + 6, 1] += 180
    return drawn, [CLASSES[side] for side in truth]


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("best") / "spots.dalt"
    with (
        pytest.MonkeyPatch.context() as patch,
        dalt.Project.create(folder, classes=CLASSES, seed=0) as project,
    ):
        patch.setenv("DALT_PRETRAINED", "1")
        train_briefly(patch)
        project.add_images(pictures()[0], progress=False)
        project.encode(progress=False)
    return folder


@pytest.fixture
def project(encoded: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(shutil.copytree(encoded, tmp_path / "spots.dalt")) as project:
        yield project


def label(project: dalt.Project, n: int) -> None:
    truth = pictures()[1]
    with project.session("ana") as session:
        for _ in range(n):
            asked = session.next()
            assert asked is not None
            session.submit(asked, truth[asked.sample.position])
            project.trainer.wait(60)


def test_status_says_which_and_why(
    project: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    found = project.status()["encoder_choice"]
    assert (found["name"], found["automatic"]) == ("efficientnet", True)
    assert found["sentence"].startswith("efficientnet: the pictures are in colour")
    main(["status", str(project.folder)])
    assert f"encoder   {found['sentence']}\n" in capsys.readouterr().out


def test_the_better_one_takes_over_while_a_page_is_open(project: dalt.Project) -> None:
    truth = pictures()[1]
    best = BestEncoder(project.workspace.cache.folder)
    with project.session("ana") as session:
        page = session.next()
        assert page is not None
        label(project, 40)
        found = project.status()["encoder_choice"]
        assert found["name"] != "efficientnet", found
        assert max(found["right"].values()) == found["right"][found["name"]], found
        snapshot = project.trainer.snapshot
        assert snapshot is not None and snapshot.encoder == project.workspace.cache.version
        assert best.in_use is not None
        session.submit(page, truth[page.sample.position])
    project.trainer.wait(60)
    frame = project.predict(pictures()[0][:2], progress=False)
    assert len(frame) == 4, "new pictures are embedded by the encoder in use"
    assert len(project.labels()) == 41


def test_a_trainer_that_learns_when_asked_goes_on_with_the_one_that_took_over(
    project: dalt.Project,
) -> None:
    trainer = project.training.stepped()
    label(project, 40)
    assert project.status()["encoder_choice"]["name"] != "efficientnet"
    assert trainer.snapshot is not None
    assert trainer.snapshot.encoder == project.workspace.cache.version
    assert trainer.snapshot.cursor == project.workspace.store.events.cursor()


def test_a_named_encoder_stays(project: dalt.Project) -> None:
    project.encode("efficientnet", progress=False)
    label(project, 30)
    found = project.status()["encoder_choice"]
    assert (found["name"], found["automatic"]) == ("efficientnet", False)
    project.encode("best", progress=False)
    assert project.status()["encoder_choice"]["automatic"]


def test_given_embeddings_stay(project: dalt.Project) -> None:
    project.add_embeddings(np.eye(N, dtype=np.float32), progress=False)
    label(project, 24)
    assert project.status()["encoder_choice"]["sentence"] == "given: these embeddings were given."


def test_samples_added_later_are_embedded_by_all(project: dalt.Project) -> None:
    more = 255 - pictures()[0][:5]
    project.add_images(more, progress=False)
    project.encode(progress=False)
    rivals = BestEncoder(project.workspace.cache.folder).rivals()
    assert [len(each.embeddings) for each in rivals] == [N + 5] * 3


def test_without_a_pretrained_one_a_line_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dalt.learning.encoders.registry.is_installed", lambda package: False)
    with dalt.Project.create(tmp_path / "spots.dalt", classes=CLASSES) as project:
        project.add_images(pictures()[0], progress=False)
        embeddings = project.encode(progress=False)
        assert embeddings.summary.endswith(  # type: ignore[attr-defined]
            "suggests better on pictures in colour: pip install 'dalt[photos]'."
        )
        assert project.status()["encoder_choice"]["name"] == "autoencoder"
        main(["encode", str(project.folder)])
    assert "pip install 'dalt[photos]'" in capsys.readouterr().out


def test_which_encoder_it_was_is_told_after_a_comparison(project: dalt.Project) -> None:
    label(project, 20)
    said = json.loads((project.folder / "embeddings" / "choice.json").read_text())
    assert said["judged"]["n_labels"] == 20
    assert set(said["judged"]["right"]) == {"efficientnet", "autoencoder", "both"}
    assert "right on 20 left-out labels" in project.status()["encoder_choice"]["sentence"]


@pytest.mark.parametrize("encoder", ["best", "autoencoder", "efficientnet"])
def test_an_encoder_that_learned_from_a_few_of_many_samples_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: str
) -> None:
    said = "The encoder learned from 1 sample of 64 and may hardly tell the others apart: "
    with dalt.Project.create(tmp_path / "spots.dalt", classes=CLASSES) as project:
        project.add_images(pictures()[0][:1], progress=False)
        first = project.encode(encoder, progress=False)
        project.add_images(pictures()[0][1:], progress=False)
        grown = project.encode(progress=False)
        assert "learned from" not in first.summary  # type: ignore[attr-defined]
        assert said in grown.summary  # type: ignore[attr-defined]
        assert len(np.unique(grown, axis=0)) < N
    assert main(["encode", str(project.folder)]) == 0
    assert said in capsys.readouterr().out
    assert main(["encode", str(project.folder), "--retrain"]) == 0
    assert "learned from" not in capsys.readouterr().out
    with dalt.Project.open(project.folder) as project:
        assert len(np.unique(project.encode(progress=False), axis=0)) == N


def test_an_encoder_that_sees_no_difference_says_so(tmp_path: Path) -> None:
    class Blind(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.isnan().float()

    with dalt.Project.create(tmp_path / "spots.dalt", classes=CLASSES) as project:
        project.add_images(pictures()[0], progress=False)
        blind = project.encode(TorchEncoder(Blind(), size=16), progress=False)
        assert "All samples have the same embedding" in blind.summary  # type: ignore[attr-defined]

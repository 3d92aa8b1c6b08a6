"""Pools of real digits or clothes, encoded in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from all_shown import ALL_SHOWN
from sklearn.datasets import load_digits

import dalt
from dalt.data.demo import demo_data
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.training import Schedule


def make_pool(folder: Path, name: str, n_samples: int) -> dict[str, str]:
    """Make a project that is ready for labeling; returns what each sample is.

    Its encoder is trained briefly: what is tested and measured here needs suggestions, not
    good ones.
    """
    data = demo_data(name)
    images = data.images[:n_samples]
    brief = ImageEncoder(schedule=Schedule(most=10))
    with (
        patch("dalt.learning.encoders.cache.encoder_for", lambda kind, name="autoencoder": brief),
        dalt.Project.create(
            folder, classes=data.classes, guideline=data.guideline, settings=ALL_SHOWN
        ) as project,
    ):
        ids = project.add_images(images, progress=False).ids
        project.encode(progress=False)
    return dict(zip(ids, data.truth[:n_samples], strict=True))


def given_pool(
    folder: Path, classes: Sequence[str | dict[str, str]], n_labelled: int, side: int = 8
) -> None:
    """Make a project of 180 digits of three kinds with their pixels as embeddings: in a second.

    Ben has labelled some, so that all others have suggestions that are sure.
    """
    digits = load_digits(n_class=3)
    pixels = (digits.images[:180] * 15).astype(np.uint8)
    pixels = pixels.repeat(side // 8, axis=1).repeat(side // 8, axis=2)
    with dalt.Project.create(folder, classes=classes, seed=0, settings=ALL_SHOWN) as project:
        ids = project.add_images(pixels, progress=False).ids
        project.add_embeddings(digits.data[:180], ids)
        names = [spec.name for spec in project.classes]
        truth = {each: names[number] for each, number in zip(ids, digits.target, strict=False)}
        with project.session(annotator="ben") as session:
            for number in range(n_labelled):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, truth[assignment.sample.id])
                if number in (20, n_labelled - 1):
                    project.trainer.wait(120)


def label_as(project: dalt.Project, truth: dict[str, str], n_labelled: int) -> None:
    """Let Ben label some samples as what they are, and the model learn from all of it."""
    with project.session(annotator="ben") as session:
        for _ in range(n_labelled):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, truth[assignment.sample.id])
        project.trainer.wait(120)

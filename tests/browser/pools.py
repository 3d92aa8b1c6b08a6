"""Pools of real digits or clothes, encoded in seconds."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import dalt
from dalt.demo import demo_data
from dalt.encoders.image import ImageEncoder
from dalt.encoders.training import Schedule


def make_pool(folder: Path, name: str, n_samples: int) -> dict[str, str]:
    """Make a project that is ready for labeling; returns what each sample is.

    Its encoder is trained briefly: what is tested and measured here needs suggestions, not
    good ones.
    """
    data = demo_data(name)
    images = data.images[:n_samples]
    brief = ImageEncoder(schedule=Schedule(most=10))
    with (
        patch("dalt.features.encoder_for", lambda kind, name="autoencoder": brief),
        dalt.Project.create(folder, classes=data.classes, guideline=data.guideline) as project,
    ):
        ids = project.add_images(images, progress=False)
        project.encode(progress=False)
    return dict(zip(ids, data.truth[:n_samples], strict=True))

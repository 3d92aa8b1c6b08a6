"""Texts in any language: TF-IDF of words and characters, then a dense autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.extmath import randomized_svd

from dalt.core.records import BadInput, Floats, Kind, Progress
from dalt.learning.encoders.autoencoder import (
    USUAL,
    Autoencoder,
    AutoencoderFit,
    Bank,
    Recipe,
    Size,
    unexplained,
)
from dalt.learning.encoders.dense import N_DIMS, dense_autoencoder, restored
from dalt.learning.encoders.reading import read_to_fit
from dalt.learning.encoders.saved import LearnedEncoder, fitted
from dalt.learning.encoders.saving import Arrays, read_arrays, read_settings
from dalt.learning.encoders.training import Schedule, arrays_of

WIDTH = 128  # what the autoencoder reads
MOST_TERMS = 20_000  # of each kind
LONGEST = 20_000  # characters of a text that are read
AT_ONCE = 2_000
N_VIEWS = 4
SCHEDULE = Schedule()
RECIPE = Recipe(whitening=0.0, temperature=None)
WORDS, CHARACTERS = "words", "characters"


@dataclass(frozen=True)
class _Terms:
    """Counted terms: words, or runs of 2 to 4 characters within words.

    Characters serve languages without spaces or with rich endings: Korean, Japanese, Chinese,
    Finnish.
    """

    unit: str
    terms: tuple[str, ...]

    @classmethod
    def found_in(cls, texts: Sequence[str], unit: str) -> _Terms:
        """The most frequent terms, without rare ones and those in most texts."""
        counter = _counter(unit)
        rare = 2 if len(texts) >= 50 else 1
        counter.set_params(min_df=rare, max_df=0.5 if rare > 1 else 1.0, max_features=MOST_TERMS)
        try:
            counter.fit(texts)
        except ValueError:  # no term is left
            return cls(unit, ())
        return cls(unit, tuple(sorted(counter.vocabulary_)))

    def count(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """How often each text has each term: (n_texts, n_terms)."""
        if not self.terms:
            return sparse.csr_matrix((len(texts), 0), dtype=np.int64)
        counter = _counter(self.unit).set_params(vocabulary=self.terms)
        return counter.transform(texts).tocsr()


def _counter(unit: str) -> CountVectorizer:
    if unit == WORDS:
        return CountVectorizer(token_pattern=r"(?u)\w+")
    return CountVectorizer(analyzer="char_wb", ngram_range=(2, 4))


@dataclass
class TextEncoder(LearnedEncoder[Autoencoder]):
    """Texts to embeddings: TF-IDF, truncated SVD, dense autoencoder.

    Parameters
    ----------
    n_dims : int
        Columns of the embeddings.
    schedule : Schedule
        Length and pace of the autoencoder's training.
    recipe : Recipe
        What it is trained for.
    size : Size
        Of its bent path.
    noise : float
        Share of a text's terms that a view of it lacks.

    Examples
    --------
    >>> texts = ["good dog", "bad dog", "good cat", "나쁜 고양이"]
    >>> encoder = TextEncoder(schedule=Schedule(most=2)).fit(texts, seed=0)
    >>> encoder.transform(["좋은 고양이"]).shape
    (1, 64)
    """

    n_dims: int = N_DIMS
    schedule: Schedule = SCHEDULE
    recipe: Recipe = RECIPE
    size: Size = USUAL
    noise: float = 0.5
    kind: Kind = "text"

    def __post_init__(self) -> None:
        self._terms: list[_Terms] = []
        self._weights: dict[str, NDArray[np.float32]] = {}

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Progress | None = None) -> Self:
        """Learn from texts, at most 20,000 of them.

        Parameters
        ----------
        raw : sequence of str
            May be read lazily; texts that cannot be read are left out.
        seed : int
        progress : callable, optional

        Raises
        ------
        BadInput
            If there are no texts, or more than half cannot be read.
        """
        texts = checked_texts(read_to_fit(raw, seed=seed, progress=progress))
        if progress is not None:
            progress("Counting words", 0, len(texts))
        self._terms = [_Terms.found_in(texts, unit) for unit in (WORDS, CHARACTERS)]
        counts = [terms.count(texts) for terms in self._terms]
        self._weights = {
            terms.unit: _rarity(part) for terms, part in zip(self._terms, counts, strict=True)
        }
        frequencies = self._frequencies(counts)
        self._weights["components"] = _components(frequencies, seed)
        inputs = torch.from_numpy(self._reduced(frequencies))
        generator = torch.Generator().manual_seed(seed)
        self._net = AutoencoderFit(self.recipe, self.schedule, generator, progress).fit(
            lambda: dense_autoencoder(inputs.shape[1], self.n_dims, self.size),
            inputs,
            lambda net, _: self._bank(net, counts, seed),
        )
        return self

    def transform(self, raw: Sequence[Any]) -> Floats:
        """Embed texts: float32 of shape (n_samples, n_dims).

        Raises
        ------
        NotEncoded
            Before `fit`.
        BadInput
            If one is not a text; errors of reading are passed on.
        """
        net = self.net
        embeddings = np.empty((len(raw), self.n_dims), np.float32)
        for start in range(0, len(raw), AT_ONCE):
            stop = min(start + AT_ONCE, len(raw))
            texts = checked_texts([raw[i] for i in range(start, stop)])
            frequencies = self._frequencies([terms.count(texts) for terms in self._terms])
            reduced = torch.from_numpy(self._reduced(frequencies))
            embeddings[start:stop] = net.embed(reduced).numpy()
        return embeddings

    def unexplained(self, raw: Sequence[Any]) -> float:
        """Share of the texts' variance, in the inputs, that reconstruction loses."""
        net = self.net
        texts = checked_texts([raw[i] for i in range(len(raw))])
        frequencies = self._frequencies([terms.count(texts) for terms in self._terms])
        return unexplained(net, torch.from_numpy(self._reduced(frequencies)))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        BadInput
            If it is missing or damaged.
        """
        settings, arrays = read_settings(folder), read_arrays(folder)
        encoder = cls(n_dims=settings["n_dims"], size=Size.from_settings(settings))
        encoder._terms = [_Terms(t["unit"], tuple(t["terms"])) for t in settings["terms"]]
        encoder._weights = {name: a for name, a in arrays.items() if not name.startswith("net.")}
        width = encoder._weights["components"].shape[0]
        encoder._net = restored(arrays, width, encoder.n_dims, encoder.size)
        return encoder

    def _frequencies(self, counts: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
        """TF-IDF, words and characters each of length 1."""
        weighted = [
            _normalised(_logarithmic(part).multiply(self._weights[terms.unit]).tocsr())
            for terms, part in zip(self._terms, counts, strict=True)
        ]
        return sparse.hstack(weighted, format="csr", dtype=np.float32)

    def _reduced(self, frequencies: sparse.csr_matrix) -> Floats:
        reduced = np.asarray(frequencies @ self._weights["components"].T, np.float32)
        lengths = np.linalg.norm(reduced, axis=1, keepdims=True)
        return reduced / np.maximum(lengths, 1e-6)

    def _bank(self, net: Autoencoder, counts: Sequence[sparse.csr_matrix], seed: int) -> Bank:
        """Views of each text: random parts of its terms."""
        draws = np.random.default_rng(seed)
        views = []
        for _ in range(N_VIEWS):
            halves = [_thinned(part, 1 - self.noise, draws) for part in counts]
            reduced = torch.from_numpy(self._reduced(self._frequencies(halves)))
            views.append(net.standardise(reduced).half())
        return Bank(torch.stack(views, 1))

    def _settings(self) -> dict[str, Any]:
        fitted(self._net)
        return {
            "type": "text",
            "version": 1,
            "n_dims": self.n_dims,
            "terms": [{"unit": terms.unit, "terms": list(terms.terms)} for terms in self._terms],
            **self.size.to_settings(),
        }

    def _arrays(self) -> Arrays:
        return {**self._weights, **arrays_of(self.net, "net.")}


def checked_texts(texts: Sequence[Any]) -> list[str]:
    """Texts as they are read: no longer than 20,000 characters.

    Raises
    ------
    BadInput
        If one is not a text.
    """
    for text in texts:
        if not isinstance(text, str):
            raise BadInput(f"A text must be a str, not {type(text).__name__}.")
    return [text[:LONGEST] for text in texts]


def _rarity(counts: sparse.csr_matrix) -> NDArray[np.float32]:
    """Weight of each term: the higher, the fewer texts have it."""
    n_texts = counts.shape[0]
    n_with = np.bincount(counts.indices, minlength=counts.shape[1])
    return np.asarray(np.log((1 + n_texts) / (1 + n_with)) + 1, np.float32)


def _logarithmic(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Dampen counts: ten occurrences do not count as ten."""
    damped = counts.astype(np.float32)
    damped.data = 1 + np.log(damped.data)
    return damped


def _thinned(
    counts: sparse.csr_matrix, kept: float, draws: np.random.Generator
) -> sparse.csr_matrix:
    """Keep each occurrence with a chance."""
    thinned = counts.copy()
    thinned.data = draws.binomial(thinned.data, kept)
    thinned.eliminate_zeros()
    return thinned


def _normalised(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-9)) @ rows


def _components(frequencies: sparse.csr_matrix, seed: int) -> NDArray[np.float32]:
    """Leading right singular vectors: float32 of shape (at most WIDTH, n_terms)."""
    n_texts, n_terms = frequencies.shape
    width = min(WIDTH, n_terms - 1, n_texts - 1)
    if width < 1:  # too little for a decomposition
        return np.eye(min(WIDTH, max(n_terms, 1)), n_terms, dtype=np.float32)
    _, _, components = randomized_svd(frequencies, width, n_iter=4, random_state=seed)
    return np.asarray(components, np.float32)

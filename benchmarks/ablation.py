"""What in an encoder earns its place, at few labels, over raw values and PCA.

Every row is a way to embed the same pool.  It is judged by the accuracy on the rest of
the pool after uniformly drawn labels, of the default head and of logistic regression:
the same draws for all rows, so that differences to PCA are paired.

    make bench RUN=ablation  # Fashion-MNIST: 40 minutes
    make bench RUN=ablation OPTIONS="--data bbc"
    make bench RUN=ablation OPTIONS="--rows pca default --keep .cache"
    make bench RUN=ablation OPTIONS="--data digits --seeds 2 --labels 50 --rows default"

Draws share encoders: draw i is judged with the encoder of seed ``i % encoders``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from labelled_pools import labelled
from machine import about_this_machine
from numpy.typing import NDArray
from paired import gain
from torch import Tensor, nn

from dalt.core.records import Encoder, Floats, Kind, LabelSet
from dalt.features import encoder_for, load_encoder
from dalt.learning.encoders.autoencoder import nearest, partners_of, unlikeness
from dalt.learning.encoders.gradients import DirectionMaps
from dalt.learning.encoders.image import ImageEncoder, maps_in_parts
from dalt.learning.encoders.image_frames import Look, frame_for
from dalt.learning.encoders.linear import principal_map
from dalt.learning.encoders.torch_threads import one_thread
from dalt.learning.encoders.training import Schedule, build, train
from dalt.learning.heads.registry import default_head
from dalt.model import Pool

N_DIMS = 64
RAW_DIMS = 512  # texts: TF-IDF is far wider, and a pool's embeddings are dense
UNTRAINED = Schedule(least=0, most=0)
PROJECTED = 256

Embed = Callable[[int], Floats]
"""Embeddings of a data set, by the seed of the encoder."""


# --- data ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """A pool with its truth.

    Attributes
    ----------
    truth : ndarray of shape (n_samples,), int64
        Number of each sample's class.
    """

    name: str
    kind: Kind
    raw: Sequence[Any]
    truth: NDArray[np.int64]

    @property
    def n_classes(self) -> int:
        return int(self.truth.max()) + 1

    @cached_property
    def values(self) -> Tensor:
        """Pixels, or TF-IDF by its leading singular vectors: (n_samples, n_values)."""
        if self.kind == "image":
            return torch.from_numpy(np.array(self.raw)).flatten(1) / 255
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        rows = TfidfVectorizer(sublinear_tf=True, min_df=2, max_df=0.5).fit_transform(self.raw)
        reduced = TruncatedSVD(RAW_DIMS, random_state=0).fit_transform(rows)
        return torch.from_numpy(reduced.astype(np.float32))


def load_data(name: str) -> Data:
    """Fashion-MNIST, digits or BBC News."""
    found = labelled(name)
    kind: Kind = "text" if name == "bbc" else "image"
    return Data(name, kind, found.raw, np.unique(found.truth, return_inverse=True)[1])


# --- the rows: ways to embed --------------------------------------------------------


def rows_of(data: Data, keep: Path) -> dict[str, Embed]:
    """All ways to embed `data`, by name; encoders are trained once and kept."""

    def trained(name: str, make: Callable[[int], Encoder]) -> Embed:
        return lambda seed: kept(keep, data, name, make, seed).transform(data.raw)

    def ours(name: str, **changes: Any) -> Embed:
        encoder: Any = encoder_for(data.kind)
        changed = {part: replace(getattr(encoder, part), **to) for part, to in changes.items()}
        return trained(name, lambda seed: replace(encoder, **changed).fit(data.raw, seed=seed))

    temperature = {"image": 0.2, "text": 0.5}[data.kind]
    rows: dict[str, Embed] = {
        "raw": lambda seed: data.values.numpy(),
        "pca": lambda seed: principal(data.values),
        "plain autoencoder": lambda seed: plain_autoencoder(data, seed),
        "untrained": ours("untrained", schedule={"least": 0, "most": 0}),
        "rebuilding only": ours("rebuilding", recipe={"temperature": None}),
        "contrastive only": ours(
            "contrastive", recipe={"temperature": temperature, "rebuilds": False}
        ),
        "no neighbours": ours(
            "no-neighbours", recipe={"temperature": temperature, "n_neighbours": 0}
        ),
        "default": ours("default"),
    }
    if Schedule().steps(len(data.truth)) == Schedule().least:
        rows["at least 200 steps"] = ours("least-200", schedule={"least": 200})
    if data.kind == "text":  # the default is without the contrastive term
        del rows["rebuilding only"], rows["no neighbours"]
        rows["with contrastive"] = ours("both", recipe={"temperature": temperature})
        return rows
    rows["pca of direction maps"] = lambda seed: principal(_direction_maps(data).flatten(1))
    rows["mirrored too"] = ours("mirrored", distortions={"flip": True})
    rows["vicreg instead"] = trained("vicreg", lambda seed: vicreg(data, seed, None))
    rows["vicreg too"] = trained("vicreg-too", lambda seed: vicreg(data, seed, temperature))
    return rows


def kept(keep: Path, data: Data, name: str, make: Callable[[int], Encoder], seed: int) -> Encoder:
    """Read an encoder that an earlier run trained, or train it."""
    folder = keep / f"{data.name}-{name}-{seed}"
    if not folder.exists():
        started = time.process_time()
        make(seed).save(folder)
        print(f"  {folder.name}: {time.process_time() - started:.0f} s", file=sys.stderr)
    return load_encoder(folder)


def principal(inputs: Tensor) -> Floats:
    """Plain principal components."""
    weight, mean = principal_map(inputs, N_DIMS, whitening=0.0)
    return ((inputs - mean) @ weight.T).numpy()


def plain_autoencoder(data: Data, seed: int, schedule: Schedule = Schedule()) -> Floats:
    """What one would write first: rebuilds the values themselves, without distortions."""
    generator = torch.Generator().manual_seed(seed)
    inputs = data.values
    if data.kind == "image":
        side = np.asarray(data.raw).shape[1]
        inputs = F.pad(inputs.view(-1, 1, side, side), (0, -side % 4) * 2)
        net = build(lambda: _pixel_autoencoder(inputs.shape[2]), generator)
    else:
        inputs = inputs / inputs.square().mean().sqrt()
        net = build(lambda: _vector_autoencoder(inputs.shape[1]), generator)

    def loss(rows: Tensor, draws: torch.Generator) -> Tensor:
        return F.mse_loss(net(inputs[rows]), inputs[rows].flatten(1))

    train(net, loss, len(inputs), schedule=schedule, generator=generator)
    with torch.inference_mode():
        return torch.cat([net[0](part) for part in torch.split(inputs, 1_000)]).numpy()


def _pixel_autoencoder(side: int) -> nn.Sequential:
    n_features = 64 * (side // 4) ** 2
    encoder = nn.Sequential(
        *(nn.Conv2d(1, 32, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(n_features, N_DIMS)),
    )
    decoder = nn.Sequential(
        *(nn.Linear(N_DIMS, n_features), nn.ReLU(), nn.Unflatten(1, (64, side // 4, side // 4))),
        *(nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1), nn.ReLU()),
        *(nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1), nn.Flatten()),
    )
    return nn.Sequential(encoder, decoder)


def _vector_autoencoder(width: int) -> nn.Sequential:
    encoder = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, N_DIMS))
    decoder = nn.Sequential(nn.Linear(N_DIMS, 256), nn.ReLU(), nn.Linear(256, width))
    return nn.Sequential(encoder, decoder)


def _direction_maps(data: Data) -> Tensor:
    frame = frame_for([Look.at(image) for image in data.raw])
    frames = torch.from_numpy(frame.put_all(data.raw))
    return maps_in_parts(frames, DirectionMaps(frame.side, frame.channels))


# --- a candidate: VICReg ------------------------------------------------------------


def vicreg(data: Data, seed: int, temperature: float | None) -> ImageEncoder:
    """Our image encoder with VICReg behind a projector, with or without the contrastive term.

    References
    ----------
    Bardes, Ponce and LeCun, VICReg: Variance-Invariance-Covariance Regularization, 2022.
    """
    encoder = ImageEncoder(schedule=UNTRAINED).fit(data.raw, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    frames = torch.from_numpy(encoder.frame.put_all(data.raw))
    net, standardised, views = encoder.to_go_on(frames, generator)
    near = nearest(net.linear(standardised.flatten(1)).detach(), 5)
    both = nn.ModuleList([net, build(_projector, generator)]).train()

    def loss(rows: Tensor, draws: torch.Generator) -> Tensor:
        partners = partners_of(rows, near, draws)
        embeddings = net(torch.cat(views.pair(rows, partners, draws)))
        aims = standardised[torch.cat([rows, partners])].flatten(1)
        value = F.mse_loss(net.decoder(embeddings), aims) + _spread(both[1](embeddings))
        return value + unlikeness(embeddings, temperature) if temperature else value

    train(both, loss, len(frames), schedule=Schedule(), generator=generator)
    with torch.inference_mode():
        parts = [net(part) for part in torch.split(standardised, 1_000)]
        net.centre.copy_(torch.cat(parts).mean(0))
    return encoder.with_net(net)


def _projector() -> nn.Module:
    bend = [nn.Linear(N_DIMS, PROJECTED), nn.BatchNorm1d(PROJECTED), nn.ReLU()]
    return nn.Sequential(*bend, nn.Linear(PROJECTED, PROJECTED))


def _spread(projected: Tensor) -> Tensor:
    """Likeness of the pairs, deviation of at least 1, no covariance: 25 : 25 : 1 of the paper."""
    first, second = projected.chunk(2)
    value = F.mse_loss(first, second)
    for part in (first, second):
        centred = part - part.mean(0)
        value = value + F.relu(1 - (centred.var(0) + 1e-4).sqrt()).mean() / 2
        covariance = centred.T @ centred / (len(part) - 1)
        apart = covariance.square().sum() - covariance.diagonal().square().sum()
        value = value + apart / part.shape[1] / 25
    return value


# --- the judges ---------------------------------------------------------------------


def judge(embeddings: Floats, data: Data, budgets: Sequence[int], draws: Iterable[int]) -> Floats:
    """Accuracy on the rest: (n_draws, n_budgets, 2), default head and logistic regression."""
    # One scale for all, as logistic regression with its usual penalty depends on it.
    embeddings = embeddings - embeddings.mean(axis=0)
    embeddings *= np.sqrt(N_DIMS / np.square(embeddings).sum(axis=1).mean())
    pool = Pool(embeddings)
    return np.array([[_accuracies(pool, data, draw, b) for b in budgets] for draw in draws])


def _accuracies(pool: Pool, data: Data, draw: int, budget: int) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    drawn, rest = drawn_and_rest(data, draw, budget)
    fitted = default_head().fit(pool, label_set(data, drawn), data.n_classes, seed=0)
    right = fitted.probabilities[rest].argmax(axis=1) == data.truth[rest]
    linear = LogisticRegression(max_iter=1_000).fit(pool.embeddings[drawn], data.truth[drawn])
    return float(right.mean()), float(linear.score(pool.embeddings[rest], data.truth[rest]))


def drawn_and_rest(
    data: Data, draw: int, budget: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Uniformly drawn positions, those of a smaller budget among those of a larger."""
    order = np.random.default_rng(draw).permutation(len(data.truth))
    return np.sort(order[:budget]), np.sort(order[budget:])


def label_set(data: Data, positions: NDArray[np.int64]) -> LabelSet:
    """The truth as labels."""
    targets = np.eye(data.n_classes, dtype=np.float32)[data.truth[positions]]
    return LabelSet(positions, targets, 0)


# --- the run ------------------------------------------------------------------------


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--seeds", type=int, default=10, help="draws of labels")
    parser.add_argument("--encoders", type=int, default=3, help="seeds of encoders")
    parser.add_argument("--labels", type=int, nargs="+", default=[50, 100, 200, 500])
    parser.add_argument("--rows", nargs="+", help="which ways to embed (all); pca is always there")
    parser.add_argument("--keep", type=Path, help="folder of trained encoders, for another run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, one_thread():
        print(json.dumps(_run(options, options.keep or Path(folder)), indent=2))


def _run(options: argparse.Namespace, keep: Path) -> dict[str, Any]:
    data = load_data(options.data)
    rows = rows_of(data, keep)
    found = {}
    for name in dict.fromkeys(["pca", *(options.rows or rows)]):
        found[name] = _judged(rows[name], data, options)
        print(f"{name}: {found[name].mean(axis=0).round(4).tolist()}", file=sys.stderr, flush=True)
    return {
        "benchmark": "ablation",
        "data": data.name,
        "pool": len(data.truth),
        "draws": options.seeds,
        "encoders": options.encoders,
        "machine": about_this_machine(),
        "rows": [
            {
                "row": name,
                "labels": budget,
                "judge": judge_name,
                "accuracy": round(float(figures[:, i, j].mean()), 4),
                "gain_over_pca": gain(figures[:, i, j], found["pca"][:, i, j]),
                "gain_over_default": gain(figures[:, i, j], found["default"][:, i, j])
                if "default" in found
                else None,
            }
            for name, figures in found.items()
            for j, judge_name in enumerate(["default head", "logistic regression"])
            for i, budget in enumerate(options.labels)
        ],
    }


def _judged(embed: Embed, data: Data, options: argparse.Namespace) -> Floats:
    figures = np.empty((options.seeds, len(options.labels), 2))
    for seed in range(min(options.encoders, options.seeds)):
        draws = range(seed, options.seeds, options.encoders)
        figures[seed :: options.encoders] = judge(embed(seed), data, options.labels, draws)
    return figures


if __name__ == "__main__":
    main()

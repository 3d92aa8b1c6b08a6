"""The one training loop of all encoders: mini-batches, held-out part, best weights kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from dalt.core.records import Progress
from dalt.learning.encoders.saving import Arrays

Net = TypeVar("Net", bound=nn.Module)
Loss = Callable[[Tensor, torch.Generator], Tensor]
"""Loss of the samples at the given rows; all its randomness comes from the generator."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes
    ----------
    epochs : int
        How often each sample is seen, within the bounds that `least` and `most` set.
    least, most : int
        Bounds of the number of mini-batches: small pools learn long enough, and large ones
        end.  A `most` of 0 trains nothing: the encoder stays what its closed form makes it.
    batch : int
        Samples in a mini-batch.
    rate : float
        Largest learning rate; it rises for a tenth of the steps, then falls to zero.
    decay : float
        Weight decay.
    patience : int
        Stop after so many checks of the held-out part without a better loss.
    checks : int
        Number of checks of the held-out part.
    """

    epochs: int = 25
    least: int = 300
    most: int = 1_000
    batch: int = 256
    rate: float = 2e-3
    decay: float = 1e-4
    patience: int = 5
    checks: int = 15

    def steps(self, n_samples: int) -> int:
        """Return the number of mini-batches for a number of samples.

        Examples
        --------
        >>> [Schedule().steps(n) for n in (10, 5_120, 1_000_000)]
        [300, 500, 1000]
        """
        return min(max(self.epochs * n_samples // self.batch, self.least), self.most)


def build(make: Callable[[], Net], generator: torch.Generator) -> Net:
    """Build a net from `generator` alone: torch's global random state stays as it was.

    The net is laid out without memory first, because torch would otherwise draw its first weights
    from the global state, which belongs to the user (and to other threads).
    """
    with torch.device("meta"):
        net = make()
    net = net.to_empty(device="cpu")
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_parameters()
    return net


def train(
    net: nn.Module,
    loss: Loss,
    n_samples: int,
    *,
    schedule: Schedule,
    generator: torch.Generator,
    progress: Progress | None = None,
    what: str = "Training the encoder",
) -> float:
    """Train `net` in place and leave the weights that did best on the held-out part.

    Parameters
    ----------
    net : nn.Module
        All learning parameters.
    loss : callable
        Takes rows (int64 tensor) and a generator, returns a scalar tensor.
    n_samples : int
        How many samples there are; a tenth of them is held out from 20 on.
    schedule : Schedule
    generator : torch.Generator
        Source of all randomness.
    progress : callable, optional
    what : str
        How the progress is named.

    Returns
    -------
    float
        Best held-out loss.
    """
    order = torch.randperm(n_samples, generator=generator)
    n_held = min(1_000, n_samples // 10) if n_samples >= 20 else 0
    held, rows = (order[:n_held], order[n_held:]) if n_held else (order, order)
    batch = min(schedule.batch, len(rows))
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=schedule.rate, weight_decay=schedule.decay, foreach=True
    )
    steps = schedule.steps(n_samples)
    check_every = max(1, steps // schedule.checks)
    best, best_state, strikes = math.inf, _copy(net), 0
    batches = _batches(rows, batch, generator)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate * _pace(step / steps)
        optimiser.zero_grad(set_to_none=True)
        value = loss(next(batches), generator)
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        if progress is not None:
            progress(what, step + 1, steps)
        if (step + 1) % check_every == 0:
            score = _held_out(net, loss, held, batch)
            if score < best - 1e-5:
                best, best_state, strikes = score, _copy(net), 0
            else:
                strikes += 1
            if strikes >= schedule.patience:
                if progress is not None:
                    progress(what, steps, steps)  # it ends early: all is done
                break
    net.load_state_dict(best_state)
    net.eval()
    return best


def arrays_of(net: nn.Module, prefix: str) -> Arrays:
    """Weights of a net as numpy arrays, each name after `prefix`."""
    state = net.state_dict()
    return {f"{prefix}{name}": tensor.detach().cpu().numpy() for name, tensor in state.items()}


def load_arrays(net: nn.Module, arrays: Arrays, prefix: str) -> None:
    """Put weights back into a net laid out by `build` or ``torch.device("meta")``."""
    state = {
        name.removeprefix(prefix): torch.from_numpy(np.array(array))
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
    net.load_state_dict(state, assign=True)
    net.eval()


def _pace(done: float) -> float:
    """Share of the largest rate at a share of the steps."""
    if done < 0.1:
        return 0.1 + 9 * done
    return 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9)) + 1e-3


def _batches(rows: Tensor, batch: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless shuffled mini-batches."""
    while True:
        shuffled = rows[torch.randperm(len(rows), generator=generator)]
        for start in range(0, len(rows) - batch + 1, batch):
            yield shuffled[start : start + batch]


def _held_out(net: nn.Module, loss: Loss, held: Tensor, batch: int) -> float:
    """Mean loss without gradients; the same random draws at every check."""
    generator = torch.Generator().manual_seed(0)
    net.eval()
    with torch.no_grad():
        losses = [float(loss(rows, generator)) for rows in torch.split(held, batch)]
    net.train()
    return sum(losses) / len(losses)


def _copy(net: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in net.state_dict().items()}

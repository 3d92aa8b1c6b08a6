"""Searches with the real autoPyTorch, in a process of its own environment.

Arrays (npy) and JSON go in, JSON and safetensors come out, through a temporary folder.  The
process has a low priority and a hard limit: past it, or when the search is given up, it is asked
to hand in what it has, and soon after it is killed with everything that it started.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.errors import os_reason
from dalt.core.records import (
    BadInput,
    EngineName,
    Floats,
    LabelSet,
    Progress,
    Recipe,
    Trial,
    TunedHead,
    TuningFailed,
)
from dalt.core.scratch import ScratchFolder
from dalt.learning.tuning.environment import WORKER, clean_environment
from dalt.learning.tuning.processes import end_session, nice_start

GRACE_SECONDS = 4.0
"""Past this limit the search has to hand in what it has."""
HARD_SECONDS = 9.0
"""This long after that it is killed."""
HAND_IN_SECONDS = 3.0
"""Time reserved for handing in the result."""
POLL_SECONDS = 0.1
LABELS_PER_CLASS = 4
"""Mean labels per class, so that its hold-out has one of each."""
MOST_CHECKED = 2_000
"""Samples on which the rebuilt network is compared with autoPyTorch's own predictions."""
SCALERS = {"StandardScaler": "standard", "MinMaxScaler": "minmax", "NoScaler": "none"}
OPTIMIZERS = {
    "AdamOptimizer": "adam", "AdamWOptimizer": "adamw",
    "SGDOptimizer": "sgd", "RMSpropOptimizer": "rmsprop",
}  # fmt: skip


class AutoPyTorchTuner:
    """Searches with autoPyTorch 0.2.1.

    Parameters
    ----------
    python : Path
        The interpreter of its environment (`dalt.learning.tuning.environment.interpreter`).
    log : Path
        Gets all output of the process; kept.
    seed : int
    stopping : callable
        Called ten times a second; True ends the search, which keeps what it found.

    Notes
    -----
    The search leaves out classes with a single label: it cannot both hold that one out and learn
    from it.  The head made of the recipe knows them again.
    """

    name: EngineName = "autopytorch"

    def __init__(
        self,
        python: Path,
        log: Path,
        *,
        seed: int = 0,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._python = python
        self._log = log
        self._seed = seed
        self._stopping = stopping

    def search(
        self, embeddings: Floats, labels: LabelSet, budget_s: float, progress: Progress
    ) -> TunedHead:
        """Search; see `dalt.learning.tuning.contract.Tuner`."""
        began = time.monotonic()
        with ScratchFolder("tune") as folder:
            try:
                self._ask(folder, embeddings, labels, budget_s)
                self._log.parent.mkdir(parents=True, exist_ok=True)
                stopped = self._run(folder, budget_s, progress)
                result, arrays = self._answer(folder)
            except OSError as error:
                raise TuningFailed(
                    f"The search came to nothing ({os_reason(error)}); its log is {self._log}."
                ) from error
        return TunedHead(
            engine=self.name,
            versions=result["versions"],
            recipe=recipe_of(result),
            settings=result["settings"],
            weights=arrays,
            classes=tuple(result["classes"]),
            score=result["score"],
            trials=tuple(_trial(each) for each in result["trials"]),
            seconds=time.monotonic() - began,
            stopped=stopped,
        )

    def _ask(self, folder: Path, embeddings: Floats, labels: LabelSet, budget_s: float) -> None:
        positions, classes = searchable(labels)
        n_classes = len(np.unique(classes))
        if n_classes < 2 or len(classes) < LABELS_PER_CLASS * n_classes:
            raise BadInput(
                f"autoPyTorch holds a quarter of the labels out, and some of every class: "
                f"{len(classes)} labels of {n_classes} classes that have two or more are too few. "
                "Label more, or use the engine 'builtin'."
            )
        n = len(embeddings)
        some = np.linspace(0, n - 1, min(n, MOST_CHECKED)).astype(int)
        np.save(folder / "rows.npy", np.asarray(embeddings[positions], np.float32))
        np.save(folder / "classes.npy", classes)
        np.save(folder / "check.npy", np.asarray(embeddings[some], np.float32))
        request = {"seed": self._seed, "until": time.time() + budget_s - HAND_IN_SECONDS}
        (folder / "request.json").write_text(json.dumps(request), "utf-8")

    def _run(self, folder: Path, budget_s: float, progress: Progress) -> bool:
        """Let the process work for its time, and return whether it was stopped early."""
        command = [str(self._python), "-W", "ignore", str(WORKER), str(folder)]
        environment = clean_environment() | {"TMPDIR": str(folder)}
        with self._log.open("wb") as out:
            process = nice_start(command, out, environment)
            try:
                return self._watch(process, budget_s, progress)
            finally:
                end_session(process)

    def _watch(self, process: subprocess.Popen[bytes], budget_s: float, progress: Progress) -> bool:
        began = time.monotonic()
        asked: float | None = None
        stopped = False
        while process.poll() is None:
            now = time.monotonic()
            try:
                progress("Searching", int(min(now - began, budget_s)), int(budget_s))
                stopped = stopped or self._stopping()
                if asked is None and (stopped or now - began > budget_s + GRACE_SECONDS):
                    asked = now
                    process.send_signal(signal.SIGTERM)  # nice was replaced by the search
                if asked is not None and now - asked > HARD_SECONDS:
                    break
                process.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            except KeyboardInterrupt:
                if stopped:
                    raise
                stopped = True
        return stopped

    def _answer(self, folder: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        if not (folder / "result.json").is_file():
            raise TuningFailed(f"The search came to nothing ({self._why(folder)}).")
        from safetensors.numpy import load_file

        result: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8"))
        arrays: dict[str, NDArray[Any]] = load_file(folder / "network.safetensors")
        arrays["check"] = np.load(folder / "check.npy", allow_pickle=False)
        return result, arrays

    def _why(self, folder: Path) -> str:
        try:
            error = json.loads((folder / "error.json").read_text("utf-8"))["error"]
        except (OSError, ValueError, KeyError):
            error = "autoPyTorch's process was ended before it had found anything"
        return f"{error}; its log is {self._log}"


def searchable(labels: LabelSet) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return positions and classes of labels, of classes with two or more.

    A sample on which annotators disagree has the class that most of them chose.

    Examples
    --------
    >>> targets = np.eye(3, dtype=np.float32)[[0, 0, 1, 2, 2]]
    >>> searchable(LabelSet(np.arange(5), targets, 5))[1].tolist()
    [0, 0, 2, 2]
    """
    classes = labels.targets.argmax(axis=1).astype(np.int64)
    counts = np.bincount(classes, minlength=labels.targets.shape[1])
    kept = counts[classes] >= 2
    return labels.positions[kept], classes[kept]


def recipe_of(result: Mapping[str, Any]) -> Recipe:
    """Turn autoPyTorch's result into a recipe."""
    found = result["settings"]
    optimizer = found["optimizer:__choice__"]
    values: dict[str, Any] = {
        "scaler": SCALERS[found["scaler:__choice__"]],
        "optimizer": OPTIMIZERS[optimizer],
        "batch": int(found["data_loader:batch_size"]),
        "epochs": int(result["epochs"]),
        "weighted": bool(found.get("trainer:StandardTrainer:weighted_loss", False)),
    }
    names = {"lr": "rate", "weight_decay": "decay"}
    for name in ("lr", "weight_decay", "momentum", "alpha", "beta1", "beta2"):
        value = found.get(f"optimizer:{optimizer}:{name}")
        if value is not None:
            values[names.get(name, name)] = float(value)
    if found["lr_scheduler:__choice__"] == "CosineAnnealingLR":
        values["schedule"] = "cosine"
        values["cycle"] = float(found["lr_scheduler:CosineAnnealingLR:T_max"])
    return Recipe("network", tuple(result["layers"]), values)


def _trial(found: Mapping[str, Any]) -> Trial:
    return Trial(
        found["settings"], found["score"], found["epochs"], found["seconds"], found["state"]
    )

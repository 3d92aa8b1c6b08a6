"""Runs autoPyTorch in its own environment; DALT starts this file and never imports it.

Arrays and JSON come in, JSON and safetensors go out, through one folder.  The package is of 2022:
its environment leaves out what a search on numbers never calls, and empty modules here replace
that; work that it does row by row is done for all rows at once.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
import threading
import time
import traceback
import types
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ABSENT = ("torchvision", "imgaug", "catboost", "lightgbm", "matplotlib", "torch.utils.tensorboard")
"""Imported at the top of autoPyTorch's modules, never called by a search on numbers."""
BATCH = 4_096
MANY = 2_000
SETTINGS = {
    "scaler": ["StandardScaler", "MinMaxScaler", "NoScaler"],
    "encoder": ["NoEncoder"],
    "coalescer": ["NoCoalescer"],
    "feature_preprocessor": ["NoFeaturePreprocessor"],
    "network_embedding": ["NoEmbedding"],
    "network_backbone": ["MLPBackbone", "ShapedMLPBackbone"],
    "lr_scheduler": ["NoScheduler", "CosineAnnealingLR"],
    "trainer": ["StandardTrainer"],
}
"""Only affine preprocessing and plain networks, which can be rebuilt and fitted again."""


class Stopped(BaseException):
    """The search was asked to end, and keeps what it found."""

    def __init__(self) -> None:
        super().__init__("its time was over before the search had begun: allow it more seconds")


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Empty modules in the place of missing ones."""

    def find_spec(
        self, name: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Know the absent ones."""
        if any(name == each or name.startswith(each + ".") for each in ABSENT):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """A module in which every name is an empty class."""
        return _Empty(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


class _Empty(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "Compose":
            return Compose
        if name == "rcParams":
            return dict[str, Any]()
        if name.islower():
            return importlib.import_module(f"{self.__name__}.{name}")
        made = type(name, (), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class Compose:
    """One transformation after the other: the only thing of torchvision that is used."""

    def __init__(self, transforms: list[Any]) -> None:
        self.transforms = transforms

    def __call__(self, value: Any) -> Any:
        """Apply all."""
        for transform in self.transforms:
            value = transform(value)
        return value


def predict_in_batches() -> None:
    """Make pipelines predict many rows at once instead of one after the other."""
    import torch
    from autoPyTorch.pipeline.tabular_classification import TabularClassificationPipeline

    def predict_proba(self: Any, rows: Any) -> Any:
        network = self.named_steps["network"]
        network.network.eval()
        tensor = self.named_steps["data_loader"].test_transform(np.asarray(rows))
        tensor = tensor.reshape(len(rows), -1).float()
        with torch.no_grad():
            parts = [network.network(part) for part in tensor.split(BATCH)]
        return torch.softmax(torch.cat(parts), dim=1).cpu().numpy()

    TabularClassificationPipeline._predict_proba = predict_proba  # noqa: SLF001  its own hook


def search(request: dict[str, Any], rows: Any, classes: Any, folder: Path) -> Any:
    """Run the search; returns autoPyTorch's own task object."""
    from autoPyTorch.api.tabular_classification import TabularClassificationTask
    from autoPyTorch.datasets.resampling_strategy import HoldoutValTypes

    task = TabularClassificationTask(
        seed=request["seed"],
        n_jobs=1,
        ensemble_size=1,
        ensemble_nbest=1,
        temporary_directory=str(folder / "autopytorch"),
        delete_tmp_folder_after_terminate=False,
        include_components=SETTINGS,
        resampling_strategy=HoldoutValTypes.stratified_holdout_validation,
        resampling_strategy_args={"val_share": 0.25},
    )
    # Imports took some of the time; nothing can be searched in less than ten seconds.
    seconds = max(int(request["until"] - time.time()), 10)
    _say(f"searching for {seconds} s")
    try:
        task.search(
            X_train=rows,
            y_train=classes,
            optimize_metric="accuracy",
            budget_type="epochs",
            # Of few labels an epoch is a handful of steps, and five of them tell nothing.
            min_budget=15 if len(rows) < MANY else 5,
            max_budget=45,
            total_walltime_limit=seconds,
            func_eval_time_limit_secs=min(20, max(5, seconds // 2)),
            enable_traditional_pipeline=False,
            memory_limit=6144,
            all_supported_metrics=False,
        )
        # Further requests have to wait: handing in takes a moment, and is the end.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except Stopped:
        # Models are on disk as soon as their trial is over; the ensemble may lag behind.
        _end_children()
    return task


def best_pipeline(task: Any) -> Any:
    """The fitted pipeline of the incumbent."""
    if not getattr(task, "models_", None):
        task._load_models()  # noqa: SLF001  autoPyTorch has no public way
    (identifier,) = task.ensemble_.get_selected_model_identifiers()
    pipeline = task.models_[identifier]
    if "network" not in getattr(pipeline, "named_steps", {}):  # its stand-in that guesses
        raise ValueError("no network was trained in time: allow it more seconds")
    return pipeline


def layers_of(pipeline: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The network as a list of layers and their arrays."""
    import torch

    names = {
        "ReLU": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "ELU": "elu",
        "LeakyReLU": "leaky_relu", "SiLU": "silu", "Hardtanh": "hardtanh",
    }  # fmt: skip
    layers: list[dict[str, Any]] = []
    arrays: dict[str, Any] = {}
    for module in pipeline.named_steps["network"].network.modules():
        if next(module.children(), None) is not None or isinstance(module, torch.nn.Flatten):
            continue
        kind = type(module).__name__
        if isinstance(module, torch.nn.Linear):
            layers.append({"kind": "linear", "units": module.out_features})
            arrays[f"{len(layers) - 1}.weight"] = module.weight
            arrays[f"{len(layers) - 1}.bias"] = module.bias
        elif isinstance(module, torch.nn.BatchNorm1d):
            layers.append({"kind": "norm", "epsilon": module.eps})
            for name in ("weight", "bias", "running_mean", "running_var"):
                arrays[f"{len(layers) - 1}.{name}"] = getattr(module, name)
        elif isinstance(module, torch.nn.Dropout):
            layers.append({"kind": "dropout", "share": float(module.p)})
        elif kind in names:
            layers.append({"kind": names[kind]})
        elif kind not in ("Identity", "_NoEmbedding", "Sequential"):
            raise ValueError(f"autoPyTorch built a layer of a kind not known here: {kind}")
    return layers, {name: value.detach().cpu().numpy() for name, value in arrays.items()}


def affine_of(task: Any, pipeline: Any, rows: Any) -> tuple[Any, Any]:
    """The preprocessing as one linear map and an offset, by probing it around the mean."""
    validator = task.input_validator.feature_validator
    middle = rows.mean(axis=0, dtype=np.float64)
    step = np.maximum(rows.std(axis=0, dtype=np.float64), 1e-3)
    probes = np.vstack([middle, middle + np.diag(step)]).astype(np.float32)
    transform = pipeline.named_steps["data_loader"].test_transform
    found = transform(np.asarray(validator.transform(probes)))
    found = found.reshape(len(probes), -1).double().numpy()
    exact = probes.astype(np.float64)
    steps = np.diag(exact[1:] - exact[0])
    matrix = (found[1:] - found[0]) / steps[:, None]
    return matrix, found[0] - exact[0] @ matrix


def trials_of(task: Any) -> list[dict[str, Any]]:
    """Every trial, in the order of their start."""
    history = task.run_history
    found = []
    for key, value in history.data.items():
        settings = history.ids_config[key.config_id].get_dictionary()
        found.append(
            {
                "settings": {name: _plain(each) for name, each in settings.items()},
                "epochs": float(key.budget),
                "score": float(1 - value.cost) if value.status.name == "SUCCESS" else None,
                "seconds": float(value.time),
                "state": "complete" if value.status.name == "SUCCESS" else "failed",
                "began": float(value.starttime),
            }
        )
    return sorted(found, key=lambda each: each["began"])


def run(folder: Path) -> dict[str, Any]:
    """Answer the request that lies in a folder."""
    from safetensors.numpy import save_file

    request = json.loads((folder / "request.json").read_text("utf-8"))
    rows = np.load(folder / "rows.npy", allow_pickle=False)
    classes = np.load(folder / "classes.npy", allow_pickle=False)
    check = np.load(folder / "check.npy", allow_pickle=False)
    predict_in_batches()
    task = search(request, rows, classes, folder)
    _say("handing in")
    pipeline = best_pipeline(task)
    layers, arrays = layers_of(pipeline)
    arrays["map"], arrays["offset"] = affine_of(task, pipeline, rows)
    arrays["probabilities"] = task.predict_proba(check)
    save_file({name: np.ascontiguousarray(each) for name, each in arrays.items()},
              folder / "network.safetensors")  # fmt: skip
    trials = trials_of(task)
    complete = [each for each in trials if each["score"] is not None]
    best = {name: _plain(value) for name, value in pipeline.config.get_dictionary().items()}
    same = [each for each in complete if each["settings"] == best] or complete
    # Of one setting with several budgets the largest budget is the one that was kept.
    kept = max(same, key=lambda each: (each["score"], each["epochs"]))
    return {
        "layers": layers,
        "settings": best,
        "epochs": kept["epochs"],
        "score": kept["score"],
        "trials": trials,
        "classes": [int(each) for each in np.unique(classes)],
        "versions": versions(),
    }


def _say(what: str) -> None:
    """Log where the time went."""
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _end_children() -> None:
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it may end by itself meanwhile
            child.kill()


def _stop(number: int, frame: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def watch_parent() -> None:
    """End with the parent process, however that ends."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        _end_children()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def check() -> int:
    """Print the versions, after everything that a search needs was imported."""
    sys.meta_path.insert(0, Absent())
    predict_in_batches()
    import pyrfr.regression  # noqa: F401 - compiled here
    from autoPyTorch.api.tabular_classification import TabularClassificationTask  # noqa: F401

    print(json.dumps(versions()), flush=True)
    return 0


def versions() -> dict[str, str]:
    """Versions of the searching packages."""
    packages = ("autoPyTorch", "smac", "ConfigSpace", "scikit-learn", "torch", "numpy")
    return {name: version(name) for name in packages} | {"python": sys.version.split()[0]}


def main(folder: Path) -> int:
    """Write ``result.json``, or ``error.json`` with one line of what went wrong."""
    sys.meta_path.insert(0, Absent())
    watch_parent()
    began = time.monotonic()
    try:
        signal.signal(signal.SIGTERM, _stop)
        result, name = run(folder), "result.json"
        result["seconds"] = time.monotonic() - began
    except BaseException as error:  # everything is reported, and this ends
        traceback.print_exc()
        text = (str(error).strip().splitlines() or [""])[0]
        result, name = {"error": f"{type(error).__name__}: {text}"}, "error.json"
    partial = folder / f"{name}.part"
    partial.write_text(json.dumps(result), "utf-8")
    partial.replace(folder / name)
    return 0 if name == "result.json" else 1


if __name__ == "__main__":
    code = check() if sys.argv[1] == "--check" else main(Path(sys.argv[1]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # autoPyTorch's threads may hang at the interpreter's end

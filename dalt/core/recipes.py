"""Results of a search for a head: recipes, trials, choices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from numpy.typing import NDArray

EngineName = Literal["builtin", "autopytorch"]
TrialState = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class Recipe:
    """A recipe for a head: enough to fit it again to any labels.

    Attributes
    ----------
    kind : {"network", "blend", "encoder"}
        A network of torch, the default head with other settings, or an autoencoder.
    layers : tuple of mapping
        Of a network, in order: ``{"kind": "linear", "units": 64}``, ``{"kind": "norm",
        "epsilon": 1e-5}``, ``{"kind": "dropout", "share": 0.2}`` or an activation such as
        ``{"kind": "relu"}``.  The last one is linear and has a unit for each class.
    values : mapping of str to number, str or bool
        The hyper-parameters of the fit.

    Examples
    --------
    >>> made = Recipe("blend", values={"half_way": 20.0})
    >>> Recipe.from_json(made.to_json()) == made, made.name
    (True, 'tuned:17088eb1')
    """

    kind: Literal["network", "blend", "encoder"]
    layers: tuple[Mapping[str, Any], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the head: equal recipes have equal names."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return "tuned:" + hashlib.sha256(text.encode()).hexdigest()[:8]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        layers = [dict(each) for each in self.layers]
        return {"kind": self.kind, "layers": layers, "values": dict(self.values)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Recipe:
        """Read what `to_json` wrote."""
        return cls(found["kind"], tuple(found["layers"]), found["values"])


@dataclass(frozen=True)
class Trial:
    """One setting that was tried.

    Attributes
    ----------
    settings : mapping
        With the engine's names.
    score : float or None
        Share of held-out labels that it predicted correctly; None if it failed.
    spent : float
        How much of the largest effort it got: epochs, or parts of the cross-validation.
    seconds : float
    state : {"complete", "pruned", "failed"}
    """

    settings: Mapping[str, Any]
    score: float | None
    spent: float
    seconds: float
    state: TrialState = "complete"


@dataclass(frozen=True, eq=False)
class TunedHead:
    """The result of a search.

    Attributes
    ----------
    engine : {"autopytorch", "builtin"}
    versions : mapping of str to str
        Of the packages that searched.
    recipe : Recipe
    settings : mapping
        The hyper-parameters as the engine names them.
    weights : mapping of str to ndarray
        Of the network as it was found: ``0.weight``, ``0.bias`` … by layer, with ``map`` and
        ``offset`` of what comes before; `dalt.learning.heads.network.folded` makes a predictor of
        them.  Empty where the engine keeps none.
    classes : tuple of int
        Columns of the targets that the weights know.
    score : float
        Share of held-out labels that it had right.
    trials : tuple of Trial
        In the order of their start.
    seconds : float
        Duration of the search.
    stopped : bool
        Somebody ended it early.
    """

    engine: EngineName
    versions: Mapping[str, str]
    recipe: Recipe
    settings: Mapping[str, Any]
    score: float
    trials: tuple[Trial, ...]
    seconds: float
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    classes: tuple[int, ...] = ()
    stopped: bool = False


@dataclass(frozen=True)
class Comparison:
    """Two heads on the same labels by repeated cross-validation.

    Attributes
    ----------
    current, tuned : float
        Share of held-out labels that each predicted correctly.
    difference, low, high : float
        By how much the tuned one is better, with a 90 % interval.
    repeats : int
        Of the cross-validation.
    n_labels : int
        That judged: the search had not seen them.
    """

    current: float
    tuned: float
    difference: float
    low: float
    high: float
    repeats: int
    n_labels: int

    @property
    def better(self) -> bool:
        """Whether the whole interval is on the tuned head's side."""
        return self.low > 0


@dataclass(frozen=True)
class Choice:
    """The outcome of a search: an event of the project.

    Attributes
    ----------
    choice_id : int
        Counted from 1; 0 before it is in a store.
    created_at : datetime
        UTC.
    accepted : bool
        The tuned head is used from here on.
    reason : str
        Why, in one sentence.
    engine, versions, recipe, settings, trials, score, seconds
        As in `TunedHead`.
    before : str
        Name of the head that it was compared with.
    comparison : Comparison or None
        None if nothing was compared.
    cursor, n_labels : int
        The label event up to which it has read, and how many samples had labels.
    encoder : str
        Fingerprint of the embeddings that it holds for.
    """

    created_at: datetime
    accepted: bool
    reason: str
    engine: str
    versions: Mapping[str, str]
    recipe: Recipe
    settings: Mapping[str, Any]
    score: float
    seconds: float
    trials: tuple[Trial, ...]
    before: str
    comparison: Comparison | None
    cursor: int
    n_labels: int
    encoder: str
    choice_id: int = 0

    def to_json(self) -> dict[str, Any]:
        """Everything except number and time, as plain values."""
        found = asdict(replace(self, recipe=Recipe(self.recipe.kind)))
        found["recipe"] = self.recipe.to_json()
        return {name: found[name] for name in found if name not in ("choice_id", "created_at")}

    @classmethod
    def from_json(cls, found: Mapping[str, Any], choice_id: int, created_at: datetime) -> Choice:
        """Read what `to_json` wrote."""
        values = dict(found)
        values["recipe"] = Recipe.from_json(found["recipe"])
        values["trials"] = tuple(Trial(**each) for each in found["trials"])
        compared = found["comparison"]
        values["comparison"] = None if compared is None else Comparison(**compared)
        return cls(**values, choice_id=choice_id, created_at=created_at)

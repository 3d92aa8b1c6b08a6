"""The model as scikit-learn estimators, which `skops` saves: no pickle, and no project needed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from dalt.core.errors import first_line, shown
from dalt.core.records import BadInput, Encoder, Floats, Kind, LabelSet
from dalt.core.settings.data import MAX_PIXELS
from dalt.data.new_samples import new_samples
from dalt.data.sources import ENCODED_PIXELS
from dalt.learning.encoders.saved import SavedEncoder
from dalt.learning.encoders.saving import save_encoder
from dalt.learning.export.extras import refuse_two, require_skops
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.predictors import predict
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.heads.spreading import RIDGE

if TYPE_CHECKING:
    from sklearn.utils import Tags

TRUSTED = (
    "dalt.learning.export.estimators.BlendClassifier",
    "dalt.learning.export.estimators.EncoderState",
    "dalt.learning.export.estimators.RawEncoder",
)
"""The types of DALT in a file of skops, for its argument ``trusted``."""
MAY_HAVE = 0.5
"""Probability from which a sample has a class, where it can have several."""


class BlendClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # they have no types
    """DALT's default head as a classifier of embeddings, or of any numbers.

    Labels spread over the neighbour graph of the samples, blended with a kernel machine.

    Parameters
    ----------
    half_way : float
        Labels per class at which both ends count the same.
    ridge : float
        Regularisation of the kernel machine.
    reach : float
        Scale of its kernel relative to the usual one: above 1 it looks less far.
    seed : int

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        In sorted order after `fit`; from a project, in the project's order.
    n_features_in_ : int
    multi_ : bool
        Whether a sample can have several classes.
    weights_ : dict of str to ndarray
        What predicts (`dalt.learning.heads.predictors`).

    References
    ----------
    Zhou et al., Learning with Local and Global Consistency, 2003.

    Examples
    --------
    >>> rows = np.array([[0.0, 0.1], [0.1, 0.0], [1.0, 0.9], [0.9, 1.0]])
    >>> BlendClassifier().fit(rows, ["low", "low", "high", "high"]).predict([[0.0, 0.0]])
    array(['low'], dtype='<U4')
    """

    def __init__(
        self, half_way: float = 40.0, ridge: float = RIDGE, reach: float = 1.0, seed: int = 0
    ) -> None:
        self.half_way = half_way
        self.ridge = ridge
        self.reach = reach
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from labelled rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_classes) of 0 and 1
            A class for each row; or, for each class, whether the row has it.

        Raises
        ------
        ValueError
            If they are not finite numbers and classes of the same length.
        """
        X, y = validate_data(self, X, y, multi_output=True)
        check_classification_targets(y)
        y = np.asarray(y)
        self.multi_ = y.ndim == 2 and y.shape[1] > 1
        if self.multi_:
            self.classes_ = np.arange(y.shape[1])
            targets = np.asarray(y != 0, np.float32)
        else:
            self.classes_, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
            targets = np.eye(len(self.classes_), dtype=np.float32)[codes.ravel()]
        head = BlendHead(self.half_way, self.ridge, self.reach)
        labels = LabelSet(np.arange(len(X)), targets, 0, multi=self.multi_)
        pool = Pool(np.ascontiguousarray(X, np.float32))
        fitted = head.fit(pool, labels, targets.shape[1], seed=self.seed)
        self.weights_ = predicting(fitted.weights)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Class probabilities: float32 of shape (n_samples, n_classes), in the order of classes_.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return predict(self.weights_, np.asarray(X, np.float32), len(self.classes_))

    def predict(self, X: Any) -> NDArray[Any]:
        """The likeliest class of each row; or 0 and 1 of shape (n_samples, n_classes)."""
        probabilities = self.predict_proba(X)
        if self.multi_:
            return np.asarray(probabilities > MAY_HAVE, np.int64)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


@dataclass(frozen=True)
class EncoderState:
    """A fitted encoder as plain values, which need no project.

    Attributes
    ----------
    kind : {"image", "text", "table", "audio"}
    settings : str
        JSON.
    arrays : dict of str to ndarray
    max_pixels : int
        Larger pictures are refused.
    """

    kind: Kind
    settings: str
    arrays: dict[str, NDArray[Any]]
    max_pixels: int = MAX_PIXELS

    def restored(self) -> Encoder:
        """Make the encoder.

        Raises
        ------
        BadInput
            If it needs what is not installed, or code that is not in DALT.
        """
        from dalt.learning.encoders.registry import load_encoder

        with tempfile.TemporaryDirectory() as folder:
            save_encoder(Path(folder), json.loads(self.settings), self.arrays)
            return load_encoder(Path(folder))

    def __repr__(self) -> str:
        return f"EncoderState({self.kind!r}, {json.loads(self.settings)['type']!r})"


class RawEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # they have no types
    """An encoder of a project as a transformer: raw samples to embeddings.

    It has learned already, from the samples of the project: `fit` changes nothing.

    Parameters
    ----------
    state : EncoderState
    """

    def __init__(self, state: EncoderState) -> None:
        self.state = state

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Return itself."""
        return self

    def transform(self, X: Any) -> Floats:
        """Embed raw samples.

        Parameters
        ----------
        X : as for ``predict`` of a project
            A folder or a list of paths; an array of pictures, or a list of them of any sizes;
            texts; a DataFrame of rows, or a list of dicts; paths of audio files.

        Returns
        -------
        ndarray of shape (n_samples, n_dims), float32

        Raises
        ------
        BadInput
            If a sample cannot be read.
        """
        encoder = self._encoder()
        if _are_pictures(X):
            from dalt.data.readers.images import shrunk

            return encoder.transform([shrunk(each, ENCODED_PIXELS) for each in X])
        with new_samples(
            self.state.kind, _as_given(self.state.kind, X), self.state.max_pixels
        ) as new:
            if new.rejected:
                raise BadInput(f"This cannot be predicted: {new.rejected[0]}.")
            return encoder.transform(new.raw)[new.rows]

    def _encoder(self) -> Encoder:
        if not hasattr(self, "_restored"):
            self._restored = self.state.restored()
        return self._restored

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_restored"}

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.no_validation = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = self.state.kind == "text"
        return tags


def estimator_of(
    encoder: Encoder | None, snapshot: Snapshot, *, seed: int = 0, max_pixels: int = MAX_PIXELS
) -> Any:
    """Make an estimator of encoder and head.

    Parameters
    ----------
    encoder : Encoder or None
        The one that the snapshot learned on; without it the estimator reads embeddings.
    snapshot : Snapshot
    seed : int
    max_pixels : int
        Larger pictures are refused.

    Returns
    -------
    Pipeline or BlendClassifier
        Fitted; `fit` learns the head anew, on the same encoder.

    Raises
    ------
    BadInput
        If the encoder cannot be made from its settings and weights alone.
    """
    refuse_two(encoder)
    head = BlendClassifier(seed=seed)
    head.classes_ = np.array(snapshot.classes)
    head.multi_ = snapshot.multi
    head.weights_ = predicting(snapshot.weights)
    head.n_features_in_ = _width(head.weights_)
    if encoder is None:
        return head
    if not isinstance(encoder, SavedEncoder):
        raise _of_your_own(encoder)
    settings, arrays = encoder.parts()
    state = EncoderState(encoder.kind, json.dumps(settings), arrays, max_pixels)
    try:
        state.restored()
    except BadInput as error:
        raise _of_your_own(encoder) from error
    return Pipeline([("encoder", RawEncoder(state)), ("head", head)])


def predicting(weights: Any) -> dict[str, NDArray[Any]]:
    """The weights that predict, without those that the next fit starts from."""
    return {
        name: np.array(array) for name, array in weights.items() if not name.startswith("state.")
    }


def save_estimator(estimator: Any, path: Path) -> None:
    """Write an estimator as a file of skops.

    Raises
    ------
    BadInput
        If skops is not installed.
    """
    require_skops()
    from skops.io import dump

    dump(estimator, path)


def load_estimator(path: str | Path) -> Any:
    """Read an estimator that DALT has written; see `dalt.model.load_estimator`, which calls it."""
    require_skops()
    from skops.io import load

    place = Path(path).expanduser()
    if not place.is_file():
        raise BadInput(f"There is no file {str(path)!r}.")
    refusal = f"{str(path)!r} is not an estimator that DALT has written"
    try:
        found = load(place, trusted=list(TRUSTED))
    except Exception as error:  # zip, JSON and its own errors, which have no common base
        raise BadInput(f"{refusal}: {first_line(error)}") from error
    if not _is_ours(found):  # skops trusts those of scikit-learn and plain values too
        raise BadInput(f"{refusal}, but a file of skops with {shown(found)}.")
    return found


def _is_ours(found: Any) -> bool:
    if isinstance(found, Pipeline):
        return [type(step) for _, step in found.steps] == [RawEncoder, BlendClassifier]
    return isinstance(found, BlendClassifier)


def _width(weights: dict[str, NDArray[Any]]) -> int:
    return next(int(array.item()) for name, array in weights.items() if name.endswith(".width"))


def _of_your_own(encoder: Encoder) -> BadInput:
    return BadInput(
        f"The encoder of this project needs code of your own ({type(encoder).__name__}), which an "
        "estimator cannot carry: encode with an .onnx file of it, or add its embeddings with "
        "project.add_embeddings, whose estimator reads embeddings."
    )


def _are_pictures(given: Any) -> bool:
    """Whether these are pictures as arrays, of sizes that differ."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not len(given):
        return False
    return all(isinstance(each, np.ndarray) and each.dtype == np.uint8 for each in given)


def _as_given(kind: Kind, given: Any) -> Any:
    """What scikit-learn hands on, as a project takes it."""
    if kind == "table" and isinstance(given, Sequence) and not isinstance(given, str):
        from pandas import DataFrame

        return DataFrame(list(given))
    if kind != "image" and isinstance(given, np.ndarray):
        if given.ndim > 1 and given.size != len(given):
            raise BadInput(
                f"A list of {kind} samples is needed, not an array of {shown(given.shape)}."
            )
        return given.ravel().tolist()
    return given


def difference_of(path: Path, raw: Sequence[Any], expected: Floats) -> float:
    """Read an estimator back, and compare it on samples as encoders read them.

    Returns
    -------
    float
        The largest difference of a probability.
    """
    read = load_estimator(path)
    if isinstance(read, BlendClassifier):
        found = read.predict_proba(raw)
    else:
        encoder = read[0].state.restored()
        found = read[-1].predict_proba(encoder.transform(raw))
    return float(np.abs(found - expected).max(initial=0.0))

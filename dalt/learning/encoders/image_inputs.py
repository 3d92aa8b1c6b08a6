"""Images as inputs of pretrained nets: one size, channels first, on a known scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput, Floats
from dalt.learning.encoders.image_frames import Frame

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LARGEST = 2_048


class _Filled(Frame):
    """A frame without a margin: pretrained nets have seen pictures up to their borders."""

    @property
    def side(self) -> int:
        return self.content


@dataclass(frozen=True)
class ImageInput:
    """How images become the input of a net.

    Attributes
    ----------
    size : int
        Side of the square into which an image is put, its aspect kept.
    channels : int
        1 for grey, 3 for colour.
    mean, deviation : tuple of float
        Of each channel, for pixels from 0 to 1; those of ImageNet unless told otherwise,
        of which a grey net takes the average.

    Raises
    ------
    BadInput
        If they are not valid.

    Examples
    --------
    >>> ImageInput(32, 1)([np.zeros((8, 10), np.uint8)]).shape
    (1, 1, 32, 32)
    """

    size: int = 224
    channels: int = 3
    mean: tuple[float, ...] = IMAGENET_MEAN
    deviation: tuple[float, ...] = IMAGENET_DEVIATION

    def __post_init__(self) -> None:
        if not 1 <= self.size <= LARGEST or self.channels not in (1, 3):
            raise BadInput(
                f"A net for images takes 1 to {LARGEST} pixels of 1 or 3 channels, not {self.size} "
                f"pixels of {self.channels} channels."
            )
        for name in ("mean", "deviation"):
            if len(getattr(self, name)) not in (3, self.channels):
                raise BadInput(f"{name} needs a number for each of {self.channels} channels.")
        if min(self.deviation) <= 0:
            raise BadInput(f"A deviation must be greater than 0, not {min(self.deviation)}.")

    def __call__(self, images: Iterable[NDArray[np.uint8]]) -> Floats:
        """Inputs of images: float32 of shape (n, channels, size, size)."""
        frames = self.frame.put_all(images)
        mean, deviation = self.scale
        return np.asarray((frames.astype(np.float32) / 255 - mean) / deviation, np.float32)

    @property
    def frame(self) -> Frame:
        """The frame into which images are put."""
        return _Filled(self.size, self.channels)

    @property
    def scale(self) -> tuple[Floats, Floats]:
        """Mean and deviation of the channels: each float32 of shape (channels, 1, 1)."""
        return self._of_channels(self.mean), self._of_channels(self.deviation)

    def settings(self) -> dict[str, Any]:
        """As JSON keeps them."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of(cls, settings: dict[str, Any]) -> ImageInput:
        """From `settings`."""
        return cls(
            size=settings["size"],
            channels=settings["channels"],
            mean=tuple(settings["mean"]),
            deviation=tuple(settings["deviation"]),
        )

    def _of_channels(self, values: tuple[float, ...]) -> Floats:
        chosen = values if len(values) == self.channels else (sum(values) / len(values),)
        return np.array(chosen, np.float32).reshape(-1, 1, 1)


def as_features(outputs: NDArray[Any]) -> Floats:
    """Outputs of a net as rows: maps are averaged over their pixels.

    Raises
    ------
    BadInput
        If they are not finite numbers of shape (n, features) or (n, features, h, w).

    Examples
    --------
    >>> as_features(np.ones((2, 5, 7, 7))).shape
    (2, 5)
    """
    if outputs.ndim == 4:
        outputs = outputs.mean(axis=(2, 3))
    if outputs.ndim != 2 or not outputs.shape[1]:
        raise BadInput(
            "The model must give features of shape (n, features) or maps (n, features, h, w), "
            f"not {outputs.shape}."
        )
    features = outputs.astype(np.float32)
    if not np.isfinite(features).all():
        raise BadInput("The model gave values that are not finite; is its input scaled as it was?")
    return features


def n_features_of(features: Callable[[Sequence[Any]], Floats]) -> int:
    """How many features a net gives for each picture, from two of which one is looked at twice.

    Raises
    ------
    BadInput
        If it does not give a row for each, or gives others each time: predictions and replays
        would differ from what was learned.

    Examples
    --------
    >>> n_features_of(lambda pictures: np.ones((len(pictures), 5), np.float32))
    5
    """
    ramp = np.tile(np.arange(8, dtype=np.uint8) * 32, (8, 1))
    both, again = features([ramp, ramp.T]), features([ramp])
    if (len(both), len(again)) != (2, 1):
        raise BadInput(
            f"The model must give a row of features for each picture, and gives {len(both)} for 2."
        )
    if not np.allclose(both[0], again[0], rtol=1e-3, atol=1e-5):
        raise BadInput(
            "The model gives other features for the same picture each time, so nothing can be "
            "learned from them."
        )
    return int(both.shape[1])

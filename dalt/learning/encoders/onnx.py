"""The user's own model for images, as an ONNX file, computed by ONNX Runtime."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.errors import first_line, os_reason
from dalt.core.records import BadInput, Floats, Kind
from dalt.learning.encoders.image_inputs import (
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    ImageInput,
    as_features,
    n_features_of,
)
from dalt.learning.encoders.installed import found
from dalt.learning.encoders.pretrained import N_DIMS, PretrainedEncoder
from dalt.learning.encoders.saving import Arrays

MODEL = "model"
AT_ONCE = 8


class OnnxModel:
    """Features of images by a model that reads one tensor of images.

    Parameters
    ----------
    model : Path or bytes
        The file, or its content.  The encoder keeps it: the project goes on when the file is
        gone.
    images : ImageInput, optional
        Size and scale of the images.  The model's own input shape takes precedence over
        `size` and `channels`; the default is 224 pixels in colour, scaled as for ImageNet.

    Raises
    ------
    BadInput
        If ONNX Runtime is not installed, this is not such a model, or it has another input.
    """

    name = "onnx"
    kind: Kind = "image"

    def __init__(self, model: Path | bytes, images: ImageInput | None = None) -> None:
        found("onnxruntime", "onnx")
        self._content = model if isinstance(model, bytes) else _read(model)
        self._session = _open(self._content)
        (self._input, shape) = _image_input(self._session)
        self._batch = shape[0] if isinstance(shape[0], int) else None
        self._channels_last = shape[1] not in (1, 3) and shape[3] in (1, 3)
        self.images = _matched(images or ImageInput(), shape, self._channels_last)
        self.n_features = n_features_of(self.features)

    def identity(self) -> dict[str, Any]:
        """Identifies the features."""
        weights = hashlib.sha256(self._content).hexdigest()
        return {"name": self.name, "weights": weights, "images": self.images.settings()}

    def arrays(self) -> Arrays:
        """The model itself, as bytes."""
        return {MODEL: np.frombuffer(self._content, np.uint8)}

    @classmethod
    def restored(cls, identity: dict[str, Any], arrays: Arrays) -> OnnxModel:
        """Read what `identity` and `arrays` returned."""
        return cls(arrays[MODEL].tobytes(), ImageInput.of(identity["images"]))

    def features(self, raw: Sequence[Any]) -> Floats:
        """Features of images: float32 of shape (n, n_features).

        Raises
        ------
        BadInput
            If the model cannot be run on them, or gives no features.
        """
        step = self._batch or AT_ONCE
        parts = [
            self._run(self.images(raw[i] for i in range(start, min(start + step, len(raw)))))
            for start in range(0, len(raw), step)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.n_features), np.float32)

    def _run(self, inputs: Floats) -> Floats:
        n = len(inputs)
        if self._batch:  # a model for a fixed number of images: pad the last batch
            inputs = np.concatenate([inputs, np.zeros((self._batch - n, *inputs.shape[1:]), "f4")])
        if self._channels_last:
            inputs = np.ascontiguousarray(inputs.transpose(0, 2, 3, 1))
        try:
            outputs = np.asarray(self._session.run(None, {self._input: inputs})[0])
        except Exception as error:  # its errors have no common base
            raise BadInput(f"The ONNX model failed: {first_line(error)}") from error
        if self._channels_last and outputs.ndim == 4:
            outputs = outputs.transpose(0, 3, 1, 2)
        return as_features(outputs)[:n]


def _read(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except OSError as error:
        raise BadInput(f"The model {path} cannot be read ({os_reason(error)}).") from error


def _open(content: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base
        raise BadInput(f"This is not an ONNX model that can be run: {first_line(error)}") from error


def _image_input(session: Any) -> tuple[str, list[Any]]:
    inputs = session.get_inputs()
    shapes = "; ".join(f"{each.type} {each.shape}" for each in inputs)
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
        raise BadInput(
            "The ONNX model must read one float32 tensor of images, (n, channels, height, width), "
            f"and reads {shapes}."
        )
    return inputs[0].name, list(inputs[0].shape)


def _matched(images: ImageInput, shape: Sequence[Any], channels_last: bool) -> ImageInput:
    """The model's size and channels; open ones are as given."""
    channels, *sides = (shape[3], *shape[1:3]) if channels_last else shape[1:]
    sides = [side for side in sides if isinstance(side, int)]
    if len(set(sides)) > 1:
        raise BadInput(f"The ONNX model reads images of {sides[0]} × {sides[1]}, not square ones.")
    return ImageInput(
        size=sides[0] if sides else images.size,
        channels=channels if isinstance(channels, int) else images.channels,
        mean=images.mean,
        deviation=images.deviation,
    )


class OnnxEncoder(PretrainedEncoder):
    """Make an encoder of images from your own ONNX file.

    Parameters
    ----------
    path : str or Path
        The model.  It reads one float32 tensor of images, channels first or last, and its
        first output has features (n, features), or maps, which are averaged over their pixels.
        The project keeps it: the file is not needed again.
    size, channels : int
        Size and channels of its images, if its input leaves them open.
    mean, deviation : tuple of float
        Of each channel, for pixels from 0 to 1; those of ImageNet unless told otherwise.
    n_dims : int
        Columns of the embeddings.

    Raises
    ------
    BadInput
        If ONNX Runtime is not installed, or the file has no such model.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        size: int = 224,
        channels: int = 3,
        mean: tuple[float, ...] = IMAGENET_MEAN,
        deviation: tuple[float, ...] = IMAGENET_DEVIATION,
        n_dims: int = N_DIMS,
    ) -> None:
        images = ImageInput(size, channels, mean, deviation)
        super().__init__(OnnxModel(Path(path), images), n_dims)

"""Writes a small ONNX model by hand: the library that writes them is not needed for more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Size = int | str | None
FLOAT = 1


def convolution_model(
    kernels: NDArray[np.float32],
    shape: Sequence[Size] = ("n", 3, 16, 16),
    *,
    flat: bool = True,
) -> bytes:
    """A convolution, and the mean of each of its maps.

    Parameters
    ----------
    kernels : ndarray of shape (n_features, channels, height, width), float32
    shape : sequence of 4 sizes
        Of the input; a name is a size that the model leaves open.
    flat : bool
        Give (n, n_features); else the maps as they are.
    """
    steps = [("Conv", ["images", "kernels"], "maps")]
    if flat:
        steps += [("GlobalAveragePool", ["maps"], "means"), ("Flatten", ["means"], "features")]
    graph = b"".join(_field(1, _node(*step)) for step in steps)
    graph += _field(2, b"tiny") + _field(5, _tensor("kernels", kernels))
    sizes: list[Size] = ["n", len(kernels)] if flat else ["n", len(kernels), "h", "w"]
    graph += _field(11, _value("images", shape)) + _field(12, _value(steps[-1][2], sizes))
    return _number(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, 13))


def _node(operation: str, inputs: Sequence[str], output: str) -> bytes:
    read = b"".join(_field(1, name.encode()) for name in inputs)
    return read + _field(2, output.encode()) + _field(4, operation.encode())


def _tensor(name: str, values: NDArray[np.float32]) -> bytes:
    dims = b"".join(_number(1, size) for size in values.shape)
    content = np.ascontiguousarray(values, "<f4").tobytes()
    return dims + _number(2, FLOAT) + _field(8, name.encode()) + _field(9, content)


def _value(name: str, shape: Sequence[Size]) -> bytes:
    dims = b""
    for size in shape:
        known = _number(1, size) if isinstance(size, int) else _field(2, str(size).encode())
        dims += _field(1, known)
    tensor = _number(1, FLOAT) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])

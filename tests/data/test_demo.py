"""The bundled data, and the data that has to be installed."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from dalt.core.records import BadInput
from dalt.data import demo
from dalt.data.demo import demo_data


def write_idx(path: Path, array: np.ndarray) -> None:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


def test_digits_are_there_without_a_network() -> None:
    data = demo_data("digits")
    assert data.images.shape == (1797, 8, 8) and data.images.dtype == np.uint8
    assert data.images.max() == 255
    assert len(data.truth) == 1797 and set(data.truth) == {spec.name for spec in data.classes}
    assert [spec.key for spec in data.classes] == list("0123456789")


def test_fashion_mnist_is_read_from_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.arange(3 * 28 * 28).reshape(3, 28, 28) % 256
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", images)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.array([9, 0, 3]))
    monkeypatch.setattr(demo, "FASHION_FOLDER", tmp_path)
    data = demo_data("fashion-mnist")
    np.testing.assert_array_equal(data.images, images)
    assert data.truth == ("Ankle boot", "T-shirt", "Dress")


def test_where_fashion_mnist_is_missing_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "FASHION_FOLDER", tmp_path)
    with pytest.raises(BadInput, match="apt-get install dataset-fashion-mnist"):
        demo_data("fashion-mnist")


def test_damaged_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", np.zeros((3, 28, 28)))
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.zeros(3))
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    monkeypatch.setattr(demo, "FASHION_FOLDER", tmp_path)
    with pytest.raises(BadInput, match="is damaged"):
        demo_data("fashion-mnist")


def test_unknown_data_names_what_there_is() -> None:
    with pytest.raises(BadInput, match="digits or fashion-mnist"):
        demo_data("cifar")

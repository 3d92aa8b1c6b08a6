"""Real data to try DALT on, without a network."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalt.core.errors import WrongUsage, shown
from dalt.core.records import BadInput, ClassSpec

FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")
_FASHION_CLASSES = (
    "T-shirt", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoData:
    """Images with everything a project needs to label them, and the true classes for measurements.

    Attributes
    ----------
    images : ndarray of shape (n_images, height, width), uint8
    truth : tuple of str
        The class of each image.
    """

    name: str
    images: NDArray[np.uint8]
    truth: tuple[str, ...]
    classes: tuple[ClassSpec, ...]
    guideline: str


def demo_data(name: str = "digits") -> DemoData:
    """Load ``"digits"`` (1,797 images, bundled) or ``"fashion-mnist"`` (10,000).

    Raises
    ------
    BadInput
        If there is no such data, or it is not installed here.

    References
    ----------
    Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
    Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017.

    Examples
    --------
    >>> demo_data("digits").images.shape
    (1797, 8, 8)
    """
    if name == "digits":
        return _digits()
    if name == "fashion-mnist":
        return _fashion(FASHION_FOLDER)
    raise WrongUsage(f"There is no demo data {shown(name)}; choose digits or fashion-mnist.")


def _digits() -> DemoData:
    from sklearn.datasets import load_digits  # a second to import; only the demo needs it

    bunch = load_digits()
    return DemoData(
        name="digits",
        images=(bunch.images * (255 / 16)).astype(np.uint8),
        truth=tuple(str(label) for label in bunch.target),
        classes=tuple(ClassSpec(str(digit), key=str(digit)) for digit in range(10)),
        guideline="Which digit was written? Skip what you cannot read.",
    )


def _fashion(folder: Path, n_images: int = 10_000) -> DemoData:
    try:
        images = _read_idx(folder / "train-images-idx3-ubyte.gz")[:n_images]
        labels = _read_idx(folder / "train-labels-idx1-ubyte.gz")[:n_images]
    except FileNotFoundError as error:
        raise BadInput(
            f"Fashion-MNIST is not in {folder}. On Debian or Ubuntu install it with "
            "`apt-get install dataset-fashion-mnist`; the digits need nothing."
        ) from error
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise BadInput(f"Fashion-MNIST in {folder} is damaged; install it again.") from error
    return DemoData(
        name="fashion-mnist",
        images=images,
        truth=tuple(_FASHION_CLASSES[label] for label in labels),
        classes=tuple(ClassSpec(name) for name in _FASHION_CLASSES),
        guideline="Which piece of clothing is it? A shirt has a collar or buttons.",
    )


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an array in LeCun's IDX format: magic, sizes (big-endian), bytes."""
    with gzip.open(path) as file:
        n_axes = file.read(4)[3]
        shape = np.frombuffer(file.read(4 * n_axes), dtype=">i4")
        return np.frombuffer(file.read(), dtype=np.uint8).reshape(tuple(shape))

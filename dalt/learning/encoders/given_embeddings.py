"""Embeddings that were made elsewhere: checking, completing and writing them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.arrays import new_npy
from dalt.core.records import BadInput, Floats, Positions
from dalt.learning.encoders.cache_files import GIVEN

AT_ONCE = 10_000
LARGEST = float(np.finfo(np.float32).max)


def checked(embeddings: Any, n_rows: int) -> NDArray[Any]:
    """Return embeddings as an array of numbers, one row for each of `n_rows` samples.

    Raises
    ------
    BadInput
        If they are not numbers, have another shape, or are not finite as float32.

    Examples
    --------
    >>> checked([[1, 2], [3, 4]], 2).shape
    (2, 2)
    """
    try:
        array = np.asarray(embeddings)
    except ValueError as error:  # rows of different lengths
        raise BadInput(f"Embeddings must be an array of shape (samples, dims): {error}.") from error
    if array.ndim != 2 or array.dtype.kind not in "fiub" or not array.shape[1]:
        raise BadInput(
            "Embeddings must be numbers in an array of shape (samples, dims), not "
            f"{array.dtype} of shape {array.shape}."
        )
    if len(array) != n_rows:
        raise BadInput(f"There are {len(array)} rows of embeddings for {n_rows} samples.")
    for start in range(0, n_rows, AT_ONCE):
        part = array[start : start + AT_ONCE]
        good = (np.abs(part) <= LARGEST).all(axis=1)  # false for NaN, too
        if not good.all():
            row = start + int(np.argmin(good))
            raise BadInput(f"Row {row} of the embeddings holds NaN or a value beyond float32.")
    return array


def check_finite(embeddings: Floats, folder: Path) -> None:
    """Refuse embeddings that cannot be learned from; this reads all of them.

    Parameters
    ----------
    embeddings : ndarray or memmap of shape (n_samples, n_dims)
    folder : Path
        Their folder, for the message.

    Raises
    ------
    BadInput
        If a row holds NaN or infinity.

    Examples
    --------
    >>> check_finite(np.zeros((3, 2), np.float32), Path("embeddings"))
    """
    for start in range(0, len(embeddings), AT_ONCE):
        good = np.isfinite(embeddings[start : start + AT_ONCE]).all(axis=1)
        if not good.all():
            raise BadInput(
                f"Row {start + int(np.argmin(good))} of the embeddings in {folder} is not finite. "
                "Remove that folder and encode again; labels are not in it."
            )


def complete(
    embeddings: NDArray[Any],
    positions: Positions,
    former: Floats | None,
    n_samples: int,
    removed: Collection[int] = (),
) -> Positions:
    """Return the source of each sample's row: from 0 on a given row, below 0 a former one.

    Parameters
    ----------
    embeddings : ndarray of shape (n_given, n_dims)
    positions : ndarray of shape (n_given,), int64
        Of the samples in the pool.
    former : ndarray of shape (n_former, n_dims), float32, optional
        Rows given before; those not given anew stay.
    n_samples : int
    removed : collection of int
        Positions of removed samples.  One without a row gets the first that is given: nothing
        learns from it or suggests anything for it.

    Returns
    -------
    ndarray of shape (n_samples,), int64
        Row `i` of `embeddings` as `i`, row `i` of `former` as ``-1 - i``.

    Raises
    ------
    BadInput
        If a sample is there twice or not at all, or the widths differ.
    """
    if len(np.unique(positions)) != len(positions):
        raise BadInput("A sample is there twice; give one row of embeddings for each.")
    rows = np.full(n_samples, n_samples, np.int64)
    if former is not None:
        rows[: len(former)] = -1 - np.arange(len(former))
    rows[positions] = np.arange(len(positions))
    gone = np.array(sorted(removed), np.int64)
    rows[gone[rows[gone] == n_samples]] = 0
    missing = np.flatnonzero(rows == n_samples)
    if len(missing):
        raise BadInput(
            f"{len(missing)} of {n_samples} samples have no embedding (the first is row "
            f"{missing[0]} of project.samples()). Every sample needs one."
        )
    if (rows < 0).any() and former is not None and former.shape[1] != embeddings.shape[1]:
        raise BadInput(
            f"The embeddings have {embeddings.shape[1]} columns and those given before "
            f"{former.shape[1]}; give those of all samples anew."
        )
    return rows


def write(
    path: Path, embeddings: NDArray[Any], former: Floats | None, rows: Sequence[int] | Positions
) -> str:
    """Write the rows as float32 into a new .npy file; returns the hash of their content."""
    order = np.asarray(rows, np.int64)
    shape = (len(order), embeddings.shape[1])
    digest = hashlib.sha256(f"{GIVEN} {shape}".encode())
    with new_npy(path, shape) as array:
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            part = np.empty((len(chosen), shape[1]), np.float32)
            part[chosen >= 0] = embeddings[chosen[chosen >= 0]]
            if former is not None and (chosen < 0).any():
                part[chosen < 0] = former[-1 - chosen[chosen < 0]]
            array[start : start + AT_ONCE] = part
            digest.update(part.astype("<f4", copy=False).tobytes())
    return digest.hexdigest()[:16]

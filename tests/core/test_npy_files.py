"""Opening .npy files, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dalt.core.arrays import open_npy

START = b"\x93NUMPY\x01\x00"


def headed(said: bytes) -> bytes:
    return START + len(said).to_bytes(2, "little") + said


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize(
    "content",
    [
        b"", START, b"no array", b"PK\x03\x04 half an archive", headed(b"{'descr': '<f4', 'sh 'sh"),
        headed(b"{'descr': '<f4', 'fortran_order': False, 'shape': (8,) 'sh \n"),
        headed(b"[" * 9_000),
        headed(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1e9, 9)}\n"),
        headed(b"{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999)}\n"),
        headed(b"{'descr': '|O', 'fortran_order': False, 'shape': (8,)}\n"),
    ],
    ids=range(10),
)  # fmt: skip
@pytest.mark.parametrize("mapped", [True, False])
def test_what_is_no_array_is_one_kind_of_error(
    tmp_path: Path, content: bytes, mapped: bool
) -> None:
    (tmp_path / "odd.npy").write_bytes(content)
    with pytest.raises((ValueError, OSError)):
        open_npy(tmp_path / "odd.npy", mapped=mapped)


def test_an_archive_is_no_array(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", np.arange(2))
    with pytest.raises(ValueError, match="it is an archive, not one array"):
        open_npy(tmp_path / "two.npz")

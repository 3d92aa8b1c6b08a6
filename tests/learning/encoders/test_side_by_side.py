"""Two encoders as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dalt.core.records import BadInput
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.embedding import batches
from dalt.learning.encoders.registry import load_encoder
from dalt.learning.encoders.side_by_side import SideBySide, from_embeddings, scale_of
from dalt.learning.encoders.text import TextEncoder

ROWS = [{"size": float(size), "kind": "ab"[size % 2]} for size in range(30)]


@pytest.fixture(scope="module")
def both() -> SideBySide:
    parts = (TableEncoder().fit(ROWS, seed=0), TableEncoder().fit(ROWS, seed=1))
    left, right = (scale_of(part.transform(ROWS)) for part in parts)
    return SideBySide(parts, (left, right))


def test_each_part_is_equally_strong(both: SideBySide) -> None:
    found = both.transform(ROWS)
    assert found.shape == (30, both.n_dims) and found.dtype == np.float32
    spreads = [
        np.square(part - part.mean(axis=0)).sum(axis=1).mean()
        for part in np.split(found, [both.halves[0].n_dims], axis=1)
    ]
    assert spreads == pytest.approx([1, 1], rel=1e-4)


def test_it_comes_back_from_the_disk(both: SideBySide, tmp_path: Path) -> None:
    both.save(tmp_path / both.fingerprint)
    again = load_encoder(tmp_path / both.fingerprint)
    assert again.fingerprint == both.fingerprint
    np.testing.assert_array_equal(again.transform(ROWS), both.transform(ROWS))


def test_rows_of_the_parts_give_what_the_samples_would(both: SideBySide, tmp_path: Path) -> None:
    made = [part.transform(ROWS) for part in both.halves]
    (part,) = from_embeddings(both, made, {3})(both, tmp_path, ROWS, [1, 3, 5])
    assert part.positions == [1, 5] and [row for row, _ in part.unreadable] == [3]
    rows = next(batches(ROWS, [1, 5])).values
    np.testing.assert_allclose(part.embeddings, both.transform(rows), atol=1e-5)


def test_embeddings_that_are_all_the_same_keep_their_scale() -> None:
    assert scale_of(np.ones((4, 2), np.float32)) == 1.0


def test_encoders_of_different_kinds_are_refused(both: SideBySide) -> None:
    texts = TextEncoder()
    with pytest.raises(BadInput, match=r"One encoder reads table, the other text samples\."):
        SideBySide((both.halves[0], texts), (1.0, 1.0))

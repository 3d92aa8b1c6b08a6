"""Masks of pixels as polygons, held against COCO's own library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco

from dalt.data.exchange.drawn import Points, Unfit
from dalt.data.exchange.masks import coco_outlines, cvat_outlines, outlines

Mask = NDArray[np.uint8]


def blob(height: int = 40, width: int = 60) -> Mask:
    """Two parts, one with two holes, one that touches itself at a corner."""
    mask = np.zeros((height, width), dtype=np.uint8)
    mask[5:30, 4:40] = 1
    mask[10:15, 8:20] = mask[20:22, 30:34] = 0
    mask[33:36, 50:53] = mask[36:39, 53:56] = 1
    return mask


def noise(seed: int) -> Mask:
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(2, 40)), int(rng.integers(2, 40)))
    return (rng.random(shape) < rng.choice([0.1, 0.5, 0.9])).astype(np.uint8)


def filled(polygons: list[Points], height: int, width: int) -> Mask:
    """The pixels whose middles lie within polygons, as COCO's own library fills them."""
    flat = [[float(value) for point in part for value in point] for part in polygons]
    return coco.decode(coco.merge(coco.frPyObjects(flat, height, width)))


@pytest.mark.parametrize("mask", [blob(), *(noise(seed) for seed in range(1, 13))])
def test_outlines_cover_exactly_the_mask_with_its_holes(mask: Mask) -> None:
    polygons = outlines(mask.astype(bool))
    assert np.array_equal(filled(polygons, *mask.shape), mask)
    areas = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(part, [*part[1:], part[0]], strict=True))
        for part in polygons
    ]
    assert sum(map(abs, areas)) / 2 == mask.sum()


@pytest.mark.parametrize("mask", [blob(), *(noise(seed) for seed in range(1, 13))])
def test_coco_masks_are_read_compressed_and_as_numbers(mask: Mask) -> None:
    compressed = coco.encode(np.asfortranarray(mask))
    size, counts = compressed["size"], compressed["counts"].decode()
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *changes, flat.size]).tolist()
    for said in (counts, counts.encode(), runs if flat[0] == 0 else [0, *runs]):
        polygons = coco_outlines({"size": size, "counts": said})
        assert np.array_equal(filled(polygons, *mask.shape), mask)


def test_a_mask_of_cvat_lies_where_its_corner_is() -> None:
    # Three rows of four pixels at (10, 20): .xx. / xxxx / ....
    polygons = cvat_outlines([1, 2, 1, 4, 4], 10, 20, 4, 3)
    want = np.zeros((30, 20), dtype=np.uint8)
    want[20, 11:13] = want[21, 10:14] = 1
    assert np.array_equal(filled(polygons, 30, 20), want)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"size": [4, 4]}, "has a mask without run lengths"),
        ({"counts": [16]}, "has a mask without a size"),
        ({"size": "4x4", "counts": [16]}, "has a mask without a size"),
        ({"size": [4, 4], "counts": [16]}, "has an empty mask"),
        ({"size": [4, 4], "counts": [3, 2]}, "has a mask whose run lengths do not fit its size"),
        ({"size": [4, 4], "counts": [3, -2, 15]}, "has a mask without run lengths"),
        ({"size": [4, 4], "counts": [[1], [15]]}, "has a mask without run lengths"),
        ({"size": [4, 4], "counts": [1.5, 14.5]}, "has a mask without run lengths"),
        ({"size": [4, 4], "counts": "!!"}, "has a mask whose run lengths are damaged"),
        ({"size": [4, 4], "counts": "ooooooooooooo"}, "has a mask whose run lengths are damaged"),
        ({"size": [4, 4], "counts": "P"}, "has a mask whose run lengths are damaged"),
        ({"size": [-4, -4], "counts": [16]}, "has a mask whose run lengths do not fit its size"),
        (
            {"size": [1 << 20, 1 << 20], "counts": [0, 1 << 40]},
            "is a mask of 1048576 × 1048576 pixels, more than can be outlined",
        ),
    ],
)
def test_a_damaged_mask_says_what_is_wrong(said: dict[str, Any], why: str) -> None:
    with pytest.raises(Unfit) as caught:
        coco_outlines(said)
    assert str(caught.value) == why


def test_random_text_is_never_more_than_refused() -> None:
    """COCO's own library writes beyond its memory for some of these."""
    rng = np.random.default_rng(0)
    for _ in range(2000):
        text = bytes(rng.integers(48, 112, rng.integers(1, 30), dtype=np.uint8)).decode()
        try:
            polygons = coco_outlines({"size": [5, 7], "counts": text})
        except Unfit:
            continue
        assert filled(polygons, 5, 7).any()

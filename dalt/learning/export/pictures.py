"""Pictures of any size into frames, in the graph: to the bit what Pillow computes for DALT.

ONNX has an operator that resizes with antialiasing, but its results differ from Pillow's by up
to 20 of 255 at some pixels.  So the weights of Pillow's filters are computed here from the sizes
of the picture, and two products apply them, in whole numbers as Pillow does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dalt.learning.encoders.image_frames import Frame
from dalt.learning.export.graph import BYTE, DOUBLE, FLOAT, INT64, Graph

PRECISION = 2.0**22
"""Pillow's weights are whole multiples of the inverse of this."""
GAP = 2.0
"""Pictures are first averaged over blocks if that leaves so many times the pixels."""
LUMA = (19_595, 38_470, 7_471)
"""Shares of red, green and blue in grey, out of 65,536."""


def add_picture_input(graph: Graph, n: int | str = "n") -> str:
    """Declare the input: uint8 of shape (n, height, width, 3); give (n, 3, height, width)."""
    given = graph.input("images", BYTE, [n, "height", "width", 3])
    return graph.cast(graph.op("Transpose", given, perm=[0, 3, 1, 2]), DOUBLE)


def add_frame(graph: Graph, pixels: str, frame: Frame, longest: int) -> str:
    """Reduce pictures to `longest` pixels a side, and put them into frames.

    Parameters
    ----------
    graph : Graph
    pixels : str
        Whole numbers 0 to 255 as double, (n, 3, height, width).
    frame : Frame
    longest : int
        Larger pictures are first reduced to this side, as when they are read.

    Returns
    -------
    str
        Frames (n, channels, side, side), whole numbers as float32.
    """
    write = _Pictures(graph)
    pixels = write.reduced(pixels, longest)
    if frame.channels == 1:
        pixels = write.grey(pixels)
    return write.framed(pixels, frame)


class _Pictures:
    """Steps on pictures; sizes and pixels are double, which holds them exactly."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def reduced(self, pixels: str, longest: int) -> str:
        """As `dalt.data.readers.image_files.picture.reduced`: by a cubic filter."""
        height, width = self._sizes(pixels)
        largest = self._op("Max", height, width)
        scale = self._op("Min", self._op("Div", self._number(longest), largest), self._number(1))
        tall, wide = (self._scaled(side, scale) for side in (height, width))
        block_y, block_x = (self._block(*each) for each in ((height, tall), (width, wide)))
        pixels = self._averaged(pixels, block_y, block_x)
        columns = self._weights(pixels, 3, self._op("Div", width, block_x), wide, _cubic, 2)
        rows = self._weights(pixels, 2, self._op("Div", height, block_y), tall, _cubic, 2)
        return self._resized(pixels, rows, columns)

    def grey(self, pixels: str) -> str:
        """Brightness as Pillow computes it: (n, 1, h, w)."""
        shares = self._graph.constant(np.array(LUMA, np.float64).reshape(1, 3, 1, 1))
        total = self._graph.reduced("ReduceSum", self._op("Mul", pixels, shares), [1])
        rounded = self._op("Add", total, self._number(32_768))
        return self._op("Floor", self._op("Div", rounded, self._number(65_536)))

    def framed(self, pixels: str, frame: Frame) -> str:
        """As `Frame.put`: letterboxed by a linear filter, filled up with the border's mean."""
        graph = self._graph
        height, width = self._sizes(pixels)
        scale = self._op("Div", self._number(frame.content), self._op("Max", height, width))
        tall, wide = (self._scaled(side, scale) for side in (height, width))
        rows = self._weights(pixels, 2, height, tall, _triangle, 1)
        columns = self._weights(pixels, 3, width, wide, _triangle, 1)
        pixels = self._resized(pixels, rows, columns)
        border = self._border(pixels, tall, wide)
        raised = graph.cast(self._op("Sub", pixels, border), FLOAT)
        before = [self._margin(frame.side, side) for side in (tall, wide)]
        after = [
            self._op("Sub", self._op("Sub", self._number(frame.side), side), first)
            for side, first in zip((tall, wide), before, strict=True)
        ]
        margins = [graph.cast(each, INT64) for each in (*before, *after)]
        none = graph.constant([0, 0], np.int64)
        pads = graph.op("Concat", none, *margins[:2], none, *margins[2:], axis=0)
        padded = graph.op("Pad", raised, pads)
        framed = graph.op("Add", padded, graph.cast(border, FLOAT))
        return graph.shaped(framed, [0, frame.channels, frame.side, frame.side])

    # --- sizes --------------------------------------------------------------------------------

    def _sizes(self, pixels: str) -> tuple[str, str]:
        """Height and width, each double of shape (1,)."""
        height, width = (
            self._graph.op("Shape", pixels, start=axis, end=axis + 1) for axis in (2, 3)
        )
        return self._graph.cast(height, DOUBLE), self._graph.cast(width, DOUBLE)

    def _scaled(self, side: str, scale: str) -> str:
        """A side times the scale, rounded half to even as in Python, at least 1."""
        return self._op(
            "Max", self._graph.op("Round", self._op("Mul", side, scale)), self._number(1)
        )

    def _margin(self, side: int, length: str) -> str:
        left = self._op("Sub", self._number(side), length)
        return self._op("Floor", self._op("Div", left, self._number(2)))

    def _block(self, side: str, wanted: str) -> str:
        """How many pixels are averaged before the filter: 1 if the picture is not much larger."""
        ratio = self._op("Div", self._op("Div", side, wanted), self._number(GAP))
        return self._op("Max", self._op("Floor", ratio), self._number(1))

    # --- pixels -------------------------------------------------------------------------------

    def _averaged(self, pixels: str, block_y: str, block_x: str) -> str:
        """Mean of each block, rounded as Pillow rounds it; blocks at the end may be cut."""
        sums, tall = self._summed(pixels, block_y, 2)
        sums, wide = self._summed(sums, block_x, 3)
        tall, wide = self._graph.shaped(tall, [-1, 1]), self._graph.shaped(wide, [1, -1])
        count = self._op("Mul", tall, wide)
        half = self._op("Floor", self._op("Div", count, self._number(2)))
        inverse = self._op("Floor", self._op("Div", self._number(2.0**24), count))
        product = self._op("Mul", self._op("Add", sums, half), inverse)
        return self._op("Floor", self._op("Div", product, self._number(2.0**24)))

    def _summed(self, pixels: str, block: str, axis: int) -> tuple[str, str]:
        """Sums over blocks along an axis, and how many pixels each has."""
        graph = self._graph
        side = graph.cast(graph.op("Shape", pixels, start=axis, end=axis + 1), DOUBLE)
        n_blocks = self._op("Ceil", self._op("Div", side, block))
        index = self._range(n_blocks)
        first = self._op("Mul", index, block)
        last = self._op("Min", self._op("Add", first, block), side)
        running = graph.op("CumSum", pixels, graph.constant(np.int64(axis)))
        at_end, before = (
            graph.op("Gather", running, graph.cast(places, INT64), axis=axis)
            for places in (
                self._op("Sub", last, self._number(1)),
                self._op("Max", self._op("Sub", first, self._number(1)), self._number(0)),
            )
        )
        # There is nothing before the first block.
        there = graph.cast(self._op("Min", first, self._number(1)), DOUBLE)
        shape = [1, 1, 1, 1]
        shape[axis] = -1
        before = self._op("Mul", before, graph.shaped(there, shape))
        return self._op("Sub", at_end, before), self._op("Sub", last, first)

    def _weights(
        self,
        pixels: str,
        axis: int,
        covered: str,
        wanted: str,
        weigh: Callable[[_Pictures, str], str],
        support: float,
    ) -> str:
        """Weight of each pixel of an axis in each of the wanted ones: (wanted, side)."""
        graph = self._graph
        side = graph.cast(graph.op("Shape", pixels, start=axis, end=axis + 1), DOUBLE)
        scale = self._op("Div", covered, wanted)
        stretched = self._op("Max", scale, self._number(1))
        half = self._number(0.5)
        middles = self._op("Mul", self._op("Add", self._range(wanted), half), scale)
        places = self._op("Add", self._range(side), half)
        away = self._op("Sub", graph.shaped(places, [1, -1]), graph.shaped(middles, [-1, 1]))
        away = graph.op("Abs", self._op("Div", away, stretched))
        away = self._op("Min", away, self._number(support))
        weights = weigh(self, away)
        shares = self._op("Div", weights, graph.reduced("ReduceSum", weights, [1]))
        whole = self._op("Mul", shares, self._number(PRECISION))
        rounded = self._op("Floor", self._op("Add", graph.op("Abs", whole), half))
        return self._op("Mul", rounded, graph.op("Sign", whole))

    def _resized(self, pixels: str, rows: str, columns: str) -> str:
        """Filter along rows, round to bytes, filter along columns, round again."""
        graph = self._graph
        across = graph.op("MatMul", pixels, graph.op("Transpose", columns, perm=[1, 0]))
        return self._bytes(graph.op("MatMul", rows, self._bytes(across)))

    def _bytes(self, sums: str) -> str:
        raised = self._op("Add", sums, self._number(PRECISION / 2))
        whole = self._op("Floor", self._op("Div", raised, self._number(PRECISION)))
        return self._op("Min", self._op("Max", whole, self._number(0)), self._number(255))

    def _border(self, pixels: str, tall: str, wide: str) -> str:
        """Mean of the outermost pixels, corners twice, rounded: (n, channels, 1, 1)."""
        graph = self._graph
        total = self._number(0)
        for axis, other in ((2, 3), (3, 2)):
            for place in (0, -1):
                index = graph.constant([place], np.int64)
                line = graph.op("Gather", pixels, index, axis=axis)
                total = self._op("Add", total, graph.reduced("ReduceSum", line, [other]))
        count = self._op("Mul", self._op("Add", tall, wide), self._number(2))
        return graph.op("Round", self._op("Div", total, count))

    # --- arithmetic ---------------------------------------------------------------------------

    def number(self, value: float) -> str:
        """A double of shape (1,)."""
        return self._number(value)

    def op(self, kind: str, *values: str) -> str:
        """An operator on doubles."""
        return self._op(kind, *values)

    def _number(self, value: float) -> str:
        return self._graph.constant(np.array([value], np.float64))

    def _op(self, kind: str, *values: str) -> str:
        return self._graph.op(kind, *values)

    def _range(self, n: str) -> str:
        """0, 1, 2 … as double; `n` is of shape (1,)."""
        graph = self._graph
        ends = (np.float64(0), np.float64(1))
        first, step = (graph.constant(each) for each in ends)
        return graph.op("Range", first, graph.op("Squeeze", n), step)


def _triangle(write: _Pictures, away: str) -> str:
    """The linear filter, for distances of at most 1."""
    return write.op("Sub", write.number(1), away)


def _cubic(write: _Pictures, away: str) -> str:
    """Pillow's cubic filter (its parameter is -0.5), for distances of at most 2."""
    near = _polynomial(write, away, (1.5, -2.5, 0.0, 1.0))
    far = _polynomial(write, away, (-0.5, 2.5, -4.0, 2.0))
    return write.op("Where", write.op("Less", away, write.number(1)), near, far)


def _polynomial(write: _Pictures, value: str, factors: tuple[float, ...]) -> str:
    total = write.number(factors[0])
    for factor in factors[1:]:
        total = write.op("Add", write.op("Mul", total, value), write.number(factor))
    return total

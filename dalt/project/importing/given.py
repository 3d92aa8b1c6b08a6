"""The labels that a file has given so far, so a second one for the same sample is noticed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import LabelValue

BLOCK = 4_096
"""Samples whose labels are kept together: a file can be about a few of millions, or all."""


class Given:
    """Remembers labels by sample and annotator: eight bytes each, whatever the file's length.

    Examples
    --------
    >>> given = Given()
    >>> given.contradicts(7, "ana", "cat"), given.contradicts(7, "ana", "cat")
    (None, False)
    >>> given.contradicts(7, "ana", "dog"), given.contradicts(7, "ben", "dog")
    (True, None)
    """

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, int], NDArray[np.int64]] = {}

    def contradicts(self, position: int, annotator: str, label: LabelValue) -> bool | None:
        """Whether another label was given before; None the first time, and then it is kept.

        Parameters
        ----------
        position : int
            The sample's.
        annotator : str
        label : LabelValue
        """
        place = annotator, position // BLOCK
        block = self._blocks.get(place)
        if block is None:
            block = self._blocks[place] = np.zeros(BLOCK, np.int64)
        said, now = hash(label) or 1, int(block[position % BLOCK])
        if now == 0:
            block[position % BLOCK] = said
            return None
        return now != said

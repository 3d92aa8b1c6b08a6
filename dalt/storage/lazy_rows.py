"""A table of any length as a sequence, read a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from dalt.core.records import Sample

PAGE = 1_000


class Pages(Sequence[Sample]):
    """The samples at some positions of the pool; it holds one page of them.

    Reading in order queries the database once per page, so a pool of millions takes no more
    memory than a small one.

    Parameters
    ----------
    read : callable
        Returns the samples from a position up to, not including, another.
    positions : range

    Examples
    --------
    >>> pages = Pages(lambda first, last: [Sample(str(i), "text", "") for i in range(first, last)],
    ...               range(2_500))
    >>> len(pages), pages[1_999].id, [sample.id for sample in pages[-2:]]
    (2500, '1999', ['2498', '2499'])
    """

    def __init__(self, read: Callable[[int, int], list[Sample]], positions: range) -> None:
        self._read = read
        self._positions = positions
        self._held: tuple[int, list[Sample]] = (-1, [])

    def __len__(self) -> int:
        """Count the samples."""
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> Pages: ...
    def __getitem__(self, index: int | slice) -> Sample | Pages:
        """Read one sample; a slice reads nothing yet."""
        if isinstance(index, slice):
            return Pages(self._read, self._positions[index])
        number, offset = divmod(self._positions[index], PAGE)
        held, page = self._held  # read and replaced at once: several threads may read
        if held != number:
            page = self._read(number * PAGE, (number + 1) * PAGE)
            self._held = number, page
        return page[offset]

    def __iter__(self) -> Iterator[Sample]:
        """Read them in order."""
        return (self[index] for index in range(len(self)))

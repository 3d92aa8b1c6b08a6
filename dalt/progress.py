"""Progress of long work, as a bar or to a callable (floor 0)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dalt.records import Progress

if TYPE_CHECKING:
    from tqdm import tqdm

Reporter = Progress


@contextmanager
def reporting(progress: Progress | bool) -> Iterator[Reporter]:
    """Give what long work reports to.

    Parameters
    ----------
    progress : bool or callable
        True shows a bar (in a notebook as a widget), False nothing, a callable is given
        ``(what, done, total)``.

    Examples
    --------
    >>> said = []
    >>> with reporting(lambda what, done, total: said.append((what, done, total))) as report:
    ...     report("reading", 1, 2)
    >>> said
    [('reading', 1, 2)]
    """
    if callable(progress):
        yield progress
    elif not progress:
        yield _nothing
    else:
        bars = _Bars()
        try:
            yield bars
        finally:
            bars.close()


def _nothing(what: str, done: int, total: int) -> None:
    """Report to nobody."""


class _Bars:
    """One bar at a time, a new one when other work begins."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        from tqdm.auto import tqdm

        if self._bar is None or self._bar.desc.removesuffix(": ") != what:
            self.close()
            self._bar = tqdm(desc=what, total=total)
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

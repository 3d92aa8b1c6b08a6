"""Progress of long work, as a bar or to a callable (floor 1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dalt.records import Progress

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
        self._bar: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        from tqdm.auto import tqdm

        bar = self._bar
        if bar is None or bar.desc.removesuffix(": ") != what:
            self.close()
            bar = self._bar = tqdm(desc=what, total=total)
        bar.total = total
        bar.update(done - bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

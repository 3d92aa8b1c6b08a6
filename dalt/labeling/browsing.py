"""Looking through a pool without holding anything: where nothing can be written."""

from __future__ import annotations

from dalt.core.arguments import WHOLE, takes
from dalt.core.records import Assignment, Lease, Sample, utc_now
from dalt.labeling.context import SessionContext
from dalt.labeling.suggesting import Suggester

_NOBODY = "reading"
"""What stands in a lease that nobody holds."""


class Browser:
    """Gives samples to look at in the order of the pool.

    Parameters
    ----------
    context : SessionContext
    suggester : Suggester
    """

    def __init__(self, context: SessionContext, suggester: Suggester) -> None:
        self._context = context
        self._suggester = suggester

    @property
    def read_only(self) -> bool:
        """Whether nothing can be recorded where the project lies."""
        return self._context.store.read_only

    @takes(n=WHOLE, after=WHOLE)
    def browse(self, n: int = 6, *, after: int = -1) -> list[Assignment]:
        """Samples to look at, from the whole pool; nobody holds them, and none can be answered.

        Parameters
        ----------
        n : int
            How many at most.
        after : int
            Position of the last one that was seen; -1 begins at the first.

        Returns
        -------
        list of Assignment
            With what the model suggests, as this annotator would get it; at the end of the pool
            they are fewer.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> ids = project.add_texts(["one", "two", "three"], progress=False)
        >>> with project.session("ana") as session:
        ...     [each.sample.position for each in session.browse(2, after=0)]
        [1, 2]
        >>> project.close()
        """
        samples = self._samples(n, after)
        lease = Lease("", self._context.annotator, _NOBODY, utc_now())
        return [
            Assignment(sample, suggestion, lease, None)
            for sample, suggestion in zip(
                samples, self._suggester.suggest_for(samples), strict=True
            )
        ]

    def _samples(self, n: int, after: int) -> list[Sample]:
        store = self._context.store
        pool, at = store.samples.all(), max(after + 1, 0)
        found: list[Sample] = []
        while len(found) < n and at < len(pool):
            part = [pool[position] for position in range(at, min(at + n, len(pool)))]
            there = store.samples.known([each.id for each in part])
            found += [each for each in part if each.id in there]  # others were removed
            at += len(part)
        return found[:n]

"""Viewing: the raw content of samples, as a page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dalt.core.arguments import SAMPLE_ID, SAMPLE_IDS, TRUTH, WHOLE, takes
from dalt.core.records import Display, Sample
from dalt.data.sources import SampleFiles
from dalt.labeling.arguments import SAMPLE
from dalt.labeling.context import SessionContext

VALUES = 5
"""Values of one column that stand beside a sample, where several rows have it."""


class SampleViewer:
    """Finds samples and shows their content.

    Parameters
    ----------
    context : SessionContext
    files : SampleFiles
        Reads the raw content.
    """

    def __init__(self, context: SessionContext, files: SampleFiles) -> None:
        self._context = context
        self._files = files

    @takes(sample_id=SAMPLE_ID)
    def sample(self, sample_id: str) -> Sample:
        """A sample of the pool.

        Raises
        ------
        UnknownSample
            If there is none of that id.
        """
        return self._context.store.samples.get(sample_id)

    @takes(sample_ids=SAMPLE_IDS)
    def details(self, sample_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
        """The columns that ``[page] show`` names, with their values, by sample.

        They are of the frame that a sample came from; a value that is missing is empty.  Where
        several rows have the same sample, their values stand beside one another, each once.
        Where nothing is to be shown there is nothing.
        """
        names = self._context.settings.page.show
        if not names:
            return {}
        known = self._context.store.details.of(sample_ids)
        found = {}
        for sample_id in sample_ids:
            rows = list(known.get(sample_id, {}).values())
            found[sample_id] = [(name, _joined(row.get(name) for row in rows)) for name in names]
        return found

    @takes(sample=SAMPLE, full=TRUTH)
    def display(self, sample: Sample, full: bool = False) -> Display:
        """The raw content of a sample as the page shows it; `full` is for a close look."""
        return self._files.display(sample, full)

    @takes(sample=SAMPLE, side=WHOLE)
    def thumbnail(self, sample: Sample, side: int) -> Display:
        """A sample as the page shows it, pictures of at most `side` pixels a side."""
        return self._files.thumbnail(sample, side)

    @takes(sample=SAMPLE)
    def size(self, sample: Sample) -> tuple[int, int]:
        """Return width and height of a picture in its own pixels, the unit of regions.

        Raises
        ------
        BadInput
            If its file is gone or can no longer be read.
        """
        return self._files.size(sample)


def _joined(values: Iterable[object]) -> str:
    """The different values of one column; of many the first ones, and how many there are."""
    each = [value for value in dict.fromkeys(map(_text, values)) if value]
    more = len(each) - VALUES
    return " · ".join(each[:VALUES] + [f"… (+{more})"] * (more > 0))


def _text(value: object) -> str:
    return "" if value is None else str(value)

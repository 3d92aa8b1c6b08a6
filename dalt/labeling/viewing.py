"""Viewing: the raw content of samples, as a page shows it."""

from __future__ import annotations

from dalt.core.arguments import SAMPLE_ID, TRUTH, WHOLE, takes
from dalt.core.records import Display, Sample
from dalt.data.sources import SampleFiles
from dalt.labeling.arguments import SAMPLE
from dalt.labeling.context import SessionContext


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

"""The check of a label against its sample: the same for answers and for imported labels."""

from __future__ import annotations

from collections.abc import Callable

from dalt.core.records import BadInput, ClassSet, LabelValue, Region, Sample
from dalt.core.settings.settings import KINDS
from dalt.data.sources import SampleFiles


class LabelChecker:
    """Checks labels by a project's classes and by the samples that they are for.

    Parameters
    ----------
    classes : ClassSet
    task : str
        The project's task, such as "boxes".
    files : SampleFiles
        Says how large a sample with regions is.
    """

    def __init__(self, classes: ClassSet, task: str, files: SampleFiles) -> None:
        self.classes = classes
        self._task = task
        self._files = files

    def checked(self, label: object, sample: Callable[[], Sample]) -> LabelValue:
        """Return a label as it is recorded.

        Parameters
        ----------
        label : object
        sample : callable
            Gives the sample; called only where regions are marked.

        Raises
        ------
        UnknownClass
            If the project has no such class.
        BadInput
            If the label has several classes where a sample has one, or a region is outside
            its sample.
        """
        checked = self.classes.checked(label)
        if self.classes.shape is None:
            return checked
        return self._placed(sample(), self.classes.regions(checked))

    def _placed(self, sample: Sample, regions: tuple[Region, ...]) -> tuple[Region, ...]:
        """Refuse regions outside their sample; cut those that reach out only a little."""
        if not regions:
            return regions
        if sample.kind != KINDS[self._task]:
            raise BadInput(
                f"{self._task.capitalize()} are marked in samples of kind {KINDS[self._task]}; "
                f"{sample.source!r} is of kind {sample.kind}."
            )
        try:
            if sample.kind == "image":
                width, height = self._files.size(sample)
            else:
                length = len(self._files.display(sample, full=True).text)
        except (OSError, BadInput):
            return regions  # its file is gone: keep what was marked while it was there
        if sample.kind == "image":
            return tuple(region.cut_to(width, height) for region in regions)
        return _within(length, regions)


def _within(length: int, spans: tuple[Region, ...]) -> tuple[Region, ...]:
    """Refuse spans that reach beyond a text of `length` characters."""
    for span in spans:
        if span.end > length:
            raise BadInput(
                f"The span {span.start}–{span.end} reaches beyond its text of {length} "
                "characters; start and end count code points."
            )
    return spans

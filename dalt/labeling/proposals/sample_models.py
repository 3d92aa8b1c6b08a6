"""Models of regions that take samples and read their texts or pictures."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

from dalt.core.records import ClassSet, Proposal, Region, Sample
from dalt.data.sources import SampleFiles
from dalt.labeling.proposals.regions import LONGEST, Picture, RegionModel, look
from dalt.labeling.proposals.spans import SpanModel

_KEPT_PICTURES = 64
_KEPT_BYTES = 8_000_000
"""Pictures are kept for a second look, within a kernel's memory: some ten large ones, more
than a page holds ahead."""


class SampleModel(Protocol):
    """Learns from samples what is marked in them."""

    def learn(self, sample: Sample, regions: Sequence[Region], by: int = 1) -> None:
        """Learn a sample with all that is marked in it, or unlearn it (`by` is -1)."""

    def propose(self, sample: Sample) -> list[Proposal]:
        """The regions that are likely to be marked."""

    def rank(self, sample: Sample, region: Region) -> list[tuple[str, float]]:
        """The classes of a region, the likeliest first."""


class SampleModels:
    """Makes the models of a project's task.

    Parameters
    ----------
    files : SampleFiles
        Reads texts and pictures.
    """

    def __init__(self, files: SampleFiles) -> None:
        self._files = files
        self._pictures = PictureCache(files)

    def new(self, classes: ClassSet) -> SampleModel:
        """A model of regions that has learned nothing yet."""
        if classes.shape == "span":
            return _TextModel(SpanModel(classes.names), self._text_of)
        model = RegionModel(classes.names, classes.shape or "box")
        return _PictureModel(model, self._pictures.picture_of)

    def _text_of(self, sample: Sample) -> str:
        return self._files.display(sample, full=True).text


class _TextModel:
    """Spans in the texts of samples."""

    def __init__(self, model: SpanModel, text_of: Callable[[Sample], str]) -> None:
        self._model = model
        self._text_of = text_of

    def learn(self, sample: Sample, regions: Sequence[Region], by: int = 1) -> None:
        (self._model.learn if by > 0 else self._model.forget)(self._text_of(sample), regions)

    def propose(self, sample: Sample) -> list[Proposal]:
        return self._model.propose(self._text_of(sample))

    def rank(self, sample: Sample, region: Region) -> list[tuple[str, float]]:
        return self._model.rank(self._text_of(sample), region.start, region.end)


class _PictureModel:
    """Regions in the pictures of samples."""

    def __init__(self, model: RegionModel, picture_of: Callable[[Sample], Picture]) -> None:
        self._model = model
        self._picture_of = picture_of

    def learn(self, sample: Sample, regions: Sequence[Region], by: int = 1) -> None:
        (self._model.learn if by > 0 else self._model.forget)(self._picture_of(sample), regions)

    def propose(self, sample: Sample) -> list[Proposal]:
        return self._model.propose(self._picture_of(sample))

    def rank(self, sample: Sample, region: Region) -> list[tuple[str, float]]:
        return self._model.rank(self._picture_of(sample), region)


class PictureCache:
    """Pictures as the model looks at them; the newest ones are kept.

    Parameters
    ----------
    files : SampleFiles
    """

    def __init__(self, files: SampleFiles) -> None:
        self._files = files
        self._pictures: OrderedDict[str, Picture] = OrderedDict()

    def picture_of(self, sample: Sample) -> Picture:
        """A sample's picture.

        Raises
        ------
        BadInput
            If it can no longer be read.
        """
        if sample.id not in self._pictures:
            width, height = self._files.size(sample)
            pixels = self._files.load(sample, LONGEST)
            scale = max(width, height) / max(pixels.shape[:2])  # type: ignore[union-attr]
            self._pictures[sample.id] = look(pixels, scale)  # type: ignore[arg-type]
            self._make_room()
        self._pictures.move_to_end(sample.id)
        return self._pictures[sample.id]

    def _make_room(self) -> None:
        """Drop the pictures that were looked at longest ago; the newest one stays."""
        n_bytes = sum(picture.n_bytes for picture in self._pictures.values())
        while len(self._pictures) > 1 and (
            n_bytes > _KEPT_BYTES or len(self._pictures) > _KEPT_PICTURES
        ):
            n_bytes -= self._pictures.popitem(last=False)[1].n_bytes

"""What an item's label means in this project: checked as an answer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from dalt.core.records import BadInput, ClassSet, LabelValue, Sample
from dalt.core.settings.settings import Settings
from dalt.data.formats import Imported
from dalt.data.sources import SampleFiles
from dalt.labeling.label_checks import LabelChecker
from dalt.project.importing import pictures, spans
from dalt.project.importing.class_names import ClassNames

MOST_KEPT = 10_000
"""Different labels that are checked once and remembered."""


class LabelMeaning:
    """Turns labels as files have them into labels that the store records.

    Parameters
    ----------
    settings : Settings
    files : SampleFiles
    """

    def __init__(self, settings: Settings, files: SampleFiles) -> None:
        self._settings = settings
        self._files = files
        self._use(settings.class_set)

    def _use(self, classes: ClassSet) -> None:
        self.classes = classes
        self._names = ClassNames(classes)
        self._checker = LabelChecker(classes, self._settings.task, self._files)
        self._plain: dict[str, LabelValue] = {}  # most labels are one of a few names

    def add_class(self, name: str) -> None:
        """Know one more class from now on."""
        self._use(replace(self.classes, names=(*self.classes.names, name)))

    def unknown(self, item: Imported) -> list[str]:
        """The names in an item's label that are no classes of the project."""
        if isinstance(item.label, str) and item.label in self._plain:
            return []
        return self._names.unknown(self._names.read(item.label))

    def of(self, item: Imported, sample: Sample | None) -> LabelValue:
        """The label of an item as it is recorded.

        Parameters
        ----------
        item : Imported
        sample : Sample, optional
            Needed where regions are marked.

        Raises
        ------
        UnknownClass, BadInput
            As for an answer on the page (`LabelChecker`); or if the file is about a picture of
            another size, or about another text.
        """
        plain = isinstance(item.label, str) and self.classes.shape is None
        if plain and item.label in self._plain:
            return self._plain[item.label]
        label = self._names.read(item.label)
        if _is_missing(label, self.classes):
            raise BadInput("It has no label.")
        if sample is None:
            checked = self._checker.checked(label, _no_sample)
            if plain and len(self._plain) < MOST_KEPT:
                self._plain[item.label] = checked
            return checked
        if isinstance(label, list):
            label = self._placed(label, item, sample)
        return self._checker.checked(label, lambda: sample)

    def _placed(self, regions: list[Any], item: Imported, sample: Sample) -> list[Any]:
        if not regions or not all(isinstance(each, Mapping) for each in regions):
            return regions
        content = _Content(self._files, sample)
        if sample.kind == "text" and any("text" in each for each in regions):
            return spans.settled(regions, content.text)
        if sample.kind == "image" and (item.size or any(each.get("shares") for each in regions)):
            return pictures.placed(regions, item.size, content.size, lambda: content.orientation)
        return regions


class _Content:
    """What labels are compared with; read when it is needed."""

    def __init__(self, files: SampleFiles, sample: Sample) -> None:
        self._files = files
        self._sample = sample

    @cached_property
    def text(self) -> str:
        return self._files.display(self._sample, full=True).text

    @cached_property
    def size(self) -> tuple[int, int]:
        return self._files.size(self._sample)

    @cached_property
    def orientation(self) -> int:
        return self._files.orientation(self._sample)


def _no_sample() -> Sample:
    raise AssertionError("classes of whole samples need no sample")


def _is_missing(label: Any, classes: ClassSet) -> bool:
    """Whether a label says nothing; an empty list does where a sample has exactly one class."""
    one = not classes.multi and classes.shape is None
    return label is None or label == "" or (one and label == []) or label != label

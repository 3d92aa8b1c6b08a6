"""Taking items of a file into a project: matching, checking and recording them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dalt.core.arguments import LONGEST_NAME, is_text
from dalt.core.errors import shown
from dalt.core.records import BadInput, BadSettings, LabelValue, Region, Sample, UnknownClass
from dalt.data.formats import Imported, Item, Unusable
from dalt.project.classes import ClassEditor
from dalt.project.importing.given import Given
from dalt.project.importing.meaning import LabelMeaning
from dalt.project.importing.report import Tally
from dalt.project.resolving.outcomes import Match
from dalt.project.resolving.resolver import Resolver
from dalt.project.training import Training
from dalt.project.workspace import Workspace
from dalt.storage.imports import FORMER_KEY, ImportedLabel

IMPORTED = "import"
"""Whom imported labels come from, where the file does not say."""
MOST_NEW_CLASSES = 1_000
"""More classes than that are a column of something else."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the labels of a file are to be taken.

    Attributes
    ----------
    annotator : str
        Whom they come from, where the file does not say.
    root : Path, optional
        The folder that paths in the file are relative to.
    create_classes : bool
        Whether to make the classes that the project does not have.
    """

    annotator: str
    root: Path | None
    create_classes: bool


class Intake:
    """Takes the items of one file, part by part.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Wakes its trainer when a class is made.
    resolver : Resolver
        Finds the samples.
    wishes : Wishes
    tally : Tally
        Counts what happens to the items.
    record : bool
        Whether to record labels; otherwise only to look what would be recorded.
    """

    def __init__(
        self,
        workspace: Workspace,
        training: Training,
        resolver: Resolver,
        wishes: Wishes,
        tally: Tally,
        *,
        record: bool,
    ) -> None:
        self._store = workspace.store
        self._editor = ClassEditor(workspace, training)
        self._resolver = resolver
        self._wishes = wishes
        self._tally = tally
        self._record = record
        self._meaning = LabelMeaning(workspace.settings, workspace.files)
        self._given = Given()
        self._old = workspace.store.imports.has_former_keys()

    def take(self, items: Sequence[Item], before: int) -> None:
        """Match, check and record items; `before` of them came earlier."""
        usable: list[tuple[int, Imported]] = []
        for number, item in enumerate(items, before):
            if isinstance(item, Unusable):
                self._tally.skip(item.where, item.why)
            elif wrong := _no_name(item):
                self._tally.skip(item.where, wrong)
            else:
                usable.append((number, item))
        matches = self._resolver.find([item for _, item in usable])
        samples = self._samples([each for each in matches if isinstance(each, Match)])
        labels: list[ImportedLabel] = []
        places: dict[str, str] = {}
        for (number, item), match in zip(usable, matches, strict=True):
            if isinstance(match, str):
                self._tally.skip(item.where, match)
            elif made := self._label(number, item, match, samples.get(match.sample_id)):
                labels.append(made)
                places[made.key] = item.where
        self._finish(labels, places)

    def _samples(self, matches: Sequence[Match]) -> Mapping[str, Sample]:
        """The samples themselves, where regions are marked in them."""
        if self._meaning.classes.shape is None:
            return {}
        return self._store.samples.by_ids([each.sample_id for each in matches])

    def _label(
        self, number: int, item: Imported, match: Match, sample: Sample | None
    ) -> ImportedLabel | None:
        try:
            if self._wishes.create_classes:
                self._make_classes(item)
            label = self._meaning.of(item, sample)
        except (BadInput, BadSettings, UnknownClass) as error:
            self._tally.skip(item.where, str(error))
            self._tally.lacks_classes |= isinstance(error, UnknownClass)
            return None
        for part in item.left_out:
            self._tally.skip(item.where, part)
        if item.left_out and not label:
            return None  # not "nothing is there": what is there cannot be imported
        annotator = item.annotator or self._wishes.annotator
        if not is_text(annotator):
            self._tally.skip(item.where, f"has an annotator that is no text: {shown(annotator)}")
            return None
        if len(annotator) > LONGEST_NAME:
            why = f"has an annotator of more than {LONGEST_NAME} characters: {shown(annotator)}"
            self._tally.skip(item.where, why)
            return None
        contradicts = self._given.contradicts(match.position, annotator, label)
        if contradicts:
            self._tally.skip(item.where, _SECOND.format(annotator=annotator))
        elif contradicts is False:
            self._tally.unchanged += 1
        else:
            key = _key(number, match.sample_id, annotator, label)
            former = _former_key(number, match.sample_id, annotator, label) if self._old else ""
            return ImportedLabel(match.sample_id, label, annotator, key, former)
        return None

    def _make_classes(self, item: Imported) -> None:
        for name in self._meaning.unknown(item):
            if len(self._tally.classes) == MOST_NEW_CLASSES:
                raise BadInput(
                    f"{MOST_NEW_CLASSES:,} classes are made already; is this the column of the "
                    "labels?"
                )
            if self._record:
                self._editor.add_class(name)
            self._meaning.add_class(name)
            self._tally.classes.append(name)

    def _finish(self, labels: Sequence[ImportedLabel], places: Mapping[str, str]) -> None:
        imports, present = self._store.imports, self._meaning.classes.present
        done = (
            imports.add(labels, IMPORTED, present)
            if self._record
            else imports.compare(labels, present)
        )
        self._tally.new += done.new
        self._tally.unchanged += done.unchanged
        for each in done.outdated:
            why = f"was imported before, and {each.annotator} has answered otherwise since"
            self._tally.outdate(places[each.key], why)


_SECOND = (
    "is a second, different label of {annotator} for the same sample in this file; the first counts"
)


def _no_name(item: Imported) -> str:
    """What is wrong with the names of a sample: nothing, or one that no database takes."""
    for name in (item.sample_id, item.row, item.source, item.text):
        if name is not None and not is_text(name):
            return f"names its sample by {shown(name)}, which is no valid text"
    return ""


def _key(number: int, sample_id: str, annotator: str, label: LabelValue) -> str:
    """Equal for the same item of the same file, and different for any other label.

    Keys of one file are ascending: the database writes them one beside another.
    """
    said = label if isinstance(label, str) else json.dumps(label, default=Region.to_json)
    whole = f"{sample_id}\0{annotator}\0{said}".encode()
    digest = hashlib.blake2b(whole, digest_size=16).hexdigest()
    return f"imported:{number:010d}:{digest}"


def _former_key(number: int, sample_id: str, annotator: str, label: LabelValue) -> str:
    """The same as DALT 0.2 wrote it."""
    said = json.dumps([number, sample_id, annotator, label], default=Region.to_json)
    return f"{FORMER_KEY}{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"

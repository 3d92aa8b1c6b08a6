"""Exporting and importing a project's labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from dalt.core.arguments import NAME, PATH, PROGRESS, TEXT, TRUTH, optional, takes
from dalt.core.errors import shown
from dalt.core.progress import Reporter, reporting
from dalt.core.records import BadInput, ClassSet, DaltError, LabelValue, Region, Sample
from dalt.data.formats import (
    ROWS,
    Content,
    Entry,
    Imported,
    Item,
    Unusable,
    format_of,
    read_any,
    write_entries,
    write_labels,
)
from dalt.project import plans
from dalt.project.export_targets import not_raw, outside_projects
from dalt.project.frames import labels as frames
from dalt.project.frames.annotators import CONSENSUS, consensus_rows
from dalt.project.matching import Matching, as_listed
from dalt.project.plans import Report
from dalt.project.training import Training
from dalt.project.workspace import Workspace
from dalt.storage.imports import ImportedLabel

IMPORTED = "import"
"""Whom imported labels come from, where the file does not say."""
LOOKED_UP = 5_000
REPORTED_EVERY = 20
T = TypeVar("T")


class LabelExchange:
    """Writes the labels of a project to files, and takes labels from them.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Wakes its trainer after an import.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(path=PATH, format=optional(TEXT), labels=TEXT, excel=TRUTH, progress=PROGRESS)
    def export(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        labels: Literal["each", "consensus"] = "each",
        excel: bool = False,
        progress: Report = True,
    ) -> int:
        """Write the current labels to a file or folder, which appears whole or not at all.

        Parameters
        ----------
        path : str or Path
        format : str, optional
            "csv", "xlsx", "jsonl" or "parquet", by default from the ending; or one with the
            samples too: "imagefolder", "huggingface", "yolo", "coco", "label-studio".
        labels : {"each", "consensus"}
            Those of each annotator (`labels`), or one for each sample (`consensus`).
        excel : bool
            Write csv for spreadsheets: with a byte order mark, and times as they take them, in
            UTC.
        progress : bool or callable
            A line is shown where it takes longer than a second.

        Returns
        -------
        int
            How many labels were written.

        Raises
        ------
        BadInput
            If there is no such format or no such folder, the format cannot hold the labels, or
            `path` is in a project or is one of the files that the project was made from.
        """
        if labels not in ("each", "consensus"):
            raise BadInput(f"labels={shown(labels)}: it is 'each' or 'consensus'.")
        name = format_of(Path(path), format)
        self._check_target(Path(path).expanduser())
        classes = self._workspace.class_set
        agreed = labels == "consensus"
        with reporting(progress, "Exporting", patience=plans.PATIENCE) as report:
            if name not in ROWS:
                if excel:
                    raise BadInput(f"excel=True is for csv and xlsx; {name} is not for them.")
                entries = self._told(self._entries(agreed), report)
                return write_entries(entries, path, name, classes)
            if agreed:
                rows: Iterable[Any] = consensus_rows(self._workspace.store, classes, "one-coin")
            else:
                rows = frames.each_label(self._workspace.store, classes)
            columns = CONSENSUS if agreed else frames.LABELS
            told = self._told(rows, report)
            return write_labels(told, path, name, columns=columns, excel=excel)

    def _check_target(self, path: Path) -> None:
        """Refuse to write where there is no folder, over a part of a project, or over raw data."""
        outside_projects(path)
        if not path.parent.is_dir():
            raise BadInput(
                f"There is no folder {str(path.parent)!r} to write {path.name!r} into; make it "
                "first."
            )
        workspace = self._workspace
        if workspace.kind in ("image", "audio") and path.is_file():
            raw = workspace.files.id_of(workspace.kind, path)
            if raw and workspace.store.samples.known([raw]):
                raise BadInput(f"{str(path)!r} is a sample of this project; name another file.")
        not_raw(path)

    @takes(path=PATH, format=optional(TEXT), annotator=NAME, progress=PROGRESS)
    def import_labels(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        annotator: str = IMPORTED,
        progress: Report = True,
    ) -> int:
        """Take labels from a file or folder, as `export` and other programs write them.

        All labels are checked before any is recorded.  Importing the same file again adds
        nothing; after an interruption the same call goes on.

        Parameters
        ----------
        path : str or Path
            A csv file has the columns ``sample_id``, ``source`` or ``path``, ``label`` and, if
            wanted, ``annotator``.  Paths are absolute, or relative to the folder that holds
            the project, to that of the labels, or to the working folder.
        format : str, optional
            As for `export`; by default DALT recognises it.
        annotator : str
            Whom they come from, where the file does not say.
        progress : bool or callable
            A line is shown where it takes longer than a second.

        Returns
        -------
        int
            How many were new.

        Raises
        ------
        BadInput
            If a label matches no sample or names no class of the project; the message says
            which line.

        Examples
        --------
        >>> import tempfile, dalt
        >>> folder = Path(tempfile.mkdtemp())
        >>> project = dalt.Project.create(folder / "t.dalt", classes=["good", "bad"])
        >>> [sample_id] = project.add_texts(["well done"])
        >>> with (folder / "in.csv").open("w") as file:
        ...     print("sample_id,label", f"{sample_id},good", sep=chr(10), file=file)
        >>> project.import_labels(folder / "in.csv"), project.labels().source[0]
        (1, 'import')
        >>> project.close()
        """
        self._workspace.check_open()
        if not annotator.strip():
            raise BadInput("Imported labels need an annotator: annotator='…'.")
        importing = reporting(progress, "Importing", plans.IMPORTING, patience=plans.PATIENCE)
        with importing as report:
            checked: list[ImportedLabel] = []
            rows = read_any(path, format, self._workspace.class_set)
            while part := list(islice(rows, LOOKED_UP)):
                checked += self._checked(part, str(path), annotator, len(checked))
                report("checking labels", len(checked), len(checked))
            if not checked:
                raise BadInput(f"{str(path)!r} holds no labels.")
            added, store = 0, self._workspace.store
            for first in range(0, len(checked), LOOKED_UP):
                added += store.imports.add(checked[first : first + LOOKED_UP], IMPORTED)
                report("importing labels", min(first + LOOKED_UP, len(checked)), len(checked))
        self._training.wake()
        return added

    def _checked(
        self, items: Sequence[Item], path: str, annotator: str, before: int
    ) -> list[ImportedLabel]:
        """Match rows with the samples and classes that they name."""
        rows: list[Imported] = []
        for item in items:
            if isinstance(item, Unusable):
                raise BadInput(f"{item.where} of {path!r} {item.why}.")
            rows.append(item)
        workspace = self._workspace
        classes = workspace.class_set
        place = Path(path).expanduser().absolute()
        matching = Matching(workspace.store, workspace.files, workspace.kind, place)
        found = []
        for number, (row, matches) in enumerate(
            zip(rows, matching.find(rows), strict=True), before
        ):
            where = f"{row.where} of {path!r}"
            sample_id = matching.only(matches, row, where)
            label = _given(row.label, classes, where)
            key = _key(number, sample_id, row.annotator or annotator, label)
            found.append(ImportedLabel(sample_id, label, row.annotator or annotator, key))
        return found

    # --- what goes out with its samples -------------------------------------------------------

    def _told(self, rows: Iterable[T], report: Reporter) -> Iterator[T]:
        """The same, one after another, reporting progress."""
        workspace = self._workspace
        n_samples = workspace.store.samples.counts().labelled
        total = max(n_samples * workspace.settings.annotations_per_sample, 1)
        for done, row in enumerate(rows):
            if done % REPORTED_EVERY == 0:
                report("writing labels", min(done, total), total)
            yield row
        report("writing labels", total, total)

    def _entries(self, consensus: bool) -> Iterator[Entry]:
        if consensus:
            yield from self._agreed()
            return
        present = self._workspace.class_set.present
        for sample, labels in self._workspace.store.labels.by_sample():
            answers = tuple((annotator, present(label)) for annotator, label in labels)
            yield self._entry(sample, answers)

    def _agreed(self) -> Iterator[Entry]:
        rows = iter(consensus_rows(self._workspace.store, self._workspace.class_set, "one-coin"))
        while part := list(islice(rows, LOOKED_UP)):
            samples = self._workspace.store.samples.by_ids([row["sample_id"] for row in part])
            for row in part:
                label = row["label"]
                agreed = label if isinstance(label, str) else tuple(label)
                yield self._entry(samples[row["sample_id"]], ((row["source"], agreed),))

    def _entry(self, sample: Sample, answers: tuple[tuple[str, LabelValue], ...]) -> Entry:
        return Entry(sample.id, sample.kind, sample.source, answers, lambda: self._content(sample))

    def _content(self, sample: Sample) -> Content:
        files = self._workspace.files
        if sample.kind in ("image", "audio"):
            data, ending = files.file_of(sample)
            width, height = files.size(sample) if sample.kind == "image" else (0, 0)
            return Content(data, ending, width, height)
        raw: Any = files.load(sample)
        return Content(text=raw) if isinstance(raw, str) else Content(row=raw)


def _given(label: Any, classes: ClassSet, where: str) -> LabelValue:
    if isinstance(label, str):
        label = as_listed(label, classes)
    if not classes.multi and isinstance(label, list) and len(label) == 1:
        label = label[0]
    try:
        return classes.checked(label)
    except DaltError as error:
        raise BadInput(f"{where}: {error}") from None


def _key(number: int, sample_id: str, annotator: str, label: LabelValue) -> str:
    """Equal for the same line of the same file, and different for any other label."""
    said = json.dumps([number, sample_id, annotator, label], default=Region.to_json)
    return f"import:{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"

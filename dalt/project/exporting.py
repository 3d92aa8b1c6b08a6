"""Exporting a project's labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from dalt.core.arguments import PATH, PROGRESS, TEXT, TRUTH, optional, takes
from dalt.core.errors import shown
from dalt.core.files import require_folder
from dalt.core.progress import Reporter, reporting
from dalt.core.records import BadInput, LabelValue, Sample
from dalt.core.summaries import counted
from dalt.core.user_warnings import warn_user
from dalt.data.formats import ROWS, Content, Entry, format_of, write_entries, write_labels
from dalt.project import plans
from dalt.project.export_targets import not_raw, outside_projects
from dalt.project.frames.annotators import consensus_rows
from dalt.project.frames.exported import exported_consensus, exported_labels
from dalt.project.frames.labels import MODEL
from dalt.project.plans import Report
from dalt.project.workspace import Workspace

LOOKED_UP = 5_000
REPORTED_EVERY = 20
T = TypeVar("T")


class LabelExporter:
    """Writes the labels of a project to files.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @takes(
        path=PATH,
        format=optional(TEXT),
        labels=TEXT,
        excel=TRUTH,
        model=optional(TRUTH),
        progress=PROGRESS,
    )
    def export(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        labels: Literal["each", "consensus"] = "each",
        excel: bool = False,
        model: bool | None = None,
        progress: Report = True,
    ) -> int:
        """Write the current labels to a file or folder, which appears whole or not at all.

        In csv, jsonl and parquet a label has a row for each source of its sample
        (``sample_source``), and the other columns of the frame that the sample came from follow
        those of DALT; where two have one name, that of the frame gets ``metadata_`` before it.
        A line of jsonl has them as ``metadata``.

        Parameters
        ----------
        path : str or Path
        format : str, optional
            "csv", "xlsx", "jsonl" or "parquet", by default from the ending; or one with the
            samples too: "imagefolder", "huggingface", "yolo", "voc", "labelme", "cvat", "coco",
            "label-studio", "doccano", "prodigy", "spacy", "conll", "argilla", "chat".
        labels : {"each", "consensus"}
            Those of each annotator (`labels`), or one for each sample (`consensus`).
        excel : bool
            Write csv for spreadsheets: with a byte order mark, and times as they take them, in
            UTC.
        model : bool, optional
            Include the labels of a certified model (`Project.finish`), whose source is "model".
            By default they go only into csv, xlsx, jsonl and parquet: elsewhere there is no place
            for their error bound, so the annotator "model" would look like a person.
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
        self._workspace.auditor.look()
        classes = self._workspace.class_set
        agreed = labels == "consensus"
        with reporting(progress, "Exporting", patience=plans.PATIENCE) as report:
            if name not in ROWS:
                if excel:
                    raise BadInput(f"excel=True is for csv and xlsx; {name} is not for them.")
                self._say_left_out(name, model)
                entries = self._told(self._entries(agreed, bool(model)), report)
                return write_entries(entries, path, name, classes)
            exported = exported_consensus if agreed else exported_labels
            rows = exported(
                self._workspace.store, classes, nested=name == "jsonl", model=model is not False
            )
            told = self._told(rows, report)
            write_labels(told, path, name, columns=rows.columns, types=rows.types, excel=excel)
            return rows.n_labels

    def _check_target(self, path: Path) -> None:
        """Refuse to write where there is no folder, over a part of a project, or over raw data."""
        outside_projects(path)
        require_folder(path)
        workspace = self._workspace
        if workspace.kind in ("image", "audio") and path.is_file():
            raw = workspace.files.id_of(workspace.kind, path)
            if raw and workspace.store.samples.known([raw]):
                raise BadInput(f"{str(path)!r} is a sample of this project; name another file.")
        not_raw(path)

    def _say_left_out(self, name: str, model: bool | None) -> None:
        """Warn if labels of a certified model stay out of a format, and nobody asked for that."""
        n_model = 0 if model is not None else self._workspace.store.audits.n_model_labels()
        if n_model:
            warn_user(
                f"{name} has no place for an error bound, so {counted(n_model, 'label')} of the "
                "certified model stayed out; model=True or --with-model writes them too."
            )

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

    def _entries(self, consensus: bool, model: bool) -> Iterator[Entry]:
        yield from self._agreed() if consensus else self._given()
        if model:
            yield from self._certified()

    def _certified(self) -> Iterator[Entry]:
        store, present = self._workspace.store, self._workspace.class_set.present
        labels = store.audits.model_labels()
        while part := list(islice(labels, LOOKED_UP)):
            samples = store.samples.by_ids([each.sample_id for each in part])
            for each in part:
                yield self._entry(samples[each.sample_id], ((MODEL, present(each.label)),))

    def _given(self) -> Iterator[Entry]:
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
        return Entry(
            sample.id,
            sample.kind,
            sample.source,
            answers,
            lambda: self._content(sample),
            guideline=self._workspace.settings.guideline,
        )

    def _content(self, sample: Sample) -> Content:
        files = self._workspace.files
        if sample.kind in ("image", "audio"):
            data, ending = files.file_of(sample)
            width, height = files.size(sample) if sample.kind == "image" else (0, 0)
            return Content(data, ending, width, height)
        raw: Any = files.load(sample)
        return Content(text=raw) if isinstance(raw, str) else Content(row=raw)

"""Importing labels: a file is read, matched, checked and recorded part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dalt.core.arguments import NAME, PATH, PROGRESS, TEXT, TRUTH, optional, takes
from dalt.core.errors import shown
from dalt.core.progress import Reporter, reporting
from dalt.core.records import BadInput, ClassSet, LeftOut
from dalt.core.summaries import FEW, counted, first_of
from dalt.core.user_warnings import warn_user
from dalt.data.formats import Item, Reading, read_any
from dalt.project import plans
from dalt.project.importing.intake import IMPORTED, Intake, Wishes
from dalt.project.importing.report import ImportResult, Tally
from dalt.project.importing.spacing import spaced_as_samples
from dalt.project.plans import Report
from dalt.project.resolving.resolver import Resolver
from dalt.project.training import Training
from dalt.project.workspace import Workspace

AT_ONCE = 20_000
"""Items that are in memory at a time."""


class LabelImporter:
    """Takes labels from files into a project.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Wakes its trainer after an import.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(
        path=PATH,
        format=optional(TEXT),
        annotator=NAME,
        root=optional(PATH),
        strict=TRUTH,
        dry_run=TRUTH,
        create_classes=TRUTH,
        sample=optional(TEXT),
        label=optional(TEXT),
        progress=PROGRESS,
    )
    def import_labels(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        annotator: str = IMPORTED,
        root: str | Path | None = None,
        strict: bool = False,
        dry_run: bool = False,
        create_classes: bool = False,
        sample: str | None = None,
        label: str | None = None,
        progress: Report = True,
    ) -> ImportResult:
        """Take labels from a file or folder, as `export` and other programs write them.

        Each label is checked as an answer on the page is.  What cannot be taken is left out and
        reported; the rest comes in.  Importing the same file again adds nothing; after an
        interruption the same call goes on.

        Parameters
        ----------
        path : str or Path
            A csv file has the columns ``sample_id``, ``source`` or ``path``, ``label`` and, if
            wanted, ``annotator``.  Paths are absolute, or relative to `root`, to the folder that
            holds the project, to that of the labels, or to the working folder; or DALT knows a
            file by its content, or by the ending of its path where only one sample's ends so.
        format : str, optional
            As for `export`; by default DALT recognises it.
        annotator : str
            Whom they come from, where the file does not say.
        root : str or Path, optional
            The folder that paths in the file are relative to.
        strict : bool
            Record nothing if anything would be left out.
        dry_run : bool
            Record nothing; the result says what would happen.
        create_classes : bool
            Make the classes that the project does not have.
        sample, label : str, optional
            The columns or fields that name the samples and that hold the labels, where they have
            other names.
        progress : bool or callable
            A line is shown where it takes longer than a second.

        Returns
        -------
        ImportResult
            How many were new: a number with ``.unchanged``, how many the project had already, and
            ``.skipped``, a frame of what was left out (where, why).

        Warns
        -----
        LeftOut
            If something was left out.

        Raises
        ------
        BadInput
            If the file cannot be read or nothing in it can be taken; the message says which line
            and why.  With `strict` also if anything would be left out.

        Examples
        --------
        >>> import tempfile, dalt
        >>> folder = Path(tempfile.mkdtemp())
        >>> project = dalt.Project.create(folder / "t.dalt", classes=["good", "bad"])
        >>> [sample_id] = project.add_texts(["well done"])
        >>> with (folder / "in.csv").open("w") as file:
        ...     print("sample_id,label", f"{sample_id},good", sep=chr(10), file=file)
        >>> project.import_labels(folder / "in.csv")
        1 label is new.
        >>> project.import_labels(folder / "in.csv").unchanged, project.labels().source[0]
        (1, 'import')
        >>> project.close()
        """
        self._workspace.check_open()
        if not annotator.strip():
            raise BadInput("Imported labels need an annotator: annotator='…'.")
        wishes = Wishes(annotator, _folder(root), create_classes)
        file = _File(Path(path), format, Reading(sample, label))
        with reporting(progress, "Importing", plans.IMPORTING, patience=plans.PATIENCE) as report:
            if strict or dry_run:
                tally = self._run(file, wishes, report, record=False)
            if strict and tally.n_wrong:
                raise BadInput(_refusal(tally, file))
            if not dry_run:
                tally = self._run(file, wishes, report, record=True)
        if not dry_run:
            self._training.wake()
        if not tally.taken and tally.n_wrong == tally.n_skipped:
            raise BadInput(_nothing(tally, file))
        if tally.n_skipped:
            warn_user(_left_out(tally), LeftOut)
        return ImportResult(tally, dry_run)

    def _run(self, file: _File, wishes: Wishes, report: Reporter, *, record: bool) -> Tally:
        tally = Tally()
        what = "importing labels" if record else "checking labels"
        workspace = self._workspace
        place = file.path.expanduser().absolute()
        resolver = Resolver(workspace.store, workspace.files, workspace.kind, place, wishes.root)
        intake = Intake(workspace, self._training, resolver, wishes, tally, record=record)
        done = 0
        try:
            read = spaced_as_samples(file.items(workspace.class_set), workspace)
            for items in _parts(read):
                intake.take(items, done)
                done += len(items)
                report(what, done, done)
        except BadInput as error:
            if record and tally.new:
                raise BadInput(
                    f"{error} {counted(tally.new, 'label')} before that "
                    f"{'is' if tally.new == 1 else 'are'} recorded; import the corrected file, "
                    "and no label counts twice."
                ) from error
            raise
        return tally


@dataclass(frozen=True, slots=True)
class _File:
    """A file of labels, and how it is read."""

    path: Path
    format: str | None
    reading: Reading

    def items(self, classes: ClassSet) -> Iterator[Item]:
        return read_any(self.path, self.format, classes, self.reading)


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    items = iter(items)
    while part := list(islice(items, AT_ONCE)):
        yield part


def _folder(root: str | Path | None) -> Path | None:
    if root is None:
        return None
    if not Path(root).expanduser().is_dir():
        raise BadInput(f"There is no folder {shown(root, 200)}, which paths should start from.")
    return Path(root).expanduser().absolute()


# --- sentences ------------------------------------------------------------------------------


def _nothing(tally: Tally, file: _File) -> str:
    path = str(file.path)
    if not tally.skipped:
        return f"{path!r} holds no labels."
    others = tally.n_skipped - 1
    more = f" {counted(others, 'other item')} cannot be imported either." if others else ""
    return f"{tally.skipped[0].of(path)}.{more}"


def _refusal(tally: Tally, file: _File) -> str:
    """With strict=True."""
    first = first_of([each.of("") for each in tally.skipped[:FEW]], tally.n_skipped)
    return (
        f"{counted(tally.n_skipped, 'item')} of {str(file.path)!r} cannot be imported, so nothing "
        f"is: {first}. Without strict=True the rest comes in."
    )


def _left_out(tally: Tally) -> str:
    first = first_of([each.of("") for each in tally.skipped[:FEW]], tally.n_skipped)
    return (
        f"Left out {tally.n_skipped:,} beside {counted(tally.taken, 'label')} ({first}). "
        "`.skipped` of the result lists them."
    )

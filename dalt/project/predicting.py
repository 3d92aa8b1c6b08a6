"""Predictions for new data at a path, a few samples at a time; one that fails ends nothing."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from dalt.core.errors import not_written
from dalt.core.files import replacing, require_folder
from dalt.core.records import BadInput, Encoder, Floats, Progress
from dalt.core.summaries import counted
from dalt.data.new_data import Given, given_at
from dalt.data.readers.paths import Refused
from dalt.learning.heads.snapshot import Snapshot
from dalt.project.export_targets import outside_projects
from dalt.project.learned import learned
from dalt.project.prediction import ReadsNumbers
from dalt.project.training import Training
from dalt.project.workspace import Workspace

AT_ONCE = 32
COLUMNS = ("sample", "label", "probability")
ERROR = "error"
MAY_HAVE = 0.5
"""Probability from which a sample has a class, where it can have several."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of one new sample.

    Attributes
    ----------
    name : str
        Its path, or the number of its row.
    probabilities : ndarray of shape (n_classes,), float32, or None
        None if it cannot be read.
    error : str
        Why; empty otherwise.
    """

    name: str
    probabilities: Floats | None
    error: str = ""


@dataclass
class Predictions:
    """The predictions of a model for new data, made as they are asked for.

    Attributes
    ----------
    encoder : Encoder
    snapshot : Snapshot
    given : sequence of Given
    failed : list of Prediction
        Those that could not be read so far.
    misread : dict of str to object
        By column the first cell so far that is no number, where the model has learned numbers.
    """

    encoder: Encoder
    snapshot: Snapshot
    given: Sequence[Given]

    def __post_init__(self) -> None:
        self.failed: list[Prediction] = []
        self.misread: dict[str, Any] = {}

    def made(self, report: Progress) -> Iterator[Prediction]:
        """Read and predict one after another, in order."""
        n = len(self.given)
        report("Predicting", 0, n)
        for start in range(0, n, AT_ONCE):
            part = self._of(self.given[start : start + AT_ONCE])
            self.failed += [each for each in part if each.error]
            yield from part
            report("Predicting", min(start + AT_ONCE, n), n)

    def _of(self, given: Sequence[Given]) -> list[Prediction]:
        loaded = [_loaded(each) for each in given]
        readable = [raw for raw, why in loaded if not why]
        if isinstance(self.encoder, ReadsNumbers):
            self.misread = {**self.encoder.misread(readable), **self.misread}
        rows = iter(self._embedded(readable))
        answers = [(None, why) if why else next(rows) for _, why in loaded]
        return [Prediction(each.name, *answer) for each, answer in zip(given, answers, strict=True)]

    def _embedded(self, raw: list[Any]) -> list[tuple[Floats | None, str]]:
        """Probabilities of each; if the encoder refuses all together, one by one."""
        if not raw:
            return []
        try:
            found = self.snapshot.predict(self.encoder.transform(raw))
        except BadInput as error:
            if len(raw) == 1:
                return [(None, str(error))]
            return [answer for each in raw for answer in self._embedded([each])]
        return [
            (row, "") if np.isfinite(row).all() else (None, "the encoder gave no numbers")
            for row in found
        ]


def _loaded(given: Given) -> tuple[Any, str]:
    try:
        return given.load(), ""
    except (Refused, BadInput) as why:
        return None, str(why)


def predictions(
    workspace: Workspace,
    training: Training,
    path: str,
    *,
    column: str | None = None,
    columns: Sequence[str] | None = None,
) -> Predictions:
    """Prepare the predictions for the data at a path.

    Parameters
    ----------
    workspace : Workspace
    training : Training
    path : str
        What `dalt.data.new_data.given_at` takes.
    column : str, optional
        The column with the texts.
    columns : sequence of str, optional
        Those of a row; by default the columns of the project's first sample.

    Raises
    ------
    NotEncoded, NothingLearned
        If there is no model yet.
    BadInput
        If the embeddings were given, or there is no such data.
    """
    model = learned(workspace, training)
    assert model.encoder is not None  # given embeddings are refused
    kind = workspace.kind
    assert kind is not None  # there are embeddings, so there are samples
    if kind == "table" and columns is None:
        (first, _), *_ = workspace.store.samples.states()
        row = workspace.files.load(first)
        columns = list(row)
    given = given_at(
        path, kind, max_pixels=workspace.files.max_pixels, column=column, columns=columns
    )
    if not given:
        raise BadInput(f"There is nothing to predict in {path!r}.")
    return Predictions(model.encoder, model.snapshot, given)


def write_file(found: Predictions, target: Path, report: Progress) -> None:
    """Write predictions as csv; the file appears whole or not at all.

    Raises
    ------
    BadInput
        If the target lies in a project or in a missing folder, or has something else in it.
    """
    place = target.expanduser()
    if place.is_dir():
        raise BadInput(f"{str(target)!r} is a folder; name a file in it.")
    outside_projects(place)
    require_folder(place)
    if place.exists() and not _has_predictions(place):
        raise BadInput(
            f"{str(target)!r} is there already and has no predictions; name another file."
        )
    try:
        with (
            replacing(place) as part,
            part.open("w", encoding="utf-8", newline="") as file,
        ):
            write_rows(found, file, report)
    except OSError as error:
        raise not_written(target, error) from error


def write_rows(found: Predictions, file: TextIO, report: Progress) -> None:
    """Write predictions as csv, one after another: sample, label, probability, classes, error."""
    snapshot = found.snapshot
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*COLUMNS, *map(_column, snapshot.classes), ERROR])
    for each in found.made(report):
        writer.writerow(_row(each, snapshot))


def summary(found: Predictions) -> str:
    """How many samples were predicted, and how many could not be read."""
    n_failed = len(found.failed)
    failed = f", {n_failed:,} could not be read" if n_failed else ""
    return f"{counted(len(found.given) - n_failed)} predicted{failed}"


def _row(each: Prediction, snapshot: Snapshot) -> list[str]:
    if each.probabilities is None:
        return [each.name, "", "", *("" for _ in snapshot.classes), each.error]
    best = int(each.probabilities.argmax())
    label = snapshot.classes[best]
    if snapshot.multi:
        has = [
            name
            for name, probability in zip(snapshot.classes, each.probabilities, strict=True)
            if probability > MAY_HAVE
        ]
        label = json.dumps(has, ensure_ascii=False)
    numbers = [f"{value:.6g}" for value in each.probabilities]
    return [each.name, label, numbers[best], *numbers, ""]


def _column(name: str) -> str:
    """The column of a class; one that is called as another column has ``class_`` before it."""
    return f"class_{name}" if name in (*COLUMNS, ERROR) else name


def _has_predictions(place: Path) -> bool:
    with place.open("rb") as file:
        first = file.readline(1_000)
    return not first or first.startswith(",".join(COLUMNS).encode() + b",")

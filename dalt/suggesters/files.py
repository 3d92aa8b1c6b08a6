"""Predictions that somebody has already: of files and frames, as votes on samples."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dalt.core.errors import BadInput, shown
from dalt.data.exchange.items import Unusable
from dalt.data.exchange.json_lists import elements, is_list
from dalt.data.readers.tables import is_frame
from dalt.suggesters.coco_votes import is_results, votes_of_coco
from dalt.suggesters.contract import TaskSaid
from dalt.suggesters.prediction_tables import (
    TABLES,
    table_in,
    table_of_frame,
    table_of_objects,
)
from dalt.suggesters.studio_votes import is_studio, votes_of_studio
from dalt.suggesters.voted_rows import Voted, Wanted, votes_of_table
from dalt.suggesters.votes import vote_of


@dataclass(frozen=True, slots=True)
class ReadVotes:
    """The votes of a file or frame, one for each sample that it names.

    Attributes
    ----------
    votes : tuple of Voted
        In their order.  Two names of a sample, a path and an id, may still mean the same one.
    skipped : tuple of Unusable
        Rows without a vote, each with its place and the reason.
    """

    votes: tuple[Voted, ...]
    skipped: tuple[Unusable, ...]

    @property
    def version(self) -> str:
        """Hash of the votes: 32 hexadecimal digits."""
        said = [(*_named(each), dict(each.vote or {})) for each in self.votes]
        whole = json.dumps(said, sort_keys=True).encode()
        return hashlib.blake2b(whole, digest_size=16).hexdigest()


def read_votes(
    source: Any,
    task: TaskSaid,
    *,
    sample: str | None = None,
    label: str | None = None,
    probability: str | None = None,
    model: str | None = None,
    categories: str | os.PathLike[str] | None = None,
) -> ReadVotes:
    """Read predictions.

    Parameters
    ----------
    source : path, DataFrame or list of mappings
        A table (csv, tsv, xlsx, parquet, JSON lines, a frame, or a list of objects, also in a
        .json file) with a column that names the samples (``sample_id``, ``file``, ``text``, … as
        for importing labels) and either a label with, if there is one, its probability, or a
        column for each class (``cat`` or ``p_cat``); a cell may hold what a pipeline of Hugging
        Face returns.  Or a .json file of tasks of Label Studio with ``predictions``, or of COCO
        results.
    task : TaskSaid
    sample, label, probability : str, optional
        Columns, where their names do not tell.
    model : str, optional
        Of Label Studio the ``model_version``, if a file has several.
    categories : path, optional
        Of COCO results the COCO file that names images and categories.

    Returns
    -------
    ReadVotes
        Several rows about the same sample are one vote if together they make one.

    Raises
    ------
    BadInput
        If it cannot be read, or does not say what it predicts for which sample.

    Examples
    --------
    >>> from dalt.core.classes import ClassSpec
    >>> task = TaskSaid((ClassSpec("cat"), ClassSpec("dog")))
    >>> found = read_votes([{"file": "a.png", "label": "cat", "score": 0.75}], task)
    >>> found.votes[0].sample.source, found.votes[0].vote
    ('a.png', {'cat': 0.75})
    """
    wanted = Wanted(sample, label, probability)
    items: Iterable[Voted | Unusable]
    if isinstance(source, str | os.PathLike):
        path = Path(os.fsdecode(source)).expanduser()
        beside = None if categories is None else Path(categories).expanduser()
        items = _of_file(path, task, wanted, model, beside)
    else:
        items = votes_of_table(_table(source), task, wanted)
    return _merged(items, task)


def _table(source: Any) -> Any:
    if not is_frame(source) and callable(convert := getattr(source, "to_pandas", None)):
        source = convert()  # a data set of Hugging Face, a frame of polars
    if is_frame(source):
        return table_of_frame(source)
    if isinstance(source, Sequence) and not isinstance(source, bytes):
        if source and not isinstance(source[0], Mapping):
            raise BadInput(
                f"The predictions are a list of {type(source[0]).__name__} that name no samples: "
                "put them beside their samples, pandas.DataFrame({'sample_id': ids, "
                "'prediction': predictions})."
            )
        rows = ((f"Entry {place}", each) for place, each in enumerate(source))
        return table_of_objects(rows, "The list of predictions")
    raise BadInput(
        f"Predictions are a file, a DataFrame or a list of mappings, not {shown(source)}."
    )


def _of_file(
    path: Path, task: TaskSaid, wanted: Wanted, model: str | None, beside: Path | None
) -> Iterable[Voted | Unusable]:
    if path.is_dir():
        raise BadInput(f"{str(path)!r} is a folder; name the file of the predictions in it.")
    if path.suffix.lower() != ".json":
        if path.suffix.lower() not in TABLES:
            raise BadInput(
                f"Predictions are not read from {shown(path.name)}; they can be in "
                f"{', '.join(TABLES)} or .json."
            )
        return votes_of_table(table_in(path), task, wanted)
    first = next(iter(elements(path)), None)  # what is no JSON says so
    if is_studio(first):
        return votes_of_studio(path, task, model, wanted.sample)
    if is_results(first) or not is_list(path):
        return votes_of_coco(path, task, beside)
    rows = ((f"Element {number}", each) for number, each in enumerate(elements(path), 1))
    return votes_of_table(table_of_objects(rows, str(path)), task, wanted)


# --- several rows about one sample ------------------------------------------------------------


def _merged(items: Iterable[Voted | Unusable], task: TaskSaid) -> ReadVotes:
    found: dict[tuple[str | None, ...], Voted] = {}
    skipped: list[Unusable] = []
    for item in items:
        if isinstance(item, Unusable):
            skipped.append(item)
            continue
        key = _named(item)
        try:
            before = found.get(key)
            found[key] = item if before is None else _both(before, item, task)
        except BadInput as error:
            skipped.append(Unusable(item.sample.where, f"is about the same sample: {error}"))
    return ReadVotes(tuple(found.values()), tuple(skipped))


def _both(before: Voted, item: Voted, task: TaskSaid) -> Voted:
    """One vote of two rows about the same sample."""
    if before.vote is None or item.vote is None or before.vote == item.vote:
        return replace(before, vote=item.vote if before.vote is None else before.vote)
    shares = [*before.vote.items(), *item.vote.items()]
    return replace(before, vote=vote_of(shares, task.classes, task.multi_label))


def _named(item: Voted) -> tuple[str | None, ...]:
    sample = item.sample
    return (sample.sample_id, sample.row, sample.source, sample.text)

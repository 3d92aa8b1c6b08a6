"""A card as Croissant: JSON-LD that tools for data sets read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dalt.core.records import BadInput
from dalt.core.version import __version__
from dalt.study.card.datasheet import DRAWS, MARKED, UNKNOWN, certified, shown_number, shown_share
from dalt.study.card.escaping import clean
from dalt.study.card.facts import Facts, Mark, Measured

MARK = "dalt_card"
"""The record set with the card's mark, by which a card is known."""
CONTEXT = "http://mlcommons.org/croissant/1.0"
WRITTEN = frozenset(
    {
        "@context", "@type", "name", "description", "conformsTo", "keywords", "dateModified",
        "recordSet", "rai:dataCollection", "rai:dataCollectionTimeFrame",
        "rai:dataCollectionRawData", "rai:dataAnnotationProtocol", "rai:dataAnnotationPlatform",
        "rai:dataAnnotationAnalysis", "rai:annotationsPerItem", "rai:machineAnnotationTools",
    }
)  # fmt: skip
"""All keys at the top of a card, those that this project's card lacks too."""


def croissant(facts: Facts) -> dict[str, Any]:
    """Make the JSON-LD of a card, checked by mlcroissant.

    The guideline, agreement, errors and draws are in the vocabulary for responsible AI
    (``rai:``); classes and the card's mark are record sets with their records in the file.

    Raises
    ------
    BadInput
        If mlcroissant is not installed.

    References
    ----------
    MLCommons: Croissant Format Specification 1.0, and Croissant RAI Specification 1.0, 2024.
    """
    try:
        import mlcroissant as mlc
    except ImportError:
        raise BadInput(
            "A card in Croissant needs mlcroissant: pip install 'dalt[croissant]'; Markdown needs "
            "nothing."
        ) from None
    task, pool, log = facts.task, facts.pool, facts.log
    times = [each for each in (log.first, log.last) if each is not None]
    guideline = [clean(task.guideline)] if task.guideline.strip() else None
    metadata = mlc.Metadata(
        ctx=mlc.Context(conforms_to=CONTEXT),
        name=clean(task.name),
        description=_description(facts),
        keywords=["dalt", *([task.kind] if task.kind else [])],
        date_modified=times[-1] if times else None,
        record_sets=[
            _record_set(mlc, "classes", _classes(facts), "Classes and their labels."),
            _record_set(mlc, MARK, [_mark(facts.mark)], "What the labels were."),
        ],
        data_collection="; ".join(f"{n:,} {DRAWS.get(kind, kind)}" for kind, n in log.draws)
        or None,
        data_collection_timeframe=times or None,
        data_collection_raw_data="; ".join(clean(f"{n:,}: {name}") for name, n in pool.origins)
        or None,
        data_annotation_protocol=guideline,
        data_annotation_platform=[f"DALT {__version__}"],
        data_annotation_analysis=_figures(facts) or None,
        annotations_per_item=str(task.annotations_per_sample),
        machine_annotation_tools=[clean(f"{name} {number}") for name, number in facts.versions],
    )
    made = dict(metadata.to_json())
    for each in made["recordSet"]:  # mlcroissant writes one record without a list around it
        each["data"] = each["data"] if isinstance(each["data"], list) else [each["data"]]
    return made


def mark_in(said: Mapping[str, Any]) -> Mark | None:
    """The mark of a card in JSON-LD; None if there is none.

    Examples
    --------
    >>> mark_in({"@type": "sc:Dataset"}) is None
    True
    """
    sets = said.get("recordSet")
    for each in sets if isinstance(sets, list) else ():
        if isinstance(each, dict) and each.get("@id") == MARK:
            try:
                [row] = each["data"]
                return Mark(
                    int(row[f"{MARK}/n_events"]),
                    str(row[f"{MARK}/events_sha256"]),
                    str(row[f"{MARK}/labels_sha256"]),
                )
            except (KeyError, TypeError, ValueError):
                return None
    return None


def _description(facts: Facts) -> str:
    task = facts.task
    what = f"marked {MARKED[task.task]}" if task.task in MARKED else "classes"
    return clean(
        f"{facts.n_labels:,} labels ({what}) of {facts.pool.n_samples:,} samples of the project "
        f"{task.name}, by {len(facts.people):,} annotators."
    )


def _classes(facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            "name": clean(each.name),
            "description": clean(each.description) or UNKNOWN,
            "labels": each.n_labels,
        }
        for each in facts.classes
    ]


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "n_events": mark.n_events,
        "events_sha256": mark.events,
        "labels_sha256": mark.labels,
    }


def _figures(facts: Facts) -> list[str]:
    """Agreement and errors, each a line, without those that nothing measures."""
    agreement = _lines(facts.agreement, percent=False)
    promised = [] if facts.certificate is None else [certified(facts.certificate)]
    return [*agreement, *_lines((*facts.human, *facts.model), percent=True), *promised]


def _lines(rows: Iterable[Measured], *, percent: bool) -> list[str]:
    written = shown_share if percent else shown_number
    return [
        clean(f"{each.what}: {written(each.estimate)} ({each.how})")
        for each in rows
        if each.estimate is not None
    ]


def _record_set(mlc: Any, name: str, rows: Sequence[Mapping[str, Any]], said: str) -> Any:
    """Records in the file itself; all have the fields of the first."""
    types = {int: mlc.DataType.INTEGER, str: mlc.DataType.TEXT}
    fields = [
        mlc.Field(id=f"{name}/{each}", name=each, data_types=[types[type(value)]])
        for each, value in rows[0].items()
    ]
    data = [{f"{name}/{each}": value for each, value in row.items()} for row in rows]
    return mlc.RecordSet(id=name, name=name, description=said, fields=fields, data=data)

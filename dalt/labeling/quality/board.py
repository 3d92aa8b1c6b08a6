"""How much, how quickly and how well each annotator labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dalt.core.records import ClassSet, Decision, Estimate, Label
from dalt.labeling.quality.accuracy import wilson
from dalt.labeling.quality.judging import judge
from dalt.labeling.quality.measures import gold_answers, median


@dataclass(frozen=True, slots=True)
class Member:
    """The figures of one annotator; None where there is no data.

    Attributes
    ----------
    annotator : str
    labels, skips : int
        Numbers of answers that hold.
    seconds : Estimate or None
        Median for a label.
    agreement : Estimate or None
        Share of their labels that match the others' consensus, or the decision.
    gold : Estimate or None
        Share of gold samples that they answered correctly.
    last_seen : datetime
    """

    annotator: str
    labels: int
    skips: int
    seconds: Estimate | None
    agreement: Estimate | None
    gold: Estimate | None
    last_seen: datetime


def board(
    answers: Sequence[Label],
    decisions: Sequence[Decision],
    classes: ClassSet,
    seen: Mapping[str, datetime],
) -> list[Member]:
    """One row for each annotator who answered, by name.

    Parameters
    ----------
    answers : sequence of Label
        Those that hold, skips too.
    decisions : sequence of Decision
    classes : ClassSet
    seen : mapping of str to datetime
        When each annotator was last seen.
    """
    labels = [each for each in answers if each.label is not None]
    agreeing = {} if classes.shape else judge(labels, decisions, classes).agreeing()
    gold = gold_answers(answers, [each for each in decisions if each.kind == "gold"], classes)
    rows = []
    for name in sorted({each.annotator for each in answers}):
        mine = [each for each in answers if each.annotator == name]
        given = [each for each in mine if each.label is not None]
        rows.append(
            Member(
                annotator=name,
                labels=len(given),
                skips=len(mine) - len(given),
                seconds=median(
                    [each.active_seconds for each in given if each.active_seconds is not None]
                ),
                agreement=_share(agreeing.get(name)),
                gold=_share(gold.get(name)),
                last_seen=seen[name],
            )
        )
    return rows


def _share(counts: tuple[int, int] | None) -> Estimate | None:
    hits, n = counts or (0, 0)
    return wilson(hits, n) if n else None

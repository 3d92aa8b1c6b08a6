"""Samples that were assigned at random, read from the store for reports and for one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dalt.study.analysis.answer import Answer, answer
from dalt.study.analysis.units import (
    columns_of_events,
    compared_arms,
    newest_study,
    units_of,
)
from dalt.study.plan import MARGIN
from dalt.study.registration import registered_margin

if TYPE_CHECKING:
    from dalt.core.records import ClassSet, StudyRecord
    from dalt.storage.store import Store


def assigned_columns(store: Store) -> dict[str, list[Any]]:
    """Columns of the events, with known answers.

    Only gold samples have them.  An adjudicated label is not known independently of the arms: it
    exists because people, some of whom saw a suggestion, disagreed.

    Parameters
    ----------
    store : Store
    """
    events = store.events.assigned()
    decisions = store.adjudications.decisions("gold") if events else []
    known = {each.sample_id: each.label for each in decisions if each.label is not None}
    return columns_of_events(events, known, store.studies.drawn() if events else None)


def analysed_study(
    studies: Sequence[StudyRecord], columns: Mapping[str, Sequence[Any]]
) -> StudyRecord | None:
    """The study whose labels are analysed, and whose registration therefore holds.

    As long as no study has a label that counts, it is the running one.

    Parameters
    ----------
    studies : sequence of StudyRecord
        All studies of the project.
    columns : mapping of str to list
        As from `assigned_columns`; ``study`` may be missing, as for `units_of`.
    """
    arms = columns["arm"]
    number = newest_study(columns.get("study") or [None] * len(arms), arms)
    if number is None:
        return next((each for each in studies if each.ended_at is None), None)
    return next((each for each in studies if each.study_id == number), None)


def assistance(store: Store, classes: ClassSet) -> Answer | None:
    """Whether assistance helps; None until there is enough to say.

    It needs neither pandas nor statsmodels, so a page's kernel may ask.
    """
    columns = assigned_columns(store)
    if not columns["event_id"]:
        return None
    margin = registered_margin(analysed_study(store.studies.all(), columns)) or MARGIN
    treatment, control = compared_arms(columns["arm"])
    units = units_of(columns, treatment=treatment, control=control, renamed=classes.former)
    return answer(units, margin)

"""Samples that were assigned at random, read from the store for reports and for one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dalt.study.analysis.answer import Answer, answer
from dalt.study.analysis.units import (
    arms_in_question,
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


def compared_in(
    study: StudyRecord | None,
    columns: Mapping[str, Sequence[Any]],
    treatment: str | None = None,
    control: str | None = None,
) -> tuple[str, str]:
    """The arms to compare: those of the analysed study, also before the first label in one of them.

    Parameters
    ----------
    study : StudyRecord or None
        As `analysed_study` says.
    columns : mapping of str to list
        As from `assigned_columns`.
    treatment, control : str, optional
        What was asked for.
    """
    planned = [] if study is None else study.plan.get("plan", {}).get("conditions", [])
    return compared_arms([*arms_in_question(columns), *planned], treatment, control)


def assistance(store: Store, classes: ClassSet) -> Answer | None:
    """Whether assistance helps; None until there is enough to say.

    It needs neither pandas nor statsmodels, so a page's kernel may ask.
    """
    columns = assigned_columns(store)
    if not columns["event_id"]:
        return None
    study = analysed_study(store.studies.all(), columns)
    margin = registered_margin(study) or MARGIN
    treatment, control = compared_in(study, columns)
    units = units_of(columns, treatment=treatment, control=control, renamed=classes.former)
    return answer(units, margin)

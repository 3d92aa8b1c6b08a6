"""Samples that were assigned at random, read from the store for reports and for one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dalt.study.analysis.answer import Answer, answer
from dalt.study.analysis.units import columns_of_events, units_of
from dalt.study.plan import MARGIN
from dalt.study.registration import registered_margin

if TYPE_CHECKING:
    from dalt.core.records import ClassSet
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


def assistance(store: Store, classes: ClassSet) -> Answer | None:
    """Whether assistance helps; None until there is enough to say.

    It needs neither pandas nor statsmodels, so a page's kernel may ask.
    """
    columns = assigned_columns(store)
    if not columns["event_id"]:
        return None
    margin = registered_margin(store.studies.all()) or MARGIN
    return answer(units_of(columns, renamed=classes.former), margin)

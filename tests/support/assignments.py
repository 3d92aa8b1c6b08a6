"""Samples of sessions, and answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dalt
from dalt.core.records import Assignment, Suggestion
from dalt.labeling.session import Session


def assigned(session: Session) -> Assignment:
    """Assign the next sample; where none is left, the test fails here."""
    assignment = session.next()
    assert assignment is not None, "no sample is left"
    return assignment


def answer_in_order(project: dalt.Project, labels: Sequence[Any], annotator: str = "ana") -> None:
    """Give the first samples of a project these labels."""
    with project.session(annotator) as session:
        for sample, label in zip(project.workspace.store.samples.all(), labels, strict=False):
            key = f"{annotator}:{sample.id}"
            session.answer(sample.id, label, key=key, suggestion=Suggestion())

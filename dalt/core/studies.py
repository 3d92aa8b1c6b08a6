"""Records of randomised studies: the plan, and the assignments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dalt.core.base import Arm


@dataclass(frozen=True, slots=True)
class Treatment:
    """How an annotator gets a sample.

    Attributes
    ----------
    condition : Arm
        How suggestions are shown.
    arm : Arm, optional
        The condition, if chance decided it; None otherwise, as in a study's warm-up.
    wrong : str, optional
        The class that is suggested first although the known answer is another.
    """

    condition: Arm = "suggestions"
    arm: Arm | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class StudyDraw:
    """The n-th sample of an annotator in a study, and how it is shown."""

    n: int
    sample_id: str
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study's permanent record in the store.

    Attributes
    ----------
    study_id : int
        Counts the project's studies from 1.
    created_at, ended_at : datetime
        In UTC; a study that has not ended is running.
    hash : str
        SHA-256 of the registration, in hex.
    plan : mapping
        The whole plan, as JSON.
    """

    study_id: int
    created_at: datetime
    ended_at: datetime | None
    hash: str
    plan: Mapping[str, Any]

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
        The class that is suggested first although the known answer is another; where nothing is
        suggested, the class that would have been.
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
class Drawn:
    """What the newest study decided on an annotator's sample.

    Attributes
    ----------
    study_id : int
    block : int or None
        Counts the annotator's blocks from 0.
    wrong : str or None
        As in `Treatment`.
    """

    study_id: int
    block: int | None
    wrong: str | None


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

"""A study that has begun: its plan, its registration, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dalt.core.arguments import NAME, WHOLE, takes
from dalt.core.summaries import as_html, as_text, counted
from dalt.study.plan import Slot, StudyPlan


@dataclass(frozen=True, slots=True, repr=False)
class Study:
    """A randomised study; ``project.study()`` returns the running one.

    Attributes
    ----------
    number : int
        Counts the project's studies from 1.
    plan : StudyPlan
        Everything that was decided before the first label.
    hash : str
        SHA-256 of the registration, in hex, as the store has had it since the beginning.
    registration : Path
        The registered plan as JSON; its readable form, ``.md``, is beside it.
    started_at : datetime
        In UTC.
    ended_at : datetime or None
        None while it runs.
    n_labels : int
        Samples that count and have a label of the annotator to whom they were assigned.
    """

    number: int
    plan: StudyPlan
    hash: str
    registration: Path
    started_at: datetime
    ended_at: datetime | None
    n_labels: int

    @takes(annotator=NAME, n=WHOLE)
    def assignment(self, annotator: str, n: int) -> Slot:
        """What an annotator's n-th sample gets, counted from 0; see `StudyPlan.assignment`."""
        return self.plan.assignment(annotator, n)

    @property
    def sentence(self) -> str:
        """How far it is."""
        conditions = " against ".join(self.plan.conditions)
        state = "runs" if self.ended_at is None else f"ended {self.ended_at:%Y-%m-%d %H:%M} UTC"
        return (
            f"Study {self.number}, {conditions}, {state}: {self.n_labels:,} of "
            f"{counted(self.plan.n_labels, 'planned label')}"
        )

    @property
    def details(self) -> list[str]:
        """The plan, an item a line."""
        plan = self.plan
        basis = "measured here" if plan.sd_is_measured else "assumed"
        return [
            f"blocks of {counted(plan.block)}, warm-up of {counted(plan.n_warm_up)} per annotator, "
            f"seed {plan.seed}",
            f"finds a saving of {plan.smallest_effect:.0%} with a power of {plan.power:.0%} "
            f"(standard deviation of log seconds {plan.sd:.2f}, {basis})",
            f"accuracy that is lower by less than {100 * plan.margin:g} points counts as unchanged",
            f"gold share {plan.gold_share:g}, of which suggestions wrong on purpose "
            f"{plan.wrong_share:g}, share that takes part {plan.share:g}",
            f"registered in {self.registration}",
            f"SHA-256 {self.hash}",
        ]

    def as_dict(self) -> dict[str, Any]:
        """How far it is as plain values, with the ``sentence``."""
        return {
            "sentence": f"{self.sentence}.",
            "number": self.number,
            "conditions": list(self.plan.conditions),
            "n_labels": self.n_labels,
            "n_planned": self.plan.n_labels,
            "started_at": self.started_at.isoformat(),
            "hash": self.hash,
        }

    def __repr__(self) -> str:
        return as_text(f"{self.sentence}.", self.details)

    def _repr_html_(self) -> str:
        """The same, for a cell of a notebook."""
        return as_html(f"{self.sentence}.", self.details)

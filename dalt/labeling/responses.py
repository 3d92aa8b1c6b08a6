"""Responses of people to samples, and the check that turns them into answers."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dalt.core.records import (
    Answer,
    ClassSet,
    Draw,
    LabelValue,
    Mode,
    Region,
    Suggestion,
    Timing,
    utc_now,
)
from dalt.data.sources import SampleFiles
from dalt.labeling.context import SessionContext
from dalt.labeling.label_checks import LabelChecker
from dalt.labeling.marking import RegionProposer
from dalt.labeling.shown_checks import check_moment, check_suggestion
from dalt.labeling.suggesting import Suggester

PageAnswer = tuple[str, str | None, Suggestion]
"""A sample's id, its label (None is a skip), and what was on screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A person's response to a sample, with what they saw before; not checked yet.

    Attributes
    ----------
    sample_id : str
    label : object
        None is a skip.
    key : str
        Idempotency key; the same key never records twice.
    suggestion : Suggestion
        What was on screen before the answer.
    proposed : sequence of Region, optional
        In a project that marks regions, those on screen before the answer.
    shown_at : datetime, optional
        When the sample came into view; with a time zone.
    active_seconds : float, optional
        How long the person looked at it.
    mode : {"single", "verify"}
    draw : Draw, optional
        How the sample was drawn; by default as its lease says.
    batch : str, optional
        Key of the sample's page.
    timing : Timing, optional
        What else the page measured.
    arm : str, optional
        The condition that was drawn for the sample at random, as assigned.
    """

    sample_id: str
    label: object
    key: str
    suggestion: Suggestion
    proposed: Sequence[Region] | None = None
    shown_at: datetime | None = None
    active_seconds: float | None = None
    mode: Mode = "single"
    draw: Draw | None = None
    batch: str | None = None
    timing: Timing | None = None
    arm: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResponse:
    """A person's responses to a page of samples; not checked yet.

    Attributes
    ----------
    answers : sequence of (str, str or None, Suggestion)
        Sample id, label or None for a skip, and what was on screen.
    key : str
        Idempotency key of the page.
    shown_at : datetime, optional
        When the page came into view; with a time zone.
    active_seconds : float, optional
        How long the person looked at the page.
    draws : mapping of str to Draw or None
        How the samples were drawn, by their ids; by default as their leases say.
    timing : Timing, optional
        What else the browser measured of the page.
    arm : str, optional
        The condition that was drawn for its samples at random, as assigned.
    """

    answers: Sequence[PageAnswer]
    key: str
    shown_at: datetime | None
    active_seconds: float | None
    draws: Mapping[str, Draw | None] = field(default_factory=dict)
    timing: Timing | None = None
    arm: str | None = None

    def by_sample(self) -> list[Response]:
        """The response to each sample, with a key of its own and an equal share of the time."""
        seconds, n = self.active_seconds, len(self.answers)
        share = None if seconds is None else seconds / max(1, n)
        timings = [None] * n if self.timing is None else self.timing.shares(n)
        return [
            Response(
                sample_id=sample_id,
                label=label,
                key=f"{self.key}:{sample_id}",
                suggestion=suggestion,
                shown_at=self.shown_at,
                active_seconds=share,
                mode="verify",
                draw=self.draws.get(sample_id),
                batch=self.key,
                timing=timing,
                arm=self.arm,
            )
            for (sample_id, label, suggestion), timing in zip(self.answers, timings, strict=True)
        ]


class ResponseChecker:
    """Turns a response into the answer that the store records, or refuses it.

    Parameters
    ----------
    context : SessionContext
    files : SampleFiles
        Says how large a sample with regions is.
    suggester : Suggester
        Says which samples the annotator judges unbiased.
    proposer : RegionProposer, optional
        Says whether there are regions to propose; without it, answers with regions have no arm.
    """

    def __init__(
        self,
        context: SessionContext,
        files: SampleFiles,
        suggester: Suggester,
        proposer: RegionProposer | None = None,
    ) -> None:
        self._context = context
        self._files = files
        self._suggester = suggester
        self._proposer = proposer

    def checked(self, response: Response) -> Answer:
        """The answer of a response; raises as `checked_together` does."""
        return self.checked_together([response])[0]

    def checked_together(self, responses: Sequence[Response]) -> list[Answer]:
        """The answers of responses, for which the store is asked once.

        Raises
        ------
        UnknownClass, UnknownSample
            If the project has no such class or, for an answer with regions, no such sample.
        BadInput
            If `shown_at` has no time zone, or is a time at which nothing can have been on a screen;
            if no model makes such a suggestion; if the label has several classes where a sample has
            one, or a region is outside its sample.
        """
        unknown = [each.sample_id for each in responses if each.draw is None]
        draws = self._context.store.leases.draws_of(unknown, self._context.annotator)
        kept = self._suggester.kept([each.sample_id for each in responses])
        return [
            self._checked(each, each.draw or draws.get(each.sample_id), kept) for each in responses
        ]

    def _checked(self, response: Response, draw: Draw | None, kept: Container[str]) -> Answer:
        settings, suggestion = self._context.settings, response.suggestion
        classes, label = settings.class_set, None
        if response.label is not None:
            checker = LabelChecker(classes, settings.task, self._files)
            label = checker.checked(
                response.label, lambda: self._context.store.samples.get(response.sample_id)
            )
        check_moment(response.shown_at, utc_now())
        check_suggestion(suggestion)
        # An audit drew it: whatever becomes of the sample, chance assigns nothing.
        audited = draw is not None and draw.kind == "audit"
        blind = self._was_blind(response, audited)
        arm, foreseen = (None, suggestion) if audited else self._assigned(response, kept)
        return Answer(
            kind="skip" if response.label is None else "label",
            sample_id=response.sample_id,
            label=label,
            annotator=self._context.annotator,
            session=self._context.id,
            key=response.key,
            draw=response.draw,
            suggested=_suggested(classes, suggestion, None if blind else response.proposed),
            probability=foreseen.top_probability,
            snapshot=foreseen.snapshot,
            mode="blind" if blind else response.mode,
            shown_at=response.shown_at,
            active_seconds=response.active_seconds,
            batch=response.batch,
            timing=response.timing,
            arm=arm,
            suggesters=suggestion.suggesters
            or self._suggester.sources_of(response.sample_id, suggestion),
        )

    def _assigned(self, response: Response, kept: Container[str]) -> tuple[str | None, Suggestion]:
        """What chance decided for the sample, and the suggestion, also a hidden one.

        Before suggestions begin, the arms do not differ, so no arm is recorded.  Whether they have
        begun does not depend on the arm, so the arms stay comparable.
        """
        said, arm = response.suggestion, self._suggester.arm(response.sample_id, kept)
        if arm is None or response.arm is not None:
            return response.arm, said
        if self._context.settings.class_set.shape:
            begun = self._proposer is not None and self._proposer.begun
            return arm if begun else None, said
        foreseen = self._suggester.foreseen(response.sample_id, kept)
        if said.top is not None:
            return arm, said
        return (None, said) if foreseen.top is None else (arm, foreseen)

    def _was_blind(self, response: Response, audited: bool) -> bool:
        """Whether blind mode kept suggestions off the screen.

        The screen at that time counts, even if the settings have changed since.
        """
        saw_any = response.suggestion.top is not None or bool(response.proposed)
        if response.mode != "single" or saw_any:
            return False
        return audited or self._suggester.hides(response.sample_id)


def _suggested(
    classes: ClassSet, suggestion: Suggestion, proposed: Sequence[Region] | None
) -> LabelValue | None:
    """The part of a suggestion that an event keeps: the answer that it would have been."""
    if classes.shape:
        return None if proposed is None else tuple(proposed)
    if suggestion.top is None:
        return None
    return classes.present(suggestion.likely if classes.multi else suggestion.top)

"""Samples, suggestions and answers as messages between page and kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict, cast

from dalt.core.records import (
    Arm,
    Assignment,
    ClassSpec,
    DaltError,
    Display,
    LabelValue,
    Region,
    Sample,
    Suggestion,
    Timing,
    VerifyPage,
    utc_now,
)
from dalt.core.settings.settings import SHAPES
from dalt.core.timing import believed, believed_moment
from dalt.page.protocol.from_kernel import (
    Answered,
    Ending,
    Newest,
    Noticed,
    PageSaid,
    ProposedRegion,
    Ranked,
    SampleSaid,
    Shown,
)
from dalt.page.protocol.from_page import Answer, Verify
from dalt.page.protocol.values import Region as RegionSaid
from dalt.page.protocol.values import Seen

if TYPE_CHECKING:
    from dalt.core.records import Proposal
    from dalt.labeling.session import Session

Message = dict[str, Any]
TILE_SIDE = 256
"""Longest side of a picture on a page to verify: tiles are up to 120 pixels wide, and screens
have up to two points in each.  It is over the size up to which the page shows single pixels."""

SHOWN_SIDE = 1_600
"""A picture to label has so many pixels a side at most, or as many as a larger screen shows."""
_MEASURED = ("paint", "first_key", "commit", "hidden", "idle", "wall")
MOST_SCREEN = 4_096
"""Sharp enough for any screen: who wants to see more looks closer."""

LINE = 50
"""A picture that is so many times as long as it is wide is hardly more than a line."""


def plain(label: LabelValue | None) -> Any:
    """A label as JSON has it."""
    if isinstance(label, tuple):
        return [each.to_json() if isinstance(each, Region) else each for each in label]
    return label


class Wire:
    """Puts samples into a message: their pictures and sounds go as its buffers.

    Parameters
    ----------
    session : Session
    classes : sequence of ClassSpec
        The ones that the page knows; suggestions name them by position.
    screen : int
        Pixels of the screen that the longer side of a picture may take.
    """

    def __init__(
        self, session: Session, classes: Sequence[ClassSpec], screen: int = SHOWN_SIDE
    ) -> None:
        self._session = session
        self._screen = min(max(screen, SHOWN_SIDE), MOST_SCREEN)
        self._places = {spec.name: index for index, spec in enumerate(classes)}
        self.buffers: list[bytes] = []

    def assignments(
        self, assignments: Sequence[Assignment], side: int | None = None
    ) -> list[SampleSaid]:
        """Samples with what is suggested for them; pictures of at most `side` pixels a side."""
        samples = []
        ids = [each.sample.id for each in assignments]
        notes, details = self._session.notes(ids), self._session.details(ids)
        for each in assignments:
            message = self.sample(each.sample, each.suggestion, side)
            if each.answered is not None:
                message["answered"] = Answered(label=plain(each.answered.label))
            if each.before is not None:
                message["before"] = Answered(label=plain(each.before.label))
            if each.sample.id in notes:
                note = notes[each.sample.id]
                message["note"] = Noticed(flagged=note.flagged, comment=note.comment)
            if each.sample.id in details:
                message["details"] = details[each.sample.id]
            turn = self._session.turn(each.sample.id)
            if turn is not None:
                message["turn"] = turn
            if self._session.task != "classes":
                self.propose(each.sample, message)
            samples.append(message)
        return samples

    def page(self, page_id: str, page: VerifyPage) -> PageSaid:
        """A page to verify, under the id that the browser will know it by."""
        samples = self.assignments(page.assignments, TILE_SIDE)
        said = {id: name and self._present(name) for id, name in page.corrections.items()}
        label = self._present(page.label)
        message = PageSaid(id=page_id, label=label, samples=samples, said=said)
        if samples and "turn" in samples[0]:
            message["turn"] = samples[0]["turn"]
        return message

    def _present(self, name: str) -> str:
        """The name of a class as the page knows it, which may have been renamed meanwhile."""
        if name in self._places:
            return name
        known = (spec.name for spec in self._session.classes if name in spec.formerly)
        return next(known, name)

    def propose(self, sample: Sample, said: SampleSaid | Newest) -> None:
        """Say what is likely to be marked in a sample, and whether Enter submits it."""
        said["proposals"] = [
            ProposedRegion(
                region=cast(RegionSaid, proposal.region.to_json()), probability=proposal.probability
            )
            for proposal in self._propose(sample)
        ]
        said["submits_proposals"] = self._submits_proposals

    @cached_property
    def _submits_proposals(self) -> bool:
        return self._session.submits_proposals

    def _propose(self, sample: Sample) -> Sequence[Proposal]:
        try:
            return self._session.propose(sample)
        except (DaltError, OSError, ValueError):
            return ()  # the sample cannot be read, and its display says so

    def sample(self, sample: Sample, suggestion: Suggestion, side: int | None = None) -> SampleSaid:
        """One sample; one that cannot be read says so and can still be skipped."""
        message = SampleSaid(
            id=sample.id,
            suggestion=self.ranked(suggestion, self._session.condition(sample.id)),
            trouble=None,
            display=Shown(kind=sample.kind, buffer=None),
        )
        try:
            shown = self._shown(sample, side)
            told = self._marks_pictures(sample) or _is_line(shown)
            size = self._session.size(sample) if told else None
        except (DaltError, OSError, ValueError) as error:
            message["trouble"] = str(error)
            return message
        if size is not None:
            message["size"] = size  # of the raw picture: the one that is shown may be reduced
        message["display"] = Shown(
            kind=shown.kind,
            mime=shown.mime,
            text=shown.text,
            rows=list(shown.rows),
            width=shown.width,
            height=shown.height,
            reduced=shown.reduced,
            buffer=len(self.buffers) if shown.data else None,
        )
        if shown.data:
            self.buffers.append(shown.data)
        return message

    def _shown(self, sample: Sample, side: int | None) -> Display:
        if side is None and sample.kind == "image":
            side = self._screen
        if side is not None:
            return self._session.thumbnail(sample, side)
        # Places in a text count from its beginning to its end.
        return self._session.display(sample, full=self._session.task == "spans")

    def _marks_pictures(self, sample: Sample) -> bool:
        return sample.kind == "image" and SHAPES.get(self._session.task, "span") != "span"

    def ranked(self, suggestion: Suggestion, condition: Arm = "suggestions") -> Ranked:
        """A suggestion with its classes as indices into those that the page knows."""
        ranked = zip(suggestion.classes, suggestion.probabilities, strict=True)
        known = [(self._places[name], share) for name, share in ranked if name in self._places]
        said = Ranked(
            snapshot=suggestion.snapshot,
            classes=[index for index, _ in known],
            probabilities=[share for _, share in known],
        )
        if condition in ("none", "emphasis", "order"):
            said["condition"] = condition
        return said


def _is_line(shown: Display) -> bool:
    """Whether a picture was reduced so that little is seen of it: the page says what it is."""
    long = max(shown.width or 0, shown.height or 0)
    return shown.reduced and LINE * min(shown.width or 0, shown.height or 0) < long


def ending(session: Session, nothing: bool) -> Ending:
    """What is told beside the samples: whether there are none now, whether for good."""
    done = nothing and session.done
    return Ending(
        nothing=nothing,
        elsewhere=nothing and not done and session.held_elsewhere,
        done=done,
        skipped=done and bool(session.skipped(1)),
        no_samples=nothing and session.empty,
    )


class LookedAt(TypedDict):
    """What a session is told of how something was looked at, as `Session.answer` takes it."""

    shown_at: datetime | None
    active_seconds: float | None
    timing: Timing | None


def looked_at(content: Answer | Verify) -> LookedAt:
    """When it came on screen, for how long it was looked at, and what else the page measured.

    What cannot be true is not known: no answer is refused for it.
    """
    said: Mapping[str, Any] = content.get("timing") or {}
    seconds = {name: _seconds(said.get(f"{name}_ms")) for name in _MEASURED}
    timing = Timing.from_json(
        {f"{name}_seconds": value for name, value in seconds.items() if name != "wall"}
        | {name: said.get(name) for name in ("n_keys", "n_clicks")}
    )
    shown_at = believed_moment(_moment(content), timing.commit_seconds, utc_now())
    timed, active = believed(timing, _seconds(content.get("active_ms")), seconds["wall"])
    return LookedAt(shown_at=shown_at, active_seconds=active, timing=timed)


def _moment(content: Answer | Verify) -> datetime | None:
    try:
        return datetime.fromisoformat(content.get("shown_at") or "")
    except ValueError:
        return None


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1_000


def suggestion_of(seen: Seen | None) -> Suggestion:
    """What the page says was on screen."""
    if not seen or not seen["classes"]:
        return Suggestion()
    return Suggestion(tuple(seen["classes"]), tuple(seen["probabilities"]), seen["snapshot"])


def regions_of(said: Sequence[RegionSaid] | None) -> list[Region]:
    """Regions as the page says them."""
    return [Region.from_json(each) for each in said or ()]

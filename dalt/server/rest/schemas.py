"""What requests and answers hold, as the OpenAPI document shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat

from dalt.core.records import Label, LabelValue, Region, Suggestion

MOST_SAMPLES = 256
"""Of one request; larger jobs send several."""
MOST_ASKED = 1_000
LARGEST_ID = 2**53


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]
Annotator = Annotated[Name, Field(description="The person's name; it stands with every label.")]
ClassName = Annotated[str, Field(max_length=1_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class File(_Strict):
    """The file of an image or an audio clip."""

    data: Annotated[str, Field(description="The bytes of the file, in base64.")]


class RawSamples(_Strict):
    """Raw new data of the project's kind: files, texts or rows."""

    samples: Annotated[
        list[File | str | dict[str, Any]],
        Field(
            min_length=1,
            max_length=MOST_SAMPLES,
            description="Images and audio as {'data': base64}, texts as text, rows as objects.",
        ),
    ]


class RankedClass(BaseModel):
    """A class and its probability."""

    label: str
    probability: float


class Prediction(BaseModel):
    """The classes of one sample, the likeliest first."""

    classes: list[RankedClass]


class Predictions(BaseModel):
    """One prediction for each sample, in the order in which they came."""

    snapshot: int
    predictions: list[Prediction]


class SampleIds(_Strict):
    """Samples of the pool."""

    sample_ids: Annotated[list[Name], Field(min_length=1, max_length=MOST_ASKED)]


class SampleSuggestion(Prediction):
    """What the snapshot says of a sample of the pool; empty if it has not seen it."""

    sample_id: str


class Suggestions(BaseModel):
    """One suggestion for each sample, in the order in which they were asked."""

    snapshot: int
    suggestions: list[SampleSuggestion]


class TrainerSays(BaseModel):
    """What the process that learns does; "stopped" if there is none."""

    state: str
    message: str


class Model(BaseModel):
    """The newest snapshot."""

    version: int
    parent: int | None
    cursor: Annotated[int, Field(description="The newest label event that it has read.")]
    labels_read: int | None
    created_at: datetime | None
    hash: str | None
    head: str
    encoder: str
    classes: list[str]
    multi_label: bool
    metrics: dict[str, float]
    n_samples: int
    trainer: TrainerSays


class Wish(_Strict):
    """Who wants samples, and how many."""

    annotator: Annotator
    n: Annotated[int, Field(ge=1, le=50)] = 1


class SampleInfo(BaseModel):
    """A sample of the pool; `content` is where what is in it can be had."""

    sample_id: str
    kind: str
    source: str
    content: str


class AssignedSample(BaseModel):
    """A sample held for the annotator until `expires_at`, and what is suggested for it."""

    sample: SampleInfo
    suggestion: Prediction
    snapshot: int | None
    expires_at: datetime


class Assignments(BaseModel):
    """None when nothing is to be had now; `done` says whether for good."""

    assignments: list[AssignedSample]
    done: bool


class RegionBody(_Strict):
    """A marked part of a sample."""

    shape: Literal["box", "polygon", "point", "span"]
    label: ClassName
    points: Annotated[list[tuple[FiniteFloat, FiniteFloat]], Field(max_length=10_000)] = []
    start: Annotated[int, Field(ge=0, le=LARGEST_ID)] = 0
    end: Annotated[int, Field(ge=0, le=LARGEST_ID)] = 0


class Shown(_Strict):
    """What was on screen before the answer, as `/v1/next` gave it."""

    classes: Annotated[list[RankedClass], Field(max_length=MOST_ASKED)] = []
    snapshot: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class NewLabel(_Strict):
    """An answer of an annotator."""

    sample_id: Name
    label: Annotated[
        ClassName
        | Annotated[list[ClassName], Field(max_length=MOST_ASKED)]
        | Annotated[list[RegionBody], Field(max_length=MOST_ASKED)]
        | None,
        Field(description="A class; several where a sample can have them; regions; null skips."),
    ]
    annotator: Annotator
    key: Annotated[
        Name | None,
        Field(description="Idempotency key, here or in the header `Idempotency-Key`."),
    ] = None
    suggestion: Annotated[
        Shown | None, Field(description="Left out: what `/v1/next` gave for this sample.")
    ] = None
    shown_at: AwareDatetime | None = None
    active_seconds: Annotated[FiniteFloat, Field(ge=0)] | None = None


class LabelEvent(BaseModel):
    """A recorded event; events are only ever appended."""

    event_id: int
    kind: str
    sample_id: str
    label: str | list[Any] | None
    annotator: str
    created_at: datetime
    source: str
    suggested: str | list[Any] | None
    probability: float | None
    snapshot: int | None
    key: str


class Labels(BaseModel):
    """Labels that hold now, by event; `next` is the `after` of the following page."""

    labels: list[LabelEvent]
    next: int | None


def ranked(suggestion: Suggestion, top: int | None = None) -> list[RankedClass]:
    """The classes of a suggestion, the likeliest first, at most `top` of them."""
    pairs = list(zip(suggestion.classes, suggestion.probabilities, strict=True))[:top]
    return [RankedClass(label=name, probability=share) for name, share in pairs]


def shown(body: Shown | None) -> Suggestion | None:
    """What a page says that was on screen."""
    if body is None:
        return None
    names = tuple(each.label for each in body.classes)
    return Suggestion(names, tuple(each.probability for each in body.classes), body.snapshot)


def event_values(event: Label) -> dict[str, Any]:
    """An event as `LabelEvent` has it."""
    values = {name: getattr(event, name) for name in LabelEvent.model_fields}
    for name in ("label", "suggested"):
        values[name] = plain_label(values[name])
    return values


def plain_label(label: LabelValue | None) -> str | list[Any] | None:
    """A label as JSON has it."""
    if label is None or isinstance(label, str):
        return label
    return [each.to_json() if isinstance(each, Region) else each for each in label]


def given_label(label: str | Sequence[str | RegionBody] | None) -> Any:
    """A label as `Session.answer` takes it."""
    if label is None or isinstance(label, str):
        return label
    return [_region(each) if isinstance(each, RegionBody) else each for each in label]


def _region(body: RegionBody) -> Mapping[str, Any]:
    return body.model_dump()

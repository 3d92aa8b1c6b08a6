"""The bodies of requests and responses, as the OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat

from dalt.core.records import Label, LabelValue, Region, Suggestion
from dalt.core.timing import MOST_ACTIVE_SECONDS

MOST_SAMPLES = 256
"""At most this many samples in one request. Larger jobs send several requests."""
MOST_ASKED = 1_000
LARGEST_ID = 2**53


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]
Annotator = Annotated[Name, Field(description="The annotator's name, kept with each label.")]
ClassName = Annotated[str, Field(max_length=1_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class File(_Strict):
    """The file of an image or an audio clip."""

    data: Annotated[str, Field(description="The bytes of the file, in base64.")]


class RawSamples(_Strict):
    """New raw data of the project's kind: files, texts or rows."""

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
    """One prediction per sample, in the order of the request."""

    snapshot: int
    predictions: list[Prediction]


class SampleIds(_Strict):
    """Samples of the pool."""

    sample_ids: Annotated[list[Name], Field(min_length=1, max_length=MOST_ASKED)]


class SampleSuggestion(Prediction):
    """The suggestion for a sample of the pool; empty if the snapshot does not include it."""

    sample_id: str
    suggesters: Annotated[
        list[str], Field(description="Sources beside the model that said something of it.")
    ] = []


class Suggestions(BaseModel):
    """One suggestion per sample, in the order of the request."""

    snapshot: int
    suggestions: list[SampleSuggestion]


class TrainerSays(BaseModel):
    """The state of the process that trains; "stopped" if none is running."""

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
    """A request for samples: the annotator, and how many samples they want."""

    annotator: Annotator
    n: Annotated[int, Field(ge=1, le=50)] = 1


class SampleInfo(BaseModel):
    """A sample of the pool; `content` is the address of its content."""

    sample_id: str
    kind: str
    source: str
    content: str


class AssignedSample(BaseModel):
    """A sample leased to the annotator until `expires_at`, with its suggestion."""

    sample: SampleInfo
    suggestion: Prediction
    snapshot: int | None
    expires_at: datetime


class Assignments(BaseModel):
    """The leased samples, none if none is available now; `done` if none will be."""

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
    """The suggestion that the annotator saw before answering, as `/v1/next` returned it."""

    classes: Annotated[list[RankedClass], Field(max_length=MOST_ASKED)] = []
    snapshot: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class NewLabel(_Strict):
    """An annotator's answer."""

    sample_id: Name
    label: Annotated[
        ClassName
        | Annotated[list[ClassName], Field(max_length=MOST_ASKED)]
        | Annotated[list[RegionBody], Field(max_length=MOST_ASKED)]
        | None,
        Field(description="A class, several classes, or regions; null skips the sample."),
    ]
    annotator: Annotator
    key: Annotated[
        Name | None,
        Field(description="Idempotency key, here or in the header `Idempotency-Key`."),
    ] = None
    suggestion: Annotated[
        Shown | None, Field(description="By default what `/v1/next` returned.")
    ] = None
    shown_at: AwareDatetime | None = None
    active_seconds: Annotated[FiniteFloat, Field(ge=0, le=MOST_ACTIVE_SECONDS)] | None = None


class LabelEvent(BaseModel):
    """A recorded event. Events are never changed or removed."""

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
    """Current labels in the order of their events; pass `next` as `after` for the next page."""

    labels: list[LabelEvent]
    next: int | None


def ranked(suggestion: Suggestion, top: int | None = None) -> list[RankedClass]:
    """Rank the classes of a suggestion, the likeliest first, at most `top` of them."""
    pairs = list(zip(suggestion.classes, suggestion.probabilities, strict=True))[:top]
    return [RankedClass(label=name, probability=share) for name, share in pairs]


def shown(body: Shown | None) -> Suggestion | None:
    """Convert what a client reports as shown into a suggestion."""
    if body is None:
        return None
    names = tuple(each.label for each in body.classes)
    return Suggestion(names, tuple(each.probability for each in body.classes), body.snapshot)


def event_values(event: Label) -> dict[str, Any]:
    """Return the values of an event for a `LabelEvent`."""
    values = {name: getattr(event, name) for name in LabelEvent.model_fields}
    for name in ("label", "suggested"):
        values[name] = plain_label(values[name])
    return values


def plain_label(label: LabelValue | None) -> str | list[Any] | None:
    """Convert a label to plain JSON values."""
    if label is None or isinstance(label, str):
        return label
    return [each.to_json() if isinstance(each, Region) else each for each in label]


def given_label(label: str | Sequence[str | RegionBody] | None) -> Any:
    """Convert the label of a request to what `Session.answer` takes."""
    if label is None or isinstance(label, str):
        return label
    return [_region(each) if isinstance(each, RegionBody) else each for each in label]


def _region(body: RegionBody) -> Mapping[str, Any]:
    return body.model_dump()

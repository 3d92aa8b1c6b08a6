"""The routes under ``/v1``."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from dalt.core.records import BadInput, Suggestion
from dalt.server.rest import schemas
from dalt.server.rest.backend import Backend
from dalt.server.rest.errors import documented, in_one_line, problem
from dalt.server.rest.event_stream import News, TooManyListeners
from dalt.server.rest.guards import Limits

FILES = ("image/", "audio/")
_UNSUPPORTED = (
    "Send application/json, multipart/form-data, text/plain, or one file as image/…, audio/… or "
    "application/octet-stream."
)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PREDICT_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/RawSamples"}},
            "image/png": _BINARY,
            "image/jpeg": _BINARY,
            "audio/wav": _BINARY,
            "application/octet-stream": _BINARY,
            "text/plain": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        }
                    },
                }
            },
        },
    }
}
Top = Annotated[int | None, Query(ge=1, le=10_000, description="Return at most this many classes.")]
SampleId = Annotated[str, Path(min_length=1, max_length=200)]
EventId = Annotated[int, Query(ge=0, le=schemas.LARGEST_ID)]


class Predicting:
    """Decodes the raw data of requests and predicts their classes, two requests at a time.

    Parameters
    ----------
    backend : Backend
    limits : Limits
    """

    def __init__(self, backend: Backend, limits: Limits) -> None:
        self._backend = backend
        self._limits = limits
        self._inside = 0
        self._at_once = asyncio.Semaphore(2)

    async def answer(self, given: Sequence[object]) -> tuple[list[Suggestion], int]:
        """Rank the classes for each sample of a request.

        Raises
        ------
        HTTPException
            503, if too many requests are waiting already.
        """
        if self._inside >= self._limits.waiting:
            raise HTTPException(
                503, "Too many predictions are waiting. Try again.", {"Retry-After": "1"}
            )
        self._inside += 1
        try:
            async with self._at_once:
                return await asyncio.to_thread(self._predict, given)
        finally:
            self._inside -= 1

    def _predict(self, given: Sequence[object]) -> tuple[list[Suggestion], int]:
        raw = [self._decode(number, each, len(given)) for number, each in enumerate(given)]
        return self._backend.predict(raw)

    def _decode(self, number: int, given: object, of: int) -> Any:
        try:
            return self._backend.decode(given)
        except BadInput as error:
            raise BadInput(f"Sample {number}: {error}" if of > 1 else str(error)) from None


def router(
    backend: Backend, limits: Limits, predicting: Predicting, news: Callable[[], News]
) -> APIRouter:
    """Build all routes under ``/v1`` for one backend."""
    found = APIRouter(prefix="/v1")
    _add_model(found, backend, predicting)
    _add_labeling(found, backend)
    _add_events(found, news)
    return found


# --- the model --------------------------------------------------------------------------


def _add_model(router: APIRouter, backend: Backend, predicting: Predicting) -> None:
    @router.get("/model", responses=documented(401, 409, 503), tags=["model"])
    def model() -> schemas.Model:
        """Describe the newest snapshot: its version, classes, metrics and number of labels."""
        return schemas.Model(**backend.model())

    @router.post(
        "/predict",
        response_model=schemas.Predictions,
        responses=documented(401, 409, 413, 415, 422, 503),
        openapi_extra=_PREDICT_BODY,
        tags=["model"],
    )
    async def predict(request: Request, top: Top = None) -> Response:
        """Rank the classes for new raw data. The server keeps none of it."""
        ranked, version = await predicting.answer(await given_by(request))
        predictions = [{"classes": _plain(each, top)} for each in ranked]
        return JSONResponse({"snapshot": version, "predictions": predictions})

    @router.get("/suggest", responses=documented(401, 404, 409, 422, 503), tags=["model"])
    def suggest_few(
        sample_id: Annotated[list[schemas.Name], Query(min_length=1, max_length=100)],
        top: Top = None,
    ) -> schemas.Suggestions:
        """Rank the classes for a few samples of the pool."""
        return _suggestions(backend, sample_id, top)

    @router.post("/suggest", responses=documented(401, 404, 409, 413, 422, 503), tags=["model"])
    def suggest(body: schemas.SampleIds, top: Top = None) -> schemas.Suggestions:
        """Rank the classes for many samples of the pool."""
        return _suggestions(backend, body.sample_ids, top)


def _suggestions(backend: Backend, ids: Sequence[str], top: int | None) -> schemas.Suggestions:
    found, version = backend.suggest(ids)
    return schemas.Suggestions(
        snapshot=version,
        suggestions=[
            schemas.SampleSuggestion(
                sample_id=sample_id,
                classes=schemas.ranked(each, top),
                suggesters=list(each.suggesters),
            )
            for sample_id, each in zip(ids, found, strict=True)
        ],
    )


def _plain(suggestion: Suggestion, top: int | None) -> list[dict[str, Any]]:
    pairs = zip(suggestion.classes, suggestion.probabilities, strict=True)
    return [{"label": name, "probability": share} for name, share in pairs][:top]


async def given_by(request: Request) -> list[object]:
    """Read the raw data of a request, in the order of its samples.

    Raises
    ------
    BadInput
        If the body is malformed.
    HTTPException
        415, if the server does not read its content type.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _given_as_json(await request.body())
    if kind == "multipart/form-data":
        return await _uploaded(request)
    if kind.startswith(FILES) or kind == "application/octet-stream":
        return [await request.body()]
    if kind == "text/plain":
        try:
            return [(await request.body()).decode()]
        except UnicodeDecodeError:
            raise BadInput("The text is not valid UTF-8.") from None
    raise HTTPException(415, _UNSUPPORTED)


def _given_as_json(body: bytes) -> list[object]:
    try:
        read = schemas.RawSamples.model_validate(json.loads(body))
    except ValidationError as error:
        raise BadInput("body." + in_one_line(error.errors())) from None
    except (ValueError, RecursionError):
        raise BadInput("The body is not valid JSON.") from None
    return [_bytes(each.data) if isinstance(each, schemas.File) else each for each in read.samples]


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("The `data` of a file is not valid base64.") from None


async def _uploaded(request: Request) -> list[object]:
    try:
        async with request.form(max_files=schemas.MOST_SAMPLES, max_fields=16) as form:
            files = [each for _, each in form.multi_items() if isinstance(each, UploadFile)]
            found: list[object] = [await file.read() for file in files]
    except HTTPException as error:
        if error.status_code == 413:
            raise
        raise BadInput(f"The multipart body is malformed: {error.detail}") from None
    except MultiPartException as error:
        raise BadInput(f"The multipart body is malformed: {error.message}") from None
    if not found:
        raise BadInput("The multipart body contains no file.")
    return found


# --- labeling ---------------------------------------------------------------------------


def _add_labeling(router: APIRouter, backend: Backend) -> None:
    @router.post("/next", responses=documented(401, 422, 503), tags=["labeling"])
    def lease(body: schemas.Wish) -> schemas.Assignments:
        """Lease samples to an annotator, in the order that the model proposes."""
        found = backend.next(body.annotator, body.n)
        return schemas.Assignments(
            assignments=[_assigned(each) for each in found],
            done=not found and backend.done(body.annotator),
        )

    @router.get("/labels", responses=documented(401, 422, 503), tags=["labeling"])
    def labels(
        after: EventId = 0, limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000
    ) -> schemas.Labels:
        """List the current labels page by page, under the current names of their classes."""
        read = backend.classes.read
        found = [read(event) for event in backend.store.labels.after(after, limit)]
        return schemas.Labels(
            labels=[schemas.LabelEvent(**schemas.event_values(event)) for event in found],
            next=found[-1].event_id if len(found) == limit else None,
        )

    @router.post("/labels", responses=documented(401, 404, 409, 413, 422, 503), tags=["labeling"])
    def answer(
        body: schemas.NewLabel,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> schemas.LabelEvent:
        """Record an answer. The response comes after the answer is committed durably.

        Sending it again with the same key records nothing new and returns the same event.
        """
        key = body.key or idempotency_key
        if key is None:
            raise BadInput("Give each label its own key, as `key` or as header Idempotency-Key.")
        event = backend.answer(
            body.annotator,
            body.sample_id,
            schemas.given_label(body.label),
            key=key,
            suggestion=schemas.shown(body.suggestion),
            shown_at=body.shown_at,
            active_seconds=body.active_seconds,
        )
        return schemas.LabelEvent(**schemas.event_values(event))

    @router.get(
        "/samples/{sample_id}/content",
        response_class=Response,
        responses=documented(401, 404, 422, 503),
        tags=["labeling"],
    )
    def content(sample_id: SampleId) -> Response:
        """Return the content of a sample: an image, an audio clip, a text, or a row as JSON."""
        shown = backend.display(sample_id)
        safe = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        if shown.kind == "table":
            return JSONResponse(dict(shown.rows), headers=safe)
        if shown.kind == "text":
            return Response(shown.text, media_type="text/plain; charset=utf-8", headers=safe)
        return Response(shown.data, media_type=shown.mime, headers=safe)


def _assigned(found: dict[str, Any]) -> schemas.AssignedSample:
    suggestion: Suggestion = found["suggestion"]
    return schemas.AssignedSample(
        sample=schemas.SampleInfo(**found["sample"]),
        suggestion=schemas.Prediction(classes=schemas.ranked(suggestion)),
        snapshot=suggestion.snapshot,
        expires_at=found["expires_at"],
    )


# --- events -----------------------------------------------------------------------------


def _add_events(router: APIRouter, news: Callable[[], News]) -> None:
    @router.get(
        "/events",
        response_class=Response,
        responses={200: {"content": {"text/event-stream": {}}}, **documented(401, 422, 503)},
        tags=["events"],
    )
    async def events(
        last_event_id: Annotated[int | None, Header(ge=0, le=schemas.LARGEST_ID)] = None,
    ) -> Response:
        """Stream server-sent events, `snapshot` and `label`, until the client disconnects.

        With `Last-Event-ID`, the stream begins with the events after that one.
        """
        try:
            stream = await news().listen(last_event_id)
        except TooManyListeners:
            return problem(503, "Too many clients are listening. Try again.", {"Retry-After": "5"})
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

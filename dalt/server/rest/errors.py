"""Turn errors into responses: a status code and one sentence each."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from dalt.core.records import (
    BadInput,
    DaltError,
    NotEncoded,
    NothingLearned,
    ReadOnly,
    StoreReplaced,
    StoreUnreachable,
    UnknownClass,
    UnknownSample,
)
from dalt.server.rest.backend import KeyUsed

STATUS: tuple[tuple[type[DaltError], int], ...] = (
    (KeyUsed, 409),
    (UnknownSample, 404),
    (UnknownClass, 422),
    (BadInput, 422),
    (NothingLearned, 409),
    (NotEncoded, 409),
    (StoreUnreachable, 503),
    (StoreReplaced, 503),
    (ReadOnly, 503),
)
"""The first match applies. Any other error of DALT becomes a 500 with its own sentence."""
SAID = {
    400: "The request is not valid HTTP.",
    401: "The token is missing or wrong.",
    404: "The pool has no sample with this id.",
    409: "There is no snapshot yet, or another label has been recorded with this key.",
    413: "The body is larger than the server accepts.",
    415: "The server does not read this content type.",
    422: "The body is malformed, names an unknown class, or holds an image that is damaged or too "
    "large.",
    503: "The server is busy, or its database is unreachable or was replaced. Nothing was "
    "recorded; send the same request again.",
}
_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """One sentence that names what is wrong and the way out."""

    error: str


def documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI document's entries for these status codes."""
    return {code: {"model": Problem, "description": SAID[code]} for code in codes}


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Build the response that says what went wrong."""
    message = " ".join(message.split()).encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"error": message}, status, headers)


def status_of(error: DaltError) -> int:
    """Return the status code of an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def add_handlers(app: FastAPI) -> None:
    """Answer every error by `problem`."""

    @app.exception_handler(DaltError)
    async def of_dalt(request: Request, error: DaltError) -> JSONResponse:
        status = status_of(error)
        if status >= 500:
            _log.error("%s %s: %s", request.method, request.url.path, error)
        headers = {"Retry-After": "1"} if status == 503 else None
        return problem(status, str(error), headers)

    @app.exception_handler(RequestValidationError)
    async def of_validation(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, in_one_line(error.errors()))

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers) if error.headers else None
        if error.status_code == 400:  # FastAPI's answer to a body in no valid encoding
            return problem(422, "The body is not valid JSON.")
        return problem(error.status_code, str(error.detail), headers)


def in_one_line(errors: Any) -> str:
    """Return the first error that pydantic found, with its location."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return "The body is not valid JSON."
    place = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")  # our own validators' sentences
    return f"{place}: {said}."

"""The OpenAPI document, with what FastAPI cannot derive from the routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dalt.server.rest.guards import OPEN
from dalt.server.rest.schemas import RawSamples

_REF = "#/components/schemas/{model}"


def add_document(app: FastAPI) -> None:
    """Add tokens, and bodies that routes read themselves, to ``/openapi.json``."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _made(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _made(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    raw = RawSamples.model_json_schema(ref_template=_REF)
    schemas |= raw.pop("$defs", {})
    schemas["RawSamples"] = raw
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "password": {"type": "http", "scheme": "basic"},
    }
    made["security"] = [{"token": []}, {"password": []}]
    for path, methods in made["paths"].items():
        if path in OPEN:
            for operation in methods.values():
                operation["security"] = []
    return made

"""The page of the OpenAPI document, without scripts or external resources."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
summary { cursor: pointer; padding: .4rem } details { border-bottom: 1px solid #8886 }
code { font-size: .95em } b { display: inline-block; min-width: 4rem } td { padding: 0 1rem 0 0 }
pre { overflow-x: auto; background: #8881; padding: .6rem }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #8bf } }
"""
# Of this very style, and no other.
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"
_HEAD = f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{_STYLE}</style>'


def add_page(app: FastAPI) -> None:
    """Add ``/docs``, which is made from ``/openapi.json``."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(
            page(app.openapi()),
            headers={"Content-Security-Policy": POLICY},
        )


def page(document: dict[str, Any]) -> str:
    """An OpenAPI document as HTML."""
    info = document["info"]
    parts = [
        _HEAD,
        f"<title>{_text(info['title'])}</title><h1>{_text(info['title'])} {_text(info['version'])}",
        f"</h1><p>{_text(info.get('description', ''))}</p>",
        '<p>For programs: <a href="/openapi.json">openapi.json</a></p>',
    ]
    for path, methods in document["paths"].items():
        parts += [_operation(method, path, said) for method, said in methods.items()]
    schemas = document.get("components", {}).get("schemas", {})
    parts.append("<h2>Schemas</h2>")
    parts += [_schema(name, schema) for name, schema in schemas.items()]
    return "".join(parts)


def _operation(method: str, path: str, said: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{_text(each['name'])}</code></td><td>{_text(each['in'])}</td>"
        f"<td>{_text(each.get('description', ''))}</td></tr>"
        for each in said.get("parameters", ())
    )
    content = said.get("requestBody", {}).get("content", {})
    body = "".join(
        f"<li>Body <code>{_text(kind)}</code> {_reference(each.get('schema', {}))}</li>"
        for kind, each in content.items()
    )
    answers = "".join(
        f"<li>{_text(code)} {_text(each['description'])} {_answer(each)}</li>"
        for code, each in said["responses"].items()
    )
    return (
        f"<details><summary><b>{_text(method.upper())}</b> <code>{_text(path)}</code></summary>"
        f"<p>{_text(said.get('description', said.get('summary', '')))}</p>"
        f"<table>{rows}</table><ul>{body}{answers}</ul></details>"
    )


def _answer(said: dict[str, Any]) -> str:
    return "".join(_reference(each.get("schema", {})) for each in said.get("content", {}).values())


def _reference(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f'<a href="#{_text(name)}">{_text(name)}</a>' if name else ""


def _schema(name: str, schema: dict[str, Any]) -> str:
    shown = _text(json.dumps(schema, indent=2, ensure_ascii=False))
    return f'<h3 id="{_text(name)}">{_text(name)}</h3><pre>{shown}</pre>'


def _text(value: object) -> str:
    return html.escape(str(value))

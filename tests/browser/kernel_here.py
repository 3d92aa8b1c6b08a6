"""The labeling page in a real browser, its kernel's half in this process: open in a moment."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Page

import dalt
from dalt.page.bundle import script, style
from dalt.widgets import LabelPage

ADDRESS = "http://127.0.0.1:9/page"
HOST = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>DALT</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>%s</style></head>
<body %s style="margin: 0"><div id="rendered_cells"><div id="place"></div></div>
<script type="module">
  import page from "/page.js";
  const heard = [];
  const code = (letter) => letter.charCodeAt(0);
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), code).buffer);
  const hear = (told) => {
    for (const [content, buffers] of told) for (const on of heard) on(content, buffers.map(bytes));
  };
  window.look = async () => hear(await window.kernel(null));
  const model = {
    get: () => undefined,
    send: async (message) => hear(await window.kernel(JSON.stringify(message))),
    on: (name, handler) => name === "msg:custom" && heard.push(handler),
  };
  const { signal } = new AbortController();
  const { initialize, render } = page();
  initialize({ model, signal });
  render({ model, el: document.querySelector("#place"), signal });
</script></body></html>"""
VOILA = 'data-voila="voila" data-jp-theme-light="true"'


class Here(LabelPage):
    """A page that keeps what the kernel says until its browser asks for it."""

    told: list[tuple[Any, list[str]]]
    one: threading.Lock

    def send(self, content: Any, buffers: Sequence[Any] | None = None) -> None:
        with self.one:
            self.told.append((content, [base64.b64encode(each).decode() for each in buffers or ()]))

    def hear(self, message: str | None) -> list[tuple[Any, list[str]]]:
        """Take a message of the browser; returns all that is to be said to it."""
        import json

        if message is not None:
            self._handle_custom_msg(json.loads(message), [])
        with self.one:
            told, self.told = self.told, []
        return told


@contextmanager
def opened(
    context: BrowserContext,
    project: dalt.Project,
    annotator: str = "ana",
    body: str = VOILA,
    **how: Any,
) -> Iterator[Page]:
    """A page of a project, in a window of the context."""
    widget = Here.__new__(Here)
    widget.told, widget.one = [], threading.Lock()
    widget.__init__(project.session(annotator), **how)  # type: ignore[misc]
    page = context.new_page()
    files = {
        "/page": ("text/html", HOST % (style(), body)),
        "/page.js": ("text/javascript", script()),
    }

    def answer(route: Any) -> None:
        kind, text = files.get(
            "/" + route.request.url.split("/")[3].split("?")[0], ("text/plain", "")
        )
        route.fulfill(status=200, content_type=f"{kind}; charset=utf-8", body=text)

    page.route("http://127.0.0.1:9/**", answer)
    page.expose_function("kernel", widget.hear)
    page.goto(ADDRESS)
    page.locator('[data-dalt="page"][data-state="ready"]').wait_for(timeout=30_000)
    yield page
    page.close()
    widget.close()

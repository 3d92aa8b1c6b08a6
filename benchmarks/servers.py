"""Servers of pages to measure: plain widgets by Voilà, and DALT's page in JupyterLab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Page
from ports import free_port

LABEL = "import os, dalt\ndalt.Project.open(os.environ['DALT_PROJECT']).label(annotator='ana')"


@contextmanager
def plain_voila(code: str, project: Path) -> Iterator[str]:
    """Serve one cell of code by Voilà; `DALT_PROJECT` names the project."""
    notebook = _notebook(project.parent / "plain.ipynb", code)
    with _serving(["voila", str(notebook), "--no-browser", "--port={port}"], project) as address:
        yield address


@contextmanager
def jupyterlab(project: Path, *cells: str) -> Iterator[str]:
    """Serve JupyterLab with a notebook: of these cells, or of one that shows the project's page."""
    folder = project.parent
    _notebook(folder / "label.ipynb", *(cells or [LABEL]))
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    no_news = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(no_news))
    places = {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }
    arguments = ["jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}"]
    arguments += ["--ServerApp.port={port}", "--IdentityProvider.token=", "--LabApp.news_url=None"]
    with _serving(arguments, project, places) as address:
        yield address


def open_in_lab(page: Page, address: str) -> None:
    """Open the notebook and run its cell."""
    page.goto(f"{address}lab/tree/label.ipynb?reset")
    cell = page.locator(".jp-Cell .jp-InputArea-editor").first
    page.get_by_text("| Idle").wait_for(timeout=90_000)  # before, JupyterLab would ask for a kernel
    cell.click()
    page.keyboard.press("Shift+Enter")


def _notebook(path: Path, *cells: str) -> Path:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=kernel), path)
    return path


@contextmanager
def _serving(
    arguments: Sequence[str], project: Path, environment: dict[str, str] | None = None
) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", *(each.format(port=port) for each in arguments)]
    environment = os.environ | {"DALT_PROJECT": str(project)} | (environment or {})
    with (project.parent / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for_server(address)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def wait_for_server(address: str, seconds: float = 60) -> None:
    """Wait until something answers there, whatever it says."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=10).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"Nothing answered at {address} within {seconds} s.")

"""A team behind a server: who is in it, and its pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from served import Wire

from dalt.server.web.process import RunningServer

ROOT = Path(__file__).parents[2]
PASSWORDS = {"ana": "correct horse", "bob": "battery staple", "olga": "owner of it all"}


@dataclass
class Team:
    """A running server with people who have passwords, and one of them is the owner."""

    address: str
    project: Path
    annotators: Path
    server: RunningServer


def review_notebook(folder: Path) -> Path:
    source = (
        "import json, os\nfrom IPython.display import Markdown\n"
        "Markdown('For the owner ' + json.dumps(dict(os.environ)).encode().hex())"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbformat.write(notebook, folder / "review.ipynb")
    return folder / "review.ipynb"


async def logged_in(team: Team, name: str) -> Wire:
    wire = Wire(team.address)
    response = await wire.log_in(name, PASSWORDS[name])
    assert response.code == 303, response.body.decode()
    return wire

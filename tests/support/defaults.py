"""Which libraries the default dependencies bring, and Pythons that can import nothing else.

Test environments have every extra.  `hidden(folder)` gives a process and its children an
environment in which the modules of all other distributions cannot be found.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from filelock import FileLock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HIDING = Path(__file__).parent / "hiding"
NAMES = "HIDDEN_MODULES"
"""The variable that tells `hiding/sitecustomize.py` what cannot be found."""


ENVIRONMENT = ROOT / ".venv-default"
MADE_OF = ("pyproject.toml", "constraints.txt", "scripts/install.sh")


def default_environment() -> Path:
    """Make, or find, the environment of somebody who asked for no extra; takes a minute.

    It is kept in the checkout, and made anew when what it is made of has changed.
    """
    digest = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in MADE_OF)).hexdigest()
    stamp = ENVIRONMENT / "made-of"
    with FileLock(ROOT / ".venv-default.lock"):  # one at a time makes it
        if not stamp.is_file() or stamp.read_text() != digest:
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            subprocess.run([ROOT / "scripts" / "install.sh", ENVIRONMENT], check=True)
            stamp.write_text(digest)
    return ENVIRONMENT


@cache
def declared() -> Mapping[str, list[str]]:
    """Requirements as pyproject.toml has them, by extra; those of the package itself are ""."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def closure(requirements: Iterable[str]) -> set[str]:
    """Canonical names of all distributions that some requirements bring."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += needs(name, extra)
        found.add(name)
    return found


def needs(name: str, extra: str) -> Iterator[Requirement]:
    """What an installed distribution asks for on this machine, with one of its extras."""
    try:
        asked = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for requirement in map(Requirement, asked):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


@cache
def brought_by() -> Mapping[str, set[str]]:
    """Canonical names of the distributions that bring each top-level module."""
    found = packages_distributions()
    return {module: {canonicalize_name(each) for each in names} for module, names in found.items()}


def not_default(requirements: Iterable[str] | None = None) -> list[str]:
    """Top-level modules that are here, but not by the default dependencies."""
    return list(_others(tuple(declared()[""] if requirements is None else requirements)))


@cache
def _others(requirements: tuple[str, ...]) -> tuple[str, ...]:
    kept = closure(requirements) | {"dalt"}
    return tuple(sorted(module for module, names in brought_by().items() if not names & kept))


def hidden(modules: Iterable[str] | None = None) -> dict[str, str]:
    """Variables of a process that finds no module but those of the default dependencies."""
    path = [str(HIDING), str(ROOT), os.environ.get("PYTHONPATH", "")]
    names = not_default() if modules is None else list(modules)
    return {"PYTHONPATH": os.pathsep.join(filter(None, path)), NAMES: json.dumps(names)}


def plain_environment() -> dict[str, str]:
    """Variables without those that could bring other libraries in."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV") and not name.startswith(("DALT_", "JUPYTER"))
    }

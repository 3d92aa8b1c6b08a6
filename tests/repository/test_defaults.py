"""What a default command opens needs no extra: all of DALT where only the default libraries are."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pytest
import soundfile
from defaults import ROOT, brought_by, closure, declared, hidden, not_default
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import dalt

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOURCES = sorted((ROOT / "dalt").rglob("*.py"))
ELSEWHERE = {"autopytorch_worker.py"}
"""Runs in an environment of its own (learning/tuning/autopytorch-lock.txt)."""

MODULES_OF_EXTRAS = (
    "dalt.server.rest.app",
    "dalt.server.rest",
    "dalt.learning.tuning.autopytorch_worker",
)
"""What is imported only once somebody asked for the extra and it was found."""


@cache
def asked_by_name(extras: tuple[str, ...]) -> set[str]:
    """Canonical names of the distributions that are declared, not those that they bring."""
    every = declared()
    return {canonicalize_name(Requirement(each).name) for extra in extras for each in every[extra]}


def imported(source: str) -> Iterator[str]:
    """Top-level modules of other distributions that a source imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top != "dalt":
                yield top


def undeclared(source: str, extras: list[str]) -> list[str]:
    known = asked_by_name(tuple(extras))
    return sorted({top for top in imported(source) if not brought_by().get(top, set()) & known})


def cells(notebook: Path) -> str:
    read = nbformat.read(notebook, as_version=4)
    return "\n".join(cell.source for cell in read.cells if cell.cell_type == "code")


# --- what is declared ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_imported_is_declared(path: Path) -> None:
    if path.name in ELSEWHERE:
        return
    of_users = [extra for extra in declared() if extra not in ("dev", "bench")]
    assert undeclared(path.read_text("utf-8"), of_users) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_import_default_libraries_alone(path: Path) -> None:
    assert undeclared(cells(path), [""]) == []


def test_an_import_that_nobody_declared_is_found() -> None:
    assert undeclared("def f():\n    import pytest, numpy", ["", "api"]) == ["pytest"]
    assert undeclared("from fastapi import FastAPI", [""]) == ["fastapi"]


def test_what_only_extras_bring_is_hidden() -> None:
    gone = set(not_default())
    assert {"fastapi", "pyarrow", "distributed", "psycopg", "onnxruntime", "pytest"} <= gone
    assert not gone & {"numpy", "torch", "matplotlib", "jinja2", "voila", "nbclient"}
    fewer = [each for each in declared()[""] if not each.startswith("matplotlib")]
    assert {"matplotlib", "kiwisolver"} <= set(not_default(fewer)), "it is there by default alone"
    assert "matplotlib" not in closure(fewer)


# --- where nothing else is ----------------------------------------------------------------------


def python(*command: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Run Python where only what the default dependencies bring can be imported."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        env=os.environ | hidden() | {"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"},
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


EVERYTHING = """
import importlib, json, pkgutil, sys
import dalt
failed = {}
for found in pkgutil.walk_packages(dalt.__path__, "dalt."):
    if not found.name.startswith(tuple(sys.argv[1:])):
        try:
            importlib.import_module(found.name)
        except ImportError as error:
            failed[found.name] = str(error)
[getattr(dalt, name) for name in dalt.__all__]
print(json.dumps([failed, "fastapi" in sys.modules, importlib.util.find_spec("fastapi") is None]))
"""


def test_every_module_imports(tmp_path: Path) -> None:
    assert find_spec("fastapi") is not None, "the tests' own environment has it"
    done = python("-c", EVERYTHING, *MODULES_OF_EXTRAS, where=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{}, False, True]


COMMANDS = """
import contextlib, io, json, sys
from dalt.cli import build_parser, main
def said(words):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = main(words)
        except SystemExit as ending:
            code = ending.code
    return code, out.getvalue()
print(json.dumps([said(words) for words in json.loads(sys.argv[1])]))
"""


def say(commands: list[list[str]], where: Path) -> list[tuple[int, str]]:
    done = python("-c", COMMANDS, json.dumps(commands), where=where)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_command_explains_itself(tmp_path: Path) -> None:
    from test_docs import subcommands

    names = sorted(subcommands())
    for name, (code, text) in zip(
        names, say([[name, "--help"] for name in names], tmp_path), strict=True
    ):
        assert code == 0 and f"usage: dalt {name}" in text


NEEDS = {
    "api": ["api", "P"],
    "croissant": ["card", "P", "--croissant", "card.json"],
    "dask": ["encode", "P", "--dask", "tcp://127.0.0.1:9"],
    "export": ["export-model", "P", "model.onnx"],
    "onnx": ["encode", "P", "--encoder", "model.onnx"],
    "parquet": ["export", "P", "labels.parquet"],
    "postgres": ["migrate", "P", "--to", "postgresql"],
    "sentences": ["encode", "P", "--encoder", "sentences"],
    "minilm": ["encode", "P", "--encoder", "minilm"],
    "text": ["encode", "P", "--encoder", "st:all-MiniLM-L6-v2"],
    "photos": ["encode", "R", "--encoder", "dinov2"],
    "timm": ["encode", "R", "--encoder", "timm:resnet18.a1_in1k"],
    "open-clip": ["encode", "P", "--encoder", "open_clip:ViT-B-32/openai"],
    "audio": ["encode", "S", "--encoder", "hf:facebook/hubert-base-ls960"],
    "activeml": [
        *("init", "Q", "--classes", "a,b", "--csv", "rows.csv", "--text", "t"),
        *("--strategy", "skactiveml:Badge"),
    ],
}
"""A command of the manual that needs each extra."""
FOR_FILES = {"av", "dicom", "raw", "spacy"}
"""Extras that read some files; what is said of each file without them is in tests/data/."""
FOR_ADDRESSES = {"gs", "hf", "http", "s3"}
"""Extras that read samples behind addresses; tests/data/ says what is said without them."""


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    with dalt.Project.create(tmp_path / "P", classes=["a", "b"]) as project:
        project.add_texts([f"text {i}" for i in range(24)], progress=False)
        project.add_embeddings(np.eye(24, dtype=np.float32), progress=False)
        with project.session("ana") as session:
            while (asked := session.next()) is not None:
                session.submit(asked, "ab"[asked.sample.position % 2])
    with dalt.Project.create(tmp_path / "R", classes=["a", "b"]) as project:
        project.add_images(np.eye(24, dtype=np.uint8).reshape(3, 8, 24), progress=False)
    soundfile.write(tmp_path / "sound.wav", np.zeros(999), 8_000)
    with dalt.Project.create(tmp_path / "S", classes=["a", "b"]) as project:
        project.add_audio([tmp_path / "sound.wav"], progress=False)
    return tmp_path


def test_a_command_that_needs_an_extra_names_it(
    texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    commands = [
        *NEEDS.values(),
        ["import", "P", "given.parquet"],
        ["tune", "P", "--dask", "tcp://127.0.0.1:9"],
    ]
    (texts / "given.parquet").write_bytes(b"PAR1")
    (texts / "rows.csv").write_text("t\none\ntwo\n", "utf-8")
    for extra, words, (code, text) in zip(
        [*NEEDS, "parquet", "dask"], commands, say(commands, texts), strict=True
    ):
        *_, last = text.splitlines()
        assert code == 1 and text.count("dalt: ") == 1, (words, text)
        assert last.startswith("dalt: ") and f"dalt[{extra}]" in last, (words, text)


def test_the_extras_that_commands_need_are_the_extras_that_there_are() -> None:
    assert set(NEEDS) | FOR_FILES | FOR_ADDRESSES == set(declared()) - {"", "dev", "bench", "plots"}
    assert declared()["plots"] == [], "the name stays, and brings nothing more"

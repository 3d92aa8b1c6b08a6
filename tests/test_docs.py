"""What the documents say is true: their code runs, their commands exist, none is left out."""

import argparse
import doctest
import importlib
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import dalt
from dalt.cli import build_parser

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "benchmarks")
    for path in sorted(folder.glob("*.md"))
]
MODULES = ["dalt", *(found.name for found in pkgutil.walk_packages(dalt.__path__, "dalt."))]


def blocks(path: Path, *languages: str) -> list[str]:
    """The fenced blocks of a document that are marked as one of the languages."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [code for language, code in found if language in languages]


def shown_commands(program: str) -> Iterator[tuple[str, list[str]]]:
    """Every command of a program in a block of a document, as a shell reads it."""
    for path in DOCUMENTS:
        for line in "\n".join(blocks(path, "console", "bash", "sh")).splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words[:1] == [program]:
                yield path.name, words[1:]


def subcommands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        each
        for each in build_parser()._actions
        if isinstance(each, argparse._SubParsersAction)  # the only way to ask argparse
    )
    return dict(action.choices)


@pytest.mark.usefixtures("brief_training")
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_in_document_runs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = blocks(path, "python")
    if not code:
        return
    photos = tmp_path / "photos"
    photos.mkdir()
    digits = load_digits()
    for index, image in enumerate(digits.images[:16]):
        Image.fromarray((image * 15).astype(np.uint8)).save(photos / f"{index}.png")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}
    for block in code:
        exec(compile(block, path.name, "exec"), namespace)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testmod(importlib.import_module(name), optionflags=options, verbose=False)
    assert result.failed == 0


def test_every_command_is_documented() -> None:
    told = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    missing = [name for name in subcommands() if f"dalt {name}" not in told]
    assert missing == []


def test_documented_commands_parse() -> None:
    shown = list(shown_commands("dalt"))
    assert shown
    for document, words in shown:
        try:
            build_parser().parse_args(words)
        except SystemExit:
            pytest.fail(f"{document} shows `dalt {shlex.join(words)}`, which is refused")


def test_documented_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = {words[0] for _, words in shown_commands("make")}
    assert {"demo", "test"} <= shown <= targets


def test_readme_begins_with_the_two_commands() -> None:
    first = blocks(ROOT / "README.md", "console", "bash", "sh")[0]
    commands = [line.split("#")[0].strip() for line in first.splitlines()]
    assert commands == ["make demo", "make test"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (path.parent / link).exists()] == []

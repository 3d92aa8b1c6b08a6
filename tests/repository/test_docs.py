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

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
]
MANUAL = [path for path in DOCUMENTS if path.parent == ROOT / "docs"]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
MODULES = ["dalt", *(found.name for found in pkgutil.walk_packages(dalt.__path__, "dalt."))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


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
    actions = build_parser()._actions  # noqa: SLF001  argparse has no public way
    (action,) = (each for each in actions if each.choices and each.option_strings == [])
    assert isinstance(action.choices, dict)
    return action.choices


@pytest.mark.usefixtures("brief_training")
@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
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


def test_readme_is_short_and_names_every_page() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    assert [path.name for path in MANUAL if f"(docs/{path.name})" not in text] == []


def anchors(text: str) -> set[str]:
    """What the headings of a document are called in links, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", text, re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        taken = sum(re.fullmatch(rf"{re.escape(name)}(-\d+)?", each) is not None for each in found)
        found.add(f"{name}-{taken}" if taken else name)
    return found


def broken_links(path: Path) -> list[str]:
    """Relative links of a document whose file, or whose anchor in it, does not exist."""
    broken = []
    for link in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    return broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A `code` title\n## Same\n## Same\n", "utf-8")
    good = "[a](there.md) [b](there.md#a-code-title) [c](there.md#same-1) [d](#here)"
    bad = "[e](gone.md) [f](there.md#same-2) [g](#nowhere) [h](#not-a-heading)"
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n{good}\n{bad}\n```sh\n# not a heading\n```\n", "utf-8")
    assert broken_links(page) == ["gone.md", "there.md#same-2", "#nowhere", "#not-a-heading"]


def test_decisions_are_numbered_dated_and_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    numbers = [path.name.partition("-")[0] for path in RECORDS]
    assert numbers == [f"{number:04}" for number in range(1, len(RECORDS) + 1)] != []
    parts = [r"# .+", r"\d{4}-\d\d-\d\d"]
    parts += [rf"\*\*{name}\.\*\* .+" for name in ("Context", "Decision", "Consequences")]
    for path in RECORDS:
        assert re.match("\n\n".join(parts), path.read_text("utf-8"), re.DOTALL), path.name
        assert f"({path.name})" in listed, path.name


def test_the_version_is_released_and_cited() -> None:
    releases = re.findall(r"^## \[(\d[\d.]*)\] - (\d{4}-\d\d-\d\d)$", read("CHANGELOG.md"), re.M)
    assert releases[0][0] == dalt.__version__
    version, date = releases[0]
    cited = read("CITATION.cff")
    assert f"\nversion: {version}\n" in cited and f"\ndate-released: {date}\n" in cited


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")

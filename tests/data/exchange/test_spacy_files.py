"""Documents of spaCy, made and read by spaCy itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
from defaults import hidden
from spacy.tokens import Doc, DocBin, Span

from dalt.core.records import BadInput, ClassSet, LabelValue, Region
from dalt.data.exchange.entries import Content, Entry
from dalt.data.exchange.items import Imported, Reading, Unusable
from dalt.data.exchange.spacy_files import read_spacy, write_spacy

CLASSES = ClassSet(("ORG", "PER"))
MANY = ClassSet(("ORG", "PER"), multi=True)
SPANS = ClassSet(("ORG", "PER"), shape="span", multi=True)
TEXT = "EU 😀 rejects German call"


@pytest.fixture(scope="module")
def nlp() -> spacy.Language:
    return spacy.blank("en")


def stored(folder: Path, *docs: Doc) -> Path:
    DocBin(docs=docs).to_disk(folder / "in.spacy")
    return folder / "in.spacy"


def read(path: Path, classes: ClassSet) -> list[Any]:
    return list(read_spacy(path, classes, Reading()))


def test_entities_and_groups_of_spans_come_in_once(tmp_path: Path, nlp: spacy.Language) -> None:
    doc = nlp(TEXT)
    doc.ents = [Span(doc, 0, 1, "ORG")]
    doc.spans["sc"] = [Span(doc, 0, 1, "ORG"), Span(doc, 0, 4, "PER")]
    (found,) = read(stored(tmp_path, doc), SPANS)
    assert isinstance(found, Imported) and found.text == TEXT
    assert [(TEXT[each["start"] : each["end"]], each["label"]) for each in found.label] == [
        ("EU", "ORG"),
        ("EU 😀 rejects German", "PER"),
    ]


def test_no_entities_are_an_answer_and_unknown_ones_are_not(
    tmp_path: Path, nlp: spacy.Language
) -> None:
    none = nlp(TEXT)
    none.set_ents([], default="outside")
    answer, missing = read(stored(tmp_path, none, nlp("Nobody looked")), SPANS)
    assert answer.label == []
    assert missing == Unusable("Document 2", "has no spans (doc.ents, doc.spans)")


def test_classes_are_those_with_high_scores(tmp_path: Path, nlp: spacy.Language) -> None:
    one, both, none = nlp("one"), nlp("both"), nlp("none")
    one.cats, both.cats = {"ORG": 0.9, "PER": 0.1}, {"ORG": 1.0, "PER": 1.0}
    path = stored(tmp_path, one, both, none)
    first, second, third = read(path, CLASSES)
    assert (first.label, first.text) == ("ORG", "one")
    assert isinstance(second, Unusable) and second.why.startswith("has 2 classes (ORG, PER)")
    assert third == Unusable("Document 3", "has no classes (doc.cats)")
    assert [each.label for each in read(path, MANY)[:2]] == [["ORG"], ["ORG", "PER"]]


def test_what_is_no_file_of_spacy_says_so(tmp_path: Path) -> None:
    (tmp_path / "in.spacy").write_bytes(b"nothing")
    with pytest.raises(BadInput, match=r"in\.spacy' is no file of spaCy"):
        read(tmp_path / "in.spacy", SPANS)
    with pytest.raises(BadInput, match="There is no file"):
        read(tmp_path / "none.spacy", SPANS)


def test_without_spacy_its_extra_is_named(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.items import Reading
from dalt.data.exchange.spacy_files import read_spacy, write_spacy
for call in (
    lambda: list(read_spacy(Path("in.spacy"), ClassSet(("a",)), Reading())),
    lambda: write_spacy([], Path("out.spacy"), ClassSet(("a",))),
):
    try:
        call()
    except BadInput as error:
        print(error)
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | hidden(["spacy"]),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    why = "Files of spaCy need spaCy, which is not installed: pip install 'dalt[spacy]'."
    assert said == [why, why]


# --- written ----------------------------------------------------------------------------


def entries(*pairs: tuple[str, LabelValue]) -> list[Entry]:
    return [
        Entry(str(n), "text", str(n), (("ana", label),), lambda text=text: Content(text=text))  # type: ignore[misc]
        for n, (text, label) in enumerate(pairs)
    ]


def span(label: str, start: int, end: int) -> Region:
    return Region("span", label, start=start, end=end)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (TEXT, (span("ORG", 0, 2), span("PER", 13, 19))),
        ("Müller-Lüdenscheidt\n\n  gone ", (span("PER", 7, 19), span("ORG", 2, 6))),
        ("ends in a space here", (span("ORG", 8, 10), span("PER", 4, 5))),
        ("one over another", (span("ORG", 0, 8), span("PER", 4, 16), span("PER", 4, 16))),
        ("nothing", ()),
        ("안녕하세요 고양이", (span("ORG", 6, 9),)),
    ],
)
def test_spans_anywhere_come_back_whole(
    tmp_path: Path, text: str, label: tuple[Region, ...]
) -> None:
    assert write_spacy(entries((text, label)), tmp_path / "out.spacy", SPANS) == 1
    (found,) = read(tmp_path / "out.spacy", SPANS)
    assert found.text == text
    assert {(s["start"], s["end"], s["label"]) for s in found.label} == {
        (each.start, each.end, each.label) for each in label
    }


def test_spacy_finds_entities_and_scores_where_it_trains(
    tmp_path: Path, nlp: spacy.Language
) -> None:
    label = (span("ORG", 0, 2), span("PER", 13, 19))
    write_spacy(entries((TEXT, label)), tmp_path / "out.spacy", SPANS)
    (doc,) = DocBin().from_disk(tmp_path / "out.spacy").get_docs(nlp.vocab)
    assert [(each.text, each.label_) for each in doc.ents] == [("EU", "ORG"), ("German", "PER")]
    assert [each.text for each in doc.spans["sc"]] == ["EU", "German"]
    assert [each.text for each in doc][:4] == ["EU", "😀", "rejects", "German"]
    write_spacy(entries((TEXT, "PER")), tmp_path / "out.spacy", CLASSES)
    (doc,) = DocBin().from_disk(tmp_path / "out.spacy").get_docs(nlp.vocab)
    assert doc.cats == {"ORG": 0.0, "PER": 1.0}

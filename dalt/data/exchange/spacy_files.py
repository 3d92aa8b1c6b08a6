"""spaCy's files of documents (``.spacy``, `DocBin`), read and written by spaCy itself."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.errors import first_line, os_reason
from dalt.core.records import BadInput, ClassSet, LabelValue, Region
from dalt.data.exchange.entries import Entry, names_of, only_label, regions_of, require_kind
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.label_forms import NoLabel, only, wanted

if TYPE_CHECKING:
    from spacy.tokens import Doc

GROUP = "sc"
"""The group of spans that spaCy's span categorizer learns from by default."""
LEAST_SCORE = 0.5
SIGN = "labels of a DALT project"
"""Stands among the words of files that DALT wrote."""


def is_spacy(path: Path) -> bool:
    """Whether it is a file of spaCy's documents, by its ending."""
    return path.suffix.lower() == ".spacy" and path.is_file()


def read_spacy(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read classes (``doc.cats``) or spans (``doc.ents`` and ``doc.spans``) of texts.

    Documents are known by their text.

    Raises
    ------
    BadInput
        If spaCy is not installed, or it is no such file.
    """
    spacy = _spacy()
    from spacy.tokens import DocBin

    try:
        stored = DocBin().from_disk(path)
    except FileNotFoundError:
        raise BadInput(f"There is no file {str(path)!r}.") from None
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None
    except Exception as error:  # spaCy raises what zlib and msgpack do
        raise BadInput(f"{str(path)!r} is no file of spaCy ({first_line(error)}).") from None
    for number, doc in enumerate(stored.get_docs(spacy.blank("xx").vocab), 1):
        where = f"Document {number}"
        try:
            label = _spans(doc) if classes.shape == "span" else _classes(doc, classes)
        except NoLabel as why:
            yield Unusable(where, str(why))
            continue
        yield Imported(where, label, text=doc.text)


def _classes(doc: Doc, classes: ClassSet) -> Any:
    if classes.shape is not None:
        raise NoLabel(f"has no {wanted(classes)}: it is a text")
    if not doc.cats:
        raise NoLabel("has no classes (doc.cats)")
    found = [name for name, score in doc.cats.items() if score >= LEAST_SCORE]
    return found if classes.multi else only(found)


def _spans(doc: Doc) -> list[dict[str, Any]]:
    if not doc.has_annotation("ENT_IOB") and not doc.spans:
        raise NoLabel("has no spans (doc.ents, doc.spans)")
    every = [*doc.ents, *(span for group in doc.spans.values() for span in group)]
    found = dict.fromkeys((span.start_char, span.end_char, span.label_) for span in every)
    return [
        {"shape": "span", "label": label, "start": start, "end": end}
        for start, end, label in sorted(found)
    ]


def wrote(path: Path) -> bool:
    """Whether DALT wrote a file of spaCy's documents."""
    try:
        return is_spacy(path) and SIGN.encode() in zlib.decompress(path.read_bytes())
    except (OSError, zlib.error):
        return False


# --- written ----------------------------------------------------------------------------


def write_spacy(entries: Iterable[Entry], path: Path, classes: ClassSet) -> int:
    """Write texts with classes or spans as ``spacy train`` reads them.

    Words are cut where spans begin and end.  Spans are in ``doc.spans["sc"]``, and in
    ``doc.ents`` as well if none overlap.

    Raises
    ------
    BadInput
        If spaCy is not installed, the samples are no texts, or annotators gave different labels.
    """
    spacy = _spacy()
    from spacy.tokens import DocBin

    tokenizer = spacy.blank("xx")
    stored, count = DocBin(), 0
    for entry in entries:
        require_kind(entry, ("text",), "spacy")
        label = only_label(entry, "spacy")
        regions = regions_of(label)
        doc = _document(tokenizer, entry.content().text, regions)
        if classes.shape == "span":
            _mark(doc, regions)
        else:
            doc.cats = _scores(label, classes)
        stored.add(doc)
        count += len(entry.answers)
    stored.strings.add(SIGN)
    path.write_bytes(stored.to_bytes())
    return count


def _scores(label: LabelValue, classes: ClassSet) -> dict[str, float]:
    said = names_of(label)
    return {name: float(name in said) for name in classes.names}


def _document(nlp: Any, text: str, regions: Sequence[Region]) -> Doc:
    """A document whose words end where spans begin and end."""
    from spacy.tokens import Doc

    cut = {0, len(text)}
    for token in nlp.tokenizer(text):
        cut |= {token.idx, token.idx + len(token.text)}
    starts, stops = {each.start for each in regions}, {each.end for each in regions}
    ends = sorted(cut | starts | stops)
    words: list[str] = []
    spaces: list[bool] = []
    for start, end in pairwise(ends):
        # A space behind a word is the word's, as spaCy has it, unless a span begins or ends there.
        behind = bool(words) and not spaces[-1] and start not in starts and end not in stops
        if text[start:end] == " " and behind:
            spaces[-1] = True
        else:
            words.append(text[start:end])
            spaces.append(False)
    return Doc(nlp.vocab, words=words, spaces=spaces)


def _mark(doc: Doc, regions: Sequence[Region]) -> None:
    spans: list[Any] = [doc.char_span(each.start, each.end, label=each.label) for each in regions]
    doc.spans[GROUP] = spans
    ordered = sorted(regions, key=lambda each: each.start)
    if all(before.end <= after.start for before, after in pairwise(ordered)):
        doc.set_ents(spans)


def _spacy() -> Any:
    if find_spec("spacy") is None:
        raise BadInput(
            "Files of spaCy need spaCy, which is not installed: pip install 'dalt[spacy]'."
        )
    import spacy

    return spacy

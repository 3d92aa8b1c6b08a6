"""CoNLL: a line for each token, with columns and a tag, and an empty line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.conll_lines import (
    DOCUMENT,
    TAG,
    Lines,
    Sentence,
    cells_of,
    sentences_of,
)
from dalt.data.exchange.entries import Entry, only_label, regions_of, require_kind
from dalt.data.exchange.items import Imported, Item, Reading, Unusable
from dalt.data.exchange.tags import (
    OUTSIDE,
    Style,
    classes_of,
    joined,
    region_of,
    spans_of,
    style_of,
    tags_of,
    tokens_of,
)

ENDINGS = frozenset(
    (".conll", ".conllu", ".conllup", ".conll2003", ".conll02", ".conll03", ".iob", ".iob1",
     ".iob2", ".bio", ".bio2", ".bioes", ".bilou")
)  # fmt: skip
MAYBE = frozenset((".txt", ".tsv", ".train", ".testa", ".testb", ".dev", ".test", ".valid"))
"""Endings of files that are CoNLL if their lines are."""
LOOKED_AT = 200
"""Lines of such a file that have to be."""
MOST_TAGS = 1_000
"""A column with more different values holds no tags."""
BEGINNING = f"{DOCUMENT} -X- O O"
_INDEX = re.compile(r"\d+([-.]\d+)?")
_MISC = re.compile(r"(?:^|\|)(?:NER|NE|Tag)=([^|]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns hold the tokens and the tags.

    Attributes
    ----------
    token, tag : int
    style : str
    misc : bool
        Whether the tag is a part of its column: ``NER=B-PER|SpaceAfter=No``.
    others : tuple of int
        Further columns that have tags of the project's classes.
    """

    token: int
    tag: int
    style: Style
    misc: bool = False
    others: tuple[int, ...] = ()


# --- reading ----------------------------------------------------------------------------


def is_conll(path: Path) -> bool:
    """Whether it is a file of tokens with tags, by its ending or by its lines."""
    if not path.is_file():
        return False
    ending = path.suffix.lower()
    if ending in ENDINGS:
        return True
    return ending in MAYBE and _has_tags(path)


def _has_tags(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            lines = [line.rstrip("\n") for line in islice(file, LOOKED_AT)]
    except OSError:
        return False
    rows = [cells_of(line) for line in lines if line.strip() and not line.startswith("#")]
    rows = [row for row in rows if row[0] != DOCUMENT]
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return False
    tags = ({row[column] for row in rows} for column in range(1, len(rows[0])))
    return any("O" in values and all(map(TAG.fullmatch, values)) for values in tags)


def read_conll(path: Path, classes: ClassSet, reading: Reading) -> Iterator[Item]:
    """Read the spans of sentences; a sample is found by their tokens, whatever its spaces.

    The tags stand in the column that `reading` names (by its number from 1, or as
    ``# global.columns`` names it), or else in the one with most tags of the project's classes, or
    the last one with tags.  A sentence without spans is one that has none.

    Raises
    ------
    BadInput
        If the project marks no spans, or the file has no tags or is not UTF-8.
    """
    if classes.shape != "span":
        raise BadInput(
            f"{str(path)!r} marks spans of texts (CoNLL); a project with task='spans' takes them."
        )
    lines = Lines(path)
    layout = _layout(lines, classes, reading)
    for sentence in sentences_of(lines):
        yield _item(sentence, layout, classes)


def _item(sentence: Sentence, layout: Layout, classes: ClassSet) -> Item:
    where = f"Line {sentence.line}"
    width = max(layout.token, layout.tag)
    rows = [row for row in sentence.rows if not _skipped(row, layout)]
    begin = max(sentence.last - len(sentence.rows) + 1, sentence.line)
    for number, row in enumerate(sentence.rows, begin):
        if len(row) <= width:
            line = min(number, sentence.last)
            return Unusable(
                f"Line {line}", f"has {len(row)} columns; the tag is in column {width + 1}"
            )
    tokens = [row[layout.token] for row in rows]
    tags = [_tag(row, layout) for row in rows]
    spaced = {_cell(name): name for name in (*classes.names, *classes.former)}
    found = [(a, b, spaced.get(name, name)) for a, b, name in spans_of(tags, layout.style)]
    text, regions = joined(tokens, found)
    written = sentence.comments.get("text")
    places = _places(written, tokens) if written else None
    if written and places:
        text, regions = written, [region_of(written, places, span) for span in found]
    return Imported(
        where,
        regions,
        sample_id=sentence.comments.get("sample_id"),
        text=text,
        of_tokens=True,
        annotator=sentence.comments.get("annotator"),
        left_out=tuple(_left_out(rows, layout, classes)),
    )


def _skipped(row: Sequence[str], layout: Layout) -> bool:
    """Whether it is a line of CoNLL-U without a token of its own: 1-2 and 1.1."""
    return layout.token > 0 and bool(re.fullmatch(r"\d+[-.]\d+", row[0]))


def _tag(row: Sequence[str], layout: Layout) -> str:
    cell = row[layout.tag]
    if not layout.misc:
        return cell
    found = _MISC.search(cell)
    return found[1] if found else "O"


def _places(text: str, tokens: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where the tokens stand in the text; None if they do not."""
    places, after = [], 0
    for token in tokens:
        begin = text.find(token, after)
        if begin < 0 or text[after:begin].strip():
            return None
        after = begin + len(token)
        places.append((begin, after))
    return places


def _left_out(rows: list[list[str]], layout: Layout, classes: ClassSet) -> Iterator[str]:
    for column in layout.others:
        values = {row[column] for row in rows if len(row) > column}
        style = style_of(values)
        named = classes_of(values, style) if style else set()
        if named & {*classes.names, *classes.former}:
            yield f"the tags of column {column + 1} (name it to import them instead)"


# --- columns ----------------------------------------------------------------------------


def _layout(lines: Lines, classes: ClassSet, reading: Reading) -> Layout:
    """Find the columns, from the whole file."""
    values: list[set[str] | None] = []
    names: list[str] = []
    indexed = True
    for sentence in sentences_of(lines):
        if "global.columns" in sentence.comments:
            names = sentence.comments["global.columns"].split()
        for row in sentence.rows:
            indexed = indexed and bool(_INDEX.fullmatch(row[0]))
            _collect(row, values)
    if not values:
        raise BadInput(f"{str(lines.path)!r} holds no lines with tokens and tags.")
    token = _token(lines, names, indexed, len(values))
    if reading.label is not None:
        return _named(lines, reading.label, names, values, token)
    if len(values) == 10 and indexed and not names and _in_misc(lines):
        return Layout(token, 9, "before", misc=True)
    return _found(lines, values, token, {*classes.names, *classes.former})


def _collect(row: Sequence[str], values: list[set[str] | None]) -> None:
    while len(values) < len(row):
        values.append(set())
    for column, cell in enumerate(row):
        seen = values[column]
        if seen is not None:
            seen.add(cell)
            if len(seen) > MOST_TAGS:
                values[column] = None


def _token(lines: Lines, names: list[str], indexed: bool, width: int) -> int:
    for name in ("FORM", "TOKEN", "WORD"):
        if name in names:
            return names.index(name)
    if width > 10 and next(iter(lines), "").startswith("#begin document"):
        return 3  # CoNLL-2012: document, part, number, word
    return 1 if indexed and width > 2 else 0


def _in_misc(lines: Lines) -> bool:
    return any(
        len(row) > 9 and _MISC.search(row[9])
        for sentence in sentences_of(lines)
        for row in sentence.rows
    )


def _named(
    lines: Lines, label: str, names: list[str], values: list[set[str] | None], token: int
) -> Layout:
    """The layout with the column of tags that the owner names."""
    column = names.index(label) if label in names else int(label) - 1 if label.isdecimal() else -1
    tags = values[column] if 0 <= column < len(values) else None
    style = style_of(tags) if tags else None
    if style is None:
        raise BadInput(
            f"{str(lines.path)!r} has no column {label!r} of tags; name it by its number, from 1 "
            f"to {len(values)}."
        )
    return Layout(token, column, style)


def _found(lines: Lines, values: list[set[str] | None], token: int, wanted: set[str]) -> Layout:
    styles = {
        column: style
        for column, tags in enumerate(values)
        if column != token and tags and not tags <= {*OUTSIDE[1:], "*"}
        if (style := style_of(tags)) is not None
    }
    if not styles:
        raise BadInput(
            f"{str(lines.path)!r} has no column of tags as O, B-PER and I-PER; each line has a "
            "token and a tag."
        )
    fits = {
        column: len(classes_of(values[column] or (), style) & wanted)
        for column, style in styles.items()
    }
    most = max(fits.values())
    counts = _spans_in(lines, [column for column in styles if fits[column] == most], styles)
    chosen = max(counts, key=lambda column: (counts[column] if most else 0, column))
    others = tuple(column for column in styles if column != chosen and fits[column])
    return Layout(token, chosen, styles[chosen], others=others)


def _spans_in(lines: Lines, columns: list[int], styles: dict[int, Style]) -> dict[int, int]:
    """How many tokens have tags in each column: nested spans have fewer than outer ones."""
    counts = dict.fromkeys(columns, 0)
    if len(columns) > 1:
        for sentence in sentences_of(lines):
            for row in sentence.rows:
                for column in columns:
                    counts[column] += len(row) > column and row[column] not in OUTSIDE
    return counts


# --- writing ----------------------------------------------------------------------------


def write_conll(entries: Iterable[Entry], file: IO[str], classes: ClassSet) -> int:
    """Write spans in the four columns of CoNLL-2003, tags in IOB2.

    A text is a document of one sentence.  Its tokens are runs of letters and digits, and every
    other character by itself; a token also ends where a span begins or ends.  There are no
    comments, which most readers take for tokens; `read_conll` finds samples by their tokens.

    Raises
    ------
    BadInput
        If spans overlap, annotators gave different labels, or these are no spans of texts.
    """
    if classes.shape != "span":
        raise BadInput("conll holds spans of texts; choose csv, jsonl, huggingface or chat.")
    count = 0
    for entry in entries:
        require_kind(entry, ("text",), "conll")
        text = entry.content().text
        spans = [(r.start, r.end, r.label) for r in regions_of(only_label(entry, "conll"))]
        tokens = tokens_of(text, {edge for start, end, _ in spans for edge in (start, end)})
        tags = tags_of(tokens, spans)
        if tags is None:
            raise BadInput(
                f"conll has room for one tag a token; spans of sample {entry.sample_id} overlap "
                "or hold only spaces. Choose jsonl, huggingface or label-studio."
            )
        file.write(f"{BEGINNING}\n\n")
        for (begin, end), tag in zip(tokens, tags, strict=True):
            file.write(f"{text[begin:end]} -X- -X- {_cell(tag)}\n")
        file.write("\n")
        count += 1
    return count


def _cell(tag: str) -> str:
    """A tag or class without spaces: they separate the columns."""
    return "_".join(tag.split())

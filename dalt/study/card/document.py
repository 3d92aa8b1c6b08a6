"""A card's text as blocks, written as Markdown or HTML; all text is plain, never markup."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dalt.study.card.escaping import isolated, lines_of, markdown, one_line
from dalt.study.card.kept import place


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the title."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences."""

    text: str


@dataclass(frozen=True, slots=True)
class Yours:
    """A place for what only the owner can tell; it says so until they write something."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A user's text of several lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A table."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Yours | Quote | Rows


def to_markdown(blocks: Iterable[Block]) -> str:
    r"""Write blocks as Markdown.

    Examples
    --------
    >>> print(to_markdown([Heading(2, "A|B"), Quote("one\n---")]), end="")
    ## A\|B
    <BLANKLINE>
    > one\
    > \---
    """
    return "\n\n".join(_markdown_of(block) for block in blocks) + "\n"


def to_html(blocks: Iterable[Block]) -> str:
    """Write blocks as HTML.

    Examples
    --------
    >>> to_html([Paragraph("a < b")])
    '<p>a &lt; b</p>'
    """
    return "\n".join(_html_of(block) for block in blocks)


def _markdown_of(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {markdown(text)}"
        case Paragraph(text):
            return markdown(text)
        case Yours(name, text):
            return place(name, f"*{markdown(text)}*")
        case Quote(text):
            # Not <br>: at the beginning of a line it would make HTML of those that follow.
            return "\\\n".join(f"> {markdown(line)}" for line in _inner(text))
        case Rows(header, rows):
            lines = [header, tuple("---" for _ in header)]
            told = [_row(map(markdown, lines[0])), _row(lines[1])]
            return "\n".join(told + [_row(map(markdown, row)) for row in rows])


def _inner(text: str) -> list[str]:
    """The lines of a text without empty ones at its ends."""
    lines = lines_of(text)
    told = [number for number, line in enumerate(lines) if one_line(line)]
    return lines[told[0] : told[-1] + 1] if told else []


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _html_of(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{_text(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Yours(_, text):
            return f"<p><em>{_text(text)}</em></p>"
        case Quote(text):
            lines = (html.escape(isolated(line)) for line in _inner(text))
            return f"<blockquote>{'<br>'.join(lines)}</blockquote>"
        case Rows(header, rows):
            head = "".join(f"<th>{_text(each)}</th>" for each in header)
            body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
            return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Sequence[str]) -> str:
    return "".join(f"<td>{_text(each)}</td>" for each in row)


def _text(text: str) -> str:
    return html.escape(one_line(text))

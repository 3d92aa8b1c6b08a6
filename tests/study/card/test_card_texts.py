"""Texts of users in cards: shown as they are, never as markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import mlcroissant
import pytest
import yaml
from card_facts import MARK, facts_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dalt.study.card.croissant import WRITTEN, croissant, mark_in
from dalt.study.card.datasheet import datasheet, front_matter
from dalt.study.card.document import Block, Heading, Paragraph, Quote, Rows, to_html, to_markdown
from dalt.study.card.escaping import ISOLATE, clean, lines_of, one_line

RENDER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render
NASTY = (
    "---", "# a", "a|b", "a\\|b", "`", "``` x", "<script>alert(1)</script>", "&lt;", "1. a", "1) a",
    "- a", "+ a", "> a", "=== ", "[a](javascript:b)", "![a](b)", "*a* _b_ ~~c~~", "a\n---\nb",
    "\\", "a\\", "\u202eab", "قط", "😀", ":cat:", "@ana", "$x$", "<!-- a", "a\u2028b", "\x85",
    "c" * 200, "yes", "null", "{}", "- [ ] a", "https://a.org", "a: b # c", "'", '"', "...",
    "\ufeff", "\x00",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))


class Shown(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data


def both(block: Block) -> tuple[Shown, Shown]:
    return Shown(RENDER(to_markdown([block]))), Shown(to_html([block]))


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_cell_shows_the_text_and_nothing_else(text: str) -> None:
    for shown in both(Rows(("Class", "Labels"), ((text, "7"),))):
        assert shown.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
        assert "".join(shown.text.split()) == "".join(f"ClassLabels{one_line(text)}7".split())


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_guideline_shows_its_lines_and_nothing_else(text: str) -> None:
    for shown in both(Quote(text)):
        assert set(shown.tags) <= {"blockquote", "p", "br"}
        wanted = [one_line(line) for line in lines_of(text)]
        assert "".join(shown.text.split()) == "".join("".join(wanted).split())


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_titles_and_sentences_show_the_text_and_nothing_else(text: str) -> None:
    for block, tag in ((Heading(1, f"x {text}"), "h1"), (Paragraph(f"x {text}"), "p")):
        for shown in both(block):
            assert shown.tags == [tag]
            assert "".join(shown.text.split()) == "".join(one_line(f"x {text}").split())


@given(TEXTS)
@example("\x7f\x85\u2029\ufeff😀")
@settings(max_examples=200, deadline=None)
def test_the_front_matter_is_yaml_with_the_name(text: str) -> None:
    head = front_matter(facts_of(text), "0" * 64)
    assert head.startswith("---\n") and head.endswith("\n---\n")
    [said] = [each for each in yaml.safe_load_all(head) if each is not None]
    assert said["pretty_name"] == clean(text)
    assert said["dalt_card"]["events_sha256"] == MARK.events
    assert said["task_categories"] == ["text-classification"]


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_a_whole_card_has_its_sections_whatever_texts_say(text: str) -> None:
    blocks = datasheet(facts_of(text, text, (text, "dog")))
    wanted = [f"h{block.level}" for block in blocks if isinstance(block, Heading)]
    for page in (RENDER(to_markdown(blocks)), to_html(blocks)):
        assert [tag for tag in Shown(page).tags if tag[0] == "h" and tag != "hr"] == wanted
    to_markdown(blocks).encode()


@given(TEXTS)
@settings(max_examples=15, deadline=None)
def test_croissant_reads_every_text(text: str) -> None:
    name = text.strip() or "x"
    made = croissant(facts_of(name, text, (name,)))
    dataset = mlcroissant.Dataset(jsonld=made)
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.name == clean(name)
    assert mark_in(made) == MARK and set(made) <= WRITTEN
    assert made["recordSet"][0]["data"][0]["classes/name"] == clean(name)


def test_text_from_right_to_left_turns_nothing_else() -> None:
    assert one_line("a\u202eb") == "ab"
    assert one_line("قط").startswith(ISOLATE) and one_line("cat") == "cat"


@pytest.mark.parametrize(
    "said",
    [{}, {"recordSet": 3}, {"recordSet": [3]}, {"recordSet": [{"@id": "dalt_card", "data": [{}]}]}],
)
def test_what_is_no_card_has_no_mark(said: dict[str, Any]) -> None:
    assert mark_in(said) is None

"""Marking spans of texts in Voilà; what was recorded is looked up in the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accessible import check
from all_shown import ALL_SHOWN
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Server
from scenes import judge

import dalt
from dalt.core.records import Region

SENTENCES = [
    "Ana met Bob in Oslo.",
    "In Rome it rained, said Bob to Ana.",
    "🎉 Carol flew from Oslo to Rome. 🎉",
    "שלום! Ana wrote from Rome.",
    "Then Bob went to Oslo with Carol.",
]


def truth(text: str) -> list[Region]:
    names = {"person": ("Ana", "Bob", "Carol"), "place": ("Oslo", "Rome")}
    return [
        Region("span", label, start=text.index(name), end=text.index(name) + len(name))
        for label, those in names.items()
        for name in those
        if name in text
    ]


@pytest.fixture(scope="module")
def server(serve: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    folder = tmp_path_factory.mktemp("spans") / "spans.dalt"
    texts = [f"{sentence} ({number})" for number in range(12) for sentence in SENTENCES]
    with dalt.Project.create(
        folder, classes=["person", "place"], task="spans", settings=ALL_SHOWN
    ) as project:
        project.add_texts(texts, progress=False)
        with project.session(annotator="ben") as session:
            for _ in range(10):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, truth(session.display(assignment.sample).text))
    return serve(folder)


@pytest.fixture
def labeler(page: Page, server: Server) -> Iterator[Labeler]:
    judge(server.store.path.parent, right=True)
    page.goto(server.address)
    yield Labeler(page, server.store).ready()
    page.goto("about:blank")


def text_of(labeler: Labeler) -> str:
    return str(labeler.page.locator(".dalt-spans-text").text_content())


def recorded(labeler: Labeler) -> list[dict[str, Any]]:
    [*_, (kind, _, label)] = labeler.events()
    assert kind == "label" and label is not None
    return list(json.loads(label))


def shown(labeler: Labeler) -> list[tuple[str | None, str]]:
    return [
        (span.get_attribute("data-class"), span.locator(".dalt-span-quote").inner_text())
        for span in labeler.part("span").all()
    ]


def test_enter_submits_what_is_proposed_in_code_points(labeler: Labeler) -> None:
    text, proposed = text_of(labeler), shown(labeler)
    assert proposed, "nothing is proposed after ten texts"
    expect(labeler.page.locator(".dalt-part-proposed").first).to_be_visible()
    check(labeler.page)
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    said = [(each["label"], text[each["start"] : each["end"]]) for each in recorded(labeler)]
    assert said == proposed
    [(suggested,)] = labeler.store.rows(
        "SELECT suggested FROM events ORDER BY event_id DESC LIMIT 1"
    )
    assert json.loads(suggested) == recorded(labeler)


@pytest.mark.slow
def test_outlined_spans_are_submitted_only_when_they_are_taken(page: Page, server: Server) -> None:
    judge(server.store.path.parent, right=False)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    text, proposed = text_of(labeler), shown(labeler)
    outlined = page.locator('[data-dalt="span"][data-outlined]')
    assert len(proposed) > 1
    expect(outlined).to_have_count(len(proposed))
    expect(page.locator(".dalt-part-marked")).to_have_count(0)
    check(page)
    labeler.press("Enter")
    expect(labeler.part("accept")).to_have_attribute("data-undecided", "warned")
    check(page)
    labeler.press("t")
    expect(labeler.part("accept")).to_contain_text("Submit 1 span")
    expect(page.locator(".dalt-part-marked")).to_have_count(1)
    page.locator(".dalt-part-outlined").last.click()
    expect(outlined).to_have_count(len(proposed) - 2)
    expect(page.locator(".dalt-part-marked")).to_have_count(2)
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    taken = sorted({proposed[0], proposed[-1]})
    said = [(each["label"], text[each["start"] : each["end"]]) for each in recorded(labeler)]
    assert sorted(said) == taken
    labeler.press("u")
    expect(outlined).to_have_count(len(proposed) - 2)
    labeler.press("Shift+T")
    expect(outlined).to_have_count(0)
    expect(labeler.part("take")).to_be_hidden()
    labeler.press("Enter")
    labeler.expect_acknowledged(2)
    assert len(recorded(labeler)) == len(proposed)


def clear(labeler: Labeler) -> None:
    while labeler.part("remove-span").count():
        labeler.part("remove-span").first.click()


def test_a_span_is_drawn_by_mouse_relabelled_and_removed(labeler: Labeler) -> None:
    clear(labeler)
    text = text_of(labeler)
    word = "Bob" if "Bob" in text else "Rome"
    piece = labeler.page.locator(".dalt-part", has_text=word).first
    box = piece.evaluate(
        """(node, word) => {
          const range = document.createRange();
          const at = node.lastChild.data.indexOf(word);
          range.setStart(node.lastChild, at);
          range.setEnd(node.lastChild, at + word.length);
          const { left, right, top, bottom } = range.getBoundingClientRect();
          return [left, right, (top + bottom) / 2];
        }""",
        word,
    )
    mouse = labeler.page.mouse
    mouse.move(box[0] + 1, box[2])
    mouse.down()
    mouse.move(box[1] - 1, box[2], steps=5)
    mouse.up()
    expect(labeler.part("span")).to_have_count(1)
    labeler.press("2")
    assert shown(labeler) == [("place", word)]
    labeler.press("1")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    start = text.index(word)
    assert recorded(labeler) == [
        {"shape": "span", "label": "person", "start": start, "end": start + len(word)}
    ]
    labeler.press("u")
    labeler.page.locator(".dalt-spans-text", has_text=word).wait_for()
    assert shown(labeler) == [("person", word)]
    labeler.part("span").click()
    labeler.press("Delete")
    expect(labeler.part("span")).to_have_count(0)
    labeler.press("Enter")
    labeler.expect_acknowledged(2)
    assert recorded(labeler) == []


def test_words_are_marked_by_keys_alone(labeler: Labeler) -> None:
    clear(labeler)
    text = text_of(labeler)
    labeler.press("ArrowRight")
    labeler.press("ArrowRight")
    labeler.press("Shift+ArrowRight")
    labeler.press("2")
    [(label, quote)] = shown(labeler)
    assert label == "place" and len(quote.split()) == 2 and quote in text
    for width in (390, 1280):  # the window is resized midway
        labeler.page.set_viewport_size({"width": width, "height": 844})
        assert (shown(labeler), text_of(labeler)) == ([(label, quote)], text)
        expect(labeler.root).to_be_focused()
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    [said] = recorded(labeler)
    assert text[said["start"] : said["end"]] == quote


@pytest.mark.slow
def test_a_class_renamed_meanwhile_takes_along_what_is_marked(
    labeler: Labeler, server: Server
) -> None:
    clear(labeler)
    text = text_of(labeler)
    labeler.press("ArrowRight")
    labeler.press("1")
    [(_, quote)] = shown(labeler)
    with dalt.Project.open(server.store.path.parent) as project:
        project.rename_class("person", "human")
    renamed = labeler.page.locator('[data-dalt="class"][data-class="human"]')
    expect(renamed).to_be_visible(timeout=30_000)
    assert shown(labeler) == [("human", quote)]
    labeler.press("ArrowRight")
    labeler.press("ArrowRight")
    labeler.press("2")
    assert len(shown(labeler)) == 2  # the page still hears keys
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    first = recorded(labeler)[0]
    assert (first["label"], text[first["start"] : first["end"]]) == ("human", quote)
    with dalt.Project.open(server.store.path.parent) as project:
        project.rename_class("human", "person")  # as the other tests know it


@pytest.mark.slow
def test_what_is_no_text_can_only_be_skipped(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed.dalt"
    with dalt.Project.create(folder, classes=["person", "place"], settings=ALL_SHOWN) as project:
        project.add_images(np.zeros((1, 8, 8), np.uint8), progress=False)
    file = folder / "project.toml"  # images to mark spans in: former versions took them
    file.write_text(file.read_text().replace('task = "classes"', 'task = "spans"'))
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    expect(labeler.part("accept")).to_be_disabled()
    labeler.press("1")
    labeler.press("Enter")
    labeler.press("s")
    labeler.expect_state("done")
    assert [kind for kind, _, _ in labeler.events()] == ["skip"]


@pytest.mark.slow
def test_a_span_removed_by_keys_leaves_the_focus_in_the_list(labeler: Labeler) -> None:
    sample_id, removes = labeler.sample, labeler.part("remove-span")
    if not removes.count():
        labeler.press("ArrowRight")
        labeler.press("1")
    for left in range(removes.count(), 0, -1):
        removes.last.focus()
        labeler.press("Enter")
        expect(removes).to_have_count(left - 1)
        expect(removes.last if left > 1 else labeler.root).to_be_focused()
    assert labeler.sample == sample_id


def highlighted(labeler: Labeler) -> list[str]:
    return list(
        labeler.page.evaluate("""() => globalThis.Highlight
          ? [...(CSS.highlights.get("dalt-words") ?? [])].map(String)
          : [...document.querySelectorAll("mark.dalt-found")].map((node) => node.textContent)""")
    )


@pytest.mark.slow
@pytest.mark.parametrize("way", ["ranges", "marks"])
def test_highlighted_words_stay_and_spans_are_where_they_were_drawn(
    labeler: Labeler, way: str
) -> None:
    if way == "marks":  # as in a browser that has no such ranges
        labeler.page.add_init_script("delete globalThis.Highlight")
        labeler.page.reload()
        labeler.ready()
    clear(labeler)
    text, word = text_of(labeler), "Rome" if "Rome" in text_of(labeler) else "Bob"
    labeler.part("words").fill(word[1])
    assert [each.lower() for each in highlighted(labeler)] == [word[1]] * text.lower().count(
        word[1]
    )
    labeler.part("words").press("Escape")
    labeler.root.focus()
    labeler.press("ArrowRight")
    labeler.press("Escape")
    assert [each.lower() for each in highlighted(labeler)] == [word[1]] * text.lower().count(
        word[1]
    )
    x, y = labeler.page.evaluate(
        """(word) => {
          const text = document.querySelector(".dalt-spans-text");
          let at = text.textContent.indexOf(word);
          const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          while (at >= walker.nextNode().length) at -= walker.currentNode.length;
          const range = document.createRange();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + 1);
          const { left, top, width, height } = range.getBoundingClientRect();
          return [left + width / 2, top + height / 2];
        }""",
        word,
    )
    labeler.page.mouse.dblclick(x, y)
    expect(labeler.part("span")).to_have_count(1)
    assert [quote for _, quote in shown(labeler)] == [word]
    labeler.part("words").fill("")


@pytest.mark.slow
def test_of_a_long_text_only_the_block_that_changes_is_painted(
    serve: Callable[[Path], Server], tmp_path: Path, page: Page
) -> None:
    text = "\n".join(f"Line {n}: 검은 🦉 Ana met Bob in Rome." for n in range(1_000))
    folder = tmp_path / "long.dalt"
    with dalt.Project.create(
        folder, classes=["person", "place"], task="spans", settings=ALL_SHOWN
    ) as project:
        project.add_texts([text], progress=False)
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    labeler.press("ArrowRight")
    assert text_of(labeler) == text
    page.evaluate("""() => {
      const blocks = document.querySelector(".dalt-spans-text").children;
      for (const block of blocks) block.firstChild.painted = true;
    }""")
    labeler.press("ArrowRight")
    labeler.press("2")
    word = page.get_by_text("Line 990:")
    word.scroll_into_view_if_needed()
    x, y = word.evaluate("""(node) => {
      const [range, words] = [document.createRange(), node.firstChild];
      const at = words.data.indexOf("Rome", words.data.indexOf("Line 990:"));
      range.setStart(words, at);
      range.setEnd(words, at + 4);
      range.startContainer.parentElement.scrollIntoView({ block: "nearest" });
      const { left, top, width, height } = range.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    }""")
    page.mouse.dblclick(x, y)
    expect(labeler.part("span")).to_have_count(2)
    kept = """() => [...document.querySelector(".dalt-spans-text").children]
      .map((block) => block.firstChild.painted === true)"""
    blocks = page.evaluate(kept)
    assert len(blocks) > 5
    assert blocks.count(False) == 2 and not blocks[0]
    labeler.press("Enter")
    labeler.expect_state("done")
    said = [(each["label"], text[each["start"] : each["end"]]) for each in recorded(labeler)]
    assert said == [("place", "0"), ("place", "Rome")]
    assert recorded(labeler)[1]["start"] == text.index("Rome", text.index("Line 990:"))

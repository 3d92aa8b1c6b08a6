"""Widgets of ipyannotations as the face of DALT's loop, in a cell of JupyterLab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from all_shown import ALL_SHOWN
from labeler import Store, until_there
from playwright.sync_api import Locator, Page, expect
from running_servers import Server
from scenes import CLASSES, close, make_scenes

import dalt

pytestmark = pytest.mark.slow

CELL = """import dalt
import ipyannotations.images
import ipyannotations.text
from dalt.page import annotation_loop

annotation_loop.LOOK_SECONDS = 0  # tests press sooner than a person sees anything
project = dalt.Project.open("{name}.dalt")
loop = project.label("ana", widget={widget})
loop"""


# Whether the canvas of the second cell shows more than one colour.
PAINTED = """() => {
  const canvas = document.querySelectorAll(".jp-Cell")[1].querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 10;
}"""
# Where a word of the text is on screen.
WHERE = """(word) => {
  const shown = document.querySelector(".entity-tagger");
  const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + word.length);
    return range.getBoundingClientRect().toJSON();
  }
}"""


def open_loop(page: Page, server: Server, name: str, widget: str) -> Locator:
    """Run a notebook that shows a widget over a project; returns the cell's output."""
    root = server.store.path.parents[1]
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(CELL.format(name=name, widget=widget)),
            nbformat.v4.new_code_cell("loop"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, root / f"{name}.ipynb")
    page.goto(f"{server.address}lab/tree/{name}.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").first.click()
    page.keyboard.press("Shift+Enter")
    output = page.locator(".jp-Cell").first.locator(".jp-OutputArea-output")
    expect(output.get_by_role("status")).to_contain_text("samples are labelled")
    return output


def answers_of(root: Path, name: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """(sample, label) of what ana has answered, in order."""
    rows = Store(root / f"{name}.dalt" / "labels.db").rows(
        "SELECT sample_id, label FROM events"
        " WHERE annotator = 'ana' AND kind = 'label' ORDER BY event_id"
    )
    return [(sample_id, json.loads(label)) for sample_id, label in rows]


def press(output: Locator, name: str) -> None:
    output.get_by_role("button", name=name).click()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()


def test_a_box_is_drawn_on_its_canvas_and_recorded_in_the_pixels_of_the_picture(
    page: Page, jupyterlab: Server
) -> None:
    root = jupyterlab.store.path.parents[1]
    truth = make_scenes(root / "faces.dalt", "boxes", earned=False)
    widget = f"ipyannotations.images.BoxAnnotator(options={CLASSES})"
    output = open_loop(page, jupyterlab, "faces", widget)
    status = output.get_by_role("status")
    expect(status).to_contain_text("2 proposed")
    expect(status).to_contain_text("4 of 16")
    output.get_by_role("combobox").select_option("other")
    canvas = output.locator("canvas").last
    canvas.scroll_into_view_if_needed()
    room = canvas.bounding_box()
    assert room is not None
    scale = room["width"] / 240  # the picture is as wide as the canvas, in the middle of its height

    def at(x: float, y: float) -> tuple[float, float]:
        middle = room["y"] + room["height"] / 2
        return room["x"] + x * scale, middle + (y - 80) * scale

    drag(page, at(200, 10), at(230, 18))
    press(output, "Submit")
    expect(status).to_contain_text("5 of 16")
    [(sample_id, [ball, brick, drawn])] = answers_of(root, "faces")
    for region in (ball, brick):  # as they were proposed
        assert close(region, *truth[sample_id][region["label"]], within=3)
    assert drawn["label"] == "other" and close(drawn, (200, 10), (230, 18), within=0.6)
    # The next picture: what was drawn is gone, and a box that is none is told and not recorded.
    expect(status).to_contain_text("2 proposed")
    drag(page, at(10, 10), at(40, 10))
    press(output, "Submit")
    expect(status).to_contain_text("Nothing is recorded. A box of 'other' has no area")
    press(output, "Undo")
    press(output, "Submit")
    expect(status).to_contain_text("6 of 16")
    # After a reload the picture is there, with its proposals.
    page.reload()
    page.get_by_text("| Idle").wait_for()
    page.locator(".jp-Cell .jp-InputArea-editor").nth(1).click()
    page.keyboard.press("Shift+Enter")
    again = page.locator(".jp-Cell").nth(1).locator(".jp-OutputArea-output")
    expect(again.get_by_role("status")).to_contain_text("2 proposed")
    until_there(page, PAINTED)
    press(again, "Submit")
    expect(again.get_by_role("status")).to_contain_text("7 of 16")
    found = answers_of(root, "faces")
    assert [len(label) for _, label in found] == [3, 2, 2]
    assert len({sample_id for sample_id, _ in found}) == 3


def test_a_span_is_selected_in_a_text_and_recorded_in_code_points(
    page: Page, jupyterlab: Server
) -> None:
    root = jupyterlab.store.path.parents[1]
    texts = [f"\U0001f600 <b>Room {n}</b> of Ana & Bob  in Rome." for n in range(6)]
    with dalt.Project.create(
        root / "tags.dalt", classes=["person", "place"], task="spans", settings=ALL_SHOWN
    ) as made:
        known = dict(zip(made.add_texts(texts, progress=False), texts, strict=True))
    widget = "ipyannotations.text.TextTagger(classes=['person', 'place'])"
    output = open_loop(page, jupyterlab, "tags", widget)
    status, shown = output.get_by_role("status"), output.locator(".entity-tagger")
    expect(shown).to_contain_text("Bob  in Rome")  # both blanks are there
    assert shown.locator("b").count() == 0
    for word, name in (("Rome", "place"), ("Bob", "person")):
        press(output, name)
        box = page.evaluate(WHERE, word)
        middle = box["y"] + box["height"] / 2
        drag(page, (box["x"] + 1, middle), (box["x"] + box["width"] - 1, middle))
        expect(shown.locator("mark.entity", has_text=word)).to_have_count(1)
    press(output, "Submit")
    expect(status).to_contain_text("1 of 6")
    [(sample_id, spans)] = answers_of(root, "tags")
    marked = [(each["label"], known[sample_id][each["start"] : each["end"]]) for each in spans]
    assert marked == [("person", "Bob"), ("place", "Rome")]
    # What was marked is proposed in the next text; what is removed there is not recorded.
    expect(status).to_contain_text("2 proposed")
    expect(shown.locator("mark.entity")).to_have_count(2)
    shown.locator("mark.entity", has_text="Bob").click()
    expect(shown.locator("mark.entity")).to_have_count(1)
    press(output, "Submit")
    expect(status).to_contain_text("2 of 6")
    [_, (_, left)] = answers_of(root, "tags")
    assert [each["label"] for each in left] == ["place"]

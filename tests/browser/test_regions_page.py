"""Marking boxes, polygons and points of pictures in Voilà; what was recorded is looked up."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from accessible import check
from all_shown import ALL_SHOWN
from labeler import Labeler
from PIL import Image, ImageColor
from playwright.sync_api import Browser, Page, expect
from running_servers import Server
from scenes import Hand, close, make_scenes, marked

import dalt
from dalt.core.records import Region, Task

EARNED = True
"""What people found of the proposals: see `boxes` and `labeler` in conftest.py."""


def proposed_both(labeler: Labeler) -> None:
    expect(labeler.part("region")).to_have_count(2)


def painted(page: Page, place: tuple[float, float], side: int = 16) -> set[tuple[int, int, int]]:
    """The colours of the screen in a square around a place of it."""
    x, y = (value - side / 2 for value in place)
    clip = {"x": x, "y": y, "width": side, "height": side}
    shot = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]
    return set(zip(*[iter(shot.tobytes())] * 3, strict=True))


def test_enter_submits_what_is_proposed_and_the_picture_shows_it(
    labeler: Labeler, hand: Hand, boxes: Any
) -> None:
    proposed_both(labeler)
    assert sorted(map(str, hand.listed())) == ["ball", "brick"]
    check(labeler.page)
    for label, ((left, top), (_, bottom)) in boxes[1][labeler.sample].items():
        name = labeler.page.locator(f'[data-dalt="region"][data-class="{label}"] .dalt-span-class')
        colour = ImageColor.getrgb(name.evaluate("(node) => node.style.getPropertyValue('--chip')"))
        side = hand.at(left, (top + bottom) / 2)
        assert colour in painted(labeler.page, side, side=40)  # dashed: there are gaps
        assert colour not in painted(labeler.page, hand.at(20, 10))
    sample_id = labeler.sample
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    for label in ("ball", "brick"):
        [region] = [each for each in hand.recorded() if each["label"] == label]
        assert close(region, *boxes[1][sample_id][label], within=3)
    [(suggested,)] = labeler.store.rows(
        "SELECT suggested FROM events ORDER BY event_id DESC LIMIT 1"
    )
    assert json.loads(suggested) == hand.recorded()


def test_a_box_is_drawn_named_by_its_crop_and_corrected(
    labeler: Labeler, hand: Hand, boxes: Any
) -> None:
    hand.clear()
    (left, top), (right, bottom) = boxes[1][labeler.sample]["brick"]
    hand.drag((right, bottom), (left, top))
    # Its class is that of its crop, though the first class would be given.
    expect(labeler.part("region")).to_have_attribute("data-class", "brick")
    expect(labeler.part("class").nth(1)).to_have_attribute("data-rank", "1")
    labeler.press("3")
    assert hand.listed() == ["other"]
    labeler.press("2")
    hand.drag((right, bottom), (right + 10, bottom + 6))  # by its corner
    hand.drag((right - 5, bottom - 5), (right - 8, bottom - 9))  # by its inside
    expected = (left - 3, top - 4), (right + 7, bottom + 2)
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    [region] = hand.recorded()
    assert region["label"] == "brick" and close(region, *expected)
    labeler.press("u")
    expect(labeler.part("region")).to_have_count(1)
    hand.clear()
    hand.drag((10, 10), (2_000, 60))  # beyond the picture
    labeler.press("3")
    labeler.press("Enter")
    labeler.expect_acknowledged(2)
    [region] = hand.recorded()
    assert region["label"] == "other" and close(region, (10, 10), (240, 60))
    labeler.page.reload()
    labeler.ready()
    labeler.press("u")  # known to the kernel alone
    expect(labeler.part("region")).to_have_count(1)
    assert hand.listed() == ["other"]
    labeler.press("Shift+U")
    labeler.expect_acknowledged(1)
    with dalt.Project.open(labeler.store.path.parent) as project:
        labels = project.labels()
    [label] = labels[labels.annotator == "ana"].label.tolist()[-1:]
    assert label == [region] or label == [Region.from_json(region)]


def test_a_box_is_made_moved_and_resized_by_keys_alone(labeler: Labeler, hand: Hand) -> None:
    hand.clear()
    labeler.press("Insert")
    expect(labeler.part("region")).to_have_count(1)
    labeler.press("2")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown", "Shift+ArrowRight"):
        labeler.press(key)
    labeler.press(".")  # its upper left corner
    labeler.press("ArrowLeft")
    check(labeler.page)
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    [region] = hand.recorded()
    assert region["label"] == "brick"
    assert close(region, (80 + 2 - 1, 160 / 3 - 1), (160 + 2 + 1, 320 / 3 - 1 + 1), within=0.02)


@pytest.mark.slow
def test_selecting_goes_around_and_escape_drops_what_is_being_drawn(
    labeler: Labeler, hand: Hand
) -> None:
    hand.clear()
    hand.drag((20, 20), (120, 120))
    hand.click(200, 140)
    hand.drag((150, 20), (200, 60))
    pressed = labeler.page.locator('[data-dalt="region"][aria-pressed="true"]')
    labeler.press("[")
    expect(pressed).to_contain_text("100 × 100")
    labeler.press("]")
    expect(pressed).to_contain_text("50 × 40")
    hand.click(60, 60)
    expect(pressed).to_contain_text("100 × 100")
    hand.click(210, 140)
    expect(pressed).to_have_count(0)
    labeler.page.mouse.move(*hand.at(30, 130))
    labeler.page.mouse.down()
    labeler.page.mouse.move(*hand.at(90, 150), steps=4)
    labeler.press("Escape")
    labeler.page.mouse.up()
    expect(labeler.part("region")).to_have_count(2)
    sample_id = labeler.sample
    labeler.press("[")
    labeler.press("Delete")
    expect(labeler.part("region")).to_have_count(1)
    labeler.press("Control+z")
    expect(labeler.part("region")).to_have_count(2)
    labeler.press("Control+Shift+z")
    expect(labeler.part("region")).to_have_count(1)
    labeler.expect_sample(sample_id)
    labeler.part("remove-region").click()
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert hand.recorded() == []


def test_quick_answers_belong_to_the_picture_that_was_on_screen(
    labeler: Labeler, hand: Hand, boxes: Any
) -> None:
    seen = []
    for at in range(8):
        labeler.ready()
        seen.append(labeler.sample)
        if at % 2:  # drawn and sent before anybody can say what it is
            hand.clear()
            hand.drag((10 + at, 12), (50, 60 + at))
        labeler.press("Enter")
    labeler.expect_acknowledged(8)
    events = labeler.events()
    assert [sample_id for _, sample_id, _ in events] == seen
    for at, (_, sample_id, label) in enumerate(events):
        regions = json.loads(str(label))
        if at % 2:
            assert close(regions[0], (10 + at, 12), (50, 60 + at)) and len(regions) == 1
        for each in regions if at % 2 == 0 else []:
            assert close(each, *boxes[1][sample_id][each["label"]], within=4)


def test_zoomed_in_a_box_comes_back_in_the_pixels_of_the_picture(
    labeler: Labeler, hand: Hand
) -> None:
    hand.clear()
    for _ in range(3):
        labeler.press("+")
    expect(labeler.part("sample")).to_have_attribute("data-zoom", "2.74")
    hand.drag((100, 70), (130.5, 90.25))
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert close(hand.recorded()[0], (100, 70), (130.5, 90.25), within=0.3)


@pytest.mark.slow
def test_a_class_renamed_meanwhile_takes_along_what_is_marked(labeler: Labeler, hand: Hand) -> None:
    hand.clear()
    hand.drag((20, 20), (60, 60))
    labeler.press("1")
    with dalt.Project.open(labeler.store.path.parent) as project:
        project.rename_class("ball", "sphere")
    expect(labeler.part("region")).to_have_attribute("data-class", "sphere", timeout=30_000)
    hand.click(200, 150)
    hand.drag((100, 100), (140, 130))  # the page still draws
    labeler.press("2")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    assert [each["label"] for each in hand.recorded()] == ["sphere", "brick"]
    with dalt.Project.open(labeler.store.path.parent) as project:
        project.rename_class("sphere", "ball")  # as the other tests know it


# --- the other shapes -----------------------------------------------------------------------


@pytest.fixture
def visit(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path
) -> Callable[..., tuple[Labeler, Hand]]:
    def open_page(task: str, scale: int = 1, **wanted: Any) -> tuple[Labeler, Hand]:
        make_scenes(tmp_path / "p.dalt", task, scale=scale, **wanted)
        server = serve(tmp_path / "p.dalt")
        page.goto(server.address)
        labeler = Labeler(page, server.store).ready()
        return labeler, Hand(labeler, (240 * scale, 160 * scale))

    return open_page


@pytest.mark.slow
def test_polygons_are_drawn_closed_dropped_and_corrected(visit: Any) -> None:
    labeler, hand = visit("polygons")
    proposed_both(labeler)
    assert sorted(map(str, hand.listed())) == ["ball", "brick"]
    check(labeler.page)
    hand.clear()
    corners = [(20, 20), (100, 30), (110, 120), (30, 110)]
    for corner in corners[:3]:
        hand.click(*corner)
    labeler.press("Escape")
    expect(labeler.page.locator(".dalt-region-open")).to_have_count(0)
    for corner in corners[:2]:
        hand.click(*corner)
    labeler.press("Enter")  # half a polygon is not sent
    hand.click(200, 150)
    labeler.press("Backspace")
    hand.click(*corners[2])
    hand.click(*corners[3])
    check(labeler.page)
    hand.click(*corners[0])  # closes it
    expect(labeler.part("region")).to_contain_text("4 corners")
    hand.click(150, 30)
    hand.click(200, 30)
    hand.click(180, 80)
    labeler.press("Enter")  # closes it, too
    expect(labeler.part("region")).to_have_count(2)
    labeler.press("2")
    hand.drag((180, 80), (190, 100))  # by its corner
    labeler.press("[")
    labeler.press("3")
    labeler.press(".")
    labeler.press("Delete")  # its first corner
    expect(labeler.part("region").first).to_contain_text("3 corners")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    first, second = hand.recorded()
    assert first["label"] == "other" and close(first, *corners[1:])
    assert second["label"] == "brick" and close(second, (150, 30), (200, 30), (190, 100))


@pytest.mark.slow
def test_points_are_set_moved_and_taken_away(visit: Any) -> None:
    labeler, hand = visit("points")
    proposed_both(labeler)
    assert sorted(map(str, hand.listed())) == ["ball", "brick"]
    check(labeler.page)
    hand.clear()
    hand.click(50, 60)
    labeler.press("1")
    hand.click(120, 90)
    labeler.press("2")
    hand.drag((50, 60), (70, 66))
    hand.click(200, 20)
    labeler.press("Delete")
    labeler.press("[")
    labeler.press("ArrowLeft")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    first, second = hand.recorded()
    moved = [first["label"], second["label"]]
    assert moved == ["ball", "brick"]
    assert close(first, (69, 66)) or close(first, (70, 66))
    assert close(second, (120, 90), within=1.5)


@pytest.mark.slow
def test_a_large_picture_is_marked_in_its_own_pixels_by_a_finger_on_a_phone(
    serve: Callable[[Path], Server], browser: Browser, tmp_path: Path
) -> None:
    truth = make_scenes(tmp_path / "p.dalt", "boxes", n=9, scale=12)  # 2,880 × 1,920
    server = serve(tmp_path / "p.dalt")
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    hand = Hand(labeler, (2_880, 1_920))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    proposed_both(labeler)
    check(page)
    (left, top), (right, bottom) = truth[labeler.sample]["brick"]
    while labeler.part("remove-region").count():
        labeler.part("remove-region").first.tap()
    touch = context.new_cdp_session(page)
    for kind, place in (
        ("touchStart", (left, top)),
        ("touchMove", ((left + right) / 2, bottom)),
        ("touchMove", (right, bottom)),
        ("touchEnd", None),
    ):
        at = [] if place is None else [dict(zip("xy", hand.at(*place), strict=True))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    expect(labeler.part("region")).to_have_attribute("data-class", "brick")
    labeler.at_rest("accept").tap()  # what the kernel says to the new region may move it
    labeler.expect_acknowledged(1)
    [region] = hand.recorded()
    assert close(region, (left, top), (right, bottom), within=12)
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["broken", "text"])
def test_what_cannot_be_seen_or_is_no_picture_can_only_be_skipped(
    serve: Callable[[Path], Server], page: Page, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "odd.dalt"
    task: Task = "classes" if kind == "text" else "boxes"
    with dalt.Project.create(folder, classes=["ball"], task=task, settings=ALL_SHOWN) as project:
        if kind == "text":
            project.add_texts(["no picture"], progress=False)
        else:
            Image.fromarray(np.zeros((30, 40), np.uint8)).save(tmp_path / "broken.png")
            project.add_images([tmp_path / "broken.png"], progress=False)
            (tmp_path / "broken.png").write_bytes(b"\x89PNG broken")
    file = folder / "project.toml"  # texts to mark boxes in: former versions took them
    file.write_text(file.read_text().replace('task = "classes"', 'task = "boxes"'))
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store).ready()
    expect(labeler.part("sample")).to_contain_text(
        "no picture" if kind == "text" else "can no longer be read"
    )
    expect(labeler.part("accept")).to_be_disabled()
    expect(labeler.part("accept")).to_contain_text("skip it")
    for key in ("1", "Enter", "Insert", "Enter", "s"):
        labeler.press(key)
    labeler.expect_state("done")
    assert [kind for kind, _, _ in labeler.events()] == ["skip"]


@pytest.mark.slow
def test_what_others_marked_is_exported_as_it_is_seen(visit: Any, tmp_path: Path) -> None:
    labeler, hand = visit("boxes")
    hand.clear()
    hand.drag((20, 20), (60, 70))
    labeler.press("2")
    labeler.press("Enter")
    labeler.expect_acknowledged(1)
    with dalt.Project.open(labeler.store.path.parent) as project:
        project.export(tmp_path / "out.jsonl")
    lines = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    [label] = [each["label"] for each in lines if each["annotator"] == "ana"]
    assert label == hand.recorded()
    assert marked("box", "brick", ((20, 20), (60, 70))).label == label[0]["label"]

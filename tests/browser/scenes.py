"""Pictures of balls and bricks, and a hand that marks them."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from all_shown import ALL_SHOWN
from labeler import Labeler

import dalt
from dalt.core.records import Region, Suggestion
from dalt.core.settings.settings import SHAPES

CLASSES = ["ball", "brick", "other"]
Box = tuple[tuple[float, float], tuple[float, float]]


def scenes(n: int, scale: int = 1, seed: int = 0) -> tuple[np.ndarray, list[dict[str, Box]]]:
    """A ball on the left and a brick on the right of 240 × 160 pixels, times `scale`."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:160, :240]
    pictures: list[np.ndarray] = []
    truth: list[dict[str, Box]] = []
    for _ in range(n):
        pixels = random.integers(40, 52, (160, 240, 3), dtype=np.uint8)
        cx, cy, r = (int(each) for each in random.integers((30, 40, 14), (80, 120, 24)))
        pixels[np.hypot(x - cx, y - cy) < r] = (230, 190, 60)
        left, top, w, h = (int(v) for v in random.integers((130, 20, 24, 24), (180, 90, 44, 54)))
        pixels[top : top + h, left : left + w] = (90, 190, 240)
        pictures.append(pixels.repeat(scale, axis=0).repeat(scale, axis=1))
        ball = ((cx - r) * scale, (cy - r) * scale), ((cx + r) * scale, (cy + r) * scale)
        brick = (left * scale, top * scale), ((left + w) * scale, (top + h) * scale)
        truth.append({"ball": ball, "brick": brick})
    return np.stack(pictures), truth


def marked(shape: Any, label: str, box: Box) -> Region:
    (left, top), (right, bottom) = box
    points = {
        "box": box,
        "point": (((left + right) / 2, (top + bottom) / 2),),
        "polygon": ((left, top), (right, top), (right, bottom), (left, bottom)),
    }
    return Region(shape, label, tuple((float(x), float(y)) for x, y in points[shape]))


def make_scenes(
    folder: Path,
    task: Any,
    n: int = 16,
    learned: int = 4,
    scale: int = 1,
    earned: bool = True,
) -> dict[str, dict[str, Box]]:
    """Make a project, of which somebody else has marked some; returns what is where.

    Where it is `earned`, they found what was proposed right until Enter submits proposals.
    """
    pictures, boxes = scenes(n, scale)
    with dalt.Project.create(folder, classes=CLASSES, task=task, settings=ALL_SHOWN) as project:
        truth = dict(zip(project.add_images(pictures, progress=False).ids, boxes, strict=True))
        with project.session(annotator="ben") as session:
            for at in range(learned + (3 if earned else 0)):
                assignment = session.next()
                assert assignment is not None
                sample = assignment.sample
                there = [marked(SHAPES[task], *each) for each in truth[sample.id].items()]
                proposed = [each.region for each in session.propose(sample)]
                session.answer(
                    sample.id,
                    there,
                    key=f"ben {at}",
                    suggestion=assignment.suggestion,
                    proposed=proposed if at >= learned else None,
                )
            assert session.submits_proposals is earned
    return truth


def judge(folder: Path, right: bool) -> None:
    """Have people find right, or wrong, the newest 50 of what is proposed in a project.

    They answer what is labelled already: nothing that is open is used up.
    """
    with dalt.Project.open(folder, thin=True) as project:
        sample_id, regions = project.labels()[["sample_id", "label"]].iloc[0]
        there = [Region.from_json(each) for each in regions]
        # Wrong is the class: what is marked, and so what is learned, is the same.
        names = [spec.name for spec in project.classes]
        proposed = (
            there
            if right
            else [replace(each, label=names[names.index(each.label) - 1]) for each in there]
        )
        for number in range(50 // len(there)):
            with project.session(f"judge {number}") as session:
                session.answer(
                    sample_id,
                    there,
                    key=uuid.uuid4().hex,
                    suggestion=Suggestion(),
                    proposed=proposed,
                )
        with project.session("nobody") as session:
            assert session.submits_proposals is right


class Hand:
    """Draws on the picture on screen, by places in its own pixels."""

    def __init__(self, labeler: Labeler, size: tuple[int, int] = (240, 160)) -> None:
        self.labeler = labeler
        self.page = labeler.page
        self.size = size
        self.surface = self.page.locator(".dalt-regions-surface")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the picture is in the window."""
        box = self.page.locator(".dalt-regions .dalt-image").bounding_box()
        assert box is not None
        scale = min(box["width"] / self.size[0], box["height"] / self.size[1])
        left = box["x"] + (box["width"] - scale * self.size[0]) / 2
        top = box["y"] + (box["height"] - scale * self.size[1]) / 2
        return left + x * scale, top + y * scale

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=6)
        self.page.mouse.up()

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))

    def clear(self) -> None:
        while self.labeler.part("remove-region").count():
            self.labeler.part("remove-region").first.click()

    def listed(self) -> list[str | None]:
        """The classes in the list below the picture."""
        return [each.get_attribute("data-class") for each in self.labeler.part("region").all()]

    def recorded(self) -> list[dict[str, Any]]:
        """The newest label."""
        [*_, (kind, _, label)] = self.labeler.events()
        assert kind == "label" and label is not None
        return list(json.loads(label))


def close(region: dict[str, Any], *points: tuple[float, float], within: float = 1.0) -> bool:
    """Whether a region has these points, but for what a hand cannot do better."""
    found = np.array(region["points"], float)
    return found.shape == (len(points), 2) and bool(np.abs(found - points).max() <= within)

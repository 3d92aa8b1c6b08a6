"""Make the pictures of the documents: real pages, on real data, after real labels.

python scripts/screenshots.py               all of them, into docs/
python scripts/screenshots.py verify spans  some
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / each) for each in ("browser", "support"))]
sys.path.append(str(ROOT / "benchmarks"))
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

import numpy as np  # noqa: E402
from all_shown import ALL_SHOWN  # noqa: E402
from chromium import chromium  # noqa: E402
from playwright.sync_api import Browser, Page, expect  # noqa: E402
from ports import free_port  # noqa: E402
from regions import NAMES, canvases  # noqa: E402
from scipy.spatial import ConvexHull  # noqa: E402
from servers import jupyterlab, open_in_lab  # noqa: E402

import dalt  # noqa: E402
from dalt.core.records import Region  # noqa: E402
from dalt.data.demo import demo_data  # noqa: E402
from dalt.server.serve import Service, running  # noqa: E402

REVIEWS = (
    "The hotel in {} was quiet, and Ana at the desk spoke Korean.",
    "We flew from {} with Bob; the seats were narrow but the crew was kind.",
    "Nobody met us in {}, so Carol called a taxi.",
)
GUIDELINE = """Which digit was written?

Go by the shape, not by how it may have been meant. A 7 may have a bar; a 1 has none.

Skip what you cannot read."""
TOWNS = ("Oslo", "Rome", "Busan", "Lima")
PEOPLE = ("Ana", "Bob", "Carol")
OWNER = "the-owner"
REVIEW = f"review?token={OWNER}"
DOUBTED = '[data-dalt="owner-doubt"] img'


# --- projects -------------------------------------------------------------------------------


def digits(folder: Path) -> None:
    """Images, encoded, some labelled."""
    data = demo_data("digits")
    with dalt.Project.create(
        folder, classes=data.classes, guideline=GUIDELINE, settings=ALL_SHOWN
    ) as project:
        ids = project.add_images(data.images, progress=False)
        project.encode(progress=False)
        truth = dict(zip(ids, data.truth, strict=True))
        _label(project, lambda sample, _: truth[sample.id], 90)
        project.trainer.wait(300)


def texts(folder: Path) -> None:
    """Texts of which parts are marked."""
    with dalt.Project.create(
        folder,
        classes=["person", "place"],
        task="spans",
        guideline="Mark people and places.",
        settings=ALL_SHOWN,
    ) as project:
        project.add_texts([_review(number) for number in range(40)], progress=False)
        _label(project, lambda _, text: _named(text), 12)


def pictures(folder: Path) -> None:
    """Pictures in which digits are marked."""
    shown, truth = canvases(64)
    with dalt.Project.create(
        folder,
        classes=NAMES,
        task="boxes",
        guideline="A box around each digit.",
        settings=ALL_SHOWN,
    ) as project:
        boxes = dict(zip(project.add_images(shown, progress=False), truth, strict=True))
        _label(project, lambda sample, _: boxes[sample.id], 50)


def outlines(folder: Path) -> None:
    """Pictures in which digits are outlined."""
    _marked(folder, "polygons", _outline)


def centres(folder: Path) -> None:
    """Pictures in which digits are pointed at."""
    _marked(folder, "points", _centre)


def _marked(folder: Path, task: Any, mark: Callable[[Any, Region], Region]) -> None:
    shown, boxes = canvases(12)
    truth = [
        [mark(picture, box) for box in found] for picture, found in zip(shown, boxes, strict=True)
    ]
    with dalt.Project.create(folder, classes=NAMES, task=task, settings=ALL_SHOWN) as project:
        marks = dict(zip(project.add_images(shown, progress=False), truth, strict=True))
        _label(project, lambda sample, _: marks[sample.id], 6)


def _outline(picture: Any, box: Region) -> Region:
    """The convex hull of a digit's ink."""
    (left, top), (right, bottom) = ((int(x), int(y)) for x, y in box.points)
    y, x = np.nonzero(picture[top:bottom, left:right] > 110)
    places = np.stack([x + left, y + top], axis=1)
    hull = places[ConvexHull(places).vertices]
    return Region("polygon", box.label, tuple((float(x), float(y)) for x, y in hull))


def _centre(_picture: Any, box: Region) -> Region:
    (left, top), (right, bottom) = box.points
    return Region("point", box.label, (((left + right) / 2, (top + bottom) / 2),))


def several(folder: Path) -> None:
    """Pairs of digits: one or two classes each."""
    shown, names = _pairs(1_000)
    with dalt.Project.create(
        folder, classes=NAMES, multi_label=True, settings=ALL_SHOWN
    ) as project:
        truth = dict(zip(project.add_images(shown, progress=False), names, strict=True))
        project.encode(progress=False)
        _label(project, lambda sample, _: sorted(set(truth[sample.id])), 400)
        project.trainer.wait(300)


def numbers(folder: Path) -> None:
    """Numbers of two digits: a hundred classes in ten groups."""
    shown, names = _pairs(1_000)
    classes = [{"name": f"{n:02}", "group": f"{n // 10}0 to {n // 10}9"} for n in range(100)]
    with dalt.Project.create(folder, classes=classes, settings=ALL_SHOWN) as project:
        truth = dict(zip(project.add_images(shown, progress=False), names, strict=True))
        project.encode(progress=False)
        _label(project, lambda sample, _: truth[sample.id], 400)
        project.trainer.wait(300)


def _pairs(n: int) -> tuple[Any, list[str]]:
    """Real digits, two beside each other, and what they are."""
    data, random = demo_data("digits"), np.random.default_rng(0)
    pairs = random.integers(len(data.images), size=(n, 2))
    shown = np.stack([np.hstack(data.images[pair]) for pair in pairs])
    return shown, ["".join(data.truth[at] for at in pair) for pair in pairs]


def doubtful(folder: Path) -> None:
    """Digits of which some were labelled wrongly."""
    data, wrong = demo_data("digits"), {"3": "8", "4": "9", "1": "7"}
    with dalt.Project.create(folder, classes=data.classes, settings=ALL_SHOWN) as project:
        truth = dict(zip(project.add_images(data.images, progress=False), data.truth, strict=True))
        project.encode(progress=False)
        said = dict(truth)
        for name, other in wrong.items():
            for each in [id for id, label in truth.items() if label == name][::25]:
                said[each] = other
        _label(project, lambda sample, _: said[sample.id], 400)
        project.trainer.wait(300)


def team(folder: Path) -> None:
    """Digits that three people have labelled, one of them carelessly; some are gold."""
    data, random = demo_data("digits"), np.random.default_rng(0)
    with dalt.Project.create(
        folder, classes=data.classes, annotations_per_sample=2, settings=ALL_SHOWN
    ) as project:
        ids = project.add_images(data.images[:400], progress=False).ids
        project.encode(progress=False)
        truth = dict(zip(ids, data.truth, strict=False))
        project.set_gold({each: truth[each] for each in ids[:20]})
        for name, wrong, n in (("ana", 0.03, 160), ("ben", 0.08, 120), ("cem", 0.25, 70)):
            with project.session(annotator=name) as session:
                for _ in range(n):
                    asked = session.next()
                    if asked is None:
                        break
                    careless = random.random() < wrong
                    said = str(random.integers(10)) if careless else truth[asked.sample.id]
                    session.submit(asked, said, active_seconds=float(random.gamma(4, 0.5)))
        project.trainer.wait(300)


def rows(folder: Path) -> None:
    """Rows of a table."""
    from sklearn.datasets import load_wine

    wine = load_wine(as_frame=True)
    with dalt.Project.create(
        folder, classes=["Barolo", "Grignolino", "Barbera"], settings=ALL_SHOWN
    ) as project:
        project.add_table(wine.data, columns=list(wine.data.columns[:8]), progress=False)
        project.encode(progress=False)


def sounds(folder: Path) -> None:
    """Audio clips."""
    with dalt.Project.create(
        folder, classes=["drum", "bell", "voice", "other"], settings=ALL_SHOWN
    ) as project:
        project.add_audio("/usr/share/sonic-pi/samples", progress=False)


def _review(number: int) -> str:
    parts = [REVIEWS[(number + k) % 3].format(TOWNS[(number * (k + 1)) % 4]) for k in range(3)]
    return f"{' '.join(parts)} Room {100 + number}."


def _named(text: str) -> list[Region]:
    found = []
    for label, names in (("person", PEOPLE), ("place", TOWNS)):
        for name in names:
            at = text.find(name)
            while at >= 0:
                found.append(Region("span", label, start=at, end=at + len(name)))
                at = text.find(name, at + 1)
    return found


def _label(project: dalt.Project, answer: Callable[[Any, str], Any], n: int) -> None:
    with project.session(annotator="ana") as session:
        for _ in range(n):
            assignment = session.next()
            assert assignment is not None
            text = session.display(assignment.sample).text
            session.submit(assignment, answer(assignment.sample, text), active_seconds=2.0)


# --- what is done before the picture --------------------------------------------------------


def nothing(_page: Page) -> None:
    """The page as it opens."""


def by_the_page(page: Page) -> None:
    page.keyboard.press("v")
    page.locator('[data-dalt="tile"]').nth(5).click()
    page.keyboard.press("1")


def looked_back(page: Page) -> None:
    page.keyboard.press("h")
    expect(page.locator('[data-dalt="reopen"]').nth(5)).to_be_visible()


def helped(page: Page) -> None:
    page.keyboard.press("?")


def first_visit(page: Page) -> None:
    """The guideline beside the sample, and the first steps after one answer."""
    page.keyboard.press("3")
    expect(page.locator('[data-dalt="guideline-panel"] img').first).to_be_visible()


def opened_again(page: Page) -> None:
    """What was marked in an earlier picture, one of it to be corrected."""
    page.keyboard.press("h")
    page.locator('[data-dalt="reopen"]').first.click()
    expect(page.locator('[data-dalt="answered"]')).to_be_visible()
    page.keyboard.press("]")


def one_more(page: Page) -> None:
    page.locator('[data-dalt="class"]').nth(4).click()


def searched(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("7")


def reviewed(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator('[data-dalt="review-open"]').first).to_be_visible(timeout=60_000)


def behind_the_button(page: Page) -> None:
    page.locator('[data-dalt="more"]').tap()


def meant(page: Page) -> None:
    page.keyboard.press("]")


@dataclass(frozen=True)
class Shot:
    """One picture: of which project, after what, and how the page is opened."""

    project: Callable[[Path], None]
    before: Callable[[Page], None] = nothing
    width: int = 1280
    height: int = 800
    theme: str = "light"
    locale: str = "en-US"
    newcomer: bool = False  # whether the guideline and the first steps are on screen
    path: str = ""
    ready: str = '[data-dalt="page"][data-state="ready"]'


SHOTS = {
    "page": Shot(digits),
    "dark": Shot(digits, theme="dark"),
    "verify": Shot(digits, by_the_page),
    "phone": Shot(digits, width=390, height=780),
    "korean": Shot(digits, locale="ko-KR"),
    "guideline": Shot(digits, first_visit, newcomer=True),
    "phone-guideline": Shot(digits, width=390, height=780, newcomer=True),
    "phone-more": Shot(digits, behind_the_button, width=390, height=780),
    "progress": Shot(digits, looked_back, height=1_250),
    "keys": Shot(digits, helped),
    "spans": Shot(texts, meant),
    "boxes": Shot(pictures, meant, height=960),
    "polygons": Shot(outlines, opened_again, height=1_060),
    "points": Shot(centres, opened_again, height=1_060),
    "several": Shot(several, one_more),
    "many": Shot(numbers, height=900),
    "search": Shot(numbers, searched, height=900),
    "doubtful": Shot(doubtful, reviewed, height=1_100),
    "review": Shot(team, width=1_280, height=1_900, path=REVIEW, ready=DOUBTED),
    "table": Shot(rows),
    "audio": Shot(sounds),
}


@contextmanager
def opened(browser: Browser, address: str, shot: Shot) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.theme,  # type: ignore[arg-type]
        locale=shot.locale,
        has_touch=shot.width < 500,
        is_mobile=shot.width < 500,
    )
    context.set_default_timeout(90_000)
    page = context.new_page()
    page.goto(address)
    page.locator(shot.ready).first.wait_for()
    if not shot.newcomer:
        for name in ("guideline-close", "coach-close"):
            if page.locator(f'[data-dalt="{name}"]').is_visible():
                page.locator(f'[data-dalt="{name}"]').click()
        page.mouse.move(0, 0)  # where it points at nothing
    yield page
    context.close()


def in_jupyterlab(browser: Browser, project: Path, out: Path) -> None:
    """The page in one cell, the labels as a DataFrame in the next."""
    cells = (
        "import dalt\n\nproject = dalt.Project.open('digits.dalt')\nproject.label(annotator='ana')",
        "columns = ['sample_id', 'label', 'annotator', 'source', 'created_at']\n"
        "project.labels()[columns].tail(3)",
    )
    with jupyterlab(project, *cells) as address:
        page = browser.new_page(viewport={"width": 1360, "height": 1180})
        open_in_lab(page, address)
        root = page.locator('[data-dalt="page"]')
        root.and_(page.locator('[data-state="ready"]')).wait_for(timeout=90_000)
        page.keyboard.press("Control+b")  # the file browser goes
        for name in ("guideline-close", "coach-close"):
            if page.locator(f'[data-dalt="{name}"]').is_visible():
                page.locator(f'[data-dalt="{name}"]').click()
        root.click(position={"x": 5, "y": 5})
        for number in range(3):
            page.keyboard.press("Enter")
            expect(root).to_have_attribute("data-acknowledged", str(number + 1))
        page.locator(".jp-Cell .jp-InputArea-editor").nth(1).click()
        page.keyboard.press("Control+Enter")
        expect(page.locator(".jp-OutputArea-output table.dataframe")).to_be_visible(timeout=60_000)
        page.keyboard.press("Escape")
        page.locator(".jp-Cell").first.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        page.screenshot(path=out / "jupyterlab.png")
        print(out / "jupyterlab.png")
        page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", choices=[*SHOTS, "jupyterlab", []], help="which; all if left out"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    names = options.names or [*SHOTS, "jupyterlab"]
    wanted = {name: SHOTS[name] for name in names if name in SHOTS}
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for make in dict.fromkeys(shot.project for shot in wanted.values()):
            project, port = Path(folder) / f"{make.__name__}.dalt", free_port()
            make(project)
            with running(Service(project, annotator="ana", port=port, token="", owner_token=OWNER)):
                for name, shot in wanted.items():
                    if shot.project is not make:
                        continue
                    address = f"http://127.0.0.1:{port}/{shot.path}"
                    with opened(browser, address, shot) as page:
                        shot.before(page)
                        page.locator(shot.ready).first.wait_for()
                        page.evaluate("document.fonts.ready")
                        page.wait_for_timeout(500)  # for thumbnails and spectrograms
                        page.screenshot(path=options.out / f"{name}.png")
                        print(options.out / f"{name}.png")
        if "jupyterlab" in names:
            digits(Path(folder) / "lab" / "digits.dalt")
            in_jupyterlab(browser, Path(folder) / "lab" / "digits.dalt", options.out)


if __name__ == "__main__":
    main()

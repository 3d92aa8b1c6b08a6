"""Make the README's picture: a real page, on real data, after some real labels.

python scripts/screenshot.py                      writes docs/page.png
python scripts/screenshot.py --dark --out F       in the dark
python scripts/screenshot.py --width 390 --out F  as on a phone
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

from chromium import chromium, free_port  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

import dalt  # noqa: E402
from dalt.demo import DemoData, demo_data  # noqa: E402
from dalt.serve import running  # noqa: E402


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits or fashion-mnist")
    parser.add_argument("--project", type=Path, help="an encoded demo project, made if left out")
    parser.add_argument("--labels", type=int, default=60, help="labels made before the picture")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "page.png")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    return parser.parse_args(arguments)


def prepare(folder: Path, data: DemoData) -> dict[str, str]:
    """Make the demo's project where there is none; returns what each sample is."""
    if folder.exists():
        project = dalt.Project.open(folder)
    else:
        project = dalt.Project.create(
            folder, classes=data.classes, seed=0, guideline=data.guideline
        )
    with project:
        ids = project.add_images(data.images, progress=False)
        project.encode()
    return dict(zip(ids, data.truth, strict=True))


def label(page: Page, truth: dict[str, str], n: int) -> None:
    """Label by keyboard, correctly; then wait for the model to have learned."""
    root, sample = page.locator('[data-dalt="page"]'), page.locator('[data-dalt="sample"]')
    keys = {
        button.get_attribute("data-class"): button.locator("kbd").inner_text().lower()
        for button in page.locator('[data-dalt="class"]').all()
    }
    for made in range(n):
        page.keyboard.press(keys[truth[str(sample.get_attribute("data-sample-id"))]])
        expect(root).to_have_attribute("data-acknowledged", str(made + 1))
    expect(page.locator('[data-dalt="progress"]')).not_to_contain_text("learning")


def main() -> None:
    options = parse()
    data = demo_data(options.data)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        project = options.project or Path(folder) / f"{data.name}.dalt"
        truth = prepare(project, data)
        port = free_port()
        page = browser.new_page(
            viewport={"width": options.width, "height": options.height},
            color_scheme="dark" if options.dark else "light",
            device_scale_factor=2,
        )
        page.set_default_timeout(90_000)
        with running(project, annotator="ana", ip="127.0.0.1", port=port, token=""):
            page.goto(f"http://127.0.0.1:{port}/")
            page.locator('[data-dalt="page"][data-state="ready"]').wait_for()
            label(page, truth, options.labels)
            options.out.parent.mkdir(parents=True, exist_ok=True)
            page.locator('[data-dalt="page"]').screenshot(path=options.out)
    print(options.out)


if __name__ == "__main__":
    main()

"""Label Studio's own converter reads our exports, and we read what it makes of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dalt
from dalt.core.records import Region
from dalt.data.exchange.labelstudio import labeling_config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

ROOT = Path(__file__).parents[3]
CLASSES = ["cat", "고양이"]
TEXTS = ["I like cats", "so-so", "😀 cats\nand dogs", "1"]
CONVERT = """
import sys
from label_studio_sdk.converter import Converter
config, tasks, out, format = sys.argv[1:]
Converter(config, project_dir=None, download_resources=False).convert(
    tasks, out, format, is_dir=False
)
"""
LABELS: dict[str, list[Any]] = {
    "classes": ["cat", "고양이", "cat", "고양이"],
    "several": [["cat", "고양이"], ["cat"], ["고양이"], ["cat"]],
    "spans": [
        [Region("span", "cat", start=7, end=11)],
        [Region("span", "고양이", start=0, end=2), Region("span", "cat", start=3, end=5)],
        [Region("span", "cat", start=2, end=10), Region("span", "고양이", start=2, end=10)],
        [Region("span", "cat", start=0, end=1)],
    ],
    "boxes": [
        [Region("box", "cat", points=((1.25, 2), (30, 18.5)))],
        [Region("box", name, points=((0, 0), (40, 20))) for name in CLASSES],
    ],
    "polygons": [[Region("polygon", "cat", points=((1, 2), (30, 3.5), (12.25, 18)))]],
    "points": [[Region("point", name, points=((39.5, 0.25),)) for name in CLASSES]],
}


@pytest.fixture(scope="module")
def convert() -> Callable[[Path, str, str], Any]:
    """Converts tasks by the library of Label Studio, in its own environment."""
    installed = subprocess.run(
        [ROOT / "scripts" / "ensure_label_studio.sh"], capture_output=True, text=True, check=True
    ).stdout.strip()
    python = Path(installed).with_name("python")

    def run(tasks: Path, config: str, format: str) -> Any:
        out = tasks.with_name(f"as-{format}")
        subprocess.run(
            [python, "-c", CONVERT, config, tasks, out, format], check=True, capture_output=True
        )
        return next(path for path in out.iterdir() if path.suffix in (".json", ".csv", ".conll"))

    return run


def made(folder: Path, name: str, kind: str) -> dalt.Project:
    task: Any = "classes" if kind in ("classes", "several") else kind
    multi = kind == "several"
    project = dalt.Project.create(
        folder / f"{name}.dalt", classes=CLASSES, multi_label=multi, task=task
    )
    if kind in ("classes", "several", "spans"):
        project.add_texts(TEXTS, progress=False)
    else:
        pixels = np.random.default_rng(1).integers(0, 255, (2, 20, 40), dtype=np.uint8)
        project.add_images(pixels, progress=False)
    return project


def said(project: dalt.Project) -> list[str]:
    rows = project.labels().itertuples()
    return sorted(json.dumps([row.sample_id, row.label], sort_keys=True) for row in rows)


@pytest.mark.parametrize("kind", LABELS)
def test_its_short_json_of_our_export_comes_back_whole(
    tmp_path: Path, kind: str, convert: Callable[[Path, str, str], Path]
) -> None:
    with made(tmp_path, "ours", kind) as project, made(tmp_path, "other", kind) as other:
        rows = [
            {"sample_id": sample_id, "label": label if not isinstance(label, list) else [
                each.to_json() if isinstance(each, Region) else each for each in label]}
            for sample_id, label in zip(project.samples().sample_id, LABELS[kind], strict=False)
        ]  # fmt: skip
        lines = "\n".join(map(json.dumps, rows))
        (tmp_path / "in.jsonl").write_text(lines)
        assert project.import_labels(tmp_path / "in.jsonl") == len(rows)
        project.export(tmp_path / "tasks.json", "label-studio")
        kind_of_sample = str(project.samples().kind[0])
        config = labeling_config(kind_of_sample, project.settings.class_set)  # type: ignore[arg-type]
        short = convert(tmp_path / "tasks.json", config, "JSON_MIN")
        assert other.import_labels(short) == len(rows)
        assert said(other) == said(project)


@pytest.mark.parametrize("kind", ["spans"])
def test_its_tags_of_words_are_those_of_our_spans(
    tmp_path: Path, kind: str, convert: Callable[[Path, str, str], Path]
) -> None:
    with made(tmp_path, "ours", kind) as project:
        (tmp_path / "in.jsonl").write_text(
            json.dumps({"text": TEXTS[0], "label": [[7, 11, "cat"]]}), "utf-8"
        )
        project.import_labels(tmp_path / "in.jsonl")
        project.export(tmp_path / "tasks.json", "label-studio")
        config = labeling_config("text", project.settings.class_set)
        tags = convert(tmp_path / "tasks.json", config, "CONLL2003").read_text("utf-8")
    assert [line.split()[::3] for line in tags.splitlines()[1:4]] == [
        ["I", "O"],
        ["like", "O"],
        ["cats", "B-cat"],
    ]

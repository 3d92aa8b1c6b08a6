"""Whatever the reader of a format raises is one sentence about the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assignments import assigned
from PIL import Image

import dalt
from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange import registry
from dalt.data.formats import read_any


@pytest.mark.parametrize(
    "error", [KeyError("images"), RecursionError("too deep"), OSError(5, "I/O")]
)
def test_what_no_reader_foresaw_names_file_and_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def read(*_given: Any) -> Iterator[Any]:
        yield from ()
        raise error

    monkeypatch.setitem(registry.BY_NAME, "coco", replace(registry.COCO, read=read))
    path = tmp_path / "a.json"
    path.write_text("{}")
    with pytest.raises(BadInput) as said:
        list(read_any(path, "coco", ClassSet(("cat",))))
    assert str(path) in str(said.value) and "\n" not in str(said.value)
    assert said.value.__cause__ is error


def test_corners_that_no_picture_has_are_left_out_or_refused(tmp_path: Path) -> None:
    Image.new("L", (12, 8)).save(tmp_path / "a.png")
    far = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [-1e308, 0, 1e308, 4]}],
    }
    (tmp_path / "far.json").write_text(json.dumps(far))
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"], task="boxes") as project:
        project.add_images(tmp_path / "a.png", progress=False)
        with pytest.raises(BadInput, match=r"has -1e\+308 where a number has to be"):
            project.import_labels(tmp_path / "far.json", progress=False)
        (tmp_path / "a.png").unlink()  # so that nothing tells how large it was
        box = [{"shape": "box", "label": "cat", "points": [[-1e308, 0], [1e308, 4]]}]
        with project.session("ana") as session, pytest.raises(BadInput, match="lies in no picture"):
            session.submit(assigned(session), box)  # type: ignore[arg-type]
        assert project.history().empty


def test_an_annotator_that_no_index_holds_is_left_out(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"]) as project:
        [sample_id] = project.add_texts(["one"], progress=False)
        row = f"{sample_id},cat,{'x' * 10_000}"
        (tmp_path / "in.csv").write_text(f"sample_id,label,annotator\n{row}\n")
        with pytest.raises(BadInput, match="an annotator of more than 500 characters: 'xxx"):
            project.import_labels(tmp_path / "in.csv", progress=False)

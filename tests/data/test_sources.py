"""Raw data in, samples out: what all kinds have in common."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from raw_samples import add, save

from dalt.core.records import BadInput, Sample
from dalt.data.sources import RawSamples, SampleFiles


def test_kinds_never_share_an_id(files, pool, tmp_path):
    """The same bytes as a file's, an array's and a text's content are three samples."""
    path = save(tmp_path / "a.ppm", np.full((2, 3), 65, dtype=np.uint8))
    ids = [
        *add(files, pool, path).ids,
        *add(files, pool, np.full((1, 2, 3), 65, dtype=np.uint8)).ids,
        *files.add_texts([path.read_text(), '{"a": 1}'], None, pool.known).ids,
        *files.add_table(pd.DataFrame({"a": [1]}), None, pool.known).ids,
    ]
    assert len(set(ids)) == 5


def test_ids_never_change(files):
    """They stand in every project and export: a change here loses labels."""

    def nothing(ids: Iterable[str]) -> set[str]:
        return set()

    assert files.add_texts(["dalt"], None, nothing).ids == ["d9f5d1d8555e842618d795b1319be818"]
    assert files.add_table(pd.DataFrame({"a": [1]}), None, nothing).ids == [
        "e62d16b0fb71aa7b875973200f4eff8d"
    ]
    assert files.add_images(np.zeros((1, 2, 2), np.uint8), nothing).ids == [
        "511bb5e30e9a336ee4217d34cd9a6b54"
    ]
    (files.folder.parent / "a.ppm").write_bytes(b"P5 1 1 255 A")
    assert files.add_images(files.folder.parent / "a.ppm", nothing).ids == [
        "1033eca09620c553d98303af5453e94c"
    ]


def test_raw_samples_are_read_when_asked_for(files, pool):
    samples = pool.keep(files.add_texts(["a", "b", "c"], None, pool.known)).samples
    gone = Sample("x", "image", "gone.png", location={"path": "gone.png"})
    raw = RawSamples(files, [*samples, gone])
    assert len(raw) == 4
    assert raw[np.int64(1)] == "b"
    part = raw[1:]
    assert isinstance(part, RawSamples)
    assert part[:2][-1] == "c"
    with pytest.raises(IndexError):
        raw[4]
    with pytest.raises(BadInput, match=r"gone\.png"):
        raw[-1]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "array"])
def test_images_can_be_read_smaller(files, pool, photos, name):
    pixels = np.full((60, 300, 3), 200, dtype=np.uint8)
    found = add(files, pool, pixels[None] if name == "array" else save(photos / name, pixels))
    raw = RawSamples(files, found.samples, longest=50)
    assert np.asarray(raw[0]).shape == np.asarray(raw[:1][0]).shape == (10, 50, 3)
    assert np.all(raw[0] == 200)
    assert files.load(found.samples[0], longest=400).shape == (60, 300, 3)


def test_nothing_heavy_is_imported():
    heavy = "{'torch', 'sklearn', 'pandas', 'scipy'} & set(sys.modules)"
    modules = "dalt.data.sources, dalt.data.formats, dalt.labeling.quality.accuracy"
    code = f"import sys, {modules}; print({heavy})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_what_the_page_gets_reduced_comes_whole_when_asked_for(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((10, 2_400, 3), np.uint8)).save(tmp_path / "wide.png")
    files = SampleFiles(tmp_path / "p.dalt")
    picture = files.add_images(tmp_path, known=lambda ids: {}).samples[0]
    text = files.add_texts(["word " * 30_000], None, known=lambda ids: {}).samples[0]
    shown, full = files.display(picture), files.display(picture, full=True)
    assert (shown.width, shown.reduced, full.width, full.reduced) == (1_600, True, 2_400, False)
    large, whole = (files.thumbnail(picture, side) for side in (2_000, 3_000))
    assert (large.width, large.reduced, whole.width, whole.reduced) == (2_000, True, 2_400, False)
    shown, full = files.display(text), files.display(text, full=True)
    assert (len(shown.text), shown.reduced) == (100_000, True)
    assert (len(full.text), full.reduced) == (150_000, False)

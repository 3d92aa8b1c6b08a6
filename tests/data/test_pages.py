"""Pages of a TIFF, PDF or DICOM file and frames of an animation as samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from made_files import dicom
from PIL import Image, ImageDraw
from raw_samples import add, decoded, noise, one, save

import dalt
from dalt.cli import main
from dalt.core.records import LeftOut
from dalt.data.readers import images
from dalt.data.sources import SampleFiles

MADE = Path(__file__).parent / "made"
GREYS = (50, 120, 200)


def drawn(grey, side=40):
    return Image.new("L", (side, side), grey)


def scan(path):
    """A file of three pages, each of one grey."""
    if path.suffix == ".dcm":
        values = np.stack([np.full((8, 8), grey * 10, np.uint16) for grey in GREYS])
        return dicom(path, values, WindowCenter="1275.5", WindowWidth="2551")
    first, *others = (drawn(grey) for grey in GREYS)
    options = {"duration": 100} if path.suffix in (".gif", ".png", ".webp") else {}
    if path.suffix == ".webp":
        options["lossless"] = True
    first.save(path, save_all=True, append_images=others, **options)
    return path


@pytest.mark.parametrize("name", ["a.tif", "a.pdf", "a.gif", "a.png", "a.webp", "a.dcm"])
def test_each_page_is_a_sample(files, pool, photos, name):
    scan(photos / name)
    found = add(files, pool, photos, pages=True)
    assert found.rejected == []
    assert [each.source for each in found.samples] == [
        f"photos/{name}#page={page}" for page in (1, 2, 3)
    ]
    assert len({each.id for each in found.samples}) == 3
    for sample, grey in zip(found.samples, GREYS, strict=True):
        middle = [each // 2 for each in files.size(sample)]
        for pixels in (files.load(sample), decoded(files.display(sample))):
            assert abs(int(pixels[middle[1], middle[0]].mean()) - grey) <= 3
        data, ending = files.file_of(sample)
        assert ending == ".png" and data.startswith(b"\x89PNG")
        assert files.thumbnail(sample, 4).width <= 4


@pytest.mark.parametrize("name", ["a.tif", "a.pdf", "a.gif"])
def test_otherwise_the_first_page_is_the_sample(files, pool, photos, name):
    path = scan(photos / name)
    sample = one(files, pool, path)
    assert sample.source == f"photos/{name}"
    assert abs(int(files.load(sample).mean()) - GREYS[0]) <= 3
    assert files.file_of(sample) == (path.read_bytes(), path.suffix)


def test_files_of_one_picture_stay_what_they_are(files, pool, photos):
    path = save(photos / "a.png")
    sample = one(files, pool, path)
    again = add(files, pool, photos, pages=True)
    assert (again.ids, again.samples) == ([sample.id], [])


def test_adding_pages_again_adds_nothing_and_decodes_nothing(files, pool, photos, monkeypatch):
    scan(photos / "a.tif")
    found = add(files, pool, [photos / "a.tif"], pages=True)
    (photos / "copy.tif").write_bytes((photos / "a.tif").read_bytes())
    monkeypatch.setattr(images, "check_pages", None)
    again = add(files, pool, photos, pages=True)
    assert (again.ids, again.samples) == (found.ids * 2, [])


def test_reduced_copies_and_masks_are_no_pages(files, pool, photos):
    with tifffile.TiffWriter(photos / "a.tif") as tiff:
        tiff.write(noise(64, 64), photometric="rgb")
        tiff.write(noise(32, 32), photometric="rgb", subfiletype=1)
    assert [each.source for each in add(files, pool, photos, pages=True).samples] == [
        "photos/a.tif"
    ]


def test_a_page_that_cannot_be_used_leaves_the_others(files, pool, photos):
    files = SampleFiles(files.folder, 2_000)
    first, second = drawn(10), drawn(20, 60)
    first.save(photos / "a.tif", save_all=True, append_images=[second, drawn(30)])
    found = add(files, pool, photos, pages=True)
    assert [each.source for each in found.samples] == [
        "photos/a.tif#page=1",
        "photos/a.tif#page=3",
    ]
    assert [str(each) for each in found.rejected] == [
        "photos/a.tif#page=2: too large: 60 × 60 pixels (the limit is 2,000 in all); [data] "
        "max_pixels in project.toml raises it"
    ]


def test_a_pdf_with_a_password_is_refused(files, pool, photos):
    (photos / "a.pdf").write_bytes((MADE / "locked.pdf").read_bytes())
    [left_out] = add(files, pool, photos).rejected
    assert left_out.reason == "a PDF with a password; save it without one"


def test_lines_of_a_page_are_sharp(photos):
    """150 dots an inch: a page of an inch has 150 pixels."""
    page = Image.new("RGB", (72, 72), "white")
    ImageDraw.Draw(page).rectangle((0, 0, 35, 71), fill="black")
    page.save(photos / "a.pdf", resolution=72)
    pixels = images.read(photos / "a.pdf")
    assert pixels.shape == (150, 150, 3)
    assert pixels[75, 30].max() < 30 and pixels[75, 120].min() > 225


def test_a_command_adds_pages(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    scan(tmp_path / "scans" / "a.tif")
    assert main(["init", "s.dalt", "--classes", "a,b", "--images", "scans", "--pages"]) == 0
    with dalt.Project.open("s.dalt") as project:
        frame = project.samples()
        assert list(frame.source) == [f"scans/a.tif#page={page}" for page in (1, 2, 3)]
        assert set(frame.path) == {str(tmp_path / "scans" / "a.tif")}
        assert main(["init", "t.dalt", "--classes", "a,b", "--audio", "scans", "--pages"]) == 2
    assert "--pages goes with --images PATH." in capsys.readouterr().err


def test_labels_of_pages_go_out_and_come_back(tmp_path):
    (tmp_path / "scans").mkdir()
    scan(tmp_path / "scans" / "a.tif")
    with dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project:
        ids = project.add_images(tmp_path / "scans", pages=True, progress=False)
        with project.session(annotator="ana") as session:
            for label in ("a", "b", "a"):
                asked = session.next()
                assert asked is not None
                session.submit(asked, label)
        said = dict(zip(project.labels().sample_id, project.labels().label, strict=True))
        project.export(tmp_path / "labels.csv")
        project.export(tmp_path / "folders", "imagefolder")
    assert said.keys() == set(ids)
    for source in ("labels.csv", "folders"):
        with dalt.Project.create(tmp_path / f"{source}.dalt", classes=["a", "b"]) as project:
            project.add_images(tmp_path / "scans", pages=True, progress=False)
            assert project.import_labels(tmp_path / source) == 3
            frame = project.labels()
            assert dict(zip(frame.sample_id, frame.label, strict=True)) == said


def test_a_sample_by_its_source_alone_is_found(tmp_path):
    (tmp_path / "scans").mkdir()
    scan(tmp_path / "scans" / "a.tif")
    (tmp_path / "in.csv").write_text("path,label\nscans/a.tif#page=2,b\n")
    with dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project:
        ids = project.add_images(tmp_path / "scans", pages=True, progress=False)
        assert project.import_labels(tmp_path / "in.csv") == 1
        assert list(project.labels().sample_id) == [ids[1]]


def test_the_limit_is_a_setting(tmp_path):
    save(tmp_path / "photos" / "a.png", noise(100, 100))
    settings = {"data": {"max_pixels": 5_000}}
    too_large = pytest.warns(LeftOut, match=r"too large: 100 × 100 .* \[data\] max_pixels")
    with (
        dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"], settings=settings) as project,
        too_large,
    ):
        assert project.add_images(tmp_path / "photos", progress=False).ids == []
    file = tmp_path / "p.dalt" / "project.toml"
    file.write_text(file.read_text().replace("5000", "20000"))
    with dalt.Project.open(tmp_path / "p.dalt") as project:
        assert len(project.add_images(tmp_path / "photos", progress=False).ids) == 1


@pytest.mark.parametrize(("given", "status"), [("0.02", 0), ("0.005", 1)])
def test_a_command_sets_the_limit(tmp_path, monkeypatch, given, status):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "photos" / "a.png", noise(100, 100))
    words = ["init", "p.dalt", "--classes", "a,b", "--images", "photos", "--max-megapixels", given]
    assert main(words) == status

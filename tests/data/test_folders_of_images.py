"""Folders of image files, hostile ones too."""

import io
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from raw_samples import add, noise, one, save

import dalt
from dalt.core.records import BadInput
from dalt.data.sources import SampleFiles


def png_header(width, height):
    """Craft a PNG of some bytes that claims to be huge."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 99)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# --- folders of images ------------------------------------------------------------------------


def test_a_folder_is_read_in_order_with_all_below_it(files, pool, photos):
    for i, name in enumerate(["b.png", "a/z.png", "a/b/c.png", "c.jpg"]):
        save(photos / name, noise(9, 9, seed=i))
    found = add(files, pool, photos)
    assert [sample.source for sample in found.samples] == [
        "photos/a/b/c.png",
        "photos/a/z.png",
        "photos/b.png",
        "photos/c.jpg",
    ]
    assert found.ids == [sample.id for sample in found.samples]
    assert {(sample.kind, sample.position) for sample in found.samples} == {("image", -1)}
    assert all(len(sample.id) == 32 for sample in found.samples)
    assert not files.folder.exists()  # files are referenced, not copied


def test_hidden_files_and_projects_are_passed_over(files, pool, photos):
    save(photos / "a.png")
    for name in (".DS_Store", ".ipynb_checkpoints/a.png", "old.dalt/labels.db"):
        (photos / name).parent.mkdir(exist_ok=True)
        (photos / name).write_bytes(b"x")
    found = add(files, pool, photos)
    assert (len(found.ids), found.rejected) == (1, [])


def test_outside_of_the_projects_folder_the_source_is_absolute(tmp_path, pool):
    path = save(tmp_path / "elsewhere" / "a.png")
    files = SampleFiles(tmp_path / "home" / "pets.dalt")
    sample = one(files, pool, path)
    assert sample.source == path.as_posix()
    assert np.asarray(files.load(sample)).shape == (12, 8, 3)


def test_a_project_can_move_together_with_its_photos(tmp_path, pool):
    save(tmp_path / "old" / "photos" / "a.png")
    sample = one(SampleFiles(tmp_path / "old" / "p.dalt"), pool, tmp_path / "old" / "photos")
    os.rename(tmp_path / "old", tmp_path / "new")
    loaded = SampleFiles(tmp_path / "new" / "p.dalt").load(sample)
    assert np.asarray(loaded).shape == (12, 8, 3)


def test_paths_relative_to_the_working_folder_mean_the_same(files, pool, photos, monkeypatch):
    save(photos / "a.png")
    monkeypatch.chdir(photos)
    assert one(files, pool, "a.png").source == "photos/a.png"
    assert files.add_images(".", pool.known).samples == []


def test_links_below_the_project_keep_their_names(files, pool, tmp_path):
    save(tmp_path / "disk" / "a.png")
    (tmp_path / "photos").symlink_to(tmp_path / "disk")
    assert one(files, pool, tmp_path / "photos").source == "photos/a.png"


def test_links_cannot_loop(files, pool, photos):
    save(photos / "a" / "a.png")
    (photos / "a" / "up").symlink_to(photos)
    (photos / "self").symlink_to(photos / "self")
    (photos / "gone").symlink_to(photos / "nowhere")
    found = add(files, pool, photos)
    assert [sample.source for sample in found.samples] == ["photos/a/a.png"]
    assert sorted(map(str, found.rejected)) == [
        "photos/gone: no such file",
        "photos/self: a link that leads to itself",
    ]


def test_a_link_to_a_folder_outside_is_told_and_not_followed(files, pool, photos, tmp_path):
    save(photos / "a" / "a.png")
    save(tmp_path / "private" / "b.png", noise(9, 9, seed=1))
    (photos / "out").symlink_to(tmp_path / "private")
    (photos / "a" / "far").symlink_to(tmp_path)
    (photos / "within").symlink_to(photos / "a")
    found = add(files, pool, photos)
    assert [sample.source for sample in found.samples] == ["photos/a/a.png"]
    why = "a link to a folder outside of the one that was given; add that folder itself, if wanted"
    assert sorted(map(str, found.rejected)) == [f"photos/a/far: {why}", f"photos/out: {why}"]
    (tmp_path / "named").symlink_to(tmp_path / "private")
    assert len(add(files, pool, tmp_path / "named").samples) == 1, "what is named is meant"


def test_equal_content_shares_one_id(files, pool, photos):
    save(photos / "a.png")
    (photos / "b.png").write_bytes((photos / "a.png").read_bytes())
    found = add(files, pool, photos)
    assert found.ids[0] == found.ids[1]
    assert len(found.samples) == 1


def test_adding_again_adds_nothing_and_decodes_nothing(files, pool, photos, monkeypatch):
    for i in range(3):
        save(photos / f"{i}.png", noise(9, 9, seed=i))
    first = add(files, pool, photos)
    monkeypatch.setattr("dalt.data.readers.images.check", None)
    again = add(files, pool, photos)
    assert again.ids == first.ids
    assert again.samples == []


def test_a_list_of_paths_keeps_its_order(files, pool, photos):
    paths = [save(photos / f"{i}.png", noise(9, 9, seed=i)) for i in (2, 0, 1)]
    found = add(files, pool, [str(paths[0]), paths[1], photos / "no.png", paths[2], paths[0]])
    assert [sample.source[-5] for sample in found.samples] == ["2", "0", "1"]
    assert found.ids[3] == found.ids[0]
    assert [str(rejection) for rejection in found.rejected] == ["photos/no.png: no such file"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode there")
def test_file_names_need_not_be_unicode(files, pool, photos):
    save(photos / os.fsdecode(b"caf\xe9.png"), format="PNG")
    sample = one(files, pool, photos)
    assert sample.source == "photos/caf\\udce9.png"
    assert all(str(part).encode() for part in sample.location.values())
    assert files.load(sample).shape == (12, 8, 3)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ("nowhere", "There is no file or folder 'nowhere' (looked in "),
        ("bare", "There are no files in the folder 'bare'."),
        ([], "There are no images to add."),
        (7, "Images are given as a folder, a list of paths or a uint8 array, not as int."),
        (["a.png", 7], "Entry 1 of the list of images is int, not a path; arrays are given as "),
    ],
)
def test_images_that_are_none_are_refused_in_one_line(
    files, pool, tmp_path, monkeypatch, images, message
):
    (tmp_path / "bare" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as error:
        add(files, pool, images)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_progress_ends_at_the_total(files, pool, photos):
    for i in range(3):
        save(photos / f"{i}.png", noise(9, 9, seed=i))
    calls = []
    add(files, pool, photos, progress=lambda *call: calls.append(call))
    assert calls == [("adding images", 0, 3), ("adding images", 3, 3)]


# --- hostile files ----------------------------------------------------------------------------


def hostile(photos):
    """Write one file of each kind; return the reasons by name."""
    good = io.BytesIO()
    Image.fromarray(noise(64, 64)).save(good, "PNG")
    jpeg = io.BytesIO()
    Image.fromarray(noise(64, 64)).save(jpeg, "JPEG")
    webp = io.BytesIO()
    Image.fromarray(noise(64, 64)).save(webp, "WEBP")
    flipped = bytearray(good.getvalue())
    flipped[len(flipped) // 2] ^= 0xFF
    contents = {
        "bomb.png": (
            png_header(50_000, 50_000),
            "too large: 50,000 × 50,000 pixels (the limit is 64,000,000 in all); [data] max_pixels "
            "in project.toml raises it",
        ),
        "cut.jpg": (jpeg.getvalue()[:-900], "damaged or cut short"),
        "cut.png": (good.getvalue()[:-3_000], "damaged or cut short"),
        "cut.webp": (webp.getvalue()[:-100], "damaged or cut short"),
        "empty.png": (b"", "empty file (0 bytes)"),
        "flipped.png": (bytes(flipped), "damaged or cut short"),
        "header.png": (good.getvalue()[:20], "damaged or cut short"),
        "large.png": (
            png_header(9_000, 9_000),
            "too large: 9,000 × 9,000 pixels (the limit is 64,000,000 in all); [data] max_pixels "
            "in project.toml raises it",
        ),
        "page.eps": (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "a drawing in PostScript (EPS); convert it to JPEG or PNG",
        ),
        "text.png": (b"I am no picture.\n", "not an image"),
        "zeros.png": (b"\0" * 500, "not an image"),
    }
    for name, (content, _) in contents.items():
        (photos / name).write_bytes(content)
    return {name: reason for name, (_, reason) in contents.items()}


def test_hostile_files_are_rejected_one_by_one_and_the_rest_goes_in(files, pool, photos, recwarn):
    reasons = hostile(photos)
    save(photos / "good.png")
    limit = Image.MAX_IMAGE_PIXELS
    found = add(files, pool, photos)
    assert {r.source.removeprefix("photos/"): r.reason for r in found.rejected} == reasons
    assert [sample.source for sample in found.samples] == ["photos/good.png"]
    assert limit == Image.MAX_IMAGE_PIXELS
    assert list(recwarn) == []


def test_all_files_rejected_is_no_exception(files, pool, photos):
    reasons = hostile(photos)
    (photos / "again.png").write_bytes((photos / "cut.png").read_bytes())
    found = add(files, pool, photos)
    assert (found.ids, found.samples) == ([], [])
    assert len(found.rejected) == len(reasons) + 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(files, pool, photos):
    os.mkfifo(photos / "pipe.png")
    assert [str(r) for r in add(files, pool, photos).rejected] == [
        "photos/pipe.png: not a regular file"
    ]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_no_file_cut_short_gets_in_and_breaks_later(files, pool, photos, format):
    whole = io.BytesIO()
    Image.fromarray(noise(40, 40)).save(whole, format)
    content = whole.getvalue()
    for part in range(1, 20):
        (photos / f"{part:02}").write_bytes(content[: len(content) * part // 20])
    found = add(files, pool, photos)
    assert len(found.ids) + len(found.rejected) == 19
    # Nothing but the trailer may be missing of what gets in.
    assert len(found.ids) <= 1
    for sample in found.samples:
        assert files.load(sample).shape[:2] == (40, 40)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(data=st.data())
def test_files_of_any_bytes_are_taken_or_rejected(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    format = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM"]))
    whole = io.BytesIO()
    Image.fromarray(noise(6, 6)).save(whole, format)
    content = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / "x").write_bytes(content)
    files = SampleFiles(folder / "p.dalt")
    found = files.add_images(folder, lambda ids: {})
    assert len(found.ids) + len(found.rejected) == 1
    for sample in found.samples:
        assert np.asarray(files.load(sample)).dtype == np.uint8
        assert files.display(sample).data


def test_a_series_among_the_entries_of_a_list_is_no_path(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"]) as project:
        with pytest.raises(dalt.BadInput):
            project.add_images([pd.Series([{}, []])], progress=False)  # type: ignore[list-item]
        assert project.samples().empty


def test_what_is_no_picture_has_no_width_and_height(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat"]) as project:
        project.add_texts(["a text"], progress=False)
        [sample] = project.workspace.store.samples.all()
        with pytest.raises(dalt.BadInput, match="Only pictures have a width and height"):
            project.workspace.files.size(sample)

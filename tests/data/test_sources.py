"""Raw data in, samples out."""

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dalt.core.records import BadInput, Sample
from dalt.data.sources import RawSamples, SampleFiles, read_csv

pd = pytest.importorskip("pandas")


class Pool:
    """Stands for the store: knows the ids of what was added."""

    def __init__(self):
        self.samples = {}

    def known(self, ids):
        assert len(ids) == len(set(ids)) <= 1_000
        return self.samples.keys() & set(ids)

    def keep(self, found):
        for sample in found.samples:
            assert sample.id not in self.samples
            self.samples[sample.id] = sample
        assert set(found.ids) <= self.samples.keys()
        return found


@pytest.fixture
def pool():
    return Pool()


@pytest.fixture
def files(tmp_path):
    return SampleFiles(tmp_path / "pets.dalt")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def noise(height, width, channels=3, seed=0):
    shape = (height, width, channels) if channels else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def save(path, pixels=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(12, 8) if pixels is None else pixels).save(path, **options)
    return path


def png_header(width, height):
    """Craft a PNG of some bytes that claims to be huge."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 99)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def add(files, pool, images, **options):
    return pool.keep(files.add_images(images, pool.known, **options))


def one(files, pool, path):
    """Add one good file and return its sample."""
    found = add(files, pool, path)
    assert found.rejected == []
    (sample,) = found.samples
    return sample


def decoded(shown):
    return np.asarray(Image.open(io.BytesIO(shown.data)))


def entries(folder):
    return sorted(os.listdir(folder)) if folder.exists() else []


# --- folders of images --------------------------------------------------------------


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


# --- hostile files ------------------------------------------------------------------


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
        "bomb.png": (png_header(50_000, 50_000), "too large (the limit is 64,000,000 pixels)"),
        "cut.jpg": (jpeg.getvalue()[:-900], "damaged or cut short"),
        "cut.png": (good.getvalue()[:-3_000], "damaged or cut short"),
        "cut.webp": (webp.getvalue()[:-100], "damaged or cut short"),
        "empty.png": (b"", "empty file (0 bytes)"),
        "flipped.png": (bytes(flipped), "damaged or cut short"),
        "header.png": (good.getvalue()[:20], "damaged or cut short"),
        "large.png": (
            png_header(9_000, 9_000),
            "too large: 9,000 × 9,000 pixels (the limit is 64,000,000 in all)",
        ),
        "page.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
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
    found = files.add_images(folder, lambda ids: set())
    assert len(found.ids) + len(found.rejected) == 1
    for sample in found.samples:
        assert np.asarray(files.load(sample)).dtype == np.uint8
        assert files.display(sample).data


# --- what pictures look like --------------------------------------------------------


def test_colour_and_grey_are_loaded_as_they_are(files, pool, photos):
    colour, grey = noise(12, 8), noise(12, 8, 0)
    assert np.array_equal(files.load(one(files, pool, save(photos / "c.png", colour))), colour)
    assert np.array_equal(files.load(one(files, pool, save(photos / "g.png", grey))), grey)


def test_16_bit_grey_is_stretched(files, pool, photos):
    path = photos / "scan.png"
    Image.fromarray(np.array([[100, 200], [300, 4195]], dtype=np.uint16)).save(path)
    sample = one(files, pool, path)
    assert files.load(sample).tolist() == [[0, 6], [12, 255]]
    assert decoded(files.display(sample)).tolist() == [[0, 6], [12, 255]]


@pytest.mark.parametrize("value", [0, 700])
def test_a_flat_16_bit_picture_is_black(files, pool, photos, value):
    path = save(photos / "flat.tiff", np.full((2, 3), value, dtype=np.uint16))
    assert files.load(one(files, pool, path)).tolist() == [[0, 0, 0]] * 2


def test_float_pictures_may_have_holes(files, pool, photos):
    path = save(photos / "f.tiff", np.array([[0, 0.5], [1, np.nan]], dtype=np.float32))
    assert files.load(one(files, pool, path)).tolist() == [[0, 128], [255, 0]]


def test_transparency_is_white(files, pool, photos):
    pixels = np.zeros((4, 4, 4), dtype=np.uint8)
    pixels[:2] = (200, 10, 10, 255)
    sample = one(files, pool, save(photos / "a.png", pixels))
    for seen in (files.load(sample), decoded(files.display(sample))):
        assert seen[0, 0].tolist() == [200, 10, 10]
        assert seen[3, 3].tolist() == [255, 255, 255]


def test_a_transparent_palette_colour_is_white(files, pool, photos):
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([0, 0, 0, 200, 10, 10])
    picture.paste(1, (0, 0, 4, 2))
    picture.save(photos / "p.gif", transparency=0)
    seen = files.load(one(files, pool, photos / "p.gif"))
    assert seen[0, 0].tolist() == [200, 10, 10]
    assert seen[3, 3].tolist() == [255, 255, 255]


def test_grey_with_alpha_stays_grey(files, pool, photos):
    path = save(photos / "la.png", np.array([[[50, 255], [50, 0]]], dtype=np.uint8))
    assert files.load(one(files, pool, path)).tolist() == [[50, 255]]


def test_cmyk_becomes_colour(files, pool, photos):
    picture = Image.new("CMYK", (20, 20), (0, 255, 255, 0))
    picture.save(photos / "c.jpg", icc_profile=b"a profile for print")
    sample = one(files, pool, photos / "c.jpg")
    for seen in (files.load(sample), decoded(files.display(sample))):
        assert seen.shape == (20, 20, 3)
        red, green, blue = seen[10, 10].astype(int)
        assert red > 200 > 90 > max(green, blue)
    assert Image.open(io.BytesIO(files.display(sample).data)).info == {}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(files, pool, photos, orientation, format):
    pixels = np.zeros((16, 32), dtype=np.uint8)
    pixels[:8, :16] = 255  # white where it begins
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(photos / "x", pixels, format=format, exif=exif)
    seen = files.load(one(files, pool, path)) > 128
    turned: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).T,
        8: np.rot90,
    }
    assert np.array_equal(seen, turned[orientation](pixels) > 128)


def test_of_an_animation_the_first_frame_is_shown(files, pool, photos):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(photos / "a.gif", save_all=True, append_images=frames[1:])
    sample = one(files, pool, photos)
    assert files.load(sample)[0, 0].tolist() == [255, 0, 0]
    shown = files.display(sample)
    assert shown.mime == "image/png"
    assert decoded(shown)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_small_files_for_browsers_are_passed_as_they_are(files, pool, photos, format):
    path = save(photos / "x", noise(30, 20), format=format)
    shown = files.display(one(files, pool, path))
    assert shown.data == path.read_bytes()
    assert shown.mime == f"image/{format.lower()}"
    assert (shown.kind, shown.width, shown.height) == ("image", 20, 30)


def test_a_passed_photo_has_the_size_that_browsers_show(files, pool, photos):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(photos / "x.jpg", noise(30, 20), exif=exif)
    shown = files.display(one(files, pool, path))
    assert shown.data == path.read_bytes()
    assert (shown.width, shown.height) == (30, 20)


@pytest.mark.parametrize(
    ("name", "shape", "mime", "size"),
    [
        ("wide.png", (20, 4_000), "image/png", (1_600, 8)),
        ("heavy.png", (700, 600), "image/jpeg", (600, 700)),
        ("large.jpg", (3_000, 2_400), "image/jpeg", (1_280, 1_600)),
        ("small.bmp", (30, 20), "image/png", (20, 30)),
    ],
)
def test_other_files_are_encoded_anew(files, pool, photos, name, shape, mime, size):
    shown = files.display(one(files, pool, save(photos / name, noise(*shape))))
    assert (shown.mime, (shown.width, shown.height)) == (mime, size)
    assert decoded(shown).shape[:2] == size[::-1]


def test_a_file_that_vanished_is_named(files, pool, photos):
    path = save(photos / "a.png")
    sample = one(files, pool, path)
    path.unlink()
    for read in (files.load, files.display):
        with pytest.raises(BadInput) as error:
            read(sample)
        assert str(error.value) == ("Sample 'photos/a.png' can no longer be read: no such file.")
    path.write_bytes(b"overwritten")
    with pytest.raises(BadInput, match="can no longer be read: not an image"):
        files.load(sample)


# --- arrays -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 4, 6), (5, 4, 6, 1), (5, 4, 6, 3)])
def test_arrays_are_copied(files, pool, shape):
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    found = add(files, pool, images)
    assert [sample.source for sample in found.samples] == ["0", "1", "2", "3", "4"]
    kept = images.copy().reshape(shape[:3]) if shape[3:] == (1,) else images.copy()
    images[:] = 0
    for sample, image in zip(found.samples, kept, strict=True):
        assert np.array_equal(files.load(sample), image)
        assert np.array_equal(decoded(files.display(sample)), image)
    assert entries(files.folder / "samples") == [found.samples[0].location["file"]]


def test_arrays_share_ids_and_are_known_again(files, pool):
    images = noise(4, 6, 5).transpose(2, 0, 1)[[0, 1, 0, 2]]
    first = add(files, pool, images)
    assert first.ids[0] == first.ids[2]
    assert len(first.samples) == 3
    again = add(files, pool, np.concatenate([images, images + 1]))
    assert again.ids[:4] == first.ids
    assert [sample.source for sample in again.samples] == ["4", "5", "7"]
    assert np.array_equal(files.load(again.samples[2]), images[3] + 1)


def test_a_read_array_does_not_hang_on_the_file(files, pool):
    sample = add(files, pool, noise(2, 4, 4)[..., :3]).samples[0]
    raw = files.load(sample)
    assert type(raw) is np.ndarray
    raw[:] = 0
    assert files.load(sample).any()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 4, 4)), "This array is float64; images are a uint8 array of shape"),
        (np.zeros((4, 4), np.uint8), r"has shape \(4, 4\)"),
        (np.zeros((2, 4, 4, 4), np.uint8), r"has shape \(2, 4, 4, 4\)"),
        (np.zeros((0, 4, 4), np.uint8), "is empty"),
        (np.zeros((2, 0, 4), np.uint8), "is empty"),
        (np.zeros((30, 30, 3), np.uint8), r"is one colour image; add image\[None\]"),
    ],
)
def test_wrong_arrays_are_refused_in_one_line(files, pool, images, message):
    with pytest.raises(BadInput, match=message) as error:
        add(files, pool, images)
    assert "\n" not in str(error.value)
    assert not files.folder.exists()


def test_dying_before_the_database_knows_is_harmless(files):
    images = noise(4, 4, 3).transpose(2, 0, 1)
    lost = files.add_images(images, lambda ids: set())
    assert files.add_images(images, lambda ids: set()) == lost
    assert len(entries(files.folder / "samples")) == 1
    texts = files.add_texts(["a", "b"], None, lambda ids: set())
    assert files.add_texts(["a", "b"], None, lambda ids: set()) == texts
    assert len(entries(files.folder / "samples")) == 2


def test_an_interruption_leaves_nothing(files):
    def interrupted(what, done, total):
        if done:
            raise KeyboardInterrupt

    texts = [f"text {i}" for i in range(2_500)]
    with pytest.raises(KeyboardInterrupt):
        files.add_texts(texts, None, lambda ids: set(), progress=interrupted)
    assert entries(files.folder / "samples") == []


def test_a_full_disk_is_one_line_and_leaves_nothing(files, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dalt.core.files.os.fsync", full)
    with pytest.raises(BadInput, match=r"Cannot write into .*: No space left on device\.$"):
        files.add_texts(["a"], None, lambda ids: set())
    assert entries(files.folder / "samples") == []


@pytest.mark.parametrize("ending", [".npy", ".jsonl"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut"])
def test_a_damaged_copy_is_one_line(files, pool, ending, damage):
    if ending == ".npy":
        sample = add(files, pool, noise(3, 4, 4)[..., :3]).samples[-1]
    else:
        sample = pool.keep(files.add_texts(["a", "bcd"], None, pool.known)).samples[-1]
    path = files.folder / "samples" / sample.location["file"]
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else content[:-4])
    with pytest.raises(BadInput, match="can no longer be read: its copy in the project is"):
        SampleFiles(files.folder).load(sample)


def test_many_small_additions_do_not_hold_many_files_open(files, pool):
    for i in range(40):
        pool.keep(files.add_texts([str(i) + "."], None, pool.known))
        pool.keep(files.add_images(np.full((1, 2, 2), i, np.uint8), pool.known))
    samples = list(pool.samples.values())
    texts, pictures = samples[::2], samples[1::2]
    assert list(RawSamples(files, texts)) == [f"{i}." for i in range(40)]
    assert [int(each.max()) for each in RawSamples(files, pictures)] == list(range(40))
    me, ours = psutil.Process(), str(files.folder)
    held = [*me.open_files(), *me.memory_maps()]
    assert not [each.path for each in held if each.path.startswith(ours)]


# --- texts --------------------------------------------------------------------------


words = st.text(st.one_of(st.characters(), st.sampled_from('<b>&\0\x07\x1b\n\r\u2028"\\한글😀')))


@given(texts=st.lists(words, min_size=1, max_size=8))
def test_any_text_comes_back_as_it_was(tmp_path_factory, texts):
    files = SampleFiles(tmp_path_factory.mktemp("texts") / "t.dalt")
    pool = Pool()
    found = pool.keep(files.add_texts(texts, None, pool.known))
    good = [text for text in texts if text.strip()]
    assert [files.load(pool.samples[sample_id]) for sample_id in found.ids] == good
    assert [files.display(pool.samples[sample_id]).text for sample_id in found.ids] == good
    assert len(found.samples) == len(set(good))
    assert len(found.ids) + len(found.rejected) == len(texts)
    again = files.add_texts(texts, None, pool.known)
    assert (again.ids, again.samples) == (found.ids, [])


def test_texts_are_kept_as_lines_of_json(files, pool):
    found = pool.keep(files.add_texts(["개\n", "<b>"], None, pool.known))
    (name,) = entries(files.folder / "samples")
    assert (files.folder / "samples" / name).read_text(encoding="utf-8") == '"개\\n"\n"<b>"\n'
    assert found.samples[1].location == {"file": name, "offset": 8, "length": 5}


def test_texts_without_content_are_rejected_by_row(files, pool):
    texts = ["a", "", " \n", None, float("nan"), pd.NA, 7, b"x", "\ud800"]
    found = pool.keep(files.add_texts(texts, None, pool.known))
    assert len(found.ids) == 1
    assert list(map(str, found.rejected)) == [
        "1: empty text",
        "2: empty text",
        "3: no text",
        "4: no text",
        "5: no text",
        "6: not a text but an int",
        "7: not a text but a bytes",
        "8: not valid Unicode (half of a surrogate pair)",
    ]


def test_of_frames_and_series_the_source_is_the_index(files, pool):
    frame = pd.DataFrame({"id": [1, 2], "body": ["x", None]}, index=["r1", "r2"])
    found = pool.keep(files.add_texts(frame, "body", pool.known))
    assert [sample.source for sample in found.samples] == ["r1"]
    assert [str(rejection) for rejection in found.rejected] == ["r2: no text"]
    assert files.add_texts(frame["body"], None, pool.known).ids == found.ids
    assert files.add_texts(frame[["body"]], None, pool.known).ids == found.ids


@pytest.mark.parametrize(
    ("texts", "column", "message"),
    [
        (
            pd.DataFrame({"body": ["a"], "id": [1]}),
            "bodi",
            "no column 'bodi'. Did you mean 'body'?",
        ),
        (pd.DataFrame({"body": ["a"], "id": [1]}), None, "column=…, one of body, id."),
        (pd.DataFrame({"body": []}), "body", "The table has no rows."),
        (pd.DataFrame([["a", "b"]], columns=["t", "t"]), "t", "Column 't' is there twice"),
        ([], None, "There are no texts to add."),
        (["a"], "body", "column='body' needs a DataFrame"),
        ("a text", None, "Texts are given as a list of str or a DataFrame, not as a str."),
        (7, None, "Texts are given as a list of str or a DataFrame, not as an int."),
    ],
)
def test_wrong_texts_are_refused_in_one_line(files, pool, texts, column, message):
    with pytest.raises(BadInput) as error:
        files.add_texts(texts, column, pool.known)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_long_lists_are_asked_for_in_parts(files, pool):
    texts = [f"text {i % 2_100}" for i in range(2_500)]
    calls = []
    found = pool.keep(files.add_texts(texts, None, pool.known, lambda *call: calls.append(call)))
    assert (len(found.ids), len(found.samples)) == (2_500, 2_100)
    assert [done for _, done, _ in calls] == [0, 1_000, 2_000, 2_500]
    assert files.load(found.samples[-1]) == "text 2099"


# --- tables -------------------------------------------------------------------------


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_infinity=False, allow_nan=False),
    st.text(max_size=5),
)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_any_row_comes_back_as_it_was(tmp_path_factory, rows):
    files = SampleFiles(tmp_path_factory.mktemp("rows") / "t.dalt")
    frame = pd.DataFrame(rows, columns=["나이", "b"], dtype=object)
    pool = Pool()
    found = pool.keep(files.add_table(frame, None, pool.known))
    good = [row for row in rows if row != (None, None)]
    loaded = [files.load(pool.samples[sample_id]) for sample_id in found.ids]
    assert loaded == [{"나이": a, "b": b} for a, b in good]
    assert len(found.ids) + len(found.rejected) == len(rows)
    assert files.add_table(frame, None, pool.known).samples == []


def test_values_are_made_plain(files, pool):
    frame = pd.DataFrame(
        {
            "flag": [True],
            "count": np.array([3], dtype=np.int16),
            "share": np.array([0.5], dtype=np.float32),
            "when": pd.to_datetime(["2026-01-02T03:04:05Z"]),
            "never": pd.to_datetime([None]),
            "day": [date(2026, 1, 2)],
            "group": pd.Categorical(["x"]),
            "missing": [float("nan")],
            "whole": [2.0],
        }
    )
    (sample,) = pool.keep(files.add_table(frame, None, pool.known)).samples
    assert files.load(sample) == {
        "flag": True,
        "count": 3,
        "share": 0.5,
        "when": "2026-01-02T03:04:05+00:00",
        "never": None,
        "day": "2026-01-02",
        "group": "x",
        "missing": None,
        "whole": 2,
    }
    shown = files.display(sample)
    assert shown.kind == "table"
    assert shown.rows[:2] == (("flag", "True"), ("count", "3"))
    assert dict(shown.rows)["missing"] == ""


def test_a_row_is_the_same_whatever_the_order_of_columns_or_type_of_numbers(files, pool):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    first = pool.keep(files.add_table(frame, None, pool.known))
    longer = pd.DataFrame({"b": ["x", "y", "z"], "a": [1, 2, None]})  # a is float now
    again = pool.keep(files.add_table(longer, None, pool.known))
    assert again.ids[:2] == first.ids
    assert [sample.source for sample in again.samples] == ["2"]


def test_columns_can_be_chosen(files, pool):
    frame = pd.DataFrame({"a": [1, 1], "b": [2, 3], "c": [4, 4]})
    found = pool.keep(files.add_table(frame, ["c", "a"], pool.known))
    assert files.load(found.samples[0]) == {"c": 4, "a": 1}
    assert len(found.samples) == 1


def test_rows_that_cannot_be_used_are_rejected(files, pool):
    frame = pd.DataFrame(
        {"a": [1.5, np.inf, np.nan, [1], "\ud800", datetime(2026, 1, 2)]}, dtype=object
    )
    found = pool.keep(files.add_table(frame, None, pool.known))
    assert len(found.ids) == 2
    assert list(map(str, found.rejected)) == [
        "1: column 'a' is infinite",
        "2: empty row",
        "3: column 'a' holds a list",
        "4: column 'a' is not valid Unicode (half of a surrogate pair)",
    ]


@pytest.mark.parametrize(
    ("frame", "columns", "message"),
    [
        (pd.DataFrame({"age": [1]}), ["agge"], "no column 'agge'. Did you mean 'age'?"),
        (pd.DataFrame({"age": []}), None, "The table has no rows."),
        (pd.DataFrame({"age": [1]}), [], "The table has no columns."),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), None, "Column 'a' is there twice"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), None, "Column '1' is named twice"),
        ([{"a": 1}], None, "A table is given as a pandas DataFrame, not as a list."),
    ],
)
def test_wrong_tables_are_refused_in_one_line(files, pool, frame, columns, message):
    with pytest.raises(BadInput) as error:
        files.add_table(frame, columns, pool.known)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


# --- csv files ----------------------------------------------------------------------


def test_a_csv_file_is_read_with_or_without_a_mark(tmp_path):
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "a.csv").write_text("몸,n\n글,1\n", encoding=encoding)
        frame = read_csv(tmp_path / "a.csv")
        assert list(frame.columns) == ["몸", "n"]
        assert frame["몸"].tolist() == ["글"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no file 'a.csv'."),
        (b"", "'a.csv' is empty."),
        (b"a,b\n", "'a.csv' has a header but no rows."),
        ("몸\n글\n".encode("cp949"), "'a.csv' is not in UTF-8; save it as 'CSV UTF-8'."),
        (b"a,b\n1,2\n1,2,3\n", "'a.csv' cannot be read as a CSV table: "),
    ],
)
def test_a_csv_file_that_is_none_is_refused_in_one_line(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadInput) as error:
        read_csv("a.csv")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


# --- the rest -----------------------------------------------------------------------


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
    picture = files.add_images(tmp_path, known=lambda ids: set()).samples[0]
    text = files.add_texts(["word " * 30_000], None, known=lambda ids: set()).samples[0]
    shown, full = files.display(picture), files.display(picture, full=True)
    assert (shown.width, shown.reduced, full.width, full.reduced) == (1_600, True, 2_400, False)
    shown, full = files.display(text), files.display(text, full=True)
    assert (len(shown.text), shown.reduced) == (100_000, True)
    assert (len(full.text), full.reduced) == (150_000, False)

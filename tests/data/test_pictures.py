"""What pictures look like on the page and to an encoder."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from raw_samples import decoded, noise, one, save

from dalt.core.records import BadInput


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
    with pytest.raises(BadInput, match="can no longer be read: its file has other content"):
        files.load(sample)

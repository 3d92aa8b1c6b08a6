"""Kinds of image files beside the usual: how each is read, and what is said of the rest."""

from __future__ import annotations

import errno
import io
import os
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from made_files import dicom, dng, png_of_16_bits
from PIL import Image
from raw_samples import add, decoded, noise, one, save

from dalt.data.readers.image_files import heif, raw
from dalt.data.readers.images import read, size
from dalt.data.readers.paths import Refused
from dalt.data.readers.signatures import identified
from dalt.data.sources import SampleFiles

MADE = Path(__file__).parent / "made"
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 40), (20, 40, 230)


def near(pixel, colour):
    return np.abs(pixel.astype(int) - colour).max() < 12


# --- telephones and cameras -------------------------------------------------------------------


def test_heic_is_read_shown_and_exported_unchanged(files, pool, photos):
    path = photos / "IMG_0001.HEIC"
    path.write_bytes((MADE / "phone.heic").read_bytes())
    sample = one(files, pool, path)
    pixels = files.load(sample)
    assert pixels.shape == (48, 64, 3) and files.size(sample) == (64, 48)
    assert near(pixels[4, 4], RED) and near(pixels[4, -4], GREEN) and near(pixels[-4, 4], BLUE)
    assert near(decoded(files.display(sample))[4, 4], RED)
    assert files.thumbnail(sample, 16).width == 16
    assert files.file_of(sample) == (path.read_bytes(), ".HEIC")


def test_heic_is_turned_upright(files, pool):
    sample = one(files, pool, MADE / "turned.heic")
    assert files.size(sample) == (48, 64)
    assert near(files.load(sample)[4, -4], RED)


def test_avif_is_read(files, pool, photos):
    pixels = np.full((20, 30, 3), RED, np.uint8)
    sample = one(files, pool, save(photos / "a.avif", pixels))
    assert near(files.load(sample)[3, 3], RED)


def test_a_raw_file_is_developed(files, pool, photos):
    sample = one(files, pool, dng(photos / "a.dng"))
    pixels = files.load(sample).astype(int)
    assert pixels.shape == (64, 64, 3) and files.size(sample) == (64, 64)
    left, right = pixels[32, 8], pixels[32, -8]
    assert left[0] > left[2] + 50 and right[2] > right[0] + 50
    assert files.load(sample, 16).shape == (16, 16, 3)
    assert files.thumbnail(sample, 16).width == 16


@pytest.mark.parametrize("name", ["DSC_0001.NEF", "a.cr2", "a.dng"])
def test_a_raw_file_that_is_not_known_is_not_called_damaged(files, pool, photos, name):
    (photos / name).write_bytes(b"MM\0*" + b"\0" * 300)
    [left_out] = add(files, pool, photos).rejected
    kind = name[-3:].upper()
    assert left_out.reason == (
        f"a camera's raw file ({kind}) that cannot be decoded; convert it to JPEG or PNG"
    )


def test_a_raw_file_that_is_cut_short_is_refused(files, pool, photos):
    whole = dng(photos / "a.dng").read_bytes()
    (photos / "a.dng").write_bytes(whole[: len(whole) // 2])
    [left_out] = add(files, pool, photos).rejected
    assert left_out.reason == "a camera's raw file (DNG) that is cut short"


def test_no_thread_of_a_decoder_outlives_its_call(files, pool, photos):
    if sys.platform != "linux":
        pytest.skip("threads are listed there")
    path = dng(photos / "a.dng")
    for each in (path, MADE / "phone.heic"):  # what the libraries start once
        read(each)
    before = len(os.listdir("/proc/self/task"))
    for each in (path, MADE / "phone.heic"):
        read(each)
    assert len(os.listdir("/proc/self/task")) <= before


# --- science ----------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [None, "zlib", "lzma"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", ">u2", "float32", "float64", "int16"])
def test_tiff_of_any_values_is_read(photos, dtype, compression):
    whole = noise(40, 24, 3)
    whole[0, 0], whole[0, 1] = 0, 255
    values = whole.astype(dtype) if dtype == "uint8" else (whole.astype(float) * 16).astype(dtype)
    tifffile.imwrite(
        photos / "a.tif", values, photometric="rgb", compression=compression, rowsperstrip=7
    )
    assert np.abs(read(photos / "a.tif").astype(int) - whole).max() <= 1


@pytest.mark.parametrize("form", ["strips", "tiles", "planes", "tiles of planes"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_of_many_bands_the_first_three_are_seen(photos, form, dtype):
    whole = noise(40, 50, 7)
    whole[0, 0], whole[0, 1] = 0, 255
    values = whole.astype(dtype) * (1 if dtype == "uint8" else 100)
    options = {"tile": (16, 16)} if "tiles" in form else {"rowsperstrip": 9}
    planes = "planes" in form
    tifffile.imwrite(
        photos / "a.tif",
        np.moveaxis(values, 2, 0) if planes else values,
        photometric="minisblack",
        planarconfig="separate" if planes else "contig",
        metadata=None,
        compression="zlib",
        predictor=not planes,
        **options,
    )
    assert np.abs(read(photos / "a.tif").astype(int) - whole[..., :3]).max() <= 1


@pytest.mark.parametrize("name", ["floats_lzw.tif", "bands_lzw.tif"])
def test_what_gdal_compresses_is_read(name):
    """LZW, of floats with their bytes apart, and of tiles of differences, a band each."""
    row, column, band = np.meshgrid(np.arange(24), np.arange(20), np.arange(3), indexing="ij")
    values = (row * 20 + column) * (band + 1)
    wanted = np.rint(values / values.max() * 255)
    assert np.abs(read(MADE / name) - wanted).max() <= 1


def test_values_of_12_bits_are_not_black(photos):
    values = np.zeros((10, 10, 3), np.uint16)
    values[:5] = 3_000
    tifffile.imwrite(photos / "a.tif", values, photometric="rgb")
    assert read(photos / "a.tif").max() == 255


def test_one_hot_pixel_does_not_make_a_scan_black(photos):
    values = np.tile(np.arange(100, 200, dtype=np.uint16), (50, 1))
    values[0, 0] = 65_535
    tifffile.imwrite(photos / "a.tif", values)
    pixels = read(photos / "a.tif")
    assert pixels[25, 0] < 10 and pixels[25, 99] > 245


def test_values_that_stand_for_no_data_do_not_count(photos):
    values = np.array([[-9_999, 1], [2, 3]], np.float32)
    tifffile.imwrite(photos / "a.tif", values, extratags=[(42113, "s", 0, "-9999", True)])
    assert read(photos / "a.tif").tolist() == [[0, 0], [128, 255]]


def test_a_fourth_band_is_transparency_only_if_the_file_says_so(photos):
    values = np.full((4, 4, 4), 100, np.uint16)
    values[0, 0, :3], values[1, 1, :3], values[..., 3] = 0, 1_000, 65_535
    values[2, 2, 3] = 0
    tifffile.imwrite(photos / "a.tif", values, photometric="rgb", extrasamples=["unassalpha"])
    tifffile.imwrite(photos / "b.tif", values, photometric="rgb", extrasamples=["unspecified"])
    assert read(photos / "a.tif")[2, 2].tolist() == [255] * 3
    assert read(photos / "b.tif")[2, 2].tolist() == [26] * 3


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("interlaced", [False, True])
def test_colours_of_16_bits_in_a_png_keep_their_bits(photos, interlaced, channels):
    values = np.random.default_rng(0).integers(0, 4_096, (23, 17, channels), dtype=np.uint16)
    if channels == 4:
        values[..., 3] = 65_535
    (photos / "a.png").write_bytes(png_of_16_bits(values, interlaced))
    with Image.open(photos / "a.png") as pillow:  # which keeps the upper bits alone
        assert np.array_equal(np.asarray(pillow), values >> 8)
    seen = values[..., :3].astype(float)
    low, high = seen.min(), seen.max()
    wanted = np.rint((seen - low) / (high - low) * 255)
    assert np.array_equal(read(photos / "a.png"), wanted)


def test_a_png_of_16_bits_that_is_cut_short_is_refused(files, pool, photos):
    whole = png_of_16_bits(np.full((40, 40, 3), 77, np.uint16))
    (photos / "a.png").write_bytes(whole[:-30])
    [left_out] = add(files, pool, photos).rejected
    assert left_out.reason == "damaged or cut short"


def test_a_window_of_a_dicom_file_is_shown(files, pool, photos):
    values = np.array([[0, 1_000], [1_500, 4_000]], np.uint16)
    path = dicom(photos / "a.dcm", values, WindowCenter="1000", WindowWidth="1001")
    sample = one(files, pool, path)
    assert files.load(sample).tolist() == [[0, 128], [255, 255]]
    assert decoded(files.display(sample)).tolist() == [[0, 128], [255, 255]]


def test_without_a_window_the_full_range_is_shown(photos):
    values = np.array([[100, 200], [300, 1_120]], np.uint16)
    assert read(dicom(photos / "a.dcm", values)).tolist() == [[0, 25], [50, 255]]
    inverted = dicom(photos / "b.dcm", values, PhotometricInterpretation="MONOCHROME1")
    assert read(inverted).tolist() == [[255, 230], [205, 0]]


# --- large ------------------------------------------------------------------------------------


def test_an_error_of_the_disk_is_not_called_damage(photos, monkeypatch):
    path = dicom(photos / "a.dcm", np.zeros((64, 64), np.uint16))
    from dalt.data.readers.image_files import dicom as reading

    class GoingBad(io.BytesIO):
        """A disk that fails behind the first 4 KB."""

        def read(self, size=-1):
            if size < 0 or self.tell() + size > reading.BEGINNING:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return super().read(size)

    monkeypatch.setattr(reading, "bytes_of", lambda source: GoingBad(path.read_bytes()))
    with (
        pytest.raises(Refused, match=r"^cannot be read \(input/output error\)$"),
        reading.opened(path),
    ):
        pass


def test_a_large_jpeg_is_read_reduced(files, pool, photos):
    files = SampleFiles(files.folder, 10_000)
    path = save(photos / "a.jpg", np.full((190, 200, 3), RED, np.uint8))
    sample = one(files, pool, path)
    assert files.size(sample) == (200, 190)
    assert files.load(sample).shape == (95, 100, 3)
    assert files.display(sample, full=True).data == path.read_bytes()


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "a.dng", "a.dcm", "a.pdf", "a.heic"])
def test_what_is_larger_is_refused_by_the_name_of_the_setting(files, pool, photos, name):
    files = SampleFiles(files.folder, 1_000)
    path = photos / name
    if name == "a.dng":
        dng(path, 128)
    elif name == "a.dcm":
        dicom(path, np.zeros((64, 64), np.uint16))
    elif name == "a.heic":
        path.write_bytes((MADE / "phone.heic").read_bytes())
    else:
        save(path, noise(64, 65))
    [left_out] = add(files, pool, photos).rejected
    assert left_out.reason.startswith("too large: ")
    assert left_out.reason.endswith(
        " pixels (the limit is 1,000 in all); [data] max_pixels in project.toml raises it"
    )


def test_a_strip_cannot_give_more_than_the_header_says(photos, tmp_path):
    """A bomb: 30 kB that decompress to 30 MB, in a picture of 8 × 8."""
    import zlib

    tifffile.imwrite(photos / "a.tif", np.zeros((8, 8, 5), np.uint16), compression="zlib")
    with tifffile.TiffFile(photos / "a.tif") as tiff:
        page = tiff.pages.first
        at = {tag.code: tag.valueoffset for tag in page.tags}
    bomb = zlib.compress(bytes(30_000_000), 9)
    content = bytearray((photos / "a.tif").read_bytes())
    content[at[273] : at[273] + 4] = struct.pack("<I", len(content))
    content[at[279] : at[279] + 4] = struct.pack("<I", len(bomb))
    (photos / "b.tif").write_bytes(content + bomb)
    import tracemalloc

    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            read(photos / "b.tif")
            raise Refused("read")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


# --- what is not read -------------------------------------------------------------------------


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


UNREAD = {
    "a.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a drawing in SVG; convert it"),
    "b.svg": (b'<?xml version="1.0"?>\n<svg width="9"/>', "a drawing in SVG; convert it"),
    "a.psd": (b"8BPS\0\1" + bytes(50), "a picture of Photoshop (PSD); convert it"),
    "a.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a drawing in PostScript (EPS); convert it"),
    "a.mp4": (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", "a video or sound (MP4); save its frames"),
    "a.mov": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a video or sound (MOV); save its frames"),
    "a.docx": (zipped("[Content_Types].xml"), "a document of Word; save its pictures"),
    "a.zip": (zipped("cat/1.png"), "an archive (zip); unpack it and add the folder"),
    "a.jpg": (b"<!DOCTYPE html>\n<html><title>404</title>", "a web page (HTML), which servers"),
    "b.jpg": (b"\xef\xbb\xbf\n <html lang='en'>", "a web page (HTML), which servers"),
    "c.jpg": (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, not the"),
    "d.jpg": (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code>", "XML, which servers send"),
    "Thumbs.db": (b"\xd0\xcf\x11\xe0" + bytes(50), "Windows' cache of thumbnails; nothing"),
    "desktop.ini": (b"[.ShellClassInfo]\r\n", "Windows' settings of a folder; nothing is lost"),
    "a.jxl": (b"\xff\x0a" + bytes(50), "a picture in JPEG XL; convert it"),
    "a.cr3": (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(90), "a camera's raw file (CR3) that"),
    "a.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90), "a picture in HEIC that cannot"),
    "a.dcm": (bytes(128) + b"DICM" + bytes(90), "a medical picture (DICOM) that cannot be"),
    "a.pdf": (b"%PDF-1.7\n" + bytes(90), "a PDF that cannot be decoded; convert it"),
    "a.flac": (b"fLaC" + bytes(50), "sound (FLAC); convert it"),
    "notes.txt": (b"Buy milk.\n", "not an image"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_not_read_is_named_for_what_it_is(files, pool, photos, name):
    content, reason = UNREAD[name]
    (photos / name).write_bytes(content)
    [left_out] = add(files, pool, photos).rejected
    assert left_out.reason.startswith(reason)


@pytest.mark.parametrize(("module", "library"), [(raw, "rawpy"), (heif, "pi_heif")])
def test_a_library_is_imported_only_for_its_files(module, library):
    assert library not in vars(module)


def test_an_extra_that_is_missing_is_named(files, pool, photos, monkeypatch):
    dng(photos / "a.dng")
    dicom(photos / "b.dcm", np.zeros((4, 4), np.uint16))
    for library in ("rawpy", "pydicom"):
        monkeypatch.setitem(sys.modules, library, None)
    assert [each.reason for each in add(files, pool, photos).rejected] == [
        'a camera\'s raw file (DNG), which needs rawpy: `pip install "dalt[raw]"`, or convert it '
        "to JPEG or PNG",
        'a medical picture (DICOM), which needs pydicom: `pip install "dalt[dicom]"`, or convert '
        "it to JPEG or PNG",
    ]


def test_brands_tell_avif_from_heic():
    begin = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"
    found = identified(begin)
    assert found is not None and found.name == "AVIF"


def test_uploads_are_read_by_their_content(files):
    pixels = files.decode("image", (MADE / "phone.heic").read_bytes())
    assert pixels.shape == (48, 64, 3)
    assert size(MADE / "phone.heic") == (64, 48)

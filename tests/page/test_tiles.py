"""Pages to verify: pictures come as small as tiles show them, and whole when they are asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from all_shown import ALL_SHOWN
from PIL import Image

import dalt
from dalt.core.records import Display, Sample, VerifyPage
from dalt.labeling.session import Session
from dalt.page.wire import TILE_SIDE, Wire

PHOTOS = 30
WIDTH, HEIGHT = 2_000, 1_500


def photograph(texture: Image.Image, number: int) -> Image.Image:
    """A coarse landscape with fine grain, different for each number."""
    coarse = np.random.default_rng(number).integers(40, 216, (12, 16, 3), dtype=np.uint8)
    land = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return Image.blend(land, texture, 0.12)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dalt.Project]:
    folder = tmp_path_factory.mktemp("photos")
    grain = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    texture = Image.fromarray(grain)
    for number in range(PHOTOS):
        photograph(texture, number).save(folder / f"{number:02}.jpg", quality=85)
    with dalt.Project.create(
        folder / "photos.dalt", classes=["a", "b"], settings=ALL_SHOWN
    ) as project:
        project.add_images(folder, progress=False)
        yield project


def page_of(session: Session, n: int) -> VerifyPage:
    assignments = [session.next() for _ in range(n)]
    return VerifyPage("a", tuple(each for each in assignments if each is not None), {})


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.size


def test_a_page_of_thirty_photographs_takes_a_fraction_of_the_bytes(photos: dalt.Project) -> None:
    with photos.session(annotator="ana") as session:
        page = page_of(session, PHOTOS)
        assert len(page.assignments) == PHOTOS
        whole = [session.display(each.sample).data for each in page.assignments]
        wire = Wire(session, session.classes)
        message = wire.page("p", page)
        one = session.display(page.assignments[0].sample, full=True)
    before, after = sum(map(len, whole)), sum(map(len, wire.buffers))
    print(f"{PHOTOS} photographs: {before:,} bytes as shown singly, {after:,} as tiles")
    assert after * 40 < before
    shown = [each["display"] for each in message["samples"]]
    assert {(each["mime"], each["width"], each["height"], each["reduced"]) for each in shown} == {
        ("image/jpeg", TILE_SIDE, TILE_SIDE * HEIGHT // WIDTH, True)
    }
    assert {size_of(data) for data in wire.buffers} == {(TILE_SIDE, TILE_SIDE * HEIGHT // WIDTH)}
    assert size_of(one.data) == (WIDTH, HEIGHT), "looked at large it comes whole"


def test_a_large_screen_gets_pictures_that_are_sharp_on_it(tmp_path: Path) -> None:
    grain = np.random.default_rng(0).integers(0, 256, (1, 400, 2_400, 3), dtype=np.uint8)
    with dalt.Project.create(
        tmp_path / "p.dalt", classes=["a", "b"], settings=ALL_SHOWN
    ) as project:
        project.add_images(grain, progress=False)
        with project.session(annotator="ana") as session:
            assignment = session.next()
            assert assignment is not None
            for screen, width in ((0, 1_600), (1_900, 1_900), (90_000, 2_400)):
                wire = Wire(session, session.classes, screen)
                [said] = wire.assignments([assignment])
                assert said["display"]["width"] == size_of(wire.buffers[0])[0] == width
                assert said["display"]["reduced"] == (width < 2_400)


# --- one picture ------------------------------------------------------------------------------


def tile(tmp_path: Path, picture: Image.Image, name: str = "x.png") -> tuple[Display, Path]:
    """What a tile gets of a picture in a file, and the file."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture.save(folder / name)
    with dalt.Project.create(
        tmp_path / "p.dalt", classes=["a", "b"], settings=ALL_SHOWN
    ) as project:
        project.add_images(folder, progress=False)
        with project.session(annotator="ana") as session:
            assignment = session.next()
            assert assignment is not None
            return session.thumbnail(assignment.sample, TILE_SIDE), folder / name


@pytest.mark.parametrize("size", [(8, 8), (TILE_SIDE, 40)])
def test_a_picture_that_fits_goes_as_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    shown, path = tile(tmp_path, Image.new("RGB", size, "red"))
    assert shown.data == path.read_bytes()
    assert (shown.width, shown.height, shown.reduced) == (*size, False)


def test_a_drawing_stays_a_png_and_a_photograph_becomes_a_jpeg(tmp_path: Path) -> None:
    drawing = Image.new("L", (900, 600), 255)
    drawing.paste(0, (100, 100, 500, 130))
    (tmp_path / "d").mkdir()
    shown, _ = tile(tmp_path / "d", drawing)
    assert (shown.mime, size_of(shown.data)) == ("image/png", (256, 171))
    noise = np.random.default_rng(0).integers(0, 256, (600, 900, 3), dtype=np.uint8)
    (tmp_path / "n").mkdir()
    shown, _ = tile(tmp_path / "n", Image.fromarray(noise))
    assert (shown.mime, size_of(shown.data)) == ("image/jpeg", (256, 171))


def test_a_transparent_picture_stands_on_white_and_a_turned_one_upright(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    shown, _ = tile(tmp_path / "t", Image.new("RGBA", (600, 600), (255, 0, 0, 0)))
    with Image.open(io.BytesIO(shown.data)) as picture:
        assert picture.convert("RGB").getpixel((9, 9)) == (255, 255, 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "e" / "pictures").mkdir(parents=True)
    path = tmp_path / "e" / "pictures" / "x.jpg"
    Image.new("RGB", (800, 400), "blue").save(path, exif=exif)
    with dalt.Project.create(
        tmp_path / "e" / "p.dalt", classes=["a", "b"], settings=ALL_SHOWN
    ) as project:
        project.add_images(path.parent, progress=False)
        with project.session(annotator="ana") as session:
            assignment = session.next()
            assert assignment is not None
            turned = session.thumbnail(assignment.sample, TILE_SIDE)
    assert size_of(turned.data) == (turned.width, turned.height) == (128, 256)


def test_a_row_of_an_array_is_reduced_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    with dalt.Project.create(
        tmp_path / "p.dalt", classes=["a", "b"], settings=ALL_SHOWN
    ) as project:
        project.add_images(np.zeros((1, 512, 300), np.uint8), progress=False)
        Image.new("RGB", (700, 700)).save(tmp_path / "x.png")
        project.add_images(tmp_path / "x.png", progress=False)
        (tmp_path / "x.png").write_bytes(b"\x89PNG broken")
        with project.session(annotator="ana") as session:
            samples: dict[str, Sample] = {}
            while (assignment := session.next()) is not None:
                samples[assignment.sample.source] = assignment.sample
            shown = session.thumbnail(samples.pop("0"), TILE_SIDE)
            assert (shown.width, shown.height) == (150, 256)
            [broken] = samples.values()
            with pytest.raises(dalt.DaltError, match="can no longer be read"):
                session.thumbnail(broken, TILE_SIDE)

"""The image files of a project: checked and read within its limit of pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dalt.core.records import Display
from dalt.data.readers import images
from dalt.data.readers.image_files.picture import Pixels, TooLarge
from dalt.data.readers.paths import Refused

HINT = "[data] max_pixels in project.toml raises it"


class PictureFiles:
    """Reads image files.

    Parameters
    ----------
    max_pixels : int or callable
        Files with larger pictures are refused by their header; a function gives the number that
        holds now.
    """

    def __init__(self, max_pixels: int | Callable[[], int]) -> None:
        self._limit = max_pixels

    @property
    def max_pixels(self) -> int:
        """The limit that holds now."""
        return self._limit() if callable(self._limit) else self._limit

    def checks(self) -> PictureChecks:
        """Checks of files, within the limit that holds now."""
        return PictureChecks(self.max_pixels)

    def read(self, path: Path, page: int, longest: int | None = None) -> Pixels:
        """Decode a picture; see `dalt.data.readers.images.read`."""
        with _advised():
            return images.read(path, self.max_pixels, longest, page)

    def size(self, path: Path, page: int) -> tuple[int, int]:
        """Width and height of a picture."""
        with _advised():
            return images.size(path, self.max_pixels, page)

    def orientation(self, path: Path, page: int) -> int:
        """How a picture has to be turned to be upright: 1 to 8, as in Exif."""
        with _advised():
            return images.orientation(path, self.max_pixels, page)

    def display(self, path: Path, page: int, full: bool) -> Display:
        """What the page shows of a picture."""
        with _advised():
            return images.display_file(path, self.max_pixels, full, page)

    def thumbnail(self, path: Path, page: int, side: int) -> Display:
        """A small version of a picture."""
        with _advised():
            return images.thumbnail_file(path, side, self.max_pixels, page)


class PictureChecks:
    """Checks image files that are to be added, one after another.

    Parameters
    ----------
    max_pixels : int
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._path: Path | None = None
        self._pages: dict[int, Refused | None] = {}

    def check(self, path: Path, page: int | None) -> None:
        """Make sure that a picture can be loaded; without a page the first.

        Raises
        ------
        Refused
            With the reason.
        """
        with _advised():
            if page is None:
                images.check(path, self._max_pixels)
                return
            if self._path != path:  # all its pages in one go
                self._path, self._pages = path, images.check_pages(path, self._max_pixels)
            why = self._pages.get(page, Refused("no such page"))
            if why is not None:
                raise why

    def pages(self, path: Path) -> tuple[int, ...]:
        """The numbers of the pages of a file that has several; else empty.

        Raises
        ------
        Refused
            If it cannot be read.
        """
        numbers = images.pages(path)
        return numbers if len(numbers) > 1 else ()


@contextmanager
def _advised() -> Iterator[None]:
    """Name the setting in the reason why a picture is too large."""
    try:
        yield
    except TooLarge as why:
        raise Refused(f"{why}; {HINT}") from None

"""Pages of a PDF, drawn at 150 dots an inch."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from PIL import Image

from dalt.data.readers.image_files.picture import Source, reduced, undecodable
from dalt.data.readers.paths import Refused
from dalt.data.readers.signatures import PDF

SCALE = 150 / 72
"""Pixels for a point, of which an inch has 72."""
PASSWORD = 4
"""PDFium's number of the error that a password is needed."""


class Pdfium:
    """The library, of which there is one for all threads.

    Attributes
    ----------
    turn : threading.RLock
        PDFium must not be called by two threads at once.
    """

    turn = threading.RLock()


class PdfPicture:
    """One page.

    Parameters
    ----------
    page : pypdfium2.PdfPage
    """

    orientation = 1
    mime = ""
    reducible = 1

    def __init__(self, page: Any) -> None:
        self._page = page

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as stored."""
        return self.size

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        width, height = self._page.get_size()
        return max(1, math.ceil(width * SCALE)), max(1, math.ceil(height * SCALE))

    def decoded(self, longest: int | None) -> Image.Image:
        """Draw it on white."""
        scale = SCALE if longest is None else min(SCALE, SCALE * longest / max(self.size))
        picture: Image.Image = self._page.render(scale=scale, may_draw_forms=False).to_pil()
        return reduced(picture.convert("RGB"), longest)


class PdfFile:
    """An open PDF; see `dalt.data.readers.image_files.picture.PictureFile`.

    Parameters
    ----------
    document : pypdfium2.PdfDocument
    """

    def __init__(self, document: Any) -> None:
        self._document = document

    @property
    def pages(self) -> Sequence[int]:
        """Numbers of its pages."""
        return range(1, len(self._document) + 1)

    def page(self, number: int) -> PdfPicture:
        """One of its pages."""
        return PdfPicture(self._document[number - 1])


@contextmanager
def opened(source: Source) -> Iterator[PdfFile]:
    """Open a PDF."""
    import pypdfium2

    with Pdfium.turn:
        try:
            document = pypdfium2.PdfDocument(source)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) == PASSWORD or "assword" in str(error):
                raise Refused("a PDF with a password; save it without one") from None
            raise undecodable(PDF) from None
        try:
            if not len(document):
                raise undecodable(PDF)
            yield PdfFile(document)
        finally:
            document.close()

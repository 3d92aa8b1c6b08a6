"""Opening an image file of any kind that is read, and naming what is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dalt.data.readers.image_files import common
from dalt.data.readers.image_files.picture import (
    Picture,
    PictureFile,
    Source,
    TooLarge,
    bytes_of,
)
from dalt.data.readers.paths import Refused, reason_of, require_file
from dalt.data.readers.signatures import (
    BEGINNING,
    DICOM,
    HEIC,
    PDF,
    TIFF,
    Signature,
    identified,
)

RAW = "a camera's raw file"


@contextmanager
def opened(source: Source) -> Iterator[PictureFile]:
    """Open an image file; any error inside the block becomes `Refused`.

    Parameters
    ----------
    source : Path or bytes

    Raises
    ------
    Refused
        With the reason.
    """
    if isinstance(source, Path):
        require_file(source)
    elif not source:
        raise Refused("empty (0 bytes)")
    try:
        with ExitStack() as stack:
            yield _opened(source, stack)
    except Refused:
        raise
    except OSError as error:
        # Pillow's own complaints about content are OSErrors without a number.
        raise Refused(reason_of(error) if error.errno else "damaged or cut short") from None
    except Exception:
        # Decoders meet hostile bytes with every kind of exception (struct.error,
        # SyntaxError, ValueError, ZeroDivisionError …): all mean the same here.
        raise Refused("damaged or cut short") from None


def within(picture: Picture, max_pixels: int, longest: int | None) -> int | None:
    """Make sure that a picture is not too large; return the longest side to decode.

    Raises
    ------
    TooLarge
        If it has more pixels than `max_pixels` even if it is reduced while it is decoded.
    """
    width, height = picture.stored
    if width * height <= max_pixels:
        return longest
    if width * height > max_pixels * picture.reducible**2:
        raise TooLarge((width, height), max_pixels)
    most = max(1, max(width, height) // picture.reducible)
    return most if longest is None else min(longest, most)


def _opened(source: Source, stack: ExitStack) -> PictureFile:
    """Open a file by what its first bytes say."""
    file = stack.enter_context(bytes_of(source))
    begin = file.read(BEGINNING)
    signature = identified(begin, source.name if isinstance(source, Path) else "")
    if signature is None:
        raise Refused("not an image")
    if signature.name in common.CLASSES:
        file.seek(0)
        return stack.enter_context(common.opened(file, signature.name))
    if signature is TIFF or signature is PDF or signature is HEIC or signature is DICOM:
        return _special(source, signature, stack)
    if signature.what.startswith(RAW):
        from dalt.data.readers.image_files import raw

        return stack.enter_context(raw.opened(source, signature))
    raise Refused(f"{signature.what}; {signature.way_out}")


def _special(source: Source, signature: Signature, stack: ExitStack) -> PictureFile:
    """Open a file of a kind whose library is imported only where there is such a file."""
    if signature is TIFF:
        return _tiff(source, stack)
    if signature is PDF:
        from dalt.data.readers.image_files import pdf

        return stack.enter_context(pdf.opened(source))
    if signature is HEIC:
        from dalt.data.readers.image_files import heif

        return stack.enter_context(heif.opened(source))
    from dalt.data.readers.image_files import dicom

    return stack.enter_context(dicom.opened(source))


def _tiff(source: Source, stack: ExitStack) -> PictureFile:
    from dalt.data.readers.image_files import raw, tiff

    with ExitStack() as trial:
        found = trial.enter_context(tiff.opened(source))
        if not found.is_raw:
            stack.push(trial.pop_all())
            return found
    return stack.enter_context(raw.opened(source, Signature("DNG", f"{RAW} (DNG)")))

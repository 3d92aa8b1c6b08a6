"""Files of XML from strangers: without entities, and a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from dalt.core.errors import first_line, os_reason
from dalt.core.records import BadInput
from dalt.data.exchange.beside import LONGEST


def elements(path: Path) -> Iterator[Element]:
    """Yield the elements directly below the root, each complete, then forget it.

    Raises
    ------
    BadInput
        If the file cannot be read, is no XML, or declares a DTD, which entities need.
    """
    depth, root = 0, None
    for event, element in _events(path):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        if event == "end" and depth == 1:
            yield element
            root.clear()


def whole(path: Path) -> Element:
    """Read a small file.

    Raises
    ------
    BadInput
        As `elements`.
    """
    root = None
    if path.is_file() and path.stat().st_size > LONGEST:
        raise BadInput(f"{str(path)!r} is too large for a file about one picture.")
    for _, element in _events(path):
        root = element if root is None else root
    assert root is not None  # XML without an element is refused as no XML
    return root


def root_tag(path: Path) -> str:
    """The name of the root, from the beginning of a file; empty if it is no XML."""
    try:
        return next((element.tag for _, element in _events(path)), "")
    except BadInput:
        return ""


def text_of(element: Element, path: str) -> str:
    """The text of an element below another, without white space around; empty if there is none."""
    return (element.findtext(path) or "").strip()


def _events(path: Path) -> Iterator[tuple[str, Element]]:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    try:
        with path.open("rb") as file:
            yield from iterparse(file, ("start", "end"), forbid_dtd=True)
    except DefusedXmlException:
        raise BadInput(f"{str(path)!r} declares a DTD, and files of labels need none.") from None
    except (ParseError, ValueError, LookupError) as error:
        raise BadInput(f"{str(path)!r} is not valid XML ({first_line(error)}).") from None
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None

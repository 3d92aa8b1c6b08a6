"""The page's JavaScript and style sheet, as `make page` has built them."""

from __future__ import annotations

from pathlib import Path

_BUILT = Path(__file__).parent / "static" / "built"


def script() -> str:
    """The page as one ES module."""
    return (_BUILT / "page.js").read_text(encoding="utf-8")


def style() -> str:
    """Its style sheet."""
    return (_BUILT / "style.css").read_text(encoding="utf-8")


def owner_script() -> str:
    """The owner's page as one ES module; labelers do not get it."""
    return (_BUILT / "owner.js").read_text(encoding="utf-8")


def owner_style() -> str:
    """Its style sheet."""
    return (_BUILT / "owner-style.css").read_text(encoding="utf-8")

"""The page's JavaScript and style sheet, as `make page` has built them."""

from __future__ import annotations

import json
import os
from pathlib import Path

BUILT = Path(__file__).parent / "static" / "built"

SERVED = "DALT_PAGE_FILES"
"""Environment variable: where the server of this kernel has these files, as JSON."""


def script() -> str:
    """The page as one ES module."""
    return (BUILT / "page.js").read_text(encoding="utf-8")


def style() -> str:
    """Its style sheet."""
    return (BUILT / "style.css").read_text(encoding="utf-8")


def owner_script() -> str:
    """The owner's page as one ES module; labelers do not get it."""
    return (BUILT / "owner.js").read_text(encoding="utf-8")


def owner_style() -> str:
    """Its style sheet."""
    return (BUILT / "owner-style.css").read_text(encoding="utf-8")


def served(name: str = "page.js") -> dict[str, str]:
    """What a widget has instead of script and style sheet where its kernel's server has them.

    Parameters
    ----------
    name : str
        The script's name; the style sheet is in the server's page.

    Returns
    -------
    dict of str to str
        Values for ``_esm`` and ``_css``; empty where no such server is.

    Examples
    --------
    >>> served()
    {}
    """
    try:
        said = json.loads(os.environ.get(SERVED) or "{}")
    except (ValueError, RecursionError):  # of somebody else; the widget brings its files itself
        said = {}
    address = said.get(name) if isinstance(said, dict) else None
    if not isinstance(address, str):
        return {}
    # The browser knows the server's name; the kernel does not.  The module itself has no address
    # that others could be relative to.
    where = f"new URL({json.dumps(address)}, location.href).href"
    return {"_esm": f"export default async () => (await import({where})).default();\n", "_css": ""}


def use_served(widget: object, name: str = "page.js") -> None:
    """Let a widget that is about to be made have what `served` says, if anything."""
    for attribute, text in served(name).items():
        setattr(widget, attribute, text)

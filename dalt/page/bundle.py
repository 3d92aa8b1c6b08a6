"""The page's JavaScript and style sheet, as `make page` has built them."""

from __future__ import annotations

import json
import os
from pathlib import Path

BUILT = Path(__file__).parent / "static" / "built"

SERVED = "DALT_PAGE_SCRIPT"
"""Environment variable: the address at which the server of this kernel has the page's script.  The
style sheet is in that server's page."""


def script() -> str:
    """The page as one ES module."""
    return (BUILT / "page.js").read_text(encoding="utf-8")


def style() -> str:
    """Its style sheet."""
    return (BUILT / "style.css").read_text(encoding="utf-8")


def served() -> dict[str, str]:
    """What takes the place of both in a widget where the kernel's server has them: a short module.

    Returns
    -------
    dict of str to str
        Values for ``_esm`` and ``_css``; empty where there is no such server.

    Examples
    --------
    >>> served()
    {}
    """
    address = os.environ.get(SERVED)
    if not address:
        return {}
    # The browser knows the server's name; the kernel does not.  What anywidget makes of this text has
    # no address that others could be relative to.
    where = f"new URL({json.dumps(address)}, location.href).href"
    return {
        "_esm": f"export default async () => (await import({where})).default();\n",
        "_css": "",
    }

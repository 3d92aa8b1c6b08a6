"""Shows a page in a browser, without the address among the arguments of a process.

Everybody on a machine can list the arguments of all processes, and the address has the token.  So
the browser is given a file that only its owner can read, and the file leads on to the page.
"""

from __future__ import annotations

import html
import os
import platform
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from dalt.core.files import write_atomically

NAME = "open.html"
_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={address}">
<title>DALT</title>
</head>
<body><p><a href="{address}">DALT</a></p></body>
</html>
"""


def has_display() -> bool:
    """Whether there is anything that a browser could show itself on."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def show(
    address: str, folder: Path, *, secret: bool, open: Callable[[str], object] = webbrowser.open
) -> None:
    """Show a page in this person's browser.

    Parameters
    ----------
    address : str
    folder : Path
        For the file that leads there; whoever made it removes it.
    secret : bool
        Whether the address has a token.
    open : callable
        Gets what the browser is to open.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> show("http://127.0.0.1:8866/?token=sesame", folder, secret=True, open=lambda file: None)
    >>> oct((folder / NAME).stat().st_mode), "sesame" in (folder / NAME).read_text()
    ('0o100600', True)
    """
    # A browser of Windows cannot open the files of a Linux in it, whose processes it hides.
    if not secret or "microsoft" in platform.release().lower():
        open(address)
        return
    file = folder / NAME
    content = _PAGE.format(address=html.escape(address))
    write_atomically(file, content, mode=0o600, durable=False)
    open(file.as_uri())

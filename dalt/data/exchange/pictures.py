"""Pictures and sounds within JSON."""

from __future__ import annotations

import base64

from dalt.data.exchange.entries import Content

MIME = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
        ".webp": "image/webp", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac",
        ".ogg": "audio/ogg"}  # fmt: skip


def as_data_address(content: Content) -> str:
    """A file as an address that holds it.

    Examples
    --------
    >>> as_data_address(Content(data=b"abc", ending=".png"))
    'data:image/png;base64,YWJj'
    """
    mime = MIME.get(content.ending.lower(), "application/octet-stream")
    return f"data:{mime};base64,{base64.b64encode(content.data).decode()}"

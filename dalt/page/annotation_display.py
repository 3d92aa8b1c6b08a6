"""Samples for widgets of other libraries: as objects, and as outputs of a cell."""

from __future__ import annotations

import html
import io
from base64 import b64encode
from typing import Any

from PIL import Image, ImageOps

from dalt.core.records import Display

TEXT_STYLE = "max-width: 70ch; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5"
AUDIO = {b"RIFF": "audio/wav", b"fLaC": "audio/flac", b"OggS": "audio/ogg"}
MPEG = "audio/mpeg"


def as_content(display: Display) -> Any:
    """A sample's content as an object that widgets commonly take.

    Returns
    -------
    PIL.Image.Image, str, dict or bytes
        A picture ("L" or "RGB"), a text, a row's values as str by column, a sound as a file's
        content.

    Examples
    --------
    >>> as_content(Display("text", text="one"))
    'one'
    """
    if display.kind == "image":
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(display.data)))
        return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    if display.kind == "audio":
        return display.data
    return dict(display.rows) if display.kind == "table" else display.text


def fitted(picture: Image.Image, room: tuple[int, int]) -> Image.Image:
    """A picture scaled to fit a space; a small one shows its single pixels.

    Parameters
    ----------
    picture : PIL.Image.Image
    room : (int, int)
        Width and height.

    Examples
    --------
    >>> fitted(Image.new("L", (8, 4)), (100, 100)).size
    (100, 50)
    """
    scale = min(room[0] / picture.width, room[1] / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    return picture.resize(size, how)


def png(picture: Image.Image) -> bytes:
    """A picture as a file's content, without loss."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def as_output(content: Any, room: tuple[int, int]) -> dict[str, str]:
    """The content from `as_content` as an output of a cell, by MIME type; text is escaped.

    Parameters
    ----------
    content : PIL.Image.Image, str, dict or bytes
    room : (int, int)
        Width and height of a picture, in pixels.

    Examples
    --------
    >>> as_output({"size": "<3"}, (1, 1))["text/html"]
    '<table><tr><th scope=row>size</th><td>&lt;3</td></tr></table>'
    """
    if isinstance(content, Image.Image):
        return {"image/png": b64encode(png(fitted(content, room))).decode("ascii")}
    if isinstance(content, bytes):
        mime = next((mime for mark, mime in AUDIO.items() if content.startswith(mark)), MPEG)
        data = b64encode(content).decode("ascii")
        return {"text/html": f'<audio controls src="data:{mime};base64,{data}"></audio>'}
    if isinstance(content, str):
        text = html.escape(content)
        return {"text/html": f'<div dir="auto" style="{TEXT_STYLE}">{text}</div>'}
    rows = (
        f"<tr><th scope=row>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
        for name, value in content.items()
    )
    return {"text/html": f"<table>{''.join(rows)}</table>"}

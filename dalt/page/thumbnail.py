"""A sample as a thumbnail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalt.core.records import DaltError, Sample
from dalt.page.protocol.from_kernel import Small

if TYPE_CHECKING:
    from dalt.labeling.session import Session

SIDE = 96
"""Longest side of a thumbnail, in pixels."""
TEXT = 90
"""Characters of a text or a row that a thumbnail shows."""


def small(session: Session, sample: Sample, buffers: list[bytes]) -> Small:
    """What a thumbnail shows; a picture goes into `buffers`.

    A sample that cannot be read has an empty one.
    """
    try:
        shown = session.thumbnail(sample, SIDE)
    except (DaltError, OSError, ValueError):
        return Small(kind=sample.kind, text="", buffer=None)
    text = shown.text or ", ".join(value for _, value in shown.rows)
    message = Small(kind=shown.kind, text=text[:TEXT], mime=shown.mime, buffer=None)
    if shown.kind == "image" and shown.data:
        message["buffer"] = len(buffers)
        buffers.append(shown.data)
    return message

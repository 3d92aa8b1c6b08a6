"""The heads, one file each, and what they share; `dalt.model` says what a head is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dalt.model import Head


def default_head() -> Head:
    """Make the head that a project uses unless it chooses another."""
    from dalt.heads.blend import BlendHead

    return BlendHead()

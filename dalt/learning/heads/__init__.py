"""The heads, one file each, and their shared code; `dalt.model` has the protocol."""

from dalt.learning.heads.registry import HeadLike, as_head, default_head

__all__ = ["HeadLike", "as_head", "default_head"]

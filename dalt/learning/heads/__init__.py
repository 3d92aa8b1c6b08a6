"""The heads, one file each, and what they share; `dalt.model` says what a head is."""

from dalt.learning.heads.registry import HeadLike, as_head, default_head

__all__ = ["HeadLike", "as_head", "default_head"]

"""Heads, the pool they learn on, and the snapshots they leave: the public names.

A head is fitted on a `Pool` and a `LabelSet` and hands back a `Fitted`; the trainer
makes a `Snapshot` of it.  Importing this module loads nothing heavier than numpy, and
a snapshot suggests and predicts with numpy alone, so that a thin kernel can use it.
The heads themselves, and the graph of the pool, lie in ``dalt/learning/heads/``.
"""

from dalt.learning.heads.contract import Fitted, Head, check_labels
from dalt.learning.heads.pool import Interrupted, Pool
from dalt.learning.heads.registry import HeadLike, as_head, default_head
from dalt.learning.heads.snapshot import FORMAT, Snapshot

__all__ = [
    "FORMAT",
    "Fitted",
    "Head",
    "HeadLike",
    "Interrupted",
    "Pool",
    "Snapshot",
    "as_head",
    "check_labels",
    "default_head",
]

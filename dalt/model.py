"""Public names of heads, the pool they learn on, and snapshots.

A head is fitted on a `Pool` and a `LabelSet` and returns a `Fitted`; the trainer makes a
`Snapshot` of it.  Importing this module loads nothing heavier than numpy.  A snapshot
suggests and predicts with numpy alone, so a thin kernel can use it.  The heads
themselves, and the graph of the pool, are in ``dalt/learning/heads/``.
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

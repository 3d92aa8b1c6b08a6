"""Kinds and short types that all records use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["image", "text", "table", "audio"]
EventKind = Literal[
    "label", "skip", "undo", "import", "model", "adjudicate", "gold", "remove", "restore"
]
DrawKind = Literal["uniform", "strategy", "weighted", "verify", "gold", "audit"]
Mode = Literal["single", "verify", "blind"]
Arm = Literal["suggestions", "none", "emphasis", "order", "verify"]
"""How suggestions are shown, if chance assigns that."""
TrainerState = Literal["waiting", "learning", "idle", "failed", "stopped"]
"""State of a trainer; "stopped" means that none learns for this process."""
Floats = NDArray[np.float32]
Positions = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
"""Reports progress of long work: the step, how much is done, of how much."""


def utc_now() -> datetime:
    """The time, in UTC, to the microsecond."""
    return datetime.now(UTC)

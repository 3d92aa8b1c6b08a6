"""Settings that measure annotators: the table ``[blind]``, and the share of gold samples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadSettings


@dataclass(frozen=True, slots=True)
class BlindSettings:
    """Where no suggestions are shown, so they influence nobody.

    Attributes
    ----------
    annotators : tuple of str
        Those who never see any.
    share : float in [0, 1]
        Share of the samples for which nobody sees one: the same samples for all.
    """

    annotators: tuple[str, ...] = ()
    share: float = 0.0

    def __post_init__(self) -> None:
        names: Any = self.annotators  # as the file has it
        if isinstance(names, str) or not all(isinstance(each, str) for each in names):
            raise BadSettings(f"[blind] annotators is a list of names, not {shown(names)}.")
        object.__setattr__(self, "annotators", tuple(names))
        check_share("[blind] share", self.share)

    def hides(self, sample_id: str, seed: int) -> bool:
        """Whether nobody sees suggestions for a sample.

        Examples
        --------
        >>> half = BlindSettings(share=0.5)
        >>> sum(half.hides(str(number), seed=0) for number in range(1_000))
        487
        """
        if self.share <= 0:
            return False
        digest = hashlib.blake2b(f"blind:{seed}:{sample_id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) < self.share * 2**64


def check_share(name: str, value: Any) -> None:
    """Refuse a value that is not a share."""
    number: Any = -1 if isinstance(value, bool) or not isinstance(value, int | float) else value
    if not 0 <= number <= 1:
        raise BadSettings(f"{name} is a share from 0 to 1, not {shown(value)}.")

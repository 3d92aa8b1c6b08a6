"""Settings that measure annotators: the table ``[blind]``."""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar

from dalt.core.settings.declaration import Names, Share, Table, setting


class BlindSettings(Table, frozen=True, kw_only=True):
    """Annotators and samples without suggestions, so that suggestions influence nobody.

    Only pages hide the suggestions for samples; a script's session shows all of them.
    """

    TABLE: ClassVar[str] = "blind"

    annotators: Annotated[Names, setting("Annotators who never see a suggestion.")] = ()
    share: Annotated[
        Share,
        setting(
            "Share of samples for which no page shows a suggestion, the same for everyone, so that "
            "the project can tell whether suggestions help.",
            fresh=0.05,
        ),
    ] = 0.0

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

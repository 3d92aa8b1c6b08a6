"""Thumbnails of samples, each sent once to a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalt.page.protocol.from_kernel import Small
from dalt.page.thumbnail import small

if TYPE_CHECKING:
    from dalt.core.records import Sample
    from dalt.labeling.session import Session


class Thumbnails:
    """Makes the thumbnails that a page does not have yet.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sent: set[str] = set()

    def forget(self) -> None:
        """A page was opened that has none."""
        self._sent.clear()

    def of(self, sample: Sample, buffers: list[bytes]) -> Small | None:
        """The thumbnail of a sample; None if it was sent."""
        if sample.id in self._sent:
            return None
        self._sent.add(sample.id)
        return small(self._session, sample, buffers)

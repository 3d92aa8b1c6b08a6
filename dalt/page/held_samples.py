"""What the kernel's half of a page remembers: held samples, and replies."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dalt.core.records import Assignment, KeyUsed, VerifyPage
from dalt.page.wire import Message

if TYPE_CHECKING:
    from dalt.labeling.session import Session

REMEMBERED = 500
"""Number of replies kept for resent answers; older ones are found in the database by their key."""


class Held:
    """The samples leased for a page, in the order in which it shows them.

    Attributes
    ----------
    samples : OrderedDict of str to Assignment
        Samples to label singly, by sample id.
    pages : OrderedDict of str to VerifyPage
        Pages to verify, by the id that the browser uses.
    """

    def __init__(self) -> None:
        self.samples: OrderedDict[str, Assignment] = OrderedDict()
        self.pages: OrderedDict[str, VerifyPage] = OrderedDict()
        self._seen = -1
        """Position of the newest sample that was held only to be looked at."""

    def put_first(self, assignments: Sequence[Assignment]) -> None:
        """Put samples before the others, in the given order."""
        for assignment in reversed(assignments):
            self.samples[assignment.sample.id] = assignment
            self.samples.move_to_end(assignment.sample.id, last=False)

    def put_page_first(self, page_id: str, page: VerifyPage) -> None:
        """Put a page before the others."""
        self.pages[page_id] = page
        self.pages.move_to_end(page_id, last=False)

    def forget(self, sample_ids: Iterable[str]) -> None:
        """Drop these samples, and every page with one of them."""
        gone = set(sample_ids)
        for sample_id in gone:
            self.samples.pop(sample_id, None)
        for page_id, page in list(self.pages.items()):
            if any(each.sample.id in gone for each in page.assignments):
                del self.pages[page_id]

    def answered(self, sample_ids: Iterable[str]) -> None:
        """Drop samples with an answer, also from pages; what is left of a page stays.

        A late answer to a former kernel may be to samples that this one holds on another page.
        """
        gone = set(sample_ids)
        for sample_id in gone:
            self.samples.pop(sample_id, None)
        for page_id, page in list(self.pages.items()):
            left = tuple(each for each in page.assignments if each.sample.id not in gone)
            if not left:
                del self.pages[page_id]
            elif len(left) < len(page.assignments):
                self.pages[page_id] = replace(page, assignments=left)

    def keep_only(self, sample_ids: Iterable[str]) -> None:
        """Drop all other single samples: they have been looked at."""
        kept = set(sample_ids)
        for sample_id in [each for each in self.samples if each not in kept]:
            del self.samples[sample_id]

    def browse(self, session: Session, n: int) -> list[Assignment]:
        """Hold `n` samples to look at, and return the new ones; after the last comes the first."""
        new: list[Assignment] = []
        for after in (self._seen, -1):
            some = session.browse(n - len(self.samples), after=after) if n else []
            for each in some:
                if each.sample.id not in self.samples:
                    self.samples[each.sample.id] = each
                    new.append(each)
                self._seen = each.sample.position
            if len(self.samples) >= n:
                break
        return new

    def clear(self) -> None:
        """Hold nothing."""
        self.samples.clear()
        self.pages.clear()


class Replies:
    """Replies by key, so a resent message is not executed again.

    Attributes
    ----------
    acknowledged : int
        Labels that this page knows to be recorded.
    """

    def __init__(self) -> None:
        self.acknowledged = 0
        self._by_key: OrderedDict[str, Message] = OrderedDict()
        self._said: dict[str, object] = {}

    def sent_before(self, key: str, said: object) -> bool:
        """Whether this was said with the key and replied to.

        Raises
        ------
        KeyUsed
            If something else was said with it.
        """
        if key not in self._by_key:
            return False
        if self._said[key] != said:
            raise KeyUsed(key)
        return True

    def __getitem__(self, key: str) -> Message:
        """Return the reply for `say`, with the present number of acknowledged labels."""
        return {**self._by_key[key], "acknowledged": self.acknowledged}

    def remember(self, type: str, key: str, said: object, **reply: object) -> None:
        """Keep the reply to a key, and to what; the oldest replies are dropped."""
        self._by_key[key] = {"type": type, "key": key, **reply}
        self._said[key] = said
        while len(self._by_key) > REMEMBERED:
            oldest, _ = self._by_key.popitem(last=False)
            del self._said[oldest]

"""What the kernel's side of a page remembers: what it holds, and what it has replied."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from dalt.core.records import Assignment, VerifyPage
from dalt.page.wire import Message

REMEMBERED = 2_000
"""Replies kept for answers that are sent again."""


class Held:
    """The samples that are leased for a page, in the order in which it shows them.

    Attributes
    ----------
    samples : OrderedDict of str to Assignment
        Those to label singly, by sample id.
    pages : OrderedDict of str to VerifyPage
        Those to verify, by the id that the browser knows a page by.
    """

    def __init__(self) -> None:
        self.samples: OrderedDict[str, Assignment] = OrderedDict()
        self.pages: OrderedDict[str, VerifyPage] = OrderedDict()

    def put_first(self, assignments: Sequence[Assignment]) -> None:
        """Put samples in front of the others, in the order given."""
        for assignment in reversed(assignments):
            self.samples[assignment.sample.id] = assignment
            self.samples.move_to_end(assignment.sample.id, last=False)

    def put_page_first(self, page_id: str, page: VerifyPage) -> None:
        """Put a page in front of the others."""
        self.pages[page_id] = page
        self.pages.move_to_end(page_id, last=False)

    def forget(self, sample_ids: Iterable[str]) -> None:
        """Hold these samples no more, and no page with one of them."""
        gone = set(sample_ids)
        for sample_id in gone:
            self.samples.pop(sample_id, None)
        for page_id, page in list(self.pages.items()):
            if any(each.sample.id in gone for each in page.assignments):
                del self.pages[page_id]

    def clear(self) -> None:
        """Hold nothing."""
        self.samples.clear()
        self.pages.clear()


class Replies:
    """What was replied to which key, so that what is sent again is not done again.

    Attributes
    ----------
    acknowledged : int
        Labels that this page has been told to be recorded.
    """

    def __init__(self) -> None:
        self.acknowledged = 0
        self._by_key: OrderedDict[str, Message] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        """Whether this key was replied to."""
        return key in self._by_key

    def __getitem__(self, key: str) -> Message:
        """Give the reply as `say` takes it, with the number that is acknowledged now."""
        return {**self._by_key[key], "acknowledged": self.acknowledged}

    def remember(self, type: str, key: str, **reply: object) -> None:
        """Keep the reply to a key; the oldest is forgotten at some time."""
        self._by_key[key] = {"type": type, "key": key, **reply}
        while len(self._by_key) > REMEMBERED:
            self._by_key.popitem(last=False)

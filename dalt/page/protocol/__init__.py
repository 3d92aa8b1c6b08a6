"""What the page and its kernel say to each other: the one place that says it.

Each message is an object with a ``type``; pictures and sounds go beside it, as buffers that it
names by their numbers.  What the page says stands in `from_page`, what the kernel says in
`from_kernel`.  ``make protocol`` writes the same for JavaScript (``messages.d.ts``, tsc holds the
page against it) and for whoever else reads it (``messages.schema.json``).

What is not `NotRequired` there has to be there.  A page that was opened before an update goes on
speaking as it did: what is added to a message of the page has to be `NotRequired`, and the type of
nothing that is there may be narrowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from dalt.core.records import BadInput
from dalt.page.protocol.from_page import (
    AskFull,
    FromPage,
    Heartbeat,
    More,
    Pages,
    Ready,
    Switched,
)


class BadMessage(BadInput):
    """A message of the page is not what it is declared to be."""


def by_type(messages: Iterable[Any]) -> dict[str, Any]:
    """Messages by their types."""
    return {get_args(each.__annotations__["type"])[0]: each for each in messages}


FROM_PAGE = by_type(get_args(FromPage))
MEASURED = ("shown_at", "active_ms", "timing")
"""What only measures: an answer counts without it."""
BY_ITSELF = frozenset(by_type([Ready, Heartbeat, More, Pages, AskFull, Switched]))
"""What a page says without a hand that does something: it keeps no kernel."""


def read(content: Mapping[str, Any], declared: Mapping[str, Any] = FROM_PAGE) -> Any:
    """Take a message of the page.

    Parameters
    ----------
    content : mapping
        As it came, with a ``type`` of `declared`.
    declared : mapping
        The page's messages by their types; by default those of the labeling page.

    Returns
    -------
    dict
        The message, without what is not in its declaration.

    Raises
    ------
    BadMessage
        If something is missing in it, or of another kind.

    Examples
    --------
    >>> read({"type": "keep", "sample_id": "s1", "of": "later"})
    {'type': 'keep', 'sample_id': 's1'}
    """
    kind = declared[content["type"]]
    try:
        return msgspec.convert(content, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:  # or half a character
        # A clock that says nonsense is no reason to refuse what somebody answered.
        rest = {name: value for name, value in content.items() if name not in MEASURED}
        if len(rest) < len(content):
            return read(rest, declared)
        raise BadMessage(
            f"The page's {content['type']!r} message makes no sense: {error}. Reload the page; "
            "what is not recorded yet is kept and sent again."
        ) from error

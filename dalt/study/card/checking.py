"""Whether labels have changed since a card was made."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from dalt.core.errors import os_reason
from dalt.core.records import BadInput, ClassSet
from dalt.core.summaries import counted
from dalt.storage.store import Store
from dalt.study.card.croissant import mark_in
from dalt.study.card.datasheet import SIGN
from dalt.study.card.event_hash import LogHash, labels_hash
from dalt.study.card.facts import Mark
from dalt.study.card.pseudonyms import SECRET, pseudonyms

_MARK = re.compile(
    rf'\A---\n(?:.*\n)*?{SIGN}:\n  n_events: (\d+)\n  events_sha256: "([0-9a-f]{{64}})"\n'
    r'  labels_sha256: "([0-9a-f]{64})"\n'
)
LARGEST = 100_000_000
"""Bytes; a larger file is not a card."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since a card was made.

    Attributes
    ----------
    same_log : bool
        Whether the log still begins with the card's events.
    n_since : int
        Number of events since then.
    same_labels : bool
        Whether the valid labels are the same, as they can be after an undo.
    """

    same_log: bool
    n_since: int
    same_labels: bool

    def __bool__(self) -> bool:
        """Whether the card is out of date."""
        return not (self.same_log and self.same_labels)

    def __str__(self) -> str:
        if not self.same_log:
            return (
                "the log does not begin with the events of the card: the card is of another "
                "project, or events were altered"
            )
        if not self.n_since and self.same_labels:
            return "no label has changed since"
        since = f"{counted(self.n_since, 'event')} since"
        if self.same_labels:
            return f"{since}, and the labels are the same"
        return f"labels have changed: {since}" if self.n_since else (
            "labels have changed without an event: a class was renamed, or a certificate "
            "was issued or ended"
        )  # fmt: skip


def read_mark(path: Path) -> Mark | None:
    """Read the mark of a card, in Markdown or JSON-LD; None if the file is no card."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from error
    if found := _MARK.match(text.replace("\r\n", "\n")):
        return Mark(int(found[1]), found[2], found[3])
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return mark_in(said) if isinstance(said, dict) else None


def changes_since(mark: Mark, store: Store, classes: ClassSet) -> Changes:
    """Compare a card's mark with a project.

    Parameters
    ----------
    mark : Mark
    store : Store
    classes : ClassSet
        The present ones.
    """
    naming = pseudonyms(store.secret(SECRET))
    log, n_events = LogHash(naming), 0
    for event in store.events.all():
        if n_events < mark.n_events:
            log.add(event)
        n_events += 1
    labels = [classes.read(event) for event in store.labels.current()]
    return Changes(
        same_log=n_events >= mark.n_events and log.hexdigest() == mark.events,
        n_since=max(n_events - mark.n_events, 0),
        same_labels=labels_hash(labels, naming, store.audits.in_force()) == mark.labels,
    )

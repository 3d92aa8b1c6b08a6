"""Which samples were closed at each moment, from the log of events."""

from __future__ import annotations

from collections import Counter

from dalt.core.records import Label

ANSWERS = ("label", "skip", "import")
DECISIONS = ("gold", "adjudicate")


class Replay:
    """Takes events one after the other, and counts the samples that nobody could draw then.

    Leases are not in the log: samples that somebody held count as open.

    Examples
    --------
    >>> from dalt.core.records import utc_now
    >>> replay = Replay()
    >>> replay.add(Label(1, "skip", "s0", None, "ana", "", utc_now(), "human"))
    >>> replay.n_closed("ana"), replay.n_closed("ben")
    (1, 0)
    """

    def __init__(self) -> None:
        self._said: dict[str, dict[tuple[str, str], dict[int, str]]] = {}
        """Events that nobody took back, by sample and by whose they are."""
        self._removed: dict[str, int] = {}
        self._away: dict[str, list[tuple[int, int]]] = {}
        self._n_closed = 0
        self._n_skipped: Counter[str] = Counter()

    def n_closed(self, annotator: str) -> int:
        """How many samples the annotator could not draw as new ones."""
        return self._n_closed + self._n_skipped[annotator]

    def is_answered(self, sample_id: str) -> bool:
        """Whether an answer or a decision holds."""
        return bool(self._holding(sample_id))

    def away(self) -> list[tuple[int, int]]:
        """Between which events samples were removed that were not answered, and are back now."""
        return [
            each
            for sample_id, found in self._away.items()
            if sample_id not in self._removed
            for each in found
        ]

    def add(self, event: Label) -> None:
        """Take the next event."""
        name = event.sample_id
        self._count(name, -1)
        if event.kind in ANSWERS:
            self._say(event, ("answer", event.annotator), event.kind)
        elif event.kind in DECISIONS:
            self._say(event, (event.kind, ""), "none" if event.label is None else "decision")
        elif event.kind == "undo" and event.supersedes is not None:
            for said in self._said.get(name, {}).values():
                said.pop(event.supersedes, None)
        elif event.kind == "remove":
            self._removed[name] = event.event_id
        elif event.kind == "restore":
            since = self._removed.pop(name, None)
            if since is not None and not self.is_answered(name):
                self._away.setdefault(name, []).append((since, event.event_id))
        self._count(name, 1)

    def _say(self, event: Label, whose: tuple[str, str], what: str) -> None:
        said = self._said.setdefault(event.sample_id, {}).setdefault(whose, {})
        said[event.event_id] = what

    def _holding(self, sample_id: str) -> dict[tuple[str, str], str]:
        """What holds, by whose it is."""
        newest = {
            whose: said[max(said)] for whose, said in self._said.get(sample_id, {}).items() if said
        }
        return {whose: what for whose, what in newest.items() if what != "none"}

    def _count(self, sample_id: str, n: int) -> None:
        holding = self._holding(sample_id)
        if sample_id in self._removed or any(what != "skip" for what in holding.values()):
            self._n_closed += n
        else:
            self._n_skipped.update({annotator: n for _, annotator in holding})

"""Which samples were closed at each moment of a log."""

from __future__ import annotations

from dalt.core.records import EventKind, Label, utc_now
from dalt.study.estimation.replaying import Replay


class Log:
    def __init__(self) -> None:
        self.replay = Replay()
        self._n = 0

    def add(
        self,
        kind: EventKind,
        sample_id: str,
        who: str = "ana",
        of: int | None = None,
        label: str | None = "cat",
    ) -> int:
        self._n += 1
        self.replay.add(
            Label(
                self._n, kind, sample_id, None if kind == "skip" else label, who, "s", utc_now(),
                "human", supersedes=of,
            )
        )  # fmt: skip
        return self._n

    @property
    def closed(self) -> tuple[int, int]:
        return self.replay.n_closed("ana"), self.replay.n_closed("ben")


def test_labels_close_samples_for_all_and_skips_for_one() -> None:
    log = Log()
    log.add("label", "a")
    log.add("skip", "b")
    assert log.closed == (2, 1)
    log.add("label", "b", "ben")
    assert log.closed == (2, 2)
    log.add("skip", "a")  # the newest answer of a person holds
    assert log.closed == (2, 1)


def test_undone_answers_and_decisions_close_nothing() -> None:
    log = Log()
    first = log.add("label", "a")
    second = log.add("skip", "a")
    log.add("undo", "a", of=second)
    assert log.closed == (1, 1)
    log.add("undo", "a", of=first)
    assert log.closed == (0, 0) and not log.replay.is_answered("a")
    decided = log.add("adjudicate", "a")
    assert log.closed == (1, 1)
    log.add("undo", "a", of=decided)
    log.add("gold", "b")
    assert log.closed == (1, 1)
    log.add("gold", "b", label=None)
    assert log.closed == (0, 0)


def test_removed_samples_are_closed_until_they_come_back() -> None:
    log = Log()
    log.add("label", "a")
    for name in ("a", "b", "c"):
        log.add("remove", name)
    assert log.closed == (3, 3)
    for name in ("a", "b", "c"):
        log.add("restore", name)
    assert log.closed == (1, 1)
    assert log.replay.away() == [(3, 6), (4, 7)]
    log.add("remove", "c")
    assert log.replay.away() == [(3, 6)]

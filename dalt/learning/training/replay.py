"""Learning the snapshots again from the events, to compare their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import (
    ClassSet,
    DamagedStore,
    Floats,
    Label,
    LabelSet,
    LabelValue,
    SnapshotRecord,
)
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.contract import Head
from dalt.learning.heads.pool import Pool
from dalt.learning.heads.snapshot import SOURCES_ALONE, Snapshot
from dalt.learning.strategies.registry import by_name
from dalt.learning.strategies.situation import Strategy
from dalt.learning.training.made_snapshots import Inputs, made
from dalt.learning.training.one_thread import in_one_thread
from dalt.learning.training.replay_conditions import Conditions, read_conditions
from dalt.learning.training.snapshot_files import path_of
from dalt.learning.training.voting import Ballot, VoteReader, sources_alone
from dalt.storage.label_sets import label_set
from dalt.storage.store import Store


@dataclass(frozen=True, slots=True)
class Replayed:
    """One snapshot, learned again.

    Attributes
    ----------
    version, cursor : int
    hash : str
        As recorded.
    again : str or None
        The new hash; None if the snapshot could not be learned again.
    difference : float or None
        Largest difference of any probability, if the recorded arrays are still there and the
        hashes differ.
    why : str
        Why it could not be learned again.
    """

    version: int
    cursor: int
    hash: str
    again: str | None
    difference: float | None = None
    why: str = ""

    @property
    def same(self) -> bool:
        """Whether the hashes are the same."""
        return self.again == self.hash


class History:
    """The state after some event, reading events forward.

    Parameters
    ----------
    events : iterator of Label
        In order.
    positions : mapping from sample ids to rows
    """

    def __init__(self, events: Iterator[Label], positions: dict[str, int]) -> None:
        self._events = events
        self._positions = positions
        self._waiting: Label | None = None
        self._answers: dict[tuple[int, str], dict[int, Label]] = {}
        self._decisions: dict[tuple[int, str], dict[int, Label]] = {}
        self._place: dict[int, dict[int, Label]] = {}
        self._removed: set[int] = set()

    def read_up_to(self, event_id: int) -> None:
        """Read on; events are never read backwards."""
        while (event := self._waiting or next(self._events, None)) is not None:
            self._waiting = event
            if event.event_id > event_id:
                return
            self._waiting = None
            self._take(event)

    def labels(self, classes: ClassSet, cursor: int) -> LabelSet:
        """The labels that held then, as in `Store.label_set`."""
        held = self._held(self._answers)
        rows = [
            (position, event.label)
            for (position, _), event in sorted(held.items(), key=lambda each: each[0][0])
            if event.kind != "skip" and event.label is not None
        ]
        decided: dict[str, dict[int, LabelValue]] = {"adjudicate": {}, "gold": {}}
        for (position, kind), event in self._held(self._decisions).items():
            if event.label is not None:
                decided[kind][position] = event.label
        return label_set(rows, classes, cursor, decided["adjudicate"], set(decided["gold"]))

    def open_mask(self, n_samples: int) -> NDArray[np.bool_]:
        """Which of the first samples had no label and no decision, and were not removed."""
        mask = np.ones(n_samples, dtype=bool)
        labelled = [
            position
            for (position, _), event in self._held(self._answers).items()
            if event.kind != "skip"
        ]
        settled = [
            position
            for (position, _), event in self._held(self._decisions).items()
            if event.label is not None
        ]
        known = np.array([*labelled, *settled, *self._removed], dtype=np.int64)
        mask[known[known < n_samples]] = False
        return mask

    def _take(self, event: Label) -> None:
        position = self._positions[event.sample_id]
        if event.kind == "undo":
            if event.supersedes is not None:
                self._place.get(event.supersedes, {}).pop(event.supersedes, None)
            return
        if event.kind == "remove":
            self._removed.add(position)
        elif event.kind == "restore":
            self._removed.discard(position)
        if event.kind in ("label", "skip", "import"):
            stack = self._answers.setdefault((position, event.annotator), {})
        elif event.kind in ("adjudicate", "gold"):
            stack = self._decisions.setdefault((position, event.kind), {})
        else:
            return
        stack[event.event_id] = event
        self._place[event.event_id] = stack

    def _held(
        self, stacks: dict[tuple[int, str], dict[int, Label]]
    ) -> dict[tuple[int, str], Label]:
        """The newest event of each stack, but for removed samples."""
        return {
            pair: stack[next(reversed(stack))]
            for pair, stack in stacks.items()
            if stack and pair[0] not in self._removed
        }


def replay(
    store: Store,
    folder: Path,
    embeddings: Floats,
    encoder: str,
    *,
    head_named: Callable[[str], Head | None],
    now: Conditions,
    strategy: Strategy,
    cache_folder: Path | None = None,
    others: Mapping[str, Floats] | None = None,
) -> Iterator[Replayed]:
    """Learn every recorded snapshot again, the oldest first.

    Each is learned at its recorded cursor, from the parent learned here, with the recorded seed,
    head and conditions.

    Parameters
    ----------
    store : Store
    folder : Path
        Of the snapshots' files.
    embeddings : ndarray of shape (n_samples, n_dims), float32
        The ones in use.
    encoder : str
        Their version.
    head_named : callable
        The head of a name, or None if there is none here.
    now : Conditions
        For snapshots of former versions of DALT, which did not record their conditions.
    strategy : callable
        The user's own strategy, if one was used, since it has no name.
    cache_folder : Path, optional
        Folder of the whole pool's neighbour graph.
    others : mapping of str to ndarray, optional
        Embeddings that were in use before and are still there, by version.

    Yields
    ------
    Replayed
    """
    conditions = read_conditions(folder)
    positions = {sample.id: sample.position for sample in store.samples.all()}
    history = History(store.events.all(), positions)
    votes = VoteReader(store)
    known = {**(others or {}), encoder: embeddings}
    pools: dict[tuple[str, int], Pool] = {}
    parents: dict[int, Snapshot] = {}
    for record in reversed(store.snapshots.all()):
        then = conditions.get(record.version) or _as_now(now, record)
        history.read_up_to(then.newest)
        ballot = votes.former(then.classes, then.n_samples, then.mark, then.suggesters)
        if record.head == SOURCES_ALONE:
            again = sources_alone(
                ballot, then.classes, then.n_samples, version=record.version, seed=record.seed,
                encoder=record.encoder,
            )  # fmt: skip
            parents = {again.version: again}
            yield _compared(record, again, folder)
            continue
        rows = known.get(record.encoder)
        head, why = _possible(record, then, rows, head_named, parents)
        if head is None or rows is None:
            yield Replayed(record.version, record.cursor, record.hash, None, why=why)
            continue
        n, key = then.n_samples, (record.encoder, then.n_samples)
        if key not in pools:
            whole = n == len(rows)
            part = rows if whole else rows[:n]
            pools = {key: Pool(part, cache_folder if whole else None, record.encoder)}
        pool = pools[key]
        learn = partial(_learn, pool, history, head, record, then, parents, strategy, ballot)
        again = in_one_thread(learn)  # as the trainer does
        parents = {again.version: again}
        yield _compared(record, again, folder)


def _learn(
    pool: Pool,
    history: History,
    head: Head,
    record: SnapshotRecord,
    then: Conditions,
    parents: dict[int, Snapshot],
    own: Strategy,
    ballot: Ballot,
) -> Snapshot:
    strategy = by_name(then.strategy) if then.strategy else own
    labels = history.labels(then.classes, record.cursor).within(pool.n_samples)
    parent = None if record.parent is None else parents[record.parent]
    fitted = head.fit(pool, labels, labels.targets.shape[1], seed=record.seed, parent=parent)
    is_open = history.open_mask(pool.n_samples)
    inputs = Inputs(pool, labels, is_open, then.classes.names, record.seed, parent)
    return made(record.version, head.name, fitted, ballot, inputs, strategy)


def _possible(
    record: SnapshotRecord,
    then: Conditions,
    embeddings: Floats | None,
    head_named: Callable[[str], Head | None],
    parents: dict[int, Snapshot],
) -> tuple[Head | None, str]:
    """The head that learned a snapshot, or why it cannot be learned again."""
    if embeddings is None:
        return None, f"its embeddings ({record.encoder}) are not in use any more"
    if then.n_samples > len(embeddings):
        here = f"{len(embeddings):,} are embedded"
        return None, f"its pool had {then.n_samples:,} samples, and {here}"
    if record.parent is not None and record.parent not in parents:
        return None, f"its parent, snapshot {record.parent}, could not be learned again"
    head = head_named(record.head)
    if not then.calibrated and isinstance(head, BlendHead):
        head = head.as_formerly()
    return head, "" if head is not None else f"there is no head {record.head!r} here"


def _compared(record: SnapshotRecord, again: Snapshot, folder: Path) -> Replayed:
    difference = None
    if again.hash != record.hash:
        try:
            was = Snapshot.load(path_of(folder, record.version)).probabilities
            if was.shape == again.probabilities.shape:
                difference = float(np.abs(was - again.probabilities).max())
        except DamagedStore:
            pass  # arrays of older snapshots are gone
    return Replayed(record.version, record.cursor, record.hash, again.hash, difference)


def _as_now(now: Conditions, record: SnapshotRecord) -> Conditions:
    return Conditions(record.cursor, now.n_samples, now.classes, now.strategy, calibrated=False)


def first_difference(found: Sequence[Replayed]) -> Replayed | None:
    """The first snapshot that differs, or could not be learned again."""
    return next((each for each in found if not each.same), None)

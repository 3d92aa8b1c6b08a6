"""Whatever people do, the tables say what the events say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dalt.core.records import (
    Answer,
    ClassSet,
    Label,
    LabelValue,
    Sample,
    StoreReplaced,
    UnknownSample,
)
from dalt.storage import integrity
from dalt.storage.databases import Place, SqliteFile
from dalt.storage.store import Claim, Store

NAMES = ["ana", "bob", "cem"]
PEOPLE = st.sampled_from(NAMES)
CLASSES = st.sampled_from(["cat", "dog", "[dog", '"cat"', "Cat"])
LABELS = CLASSES | st.lists(CLASSES, unique=True, max_size=3).map(tuple)
N_SAMPLES = 6


class Labeling(RuleBasedStateMachine):
    """Claims, answers, pages, undos, resends, sittings and expiries against a model in memory."""

    def __init__(self, place: Place, wanted: int) -> None:
        super().__init__()
        self.place = place
        self.wanted = wanted
        self.store = Store(place, create=True, annotations_per_sample=wanted)
        self.store.samples.add([Sample(f"s{i}", "text", str(i)) for i in range(N_SAMPLES)])
        self.held: list[Claim] = []
        self.sent: list[Answer] = []
        self.former: dict[str, str] = {}
        # for each person the answers that hold, the oldest first; those of a page are one
        self.stacks: dict[str, list[list[Answer]]] = {name: [] for name in NAMES}
        self.undone: dict[str, list[list[Answer]]] = {name: [] for name in NAMES}
        self.sitting = dict.fromkeys(NAMES, 1)
        # of each person, requests that had nothing to do: the way, the key, the newest event
        self.idle: list[tuple[str, str, str, int]] = []
        self.n_idle = 0
        self.n_events = 0
        self.removed: set[str] = set()

    def teardown(self) -> None:
        try:
            self._agrees_with_itself()
        finally:
            self.store.close()

    def _agrees_with_itself(self) -> None:
        """What follows from the events says what they say; dear, so only at the end."""
        with self.store.database.reading() as db:
            assert integrity.look(db, "labels.db", lambda *_: None) == []

    def _key(self) -> str:
        return f"key {self.n_events}.{self.n_idle}"

    def _session(self, person: str) -> str:
        return f"{person} {self.sitting[person]}"

    @rule(person=PEOPLE)
    def sit_down_again(self, person: str) -> None:
        """A page is loaded anew: another session of the same person."""
        self.release(person)
        self.sitting[person] += 1

    @precondition(lambda self: isinstance(self.place, SqliteFile))
    @rule(ending=st.sampled_from(["-wal", "-shm"]))
    def a_file_beside_is_removed(self, ending: str) -> None:
        """What was acknowledged is kept, one call is refused, and the next ones go on."""
        self.store.samples.counts()
        Path(f"{self.store.path}{ending}").unlink()
        with pytest.raises(StoreReplaced):
            self.store.samples.counts()

    @precondition(lambda self: isinstance(self.place, SqliteFile))
    @rule()
    def a_copy_takes_its_place(self) -> None:
        """As a backup is restored: all is refused until the store is opened again."""
        path, copy = self.store.path, self.store.path.with_suffix(".copy")
        with closing(sqlite3.connect(path)) as there, closing(sqlite3.connect(copy)) as backup:
            there.backup(backup)
        copy.replace(path)
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
        for _ in range(2):
            with pytest.raises(StoreReplaced):
                self.store.leases.release("nobody")
        self.store.close()
        self.store = Store(self.place, annotations_per_sample=self.wanted)

    @rule(person=PEOPLE, uniform=st.booleans(), expired=st.booleans())
    def claim(self, person: str, uniform: bool, expired: bool) -> None:
        got = self.store.leases.claim(
            person, self._session(person), candidates=range(N_SAMPLES), uniform=uniform,
            uniform_share=0.1, seconds=-1.0 if expired else 1_000.0,
        )  # fmt: skip
        could = [i for i in range(N_SAMPLES) if self._open_for(f"s{i}", person)]
        begun = [i for i in could if self._takers(f"s{i}")]
        if got is None:
            assert not could
            return
        assert got.sample.position in (begun or could), "what others have begun comes first"
        self._check_given(person, got)
        if not expired:
            self.held.append(got)

    @rule(person=PEOPLE, size=st.integers(1, N_SAMPLES), order=st.permutations(range(N_SAMPLES)))
    def claim_page(self, person: str, size: int, order: list[int]) -> None:
        free = self.store.leases.free(person)
        got = self.store.leases.claim_page(
            person, self._session(person), candidates=order, size=size, seconds=1_000.0
        )
        assert [c.sample.position for c in got] == [i for i in order if free[i]][:size]
        assert not any(free[int(each[1:])] for each in self.removed)
        assert [i for i in range(N_SAMPLES) if free[i]] == [
            i for i in range(N_SAMPLES) if self._open_for(f"s{i}", person)
        ]
        for each in got:
            self._check_given(person, each)
            self.held.append(each)

    def _check_given(self, person: str, got: Claim) -> None:
        takers = self._takers(got.sample.id)
        assert person not in takers, "held or labelled by the same person"
        assert len(takers) < self.wanted, "given to more people than are asked for"
        before = {a.sample_id for page in self.stacks[person] for a in page}
        assert got.sample.id not in before, "answered before"
        assert got.sample.id not in self.removed, "removed from the pool"

    def _open_for(self, sample_id: str, person: str) -> bool:
        takers = self._takers(sample_id)
        answered = (sample_id, person) in self._answers()
        free = sample_id not in self.removed and not answered
        return len(takers) < self.wanted and person not in takers and free

    def _takers(self, sample_id: str) -> set[str]:
        """Who holds a sample or has labelled it."""
        holders = {c.lease.annotator for c in self.held if c.sample.id == sample_id}
        return holders | self._labellers(sample_id)

    def _labellers(self, sample_id: str) -> set[str]:
        return {
            person
            for (of, person), answer in self._answers().items()
            if of == sample_id and answer.kind == "label"
        }

    @rule(person=PEOPLE, label=st.none() | LABELS, number=st.integers(0, N_SAMPLES - 1))
    def submit(self, person: str, label: LabelValue | None, number: int) -> None:
        kind: Literal["skip", "label"] = "skip" if label is None else "label"
        session = self._session(person)
        answer = Answer(kind, f"s{number}", label, person, session, self._key())
        if answer.sample_id in self.removed:
            with pytest.raises(UnknownSample, match="was removed from this project"):
                self.store.answers.record(answer)
            return
        self.store.answers.record(answer)
        self._recorded(person, [answer])

    @rule(
        person=PEOPLE,
        labels=st.dictionaries(st.integers(0, N_SAMPLES - 1), st.none() | LABELS, min_size=1),
    )
    def verify(self, person: str, labels: dict[int, LabelValue | None]) -> None:
        key = self._key()
        page = [
            Answer(
                "skip" if label is None else "label", f"s{i}", label, person,
                self._session(person), f"{key}:{i}", mode="verify", batch=key,
            )
            for i, label in labels.items()
        ]  # fmt: skip
        here = [answer for answer in page if answer.sample_id not in self.removed]
        if not here:
            with pytest.raises(UnknownSample, match="was removed from this project"):
                self.store.answers.record_page(page)
            return
        assert [e.key for e in self.store.answers.record_page(page)] == [a.key for a in here]
        self._recorded(person, here)

    def _recorded(self, person: str, page: list[Answer]) -> None:
        self.n_events += len(page)
        self.sent += page
        self.stacks[person].append(page)
        self.undone[person].clear()
        given = {(a.sample_id, person) for a in page}
        self.held = [c for c in self.held if (c.sample.id, c.lease.annotator) not in given]

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def resend(self, data: st.DataObject) -> None:
        """A single answer, a whole page or a part of one."""
        self.store.answers.record_page(data.draw(st.lists(st.sampled_from(self.sent), min_size=1)))

    @rule(person=PEOPLE)
    def undo(self, person: str) -> None:
        key, known = self._key(), self.store.events.newest_id()
        assert known == self.n_events
        session = self._session(person)
        got = self.store.answers.undo(person, session, key=key, seconds=1_000.0, up_to=known)
        undone = self._pop(self.stacks[person])
        if not undone:
            assert got == []
            self._had_nothing_to_do("undo", person, key, known)
            return
        self.undone[person].append(undone)
        assert [label.key for label, _ in got] == [answer.key for answer in undone]
        self.n_events += len(undone)
        reopened = {(answer.sample_id, person) for answer in undone}
        others = [c for c in self.held if (c.sample.id, c.lease.annotator) not in reopened]
        self.held = others + [c for _, c in got]
        assert len({label.batch for label, _ in got}) == 1, "a page is a page in any sitting"
        assert (got[0][0].batch is None) == (undone[0].batch is None)
        again = self.store.answers.undo(person, session, key=key, seconds=1_000.0, up_to=known)
        assert [label for label, _ in again] == [label for label, _ in got], "a resend"

    @rule(person=PEOPLE)
    def redo(self, person: str) -> None:
        key, known = self._key(), self.store.events.newest_id()
        session = self._session(person)
        got = self.store.answers.redo(person, session, key=key, up_to=known)
        page = self._pop(self.undone[person])
        if not page:
            assert got == []
            self._had_nothing_to_do("redo", person, key, known)
            return
        assert [(e.sample_id, e.label) for e in got] == [(a.sample_id, a.label) for a in page]
        self.n_events += len(page)
        again = [replace(a, key=e.key, batch=e.batch) for a, e in zip(page, got, strict=True)]
        assert {a.batch is None for a in again} == {page[0].batch is None}
        self.stacks[person].append(again)
        given = {(a.sample_id, person) for a in page}
        self.held = [c for c in self.held if (c.sample.id, c.lease.annotator) not in given]
        assert self.store.answers.redo(person, session, key=key, up_to=known) == got, "a resend"

    def _pop(self, stack: list[list[Answer]]) -> list[Answer]:
        """Take the newest page, without samples that are removed: they stay where they are."""
        for number in reversed(range(len(stack))):
            page = stack[number]
            here = [answer for answer in page if answer.sample_id not in self.removed]
            if here:
                stack[number] = [answer for answer in page if answer not in here]
                return here
        return []

    @rule(numbers=st.sets(st.integers(0, N_SAMPLES - 1), min_size=1))
    def remove(self, numbers: set[int]) -> None:
        """Also what is held, labelled or removed already; its labels stay in the history."""
        ids = [f"s{number}" for number in sorted(numbers)]
        gone = self.store.removals.remove(ids, "owner", key=self._key())
        assert set(gone) == set(ids) - self.removed
        self._told(gone)
        self.removed |= set(gone)
        self.held = [c for c in self.held if c.sample.id not in self.removed]

    @rule(numbers=st.sets(st.integers(0, N_SAMPLES - 1), min_size=1))
    def restore(self, numbers: set[int]) -> None:
        """The samples come back with their labels."""
        ids = [f"s{number}" for number in sorted(numbers)]
        back = self.store.removals.restore(ids, "owner", key=self._key())
        assert set(back) == set(ids) & self.removed
        self._told(back)
        self.removed -= set(back)

    def _told(self, changed: list[str]) -> None:
        """An event for each, or none: then the next request needs another key all the same."""
        self.n_events += len(changed)
        self.n_idle += not changed

    def _had_nothing_to_do(self, way: str, person: str, key: str, known: int) -> None:
        self.idle.append((way, person, key, known))
        self.n_idle += 1

    @rule(person=PEOPLE)
    def undo_and_redo(self, person: str) -> None:
        self.undo(person)
        self.redo(person)

    @rule(person=PEOPLE, number=st.integers(0, N_SAMPLES - 1))
    def answer_anew(self, person: str, number: int) -> None:
        sample_id = f"s{number}"
        got = self.store.leases.reopen([sample_id], person, self._session(person), seconds=1_000.0)
        answered = (sample_id, person) in self._answers()
        takers = self._takers(sample_id) - {person}
        others_hold = {c.lease.annotator for c in self.held if c.sample.id == sample_id} - {person}
        full = bool(others_hold) and len(takers) >= self.wanted
        assert len(got) == (answered and not full)
        if got:
            mine = (sample_id, person)
            self.held = [c for c in self.held if (c.sample.id, c.lease.annotator) != mine] + got

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store(self.place)

    @rule(wanted=st.integers(1, 3))
    def ask_for(self, wanted: int) -> None:
        """The project asks for more people, or fewer."""
        self.store.ask_for(wanted)
        self.wanted = wanted

    @rule(new=st.sampled_from(["cat", "Cat", "Feline"]))
    def rename(self, new: str) -> None:
        """The class of cats has one present name; the others are former ones."""
        self.former = {old: new for old in ("cat", "Cat", "Feline") if old != new}

    @rule(person=PEOPLE)
    def release(self, person: str) -> None:
        self.store.leases.release(self._session(person))
        self.held = [c for c in self.held if c.lease.annotator != person]

    def _answers(self) -> dict[tuple[str, str], Answer]:
        return {
            (answer.sample_id, person): answer
            for person, stack in self.stacks.items()
            for page in stack
            for answer in page
            if answer.sample_id not in self.removed
        }

    def _labelled(self) -> set[str]:
        return {a.sample_id for a in self._answers().values() if a.kind == "label"}

    @invariant()
    def labels_are_those_of_the_model(self) -> None:
        expected = {pair: a.label for pair, a in self._answers().items() if a.kind == "label"}
        found: dict[tuple[str, str], LabelValue | None] = {
            (e.sample_id, e.annotator): e.label for e in self.store.labels.current()
        }
        assert found == expected

    @invariant()
    def targets_count_every_label_under_its_present_name(self) -> None:
        cat = next(iter(self.former.values()), "cat")
        labels = self.store.labels.label_set(ClassSet((cat, "dog"), self.former, multi=True))
        answers = [a for a in self._answers().values() if a.kind == "label"]
        said = [{a.label} if isinstance(a.label, str) else set(a.label or ()) for a in answers]
        names = ({cat, *self.former}, {"dog"})
        n_of = {s: [a.sample_id for a in answers].count(s) for s in self._labelled()}
        for column, those in enumerate(names):
            expected = dict.fromkeys(n_of, 0.0)
            for each, classes in zip(answers, said, strict=True):
                expected[each.sample_id] += bool(classes & those) / n_of[each.sample_id]
            found = {f"s{i}": t for i, t in zip(labels.positions, labels.targets, strict=True)}
            assert {s: round(float(t[column]), 5) for s, t in found.items()} == {
                s: round(share, 5) for s, share in expected.items()
            }

    @invariant()
    def what_had_nothing_to_do_has_nothing_to_do_later(self) -> None:
        """Its reply was lost: sent again, to whichever kernel, it still does nothing."""
        for way, person, key, known in self.idle[-4:]:
            session = self._session(person)
            if way == "undo":
                assert not self.store.answers.undo(
                    person, session, key=key, seconds=1_000.0, up_to=known
                )
            else:
                assert not self.store.answers.redo(person, session, key=key, up_to=known)

    @invariant()
    def events_are_only_appended(self) -> None:
        events: list[Label] = list(self.store.events.all())
        assert len(events) == self.n_events
        assert len({e.key for e in events}) == self.n_events

    @invariant()
    def counts_agree(self) -> None:
        assert self.store.leases.available("nobody")[0] >= 0  # takes expired leases back
        ids = [f"s{i}" for i in range(N_SAMPLES)]
        labelled = {i for i in ids if len(self._labellers(i)) >= self.wanted}
        full = {i for i in ids if len(self._takers(i)) >= self.wanted} - labelled
        counts = self.store.samples.counts()
        assert (counts.samples, counts.labelled, counts.leased) == (
            N_SAMPLES - len(self.removed), len(labelled), len(full),
        )  # fmt: skip
        assert counts.removed == len(self.removed)
        assert counts.open == counts.samples - len(labelled) - len(full)

    @invariant()
    def everybody_is_told_how_many_are_left(self) -> None:
        for person in NAMES:
            n_open, n_held = self.store.leases.available(person)
            could = {f"s{i}" for i in range(N_SAMPLES) if self._open_for(f"s{i}", person)}
            assert n_open == len(could)
            held = {
                c.sample.id
                for c in self.held
                if len(self._labellers(c.sample.id)) < self.wanted
                and (c.sample.id, person) not in self._answers()
            }
            assert n_held == len(held)

    @invariant()
    def nobody_has_labelled_what_the_trainer_may_choose_from(self) -> None:
        settled = self._labelled() | self.removed
        labelled = [f"s{i}" in settled for i in range(N_SAMPLES)]
        assert [not is_open for is_open in self.store.samples.open_mask()] == labelled


def label_in_every_way(new_place: Callable[[], Place], wanted: int, n: int) -> None:
    run_state_machine_as_test(
        lambda: Labeling(new_place(), wanted),  # type: ignore[arg-type]  # a factory does
        settings=settings(
            max_examples=n, stateful_step_count=20, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip


@pytest.mark.parametrize("wanted", [1, 2])
def test_whatever_people_do(new_place: Callable[[], Place], wanted: int) -> None:
    label_in_every_way(new_place, wanted, n=3)


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [1, 2])
def test_whatever_else_people_do(new_place: Callable[[], Place], wanted: int) -> None:
    label_in_every_way(new_place, wanted, n=50)
